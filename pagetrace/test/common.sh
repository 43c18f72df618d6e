# Sourced by the tests here: what they record, and what is in a trace.
. "${srcdir:-.}/tests/common.sh"
behave=$build/pagetrace/test/behave
test -x "$(dirname "$selfpage")/pagetrace/pagetrace-launch" ||
	skip "pagetrace was not built (Debian package valgrind)"

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
