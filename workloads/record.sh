#!/bin/sh
# Records one workload, unless its trace is there already and of the same
# making:
#
#	record.sh [--size small|real] [--traces DIR] NAME
#
# leaves DIR/NAME.spt, and beside it NAME.stamp (what the trace was made of)
# and NAME.log (what the program and the recorder said).  The command is
# $SELFPAGE, or the selfpage in the path.
set -eu

fail()
{
	echo "record.sh: $*" >&2
	exit 2
}

workloads=$(cd "$(dirname "$0")" && pwd)
selfpage=${SELFPAGE-selfpage}
size=real
traces=results/traces
while [ $# -gt 1 ]; do
	case $1 in
	--size) size=$2 ;;
	--traces) traces=$2 ;;
	*) fail "unknown option $1: --size or --traces" ;;
	esac
	shift 2
done
[ $# -eq 1 ] || fail 'which workload? run.sh --list names them'
name=$1
[ -f "$workloads/$name.sh" ] ||
	fail "no workload '$name': run.sh --list names them"
command -v "$selfpage" >/dev/null ||
	fail "no command $selfpage: build it, or set SELFPAGE"

mkdir -p "$traces"
traces=$(cd "$traces" && pwd)
trace=$traces/$name.spt
log=$traces/$name.log
stamp=$(echo "$size" && cd "$workloads" &&
	cksum "$name.sh" generate.py run.sh python3-index.py)
if [ "$stamp" = "$(cat "$traces/$name.stamp" 2>&1)" ] &&
	"$selfpage" info "$trace" >/dev/null 2>&1
then
	printf '  %-9s there already\n' "$name"
	exit 0
fi

started=$(date +%s)
if ! "$workloads/run.sh" --size "$size" "$name" \
	"$selfpage" record -o "$trace" -- >"$log" 2>&1
then
	rm -f "$trace" "$traces/$name.stamp"
	tail -n 5 "$log" >&2
	echo "record.sh: $name failed; all it said is in $log" >&2
	exit 1
fi
echo "$stamp" >"$traces/$name.stamp"
printf '  %-9s recorded in %2d s, %s KB\n' "$name" \
	$(($(date +%s) - started)) $(($(stat -c %s "$trace") / 1000))
