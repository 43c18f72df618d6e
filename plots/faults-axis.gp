# The axis of fault rates, BOTTOM to TOP of faults-range.gp: tics at 1, 10, 100
# ..., and between them where there would be too few.  In panels there is little
# room.
set yrange [bottom:top]
if (log_rates) {
	set logscale y 10
	set ytics ()
	steps = top / bottom > (panels > 0 ? 100 : 2000) ? '1' : \
		top / bottom > 50 ? '1 3' : '1 2 5'
	do for [decade = floor(log10(bottom)):ceil(log10(top))] {
		do for [digit in steps] {
			at = digit * 10. ** decade
			if (at >= bottom && at <= top) {
				set ytics add ((panels > 0 ? count_short(at) : \
					sprintf('%.10g', at)) at)
			}
		}
	}
} else {
	unset logscale y
	set ytics autofreq
	set format y '%.10g'
}
