# The axis of fault rates, from what stats found as faults_min and faults_max
# and the rate of first touches, FIRST: tics at 1, 10, 100 ..., and at 2 and 5
# between them where there would be too few.
bottom = faults_min < first ? faults_min : first
if (wants_log(bottom, faults_max)) {
	set logscale y 10
	bottom = bottom / 1.5
	top = faults_max * 1.5
	set yrange [bottom:top]
	set ytics ()
	steps = top / bottom > 200 ? '1' : '1 2 5'
	do for [decade = floor(log10(bottom)):ceil(log10(top))] {
		do for [digit in steps] {
			at = digit * 10. ** decade
			if (at >= bottom && at <= top) {
				set ytics add (sprintf('%.10g', at) at)
			}
		}
	}
} else {
	unset logscale y
	set yrange [0:faults_max * 1.05]
	set ytics autofreq
	set format y '%.10g'
}
