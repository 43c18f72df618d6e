# What all figures share: fonts, frame, grid, and one colour, dash and point
# a policy, the same in every figure, so that a policy is known again, also
# in grey print and by the colour-blind (colours of Okabe and Ito).

grey = '#404040'
light = '#d8d8d8'

set datafile missing 'NaN'
set border 3 linecolor rgb grey
set tics out nomirror scale 0.6
set grid linetype 1 linecolor rgb light linewidth 0.5
set grid back
# Beside the figure there is room for a key on a page, not in a column.
narrow = width < 500
letters_font = narrow ? 'DejaVu Sans,9.5' : 'DejaVu Sans,11'
if (narrow) {
	set title font 'DejaVu Sans,10'
	set key outside below center horizontal maxcols 2 Left reverse \
		samplen 2.5 spacing 1.1 width 1 font 'DejaVu Sans,9.5'
} else {
	set title font 'DejaVu Sans,12'
	set key outside right top Left reverse samplen 3 spacing 1.25 maxcols 1
}

small_font = 'DejaVu Sans,9.5' # 6 points in print
# Long dashes, which bear the stairs of a curve.
set dashtype 6 (14, 3)

# The policy without its parameters: "clock(1)" is drawn as clock.
policy_base(name) = strstrt(name, '(') ? \
	name[1:strstrt(name, '(') - 1] : name

# 1 to 8 for the policies that have a style of their own; 0 for the others,
# which take what is left, in the order they come in: colour, dash and point
# turn at different times, so that no two of some hundred are alike.
styled = 'opt lru clock fifo arc lru-hints lirs sfifo'
policy_place(name) = ( \
	place = 0, \
	sum [i = 1:words(styled)] \
		(word(styled, i) eq policy_base(name) ? (place = i) : 0), \
	place)
colours = '#000000 #0072B2 #E69F00 #D55E00 #009E73 #56B4E9 #CC79A7 #8C6BB1'
dashes = '1 6 2 4 5 3 2 4'
points = '7 5 9 11 13 4 8 10'
other_colours = '#999999 #666633 #336666 #B08040 #5570B0 #A05070 #70A070'
other_dashes = '5 3 2 4'
other_points = '12 6 1 2 3 14 15 64 66'
turn(list, number) = word(list, 1 + (number - 1) % words(list))
styled_or(name, number, list, others) = policy_place(name) ? \
	word(list, policy_place(name)) : turn(others, number)
colour(name, number) = styled_or(name, number, colours, other_colours)
dash(name, number) = int(styled_or(name, number, dashes, other_dashes))
mark(name, number) = int(styled_or(name, number, points, other_points))

# As people write them: OPT, LRU, CLOCK.
upper = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
lower = 'abcdefghijklmnopqrstuvwxyz'
capital(c) = strstrt(lower, c) ? \
	upper[strstrt(lower, c):strstrt(lower, c)] : c
# gnuplot 5.4 joins no strings in a sum, so that the letters are taken one
# after the other by a function that calls itself.
capitals(name) = strlen(name) ? \
	capital(name[1:1]).capitals(name[2:strlen(name)]) : ''

# 65536 -> "64 KiB"
memory(bytes) = bytes < 1024 ? sprintf('%d B', bytes) : \
	bytes < 1048576 ? sprintf('%.3g KiB', bytes / 1024.) : \
	bytes < 1073741824 ? sprintf('%.3g MiB', bytes / 1048576.) : \
	sprintf('%.3g GiB', bytes / 1073741824.)

# 31234567 -> "31.2 million"
count(n) = n < 1e4 ? sprintf('%d', n) : \
	n < 1e6 ? sprintf('%.1f thousand', n / 1e3) : \
	n < 1e9 ? sprintf('%.1f million', n / 1e6) : \
	sprintf('%.2f billion', n / 1e9)

# The number of the policy NAME, 0 if there is none.
number_of(name) = (number = 0, \
	sum [i = 1:|policy|] (policy[i] eq name ? (number = i) : 0), number)

# For policy number P, of those that are told apart: its line, point, and both;
# and the line of all others.
own_line = 'linecolor rgb colour(policy[p + 0], p + 0) \
	dashtype dash(policy[p + 0], p + 0) '
own_mark = 'pointtype mark(policy[p + 0], p + 0) '
own_point = 'linecolor rgb colour(policy[p + 0], p + 0) '.own_mark
own_both = own_line.own_mark
line_behind = "linecolor rgb '#a0a0a0' linewidth 0.8 dashtype 1 "
behind_title(list) = sprintf('%d other%s', words(list), \
	words(list) > 1 ? 's' : '')

# Columns of $rows
column_trace = 1
column_policy = 2
column_size = 3
column_frames = 4
column_share = 5 # per cent
column_bytes = 6
column_faults = 7 # a million references
column_cycles = 8
column_phase = 9 # the first of seven
phases = 7
column_curve = 16 # 1: of a curve, 0: of a replay

# VALUE in the rows of trace T and policy P (0: all), nothing elsewhere; and
# the same of curves alone, and of replays alone.
of(t, p, value) = column(column_trace) == t && \
	(p == 0 || column(column_policy) == p) ? value : NaN
of_curve(t, p, value) = column(column_curve) > 0 ? of(t, p, value) : NaN
of_replay(t, p, value) = column(column_curve) > 0 ? NaN : of(t, p, value)
# Is NUMBER in LIST, ' 1 4 12'?
has(list, number) = strstrt(list.' ', ' '.int(number).' ') > 0
# Those of LIST that are in OTHER, and that are not.
rest(list) = list[strlen(word(list, 1)) + 2:*]
both(list, other) = words(list) ? (has(other, word(list, 1)) ? \
	' '.word(list, 1) : '').both(rest(list), other) : ''
without(list, other) = words(list) ? (has(other, word(list, 1)) ? '' : \
	' '.word(list, 1)).without(rest(list), other) : ''
# VALUE of curves of trace T under the policies of LIST.
of_curves(t, list, value) = has(list, column(column_policy)) ? \
	of_curve(t, 0, value) : NaN

# Columns of $guides_1 and so on, of one trace each, and VALUE in those of
# policy P, and of the policies of LIST.
column_guide_policy = 1
column_guide_share = 2
column_guide_bytes = 3
column_guide_faults = 4
of_guide(p, value) = column(column_guide_policy) == p ? value : NaN
of_guides(list, value) = has(list, column(column_guide_policy)) ? value : NaN

# How the policies that are told apart, and those that are not, are drawn of
# trace T.  A curve tells every size, and is stairs; a replay tells some, which
# are marked and joined by guides where there is no curve.
told_stairs(t) = both(told, curved[t])
told_joined(t) = both(without(told, curved[t]), replayed[t])
told_marked(t) = both(told, replayed[t])
behind_stairs(t) = both(behind, curved[t])
behind_joined(t) = both(without(behind, curved[t]), replayed[t])

# A long text, cut to LENGTH.
cut(text, length) = strlen(text) > length ? text[1:length - 3].'...' : text
# TRACE: REST, in two lines if it is too long for one.
heading(name, rest) = strlen(name) + strlen(rest) > width / 8 ? \
	cut(name, int(width / 9))."\n".rest : name.': '.rest

# An axis from LOW to HIGH is logarithmic when a linear one would press the
# small values together.
wants_log(low, high) = low > 0 && high / low > 8

# In per cent, as it is asked for: 25, 0.5.
share_text(share) = share >= 99.5 ? '100%' : sprintf('%.2g%%', share)

# How numbers up to MOST are told on an axis: in what they are counted.
step_of(most) = most < 1e4 ? 1. : most < 1e7 ? 1e3 : most < 1e10 ? 1e6 : 1e9
step_name(most) = most < 1e4 ? '' : most < 1e7 ? 'thousand ' : \
	most < 1e10 ? 'million ' : 'billion '
# 1000000 -> "1M"
count_short(n) = n < 1e3 ? sprintf('%.10g', n) : n < 1e6 ? sprintf('%dk', n / 1e3) \
	: n < 1e9 ? sprintf('%dM', n / 1e6) : sprintf('%dG', n / 1e9)
# A tenth power, or 2 or 5 of one, that comes two to four times up to TOP.
rate_step(top) = (power = 10. ** floor(log10(top / 2)), \
	top / power >= 20 ? 10 * power : top / power >= 10 ? 5 * power : \
	top / power >= 5 ? 2 * power : power)
