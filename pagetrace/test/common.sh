# Sourced by the tests here: where things are, and how checks are counted.
LC_ALL=C
export LC_ALL
selfpage=${SELFPAGE:-./selfpage}
case $selfpage in
/*) ;;
*) selfpage=$PWD/$selfpage ;;
esac
behave=$PWD/pagetrace/test/behave
test -x "$(dirname "$selfpage")/pagetrace/pagetrace-launch" || {
	echo "skipped: pagetrace was not built (Debian package valgrind)"
	exit 77
}
failed=0
passed=0

# check WHAT CONDITION...
check()
{
	what=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $what"
		sed 's/^/    /' err 2>/dev/null
	fi
}

# The trace's runs without the kernel's: page, kinds, references, thread.
# Those that a region event or the kernel has parted are one again.
runs()
{
	"$selfpage" dump "$1" | awk '
		/^=/ || $2 ~ /k/ { next }
		$1 == page && $4 == thread {
			count += $3
			for (i = 1; i <= 3; i++)
				if (substr($2, i, 1) != "-")
					kinds = substr(kinds, 1, i - 1) \
						substr($2, i, 1) \
						substr(kinds, i + 1)
			next
		}
		{
			if (page != "")
				print page, kinds, count, thread
			page = $1
			kinds = substr($2, 1, 3)
			count = $3
			thread = $4
		}
		END { print page, kinds, count, thread }'
}

end()
{
	echo "$1: $passed passed, $failed failed"
	test $failed -eq 0
	exit
}
