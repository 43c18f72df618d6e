#!/bin/sh
# `selfpage run --kernel`: the program's output is its own, the row has the
# kernel's figures, and nothing is left, however it ends.
set -u
LC_ALL=C
export LC_ALL
selfpage=$(realpath "${SELFPAGE:-./selfpage}")
folder=$(mktemp -d /var/tmp/selfpage-kernel-run-XXXXXX) || exit 99
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 99
mkdir swap
status=0

wrong()
{
	echo "$*"
	sed 's/^/    /' stderr
	status=1
}

run()
{
	timeout -s KILL 300 "$selfpage" run --kernel --swap swap \
		--swap-size 64MiB "$@" 2>stderr
}

nothing_left()
{
	[ -z "$(ls swap)" ] || wrong "left in the swap folder: $(ls swap)"
	! grep -q "$folder" /proc/swaps ||
		wrong "left in use: $(cat /proc/swaps)"
	! grep -qs "$folder" /run/selfpage-kernel-* || wrong "a lock is left"
}

# What is left here is removed by whoever limits a program next: so others
# wait, kernel-test among them.
exec 9</run && flock 9

if ! run --frames 1000 -- true; then
	echo "skipped: $(cat stderr)"
	exit 77
fi
nothing_left

seq 100000 | sort -R --random-source=/etc/passwd >lines.txt
sort --parallel=1 lines.txt >plain.txt
run --frames 600 --rows row.csv -- sort --parallel=1 -S 16M -o sorted.txt \
	lines.txt || wrong "sort failed"
cmp plain.txt sorted.txt || wrong "sorted differently"
nothing_left
grep -q 'major faults.* of 600 frames' stderr || wrong "no line of figures"
awk -F, '
	NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
	NR == 2 {
		good = $at["policy"] == "kernel" && $at["frames"] == 600 &&
			$at["hard_faults"] > 0 && $at["writebacks"] > 0 &&
			$at["zero_faults"] == "" && $at["beside_peak"] > 0 &&
			$at["resident_peak"] <= 900
	}
	END { exit !good }' row.csv || wrong "the row is: $(cat row.csv)"

run --frames 600 -- sh -c 'exit 7'
[ $? = 7 ] || wrong "the exit status is not the program's"
nothing_left

# Ended, and killed: then the next one removes what is left.
"$selfpage" run --kernel --swap swap --swap-size 64MiB --frames 600 -- \
	sleep 60 2>stderr &
command=$!
for _ in $(seq 100); do
	grep -q "$folder" /proc/swaps && break
	sleep 0.1
done
sleep 0.5
kill -TERM $command
wait $command
[ $? = 143 ] || wrong "not ended by SIGTERM"
nothing_left
"$selfpage" run --kernel --swap swap --swap-size 64MiB --frames 600 -- \
	sleep 5 2>stderr &
command=$!
for _ in $(seq 100); do
	grep -q "$folder" /proc/swaps && break
	sleep 0.1
done
sleep 0.5
kill -KILL $command
wait $command 2>/dev/null
grep -q "$folder" /proc/swaps || wrong "there was nothing to remove"
run --frames 600 -- true || wrong "it does not run after that"
nothing_left

for option in '--policy fifo' '--hints file' '--log file' --unpaged; do
	# shellcheck disable=SC2086  # an option and its value
	"$selfpage" run --kernel --frames 600 $option -- true 2>stderr
	[ $? = 2 ] || wrong "it takes $option"
done
if command -v setpriv >/dev/null; then
	chmod 755 .
	cp "$selfpage" selfpage-copy
	mkdir live
	cp "$(dirname "$selfpage")/live/libselfpage-run.so" live
	mv selfpage-copy selfpage
	setpriv --reuid=nobody --regid=nogroup --clear-groups ./selfpage run \
		--kernel --frames 600 --swap /tmp -- true 2>stderr
	[ $? = 1 ] && grep -q 'only root' stderr || wrong "others than root can"
fi
exit $status
