#!/bin/sh
# Read-once on a recorded program: at the size where a region that is read
# once hurts most, the hint gives at least 90 % of the fault reduction that
# removing the region's pages from the memory would give.
#
#	read-once-test.sh [small|real]
#
# The program is sqlite3, which scans a table once (log.db, mapped) and looks
# up each of its rows in another.  Of each memory size
#
#	lru	faults of LRU
#	hint	faults of LRU that was told: log.db read-once
#	removed	LRU's faults on the trace without the references to log.db, and
#		one for each page of log.db: these pages take no frame, and
#		each is read once, as it must be
#	share	(lru - hint) / (lru - removed)
set -eu
LC_ALL=C
export LC_ALL
srcdir=${srcdir:-.}
SELFPAGE=$(realpath "${SELFPAGE:-./selfpage}")
export SELFPAGE
for program in valgrind sqlite3; do
	command -v $program >/dev/null || {
		echo "no $program: skipped"
		exit 77
	}
done
folder=$(mktemp -d) || exit 99
trap 'rm -rf "$folder"' EXIT
sizes=20%,25%,30%,32%,34%,36%,38%,40%,50%,60%,80%

"$srcdir/workloads/record.sh" --size "${1:-small}" --traces "$folder" \
	sqlite3-scan
cd "$folder"
echo 'log.db read-once' >scan.hints

# The addresses of log.db, as they stand in the dump: whole pages, in hex.
"$SELFPAGE" dump --regions sqlite3-scan.spt |
	awk '$3 == "map" && /\/log\.db$/ { print $4, $5 }' >region
[ "$(wc -l <region)" -eq 1 ] || {
	echo "log.db is not mapped once: $(cat region)"
	exit 1
}
read -r start end <region

# One pass over the events: the others go to import, log.db's are counted.
"$SELFPAGE" dump sqlite3-scan.spt | awk -v start="${start%000}" \
	-v end="${end%000}" -v pages=own '
	function below(a, b)
	{
		if (length(a) != length(b))
			return length(a) < length(b)
		return a < b
	}
	/^=/ { next }
	below($1, start) || !below($1, end) {
		print $1, index($2, "w") ? "w" : "r"
		next
	}
	!($1 in seen) { seen[$1]; count++ }
	END { print count >pages }' |
	"$SELFPAGE" import --quiet --from pages - -o others.spt

# frames of TRACE's pages -> frames and faults, by policy and hints
faults()
{
	"$SELFPAGE" replay --format csv "$@" | awk -F , '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		{ print $at["frames"], $at["faults"] }'
}
faults --policy lru --frames $sizes sqlite3-scan.spt >lru
frames=$(awk '{ printf "%s%s", (NR > 1 ? "," : ""), $1 }' lru)
faults --policy lru-hints --hints scan.hints --frames "$frames" \
	sqlite3-scan.spt | cut -d ' ' -f 2 >hint
faults --policy lru --frames "$frames" others.spt | cut -d ' ' -f 2 >others

paste -d ' ' lru hint others | awk -v own="$(cat own)" '
	BEGIN { print "frames    lru   hint removed  share" }
	{
		removed = $4 + own
		share = $2 > removed ? ($2 - $3) / ($2 - removed) : 1
		printf "%6d %6d %6d %7d %6.3f\n", $1, $2, $3, removed, share
		if ($2 - removed > most) {
			most = $2 - removed
			most_share = share
			frames = $1
			lru = $2
		}
	}
	END {
		printf "at %d frames the region costs %d of %d faults, and " \
			"read-once saves %.1f %% of these\n", frames, most, lru,
			100 * most_share
		if (most < lru / 20) {
			print "FAILED: the region does not hurt"
			exit 1
		}
		if (most_share < 0.9) {
			print "FAILED: less than 90 %"
			exit 1
		}
	}'
