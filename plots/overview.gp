# All traces side by side: fault rate over the share of a program's pages
# that it may keep in memory.  Every panel has its own fault axis.

panels = |trace|
title = 'Fault rate over memory size'
x_text = "memory, share of the program's pages (%)"
y_text = 'faults per million references'
key_last = 'first touches'

# Of what lies above all panels the key tells so.
array tops[panels]
least = 100.
most = 0.
do for [t = 1:panels] {
	load scripts.'/faults-range.gp'
	tops[t] = top
	least = from < least ? from : least
	most = share_max > most ? share_max : most
}
array key_title[|policy|]
do for [p in told] {
	stats $rows using (column(column_policy) == p && column(column_faults) \
		<= tops[int(column(column_trace))] ? 1 : NaN) \
		name 'within' nooutput
	key_title[p + 0] = capitals(policy[p + 0]). \
		(within_records > 0 ? '' : ': above')
}
load scripts.'/panels.gp'
set logscale x 2
low = least / 1.2
high = most * 1.2
set xrange [low:high]
room = log(high / low) / (panel_width * width / 50.)
tics = high / low < 8 ? '100 75 50 25 15 10 5 2 1' : \
	'100 50 20 10 5 2 1 0.5 0.2 0.1 0.01'

do for [t = 1:panels] {
	panel = t
	eval place_panel
	# stats sees only what is in the ranges.
	set autoscale y
	unset logscale y
	load scripts.'/faults-range.gp'
	load scripts.'/faults-axis.gp'
	set xtics ()
	last_at = 0
	do for [share in tics] {
		at = share + 0
		if (at >= low && at <= high && \
			(last_at == 0 || log(last_at / at) > room)) {
			set xtics add ((bottom_panel ? share : '') at)
			last_at = at
		}
	}
	set label 4 panel_title(trace[t]) at graph 0, graph 1 left \
		offset 0, 0.6 font 'DejaVu Sans Bold,10'

	behind_lines = behind_joined(t)
	# of those with a curve the curve alone: a panel is small
	panel_plot = behind_stairs(t) eq '' ? '' : "$rows \
		using (of_curves(t, behind, column(column_share))): \
		(column(column_faults)) with steps ".line_behind."notitle,"
	panel_plot = panel_plot.(behind_lines eq '' ? '' : "$guides_".t." \
		using (of_guides(behind_lines, \
		column(column_guide_share))):(column(column_guide_faults)) \
		with lines ".line_behind."notitle,")
	panel_plot = panel_plot.(told_stairs(t) eq '' ? '' : "for [p in \
		told_stairs(t)] $rows \
		using (of_curve(t, p + 0, column(column_share))): \
		(column(column_faults)) with steps linewidth 1.2 ".own_line. \
		"notitle,")
	panel_plot = panel_plot.(told_joined(t) eq '' ? '' : "for [p in \
		told_joined(t)] $guides_".t." \
		using (of_guide(p + 0, column(column_guide_share))): \
		(column(column_guide_faults)) with lines linewidth 1 \
		".own_line."notitle, for [p in told_joined(t)] $rows \
		using (of_replay(t, p + 0, column(column_share))): \
		(column(column_faults)) with points pointsize 0.5 \
		".own_point."notitle,")
	eval 'plot '.panel_plot." first with lines linewidth 1 \
		linecolor rgb '#808080' dashtype 3 notitle"
}
unset multiplot
