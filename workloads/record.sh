#!/bin/sh
# Records one workload, unless its trace is there already and of the same
# making:
#
#	record.sh [--size small|real] [--input A|B] [--traces DIR] NAME
#
# leaves DIR/NAME.spt, and beside it NAME.stamp (what the trace was made of)
# and NAME.log (what the program and the recorder said); with --input NAME-A or
# NAME-B.  The command is $SELFPAGE, or the selfpage in the path.
set -eu

fail()
{
	echo "record.sh: $*" >&2
	exit 2
}

workloads=$(cd "$(dirname "$0")" && pwd)
selfpage=${SELFPAGE-selfpage}
size=real
input=
traces=results/traces
while [ $# -gt 1 ]; do
	case $1 in
	--size) size=$2 ;;
	--input) input=$2 ;;
	--traces) traces=$2 ;;
	*) fail "unknown option $1: --size, --input or --traces" ;;
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
label=$name${input:+-$input}
trace=$traces/$label.spt
log=$traces/$label.log
# The workload says what else it is made of.  Another recorder may tell more.
recorder=$(realpath "$(command -v "$selfpage")")
recorder=${recorder%/*}/pagetrace/pagetrace-amd64-linux
stamp=$(cd "$workloads" && made_of=generate.py && . "./$name.sh" &&
	echo "$size" && cksum "$name.sh" run.sh $made_of &&
	"$selfpage" --version &&
	{ [ ! -f "$recorder" ] || cksum <"$recorder"; })
if [ "$stamp" = "$(cat "$traces/$label.stamp" 2>&1)" ] &&
	"$selfpage" info "$trace" >/dev/null 2>&1
then
	printf '  %-9s there already\n' "$label"
	exit 0
fi

started=$(date +%s)
if ! "$workloads/run.sh" --size "$size" --input "${input:-A}" "$name" \
	"$selfpage" record -o "$trace" -- >"$log" 2>&1
then
	rm -f "$trace" "$traces/$label.stamp"
	echo "record.sh: all it said is in $log" >&2
	echo "record.sh: $label failed: $(tail -n 1 "$log")" >&2
	exit 1
fi
echo "$stamp" >"$traces/$label.stamp"
printf '  %-9s recorded in %2d s, %s KB\n' "$label" \
	$(($(date +%s) - started)) $(($(stat -c %s "$trace") / 1000))
