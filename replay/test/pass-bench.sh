#!/bin/sh
# Many policies at eight sizes, side by side: how much faster are two threads
# than one?  They take turns, and the best of each counts.  Fails if their
# counts differ.
# pass-bench.sh [REFERENCES [TIMES]]
set -u
LC_ALL=C
export LC_ALL
selfpage=${SELFPAGE:-./selfpage}
references=${1:-1M}
times=${2:-3}
folder=$(mktemp -d) || exit 99
trap 'rm -rf "$folder"' EXIT
policies=opt,$("$selfpage" policies --format csv |
	sed -e 1d -e 's/,.*//' -e '/^opt/d' -e '/^lru-hints/d' |
	head -15 | paste -sd , -)
"$selfpage" generate -o "$folder/t.spt" --model zipf --pages 50k \
	--references "$references" || exit 1

# run JOBS: appends its seconds to a file, and leaves its counts in another.
run()
{
	start=$(date +%s.%N)
	"$selfpage" replay "$folder/t.spt" --policy "$policies" --jobs "$1" \
		--frames 5%,10%,20%,30%,40%,50%,60%,80% --format csv \
		>"$folder/rows" || exit 1
	end=$(date +%s.%N)
	echo "$1 $start $end" >>"$folder/seconds"
	cut -d , -f 1-15,31-34 "$folder/rows" >"$folder/counts.$1"
}

time=0
while [ "$time" -lt "$times" ]; do
	run 1
	run 2
	time=$((time + 1))
done
cmp "$folder/counts.1" "$folder/counts.2" || exit 1
awk -v policies="$policies" '
	{
		took = $3 - $2
		if (!($1 in best) || took < best[$1])
			best[$1] = took
	}
	END {
		printf "%d policies at 8 sizes: 1 thread %.2f s, 2 threads " \
			"%.2f s: %.2f times as fast\n", \
			gsub(",", "", policies) + 1, best[1], best[2], \
			best[1] / best[2]
	}' "$folder/seconds"
