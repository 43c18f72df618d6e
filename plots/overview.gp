# All traces side by side: fault rate over the share of a program's pages
# that it may keep in memory.  Every panel has its own fault axis.

columns = |trace| < 2 ? 1 : |trace| < 5 ? 2 : |trace| < 13 ? 3 : 4
lines = (|trace| + columns - 1) / columns
head = 34. / height
# The key below, in as many lines as it needs.
key_columns = width / 155
key_lines = (|policy| + key_columns) / key_columns
foot = (44. + 20 * key_lines) / height
panel_width = 1. / columns
panel_height = (1 - head - foot) / lines

set multiplot

# First what stands around the panels: a plot of nothing that fills the
# picture, with the key.  A panel's own key would have to fit its width.
set label 1 'Fault rate over memory size' at screen 0.5, 1 - head / 2. \
	center font 'DejaVu Sans,13'
set label 2 "memory, share of the program's pages (%)" \
	at screen 0.5, screen foot - 10. / height center
set label 3 'faults per million references' at screen 12. / width, screen 0.5 \
	center rotate by 90
set key at screen 0.5, screen 6. / height center bottom horizontal \
	maxcols key_columns Left reverse samplen 2.5 width -5
unset border
unset tics
unset grid
set lmargin at screen 0
set rmargin at screen 1
set xrange [0:1]
set yrange [0:1]
plot for [p = 1:|policy|] NaN with linespoints linewidth 1.5 pointsize 0.6 \
	linecolor rgb colour(policy[p], p) dashtype dash(policy[p], p) \
	pointtype mark(policy[p], p) title capitals(policy[p]), \
	NaN with lines linewidth 1 linecolor rgb '#808080' dashtype 3 \
	title 'first touches'
unset label
unset key
load scripts.'/look.gp'
unset key
set xtics nomirror
set ytics nomirror

set logscale x 2

do for [t = 1:|trace|] {
	column_number = (t - 1) % columns
	line_number = (t - 1) / columns
	left = 40. / width
	set lmargin at screen left + \
		(1 - left) * column_number * panel_width + 48. / width
	set rmargin at screen left + \
		(1 - left) * (column_number + 1) * panel_width - 14. / width
	set tmargin at screen 1 - head - line_number * panel_height - \
		12. / height
	set bmargin at screen 1 - head - (line_number + 1) * panel_height + \
		30. / height

	# stats sees only what is in the ranges.
	set autoscale
	stats $rows using (of(t, 0, column(column_faults))) \
		name 'faults' nooutput
	stats $rows using (of(t, 0, column(column_share))) \
		name 'share' nooutput
	first = 1e6 * pages[t] / references[t]
	load scripts.'/faults-axis.gp'
	low = share_min / 1.2
	high = share_max * 1.2
	set xrange [low:high]
	set xtics ()
	do for [share in '0.01 0.1 0.2 0.5 1 2 5 10 20 50 100'] {
		if (share >= low && share <= high) {
			set xtics add (share share + 0)
		}
	}
	set label 4 trace[t] at graph 0.98, graph 0.94 right \
		font 'DejaVu Sans Bold,11'

	plot for [p in present[t]] $rows \
		using (of(t, p + 0, column(column_share))):(column(column_faults)) \
		with linespoints linewidth 1.5 pointsize 0.6 \
		linecolor rgb colour(policy[p + 0], p + 0) \
		dashtype dash(policy[p + 0], p + 0) pointtype mark(policy[p + 0], p + 0) \
		notitle, \
		first with lines linewidth 1 linecolor rgb '#808080' \
		dashtype 3 notitle
}
unset multiplot

reset
load scripts.'/look.gp'
