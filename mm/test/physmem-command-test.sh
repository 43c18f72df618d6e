#!/bin/sh
# selfpage physmem: what it refuses; that it serves, tells its clients, and
# leaves nothing behind.
. "${srcdir:-.}/tests/common.sh"
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT

# refuse STATUS TEXT ARGUMENT...
refuse()
{
	refused=$1
	said=$2
	shift 2
	expect "$refused" "$said" "$selfpage" physmem "$@"
}

refuse 2 "how many --frames?" --socket s
refuse 2 "at which --socket?" --frames 10
refuse 2 "--frames: '0' is not a size" --frames 0 --socket s
refuse 2 "--frames: '10%' is not a size" --frames 10% --socket s
refuse 2 "--frames: '1TiB1' is not" --frames 1TiB1 --socket s
refuse 2 "--frames: '2TiB' is not" --frames 2TiB --socket s
refuse 2 "--notice: '0' is not 1 to" --frames 1 --notice 0 --socket s
refuse 2 "--grace: 'soon' is not 0 to" --frames 1 --grace soon --socket s
refuse 2 "--format: 'xml'" --frames 1 --format xml --socket s
refuse 2 "'more' is one argument too many" --frames 1 --socket s more
refuse 1 "none/s: No such file" --frames 1 --socket none/s
: >file
refuse 1 "file: a server listens there, or it is no socket" \
	--frames 1 --socket file
[ -f file ] || failed "the file is gone"

"$selfpage" physmem --frames 64KiB --socket s --format csv >rows 2>log &
server=$!
wait_for [ -S s ]
refuse 1 "s: a server listens there" --frames 1 --socket s
[ -S s ] || failed "the live socket is gone"
kill -USR1 $server
wait_for grep -q '^client,pid,guaranteed' rows
[ "$(wc -l <rows)" -eq 1 ] || failed "rows of no clients"

# one that is killed leaves its socket: the next one replaces it
kill -KILL $server
wait $server 2>/dev/null
[ -S s ] || failed "a killed server has removed its socket"
"$selfpage" physmem --frames 16 --socket s --format json >rows 2>log &
server=$!
wait_for sh -c "ls -l /proc/$server/fd | grep -q signalfd"
kill -USR1 $server
wait_for grep -q ']' rows
kill -TERM $server
wait $server
[ $? -eq 0 ] || failed "it does not end well"
server=
[ -e s ] && failed "the socket is left"
empty log
finish
