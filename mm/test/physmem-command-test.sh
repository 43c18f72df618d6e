#!/bin/sh
# selfpage physmem: what it refuses; that it serves, tells its clients, and
# leaves nothing behind.
set -u
selfpage=${SELFPAGE:-./selfpage}
folder=$(mktemp -d) || exit 99
server=
status=0

finish()
{
	[ -n "$server" ] && kill "$server" 2>/dev/null
	rm -rf "$folder"
}
trap finish EXIT

fail()
{
	echo "FAILED: $*"
	status=1
}

# refuse STATUS TEXT ARGUMENT...
refuse()
{
	wanted=$1
	text=$2
	shift 2
	"$selfpage" physmem "$@" >"$folder/out" 2>&1
	got=$?
	[ $got -eq "$wanted" ] || fail "physmem $*: status $got, not $wanted"
	grep -qF -- "$text" "$folder/out" ||
		fail "physmem $*: does not say '$text'"
}

refuse 2 "how many --frames?" --socket "$folder/s"
refuse 2 "at which --socket?" --frames 10
refuse 2 "--frames: '0' is not a size" --frames 0 --socket "$folder/s"
refuse 2 "--frames: '10%' is not a size" --frames 10% --socket "$folder/s"
refuse 2 "--frames: '1TiB1' is not" --frames 1TiB1 --socket "$folder/s"
refuse 2 "--frames: '2TiB' is not" --frames 2TiB --socket "$folder/s"
refuse 2 "--notice: '0' is not 1 to" --frames 1 --notice 0 --socket "$folder/s"
refuse 2 "--grace: 'soon' is not 0 to" --frames 1 --grace soon --socket s
refuse 2 "--format: 'xml'" --frames 1 --format xml --socket s
refuse 2 "'more' is one argument too many" --frames 1 --socket s more
refuse 1 "$folder/none/s: No such file" --frames 1 --socket "$folder/none/s"
: >"$folder/file"
refuse 1 "$folder/file: a server listens there, or it is no socket" \
	--frames 1 --socket "$folder/file"
[ -f "$folder/file" ] || fail "the file is gone"

# wait_for COMMAND...: until it succeeds.
wait_for()
{
	tries=0
	until "$@"; do
		tries=$((tries + 1))
		[ $tries -lt 200 ] || {
			fail "never: $*"
			return
		}
		sleep 0.05
	done
}

"$selfpage" physmem --frames 64KiB --socket "$folder/s" --format csv \
	>"$folder/rows" 2>"$folder/log" &
server=$!
wait_for [ -S "$folder/s" ]
refuse 1 "$folder/s: a server listens there" --frames 1 --socket "$folder/s"
[ -S "$folder/s" ] || fail "the live socket is gone"
kill -USR1 $server
wait_for grep -q '^client,pid,guaranteed' "$folder/rows"
[ "$(wc -l <"$folder/rows")" -eq 1 ] || fail "rows of no clients"

# one that is killed leaves its socket: the next one replaces it
kill -KILL $server
wait $server 2>/dev/null
[ -S "$folder/s" ] || fail "a killed server has removed its socket"
"$selfpage" physmem --frames 16 --socket "$folder/s" --format json \
	>"$folder/rows" 2>"$folder/log" &
server=$!
wait_for sh -c "ls -l /proc/$server/fd | grep -q signalfd"
kill -USR1 $server
wait_for grep -q ']' "$folder/rows"
kill -TERM $server
wait $server
[ $? -eq 0 ] || fail "it does not end well"
server=
[ -e "$folder/s" ] && fail "the socket is left"
[ -s "$folder/log" ] && fail "it complained: $(cat "$folder/log")"
exit $status
