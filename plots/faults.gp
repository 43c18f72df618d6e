# Fault rate over memory size of trace T, a line a policy.

stats $rows using (of(t, 0, column(column_faults))) name 'faults' nooutput
stats $rows using (of(t, 0, column(column_bytes))) name 'bytes' nooutput
# What no policy can do without: every page comes in once.
first = 1e6 * pages[t] / references[t]

set title sprintf('%s: %s references to %s pages (%s)', trace[t], \
	count(references[t]), count(pages[t]), \
	memory(pages[t] * page_bytes[t])) offset 0, -0.1
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
step = ceil((last_power - first_power + 1) / 9.)
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
do for [share in '0.1 0.2 0.5 1 2 5 10 20 30 50 70 100'] {
	at = share / 100. * pages[t] * page_bytes[t]
	if (at >= low && at <= high) {
		set x2tics add (share.'%%' at)
	}
}

load scripts.'/faults-axis.gp'

plot for [p in present[t]] $rows \
	using (of(t, p + 0, column(column_bytes))):(column(column_faults)) \
	axes x1y1 with linespoints linewidth 2 pointsize 0.8 \
	linecolor rgb colour(policy[p + 0], p + 0) dashtype dash(policy[p + 0], p + 0) \
	pointtype mark(policy[p + 0], p + 0) title capitals(policy[p + 0]), \
	first with lines linewidth 1 linecolor rgb '#808080' dashtype 3 \
	title 'first touches'

reset
load scripts.'/look.gp'
