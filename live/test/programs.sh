#!/bin/sh
# Real programs under the pager, with less memory than they touch: their output
# and exit status are those of the plain run, what is resident is never more
# than the frames given, and nothing is left of it.
#
#	programs.sh [--size tiny|small|full] [--runs N | --seconds N]
#		[--frames LIST] [--policies LIST] [--options LIST]
#		[PROGRAM...]
#
# Without --runs every combination of program, frames and policy once.  Frames
# are numbers, or percents of the pages that the program touches; options are
# further ones of `selfpage run`.  What a run that fails has left is kept.
set -u
LC_ALL=C
export LC_ALL

fail()
{
	echo "programs.sh: $*" >&2
	exit 2
}

source=$(cd "${srcdir:-$(dirname "$0")/../..}" && pwd)
size=small
runs=
seconds=
amounts='50% 20%'
policies='fifo sfifo clock'
options=
programs=
while [ $# -gt 0 ]; do
	case $1 in
	--size) size=$2; shift ;;
	--runs) runs=$2; shift ;;
	--seconds) seconds=$2; shift ;;
	--frames) amounts=$2; shift ;;
	--policies) policies=$2; shift ;;
	--options) options=$2; shift ;;
	-*) fail "unknown option $1" ;;
	*) programs="$programs $1" ;;
	esac
	shift
done
programs=${programs:-sort sqlite3 python3 gcc gnuplot}

# ---- the programs ----
# Each has its input made once, in the folder "input"; it runs in a folder
# beside that, where all that it writes is compared.

case $size in
tiny) lines=200 orders=10 steps=40 functions=1 points=10 ;;
small) lines=20000 orders=6000 steps=8000 functions=4 points=3000 ;;
full) lines=160000 orders=40000 steps=60000 functions=60 points=60000 ;;
*) fail "--size tiny, small or full, not $size" ;;
esac

generate() { /usr/bin/python3 "$source/workloads/generate.py" "$@"; }

make_input()
{
	case $1 in
	sort) generate lines --seed 1 --count $lines >lines.txt ;;
	sqlite3)
		echo 'PRAGMA cache_size = -262144; PRAGMA temp_store = 2;'
		generate orders --seed 2 --count $orders
		;;
	python3) cp "$source/live/test/threads.py" . ;;
	gcc) generate source --seed 3 --count $functions >source.c ;;
	gnuplot)
		cat <<END
set terminal svg size 800,600
set output "plot.svg"
set samples $points
plot sin(x*17)*cos(x), "-" using 1:2 with linespoints
END
		generate lines --seed 4 --count $points | awk '
			{ print NR, substr($2, 5) * 7919 % 1000 }
			END { print "e" }'
		;;
	esac >script
}

# run_program NAME [COMMAND...]: as COMMAND's arguments, if there is one.
run_program()
{
	name=$1
	shift
	case $name in
	sort) "$@" sort --parallel=1 -S 1G -o sorted.txt ../input/lines.txt ;;
	sqlite3) "$@" sqlite3 -batch :memory: <../input/script ;;
	python3) "$@" /usr/bin/python3 -S ../input/threads.py $steps ;;
	gcc) "$@" gcc -O1 -c ../input/source.c -o source.o ;;
	gnuplot) "$@" gnuplot ../input/script ;;
	esac >stdout 2>stderr
}

# gcc starts the compiler proper as its child.
options_of() { [ "$1" != gcc ] || echo --follow; }

# ---- one run ----

# So many pages one instruction can need at once: two that it reads, two that
# it writes, and the page that is in two places while it comes in.
NEEDED=5

# column FILE NAME: in the last row.
column()
{
	[ -f "$1" ] || return
	awk -F, -v name="$2" '
		NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i }
		END { print at ? $at : "none" }' "$1"
}

# paged NAME FRAMES POLICY: in the folder "run".
paged()
{
	rm -rf run swap row.csv run.log
	mkdir run swap
	cd run || exit 99
	run_program "$1" "$SELFPAGE" run --frames "$2" --policy "$3" \
		--swap ../swap --rows ../row.csv --format csv \
		--log ../run.log $(options_of "$1") $options --
	status=$?
	cd ..
}

# What was said that the plain run does not say is the pager's own.
others_said() { grep -v '^selfpage run: ' run/stderr >stderr; }

# Prints what is wrong with the run of NAME at FRAMES; nothing: all is well.
judge()
{
	[ "$status" = "$(cat "$1/status")" ] ||
		echo "exit status $status, plain $(cat "$1/status")"
	others_said
	mv stderr run/stderr.program
	mv run/stderr stderr
	mv run/stderr.program run/stderr
	diff -r "$1/plain" run >difference || {
		echo "its output differs:"
		head -c 2000 difference
	}
	resident=$(column row.csv resident_peak)
	over=$(column row.csv over_limit)
	[ "$resident" -le $(($2 + over)) ] 2>/dev/null ||
		echo "resident were $resident pages"
	# One instruction can need that many pages at once.
	[ "$over" = 0 ] || [ "$2" -lt $NEEDED ] ||
		echo "it went over the limit by $over"
	# What threads touch at a time is not the same in each run.
	[ "$(column row.csv hard_faults)" -gt 0 ] 2>/dev/null ||
		[ $(($2 * 2)) -gt "$touched" ] || echo "nothing was paged"
	[ -z "$(ls swap)" ] || echo "left in the swap folder: $(ls swap)"
	"$SELFPAGE" replay --verify run.log >verify 2>&1 || {
		echo "the replay differs:"
		tail -n 5 verify
	}
}

# one NAME AMOUNT POLICY
one()
{
	touched=$(cat "$1/touched")
	case $2 in
	*%) frames=$((touched * ${2%\%} / 100)) ;;
	*) frames=$2 ;;
	esac
	ln -sfn "$1/input" input
	paged "$1" $frames "$3"
	wrong=$(judge "$1" $frames)
	done=$((done + 1))
	if [ "$wrong" ]; then
		failed=$((failed + 1))
		keep=$folder/failed-$failed
		mkdir "$keep"
		mv run stderr row.csv run.log verify "$keep" 2>/dev/null
		echo "FAILED $1 at $frames frames ($2), $3: $wrong"
		echo "  kept in $keep; its input is in $folder/$1/input"
	else
		echo "$1 at $frames frames ($2), $3:" \
			"$(column row.csv hard_faults) hard faults," \
			"$(column row.csv resident_peak) resident"
	fi
}

# prepare NAME: its input, the plain run, and how many pages it touches.
prepare()
{
	mkdir -p "$1/input" "$1/plain"
	(cd "$1/input" && make_input "$1") || fail "no input for $1"
	(
		cd "$1/plain" || exit 99
		run_program "$1"
		echo $? >../status
	)
	ln -sfn "$1/input" input
	paged "$1" 16384 fifo
	touched=$(column row.csv zero_faults)
	[ "$touched" -gt 8 ] 2>/dev/null || {
		cat run/stderr
		fail "$1 did not run under the pager"
	}
	echo "$touched" >"$1/touched"
}

# ---- all ----

[ "${SELFPAGE-}" ] || SELFPAGE=./selfpage
SELFPAGE=$(realpath "$SELFPAGE")
for program in $programs; do
	command -v "$program" >/dev/null || {
		echo "skipped: there is no $program"
		exit 77
	}
done
folder=$(mktemp -d "${TMPDIR:-/tmp}/selfpage-programs-XXXXXX") || exit 99
done=0
failed=0
cd "$folder" || exit 99
trap 'cd /; [ "$failed" -gt 0 ] || rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM

for program in $programs; do
	prepare "$program"
done
end=$((seconds ? $(date +%s) + seconds : 0))
while :; do
	for amount in $amounts; do
		for policy in $policies; do
			for program in $programs; do
				one "$program" "$amount" "$policy"
				[ "$runs" ] && [ $done -ge "$runs" ] && break 4
				[ $end -gt 0 ] && [ "$(date +%s)" -ge $end ] &&
					break 4
			done
		done
	done
	[ "$runs$seconds" ] || break
done
echo "$done runs, $failed failed"
[ $failed -eq 0 ]
