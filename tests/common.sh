# Sourced by tests of the command: where things are, a folder of the test's own
# that it is in from here on, and how checks are counted.  At the end: finish.
set -u
LC_ALL=C
export LC_ALL
selfpage=$(realpath "${SELFPAGE:-./selfpage}")
srcdir=$(realpath "${srcdir:-.}")
build=$PWD
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
cd "$work" || exit 99
failures=0

# skip WHY
skip()
{
	echo "skipped: $*"
	exit 77
}

# failed WHAT: told with what the last command printed.
failed()
{
	echo "FAILED: $*"
	for stream in out err; do
		[ ! -s $stream ] || tail -n 8 $stream | cut -c 1-150 |
			sed "s/^/  $stream: /"
	done
	failures=$((failures + 1))
} >&2

# expect STATUS TEXT COMMAND...: ends so, and prints so (a basic pattern).
expect()
{
	wanted=$1
	text=$2
	shift 2
	"$@" >out 2>err
	status=$?
	[ $status -eq "$wanted" ] ||
		failed "$*: status $status, expected $wanted"
	[ -z "$text" ] || cat out err | grep -q -e "$text" ||
		failed "$*: does not say '$text'"
}

# run STATUS ARGUMENT...: the command, or its $subcommand, ends so.
run()
{
	wanted=$1
	shift
	# shellcheck disable=SC2086
	expect "$wanted" '' "$selfpage" ${subcommand-} "$@" </dev/null
}

# check WHAT CONDITION...
check()
{
	what=$1
	shift
	"$@" || failed "$what"
}

# has FILE TEXT
has()
{
	grep -qF -e "$2" "$1" || failed "no '$2' in $1"
}

# empty FILE
empty()
{
	[ ! -s "$1" ] || failed "$1 is not empty"
}

# column NAME...: these columns of the rows in out, without the heading.
column()
{
	awk -F, -v names="$*" '
		NR == 1 {
			for (i = 1; i <= NF; i++)
				at[$i] = i
			count = split(names, name, " ")
			next
		}
		{
			for (i = 1; i < count; i++)
				printf "%s,", $at[name[i]]
			print $at[name[count]]
		}' out
}

# flip FILE BYTE: another byte is there.
flip()
{
	old=$(od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' ')
	new=$(printf '\\%03o' $((old ^ 16)))
	# shellcheck disable=SC2059
	printf "$new" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}

# wait_for COMMAND...: until it succeeds, a minute at most.
wait_for()
{
	tries=0
	until "$@"; do
		tries=$((tries + 1))
		[ $tries -lt 1200 ] || {
			failed "never: $*"
			return 1
		}
		sleep 0.05
	done
}

finish()
{
	[ $failures -eq 0 ] || exit 1
}
