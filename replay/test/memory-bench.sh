#!/bin/sh
# The memory of a replay: at most 128 MiB, 24 bytes a distinct page and 160
# bytes a frame, whatever the number of references.
#
#	memory-bench.sh [REFERENCES [PAGES [FRAMES [MEBIBYTES]]]]
#
# 20M, 1M, 10%,60%,100% and 128 unless said; `1G 1M 10%` is worth a try where
# there is half an hour and 6 GB in TMPDIR.
set -u
LC_ALL=C
export LC_ALL
selfpage=${SELFPAGE:-./selfpage}
references=${1:-20M}
pages=${2:-1M}
frames=${3:-10%,60%,100%}
base=${4:-128}
# the trace, and OPT's next uses
folder=$(mktemp -d "${TMPDIR:-/tmp}/memory-XXXXXX") || exit 99
trap 'rm -rf "$folder"' EXIT
TMPDIR=$folder
export TMPDIR

"$selfpage" generate -o "$folder/memory.spt" --model zipf:0.9 \
	--pages "$pages" --references "$references" || exit 1
printf '* priority 4\n' >"$folder/hints"
"$selfpage" replay --alone "$folder/memory.spt" --hints "$folder/hints" \
	--policy opt,lru,clock,fifo --frames "$frames" \
	--format csv >"$folder/rows.csv" || exit 1
awk -F , -v base="$base" -v sizes="$(echo "$frames" | tr , ' ' | wc -w)" '
	NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
	{
		pages = $at["pages"]
		frames = $at["frames"]
		peak = $at["peak_rss_bytes"]
		bound = base * 1048576 + 24 * pages + 160 * frames
		printf "%-9s %8d frames of %8d pages, %10d references:" \
			" %6.1f MiB of %6.1f\n", $at["policy"], frames, \
			pages, $at["references"], peak / 1048576, \
			bound / 1048576
		if (peak > bound || peak < frames * 64)
			bad++
	}
	END {
		lines = 1 + 5 * sizes
		if (NR != lines)
			print "not five rows a size"
		if (bad)
			print bad " rows are over the bound, or told wrong"
		exit NR != lines || bad > 0
	}' "$folder/rows.csv"
