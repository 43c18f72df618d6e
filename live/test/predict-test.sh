#!/bin/sh
# What a recorded trace foretells of a live run: the faults of fifo and of
# segmented FIFO within 1 %, hard and zero; with hints by name and mark those of
# segmented FIFO in ranks, and of lru-hints where hints decide what goes.  A
# trace does not tell of memory that the program has given back: as many frames
# were free without an eviction may be faults fewer.  And the run's log must be
# equal in replay.
set -u
LC_ALL=C
export LC_ALL
selfpage=$(realpath "${SELFPAGE:-./selfpage}")
named=$PWD/live/test/named
folder=$(mktemp -d "${TMPDIR:-/tmp}/selfpage-predict-XXXXXX") || exit 99
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 99
status=0
paged=0x100000000000-0x200000000000
hints=

skip()
{
	echo "skipped: $*"
	exit 77
}

wrong()
{
	echo "$*"
	status=1
}

# Of the rows on standard input, the first's cell in each column named.
cells()
{
	awk -F, -v names="$*" '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
		NR == 2 { n = split(names, name, " ")
			for (i = 1; i <= n; i++)
				printf "%s%s", $at[name[i]],
					i < n ? " " : "\n" }'
}

# The trace of the program that ran last of those that were recorded.
record()
{
	rm -f ./*.spt
	"$selfpage" record --quiet --follow-exec -o t.spt -- \
		"$selfpage" run --unpaged -- "$@" >plain 2>stderr ||
		skip "nothing can be recorded: $(tail -n 1 stderr)"
	for trace in ./*.spt; do
		"$selfpage" dump --regions "$trace" |
			grep -q 'map 0x100000000000 ' && return
	done
	wrong "$1: no trace has paged memory"
	exit 1
}

# FRAMES of the program's, one of which userfaultfd keeps for itself.
compare()
{
	name="$1 $2 $3"
	policy=$1
	frames=$2
	shift 2
	"$selfpage" run --frames "$frames" --policy "$policy" $hints \
		--log log.spl --format csv --rows live.csv -- "$@" \
		>out 2>stderr ||
		skip "nothing can be run: $(tail -n 1 stderr)"
	cmp -s out plain || wrong "$name: another output"
	log=$("$selfpage" replay --verify log.spl --format csv) ||
		wrong "$name: the log is not equal"
	set -- $(echo "$log" |
		cells frames hard_faults zero_faults evictions equal)
	[ "$5" = yes ] || wrong "$name: not equal"
	live_hard=$2
	live_zero=$3
	freed=$(($2 + $3 - $4 - $1))
	[ $freed -ge 0 ] || freed=0
	set -- $("$selfpage" replay "$trace" --only $paged --policy "$policy" \
		$hints --frames "$1" --format csv 2>talk |
		cells hard_faults zero_faults)
	echo "$name: $live_hard hard and $live_zero zero faults live," \
		"$1 and $2 foretold; $freed frames given back"
	awk -v a="$live_hard" -v b="$1" -v c="$live_zero" -v d="$2" \
		-v freed=$freed 'BEGIN {
		if ((a - b)^2 > (a / 100 + freed)^2) exit 1
		if ((c - d)^2 > (c / 100 + freed)^2) exit 1
	}' || wrong "$name: more than 1 % off"
}

awk 'BEGIN { srand(1); for (i = 0; i < 15000; i++)
	printf "%09d%09d\n", rand() * 1e9, rand() * 1e9 }' >lines
record sort --parallel=1 -S 20M lines
for frames in 60 120 200; do
	compare fifo $frames sort --parallel=1 -S 20M lines
	compare sfifo $frames sort --parallel=1 -S 20M lines
done
grep -q 'lie outside and are left out' talk ||
	wrong "it is not told what was left out"

if sqlite3=$(command -v sqlite3); then
	awk 'BEGIN { print "create table t(a, b); begin;"
		for (i = 0; i < 1500; i++)
			printf "insert into t values(%d, \"%080d\");\n",
				i * 7919 % 1501, i
		print "commit; create index i on t(a);"
		print "select count(*), sum(a) from t where a > 300;" }' >sql
	record "$sqlite3" :memory: '.read sql'
	for frames in 40 80; do
		compare fifo $frames "$sqlite3" :memory: '.read sql'
		compare sfifo $frames "$sqlite3" :memory: '.read sql'
	done
fi

# By a name that is given, by who asks, from a mark on, of a part: what is used
# again stays while streams go by.
paged=0x100000000000-0x300000000000
record "$named"
compare fifo 120 "$named"
without=$live_hard
cat >named.hints <<end
@fill [anon:table] priority 6
[anon:ask_for_stream] read-once
@half [anon:table]+0%-50% read-once
end
hints='--hints named.hints'
for frames in 150 200; do
	compare lru-hints $frames "$named"
done
for frames in 60 150; do
	compare sfifo-hints $frames "$named"
done
compare lru-hints 120 "$named"
with=$live_hard
# The program recorded by itself, elsewhere in memory, foretells the same.
unpaged=$trace
trace=alone.spt
paged=
"$selfpage" record --quiet -o $trace -- "$named" >out 2>stderr
for range in $("$selfpage" dump --regions $trace | awk '
	$3 == "map" && $NF ~ /^.anon:ask_for/ { print $4 "-" $5 }'); do
	paged=${paged:+$paged,}$range
done
compare lru-hints 120 "$named"
trace=$unpaged
paged=0x100000000000-0x300000000000
sed -i '/@half/d' named.hints
compare lru-hints 120 "$named"
[ "$with" -lt $((live_hard - 250)) ] ||
	wrong "a mark brings nothing: $with, not less than $live_hard"
[ "$live_hard" -lt $((without - 250)) ] ||
	wrong "hints bring nothing: $live_hard, not less than $without"
exit $status
