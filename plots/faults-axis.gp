# The axis of fault rates, from what stats found as faults_min and faults_max
# and the rate of first touches, FIRST: tics at 1, 10, 100 ..., and at 2 and 5
# between them where there would be too few.  In panels there is little room.
bottom = faults_min < first ? faults_min : first
most = faults_max > first ? faults_max : first
most = most > 0 ? most : 1
if (wants_log(bottom, most)) {
	set logscale y 10
	bottom = bottom / 1.5
	top = most * 1.5
	set yrange [bottom:top]
	set ytics ()
	steps = top / bottom > 200 ? '1' : '1 2 5'
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
	set yrange [0:most * 1.05]
	set ytics autofreq
	set format y '%.10g'
}
