#!/bin/sh
# selfpage sweep --slurm with a real Slurm of two nodes, started here and ended
# here: the same rows as on this machine alone, whatever is killed meanwhile.
# `slurm-test.sh KILLS [SEED]` kills in turn the sweep, a task, a slurmd and the
# slurmctld, KILLS times (8).  The command is $SELFPAGE, else ./selfpage.
kills=${1:-8}
seed=${2:-$(date +%s)}
folder=$(cd "${srcdir:-.}" && pwd)
limit=900 # a controller that lost its state takes two minutes to find out
. "$folder/tests/common.sh"
. "$folder/sweep/test/common.sh"
. "$folder/sweep/test/slurm.sh"
if why=$(slurm_missing); then
	echo "skipped: $why"
	exit 77
fi
slurm=$work/slurm
show()
{
	slurm_show
}
trap 'slurm_stop; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
echo "seed $seed"
slurm_start || {
	cat "$slurm"/*.log >&2
	failed 'Slurm does not start'
	finish
}

for i in 1 2 3; do
	"$selfpage" generate -o t$i.spt --model zipf --pages 500 --seed $i \
		--references $((i * 40))k 2>/dev/null || failed generate
done
cat >plan.toml <<'END'
[[replay]]
traces = "t?.spt"
policies = ["opt", "lru", "fifo", "clock", "arc", "2q", "lirs", "random"]
frames = ["5%", "10%", "15%", "20%", "25%", "30%", "40%", "50%", "60%"]
[[curve]]
traces = "t3.spt"
parts = 2
END
sweep plan.toml --set whole -j 2 2>/dev/null ||
	failed 'the undisturbed sweep'

# ---- the same rows ----
expect 0 '219 of 219 jobs are done, 0 failed' \
	sweep plan.toml --set cluster --slurm
same whole cluster || failed 'Slurm: other rows'
cmp -s whole/curves/t3.csv cluster/curves/t3.csv || failed 'the curve of parts'
expect 0 '219 done, 0 running, 0 failed, 0 waiting' \
	sweep --status cluster
# both nodes had some of it
[ "$(find cluster/sweep/slurm-* -name '*.log' | wc -l)" -gt 2 ] ||
	failed 'Slurm: few tasks'

# ---- submitted, and not waited for; not submitted twice; status ----
"$selfpage" generate -o slow.spt --model zipf --pages 20k --references 8M \
	2>/dev/null || failed generate
cat >slow.toml <<'END'
[[replay]]
traces = ["slow.spt"]
policies = ["lru", "clock", "fifo"]
frames = ["10%", "20%"]
END
expect 0 '6 jobs in [0-9]* tasks are in Slurm' \
	sweep slow.toml --slurm --no-wait
set -- $(counts slow)
[ $((${1-0} + ${2-0} + ${4-0})) = 6 ] || failed "status, submitted: $*"
expect 0 '6 of 6 jobs are done' sweep slow.toml --slurm
[ "$(find slow/sweep -name arrays | wc -l)" = 1 ] ||
	failed "what is in the queue was submitted again: $(cat err)"
[ "$(jobs slow)" = 6 ] || failed "submitted: $(jobs slow) rows"

# ---- what fails ----
cp t1.spt bad.spt
printf 'XXXXXXXX' | dd of=bad.spt bs=1 seek=9000 conv=notrunc 2>/dev/null
cat >fails.toml <<'END'
[[replay]]
traces = ["bad.spt", "t1.spt", "gone.spt"]
policies = ["lru", "fifo"]
frames = [20]
END
expect 1 '2 of 6 jobs are done, 4 failed' \
	sweep fails.toml --slurm
grep -q 'failed: bad .*bad.spt' err || failed "bad: $(cat err)"
expect 0 '2 done, 0 running, 4 failed, 0 waiting' \
	sweep --status fails
# no node has so much memory
expect 1 'failed: .*sbatch: error' \
	sweep slow.toml --set large --slurm --sbatch=--mem=100G

# what Slurm would never run is not waited for
never=$(printf '#!/bin/sh\nexit 1\n' | sbatch --parsable --output=/dev/null)
expect 1 'would never run: DependencyNeverSatisfied: cancelled' \
	sweep fails.toml --set held --slurm \
	--sbatch="--dependency=afterok:$never"
[ "$(find held/sweep -name arrays | wc -l)" = 2 ] ||
	failed 'what was held was not submitted once more'
grep -q 'failed: 4 jobs: their tasks .* never ran' err ||
	failed "held: $(cat err)"
expect 1 '2 of 6 jobs are done' sweep fails.toml --set held --slurm

# ---- killed in turn: the sweep, a task, a slurmd, the slurmctld ----
# restart PART: kills it, and starts it again.
restart()
{
	slurm_kill "$1" || failed "$1 can't be killed"
	pause
	slurm_part "$1" || failed "$1 does not start again"
	[ "$1" != slurmctld ] || for node in n1 n2; do
		# what it holds for running there may have ended while it was
		# away, which it asks two minutes later by itself: down, they
		# have nothing; they are resumed while the sweep is waited for
		timeout 60 scontrol update nodename=$node state=down \
			reason=restart || failed "$node can't be set down"
		slurm_kill $node
		slurm_part $node || failed "$node does not start again"
	done
}
# the controller is away when the sweep begins
slurm_kill slurmctld
"$selfpage" sweep plan.toml --set away --slurm 2>err &
sweep=$!
sleep 1
restart slurmctld
ended $sweep slurm_resume || failed "the controller was away: $(cat err)"
same whole away || failed 'the controller was away: other rows'
round=0
while [ $round -lt "$kills" ]; do
	began=$(date +%s)
	"$selfpage" sweep plan.toml --set killed --slurm 2>err &
	sweep=$!
	pause
	case $((round % 4)) in
	0) kill -KILL $sweep 2>/dev/null ;;
	1)
		# tasks are known by what they were told to run
		task=$(pgrep -f -- "--task $PWD/killed/" | head -n 1)
		[ -z "$task" ] || kill -KILL "$task" 2>/dev/null
		;;
	2) restart n$((round / 4 % 2 + 1)) ;;
	3) restart slurmctld ;;
	esac
	[ "$(jobs killed)" != twice ] || failed "round $round: a row twice"
	set -- $(counts killed)
	[ -z "${4-}" ] || [ $(($1 + $2 + $3 + $4)) = 219 ] ||
		failed "round $round: status $*"
	if [ $((round % 4)) -ne 0 ]; then
		ended $sweep slurm_resume || failed "round $round: $(cat err)"
		same whole killed || failed "round $round: other rows"
		rm -r killed
	else
		ended $sweep
	fi
	echo "round $round: $(($(date +%s) - began)) s"
	round=$((round + 1))
done
"$selfpage" sweep plan.toml --set killed --slurm 2>err &
ended $! slurm_resume || failed "resumed: $(cat err)"
same whole killed || failed 'killed and resumed: other rows'

finish
