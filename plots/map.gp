# Who touches what when: pages over time, the darker the more often, with the
# faults of MAP_POLICY on top where a memory size was asked; below them the
# fault rates of LRU and OPT over time.

has_faults = map_frames > 0
stats $uses matrix using 3 name 'uses' nooutput
uses_log = log(uses_max > 2 ? uses_max : 2)
if (has_faults) {
	stats $faults matrix using 3 name 'cell' nooutput
	faults_log = log(cell_max > 2 ? cell_max : 2)
}

x_step = step_of(map_references)
x_cell = map_references / x_step / matrix_columns
y_cell = map_pages / matrix_rows
strip = (has_faults ? 132. : 16.) / height
head = ((phases_count > 1 ? 96. : 40.) + (narrow ? 24. : 0)) / height
foot = 54. / height
left = (narrow ? 124. : 160.) / width
right = 78. / width
map_units = height * (1 - head - foot - strip)

set multiplot
set lmargin at screen left
set rmargin at screen 1 - right
set tmargin at screen 1 - head
set bmargin at screen foot + strip
set xrange [0:map_references / x_step]
set yrange [0:map_pages]
unset key
unset grid
if (map_references <= 10) {
	set xtics 1
}
what = sprintf('%s references to %s pages', count(map_references), \
	count(map_pages))
faults_text = sprintf("%s's faults with %s of memory", map_policy, \
	memory(map_frames * map_page_bytes))
if (narrow) {
	set label 1 cut(map[t], 40)."\n".what.(has_faults ? \
		"\n".faults_text : '') at screen 0.5, 1 - 12. / height center \
		font 'DejaVu Sans,10'
} else {
	set label 1 cut(map[t], has_faults ? 40 : 60).': '.what. \
		(has_faults ? '; '.faults_text : '') \
		at screen 0.5, 1 - 18. / height center font 'DejaVu Sans,12'
}
set label 2 sprintf('%s pages in the order of addresses', count(map_pages)) \
	at screen 12. / width, foot + strip + (1 - head - foot - strip) / 2 \
	center rotate by 90

# Regions are told where there is room for a line of letters; small ones side
# by side together.
set ytics scale 0.6 () font small_font
letter_units = 11.5
letters = narrow ? 11 : 19
others = 0
others_first = 0
do for [i = 1:regions + 1] {
	end = i < regions ? region_first[i + 1] : map_pages
	first = i > regions ? map_pages : region_first[i]
	large = i > regions || \
		(end - first) / map_pages * map_units >= letter_units
	if (large && others > 0) {
		if ((first - others_first) / map_pages * map_units \
			>= letter_units) {
			set ytics add ((others > 1 ? \
				sprintf('%d small ones', others) : \
				cut(region[i - 1], letters)) \
				(others_first + first) / 2.)
		}
		others = 0
	}
	if (large && i <= regions) {
		set ytics add (cut(region[i], letters) (first + end) / 2.)
	}
	if (large && i > 1 && i <= regions) {
		set arrow from graph -0.012, first first to graph 1, first first \
			nohead linewidth 0.5 dashtype 3 \
			linecolor rgb '#707070' front
	}
	if (!large) {
		others_first = others == 0 ? first : others_first
		others = others + 1
		if (others == 1 && i > 1) {
			set arrow from graph -0.012, first first to \
				graph 1, first first nohead linewidth 0.5 \
				dashtype 3 linecolor rgb '#707070' front
		}
	}
}

# Phases: lines that can be told apart, and as many of their names as fit.
last_line = -1e9
last_name = -1e9
do for [i = 1:phases_count] {
	at = phase_start[i] / map_references
	units = at * (1 - left - right) * width
	if (i > 1 && units > last_line + 3) {
		line_dash = phase_marked[i] ? 1 : 2
		set arrow from graph at, graph 0 to graph at, graph 1.02 nohead \
			linewidth 0.8 dashtype line_dash \
			linecolor rgb 'black' front
		last_line = units
	}
	if (phases_count > 1 && units > last_name + 15) {
		set label 100 + i cut(phase_name[i], 12) at graph at, graph 1.02 \
			left rotate by 40 offset 0.3, 0.2 font small_font
		last_name = units
	}
}

# Two palettes in one: 0 to 1 for uses, 1 to 2 for faults.
if (has_faults) {
	set palette defined (0 '#e6ecf2', 1 '#7f9dbd', 1 '#fdae6b', \
		1.5 '#d7301f', 2 '#500000') maxcolors 0
} else {
	set palette defined (0 '#e6ecf2', 0.5 '#6f94bd', 1 '#08204b') maxcolors 0
}
top = has_faults ? 2 : 1
set cbrange [0:top]
set colorbox user origin screen 1 - right + 8. / width, foot + strip \
	size screen 12. / width, 1 - head - foot - strip noborder
set cbtics scale 0.3 () font small_font
use_step = ceil(uses_log / log(10) / 4)
do for [decade = 0:floor(uses_log / log(10)):(use_step < 1 ? 1 : use_step)] {
	# not where the 1 of faults is written
	if (!has_faults || decade * log(10) / uses_log < 0.93) {
		set cbtics add (count_short(10 ** decade) \
			decade * log(10) / uses_log)
	}
}
set label 3 'references in a cell' at screen 1 - 14. / width, \
	foot + strip + (1 - head - foot - strip) * (has_faults ? 0.25 : 0.5) \
	center rotate by 90 font small_font
if (has_faults) {
	do for [decade = 0:floor(faults_log / log(10))] {
		set cbtics add (count_short(10 ** decade) \
			1.02 + decade * log(10) / faults_log * 0.98)
	}
	if (cell_max >= 3) {
		set cbtics add (count_short(cell_max) 2)
	}
	set label 4 map_policy.' faults in a cell' at screen 1 - 14. / width, \
		foot + strip + (1 - head - foot - strip) * 0.75 \
		center rotate by 90 font small_font
	set format x ''
} else {
	set xlabel step_name(map_references).'references' offset 0, 0.3
}
use_value(uses) = uses > 0 ? log(uses) / uses_log : NaN
fault_value(faults) = faults > 0 ? \
	1.02 + log(faults) / faults_log * 0.98 : NaN

map_plot = '$uses matrix using (($1 + 0.5) * x_cell):(($2 + 0.5) * y_cell): \
	(use_value($3)) with image notitle'
if (has_faults && cell_max > 0) {
	map_plot = map_plot.', $faults matrix using (($1 + 0.5) * x_cell): \
	(($2 + 0.5) * y_cell):(fault_value($3)) with image notitle'
}
eval 'plot '.map_plot

if (has_faults) {
	unset label
	unset arrow
	unset colorbox
	set tmargin at screen foot + strip - 10. / height
	set bmargin at screen foot
	set ytics scale 0.6 autofreq font small_font
	set grid ytics linetype 1 linecolor rgb light linewidth 0.5
	# a tic of a rate or two is enough
	stats $rates using (column(2) > column(3) ? column(2) : column(3)) \
		name 'rate' nooutput
	per_cell = 1000. * columns / map_references
	rate_top = rate_max > 0 ? rate_max * per_cell * 1.05 : 1
	set yrange [0:rate_top]
	step = rate_step(rate_top)
	set ytics step
	set format x '%.10g'
	set format y '%.10g'
	set xlabel step_name(map_references).'references' offset 0, 0.3
	set label 1 "faults in 1000\nreferences" at screen 12. / width, \
		foot + (strip - 10. / height) / 2 center rotate by 90 \
		font small_font
	set key at screen 1 - right + 8. / width, foot + strip - 10. / height \
		left top vertical maxcols 1 Left reverse samplen 1 width -2 font small_font
	# told apart in grey, too: steps of one below the line of the other
	plot $rates using ($1 / x_step):($2 * per_cell) with fillsteps \
		fillcolor rgb '#9ec9e6' fillstyle solid noborder title 'LRU', \
		$rates using ($1 / x_step):($3 * per_cell) with steps \
		linewidth 1 linecolor rgb colour('opt', 1) title 'OPT'
}
unset multiplot
