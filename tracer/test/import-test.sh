#!/bin/sh
# selfpage import: small texts of each format, bad ones, and, where they are,
# traces from elsewhere whose counts are known.
. "${srcdir:-.}/tests/common.sh"
data=$(cd "$srcdir/../shared/data" 2>/dev/null && pwd)

# counts FORMAT FILE REFERENCES PAGES: import into the default name.
counts() {
	"$selfpage" import --from "$1" "$2" 2>err
	check "import of $2" test $? -eq 0
	check "counts of $2, not $3 references, $4 pages" grep -q \
		"^selfpage import: $3 references in [0-9]* events to $4 pages" \
		err
}
# refused STATUS FORMAT FILE MESSAGE
refused() {
	"$selfpage" import --from "$2" "$3" -o refused.spt 2>err
	check "refusal of $3" test $? -eq "$1"
	check "$3: said $4" grep -q -- "$4" err
	check "$3: nothing left" test ! -e refused.spt -a \
		! -e refused.spt.part
}

printf '# a comment\n1\n2 r\n\n0x2 w\n1\n' >a.pages.txt
counts pages a.pages.txt 4 2
check "default name" test -s a.pages.spt
printf '1\n*\n1\n3\n' >b.lirs
counts lirs b.lirs 3 2
printf '5 3 0 1\n6 1 0 2' >c.lis
counts arc c.lis 4 3
printf 'l 0x1fff 1\ns 0x2000 6\r\n' >d.trace
counts address d.trace 2 2
printf '==7== Lackey\nI  04001090,3\n M 04002ffe,4\n' >e.log
counts lackey e.log 5 3
check "page size: import" "$selfpage" import --from address --page-size 64KiB \
	-q -o big.spt d.trace
"$selfpage" import -f address --page-size 64KiB -o big.spt d.trace 2>err
check "page size: both in one page" grep -q 'to 1 pages' err

# Compressed, and from a pipe.
gzip -c a.pages.txt >z.txt.gz
counts pages z.txt.gz 4 2
check "default name of a compressed file" test -s z.spt
gzip -c a.pages.txt | "$selfpage" import --from pages - -o pipe.spt 2>err
check "from a pipe" grep -q ': 4 references' err
for tool in xz zstd; do
	command -v $tool >/dev/null || continue
	$tool -c -q a.pages.txt >y.$tool
	counts pages y.$tool 4 2
done

# Bad ones.
printf '1\n2 x\n' >bad.txt
refused 1 pages bad.txt 'bad.txt:2: found "2 x", expected PAGE'
printf '18446744073709551616\n' >big.txt
refused 1 pages big.txt 'big.txt:1: .* below 2^64'
printf '1 99999999999 0 0\n' >big.lis
refused 1 arc big.lis 'big.lis:1: .* COUNT below 2^32'
: >empty
refused 1 pages empty 'empty: no references in it'
printf '==1== nothing\n' >none
refused 1 lackey none 'none: no references in it'
refused 1 pages missing 'missing: No such file'
refused 1 pages . 'Is a directory'
head -c 5000 /dev/urandom >noise
refused 1 pages noise 'noise:'
seq 100000 | gzip -c | head -c 20000 >cut.gz
refused 1 pages cut.gz 'cut.gz: the gzip data ends too early'
"$selfpage" import --from page a.pages.txt 2>err
check "unknown format: status" test $? -eq 2
check "unknown format: said" grep -q "unknown format 'page'.*pages" err
"$selfpage" import a.pages.txt 2>err
check "no format" test $? -eq 2
"$selfpage" import --from pages 2>err
check "no file" test $? -eq 2
"$selfpage" import --from pages --page-size 1000 a.pages.txt 2>err
check "page size not a power of two" test $? -eq 2

"$selfpage" import --from pages --columns page=1 a.pages.txt 2>err
check "columns of no csv" test $? -eq 2
"$selfpage" import --from csv --columns pag=1 a.pages.txt 2>err
check "columns that are none" test $? -eq 1
check "columns that are none: said" grep -q 'columns: at "pag=1"' err
"$selfpage" import --from pages --action Q a.pages.txt 2>err
check "action of no blkparse" test $? -eq 2
"$selfpage" import --from blkparse --action QQ a.pages.txt 2>err
check "action of two letters" test $? -eq 2

# What perf saw is marked.
printf 'ls 7 1.5: 1 page-faults: 1000\nls 7 1.6: 1 page-faults: 2000\n' >f.perf
counts perf f.perf 2 2
head -c 7 d.trace >cut.drmemtrace
refused 1 drmemtrace cut.drmemtrace 'byte 7: the file ends in a record'
printf 'PK\003\004xxxxxxxx' >a.zip
refused 1 drmemtrace a.zip 'a zip archive, expected plain data or gzip'
refused 1 pages a.pages.spt "a trace of selfpage's own"

if test -n "$data" && test -r "$data/cpp.trace.gz"; then
	counts lirs "$data/cpp.trace.gz" 9047 1223
	counts lirs "$data/gli.trace.gz" 6015 2529
	counts lirs "$data/loop.trace.gz" 505500 1011
	counts lirs "$data/multi1.trace.gz" 15858 2606
	counts lirs "$data/ps.trace.gz" 10448 3083
	counts lirs "$data/sprite.trace.gz" 133996 7075
	counts arc "$data/OLTP.lis.zst" 914145 186880
	counts address "$data/gcc.trace.gz" 515683 294
	counts address "$data/swim.trace.gz" 303193 135
	counts pages "$data/cloudPhysicsIO.txt.xz" 113872 48974
else
	echo "left out: the reference traces, ../shared/data is not there"
fi

finish
