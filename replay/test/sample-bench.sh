#!/bin/sh
# What an estimate of LRU's curve costs beside the curve itself: seconds of
# the processor (the best of some, in turn) and peak memory.
# sample-bench.sh [REFERENCES [PAGES [SHARE [TIMES]]]]
set -u
LC_ALL=C
export LC_ALL
selfpage=${SELFPAGE:-./selfpage}
references=${1:-20M}
pages=${2:-4M}
share=${3:-1%}
times=${4:-3}
folder=$(mktemp -d) || exit 99
trap 'rm -rf "$folder"' EXIT

"$selfpage" generate -o "$folder/t.spt" --model zipf:0.9 --pages "$pages" \
	--references "$references" || exit 1

# peak PROCESS: its peak memory so far, until it is gone
peak()
{
	while kib=$(awk '/^VmHWM/ { print $2 }' "/proc/$1/status" \
		2>"$folder/none") && [ -n "$kib" ]; do
		echo "$kib"
		sleep 0.02
	done | tail -1
}

# run NAME OPTION...: appends NAME, seconds and KiB.
run()
{
	name=$1
	shift
	(
		"$selfpage" curve "$folder/t.spt" --policy lru --frames 20% \
			--format csv "$@" >"$folder/rows" 2>"$folder/talk" &
		kib=$(peak $!)
		wait $! || exit 1
		# of a pipe's own process they would be nothing
		times >"$folder/times"
		tr ms '  ' <"$folder/times" | tail -1 |
			awk -v name="$name" -v kib="$kib" '
				{ print name, $1 * 60 + $2 + $3 * 60 + $4, kib }
			' >>"$folder/took"
	) || { cat "$folder/talk"; exit 1; }
}

time=0
while [ "$time" -lt "$times" ]; do
	run exact
	run sample --sample "$share"
	time=$((time + 1))
done
awk -v share="$share" '
	{
		if (!($1 in best) || $2 < best[$1])
			best[$1] = $2
		if ($3 > most[$1])
			most[$1] = $3
	}
	END {
		printf "whole: %.2f s, %.1f MiB; %s of the pages: %.2f s, " \
			"%.1f MiB\n", best["exact"], most["exact"] / 1024, \
			share, best["sample"], most["sample"] / 1024
		exit !(most["sample"] < most["exact"])
	}' "$folder/took"
