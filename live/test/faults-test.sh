#!/bin/sh
# What can go wrong under `selfpage run`: it is told in words, no byte is lost,
# nothing hangs, and nothing is left.
set -u
LC_ALL=C
export LC_ALL
source=$(cd "${srcdir:-.}" && pwd)
selfpage=$(realpath "${SELFPAGE:-./selfpage}")
python=/usr/bin/python3
[ -x $python ] || {
	echo "skipped: there is no $python"
	exit 77
}
folder=$(mktemp -d "${TMPDIR:-/tmp}/selfpage-faults-XXXXXX") || exit 99
cd "$folder" || exit 99
mkdir swap
status=0
PAGES=4000 # parts of some pages' size that hold.py has

wrong()
{
	echo "$name: $*"
	sed 's/^/    /' stderr
	status=1
}

# hold ARGUMENT...: of `selfpage run`, then of hold.py after --.
hold()
{
	timeout -s KILL 300 "$selfpage" run --frames 1500 --swap swap "$@" \
		>stdout 2>stderr
	code=$?
	[ $code -ne 137 ] || wrong "it hung, or was killed"
	[ -z "$(ls swap)" ] || wrong "left in the swap folder: $(ls swap)"
}

# The command, started by hold_open, whose program waits; its process.
hold_open()
{
	rm -f input
	mkfifo input
	"$selfpage" run --frames 1500 --swap swap "$@" -- \
		$python -S "$source/live/test/hold.py" $PAGES \
		<input >stdout 2>stderr &
	command=$!
	exec 8>input
	for _ in $(seq 1200); do
		grep -q ready stdout && break
		sleep 0.1
	done
	program=$(cat /proc/$command/task/*/children)
	program=${program% }
}

# Up to 2 minutes for the process to end.
ends()
{
	for _ in $(seq 1200); do
		kill -0 "$1" 2>/dev/null || return 0
		sleep 0.1
	done
	wrong "process $1 does not end"
	kill -KILL "$1"
}

says() { grep -qi "$1" stderr || wrong "it does not say '$1'"; }

right="$PAGES parts, 0 wrong"

name='fork'
hold -- $python -S "$source/live/test/hold.py" $PAGES fork
[ "$(grep -c "$right" stdout)" = 7 ] || wrong "memory differs"
[ $code = 0 ] || wrong "its exit status is $code"

name='a file size limit for the swap file'
(
	ulimit -f 2000 # of 512 bytes
	hold -- $python -S "$source/live/test/hold.py" $PAGES </dev/null
	echo $code >code
)
code=$(cat code)
[ "$code" != 0 ] || wrong "it goes on with a swap file that is full"
says 'swap file has no more room (File too large)'

name='a full disk for the log'
hold --log /dev/full -- $python -S "$source/live/test/hold.py" $PAGES </dev/null
[ $code = 1 ] || wrong "its exit status is $code"
says 'No space left'

name='a disk that gets full, for the log'
mkdir small
if [ "$(id -u)" = 0 ] && unshare -m mount -t tmpfs -o size=64k none small; then
	cat >small.sh <<'END'
mount -t tmpfs -o size=64k none small && exec "$@"
END
	unshare -m sh small.sh timeout -s KILL 300 "$selfpage" run \
		--frames 1500 --swap swap --log small/log -- \
		$python -S "$source/live/test/hold.py" $PAGES \
		</dev/null >stdout 2>stderr
	code=$?
	[ $code = 0 ] || wrong "its exit status is $code"
	grep -q "$right" stdout || wrong "memory differs"
	says 'log: No space left'
fi

name='a swap file that cannot be read'
# shellcheck disable=SC2086  # a command with its options
${CC:-cc} -fno-sanitize=all -shared -fPIC -o bad-disk.so \
	"$source/live/test/bad-disk.c" || wrong "no compiler"
LD_PRELOAD=$folder/bad-disk.so SELFPAGE_BAD_DISK=$folder/bad
ASAN_OPTIONS=${ASAN_OPTIONS-}:verify_asan_link_order=0
export LD_PRELOAD SELFPAGE_BAD_DISK ASAN_OPTIONS
hold_open
unset LD_PRELOAD SELFPAGE_BAD_DISK
: >bad
echo >&8
exec 8>&-
ends $command
wait $command
code=$?
[ $code != 0 ] || wrong "it goes on without its memory"
! grep -q wrong stdout || wrong "it reads what is not there"
says 'could not be had.*Input/output error'

name='signals that end the program'
hold -- sh -c 'kill -BUS $$'
[ $code = 135 ] || wrong "its exit status is $code"
says 'SIGBUS, which process [0-9]* has sent, ended the program'
hold -- $python -S -c 'import ctypes; ctypes.string_at(16)'
[ $code = 139 ] || wrong "its exit status is $code"
says 'SIGSEGV ended the program: 0x10, not paged memory'
hold -- $python -S -c 'import mmap, os, tempfile
file = tempfile.TemporaryFile()
file.truncate(4096)
map = mmap.mmap(file.fileno(), 4096)
file.truncate(0)
map[0]'
[ $code = 135 ] || wrong "its exit status is $code"
says 'SIGBUS ended the program: 0x[0-9a-f]*, not paged memory'
hold -- sh -c 'exec sh -c "kill -SEGV \$\$"'
[ $code = 139 ] || wrong "its exit status is $code"
says 'SIGSEGV ended the program, and the library in it had no part'

name='the program is killed'
hold_open
kill -KILL "$program"
exec 8>&-
ends $command
wait $command
code=$?
[ $code = 137 ] || wrong "its exit status is $code"
[ -z "$(ls swap)" ] || wrong "left in the swap folder: $(ls swap)"
says 'evictions'

name='the command is killed'
hold_open
kill -KILL $command
wait $command 2>/dev/null
echo >&8
exec 8>&-
ends "$program"
grep -q "$right" stdout || wrong "memory differs"
[ -z "$(ls swap)" ] || wrong "left in the swap folder: $(ls swap)"

name='the command is ended'
hold_open
kill -TERM $command
ends $command
wait $command
code=$?
exec 8>&-
[ $code = 143 ] || wrong "its exit status is $code"

cd /
rm -rf "$folder"
exit $status
