# Sourced by the tests here: the command, a folder of the test's own that it is
# in, and how checks are counted.  At the end: finish.
set -u
selfpage=${SELFPAGE-$PWD/selfpage}
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 99
failures=0

failed()
{
	echo "FAILED: $*" >&2
	failures=$((failures + 1))
}

# expect STATUS TEXT COMMAND...: ends so, and prints so (a basic pattern).
expect()
{
	wanted=$1
	text=$2
	shift 2
	"$@" >out 2>err
	status=$?
	[ $status -eq "$wanted" ] ||
		failed "$*: status $status, expected $wanted: $(cat out err)"
	[ -z "$text" ] || cat out err | grep -q -e "$text" ||
		failed "$*: '$text' is not in: $(cat out err)"
}

finish()
{
	[ $failures -eq 0 ] || exit 1
}
