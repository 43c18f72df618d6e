#!/bin/sh
# selfpage keep: rows go into a set whole or not at all, from several processes
# at a time, after one was killed, on a full disk; and `how` makes them again.
# The command is $SELFPAGE, else ./selfpage.
. "${srcdir:-.}/tests/common.sh"
mounted=
trap '[ -z "$mounted" ] || umount "$mounted"; rm -rf "$work"' EXIT

# rows FILE COUNT: it has one header and COUNT whole rows.
rows()
{
	[ "$(grep -c '^trace,' "$1")" -eq 1 ] || failed "$1: headers"
	[ "$(grep -c '^t,' "$1")" -eq "$2" ] ||
		failed "$1: $(grep -c '^t,' "$1") rows, expected $2"
	awk -F, 'NR == 1 { n = NF } NF != n { exit 1 }' "$1" ||
		failed "$1: a row is not whole"
}

"$selfpage" generate -o t.spt --model zipf --pages 200 --references 20k \
	2>/dev/null || failed generate
replay='replay t.spt --policy lru,opt --frames 20,50'

# ---- rows, the manifest, the same again ----
expect 0 '12 rows added' "$selfpage" keep --repeat 3 set $replay
rows set/rows.csv 12
expect 0 '4 rows added' "$selfpage" keep set -- $replay
rows set/rows.csv 16
python3 - <<'END' || failed 'the manifest'
import json
runs = json.load(open('set/manifest.json'))['runs']
assert [run['rows'] for run in runs] == [12, 4]
assert [run['repeat'] for run in runs] == [3, 1]
assert runs[0]['command'][0:2] == ['replay', 't.spt']
assert runs[0]['files'][0]['path'] == 't.spt'
assert len(runs[0]['files'][0]['xxh64']) == 16
assert runs[0]['machine']['processors'] >= 1
assert len(runs[0]['counters']) == 1 and runs[0]['counters'][0]
assert runs[0]['counters'][0] in open('set/rows.csv').read()
assert runs[0]['seed'] == 1
assert runs[0]['build']['commit'] and runs[0]['build']['compiler']
END
mkdir bin && ln -s "$selfpage" bin/selfpage
PATH=$PWD/bin:$PATH sh set/how again >out 2>&1 || failed "how: $(cat out)"
rows again/rows.csv 16
expect 0 'counts: .* 0 worse, 0 better, 0 otherwise different, 0 unsteady' \
	"$selfpage" compare -t 1000% set again

# ---- several at a time ----
for i in 1 2 3 4 5 6; do
	"$selfpage" keep --repeat 5 many $replay 2>/dev/null &
done
wait
rows many/rows.csv 120
[ "$(grep -c '"command"' many/manifest.json)" -eq 6 ] ||
	failed 'a run is not in the manifest'

# ---- half a row that was left is cut off ----
printf 't,lru,sees' >>set/rows.csv
expect 0 '4 rows added' "$selfpage" keep set $replay
rows set/rows.csv 20

# ---- a run that fails: what it finished is there ----
expect 1 '' "$selfpage" keep part replay t.spt gone.spt --policy lru \
	--frames 20
rows part/rows.csv 1
grep -q '"status":.*1' part/manifest.json || failed 'the status is not told'

# ---- killed: nothing half is there ----
"$selfpage" generate -o long.spt --model zipf --pages 100k --references 20M \
	2>/dev/null || failed generate
"$selfpage" keep --repeat 1000 killed replay t.spt long.spt --policy lru \
	--frames 20 2>/dev/null &
keeper=$!
tries=0
while [ ! -s killed/rows.csv ] && [ $tries -lt 1200 ]; do
	sleep 0.1
	tries=$((tries + 1))
done
kill -KILL $keeper
wait $keeper 2>/dev/null
awk -F, 'NR == 1 { n = NF } NF != n { exit 1 }' killed/rows.csv ||
	failed 'killed: a row is not whole'
[ -z "$(find killed -name '*.part')" ] || failed 'killed: a file was left'
"$selfpage" keep stopped replay long.spt --frames 20,30,40,50,60 \
	--policy lru,clock,fifo 2>err &
keeper=$!
# once the replay catches the signal
tries=0
until grep -qs '^SigCgt:.*[4-7c-f]...$' "/proc/$(pgrep -P $keeper)/status" ||
	[ $tries -ge 1200 ]; do
	sleep 0.05
	tries=$((tries + 1))
done
kill -TERM $keeper
wait $keeper
[ $? -eq 1 ] || failed 'stopped: the status'
grep -q 'stopped by signal' err || failed "stopped: $(cat err)"

# ---- what can't be ----
expect 1 'rows with other columns' "$selfpage" keep set curve t.spt
rows set/rows.csv 20
echo '{' >set/manifest.json
expect 1 'manifest.json: it is no manifest' "$selfpage" keep set $replay
echo >file
expect 1 'file: cannot open: Not a directory' "$selfpage" keep file $replay
expect 2 'expected a folder' "$selfpage" keep
expect 2 'expected a subcommand' "$selfpage" keep set
expect 2 "'0' is not 1 to" "$selfpage" keep --repeat 0 set $replay
mkdir full
if mount -t tmpfs -o size=16k none full 2>/dev/null; then
	mounted=$PWD/full
	expect 0 '4 rows added' "$selfpage" keep full/set $replay
	cp full/set/rows.csv before
	dd if=/dev/zero of=full/fill bs=1k >/dev/null 2>&1
	expect 1 'No space left' "$selfpage" keep --repeat 50 full/set $replay
	head -c "$(stat -c %s before)" full/set/rows.csv | cmp -s - before ||
		failed 'a full disk: rows are lost'
	awk -F, 'NR == 1 { n = NF } NF != n { exit 1 }' full/set/rows.csv ||
		failed 'a full disk: a row is not whole'
else
	echo 'no right to mount: a full disk was not tried'
fi

finish
