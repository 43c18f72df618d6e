#!/bin/sh
# Runs one workload, under a recorder if one is given:
#
#	run.sh [--size small|real] [--inputs DIR] NAME [RECORDER ARGS...]
#	run.sh --list
#	run.sh sort selfpage record -o /tmp/sort.spt --
#
# The program sees the same environment, arguments, folder and addresses on
# every run, so that a recording can be had again.  It runs in the folder of
# its input: paths among the recorder's arguments are to be absolute.
set -eu

fail()
{
	echo "run.sh: $*" >&2
	exit 2
}

# Not the first python3 in the path: that may be a script that starts another.
generate() { /usr/bin/python3 "$workloads/generate.py" "$@"; }

list()
{
	for file in "$workloads"/*.sh; do
		name=${file##*/}
		case $name in
		run.sh | record.sh | demo.sh) ;;
		*) (. "$file" && printf '%-9s %s\n' "${name%.sh}" "$about") ;;
		esac
	done
}

workloads=$(cd "$(dirname "$0")" && pwd)
size=real
inputs=results/inputs
while [ $# -gt 0 ]; do
	case $1 in
	--size | --inputs)
		[ $# -ge 2 ] || fail "$1 wants a value"
		case $1 in
		--size) size=$2 ;;
		*) inputs=$2 ;;
		esac
		shift 2
		;;
	--list)
		list
		exit 0
		;;
	-*) fail "unknown option $1: --size, --inputs or --list" ;;
	*) break ;;
	esac
done
case $size in
small | real) ;;
*) fail "unknown size '$size': small or real" ;;
esac

[ $# -gt 0 ] || fail 'which workload? --list names them'
name=$1
shift
case $name in
run | record | demo | */*) fail "no workload '$name': --list names them" ;;
esac
[ -f "$workloads/$name.sh" ] || fail "no workload '$name': --list names them"
. "$workloads/$name.sh"
command -v "${needs%%:*}" >/dev/null ||
	fail "$name needs ${needs%%:*}: install the package ${needs#*:}"

if [ $# -gt 0 ]; then
	recorder=$(command -v "$1") || fail "no program '$1'"
	recorder=$(realpath -s "$recorder")
	shift
	set -- "$recorder" "$@"
fi
mkdir -p "$inputs/$name-$size"
cd "$inputs/$name-$size"
make_input

set -- env -i PATH=/usr/bin:/bin HOME=/nonexistent TMPDIR="${TMPDIR-/tmp}" \
	LC_ALL=C PYTHONHASHSEED=0 "$@"
# Fixed addresses, where they can be had: some containers forbid them.
if setarch -R true 2>/dev/null; then
	set -- setarch -R "$@"
fi
run "$@"
