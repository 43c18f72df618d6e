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
# (stats forgets all that begins with the name it is given)
stats $lengths using column_length name 'cycles' nooutput
low = cycles_min < 1 ? 1 : cycles_min / 1.1
high = cycles_max < 2 ? 2 : cycles_max * 1.1
set logscale x 10
set yrange [0:103]
set ytics 0, 25, 100
set xrange [low:high]
set xtics ()
room = log(high / low) / (beside == 1 && !narrow ? 9 : narrow ? 3.5 : 5)
last_at = 0
do for [decade = floor(log10(low)):ceil(log10(high))] {
	do for [digit in (high / low > 300 || beside > 1 ? '1 3' : '1 2 5')] {
		at = digit * 10. ** decade
		if (at >= low && at <= high && \
			(last_at == 0 || log(at / last_at) > room)) {
			set xtics add (sprintf('%.10g', at) at)
			last_at = at
		}
	}
}

do for [panel = 1:panels] {
	eval place_panel
	set label 4 share_text(size_share[panel]).(narrow ? '' : panels > 2 ? \
		' in memory' : ' of the pages in memory') at graph 0, graph 1 \
		left offset 0, 0.6 font 'DejaVu Sans Bold,11'
	set label 5 'p50' at graph 1, first 50 right offset 0, 0.5 \
		font 'DejaVu Sans,9' textcolor rgb grey
	set label 6 'p99' at graph 1, first 99 right offset 0, -0.6 \
		font 'DejaVu Sans,9' textcolor rgb grey
	plot for [quantile in '50 99'] quantile + 0 with lines linewidth 1 \
		linecolor rgb '#808080' dashtype 3 notitle, \
		for [p in size_policies[panel]] $lengths \
		using (of_line(panel, p + 0, column(column_length))): \
		(column(column_length_share)) with steps linewidth 1.5 \
		linecolor rgb colour(policy[p + 0], p + 0) \
		dashtype dash(policy[p + 0], p + 0) notitle, \
		for [p in size_policies[panel]] $quantiles \
		using (of_line(panel, p + 0, column(column_length))): \
		(column(column_length_share)) with points pointsize 0.8 \
		linecolor rgb colour(policy[p + 0], p + 0) \
		pointtype mark(policy[p + 0], p + 0) notitle
}
unset multiplot
