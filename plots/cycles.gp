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
beside = floor((width - 190) / (16 * (bars + 1)))
beside = beside < 1 ? 1 : beside
place(size, bar) = (size - 1 - first_size) * group + bar
at(t) = column(column_size) > first_size && \
	column(column_size) <= first_size + beside ? of_replay(t, 0, \
	place(column(column_size), bar(column(column_policy)))) : NaN

stats $rows using (of_replay(t, 0, column(column_size))) name 'size' nooutput
stats $rows using (of_replay(t, 0, phases_sum(phases))) name 'sum' nooutput
stats $rows using (of_replay(t, 0, column(column_cycles))) name 'cycles' nooutput
array size_share[size_max]
stats $rows using (column(column_curve) > 0 ? NaN : \
	(size_share[int(column(column_size))] = column(column_share))) nooutput
# A fault in which the machine did something else takes a hundred times as
# long, and spoils the mean of a few hundred.  Such a bar would press all the
# others flat: it is cut, and its mean written into it.
most = sum_max > cycles_max ? sum_max : cycles_max
usual = sum_up_quartile > cycles_up_quartile ? sum_up_quartile : \
	cycles_up_quartile
top = most > 3 * usual ? 1.5 * usual : most
larger(a, b) = a > b ? a : b
# Where its label stands: out of the picture for bars that are not cut.
cut_height(sum, whole) = larger(sum, whole) > top * 1.06 ? top * 1.03 : -top

bar_lines = int((size_max + beside - 1) / beside)
longest = 0
do for [p in replayed[t]] {
	letters = strlen(cut(policy[p + 0], 22))
	longest = letters > longest ? letters : longest
}
head = 44. / height
foot = 26. / height
names_height = (16. + longest * 6.2) / height
line_height = (1 - head - foot) / bar_lines

set multiplot
set label 1 trace[t].': '.unit[t].' per fault by phase' \
	at screen 0.5, 1 - 14. / height center font 'DejaVu Sans,12'
set label 2 "share of the program's pages in memory, and policy" \
	at screen 0.5, 12. / height center
set label 3 unit[t].' per fault, mean' at screen 10. / width, 0.5 center \
	rotate by 90
set lmargin at screen 76. / width
set rmargin at screen 1 - 148. / width
set grid noxtics ytics
set yrange [0:top * 1.06]
set boxwidth 0.86
set style textbox opaque fillcolor rgb 'white' noborder margins 0.5, 0.5
set style fill solid 1.0 border linecolor rgb 'white'

do for [line = 1:bar_lines] {
	first_size = (line - 1) * beside
	on_line = size_max - first_size < beside ? \
		size_max - first_size : beside
	set tmargin at screen 1 - head - (line - 1) * line_height - \
		(line > 1 ? 12. / height : 0)
	set bmargin at screen 1 - head - line * line_height + names_height
	set xrange [0.2:(bar_lines > 1 ? beside : on_line) * group]
	set xtics rotate by 90 right scale 0 font 'DejaVu Sans,9' ()
	do for [size = 1:on_line] {
		do for [i = 1:bars] {
			set xtics add (cut(capitals(policy[word(replayed[t], i) \
				+ 0]), 22) (size - 1) * group + i)
		}
		set label 3 + size share_text(size_share[first_size + size]) \
			at (size - 1) * group + (bars + 1) / 2., graph 1 \
			center offset 0, 0.6
	}
	if (line == 1) {
		set key at screen 1 - 142. / width, screen 1 - head left top \
			Left reverse samplen 1.5
	}
	plot for [k = phases:1:-1] $rows using (at(t)):(phases_sum(k)) \
		with boxes linecolor rgb word(phase_colours, k) linewidth 0.5 \
		title word(phase_names, k), \
		$rows using (at(t)):(column(column_cycles)):(0.43) \
		with xerrorbars pointtype 0 linewidth 2 \
		linecolor rgb 'black' title 'median, whole', \
		$rows using (at(t)):(cut_height(phases_sum(phases), \
			column(column_cycles))): \
		(sprintf('mean %.0f, median %.0f', phases_sum(phases), \
			column(column_cycles))) \
		with labels boxed rotate by 90 right font 'DejaVu Sans,8' notitle
	unset label
	unset key
}
unset multiplot
