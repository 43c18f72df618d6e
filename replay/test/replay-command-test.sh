#!/bin/sh
# selfpage replay, and costs: wrong calls, bad traces, formats, signals, full
# disks.
. "${srcdir:-.}/tests/common.sh"
subcommand=replay
mounted=
trap '[ -z "$mounted" ] || umount "$mounted"; rm -rf "$work"' EXIT

# lines FILE COUNT
lines()
{
	[ "$(wc -l <"$1")" -eq "$2" ] || failed "$1 has not $2 lines"
}

trace=small.spt
"$selfpage" generate -o "$trace" --model zipf --pages 300 --references 5k ||
	exit 1
blocks=blocks.spt # three of them
"$selfpage" generate -o "$blocks" --model mix --pages 300 \
	--references 600k || exit 1
large=large.spt
"$selfpage" generate -o "$large" --model uniform --pages 20k \
	--references 3M || exit 1

# ---- wrong calls ----

wrong()
{
	text=$1
	shift
	run 2 "$@"
	has err "$text"
	empty out
}

wrong "which trace?"
wrong "'0' is not a size" --frames 0 "$trace"
wrong "'x' is not a size" --frames x "$trace"
wrong "'0%' is not a size" --frames 10,0%,20 "$trace"
wrong "'101%' is not a size" --frames 101% "$trace"
wrong "not a size" --frames "" "$trace"
wrong "'-1' is not a size" --frames -1 "$trace"
wrong "no policy 'sundial'" --policy lru,sundial "$trace"
wrong "opt" --policy sundial "$trace"
wrong "no policy ''" --policy "" "$trace"
wrong "'xml' is not table, csv or json" --format xml "$trace"
wrong "--bit-at-load: 0 or 1" --bit-at-load 2 "$trace"
wrong "'sundial' is not" --counter sundial "$trace"
wrong "unrecognized option" --fromes 4 "$trace"

# ---- what is no trace ----

: >empty.spt
echo "1 2 3 4 1 2 5" >text.spt
for bad in none:"No such file" empty:empty text:"not a page-reference"; do
	run 1 --frames 10 "${bad%%:*}.spt"
	has err "${bad%%:*}.spt: "
	has err "${bad#*:}"
done
run 1 "$work"
has err "$work"

# Page numbers that no address has.
for page in 0x10000000000000 0xfffffffffffffffe 0xffffffffffffffff; do
	printf '1\n2\n%s\n3\n' $page >high.pages
	"$selfpage" import --quiet --from pages high.pages \
		-o high.spt || failed "import of page $page"
	run 1 --policy lru --frames 2 high.spt
	has err "high.spt: page number $page is larger than an address"
done

# The rows of the traces before the bad one are there.
run 1 --format csv --policy lru --frames 4 "$trace" none.spt
lines out 2
has err "none.spt: No such file"

# ---- cut and damaged traces ----

# Cut behind its first block, it is replayed up to the last whole one, which is
# said; before that there is nothing to replay.
bytes=$(wc -c <"$blocks")
for cut in $((bytes - 1)) $((bytes - 100)) $((bytes - 250)) \
	$((bytes * 9 / 10)) $((bytes / 2)); do
	head -c "$cut" "$blocks" >cut.spt
	run 0 --policy opt,lru --frames 30 --format csv --check cut.spt
	has err "cut.spt: has no end"
	lines out 3
	grep -q '^cut,lru,.*,30,[1-9]' out || failed "no references"
done
for cut in 1 30 60 200 1000 $((bytes / 3)); do
	head -c "$cut" "$blocks" >cut.spt
	run 1 --policy opt --frames 30 cut.spt
	has err "cut.spt: "
done

# A byte in each part: it is found, unless it is in what a replay does not
# need (counts and threads, with the bit set at load).
for at in 4 9 30 60 100 180 300 $((bytes / 4)) $((bytes / 2)) \
	$((bytes * 3 / 4)) $((bytes - 230)) $((bytes - 150)) \
	$((bytes - 120)) $((bytes - 90)) $((bytes - 50)) \
	$((bytes - 12)) $((bytes - 1)); do
	cp "$blocks" bad.spt
	flip bad.spt "$at"
	run 1 --policy opt,lru --frames 30 --bit-at-load 0 bad.spt
	has err "bad.spt: "
done

# ---- rows ----

contract="trace policy class frames references events pages faults hard_faults
zero_faults soft_faults writebacks fault_rate opt_ratio cycles_per_fault_mean
cycles_per_fault_p50 cycles_per_fault_p99 counter_source refs_per_second
peak_rss_bytes"
run 0 --frames 10,50% --format csv --counter tsc --check "$trace"
lines out 9
head -1 out | tr , '\n' >columns
echo "$contract" | tr ' ' '\n' >contract
grep -xF -f contract columns |
	cmp -s - contract || failed "not the contract's columns"
[ "$(sort -u columns | wc -l)" = \
	"$(wc -l <columns)" ] || failed "a column twice"
awk -F , -v columns="$(wc -l <columns)" '
	NF != columns { exit 1 }' out || failed "cells and columns"
awk -F , '
	NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
	$at["hard_faults"] + $at["zero_faults"] != $at["faults"] ||
	$at["opt_ratio"] < 1 || $at["fault_rate"] <= 0 ||
	$at["fault_rate"] > 1 || $at["peak_rss_bytes"] < 100000 ||
	$at["counter_source"] != "tsc" || $at["refs_per_second"] < 1 ||
	$at["trace"] != "small" || $at["references"] != 5000 { exit 1 }
	{ seen[$at["policy"] "," $at["class"]]++ }
	END {
		exit seen["opt,oracle"] != 2 ||
			seen["lru,sees-every-reference"] != 2 ||
			seen["clock,realisable"] != 2 ||
			seen["fifo,realisable"] != 2
	}' out || failed "rows are wrong"

# Table on request, CSV into a pipe, JSON that others can read.
run 0 --frames 10 --policy lru "$trace"
has out "trace,policy,"
run 0 --frames 10 --policy lru,fifo --format table "$trace"
lines out 3
grep -q '^small  *lru ' out || failed "no table"
run 0 --frames 10,20 --policy lru,fifo --format json "$trace"
if command -v python3 >/dev/null; then
	python3 -m json.tool <out >/dev/null || failed "this is no JSON"
	[ "$(python3 -c 'import json, sys
print(*[row["policy"] for row in json.load(sys.stdin)])' <out)" = \
		"lru fifo lru fifo" ] || failed "JSON rows"
else
	echo "no python3: the JSON is not tried"
fi

for source in clock tsc; do
	run 0 --frames 10 --policy lru --counter $source --format csv "$trace"
	has out ",$source,"
done
"$selfpage" replay --frames 10 --policy lru --counter pmu --format csv \
	"$trace" >out 2>err
if [ $? -eq 0 ]; then
	has out ",pmu,"
else
	grep -qi pmu err || failed "why is there no PMU?"
	empty out
fi

# All but times, and what was timed, is the same again.
counts()
{
	"$selfpage" replay --frames 1,7,10%,99% --format csv "$@" |
		awk -F , '
			NR == 1 {
				for (i = 1; i <= NF; i++)
					skip[i] = $i ~ \
						/^cycles|_per_|peak|^faults_/
			}
			{
				for (i = 1; i <= NF; i++)
					if (!skip[i])
						printf "%s,", $i
				print ""
			}'
}
counts "$blocks" >first
counts "$blocks" >out
cmp -s first out || failed "not the same again"
[ "$(wc -l <first)" -eq 17 ] || failed "not 17 lines"

# ---- batches, cleaning ----

for bad in 0 65 x; do
	run 2 --batch $bad "$trace"
	has err "--batch: '$bad' is not 1 to 64 victims"
done
run 2 --clean-ahead -1 "$trace"
has err "--clean-ahead: '-1' is not 0 to"
# of FILE, of the rows of POLICY, the columns
columns()
{
	awk -F , -v policy="$2" -v names="$3" '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		$at["policy"] == policy {
			n = split(names, name, " ")
			for (i = 1; i <= n; i++)
				printf "%s%s", $at[name[i]], i < n ? " " : "\n"
		}' "$1"
}
run 0 --policy opt,fifo,clock --frames 10 --format csv --check "$trace"
cp out plain
[ "$(columns plain fifo "batch clean_ahead cleaned")" = "1 0 0" ] ||
	failed "batches without --batch"
run 0 --policy opt,fifo,clock --frames 10 --format csv --check \
	--batch 4 --clean-ahead 6 "$trace"
[ "$(columns out opt "batch clean_ahead cleaned faults")" = \
	"1 0 0 $(columns plain opt faults)" ] || failed "opt in batches"
[ "$(columns out clock "batch clean_ahead cleaned")" = "4 0 0" ] ||
	failed "clock can't be cleaned"
run 0 --policy fifo --frames 10 --format csv --clean-ahead 6 "$trace"
[ "$(columns out fifo "faults evictions clean_ahead")" = \
	"$(columns plain fifo "faults evictions") 6" ] ||
	failed "cleaning has changed a victim"
[ "$(columns out fifo cleaned)" -gt 0 ] || failed "nothing is cleaned"

# ---- hints ----

printf '# fine\n* read-once\n[heap] priority 9\n' >bad.hints
run 1 --hints bad.hints --frames 10 "$trace"
has err "bad.hints:3: "
run 1 --hints none.hints --frames 10 "$trace"
has err "none.hints"
printf '* priority 3\n' >good.hints
run 0 --hints good.hints --policy lru --frames 10 --format csv "$trace"
lines out 3
[ "$(sed -n 's/^small,lru.*,10,5000,[^,]*,[^,]*,\([0-9]*\),.*/\1/p' \
	out | sort -u | wc -l)" -eq 1 ] || failed "lru-hints is not lru"

printf '* sequential\n' >sequential.hints
"$selfpage" generate -o scan.spt --model scan --pages 300 \
	--references 300 || exit 1
for pages in 0 1 16; do
	run 0 --hints sequential.hints --policy lru-hints \
		--read-ahead $pages --frames 20 --format csv --check scan.spt
	cut -d, -f8,11,33 out | tail -1 >>ahead
done
# faults, soft faults, prefetches: of pairs, of all but the first page
printf '300,0,0\n1,299,299\n1,299,299\n' | diff - ahead ||
	failed 'reading ahead'
run 2 --read-ahead 4 --frames 10 "$trace"
has err 'only what --hints calls sequential'

# ---- a part of the addresses ----

run 0 "$trace" --policy lru --frames 20 --format csv
cut -d, -f1-14 out >whole
run 0 "$trace" --policy lru --frames 20 --format csv \
	--only 0-0x1000,0x1000-0xffffffffffff
has err ': 0 of 5000 references and 0 of'
cut -d, -f1-14 out | cmp -s - whole || failed "--only of all is not all"
run 1 "$trace" --only 0xffffffff0000-0xffffffffffff
has err 'none of its references is in these ranges'
run 2 "$trace" --only 0x1000
has err "'0x1000' is no range of addresses"
run 2 "$trace" --only 0x2000-0x1000
has err 'is no range of addresses'

# ---- logs (live/test/log-test.sh has true ones) ----

run 1 --verify "$trace"
has err 'this is no log of a pager'
run 2 --verify log.spl "$trace"
has err 'a log, and no traces'
run 2 --hints sequential.hints --read-ahead 65537 "$trace"
has err "--read-ahead: '65537' is not 0 to 65536 pages"
run 2 --hints sequential.hints --read-ahead x "$trace"
printf '# more than there is\n* pin\n' >pins.hints
run 1 --hints pins.hints --policy lru --frames 10 --format csv "$trace"
has err "pins.hints:2: pins more pages"
lines out 2

# the others that run beside it are told all the same, up to it
run 1 --hints pins.hints --policy lru,fifo --frames 10,20 \
	--format csv --jobs 2 "$trace"
has err "pins.hints:2: pins more pages"
lines out 3

# ---- side by side ----

# shared FILE: the columns that are the same on every run
shared()
{
	cut -d , -f 1-15,31-34,42-56 "$1"
}

list=opt,lru,clock,fifo
run 0 --policy $list --frames 1%,10,25%,99% --format csv --alone "$trace"
lines out 17
shared out >alone
for how in '--jobs 1' '--jobs 2' '--jobs 5' '--memory 1' \
	'--memory 2MiB -j 3'; do
	# shellcheck disable=SC2086
	run 0 --policy $list --frames 1%,10,25%,99% --format csv $how \
		--check "$trace"
	shared out | cmp - alone || failed "$how: other counts"
done
for jobs in 0 257 x; do
	run 2 --jobs $jobs "$trace"
	has err "--jobs: '$jobs' is not 1 to 256 threads"
done
run 2 --memory much "$trace"
has err "--memory: 'much' is no number of bytes"

# ---- the list of policies ----

"$selfpage" policies --format csv >out 2>err || failed "policies"
has out 'lru,sees-every-reference,yes,'
has out 'clock,realisable,no,'
"$selfpage" policies fifo opt --format json >out || failed "policies"
lines out 4
has out '"policy": "opt", "class": "oracle", "stack": "yes"'
"$selfpage" policies fifo sundial >out 2>err &&
	failed "policies sundial"
has err "there is no policy 'sundial'"
empty out
run 2 --policy lru:size=3 "$trace"
has err "--policy: lru has no parameters, and so no 'size'"

# ---- costs ----

printf '# of a disk\nc_hard 1000\n\nc_writeback 10 # ns\n' >costs
printf '\tc_soft 3\nc_scan 0.5\n' >>costs
run 0 --policy opt,lru,clock,fifo,sfifo --frames 10% --format csv \
	--costs costs "$trace"
awk -F , '
	NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
	function of(name) { return $at[name] }
	of("policy") == "fifo" {
		hard = of("hard_faults"); written = of("writebacks")
	}
	of("class") != "realisable" {
		if (of("cost_ns") != "" || of("break_even") != "")
			exit 1
		next
	}
	{
		seen++
		soft = of("soft_faults") + of("bits_harvested")
		scans = of("soft_faults") + of("pages_scanned")
		cost = of("hard_faults") * 1000 + of("writebacks") * 10 + \
			soft * 3 + scans * 0.5
		# and the time of the policy
		if (of("cost_ns") < cost || of("cost_ns") > 2 * cost)
			exit 1
	}
	of("policy") == "clock" || of("policy") == "sfifo" {
		ratio = ((hard - of("hard_faults")) * 1000 + \
			(written - of("writebacks")) * 10 - \
			scans * 0.5) / soft / 1000
		d = ratio - of("break_even")
		if (d * d > 1e-10)
			exit 1
	}
	END { if (seen != 3) exit 1 }' out || failed "costs"
# wrong_costs LINE TEXT: a file of costs is refused there
wrong_costs()
{
	# shellcheck disable=SC2059
	printf "$2" >wrong.costs
	run 1 --costs wrong.costs "$trace"
	has err "wrong.costs:$1: "
}
wrong_costs 1 'c_hard\n'
wrong_costs 1 'c_hard 1 2\n'
wrong_costs 1 'c_hard -1\n'
wrong_costs 2 'c_hard 1\nc_hard 1\n'
wrong_costs 1 'c_hot 1\n'
wrong_costs 3 'c_hard 1\nc_soft 1\nc_scan 1\n'
has err "it ends without c_writeback"
run 1 --costs none "$trace"
has err "none: No such file"

# those of this machine: four, that replay takes, and a hard fault dearer than
# a soft one
"$selfpage" costs >own.costs 2>err || failed "costs"
awk '!/^#/ { cost[$1] = $2 }
	END { exit !(cost["c_scan"] > 0 && cost["c_soft"] > 0 && \
		cost["c_hard"] >= cost["c_soft"] && \
		cost["c_writeback"] > 0) }' \
	own.costs || failed "costs: $(cat own.costs)"
run 0 --policy fifo --frames 10% --costs own.costs "$trace"
"$selfpage" costs --folder none >out 2>err &&
	failed "costs in a folder that is not there"
has err "none: No such file"

# ---- stopping ----

# When some rows are there it is stopped: they come one by one with --alone,
# else by traces.
# stop SIGNAL MOST STEP ARGUMENT...: at most MOST lines; sizes STEP apart
stop()
{
	signal=$1
	most=$2
	step=$3
	shift 3
	rm out
	"$selfpage" replay --policy fifo,clock --format csv --frames \
		"$(seq -s , 1000 "$step" 19000)" "$@" "$large" >out 2>err &
	pid=$!
	tries=0
	while [ "$(cat out 2>/dev/null | wc -l)" -lt 3 ] &&
		[ $tries -lt 600 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
	kill -s "$signal" $pid
	wait $pid 2>/dev/null
	status=$?
	[ $status -eq 1 ] || failed "SIG$signal: status $status"
	has err "stopped by signal"
	awk -F , -v least=3 -v most="$most" '
		NR == 1 { columns = NF }
		NF != columns { exit 1 }
		END { exit NR < least || NR > most }' out ||
		failed "SIG$signal: rows are not whole"
	[ "$(tail -c 1 out | od -An -c | tr -d ' ')" = '\n' ] ||
		failed "SIG$signal: the last row is cut"
}
stop TERM 400 50 --alone
stop INT 39 1000 "$trace"

# ---- output and disks that are full ----

for format in csv json table; do
	"$selfpage" replay --policy lru --frames 10 --format $format "$trace" \
		>/dev/full 2>err
	[ $? -eq 1 ] || failed "$format into a full disk"
	has err "standard output: No space left"
	"$selfpage" replay --policy lru --frames 10 --format $format "$trace" \
		>&- 2>err
	[ $? -eq 1 ] || failed "$format into a closed stream"
	has err "standard output"
done

TMPDIR=$work/nowhere
export TMPDIR
run 1 --policy opt --frames 10 "$trace"
has err "$TMPDIR: cannot make a temporary file"
run 0 --policy lru --frames 10 "$trace"
mkdir tiny
TMPDIR=$work/tiny
if [ "$(id -u)" -eq 0 ] &&
	mount -t tmpfs -o size=1m none "$TMPDIR" 2>/dev/null; then
	mounted=$TMPDIR
	run 1 --policy opt --frames 10 "$large"
	has err "$TMPDIR: "
	has err "set TMPDIR to a folder with room"
	[ -z "$(ls "$TMPDIR")" ] || failed "leaves files in TMPDIR"
else
	echo "no small file system can be mounted: that part is left out"
fi
(
	failures=0
	ulimit -f 64
	run 1 --policy opt --frames 10 "$large"
	has err "$TMPDIR: "
	exit $failures
) || failures=$((failures + 1))
unset TMPDIR

# ---- how long faults took ----

run 0 --policy lru,opt --frames 5%,50% --format csv \
	--distribution lengths.csv "$trace"
# Of each row the shares rise to 1 with the lengths, and the length that half
# of the faults don't exceed is the row's median, within the histogram's 1/128.
awk -F, '
	FNR == 1 { for (i = 1; i <= NF; i++) at[FILENAME, $i] = i; next }
	function get(name) { return $at[FILENAME, name] }
	{ key = get("policy") "," get("frames") }
	FNR == NR { median[key] = get("cycles_per_fault_p50"); next }
	!(key in median) { print "no row of " key }
	get("share") <= share[key] || get("cycles") <= cycles[key] {
		print key ": line " FNR " does not rise"
	}
	share[key] < 0.5 && get("share") >= 0.5 &&
		(get("cycles") < median[key] - 1 ||
		get("cycles") * 127 / 128 > median[key] + 1) {
		print key ": half is at " get("cycles") ", not " median[key]
	}
	{ share[key] = get("share"); cycles[key] = get("cycles") }
	END {
		for (key in median)
			if (share[key] != 1)
				print key ": ends at " share[key]
	}' out lengths.csv >err
empty err
run 1 --policy lru --frames 10 --distribution /dev/full "$trace"
has err "/dev/full: cannot write: No space left"
run 1 --policy lru --frames 10 --distribution none/f.csv "$trace"
has err "none/f.csv: cannot write: No such file"
empty out

# ---- too little memory ----

# At any limit it works or says what failed.  AddressSanitizer's own memory
# has no room under one.
if ! grep -q __asan_init "$selfpage"; then
	for limit in 8 10 12 14 16 18 20 24 28; do
		(
			ulimit -v $((limit * 1024))
			"$selfpage" replay --policy opt,lru,clock \
				--frames 50% --hints good.hints \
				"$large" >out 2>err
		)
		status=$?
		[ $status -le 1 ] || [ $status -eq 127 ] ||
			failed "with $limit MiB: status $status"
		[ $status -eq 0 ] || grep -qE 'memory|shared' err ||
			failed "with $limit MiB: nothing about memory"
	done
fi

finish
