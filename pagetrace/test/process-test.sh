#!/bin/sh
# Programs that fork, exec, are killed, use threads, overflow their stack, or
# write their own code: they run as ever, and what happens to them is
# recorded, or said to be left out.
. "${srcdir:-.}/pagetrace/test/common.sh"
subcommand='record --engine pagetrace'

said() { check "said: $1" grep -q -- "$1" err; }
regions() { "$selfpage" dump "$1" | grep '^='; }
# told TRACE PATTERN: a region event like that; untold: none.
tells() { regions "$1" | grep -q -- "$2"; }
told() { tells "$@" || failed "$1 does not tell: $2"; }
untold() { ! tells "$@" || failed "$1 tells: $2"; }
events() { "$selfpage" dump "$1" | grep -vc '^='; }
all() { "$selfpage" dump "$1" | awk '!/^=/ { n += $3 } END { print n }'; }
# data TRACE THREAD: loads and stores.
data()
{
	runs "$1" | awk -v thread="$2" '
		$4 == thread && $2 ~ /r|w/ { sum += $3 }
		END { print sum + 0 }'
}

# Four threads, each with 6,400 loads and stores and some more.  (Threads
# that have ended give their numbers to later ones.)
run 0 -o threads.spt -- "$behave" threads
starts=$(regions threads.spt | grep -c thread-start)
ends=$(regions threads.spt | grep -c thread-end)
check "5 threads start, not $starts; $ends end" \
	test "$starts" -eq 5 -a "$ends" -eq 5
sum=0
for thread in 2 3 4 5; do
	sum=$((sum + $(data threads.spt $thread)))
done
check "their 25,600 references: $sum" test $sum -gt 25600 -a $sum -lt 40000

# A fork: two traces, which tell of each other, and the same work in both.
run 0 -o forks.spt -- "$behave" forks
child=$(regions forks.spt | awk '$3 == "fork" { print $5 }')
check "the child's trace" test -f "forks.$child.spt"
told forks.spt "fork.*forks.$child.spt"
told "forks.$child.spt" 'map .*/behave'
told "forks.$child.spt" 'stack '
ours=$(data forks.spt 1)
childs=$(data "forks.$child.spt" 1)
check "the same work: $ours, $childs" \
	test $((ours - childs)) -ge 0 -a "$childs" -ge 6400
run 0 --no-forks -o none.spt -- "$behave" forks
said '1 child process was not recorded'
check "no child's trace" test "$(ls none.*spt)" = none.spt

# A child that goes on is not waited for.
run 0 -o sh.spt -- sh -c "(sleep 0.2; '$behave' threads; sleep 100) \
	>/dev/null 2>&1 & echo \$! >child"
said 'children that outlive sh'
check "the child goes on" kill "$(cat child)"

# An exec: told, and followed on demand.
run 0 -o exec.spt -- "$behave" execs "$behave" maps
said 'became .*behave (exec), which was not recorded'
told exec.spt 'exec .*behave'
run 0 --follow-exec -o exec.spt -- "$behave" execs "$behave" maps
check "nothing is said to be left out" eval '! grep -q became err'
second=$(ls exec.*.spt)
told exec.spt 'exec .*behave'
told "$second" 'remap '
run 1 -o exec.spt -- "$behave" execs ./nowhere
untold exec.spt 'exec .*nowhere'

# The maps' events.
run 0 -o maps.spt -- "$behave" maps
told maps.spt 'map .*/behave$'
told maps.spt 'remap '
told maps.spt 'protect .* r-- '
told maps.spt 'brk .*\[heap\]'
told maps.spt 'unmap '
untold maps.spt vgpreload_
untold maps.spt pagetrace-amd64
check "2 MiB touched" test "$(runs maps.spt | cut -d ' ' -f 1 | sort -u |
	wc -l)" -gt 512

# Killed: all that it did is there, 6,400 references among it.
run 137 -o killed.spt -- "$behave" killed
said 'was killed by signal 9'
check "what it did is there" test "$(data killed.spt 1)" -ge 6400

# Out of stack: up to the access that was too much.
run 139 -o overflow.spt -- "$behave" overflow
stacks=$(regions overflow.spt | grep -c ' stack ')
check "the stack grew bit by bit: $stacks" test "$stacks" -gt 500

# Faults that a handler mends: each access is there once it is done.
run 0 -o faults.spt -- "$behave" faults

# Code that is written, run, and written over.
run 0 -o jit.spt -- "$behave" jit
if test -x /usr/bin/python3; then
	run 0 -o python.spt -- /usr/bin/python3 -c 'print(sum(range(1000)))'
	check "python3 works" grep -qx 499500 out
fi

# The kernel's own accesses, four pages' worth, marked.
run 0 -o kernel.spt -- "$behave" kernel
kernels=$("$selfpage" dump kernel.spt | awk '
	$2 == "-w-k" && last == "-w-k" && at + 1 == strtonum($1) { found++ }
	{ last = $2; at = strtonum($1) }
	END { print found + 0 }' 2>/dev/null)
check "two pages that the kernel wrote" test "${kernels:-1}" -ge 1

# Marks, and what lies between them: one page is touched, not the others.
run 0 -o marks.spt -- "$behave" marks
told marks.spt 'mark .*begin'
told marks.spt 'mark .*end'
run 0 --skip @begin --limit @end -o part.spt -- "$behave" marks
count=$(runs part.spt | awk '{ sum += $3 } END { print sum }')
check "between marks: $count references" test "$count" -gt 1 -a "$count" -lt 50
told part.spt 'map .*/behave'
run 0 --skip @never -o never.spt -- "$behave" marks
said 'never.spt is empty'
"$behave" marks
check "marks do nothing by themselves" test $? -eq 0

# The same by a file, for what can't be compiled: whole lines, of this file.
echo 'echo "one two" >>"$SELFPAGE_MARKS"; echo three >other
	printf "fo" >>"$SELFPAGE_MARKS"; printf "ur\nlast" >>marks' >script
SELFPAGE_MARKS=marks run 0 -o script.spt -- sh script
told script.spt 'mark 1 one two$'
told script.spt 'mark 1 four$'
check "2 marks" test "$(regions script.spt | grep -c ' mark ')" -eq 2
check "the file is written" test "$(wc -l <marks)" -eq 2

# Who asked for memory, and what the program calls it; in a child's trace too.
run 0 -o names.spt -- "$behave" names
told names.spt 'map .* \[anon:ask_for_rows\]$'
told names.spt 'map .* \[anon:ask_for_table\]$'
told names.spt 'name .* \[anon:columns\]$'
told names.spt 'remap .* \[anon:ask_for_rows\]$'
told names.spt 'name .* \[anon\]$'
untold names.spt 'no]name'
untold names.spt 'nothing is there'
size=$(regions names.spt | awk '$3 == "name" && /rows/ {
	print $5, $4 }' | sed 's/0x//g' | while read -r end start; do
	echo $((0x$end - 0x$start)); done)
check "the moved map is one of 16 MiB, not $size" test "$size" = 16777216
child=$(ls names.*.spt)
told "$child" 'map .* \[anon:columns\]$'
told "$child" 'map .* \[anon:ask_for_table\]$'
cp "$behave" stripped
strip stripped 2>/dev/null && {
	run 0 -o stripped.spt -- ./stripped names
	told stripped.spt 'map .* \[anon\]$'
	told stripped.spt 'name .* \[anon:columns\]$'
	untold stripped.spt 'ask_for'
}

# Limits by number.
total=$(all marks.spt)
run 0 --limit 1000 -o limit.spt -- "$behave" marks
count=$(all limit.spt)
check "1,000 references, not $count" test "$count" -eq 1000
run 0 --skip 5000 --limit 7 -o skip.spt -- "$behave" marks
count=$(all skip.spt)
check "7 references, not $count" test "$count" -eq 7
told skip.spt 'gap 5000'
check "the whole trace has more: $total" test "$total" -gt 100000
run 2 --skip 0 -- true
run 2 --limit @ -- true
run 2 --reduce 0 -- true

# Reduced, it says so, and gives fewer events.
run 0 --reduce 64 -o reduced.spt -- "$behave" threads
more=$(events threads.spt)
fewer=$(events reduced.spt)
check "reduced: $fewer events of $more" test "$fewer" -lt $((more / 10))

# The recorder is killed: the program goes on to its end.
rm -f ended
"$selfpage" record -q -o lost.spt -- sh -c \
	'echo $$ >started; i=0
	while test $i -lt 30000; do i=$((i + 1)); done; : >ended' 2>err &
recorder=$!
while ! test -s started; do sleep 0.1; done
kill -KILL $recorder
wait $recorder 2>/dev/null
i=0
while ! test -e ended && test $i -lt 1200; do
	sleep 0.1
	i=$((i + 1))
done
check "the program outlives its recorder" test -e ended
if test -e lost.spt.part; then
	"$selfpage" info lost.spt.part >info 2>&1
	check "what is whole can be read" test $? -lt 2
fi

finish
