#!/bin/sh
# selfpage record on real programs, by each engine that runs them under
# Valgrind: they work as ever, and what cannot be done is said.
if test $# -eq 0; then
	"$0" lackey || exit
	folder=$(dirname "${SELFPAGE:-./selfpage}")
	test -x "$folder/pagetrace/pagetrace-launch" || exit 0
	"$0" pagetrace
	exit
fi
. "${srcdir:-.}/tests/common.sh"
engine=$1
subcommand="record --engine $engine"
mounted=
trap 'test -z "$mounted" || umount "$work/small"; rm -rf "$work"' EXIT
lackey='--engine lackey'

command -v valgrind >/dev/null ||
	skip "there is no valgrind (Debian package valgrind)"
record="$selfpage $subcommand"

said() {
	check "said: $1" grep -q -- "$1" err
}

# A real program, from its default name to the trace's contents.
printf 'b\na\nc\n' >input
run 0 -- sort -o sorted input
check "sort sorts" test "$(tr -d '\n' <sorted)" = abc
said 'references in .* events to .* pages: sort.spt'
check "the trace can be read" "$selfpage" info sort.spt >info
check "the trace knows the program" grep -q 'sort' info
check "no part is left" test ! -e sort.spt.part
run 0 -q -- true
check "-q is quiet" test ! -s err

# The program's own input, output, status, folder, environment, arguments.
head -c 300000 /dev/urandom >bytes
$record -q -o cat.spt -- cat <bytes >copy
check "input and output pass through" cmp bytes copy
mkdir -p folder
(cd folder && CANARY='a b' $record -q -o ../sh.spt -- sh -c \
	'echo "$PWD|$CANARY|$#|$1|$2"; echo problem >&2' sh '' 'x  y') \
	>out 2>err
check "folder, environment, arguments: $(cat out)" \
	test "$(cat out)" = "$work/folder|a b|2||x  y"
check "standard error passes through" test "$(cat err)" = problem
run 3 -o sh.spt -- sh -c 'exit 3'
check "the trace of a program that fails" "$selfpage" info sh.spt >info
run 137 -o killed.spt -- sh -c 'kill -9 $$'
said 'sh was killed by signal 9'
check "the trace of a killed program" "$selfpage" info killed.spt >info

# What is not recorded.
run 0 $lackey -o sh.spt -- sh -c '(:); (:); :'
said '2 child processes were not recorded'
run 0 -o sh.spt -- sh -c 'exec true'
said 'became .*/true (exec)'
# A child that goes on must not hold the recorder.
run 0 -o sh.spt -- sh -c 'sleep 100 >/dev/null 2>&1 & echo $! >child'
check "it does not wait for children" kill "$(cat child)"

# Wrong calls.
run 2 -- no-such-program
said 'no-such-program: No such file or directory, looked for in PATH'
check "no trace of nothing" test ! -e no-such-program.spt
run 2 -- ./input
said './input: Permission denied'
run 2 -- ./folder
run 2 --kinds x -- true
run 2 --engine none -- true
run 2
run 1 -o no/such/folder.spt -- touch ran
said 'no/such/folder.spt'
check "a trace that can't be written: nothing runs" test ! -e ran
mkdir path
ln -s "$(command -v cat)" path/cat
(PATH=$work/path $record $lackey -- cat </dev/null) 2>err
check "no valgrind" test $? -eq 1
said 'Debian package valgrind'

# Kinds: fewer references.
count() {
	sed -n 's/^selfpage record: \([0-9]*\) references.*/\1/p' err
}
run 0 -o a.spt -- true
all=$(count)
run 0 -o a.spt --kinds i -- true
fetches=$(count)
run 0 -o a.spt -k rw -- true
data=$(count)
# Programs are not quite the same twice.
check "kinds: $fetches + $data = about $all" \
	test $(((fetches + data - all) * 100 / all)) -eq 0
check "kinds: $fetches fetches, $data loads and stores" \
	test "$fetches" -gt "$data" -a "$data" -gt 1000

# No room: the endless program is ended, what is whole stays.
endless='while :; do :; done'
full() {
	check "full: status $status, not 1" test $status -eq 1
	said "$1.part: .*$2"
	said 'the program was ended'
	check "full: no trace" test ! -e "$1"
	check "full: a part" test -s "$1.part"
	check "full: the part can be read" \
		"$selfpage" info "$1.part" >info 2>&1
}
(ulimit -f 60 && exec $record -o limit.spt -- sh -c "$endless") \
	2>err
status=$?
full limit.spt 'File too large'
mkdir small
if test "$(id -u)" = 0 &&
	mount -t tmpfs -o size=28k none small 2>/dev/null; then
	mounted=1
	$record -o small/x.spt -- sh -c "$endless" 2>err
	status=$?
	full small/x.spt 'No space left'
	$record -q -o small/true.spt -- true 2>err
	check "full at the end: status 1" test $? -eq 1
else
	echo "left out: a full disk (needs root, to mount one)"
fi

# Interrupted: the program ends as ever, the trace is whole.
for signal in INT TERM; do
	test $signal = INT && wanted=130 || wanted=143
	rm -f started
	env --default-signal=$signal $record -o int.spt -- \
		sh -c ": >started; $endless" 2>err &
	pid=$!
	while ! test -e started && kill -0 $pid 2>/dev/null; do
		sleep 0.1
	done
	kill -$signal $pid
	wait $pid
	status=$?
	check "SIG$signal: status $status" \
		test $status -eq $wanted
	said 'sh was killed by signal'
	check "SIG$signal: a whole trace" "$selfpage" info int.spt >info
done

finish
