#!/bin/sh
# The page of selfpage report in a real browser: values under the pointer,
# tables that sort, the filter, light and dark, and nothing on the console.
# The command is $SELFPAGE, else ./selfpage.
srcdir=$(realpath "${srcdir:-.}")
. "$srcdir/tests/common.sh"

# Debian's python3 has the module, another one in $PATH may not.
for python in python3 /usr/bin/python3 ''; do
	[ -z "$python" ] || ! $python -c 'import selenium' 2>/dev/null || break
done
if [ -z "$python" ] || [ ! -x /usr/bin/chromedriver ] ||
	! command -v chromium >/dev/null; then
	echo 'skipped: there is no headless browser (Debian packages' \
		'chromium, chromium-driver and python3-selenium)'
	exit 77
fi

for program in one two; do
	for input in A B; do
		name=$program-$input
		"$selfpage" generate -o $name.spt --seed "${#program}" \
			--model zipf --pages 400 --references "20${#input}k" \
			2>/dev/null || failed generate
	done
done
"$selfpage" generate -o two-A.spt --seed 7 --model loop --pages 300 \
	--references 30k 2>/dev/null || failed generate
# more rows than a table shows at first
"$selfpage" keep set replay one-A.spt one-B.spt two-A.spt two-B.spt \
	--policy opt,lru,fifo,clock --frames 5%,10%,20%,25%,30%,50%,60%,70% \
	>/dev/null 2>&1 || failed keep
mkdir set/curves
for name in one-A one-B two-A two-B; do
	"$selfpage" curve $name.spt >set/curves/$name.csv || failed curve
done
cat >set/tune.csv <<'END'
trace,role,frames,pages,references,lru_faults,hint_faults,opt_faults,hints
one-A,learn,100,400,200000,1000,800,500,one.hints
one-B,judge,100,400,200000,1000,1010,500,one.hints
END
harm='window.harmed=1'
cat >hostile.csv <<END
trace,policy,frames,references,pages,faults
<img src=x onerror=$harm>,lru,10,1000,90,200
<img src=x onerror=$harm>,opt,10,1000,90,100
</script><script>$harm</script>,lru,10,1000,90,200
"' onload=$harm ""`printf '\377'`",lru,10,1000,90,200
__proto__,constructor,10,1000,90,200
END
expect 0 '' "$selfpage" report set
expect 0 '' "$selfpage" report -o hostile.html hostile.csv

TMPDIR=$work HOME=$work timeout 900 $python "$srcdir/report/test/browser.py" \
	set/report.html set hostile.html >browser.log 2>&1 ||
	failed "$(cat browser.log)"
finish
