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
set key outside right top Left reverse samplen 3 spacing 1.25

# The policy without its parameters: "clock(1)" is drawn as clock.
policy_base(name) = strstrt(name, '(') ? \
	name[1:strstrt(name, '(') - 1] : name

# 1 to 8 for the policies that have a style of their own; the others take
# what is left, in the order they come in.
styled = 'opt lru clock fifo arc lru-hints lirs segfifo'
policy_place(name, number) = ( \
	place = 0, \
	sum [i = 1:words(styled)] \
		(word(styled, i) eq policy_base(name) ? (place = i) : 0), \
	place ? place : 9 + (number - 1) % 3)
colours = '#000000 #0072B2 #E69F00 #D55E00 #009E73 #56B4E9 #CC79A7 \
#8C6BB1 #999999 #666633 #336666'
dashes = '1 1 2 4 5 3 2 4 5 3 2'
points = '7 5 9 11 13 4 8 10 12 6 1'
colour(name, number) = word(colours, policy_place(name, number))
dash(name, number) = int(word(dashes, policy_place(name, number)))
mark(name, number) = int(word(points, policy_place(name, number)))

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

# VALUE in the rows of trace T and policy P, nothing elsewhere.
of(t, p, value) = column(column_trace) == t && \
	(p == 0 || column(column_policy) == p) ? value : NaN

# An axis from LOW to HIGH is logarithmic when a linear one would press the
# small values together.
wants_log(low, high) = low > 0 && high / low > 8
