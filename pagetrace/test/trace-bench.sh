#!/bin/sh
# How fast whole programs are recorded: each at its full size by pagetrace,
# with K = 1 and --reduce 64, and in turn at its middle size by Lackey, whose
# text goes into cat.  Times are wall-clock, of the recording alone.
#
#	trace-bench.sh [NAME...]
#
# Limits: at least 50 times as many references a second as Lackey with K = 1,
# and 100 with K = 64; 20 for programs that run shortly, so that translating
# them is most of the time; at most 0.2 byte an event with K = 1.
selfpage=${SELFPAGE:-./selfpage}
run=${srcdir:-.}/workloads/run.sh
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
[ $# -gt 0 ] || set -- ls sort sqlite3 python3 gzip cc1

command -v valgrind >/dev/null || {
	echo "skipped: no valgrind (Debian package valgrind)"
	exit 77
}
case $selfpage in
/*) ;;
*) selfpage=$PWD/$selfpage ;;
esac

# Recorders: each leaves the nanoseconds that it took in $dir/time.
write_timed()
{
	{
		printf '#!/bin/sh\nstart=$(date +%%s%%N)\n%s\nstatus=$?\n' "$2"
		printf 'end=$(date +%%s%%N)\necho $((end - start)) >%s\n' \
			"$dir/time"
		echo 'exit $status'
	} >"$dir/$1"
	chmod +x "$dir/$1"
}
write_timed native '"$@"'
write_timed lackey '{
	valgrind --tool=lackey --trace-mem=yes --log-fd=9 "$@" 9>&1 >&8 8>&-
} 8>&1 | cat >/dev/null'
write_timed one "'$selfpage' record -q -e pagetrace -o '$dir/t.spt' -- \"\$@\""
write_timed many "'$selfpage' record -q -e pagetrace --reduce 64 \
	-o '$dir/t.spt' -- \"\$@\""

# timed SIZE NAME RECORDER: its nanoseconds.
timed()
{
	"$run" --size "$1" "$2" "$dir/$3" >"$dir/log" 2>&1 || {
		cat "$dir/log" >&2
		exit 1
	}
	cat "$dir/time"
}

# field NAME: of the trace, from what info tells.
field()
{
	"$selfpage" info --format json "$dir/t.spt" |
		sed -n "s/.*\"$1\": *\([0-9.]*\).*/\1/p"
}

printf '%-8s %7s %8s | %8s %7s %8s %6s %6s %6s | %7s %8s %6s %6s %6s\n' \
	program native Lackey K=1: time M xLackey xnat byte K=64: M xLackey \
	xnat events
printf '%-8s %7s %8s | %8s %7s %8s %6s %6s %6s | %7s %8s %6s %6s %6s\n' \
	'' s 'M refs/s' 'M refs' s 'refs/s' '' '' /event s 'refs/s' '' '' \
	'1 of'
failed=0
for name; do
	lackey_ns=$(timed real "$name" lackey) || exit 1
	timed real "$name" many >/dev/null || exit 1
	lackey_references=$(field references)
	native_ns=$(timed full "$name" native) || exit 1
	one_ns=$(timed full "$name" one) || exit 1
	references=$(field references)
	events=$(field events)
	bytes=$(field file_bytes)
	many_ns=$(timed full "$name" many) || exit 1
	kept=$(field events)
	least='50 100'
	case $name in
	python3 | cc1) least='20 20' ;;
	esac
	echo "$name $native_ns $lackey_ns $lackey_references $references" \
		"$one_ns $events $bytes $many_ns $kept $least" | awk '{
		lackey = $4 / $3 * 1e3
		one = $5 / $6 * 1e3
		many = $5 / $9 * 1e3
		printf "%-8s %7.2f %8.2f | %8.0f %7.1f %8.1f %6.0f %6.1f " \
			"%6.3f | %7.1f %8.1f %6.0f %6.1f %6.0f\n", $1,
			$2 / 1e9, lackey, $5 / 1e6, $6 / 1e9, one,
			one / lackey, $6 / $2, $8 / $7, $9 / 1e9, many,
			many / lackey, $9 / $2, $7 / $10
		exit one < $11 * lackey || many < $12 * lackey ||
			$8 > 0.2 * $7
	}' || {
		echo "$name: over a limit"
		failed=1
	}
done
exit $failed
