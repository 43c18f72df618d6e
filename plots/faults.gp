# Fault rate over memory size of trace T, a line a policy.

stats $rows using (of(t, 0, column(column_faults))) name 'faults' nooutput
stats $rows using (of(t, 0, column(column_bytes))) name 'bytes' nooutput
# What no policy can do without: every page comes in once.
first = 1e6 * pages[t] / references[t]

set title heading(trace[t], sprintf('%s references to %s pages (%s)', \
	count(references[t]), count(pages[t]), \
	memory(pages[t] * page_bytes[t]))) offset 0, -0.1
set xlabel 'memory'
set x2label "share of the program's pages" offset 0, -0.3
set ylabel 'faults per million references' offset -0.5, 0

low = bytes_min / 1.15
high = bytes_max * 1.15
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
	set xtics (memory(bytes_min) bytes_min)
	if (bytes_max > bytes_min * 1.1) {
		set xtics add (memory(bytes_max) bytes_max)
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
	at = share / 100. * pages[t] * page_bytes[t]
	if (at >= low && at <= high && (last_at == 0 || log(last_at / at) > room)) {
		set x2tics add (share.'%%' at)
		last_at = at
	}
}

panels = 0
load scripts.'/faults-axis.gp'

# A curve tells every size, and is stairs; a replay tells some, and where there
# is a curve, too, is points on it.
joined = ''
dotted = ''
do for [p in replayed[t]] {
	if (has(curved[t], p)) {
		dotted = dotted.' '.p
	} else {
		joined = joined.' '.p
	}
}
# gnuplot takes a list of nothing for one of '': such parts are left out.
fault_plot = has_gap ? "$gap using 1:2:3 with filledcurves \
	fillcolor rgb '#e4e4e4' fillstyle solid noborder \
	title 'LRU to OPT'," : ''
fault_plot = fault_plot.(curved[t] eq '' ? '' : "for [p in curved[t]] $rows \
	using (of_curve(t, p + 0, column(column_bytes))):(column(column_faults)) \
	axes x1y1 with steps linewidth 1.5 \
	linecolor rgb colour(policy[p + 0], p + 0) \
	dashtype dash(policy[p + 0], p + 0) title capitals(policy[p + 0]),")
fault_plot = fault_plot.(joined eq '' ? '' : "for [p in joined] $rows \
	using (of_replay(t, p + 0, column(column_bytes))):(column(column_faults)) \
	axes x1y1 with linespoints linewidth 2 pointsize 0.8 \
	linecolor rgb colour(policy[p + 0], p + 0) \
	dashtype dash(policy[p + 0], p + 0) \
	pointtype mark(policy[p + 0], p + 0) title capitals(policy[p + 0]),")
fault_plot = fault_plot.(dotted eq '' ? '' : "for [p in dotted] $rows \
	using (of_replay(t, p + 0, column(column_bytes))):(column(column_faults)) \
	axes x1y1 with points pointsize 0.8 \
	linecolor rgb colour(policy[p + 0], p + 0) \
	pointtype mark(policy[p + 0], p + 0) \
	title capitals(policy[p + 0]).', replayed',")
eval 'plot '.fault_plot." first with lines linewidth 1 \
	linecolor rgb '#808080' dashtype 3 title 'first touches'"
