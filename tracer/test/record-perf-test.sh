#!/bin/sh
# selfpage record --engine perf: what is recorded, what is said, and that the
# program's streams and exit status are its own.
. "${srcdir:-.}/tests/common.sh"

"$selfpage" record -q --engine perf -o x.spt true 2>err || {
	grep -q 'selfpage record: perf: page faults: ' err || {
		echo "FAILED: true"
		cat err
		exit 1
	}
	echo "page faults cannot be seen here:"
	cat err
	exit 77
}

# Of memory that is touched page by page, each page once: dd's buffer is
# written by the kernel, which users may not be allowed to see.  Where programs
# get huge pages unasked (PR_SET_THP_DISABLE is 41), one fault brings many.
python3 -c 'import ctypes, os, sys
ctypes.CDLL(None).prctl(41, 1, 0, 0, 0)
os.execv(sys.argv[1], sys.argv[1:])' \
	"$selfpage" record --engine perf -o dd.spt dd if=/dev/zero \
	of=/dev/null bs=8M count=3 2>err
check "dd" test $? -eq 0
check "dd: its own words" grep -q 'records out' err
pages=$("$selfpage" dump dd.spt | grep -c '^0x[0-9a-f]* r--k')
if test "$pages" -eq 0; then
	echo "left out: the kernel's faults, which users do not see"
else
	check "dd: 2048 pages of a buffer, not $pages" test "$pages" -ge 2048
	check "dd: each once, $pages" test "$pages" -lt 2100
fi
check "dd: the trace is of page faults" grep -q 'page faults' <<END
$("$selfpage" info dd.spt 2>&1)
END
check "dd: maps by name" grep -q ' /.*/dd$' <<END
$("$selfpage" dump --regions dd.spt)
END
check "dd: a stack" grep -q ' stack .*\[stack\]$' <<END
$("$selfpage" dump --regions dd.spt)
END

echo in | "$selfpage" record -q --engine perf -o cat.spt sh -c \
	'(cat; :); echo out >&2; exit 7' >out 2>err
check "exit status" test $? -eq 7
check "input and output" test "$(cat out)" = in
check "error output" grep -q '^out$' err
child=$("$selfpage" dump --regions cat.spt | awk '/ fork / { print $NF; exit }')
check "a fork is told, and the child has a trace: $child" test -s "$child"
check "the child became cat" grep -q ' became cat (exec), which was not' err
"$selfpage" record -q --engine perf --no-forks -o none.spt sh -c \
	'cat </dev/null; exit 7' 2>err
check "no forks" test $? -eq 7 -a "$(echo none.*.spt)" = 'none.*.spt'
check "children are told" grep -q '1 child process was not recorded' err
"$selfpage" record -q --engine perf -o kill.spt sh -c 'kill -9 $$' 2>err
check "killed" test $? -eq 137
check "killed: said" grep -q 'killed by signal 9' err
"$selfpage" record -q --engine perf -o exec.spt sh -c 'exec true' 2>err
check "exec" test $? -eq 0
check "exec: said" grep -q 'became true (exec), which was not recorded' err
"$selfpage" record -q --engine perf --follow-exec -o exec.spt sh -c \
	'exec true' 2>err
check "exec followed" test $? -eq 0
check "exec followed: told" grep -q ' exec .*true$' <<END
$("$selfpage" dump --regions exec.spt)
END
check "exec followed: a trace of its own" test -s "$(echo exec.*.2.spt)"
"$selfpage" record -q --engine perf --limit 5 -o limit.spt true 2>err
check "limit" test "$("$selfpage" dump limit.spt | grep -c '^0x')" -le 5

"$selfpage" record --engine perf --period 10 -o p.spt true 2>err
check "a period too small" test $? -eq 2
"$selfpage" record --engine lackey --period 1000 -o p.spt true 2>err
check "a period of another engine" test $? -eq 2
"$selfpage" record --engine perf --reduce 64 -o p.spt true 2>err
check "reduced faults" test $? -eq 2
"$selfpage" record --engine perf --skip @x -o p.spt true 2>err
check "marks" test $? -eq 2
# Samples where there is a counter for them; else what is in the way.
if "$selfpage" record -q --engine perf --period 1000 -o p.spt \
	sort /proc/self/maps >/dev/null 2>err; then
	check "samples" test -s p.spt
else
	check "no samples: said" grep -qE \
		'perf: samples of loads and stores: |ended before it was seen' \
		err
	check "no samples: nothing left" test ! -e p.spt -a ! -e p.spt.part
fi

finish
