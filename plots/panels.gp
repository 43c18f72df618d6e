# Panels side by side, with what stands around them: PANELS of them, TITLE,
# X_TEXT, Y_TEXT, and one key for all of the policies that are TOLD apart, called
# KEY_TITLE[], those BEHIND, and KEY_LAST, in KEY_COLUMNS.  All have one x axis.
# `eval place_panel` then makes room for panel number PANEL, from 1; BOTTOM_PANEL
# is set if none is below it, and the tics of the axis are told there.

beside = panels < 2 ? 1 : panels < 5 ? 2 : panels < 13 ? 3 : 4
beside = narrow && beside > 2 ? 2 : beside
panel_lines = (panels + beside - 1) / beside
head = 34. / height
keys = words(told) + (behind ne '') + 1
key_lines = (keys + key_columns - 1) / key_columns
foot = (66. + 20 * key_lines) / height
left = 32. / width
panel_width = (1 - left) / beside
panel_height = (1 - head - foot) / panel_lines

set multiplot

# A plot of nothing that fills the picture, with the key.  A panel's own key
# would have to fit its width.
set label 1 title at screen 0.5, 1 - head / 2. center font 'DejaVu Sans,12'
set label 2 x_text at screen 0.5, screen foot - 36. / height center
set label 3 y_text at screen 12. / width, screen foot + (1 - head - foot) / 2 \
	center rotate by 90
set key at screen 0.5, screen 6. / height center bottom horizontal \
	maxcols key_columns Left reverse samplen 2.5 width 1
unset border
unset tics
unset grid
set lmargin at screen 0
set rmargin at screen 1
set xrange [0:1]
set yrange [0:1]
key_plot = "for [p in told] NaN with linespoints linewidth 1.5 pointsize 0.6 \
	".own_both."title key_title[p + 0],"
key_plot = key_plot.(behind eq '' ? '' : "NaN with lines ".line_behind. \
	"title behind_title(behind),")
eval 'plot '.key_plot." NaN with lines linewidth 1 linecolor rgb '#808080' \
	dashtype 3 title key_last"
unset label
load scripts.'/look.gp'
set xtics nomirror font small_font
set ytics nomirror font small_font
unset key

place_panel = "\
	panel_column = (panel - 1) % beside; \
	panel_line = (panel - 1) / beside; \
	bottom_panel = panel + beside > panels; \
	set lmargin at screen left + panel_column * panel_width + 42. / width; \
	set rmargin at screen left + (panel_column + 1) * panel_width - \
		14. / width; \
	set tmargin at screen 1 - head - panel_line * panel_height - \
		20. / height; \
	set bmargin at screen 1 - head - (panel_line + 1) * panel_height + \
		6. / height"
# How much of a name fits above a panel.
panel_title(text) = cut(text, int(panel_width * width / 8.6))
