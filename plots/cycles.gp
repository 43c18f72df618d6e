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
# Where the bar of a row stands: sizes in groups, a policy's width apart.
bars = words(present[t])
bar(p) = sum [i = 1:bars] (word(present[t], i) + 0 == p ? i : 0)
group = bars + 1.2
place(size, bar) = (size - 1) * group + bar
at(t) = of(t, 0, place(column(column_size), bar(column(column_policy))))
share_text(share) = sprintf(share < 1 ? '%.2g%%' : '%.0f%%', share)

stats $rows using (of(t, 0, column(column_size))) name 'size' nooutput
stats $rows using (of(t, 0, phases_sum(phases))) name 'sum' nooutput
stats $rows using (of(t, 0, column(column_cycles))) name 'cycles' nooutput
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

set title trace[t].': '.unit[t].' per fault by phase' offset 0, 0.4
set ylabel unit[t].' per fault, mean' offset -0.5, 0
set xlabel "share of the program's pages in memory, and policy" offset 0, -0.2
set key width -1
set grid noxtics ytics
set xrange [0.2:size_max * group]
set yrange [0:top * 1.06]
set boxwidth 0.86
set style textbox opaque fillcolor rgb 'white' noborder margins 0.5, 0.5
set style fill solid 1.0 border linecolor rgb 'white'
set xtics rotate by 90 right scale 0 font 'DejaVu Sans,9' ()
do for [size = 1:size_max] {
	do for [i = 1:bars] {
		set xtics add (capitals(policy[word(present[t], i) + 0]) \
			place(size, i))
	}
}

plot for [k = phases:1:-1] $rows using (at(t)):(phases_sum(k)) with boxes \
	linecolor rgb word(phase_colours, k) linewidth 0.5 \
	title word(phase_names, k), \
	$rows using (at(t)):(column(column_cycles)):(0.43) \
	with xerrorbars pointtype 0 linewidth 2 linecolor rgb 'black' \
	title 'median, whole', \
	$rows using (of(t, word(present[t], 1) + 0, \
		place(column(column_size), (bars + 1) / 2.))): \
	(top * 1.06):(share_text(column(column_share))) \
	with labels offset 0, 0.7 notitle, \
	$rows using (at(t)):(cut_height(phases_sum(phases), \
		column(column_cycles))): \
	(sprintf('mean %.0f, median %.0f', phases_sum(phases), \
		column(column_cycles))) \
	with labels boxed rotate by 90 right font 'DejaVu Sans,8' notitle

reset
load scripts.'/look.gp'
