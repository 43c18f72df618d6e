# Cycles per fault of trace T: a bar a policy at each memory size, made of
# the phases of a fault from the bottom up in the order they happen in.  The
# tick across a bar is the median of whole faults, which are timed by
# themselves, with no marks between phases.

# Light to dark to light again would not be told apart in grey: these go
# from dark to light (viridis).
phase_colours = '#440154 #443983 #31688E #21918C #35B779 #90D743 #FDE725'
phase_names = "deliver 'as lookup' 'store lookup' victim unmap \
'btree update' map"

# The sum of the first K phases.
phases_sum(k) = sum [i = 0:k - 1] column(column_phase + i)
# Where the bar of a row stands: sizes in groups, a policy's width apart, as
# many groups in a line as figures.c has made room for.
bars = words(replayed[t])
bar(p) = sum [i = 1:bars] (word(replayed[t], i) + 0 == p ? i : 0)
group = bars + 1.2
beside = floor((width - (narrow ? 90 : 190)) / (16 * (bars + 1)))
beside = beside < 1 ? 1 : beside
place(size, bar) = (size - 1 - first_size) * group + bar
at(t) = column(column_size) > first_size && \
	column(column_size) <= first_size + beside ? of_replay(t, 0, \
	place(column(column_size), bar(column(column_policy)))) : NaN

stats $rows using (of_replay(t, 0, column(column_size))) name 'number' nooutput
stats $rows using (of_replay(t, 0, phases_sum(phases))) name 'sum' nooutput
stats $rows using (of_replay(t, 0, column(column_cycles))) name 'cycles' nooutput
# A fault in which the machine did something else takes a hundred times as
# long, and spoils the mean of a few hundred.  Such a bar would press all the
# others flat: it is cut, and its mean written into it.
most = sum_max > cycles_max ? sum_max : cycles_max
usual = sum_up_quartile > cycles_up_quartile ? sum_up_quartile : \
	cycles_up_quartile
top = most > 3 * usual ? 1.5 * usual : most
larger(a, b) = a > b ? a : b
# What of a bar is cut, in numbers.
cut_text(sum, whole) = bar_lines == 1 ? \
	sprintf('mean %.0f, median %.0f', sum, whole) : \
	sprintf(sum > top * 1.06 ? '%.0f' : 'p50 %.0f', \
	sum > top * 1.06 ? sum : whole)
# Where its label stands: out of the picture for bars that are not cut.
cut_height(sum, whole) = larger(sum, whole) > top * 1.06 ? top * 1.03 : -top

bar_lines = int((number_max + beside - 1) / beside)
longest = 0
do for [p in replayed[t]] {
	letters = strlen(cut(policy[p + 0], 22))
	longest = letters > longest ? letters : longest
}
head = 44. / height
foot = (narrow ? 112. : 26.) / height
names_height = (16. + longest * 7.2) / height
# Each line has the same policies at the same places: their names stand below
# the last one that is full, and below one that is not.
whole_lines = number_max / beside
named_lines = bar_lines > whole_lines && whole_lines > 0 ? 2 : 1
line_height = (1 - head - foot - names_height * named_lines) / bar_lines

set multiplot
set label 1 cut(trace[t], width / 16).': '.unit[t].' per fault by phase' \
	at screen 0.5, 1 - 14. / height center font 'DejaVu Sans,12'
set label 2 "share of the pages in memory, and policy" \
	at screen 0.5, foot - 14. / height center
set label 3 unit[t].' per fault, mean' at screen 10. / width, 0.5 center \
	rotate by 90
set style fill solid 1.0 border linecolor rgb 'white'
set style textbox opaque fillcolor rgb 'white' noborder margins 0.5, 0.5
set boxwidth 0.86

# A plot of nothing that fills the picture, with the key.
unset border
unset tics
unset grid
set lmargin at screen 0
set rmargin at screen 1
set xrange [0:1]
set yrange [0:1]
if (narrow) {
	set key at screen 0.5, screen 4. / height center bottom horizontal \
		maxcols 3 Left reverse samplen 1.5 width -1
} else {
	set key at screen 1 - 156. / width, screen 1 - head left top \
		vertical maxcols 1 Left reverse samplen 1.5
}
plot NaN notitle, for [k = phases:1:-1] keyentry with boxes \
	linecolor rgb word(phase_colours, k) title word(phase_names, k), \
	keyentry with lines linewidth 2 linecolor rgb 'black' \
	title 'median, whole'
unset label
load scripts.'/look.gp'
unset key
set xtics nomirror
set lmargin at screen 76. / width
set rmargin at screen 1 - (narrow ? 12. : 162.) / width
set grid noxtics ytics
set yrange [0:top * 1.06]
set ytics nomirror autofreq
if (bar_lines > 1) {
	set ytics rate_step(top)
}

line_top = 1 - head
do for [line = 1:bar_lines] {
	first_size = (line - 1) * beside
	on_line = number_max - first_size < beside ? \
		number_max - first_size : beside
	named = line >= whole_lines
	set tmargin at screen line_top - (line > 1 ? 22. / height : 0)
	set bmargin at screen line_top - line_height
	line_top = line_top - line_height - (named ? names_height : 0)
	set xrange [0.2:(bar_lines > 1 ? beside : on_line) * group]
	set xtics rotate by 90 right scale 0 () font small_font
	do for [size = 1:on_line] {
		do for [i = 1:bars] {
			set xtics add ((named ? cut(capitals(policy[ \
				word(replayed[t], i) + 0]), 22) : '') \
				(size - 1) * group + i)
		}
		set label 3 + size share_text(size_share[first_size + size]) \
			at (size - 1) * group + (bars + 1) / 2., graph 1 \
			center offset 0, 0.6
	}
	plot for [k = phases:1:-1] $rows using (at(t)):(phases_sum(k)) \
		with boxes linecolor rgb word(phase_colours, k) linewidth 0.5 \
		notitle, \
		$rows using (at(t)):(column(column_cycles)):(0.43) \
		with xerrorbars pointtype 0 linewidth 2 \
		linecolor rgb 'black' notitle, \
		$rows using (at(t)):(cut_height(phases_sum(phases), \
			column(column_cycles))): \
		(cut_text(phases_sum(phases), column(column_cycles))) \
		with labels boxed rotate by 90 right font small_font notitle
	unset label
}
unset multiplot
