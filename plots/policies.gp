# Policies relative to OPT at one memory share, over several traces: a line a
# policy, the best one above; a dot a trace, a bar over the middle half of them, a
# tick at the median.

column_line = 1
column_line_policy = 2
stats $ratios using 4 name 'ratio' nooutput
stats $spreads using 4 name 'median' nooutput
set title heading('Faults relative to OPT', \
	sprintf('%s of the pages in memory, %d traces', \
	share_text(share), traces))
set xlabel "faults / OPT's faults" offset 0, 0.4
set yrange [lines + 0.7:0.3]
low = ratio_min < 1 ? ratio_min : 1
# Policies that are no good for it, as MRU often, would press all others
# together: what lies far out is cut, and told in numbers.
usual = 2.5 * median_up_quartile
most = ratio_max > 2 * usual ? usual : ratio_max
high = most > low * 1.2 ? most : low * 1.2
set grid xtics noytics
set ytics scale 0 () font letters_font
letters = 0
do for [i = 1:lines] {
	name = cut(capitals(policy[int(word($spreads[i], 2))]), 24)
	letters = strlen(name) > letters ? strlen(name) : letters
	set ytics add (name i)
}
if (high / low > 8) {
	set logscale x 10
	set xrange [low / 1.1:high * 1.15]
	set xtics ()
	do for [decade = floor(log10(low)):ceil(log10(high))] {
		do for [digit in (high / low > 200 ? '1' : '1 2 5')] {
			at = digit * 10. ** decade
			if (at >= low / 1.1 && at <= high * 1.15) {
				set xtics add (sprintf('%.10g', at) at)
			}
		}
	}
} else {
	set xrange [low - (high - low) * 0.03:high + (high - low) * 0.05]
	set format x '%.10g'
	if (narrow) {
		set xtics rate_step(high - low)
	}
}
set arrow 1 from first 1, graph 0 to first 1, graph 1 nohead linewidth 1 \
	linecolor rgb '#000000' back
set key at screen 0.5, screen 8. / height center bottom vertical maxrows 1 \
	Left reverse samplen 1.5 font letters_font
# What there is beyond the figure is seen in numbers, beside it.
times(ratio) = sprintf(ratio < 100 ? '%.2f' : '%.0f', ratio)
set bmargin at screen 76. / height
set lmargin at screen (22. + letters * (narrow ? 8. : 9.2)) / width
set rmargin at screen 1 - (narrow ? 96. : 120.) / width
median_at = 1 - (narrow ? 58. : 70.) / width
most_at = 1 - 10. / width
set label 1 'median' at screen median_at, graph 1 right offset 0, 0.4 \
	font small_font
set label 2 'most' at screen most_at, graph 1 right offset 0, 0.4 \
	font small_font
do for [i = 1:lines] {
	set label 10 + 2 * i times(word($spreads[i], 4) + 0) \
		at screen median_at, first i right font small_font
	set label 11 + 2 * i times(word($spreads[i], 6) + 0) \
		at screen most_at, first i right font small_font
}
# A bar that leaves the figure ends there; of one that is all outside gnuplot
# would draw a part across it.
edge = high + (high - low)
inside(value) = value < edge ? value : edge
barred = ''
do for [i = 1:lines] {
	barred = word($spreads[i], 3) < high ? barred.' '.i : barred
}
colour_at(i) = colour(policy[int(i)], int(i))

plot for [i in barred] $spreads every ::(i - 1)::(i - 1) \
	using 3:1:(inside($5) - $3):(0) with vectors nohead linewidth 6 \
	linecolor rgb '#c0c0c0' notitle, \
	$ratios using 4:1 with points pointtype 6 pointsize 0.6 linewidth 1 \
	linecolor rgb '#404040' title 'a trace', \
	NaN with lines linewidth 6 linecolor rgb '#c0c0c0' \
	title 'middle half', \
	NaN with points pointtype 5 pointsize 1.1 linecolor rgb '#404040' \
	title 'median', \
	for [i = 1:lines] $spreads every ::(i - 1)::(i - 1) using 4:1 \
	with points pointsize 1.1 linewidth 1.5 \
	linecolor rgb colour_at(word($spreads[i], 2)) \
	pointtype mark(policy[int(word($spreads[i], 2))], \
		int(word($spreads[i], 2))) notitle
