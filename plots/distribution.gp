# How long the faults of a trace took: the share of them that took no longer,
# over their length, a panel a memory size.

column_length_size = 1
column_length_policy = 2
column_length = 3
column_length_share = 4
of_line(s, p, value) = column(column_length_size) == s && \
	column(column_length_policy) == p ? value : NaN

of_behind_at(s, value) = column(column_length_size) == s && \
	has(behind, column(column_length_policy)) ? value : NaN

panels = sizes
title = length_trace[t].': how long a fault takes'
x_text = length_unit.' per fault'
y_text = 'faults that take no longer (%)'
key_last = 'p50, p99'
array key_title[|policy|]
do for [p in told] {
	key_title[p + 0] = capitals(policy[p + 0])
}
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
room = log(high / low) / (panel_width * width / 50.)

do for [panel = 1:panels] {
	eval place_panel
	set xtics ()
	last_at = 0
	do for [decade = floor(log10(low)):ceil(log10(high))] {
		do for [digit in (high / low > 300 || beside > 1 ? '1 3' : \
			'1 2 5')] {
			at = digit * 10. ** decade
			if (at >= low && at <= high && \
				(last_at == 0 || log(at / last_at) > room)) {
				set xtics add ((bottom_panel ? \
					sprintf('%.10g', at) : '') at)
				last_at = at
			}
		}
	}
	set label 4 share_text(size_share[panel]).(narrow ? '' : panels > 2 ? \
		' in memory' : ' of the pages in memory') at graph 0, graph 1 \
		left offset 0, 0.6 font 'DejaVu Sans Bold,11'
	set label 5 'p50' at graph 1, first 50 right offset 0, 0.5 \
		font small_font textcolor rgb grey
	set label 6 'p99' at graph 1, first 99 right offset 0, -0.6 \
		font small_font textcolor rgb grey
	own = both(told, size_policies[panel])
	panel_plot = both(behind, size_policies[panel]) eq '' ? '' : "$lengths \
		using (of_behind_at(panel, column(column_length))): \
		(column(column_length_share)) with steps ".line_behind."notitle,"
	panel_plot = panel_plot.(own eq '' ? '' : "for [p in own] $lengths \
		using (of_line(panel, p + 0, column(column_length))): \
		(column(column_length_share)) with steps linewidth 1.5 \
		".own_line."notitle, for [p in own] $quantiles \
		using (of_line(panel, p + 0, column(column_length))): \
		(column(column_length_share)) with points pointsize 0.8 \
		".own_point."notitle,")
	eval 'plot '.panel_plot." for [quantile in '50 99'] quantile + 0 with \
		lines linewidth 1 linecolor rgb '#808080' dashtype 3 notitle"
}
unset multiplot
