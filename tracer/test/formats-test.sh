#!/bin/sh
# The same references through every format that can hold them: what an
# independent program (python3) writes of them must come in as the same trace,
# replayed to the same counts, and out again byte for byte.
. "${srcdir:-.}/tests/common.sh"
command -v python3 >/dev/null || skip "there is no python3"
data=$(cd "$srcdir/../shared/data" 2>/dev/null && pwd)

# Page numbers, a line each, into one file a format.
cat >write.py <<'END'
import gzip, struct, sys
pages = [int(line) for line in open("numbers")]
def text(name, line):
    with open(name, "w") as out:
        out.writelines(line(i, p) + "\n" for i, p in enumerate(pages))
text("w.pages", lambda i, p: "0x%x" % p)
text("w.lirs", lambda i, p: "%d" % p)
text("w.arc", lambda i, p: "%d 1 0 %d" % (p, i))
text("w.address", lambda i, p: "l 0x%x 3" % (p * 4096 + i % 4096))
text("w.lackey", lambda i, p: " L %08x,8" % (p * 4096 + 8 * (i % 512)))
text("w.perf", lambda i, p: "a b: c  77/78 [001] %d.%06d: 4 "
     "cpu/mem-loads,ldlat=30/P: %16x |OP LOAD|LVL L1 hit|" %
     (i // 1000, i % 1000, p * 4096 + i % 4096))
text("w.blkparse", lambda i, p: "  8,0    1 %8d     0.%09d  697  Q   R %d "
     "+ 8 [x]\n  8,0    1 %8d     0.%09d  697  C   R %d + 8 [0]" %
     (i, i, p * 8, i, i, p * 8))
with open("w.csv", "w") as out:
    out.write("time;op;addr;size\n")
    out.writelines('%d;"read";%d;1\n' % (i, p * 4096)
                   for i, p in enumerate(pages))
following, seen = [], {}
for i in reversed(range(len(pages))):
    following.append(seen.get(pages[i], -1))
    seen[pages[i]] = i + 1
following.reverse()
with open("w.oracleGeneral", "wb") as out:
    for page, after in zip(pages, following):
        out.write(struct.pack("<IQIq", 0, page, 4096, after))
with open("w.drmemtrace", "wb") as out:
    out.write(struct.pack("<HHQ", 25, 0, 4))
    out.write(struct.pack("<HHQ", 28, 12, 4))
    out.write(struct.pack("<HHQ", 28, 9, 0x40))
    out.write(struct.pack("<HHQ", 24, 0, 7))
    for i, page in enumerate(pages):
        out.write(struct.pack("<HHQ", 2, 8, 1 << 40))
        out.write(struct.pack("<HHQ", 0, 8, page * 4096 + 8 * (i % 512)))
    out.write(struct.pack("<HHQ", 26, 0, 0))
END

# What faults and how often; whether a first fault reads or only clears is up
# to what the format tells of writes.
replay() {
	"$selfpage" replay "$@" --policy lru,fifo,clock,opt \
		--frames 1%,10%,50% --format csv 2>err | cut -d, -f2-8,11-13
}

# through NAME: the numbers of the file of that name.
through() {
	check "$1: written" python3 write.py
	"$selfpage" import -q -f pages w.pages -o pages.spt 2>err
	check "$1: pages" test $? -eq 0
	"$selfpage" dump pages.spt | cut -d' ' -f1,3 >dump.expected
	replay pages.spt >rows.expected
	check "$1: replayed" test "$(wc -l <rows.expected)" -eq 13
	for format in lirs arc address lackey csv perf blkparse \
		oracleGeneral drmemtrace; do
		gzip -c w.$format |
			"$selfpage" import -q -f $format - -o x.spt 2>err
		check "$1: $format, gzip, from a pipe" test $? -eq 0
		"$selfpage" dump x.spt | cut -d' ' -f1,3 >dump
		check "$1: $format: events" cmp -s dump dump.expected
		# Samples are taken for every reference only when told so.
		inexact=
		if test $format = perf; then
			"$selfpage" replay x.spt --frames 10% >/dev/null 2>err
			check "$1: samples are refused" grep -q samples err
			inexact=--inexact
		fi
		replay x.spt $inexact >rows
		check "$1: $format: counts" cmp -s rows rows.expected
	done
	for from in pages x; do
		"$selfpage" export -t oracleGeneral $from.spt -o out 2>err
		check "$1: $from out as oracleGeneral" cmp out w.oracleGeneral
		"$selfpage" export -t oracleGeneral $from.spt 2>err |
			cmp - w.oracleGeneral
		check "$1: $from out through a pipe" test $? -eq 0
		"$selfpage" export -t pages $from.spt 2>err |
			sed 's/ r$//' | cmp - numbers
		check "$1: $from out as pages" test $? -eq 0
	done
	echo before >out
	"$selfpage" export -t oracleGeneral pages.spt >>out 2>err
	check "$1: at the end of a file" sh -c \
		'tail -c +8 out | cmp - w.oracleGeneral'
}

awk 'BEGIN {
	x = 1
	for (i = 0; i < 20000; i++) {
		x = (x * 16807) % 2147483647
		page = x % 7 ? x % 500 : 1000000 + i
		for (k = x % 11 ? 1 : 5; k > 0; k--)
			print page
	}
}' >numbers
through invented
if test -r "$data/cloudPhysicsIO.txt.xz" && command -v xz >/dev/null; then
	xz -dc "$data/cloudPhysicsIO.txt.xz" | awk 1 >numbers
	through cloudPhysicsIO
else
	echo "left out: cloudPhysicsIO, ../shared/data is not there"
fi

# What is out and in again.
printf '1 w\n1 r\n2 w\n2 w\n3\n4 r\n4 r\n4 w\n' >kinds
"$selfpage" import -q -f pages kinds -o kinds.spt 2>err
"$selfpage" export -t pages kinds.spt 2>err | "$selfpage" import -q -f pages - \
	-o again.spt 2>err
"$selfpage" dump kinds.spt >dump.expected
"$selfpage" dump again.spt >dump
check "kinds out and in" cmp dump dump.expected
"$selfpage" export -r -t pages kinds.spt >runs 2>err
check "runs" test "$(wc -l <runs)" -eq 4
"$selfpage" export -t oracleGeneral kinds.spt -o /nonexistent/x 2>err
check "a folder that is not there" test $? -eq 1
check "a folder that is not there: said" grep -q \
	'^selfpage export: /nonexistent/x\.part: No such file' err
"$selfpage" export -t page kinds.spt 2>err
check "unknown format" test $? -eq 2
check "unknown format: said" grep -q "did you mean 'pages'" err
"$selfpage" export -t pages 2>err
check "no trace" test $? -eq 2
"$selfpage" export -t pages kinds 2>err
check "not a trace" test $? -eq 1
if test -w /dev/full; then
	"$selfpage" export -t pages kinds.spt 2>err >/dev/full
	check "a full disk" test $? -eq 1
	check "a full disk: said" grep -q 'No space left' err
	"$selfpage" export -t oracleGeneral kinds.spt 2>err >/dev/full
	check "a full disk" test $? -eq 1
fi

finish
