#!/bin/sh
# selfpage run: output and exit status are the program's own, at any number of
# frames; what can't be run is refused in words; and nothing is left.
set -u
LC_ALL=C
export LC_ALL
selfpage=${SELFPAGE:-./selfpage}
calls=live/test/calls
folder=$(mktemp -d) || exit 99
trap 'rm -rf "$folder"' EXIT
failures=0
chmod 755 "$folder"
TMPDIR=$folder/swap
export TMPDIR
mkdir -m 1777 "$TMPDIR"

fail()
{
	echo "FAILED: $*"
	sed 's/^/  out: /' "$folder/out" | tail -5
	sed 's/^/  err: /' "$folder/err"
	failures=$((failures + 1))
}

# run STATUS ARGUMENT...: the command must end with STATUS.
run()
{
	expected=$1
	shift
	timeout -k 1 300 "$selfpage" run "$@" >"$folder/out" \
		2>"$folder/err" </dev/null
	status=$?
	[ "$status" -eq "$expected" ] ||
		fail "run $*: status $status, not $expected"
}

# has FILE TEXT
has()
{
	grep -qF -e "$2" "$folder/$1" || fail "no '$2' in $1"
}

# same FILE: what came out is what is in there.
same()
{
	cmp -s "$1" "$folder/out" || fail "the output is another"
}

# value COLUMN: of the row that the last run has written.
value()
{
	awk -F, -v name="$1" '
		NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i }
		NR == 2 { print at ? $at : "none" }' "$folder/rows"
}

case $(uname -m) in
x86_64) ;;
*) echo "skipped: there is a pager for x86-64 alone"; exit 77 ;;
esac

# Each call with memory that is out; N = 1 too.
"$calls" >"$folder/plain" 2>/dev/null
for frames in 1 3 50 2000; do
	run 23 --frames $frames --policy fifo --rows "$folder/rows" -- "$calls"
	same "$folder/plain"
	over=$(value over_limit)
	peak=$(value resident_peak)
	# a page that a fork has shared is in two places for a moment
	[ "$peak" -le $((frames + over + 1)) ] ||
		fail "$peak pages of $frames frames"
	[ "$(value hard_faults)" -gt 0 ] || fail "there were no faults"
done
run 23 --frames 20 --front mprotect --policy clock -- "$calls"
same "$folder/plain"
has err "(mprotect)"
run 23 --unpaged -- "$calls"
same "$folder/plain"
[ ! -s "$folder/err" ] || fail "an unpaged run has figures"

# A log of it chooses the same again.
run 23 --frames 20 --policy sfifo --log "$folder/log" -- "$calls"
"$selfpage" replay --verify "$folder/log" >"$folder/out" 2>"$folder/err" ||
	fail "replay chooses other victims"

# A real program, and sizes as replay has them.
seq 40000 | awk '{ print $1 * 7919 % 40009, $1 }' >"$folder/lines"
sort "$folder/lines" >"$folder/plain"
run 0 --frames 400KiB --policy sfifo --rows "$folder/rows" -- \
	sort --parallel=1 -S 8M "$folder/lines"
same "$folder/plain"
[ "$(value frames)" = 100 ] || fail "400KiB are 100 frames"
[ "$(value resident_peak)" -le 100 ] || fail "more than 100 frames"
[ "$(value exit_status)" = 0 ] || fail "exit status in the row"
run 0 --frames 50% --pages 300 --rows "$folder/rows" --format json -- true
has rows '"frames": 150'

# A policy's parameters: what sfifo is without its second list, replay agrees.
sort="sort --parallel=1 -S 8M $folder/lines"
run 0 --frames 100 --policy fifo --rows "$folder/rows" -- $sort
hard=$(value hard_faults)
run 0 --frames 100 --policy sfifo:second=0 --rows "$folder/rows" \
	--log "$folder/log" -- $sort
[ "$(value hard_faults)" = "$hard" ] && [ "$(value soft_faults)" = 0 ] ||
	fail "sfifo:second=0 is not fifo"
[ "$(value policy)" = sfifo:second=0 ] || fail "the row's policy"
"$selfpage" replay --verify "$folder/log" >"$folder/out" 2>"$folder/err" ||
	fail "replay chooses other victims with parameters"
run 0 --frames 100 --policy random:seed=7 --rows "$folder/rows" -- $sort
hard=$(value hard_faults)
run 0 --frames 100 --policy random:seed=8 --rows "$folder/rows" -- $sort
[ "$(value hard_faults)" != "$hard" ] || fail "random takes no seed"

# Statuses and signals are the program's, and its environment too.
run 7 --frames 10 -- sh -c 'exit 7'
run 143 --frames 10 -- sh -c 'kill -TERM $$'
run 0 --frames 10 -- env
if grep -E 'LD_PRELOAD|SELFPAGE_RUN' "$folder/out"; then
	fail "what is ours in the environment"
fi
run 0 --frames 20 --follow --rows "$folder/rows" -- \
	sh -c 'sh -c "echo hello" | cat'
has out hello
[ "$(value processes)" -ge 3 ] || fail "--follow has not followed"
run 0 --frames 20 --rows "$folder/rows" -- sh -c 'sh -c "echo hello" | cat'
has out hello

# SIGUSR1 asks for the figures; a signal is passed on.
"$selfpage" run --frames 10 -- sleep 20 >"$folder/out" 2>"$folder/err" &
command=$!
tries=0
children=/proc/$command/task/$command/children
until grep -q libselfpage-run \
	"/proc/$(cat "$children" 2>/dev/null | tr -d ' ')/maps" 2>/dev/null ||
	[ $tries -ge 100 ]; do
	tries=$((tries + 1))
	sleep 0.1
done
# asked again until the library has begun, and told what it faults by
tries=0
until grep -Eq '\((userfaultfd|mprotect)\)$' "$folder/err" ||
	[ $tries -ge 100 ]; do
	tries=$((tries + 1))
	kill -USR1 $command
	sleep 0.1
done
has err "faults ("
kill -TERM $command
wait $command
status=$?
[ $status -eq 143 ] || fail "SIGTERM is passed on: status $status"

# Hints.
printf '[heap] priority 6\n* cold\n' >"$folder/hints"
run 0 --frames 50 --hints "$folder/hints" -- sort "$folder/lines"
same "$folder/plain"
printf '[heap] cold\n@5 [heap] cold\n' >"$folder/hints"
run 1 --frames 50 --hints "$folder/hints" -- true
has err "hints:2: found @5"

# What is refused, before anything is run.
run 2
run 2 --frames 10
run 2 -- true
run 2 --frames 10,20 -- true
run 2 --frames 50% -- true
has err "a share of what?"
run 2 --frames 10 --policy lru -- true
has err "needs to see every reference"
has err "fifo, linux"
run 2 --frames 10 --policy opt -- true
run 2 --frames 10 --policy sfifo:second=2 -- true
has err "from 0% to 100%"
run 2 --frames 10 --policy nonesuch -- true
run 2 --unpaged --frames 10 -- true
run 1 --frames 10 -- "$folder/nonesuch"
has err "No such file or directory"
run 1 --frames 10 --swap /nonexistent -- true
has err "no swap file can be made there"
cp /bin/true "$folder/setuid"
chmod u+s "$folder/setuid"
run 1 --frames 10 -- "$folder/setuid"
has err "set-user-ID"
if [ -x /sbin/ldconfig ] && ! readelf -l /sbin/ldconfig 2>/dev/null |
	grep -q INTERP; then
	run 1 --frames 10 -- /sbin/ldconfig
	has err "statically linked"
fi
printf 'no program\n' >"$folder/text"
chmod +x "$folder/text"
run 1 --frames 10 -- "$folder/text"
has err "neither a program nor a script"
printf '#!/bin/sh\necho script\n' >"$folder/script"
chmod +x "$folder/script"
run 0 --frames 10 -- "$folder/script"
has out script

[ -z "$(ls -A "$TMPDIR")" ] || fail "left: $(ls -A "$TMPDIR")"
exit $((failures > 0))
