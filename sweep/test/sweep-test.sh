#!/bin/sh
# selfpage sweep on one machine: plans and what is wrong with them, rows as
# replay's, resuming after any end, two at a time, and all that can fail.
# `sweep-test.sh KILLS [SEED]` ends KILLS sweeps and workers in between (5).
# The command is $SELFPAGE, else ./selfpage.
kills=${1:-5}
seed=${2:-$(date +%s)}
folder=$(cd "${srcdir:-.}" && pwd)
. "$folder/tests/common.sh"
. "$folder/sweep/test/common.sh"
mounted=
trap '[ -z "$mounted" ] || umount "$mounted"; rm -rf "$work"' EXIT
echo "seed $seed"

for i in 1 2 3; do
	"$selfpage" generate -o t$i.spt --model zipf --pages 500 --seed $i \
		--references $((i * 40))k 2>/dev/null || failed generate
done
printf '* cold\n' >t1.hints
printf '* priority 3\n' >t2.hints

# ---- a plan, and its rows ----
cat >plan.toml <<'END'
# opt comes first in each cell, wherever it stands
[[replay]]
traces = ["t?.spt"]
policies = ["clock", "lru,opt", "2q:kin=25%", "ws:tau=1000"]
frames = ["5%", "50%", 100, 25]
repetitions = 2
[[replay]]
traces = ["t[12].spt"]
policies = ["lru-hints", "opt"]
frames = "10%"
hints = ["", "{trace}.hints"]
[[exclude]]
trace = "t3"
policy = "2q*"
[[exclude]]
frames = "50%"
policy = "clock"
END
# 3 x (4 policies x 3 sizes [25 is 5%] + 1) x 2 - 6 - 6, and 2 x 3; but 25 is
# excluded as well as 5%
expect 0 '72 of 3 traces, 0 done, 14 excluded' sweep plan.toml --dry-run
expect 0 '0 done, 0 running, 0 failed, 72 waiting' sweep plan.toml --status
[ ! -e plan ] || failed 'a look made something'
expect 0 'a guess: there are no rows' sweep plan.toml --dry-run
expect 0 '72 of 72 jobs are done, 0 failed' sweep plan.toml -j 2
[ "$(jobs plan)" = 72 ] || failed "plan: $(jobs plan) rows"
mkdir bin && ln -s "$selfpage" bin/selfpage
limited env PATH="$PWD/bin:$PATH" sh plan/how again >out 2>&1 ||
	failed "how: $(cat out)"
same plan again || failed 'how: other rows'
"$selfpage" replay t1.spt --policy opt,lru,clock,2q:kin=25%,ws:tau=1000 \
	--frames 25,100,250 --format csv >direct.csv || failed replay
"$selfpage" replay t1.spt --policy opt,lru,lru-hints --frames 10% \
	--hints t1.hints --format csv >hinted.csv || failed 'replay with hints'
python3 - <<'END' || failed 'rows are not those of replay'
import csv
def read(path, *more):
    names = ('policy', 'frames', 'faults', 'writebacks', 'soft_faults',
             'opt_ratio', 'hints', 'references', 'tau') + more
    return {tuple(row[name] for name in names)
            for row in csv.DictReader(open(path)) if row['trace'] == 't1'}
rows = read('plan/rows.csv')
direct = read('direct.csv')
clock = {row for row in direct if row[0] == 'clock' and row[1] == '250'}
assert len(clock) == 1 and direct - clock <= rows, direct - clock - rows
hinted = {row for row in read('hinted.csv') if row[6]}
assert len(hinted) == 1 and hinted <= rows, hinted - rows
END

# ---- what is done is not done again ----
cksum plan/rows.csv >before
expect 0 '72 of 72 jobs are done' sweep plan.toml
cksum plan/rows.csv | cmp -s - before || failed 'done jobs were run again'
expect 0 'by the rows of the set' sweep plan.toml --dry-run
expect 0 '72 done, 0 running, 0 failed, 0 waiting' \
	sweep --status plan
expect 0 'plan.toml: 72 of 72' sweep --resume plan
sed -i 's/25\]/25, 30]/' plan.toml
expect 0 '94 of 94 jobs are done' sweep plan.toml
[ "$(jobs plan)" = 94 ] || failed "extended: $(jobs plan) rows"
cmp -n "$(cut -d' ' -f2 before)" plan/rows.csv plan/rows.csv ||
	failed 'rows that were there have changed'

# ---- two sweeps, and a kept run, into one set ----
for i in 1 2 3; do
	"$selfpage" sweep plan.toml --set both -j 1 2>err$i &
	pids="${pids-} $!"
done
limited "$selfpage" keep both replay t1.spt --policy lru --frames 20 \
	2>/dev/null ||
	failed 'keep into the set of a sweep'
for pid in $pids; do
	ended "$pid" || failed "one of several sweeps: $(cat err?)"
done
# rows SET: how many the manifest of a set tells of
rows()
{
	python3 -c 'import json, sys
print(sum(run["rows"] for run in json.load(sys.stdin)["runs"]))' \
		<"$1/manifest.json"
}
check "several: $(rows both) rows were noted" [ "$(rows both)" = 95 ]
grep -v ',,[0-9]*$' both/rows.csv >both/kept && mv both/kept both/rows.csv
same plan both || failed 'two sweeps: other rows'

# ---- killed, and resumed ----
cat >long.toml <<'END'
[[replay]]
traces = "t?.spt"
policies = ["opt", "lru", "fifo", "clock", "arc", "2q", "lirs", "random"]
frames = ["5%", "10%", "15%", "20%", "25%", "30%", "40%", "50%", "60%"]
END
sweep long.toml --set whole -j 2 2>/dev/null ||
	failed 'the undisturbed sweep'
round=0
while [ $round -lt "$kills" ]; do
	"$selfpage" sweep long.toml --set killed -j 2 2>err &
	sweep=$!
	pause
	case $((round % 3)) in
	0) kill -KILL $sweep 2>/dev/null ;;
	1)
		# a worker, which the sweep then starts again
		kill -KILL $(pgrep -P $sweep selfpage | head -n 1) 2>/dev/null
		pause
		kill -KILL $sweep 2>/dev/null
		;;
	2) kill -INT $sweep 2>/dev/null ;;
	esac
	ended $sweep 2>/dev/null
	[ "$(jobs killed)" != twice ] || failed "round $round: a row twice"
	mkdir -p killed && printf 't1,lru,sees' >>killed/rows.csv
	tries=0
	while set -- $(counts killed) && [ "${2-0}" != 0 ] && [ $tries -lt 50 ]
	do
		sleep 0.1
		tries=$((tries + 1))
	done
	[ "${2-0}" = 0 ] || failed "round $round: $2 running, of a dead sweep"
	[ "${1-0}" != 216 ] || rm -r killed
	round=$((round + 1))
done
sweep long.toml --set killed -j 2 2>err ||
	failed "resumed: $(cat err)"
same whole killed || failed 'killed and resumed: other rows'

# ---- a worker that dies twice; status meanwhile ----
"$selfpage" generate -o slow.spt --model zipf --pages 20k --references 8M \
	2>/dev/null || failed generate
cat >slow.toml <<'END'
[[replay]]
traces = ["slow.spt", "t1.spt"]
policies = ["lru", "clock"]
frames = ["10%", "20%"]
END
"$selfpage" sweep slow.toml -j 1 2>err &
sweep=$!
# the worker stands still, so that it has not ended before it is looked at; a
# child that is no worker reads the plan
tries=0
while :; do
	child=$(pgrep -P $sweep selfpage) && kill -STOP $child
	set -- $(counts slow)
	[ "${2-0}" = 0 ] && [ $tries -lt 300 ] || break
	[ -z "$child" ] || kill -CONT $child
	tries=$((tries + 1))
	sleep 0.05
done 2>/dev/null
[ "${2-0}" -gt 0 ] && [ $((${1-0} + ${2-0} + ${3-0} + ${4-0})) = 8 ] ||
	failed "status of a running sweep: $*"
kill -TERM $sweep
[ -z "$child" ] || kill -CONT $child
ended $sweep
[ $? -eq 1 ] || failed 'stopped: the status'
grep -q 'stopped by signal 15' err || failed "stopped: $(cat err)"
# as nohup has it
(trap '' HUP && exec "$selfpage" sweep --resume slow -j 1 2>err) &
sweep=$!
for i in 1 2; do
	tries=0
	child=
	while [ -z "$child" ] && [ $tries -lt 600 ]; do
		sleep 0.05
		child=$(pgrep -P $sweep selfpage)
		tries=$((tries + 1))
	done
	kill -HUP $sweep
	kill -KILL $child 2>/dev/null
	sleep 0.4
done
ended $sweep || failed "hung up, killed twice, and then one by one: $(cat err)"
[ "$(jobs slow)" = 8 ] || failed "a worker that died twice: $(jobs slow)"
check "resumed: $(rows slow) rows were noted" [ "$(rows slow)" = 8 ]

# ---- what fails: the rest goes on ----
cp t1.spt bad.spt
printf 'XXXXXXXX' | dd of=bad.spt bs=1 seek=9000 conv=notrunc 2>/dev/null
cat >fails.toml <<'END'
[[replay]]
traces = ["t1.spt", "bad.spt", "gone.spt", "broken.spt", "slow.spt"]
policies = ["lru", "fifo"]
frames = ["10%"]
END
head -c 1000 t2.spt | tr 'P' 'Q' >broken.spt
expect 1 '4 of 10 jobs are done, 6 failed' \
	sweep fails.toml -j 2 --memory 500MiB
grep -q 'gone.spt: .*No such file' err || failed "gone: $(cat err)"
grep -q 'broken.spt: ' err || failed "broken: $(cat err)"
grep -q 'failed: bad .*bad.spt: ' err || failed "bad: $(cat err)"
[ "$(jobs fails)" = 4 ] || failed "fails: $(jobs fails) rows"
expect 0 '10 jobs: 4 done, 0 running, 6 failed, 0 waiting' \
	sweep --status fails
expect 0 'failed: 2 jobs: .*gone.spt: ' sweep --status fails
expect 1 '4 of 10 jobs are done, 6 failed' sweep --resume fails
# who has no right to write may look
look="$selfpage sweep"
if [ "$(id -u)" = 0 ]; then
	cp "$selfpage" copy # the tree may be closed to others
	look='setpriv --reuid=nobody --regid=nogroup --clear-groups'
	look="$look ./copy sweep"
fi
chmod -R a+rX,a-w fails
chmod a+rx .
expect 0 '4 done, 0 running, 6 failed' limited $look --status fails
expect 1 '6 of 3 traces, 4 done' limited $look fails.toml --dry-run
chmod -R u+w fails
# what is excluded is not missed
printf '[[exclude]]\ntrace = "gone"\n' >>fails.toml
expect 1 '6 of 3 traces, 4 done, 0 excluded' sweep fails.toml --dry-run
! grep -q gone err || failed "excluded, and missed: $(cat err)"
expect 0 'failed: bad lru at .*bad.spt: ' sweep --status fails
"$selfpage" generate -o wide.spt --model zipf --pages 400k --references 1M \
	2>/dev/null || failed generate
sed 's/slow.spt/wide.spt/' slow.toml >wide.toml
expect 1 'wide .*needs [0-9]* MiB of memory, and there are 66' \
	sweep wide.toml --set small --memory 66MiB -j 1
[ "$(jobs small)" = 4 ] || failed "too little memory: $(jobs small) rows"
# by rows it fits, and is foretold so; and what dies of that gets more, but not
# more than there is: passes of fewer replays
cat >tall.toml <<'END'
[[replay]]
traces = ["tall.spt"]
policies = ["lru", "clock", "fifo", "arc", "2q", "lirs"]
frames = ["90%"]
END
"$selfpage" generate -o tall.spt --model loop --pages 400k \
	--references 400k 2>/dev/null || failed generate
set -- $(memory tall.toml tall)
[ "${2-}" = formula ] || failed "without rows, memory is by $*"
full=$1
sed 's/90%/1%/' tall.toml >some.toml
sweep some.toml --set tall -j 1 2>/dev/null || failed 'some rows'
plant tall 400 90 || failed 'no rows planted'
expect 0 'by 12 rows' sweep tall.toml --set tall --dry-run
set -- $(memory tall.toml tall)
[ "$1" -gt $((full / 5)) ] && [ "$1" -lt $((full / 3)) ] ||
	failed "by rows memory is $*, of $full"
expect 1 'tall .*needs [0-9]* MiB of memory, and there are 70' \
	sweep tall.toml --set plain --memory 70MiB -j 1
if (ulimit -v 250000 && "$selfpage" --version) >/dev/null 2>&1; then
	(
		ulimit -v 250000
		expect 0 '6 of 6 jobs are done, 0 failed' \
			sweep tall.toml --set tall -j 1 --memory 200MiB
		finish
	) || failed 'too little memory was foretold'
	python3 - <<'END' || failed 'passes of fewer replays'
import csv
taken = {row['policy']: int(row['pass_bytes']) >> 20
         for row in csv.DictReader(open('tall/rows.csv'))
         if row['frames'] == '360000'}
print('passes of', taken, 'MiB')
# alone lru takes 48
assert len(taken) == 6 and 60 < taken['lru'] < 130
END
else
	expect 0 '6 of 6 jobs are done, 0 failed' \
		sweep tall.toml --set tall -j 1 --memory 70MiB
fi
cat >inexact.toml <<'END'
[[replay]]
traces = ["reduced.spt"]
policies = ["lru", "clock"]
frames = [10, 400]
END
"$selfpage" reduce t3.spt --frames 50 -o reduced.spt 2>/dev/null ||
	failed reduce
expect 1 'reduced lru at 10 frames: .*would not be exact' \
	sweep inexact.toml
[ "$(jobs inexact)" = 2 ] || failed "refused: $(jobs inexact) rows"
sed '$a windows = 2' inexact.toml >narrow.toml
expect 1 'reduced lru at 10 frames.*: .*would not be exact' \
	sweep narrow.toml
[ ! -e narrow/windows ] || failed 'windows that are not exact were added up'
echo 'inexact = true' >>narrow.toml
expect 0 '9 of 9 jobs are done' sweep narrow.toml
# windows that failed: nobody waits for them
cat >few.toml <<'END'
[[replay]]
traces = ["wide.spt"]
policies = ["lru"]
frames = ["80%"]
windows = 3
END
expect 1 'wide, the sum of 3 windows: parts of it are missing' \
	sweep few.toml --memory 72MiB -j 1
# a trace that changes after it was planned
cp t2.spt u9.spt
sed 's/t?.spt/u9.spt/' long.toml >other.toml
expect 0 '' sweep other.toml
cp t3.spt u9.spt
expect 0 '72 of 72' sweep other.toml
[ "$(jobs other)" = 144 ] || failed 'another trace: its jobs were not run'

# ---- a full disk ----
mkdir full
if mount -t tmpfs -o size=48k none full 2>/dev/null; then
	mounted=$PWD/full
	expect 1 'No space left' sweep long.toml --set full/set -j 2
	[ "$(jobs full/set)" != twice ] || failed 'full: a row twice'
	mount -o remount,size=4M full
	expect 0 '216 of 216' sweep long.toml --set full/set -j 2
	same whole full/set || failed 'after a full disk: other rows'
else
	echo 'no right to mount: a full disk was not tried'
fi

# ---- a curve in parts ----
cat >curve.toml <<'END'
[[curve]]
traces = ["slow.spt"]
parts = 4
END
expect 0 '5 of 5 jobs are done' sweep curve.toml -j 2
"$selfpage" curve slow.spt --policy lru --format csv >direct.csv
cmp -s direct.csv curve/curves/slow.csv || failed 'the curve of parts'
expect 0 '5 of 5 jobs' sweep curve.toml

# ---- windows: LRU's error is a bound, and none once the memory is full ----
cat >windows.toml <<'END'
[[replay]]
traces = ["slow.spt"]
policies = ["lru", "clock"]
frames = ["5%", "80%"]
windows = 5
warm-up = "20k"
[[replay]]
traces = ["slow.spt"]
policies = ["lru"]
frames = ["80%"]
windows = 7
END
expect 0 '29 of 29 jobs are done' sweep windows.toml -j 2
set -- windows/windows/slow-5-20000-*.csv windows/windows/slow-7-0-*.csv
[ $# = 2 ] || failed "files of windows: $*"
cp "$1" five.csv && cp "$2" seven.csv
"$selfpage" replay slow.spt --policy lru,clock --frames 5%,80% --format csv \
	>direct.csv || failed replay
python3 - <<'END' || failed 'windows'
import csv
def check(path, whole):
    its = [row for row in csv.DictReader(open(path))
           if (row['policy'], row['frames']) ==
              (whole['policy'], whole['frames'])]
    every = [row for row in its if row['window'] == 'all'][0]
    for name in ('references', 'events'):
        assert every[name] == whole[name], name
    faults, error = int(every['faults']), int(every['faults_error'])
    assert 2 * faults == sum(int(row['faults']) for row in its)
    true = int(whole['faults'])
    print(whole['policy'], whole['frames'], true, faults, error)
    if whole['policy'] == 'lru':
        assert faults - error <= true <= faults
    assert abs(faults - true) <= error + true // 1000
    return error
wholes = list(csv.DictReader(open('direct.csv')))
for whole in wholes:
    check('five.csv', whole)
assert check('seven.csv',
             [whole for whole in wholes if whole['policy'] == 'lru'][1])
END
expect 0 '29 of 29 jobs' sweep windows.toml
# other policies of the same windows are in a file of their own
cat >more.toml <<'END'
set = "windows"
[[replay]]
traces = ["slow.spt"]
policies = ["fifo"]
frames = ["80%"]
windows = 5
warm-up = "20k"
END
expect 0 '6 of 6 jobs are done' sweep more.toml -j 2
cmp -s five.csv "$1" || failed 'rows of windows were written over'
sed -i 's/"clock"\]/"opt"]/' windows.toml
expect 2 'windows.toml:3: opt has no windows' sweep windows.toml

# ---- what is wrong with a plan: by its line ----
# wrong LINE TEXT: the plan on standard input is refused so.
wrong()
{
	cat >wrong.toml
	expect 2 "wrong.toml:$1: .*$2" sweep wrong.toml --dry-run
}
wrong '2:[0-9]*' 'value' <<'END'
[[replay]]
traces = ]
END
wrong 3 "there is no policy 'lruu'; did you mean lru" <<'END'
[[replay]]
traces = ["t1.spt"]
policies = ["lruu"]
frames = [1]
END
wrong 2 "there is no 'trace'; did you mean 'traces'" <<'END'
[[replay]]
trace = ["t1.spt"]
END
wrong 5 "'5 %' is not a size" <<'END'
[[replay]]
traces = ["t1.spt"]
policies = ["lru"]
frames = ["5%",
	"5 %"]
END
wrong 6 "no file is called 'x\*.spt'" <<'END'
[[replay]]
traces = ["t1.spt"]
policies = ["lru"]
frames = 5
[[replay]]
traces = ["x*.spt"]
policies = ["lru"]
frames = 5
END
wrong 1 'needs frames' <<'END'
[[replay]]
traces = ["t1.spt"]
policies = ["lru"]
END
wrong 5 'none.hints' <<'END'
[[replay]]
traces = ["t1.spt"]
policies = ["lru-hints"]
frames = 5
hints = ["none.hints"]
END
wrong 3 'repetitions: expected a whole number' <<'END'
[[replay]]
traces = ["t1.spt"]
repetitions = "many"
END
wrong 1 'write \[\[replay\]\]' <<'END'
[replay]
traces = ["t1.spt"]
END
wrong 1 "there is no 'replays'; did you mean 'replay'" <<'END'
[[replays]]
traces = ["t1.spt"]
END
wrong 2 'set: expected the name of a folder' <<'END'

set = ""
END
# without a pattern it would agree with all
wrong 5 'needs a pattern' <<'END'
[[replay]]
traces = ["t1.spt"]
policies = ["lru"]
frames = 5
[[exclude]]
END
cat >wrong.toml <<'END'
[[replay]]
traces = ["t1.spt"]
policies = ["lru"]
frames = 5
[[exclude]]
trace = "t*"
END
expect 2 'no job is left: all 1 are excluded' sweep wrong.toml
mkdir elsewhere && cp t2.spt elsewhere/t1.spt
cat >wrong.toml <<'END'
[[replay]]
traces = ["t1.spt", "elsewhere/t1.spt"]
policies = ["lru"]
frames = 5
END
expect 2 'different traces of one name' sweep wrong.toml
expect 2 'neither \[\[replay\]\]' sweep /dev/null
expect 1 'there is no sweep in this folder' sweep --status elsewhere
expect 2 'say --status' sweep plan
expect 2 'which plan' sweep

finish
