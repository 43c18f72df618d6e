# All traces side by side: fault rate over the share of a program's pages
# that it may keep in memory.  Every panel has its own fault axis.

panels = |trace|
title = 'Fault rate over memory size'
x_text = "memory, share of the program's pages (%)"
y_text = 'faults per million references'
key_last = 'first touches'
keyed = ''
do for [p = 1:|policy|] {
	do for [t = 1:panels] {
		if (!has(keyed, p) && (has(replayed[t], p) || has(curved[t], p))) {
			keyed = keyed.' '.p
		}
	}
}
load scripts.'/panels.gp'
set logscale x 2

do for [t = 1:panels] {
	panel = t
	eval place_panel
	# stats sees only what is in the ranges.
	set autoscale
	stats $rows using (of(t, 0, column(column_faults))) \
		name 'faults' nooutput
	stats $rows using (of(t, 0, column(column_share))) \
		name 'share' nooutput
	first = 1e6 * pages[t] / references[t]
	load scripts.'/faults-axis.gp'
	low = share_min / 1.2
	high = share_max * 1.2
	set xrange [low:high]
	set xtics ()
	room = log(high / low) / (narrow ? 4 : 6)
	last_at = 0
	do for [share in '100 50 20 10 5 2 1 0.5 0.2 0.1 0.01'] {
		at = share + 0
		if (at >= low && at <= high && \
			(last_at == 0 || log(last_at / at) > room)) {
			set xtics add (share at)
			last_at = at
		}
	}
	set label 4 cut(trace[t], int(panel_width * width / 8.6)) at graph 0, graph 1 left \
		offset 0, 0.6 		font 'DejaVu Sans Bold,11'

	# of those with a curve the curve alone: a panel is small
	joined = ''
	do for [p in replayed[t]] {
		if (!has(curved[t], p)) {
			joined = joined.' '.p
		}
	}
	panel_plot = curved[t] eq '' ? '' : "for [p in curved[t]] $rows \
		using (of_curve(t, p + 0, column(column_share))): \
		(column(column_faults)) with steps linewidth 1.2 \
		linecolor rgb colour(policy[p + 0], p + 0) \
		dashtype dash(policy[p + 0], p + 0) notitle,"
	panel_plot = panel_plot.(joined eq '' ? '' : "for [p in joined] $rows \
		using (of_replay(t, p + 0, column(column_share))): \
		(column(column_faults)) with linespoints linewidth 1.5 \
		pointsize 0.6 linecolor rgb colour(policy[p + 0], p + 0) \
		dashtype dash(policy[p + 0], p + 0) \
		pointtype mark(policy[p + 0], p + 0) notitle,")
	eval 'plot '.panel_plot." first with lines linewidth 1 \
		linecolor rgb '#808080' dashtype 3 notitle"
}
unset multiplot
