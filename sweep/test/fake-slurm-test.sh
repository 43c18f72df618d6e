#!/bin/sh
# selfpage sweep --slurm with made-up commands of Slurm's, which put tasks into
# states that a real one gets into by chance: held for ever, held by a person,
# killed for lack of memory.  Each case has a Slurm of its own, a folder:
#
#	ARRAY_TASK	what waits: "STATE RESTARTS REASON", as squeue has it
#	held		what becomes of the next submission: so it waits; else
#			its tasks run at once
#	limit		and with so many KiB of memory
#	silent		sbatch does not reach its controller
#	ends		what waits runs, and ends, when the queue is looked at
#	sent		the command lines of sbatch
#	cancelled	what scancel was called with
#
# The command is $SELFPAGE, else ./selfpage.
folder=$(cd "${srcdir:-.}" && pwd)
. "$folder/tests/common.sh"
. "$folder/sweep/test/common.sh"

mkdir bin
cat >bin/squeue <<'END'
#!/bin/sh
cd "$FAKE" || exit 1
for task in *_*; do
	[ ! -e ends ] || [ ! -e "$task" ] || {
		SLURM_ARRAY_TASK_ID=${task#*_} sh script >>log 2>&1
		rm "$task"
	}
	[ ! -e "$task" ] || echo "${task%_*} ${task#*_} $(cat "$task")"
done
END
cat >bin/scancel <<'END'
#!/bin/sh
cd "$FAKE" || exit 1
echo "$*" >>cancelled
rm -f "$@"
END
cat >bin/sbatch <<'END'
#!/bin/sh
cat >"$FAKE/script"
echo "$*" >>"$FAKE/sent"
[ ! -e "$FAKE/silent" ] || {
	echo 'sbatch: error: Unable to contact slurm controller'
	exit 1
}
id=$(wc -l <"$FAKE/sent")
last=$(echo "$*" | sed 's/.*--array=0-\([0-9]*\).*/\1/')
for task in $(seq 0 "$last"); do
	if [ -e "$FAKE/held" ]; then
		cp "$FAKE/held" "$FAKE/${id}_$task"
	else
		(
			[ ! -e "$FAKE/limit" ] ||
				ulimit -v "$(cat "$FAKE/limit")"
			SLURM_ARRAY_TASK_ID=$task sh "$FAKE/script"
		) >>"$FAKE/log" 2>&1
	fi
done
rm -f "$FAKE/held" "$FAKE/limit"
echo "$id"
END
chmod +x bin/*
PATH=$PWD/bin:$PATH

for i in 1 2 3; do
	"$selfpage" generate -o t$i.spt --model zipf --pages 500 --seed $i \
		--references 40k 2>/dev/null || failed generate
done
cat >plan.toml <<'END'
[[replay]]
traces = "t?.spt"
policies = ["lru", "clock"]
frames = ["10%"]
END

# begin NAME [HELD]: a sweep in the background, whose tasks are held so.
begin()
{
	FAKE=$PWD/slurm-$1
	export FAKE
	mkdir "$FAKE"
	[ -z "${2-}" ] || echo "$2" >"$FAKE/held"
	timeout "$limit" "$selfpage" sweep plan.toml --set "$1" --slurm \
		>"$1.out" 2>"$1.err" &
	eval "process_$1=$!"
}

# end NAME: all of its jobs are done.
end()
{
	eval "wait \$process_$1" || failed "$1: status $?: $(cat "$1.err")"
	[ "$(jobs "$1")" = 6 ] || failed "$1: $(jobs "$1") rows"
}

# ---- what Slurm holds for ever is cancelled, and sent anew ----
begin launch 'PD 0 launch failed requeued held'
begin launched 'PD 1 launch_failed_requeued_held'
begin often 'PD 5 JobHoldMaxRequeue'
begin nowhere 'PD 0 BadConstraints'
begin never 'PD 0 DependencyNeverSatisfied'
begin back 'PD 2 JobHeldAdmin'
# ---- what a person holds is left; so is what runs ----
begin person 'PD 0 JobHeldUser'
begin runs 'R 2 None'
for name in launch launched often nowhere never back; do
	end $name
	held=slurm-$name
	[ "$(wc -l <$held/sent)" = 2 ] ||
		failed "$name: sent $(wc -l <$held/sent) times"
	grep -q '^1_0 1_1 1_2$' $held/cancelled ||
		failed "$name: cancelled $(cat $held/cancelled)"
	grep -q '3 tasks, as 1_0, would never run: .*: cancelled$' $name.err ||
		failed "$name: $(cat $name.err)"
done
for name in person runs; do
	FAKE=$PWD/slurm-$name
	[ ! -e "$FAKE/cancelled" ] || failed "$name: $(cat "$FAKE/cancelled")"
	eval "kill -0 \$process_$name" || failed "$name: $(cat $name.err)"
	# it is let go
	for task in 0 1 2; do
		SLURM_ARRAY_TASK_ID=$task sh "$FAKE/script" >>"$FAKE/log" 2>&1
		rm "$FAKE/1_$task"
	done
	end $name
	[ "$(wc -l <"$FAKE/sent")" = 1 ] || failed "$name: sent again"
done

# ---- what ends while the queue is looked at is not sent again ----
FAKE=$PWD/slurm-ends
mkdir "$FAKE"
echo 'R 0 None' >"$FAKE/held"
expect 0 'are in Slurm' sweep plan.toml --set ends --slurm --no-wait
touch "$FAKE/ends"
expect 0 '6 of 6 jobs are done, 0 failed' sweep plan.toml --set ends --slurm
[ "$(wc -l <"$FAKE/sent")" = 1 ] || failed "ended meanwhile: $(cat err)"

# ---- stopped while Slurm does not answer: that is no failure ----
FAKE=$PWD/slurm-silent
mkdir "$FAKE"
touch "$FAKE/silent"
"$selfpage" sweep plan.toml --set silent --slurm 2>err &
sweep=$!
wait_for [ -s "$FAKE/sent" ]
kill -TERM $sweep
ended $sweep
[ $? -eq 1 ] || failed 'stopped: the status'
grep -q "stopped by signal 15; what is in Slurm's queue stays" err ||
	failed "stopped: $(cat err)"
check "stopped: $(counts silent)" [ "$(counts silent)" = '0 0 0 6' ]
rm "$FAKE/silent"
expect 0 '6 of 6 jobs are done, 0 failed' sweep plan.toml --set silent --slurm

# ---- memory: as others took; who dies of that gets what the formula says ----
"$selfpage" generate -o wide.spt --model loop --pages 400k \
	--references 400k 2>/dev/null || failed generate
cat >wide.toml <<'END'
[[replay]]
traces = ["wide.spt"]
policies = ["lru", "clock", "fifo", "arc", "2q", "lirs"]
frames = ["90%"]
END
# asked N: MiB that the submission N asked for
asked()
{
	sed -n "$1"'s/.*--mem=\([0-9]*\)M .*/\1/p' "$FAKE/sent"
}
sed 's/90%/1%/' wide.toml >some.toml
sweep some.toml --set memory -j 1 2>/dev/null || failed 'some rows'
plant memory 400 90 || failed 'no rows planted'
FAKE=$PWD/slurm-memory
mkdir "$FAKE"
echo 250000 >"$FAKE/limit"
expect 0 '6 of 6 jobs are done, 0 failed' \
	sweep wide.toml --set memory --slurm
[ "$(wc -l <"$FAKE/sent")" = 2 ] || failed "died: $(cat "$FAKE/sent")"
[ $((2 * $(asked 1))) -lt "$(asked 2)" ] ||
	failed "died of memory: it was sent with $(asked 1), and $(asked 2) MiB"
# where the command does not run at all with so little, its task dies with it
(ulimit -v 250000 && "$selfpage" --version) >/dev/null 2>&1 &&
	! grep -q 'left to a task with more memory: wide ' "$FAKE/log" &&
	failed "a worker that died: $(cat "$FAKE/log")"

finish
