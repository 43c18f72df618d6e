# What hints bring at one memory share: a line a trace, from LRU's faults,
# which are 100 %, to those with hints, and OPT's; at its end how much of the
# gap between them is closed.

column_line = 1
column_tuned_trace = 2
column_judge = 3
column_lru = 4
column_hint = 5
column_opt = 6
# Without faults there is nothing to relate to.
percent(value) = column(column_lru) > 0 ? \
	100. * value / column(column_lru) : NaN
stats $tuned using (percent(column(column_hint))) name 'hint' nooutput
known = hint_records
if (known > 0) {
	stats $tuned using (percent(column(column_opt))) name 'opt' nooutput
}
low = known > 0 ? (opt_min < hint_min ? opt_min : hint_min) : 0
high = known > 0 && hint_max > 100 ? hint_max : 100

# in the middle of the picture: in a column it is wider than the plot
set label 2 'Faults with hints: '.share_text(share).' of the pages in memory' \
	at screen 0.5, 1 - 16. / height center \
	font (narrow ? 'DejaVu Sans,10' : 'DejaVu Sans,12')
set tmargin at screen 1 - 50. / height
set xlabel "faults, LRU's are 100%" offset 0, 0.4
# from 0 where that leaves room enough to see the lines
low = low > 80 ? low - (high - low) * 0.1 : 0
set xrange [low:high + (high - low) * 0.03]
set format x '%.10g%%'
if (narrow) {
	step = rate_step(high - low)
	set xtics step
}
set yrange [lines + 0.7:0.3]
set grid xtics noytics
set ytics scale 0 font letters_font
set ytics ()
letters = 0
do for [i = 1:lines] {
	name = tuned_trace[int(word($tuned[i], column_tuned_trace))]
	judged = int(word($tuned[i], column_judge))
	line_name = cut(name, narrow ? 16 : 24). \
		(judged ? ', judged' : ', learned')
	letters = strlen(line_name) > letters ? strlen(line_name) : letters
	set ytics add (line_name i)
}
set lmargin at screen (20. + letters * (narrow ? 6.6 : 7.6)) / width
set bmargin at screen 80. / height
set rmargin at screen 1 - (narrow ? 74. : 92.) / width
set label 1 'gap closed' at screen 1 - 6. / width, graph 1 right offset 0, 0.4 \
	font small_font
set key at screen 0.5, screen 8. / height center bottom vertical maxrows 1 \
	Left reverse samplen 1 width 1 font letters_font
closed(lru, hint, opt) = lru > opt ? \
	sprintf('%.0f%%', 100. * (lru - hint) / (lru - opt)) : 'no gap'

plot $tuned using (percent(column(column_opt))):column_line: \
	(100 - percent(column(column_opt))):(0) with vectors nohead \
	linewidth 1 linecolor rgb '#b0b0b0' notitle, \
	$tuned using (100):column_line: \
	(percent(column(column_hint)) - 100):(0) with vectors nohead \
	linewidth 3.5 linecolor rgb colour('lru-hints', 1) notitle, \
	$tuned using (percent(column(column_opt))):column_line with points \
	pointtype mark('opt', 1) linecolor rgb colour('opt', 1) title 'OPT', \
	$tuned using (column(column_lru) > 0 ? 100 : NaN):column_line \
	with points pointtype mark('lru', 1) \
	linecolor rgb colour('lru', 1) title 'LRU', \
	$tuned using (percent(column(column_hint))):column_line with points \
	pointtype 9 pointsize 1.2 linecolor rgb colour('lru-hints', 1) \
	title 'with hints', \
	$tuned using (high + (high - low) * 0.03):column_line: \
	(column(column_lru) > 0 ? closed(column(column_lru), \
	column(column_hint), column(column_opt)) : 'no faults') \
	with labels left offset 0.7, 0 font small_font notitle
