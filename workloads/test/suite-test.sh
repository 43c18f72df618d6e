#!/bin/sh
# selfpage bench-suite on two small programs: what is in the set; killed at
# any moment and gone on with, it comes to the same rows; what was done is not
# done again; what fails is told, and all else is done.
. "${srcdir:-.}/tests/common.sh"
for program in valgrind gcc gnuplot /usr/bin/python3; do
	command -v $program >/dev/null || skip "there is no $program"
done
# suite SET
few='--size small --only collector,keyvalue --policy opt,lru,clock
	--frames 25%,50% --budget 10'
suite="$selfpage bench-suite $few --set"

# counts SET: what does not depend on the time.
counts()
{
	cut -d, -f1-15 "$1/rows.csv"
	cat "$1/tune.csv" "$1"/curves/*.csv "$1"/hints/*.hints
}

# ---- all of it ----
expect 0 '2 workloads, 22 steps' $suite whole
[ "$(wc -l <whole/rows.csv)" -eq 33 ] ||
	failed "$(wc -l <whole/rows.csv) lines of rows"
[ "$(cut -d, -f1,2,4 whole/rows.csv | sort | uniq -d | wc -l)" -eq 0 ] ||
	failed 'a row is there twice'
[ "$(grep -c lru-hints whole/rows.csv)" -eq 8 ] || failed 'rows of hints'
[ "$(wc -l <whole/tune.csv)" -eq 9 ] || failed 'rows of tune'
for file in traces/collector-A.spt traces/keyvalue-B.spt \
	curves/collector-B.csv hints/collector.hints hints/keyvalue.hints \
	manifest.json how report.html figures/overview.png
do
	[ -s whole/$file ] || failed "no $file"
done
[ -z "$(ls -d whole/steps/*.folder whole/steps/*.log 2>/dev/null)" ] ||
	failed "left over: $(ls whole/steps)"
# The hints do in a replay what tune has said.
cut -d, -f1,3,8 whole/tune.csv | sed 1d | sort >said
grep lru-hints whole/rows.csv | cut -d, -f1,4,8 | sort >done
cmp said done || failed "hints: said $(cat said), done $(cat done)"
/usr/bin/python3 - <<'END' || failed 'the manifest'
import json
run, = json.load(open('whole/manifest.json'))['runs']
assert run['rows'] == 32 and run['status'] == 0 and run['takes_set']
assert run['command'][:5] == ['bench-suite', '--size', 'small', '--only',
                              'collector,keyvalue']
assert len([f for f in run['files'] if f['path'].endswith('.spt')]) == 4
END

# ---- again: nothing is done twice ----
expect 0 ' 16 were there, 0 failed' $suite whole
[ "$(grep -c '"command"' whole/manifest.json)" -eq 1 ] ||
	failed 'made again, it is in the manifest twice'
rm whole/curves/collector-A.csv
rm whole/traces/keyvalue-B.spt
cp whole/traces/collector-B.spt whole/traces/keyvalue-B.spt
expect 0 ' 10 were there, 0 failed' $suite whole
[ -s whole/curves/collector-A.csv ] ||
	failed 'what is not there is not made again'
rm whole/traces/keyvalue-B.stamp
expect 0 ' 11 were there, 0 failed' $suite whole

# ---- how ----
mkdir bin && ln -s "$selfpage" bin/selfpage
PATH=$PWD/bin:$PATH sh whole/how again >out 2>&1 || failed "how: $(cat out)"
expect 0 'counts: .* 0 worse, 0 better, 0 otherwise different, 0 unsteady' \
	"$selfpage" compare -t 1000% whole again

# ---- killed and stopped at any moment ----
counts again >wanted
kills=0
for moment in 0.2 0.5 1 1.4 2 2.7 3.5 5; do
	signal=KILL
	[ "$moment" != 1.4 ] || signal=TERM
	$suite killed >out 2>&1 &
	process=$!
	sleep $moment
	kill -$signal $process 2>/dev/null && kills=$((kills + 1))
	wait $process 2>/dev/null
	# 0: it was ready before
	[ $? -eq 0 ] || [ $signal = KILL ] ||
		grep -q 'goes on from here' out ||
		failed "stopped: $(cat out)"
	[ ! -e killed/rows.csv ] ||
		awk -F, 'NR == 1 { n = NF } NF != n { exit 1 }' \
			killed/rows.csv || failed 'a row is not whole'
done
[ $kills -gt 1 ] || failed 'it was hardly killed'
expect 0 ' 0 failed' $suite killed
counts killed | cmp - wanted || failed 'killed: other rows'

# ---- replays timed twice: the rows there were, and as many again ----
expect 0 '2 workloads, 30 steps' $suite again --repeat 2
[ "$(wc -l <again/rows.csv)" -eq 65 ] ||
	failed "twice: $(wc -l <again/rows.csv) lines of rows"
[ "$(cut -d, -f1-15 again/rows.csv | sed 1d | sort | uniq -c |
	awk '$1 != 2' | wc -l)" -eq 0 ] || failed 'a row is not there twice'
expect 0 '"--repeat",.*"2"' cat again/manifest.json

# ---- one at a time ----
$suite other >stopped 2>&1 &
process=$!
tries=0
until ls -d other/steps/*.folder >/dev/null 2>&1 || [ $tries -ge 600 ]; do
	sleep 0.1
	tries=$((tries + 1))
done
expect 1 'another selfpage works in it' $suite other
kill -TERM $process
wait $process
grep -q 'goes on from here' stopped || failed "stopped: $(cat stopped)"

# ---- what fails ----
mkdir copy
cp -r "$srcdir/workloads" copy/workloads
ln -s "$srcdir/pagetrace" copy/pagetrace
sed -i 's/^needs=.*/needs=nonesuch:nonesuch/' copy/workloads/collector.sh
SELFPAGE_WORKLOADS=$PWD/copy/workloads
export SELFPAGE_WORKLOADS
expect 1 'record collector-A .*needs nonesuch: install the package' $suite part
grep -q ' 1 failed, 9 left out' err || failed "failed: $(cat err)"
[ "$(grep -c '^keyvalue' part/rows.csv)" -eq 16 ] ||
	failed 'not all else was done'
grep -q '"status":.*1' part/manifest.json || failed 'the status is not told'
SELFPAGE_WORKLOADS=/nonexistent
expect 1 'expected the workloads there' $suite part
unset SELFPAGE_WORKLOADS

# ---- wrong calls ----
expect 2 "did you mean 'sort'" "$selfpage" bench-suite --only srot
expect 2 "'big' is not small or real" "$selfpage" bench-suite --size big
expect 2 "policy" "$selfpage" bench-suite --policy nonesuch
expect 2 "is not a size" "$selfpage" bench-suite --frames x
expect 2 "is not 1 to 256 programs" "$selfpage" bench-suite --jobs 0
expect 2 "is no number" "$selfpage" bench-suite --budget 0
expect 2 "is not 1 to 1000 times" "$selfpage" bench-suite --repeat 0
expect 2 'options only' "$selfpage" bench-suite sort
expect 0 '^player$' "$selfpage" bench-suite --list
echo >file
expect 1 'file.*cannot make' "$selfpage" bench-suite --set file --only sort
finish
