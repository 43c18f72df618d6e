#!/bin/sh
# How much shorter selfpage reduce makes traces of real programs, how fast;
# and that faults and write-backs of LRU and OPT stay what they are at K,
# K + 1, 2 K, 4 K and 16 K frames.
#
#	reduce-bench.sh [TRACE.spt...]
#
# Without traces, programs are recorded first.  Published for SAD alone: 3.5
# to 7 times fewer events at K = 8, 34 to 276 at 64, 760 to 7,000 at 512.
set -u
LC_ALL=C
export LC_ALL
selfpage=${SELFPAGE:-./selfpage}
folder=$(mktemp -d) || exit 99
trap 'rm -rf "$folder"' EXIT
failed=0

# record NAME PROGRAM...
record()
{
	name=$1
	shift
	command -v "$1" >/dev/null || { echo "no $1: left out"; return; }
	"$selfpage" record -q -o "$folder/$name.spt" -- "$@" >/dev/null \
		</dev/null || echo "$name: cannot be recorded"
}

record_programs()
{
	awk 'BEGIN { srand(1); for (i = 0; i < 25000; i++)
		printf "%08d %d\n", rand() * 1e8, i }' >"$folder/lines"
	cat >"$folder/table.sql" <<-'END'
	create table t(a integer primary key, b text);
	with recursive c(x) as (values(1) union all
		select x + 1 from c where x < 5000)
	insert into t select x, hex(x * 7919 % 5003) from c;
	create index i on t(b);
	select count(*), sum(length(b)) from t where b > '3';
	END
	record ls ls -lR /usr/include/linux
	record sort sort "$folder/lines"
	record gzip gzip -c "$folder/lines"
	record sqlite3 sqlite3 :memory: ".read $folder/table.sql"
	record python3 env python3 -c 'print(sum(i * i for i in range(100000)))'
	set -- "$folder"/*.spt
	[ -e "$1" ] || { echo "nothing was recorded"; exit 77; }
}

# column NAME FILE: of the only row
column()
{
	awk -F, -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++)
		if ($i == name) at = i }
		NR == 2 { print $at }' "$2"
}

# of TRACE NAME
of()
{
	"$selfpage" info --format csv "$1" >"$folder/info"
	# the program's arguments may hold commas
	sed -i 's/"[^"]*"//g' "$folder/info"
	column "$2" "$folder/info"
}

# counts TRACE FRAMES
counts()
{
	"$selfpage" replay --format csv -p lru,opt -f "$2" "$1" |
		cut -d , -f 2,4,5,8-10,12
}

# reduce TRACE K
reduce()
{
	start=$(date +%s.%N)
	"$selfpage" reduce -q "$1" -o "$folder/reduced" -K "$2" || exit 1
	end=$(date +%s.%N)
	frames=$2,$(($2 + 1)),$((2 * $2)),$((4 * $2)),$((16 * $2))
	counts "$1" "$frames" >"$folder/whole.rows"
	counts "$folder/reduced" "$frames" >"$folder/reduced.rows"
	same=same
	cmp -s "$folder/whole.rows" "$folder/reduced.rows" ||
		{ same=DIFFER; failed=1; }
	awk -v name="$(basename "$1" .spt)" -v K="$2" -v same="$same" \
		-v before="$(of "$1" events)" \
		-v after="$(of "$folder/reduced" events)" \
		-v bytes="$(of "$folder/reduced" file_bytes)" \
		-v seconds="$(echo "$end $start" |
			awk '{ print $1 - $2 }')" 'BEGIN {
		printf "%-12s %5d %12d %12d %9.1f %12d %9.1f  %s\n", name, K,
			before, after, before / after, bytes,
			before / seconds / 1e6, same }'
}

[ $# -gt 0 ] || record_programs
[ $# -gt 0 ] || set -- "$folder"/*.spt
printf '%-12s %5s %12s %12s %9s %12s %9s  %s\n' trace K events left \
	'times' bytes 'M ev/s' counts
for trace; do
	for K in 8 64 512; do
		reduce "$trace" "$K"
	done
done
exit $failed
