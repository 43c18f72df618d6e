# Fault rate over memory size of trace T, a line a policy.

load scripts.'/faults-range.gp'
# Of what lies above the figure the key tells from where on.
array key_title[|policy|]
do for [p in told] {
	stats $rows using (of(t, p + 0, seen(column(column_faults)))) \
		name 'lowest' nooutput
	key_title[p + 0] = capitals(policy[p + 0]).(lowest_min <= top ? '' : \
		': above '.count_short(lowest_min))
}

what = sprintf('%s references to %s pages', count(references[t]), \
	count(pages[t]))
set title heading(trace[t], what.(narrow ? '' : sprintf(' (%s)', \
	memory(pages[t] * page_bytes[t])))) offset 0, -0.1
if (narrow) {
	key_lines = (words(told) + (behind ne '') + has_gap + 2) / 2
	set key at screen 0.5, screen 6. / height center bottom
	set bmargin at screen (54. + 15 * key_lines) / height
}
set xlabel 'memory'
set x2label "share of the program's pages" offset 0, -0.3
set ylabel 'faults per million references' offset -0.5, 0

whole = pages[t] * page_bytes[t]
low = from / 100 * whole / 1.15
high = share_max / 100 * whole * 1.15
set xrange [low:high]
set x2range [low:high]
set logscale x 2
set logscale x2 2

# Powers of two; where none or only one falls into the axis, its ends.
first_power = ceil(log(low) / log(2))
last_power = floor(log(high) / log(2))
step = ceil((last_power - first_power + 1) / (narrow ? 4. : 9.))
set xtics ()
if (last_power - first_power < 1) {
	set xtics (memory(low * 1.15) low * 1.15)
	if (share_max > from * 1.1) {
		set xtics add (memory(high / 1.15) high / 1.15)
	}
} else {
	do for [power = first_power:last_power:step] {
		set xtics add (memory(2.**power) 2.**power)
	}
}
set x2tics scale 0.4 ()
# Those that fit, from the whole downwards.
shares = '100 50 20 10 5 2 1 0.5 0.2 0.1 0.01'
room = log(high / low) / (narrow ? 5. : 9.)
last_at = 0
do for [share in shares] {
	at = share / 100. * whole
	if (at >= low && at <= high && (last_at == 0 || log(last_at / at) > room)) {
		set x2tics add (share.'%%' at)
		last_at = at
	}
}

panels = 0
load scripts.'/faults-axis.gp'

behind_lines = behind_joined(t)
# gnuplot takes a list of nothing for one of '': such parts are left out.
fault_plot = has_gap ? "$gap using 1:2:3 with filledcurves \
	fillcolor rgb '#e4e4e4' fillstyle solid noborder \
	title 'LRU to OPT'," : ''
fault_plot = fault_plot.(behind_stairs(t) eq '' ? '' : "$rows \
	using (of_curves(t, behind, column(column_bytes))): \
	(column(column_faults)) axes x1y1 with steps ".line_behind."notitle,")
fault_plot = fault_plot.(behind_lines eq '' ? '' : "$guides_".t." \
	using (of_guides(behind_lines, column(column_guide_bytes))): \
	(column(column_guide_faults)) axes x1y1 with lines ".line_behind." \
	notitle,")
fault_plot = fault_plot.(told_stairs(t) eq '' ? '' : "for [p in \
	told_stairs(t)] $rows \
	using (of_curve(t, p + 0, column(column_bytes))):(column(column_faults)) \
	axes x1y1 with steps linewidth 1.5 ".own_line."notitle,")
fault_plot = fault_plot.(told_joined(t) eq '' ? '' : "for [p in \
	told_joined(t)] $guides_".t." \
	using (of_guide(p + 0, column(column_guide_bytes))): \
	(column(column_guide_faults)) axes x1y1 with lines linewidth 1.5 \
	".own_line."notitle,")
fault_plot = fault_plot.(told_marked(t) eq '' ? '' : "for [p in \
	told_marked(t)] $rows \
	using (of_replay(t, p + 0, column(column_bytes))):(column(column_faults)) \
	axes x1y1 with points pointsize 0.8 ".own_point."notitle,")
fault_plot = fault_plot."for [p in told] keyentry with linespoints \
	linewidth 1.5 pointsize (has(replayed[t], p) ? 0.8 : 0) ".own_both." \
	title key_title[p + 0],"
fault_plot = fault_plot.(behind eq '' ? '' : "keyentry with lines \
	".line_behind."title behind_title(behind),")
eval 'plot '.fault_plot." first with lines linewidth 1 \
	linecolor rgb '#808080' dashtype 3 title 'first touches'"
