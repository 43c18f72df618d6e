# How long the faults of a trace took: the share of them that took no longer,
# over their length, a panel a memory size.

column_length_size = 1
column_length_policy = 2
column_length = 3
column_length_share = 4
of_line(s, p, value) = column(column_length_size) == s && \
	column(column_length_policy) == p ? value : NaN

panels = sizes
title = length_trace[t].': how long a fault takes'
x_text = length_unit.' per fault'
y_text = 'faults that take no longer (%)'
key_last = 'p50, p99'
keyed = line_policies
load scripts.'/panels.gp'

# All panels have the same axes: they are to be compared.
set autoscale
stats $lengths using column_length name 'length' nooutput
low = length_min < 1 ? 1 : length_min / 1.1
high = length_max < 2 ? 2 : length_max * 1.1
set logscale x 10
set yrange [0:103]
set ytics 0, 25, 100
set xrange [low:high]
set xtics ()
steps = high / low > 300 ? '1' : '1 2 5'
do for [decade = floor(log10(low)):ceil(log10(high))] {
	do for [digit in steps] {
		at = digit * 10. ** decade
		if (at >= low && at <= high) {
			set xtics add (sprintf('%.10g', at) at)
		}
	}
}

do for [panel = 1:panels] {
	eval place_panel
	set label 4 share_text(size_share[panel]).' of the pages in memory' \
		at graph 0.98, graph 0.12 right font 'DejaVu Sans Bold,10'
	set label 5 'p50' at graph 0.01, first 50 left offset 0, 0.5 \
		font 'DejaVu Sans,9' textcolor rgb grey
	set label 6 'p99' at graph 0.01, first 99 left offset 0, -0.6 \
		font 'DejaVu Sans,9' textcolor rgb grey
	plot for [quantile in '50 99'] quantile + 0 with lines linewidth 1 \
		linecolor rgb '#808080' dashtype 3 notitle, \
		for [p in keyed] $lengths \
		using (of_line(panel, p + 0, column(column_length))): \
		(column(column_length_share)) with steps linewidth 1.5 \
		linecolor rgb colour(policy[p + 0], p + 0) \
		dashtype dash(policy[p + 0], p + 0) notitle, \
		for [p in keyed] $quantiles \
		using (of_line(panel, p + 0, column(column_length))): \
		(column(column_length_share)) with points pointsize 0.8 \
		linecolor rgb colour(policy[p + 0], p + 0) \
		pointtype mark(policy[p + 0], p + 0) notitle
}
unset multiplot
