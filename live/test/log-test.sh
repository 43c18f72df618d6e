#!/bin/sh
# Logs of `selfpage run --log`, and what --verify says of them: whole, cut off,
# corrupt, of a program that was killed, and on a disk that is full.
set -u
LC_ALL=C
export LC_ALL
selfpage=$(realpath "${SELFPAGE:-./selfpage}")
folder=$(mktemp -d "${TMPDIR:-/tmp}/selfpage-log-XXXXXX") || exit 99
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 99
status=0

wrong()
{
	echo "$*"
	[ ! -s stderr ] || sed 's/^/    /' stderr
	status=1
}

# The exit status of --verify with the arguments must be the first.
verify()
{
	want=$1
	shift
	timeout 300 "$selfpage" replay --verify "$@" --format csv \
		>stdout 2>stderr
	got=$?
	[ $got -eq "$want" ] || wrong "verify $*: exit status $got"
}

says()
{
	grep -q "$1" stderr || wrong "not said: $1"
}

awk 'BEGIN { srand(1); for (i = 0; i < 20000; i++)
	printf "%09d%09d\n", rand() * 1e9, rand() * 1e9 }' >lines
sort lines >sorted
"$selfpage" run --frames 60 --policy clock --log log.spl -- \
	sort --parallel=1 -S 10M lines >out 2>stderr || {
	echo "skipped: nothing can be run: $(tail -n 1 stderr)"
	exit 77
}
cmp out sorted || wrong "another output"
verify 0 log.spl
tail -n 1 stdout | grep -q 'clock,.*,yes,yes$' || wrong "$(cat stdout)"
[ ! -s stderr ] || wrong "a log that is whole"

# one frame and three, where instructions need more
for frames in 1 3; do
	"$selfpage" run --frames $frames --policy fifo --log few.spl -- \
		sort --parallel=1 -S 10M /etc/passwd >out 2>stderr
	sort /etc/passwd | cmp - out || wrong "$frames frames: another output"
	verify 0 few.spl
	tail -n 1 stdout | grep -q ',yes,yes$' ||
		wrong "$frames frames: $(cat stdout)"
done

bytes=$(wc -c <log.spl)
[ "$bytes" -gt 1700000 ] || wrong "a log of $bytes bytes only"
head -c $((bytes - 16)) log.spl >cut.spl
verify 0 cut.spl
says 'the log was cut off after event [1-9]'
tail -n 1 stdout | grep -q ',no,yes$' || wrong "cut: $(cat stdout)"
head -c 100 log.spl >head.spl
verify 1 head.spl
says 'cut off within its header'
cp log.spl bad.spl
printf 'xxxx' | dd of=bad.spl bs=1 seek=5000 conv=notrunc 2>/dev/null
verify 1 bad.spl
says 'bad.spl: block 0, at event 0: the block is corrupt'
verify 1 lines
says 'lines: this is no log of a pager'
verify 1 nothing.spl
says 'nothing.spl: No such file'
timeout 300 "$selfpage" replay --verify log.spl trace.spt >stdout 2>stderr
[ $? -eq 2 ] || wrong "a trace beside a log"

# killed: what was written is good
"$selfpage" run --frames 60 --policy sfifo --log killed.spl -- \
	sh -c 'sort --parallel=1 -S 10M lines >/dev/null; kill -KILL $$' \
	>/dev/null 2>stderr
verify 0 killed.spl

# a full disk: the program goes on, and it is said
if [ -w /dev/full ]; then
	"$selfpage" run --frames 60 --policy clock --log /dev/full -- \
		sort --parallel=1 -S 10M lines >out 2>stderr
	says 'No space left'
fi
(
	ulimit -f 3200 # of 512 bytes
	"$selfpage" run --frames 60 --policy clock --log full.spl -- \
		sort --parallel=1 -S 10M lines >out 2>stderr
) || wrong "the program did not go on"
cmp out sorted || wrong "a full disk: another output"
says 'log'
verify 0 full.spl
says 'the log was cut off'
exit $status
