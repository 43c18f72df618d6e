#!/bin/sh
# Runs one workload, under a recorder if one is given:
#
#	run.sh [--size small|real|full] NAME [RECORDER ARGS...]
#	run.sh --list
#	run.sh sort selfpage record -o /tmp/sort.spt --
#
# The program sees the same environment, arguments, folder and addresses on
# every run, so that a recording can be had again: also the length of the
# folder's name moves what lies on its stack.  Paths among the recorder's
# arguments are to be absolute, since it runs in that folder.
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
while [ $# -gt 0 ]; do
	case $1 in
	--size)
		[ $# -ge 2 ] || fail '--size wants small, real or full'
		size=$2
		shift 2
		;;
	--list)
		list
		exit 0
		;;
	-*) fail "unknown option $1: --size or --list" ;;
	*) break ;;
	esac
done
case $size in
small | real | full) ;;
*) fail "unknown size '$size': small, real or full" ;;
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
# The folder is made for this run and belongs to it alone: whoever comes for
# the same workload meanwhile waits.
folder=/tmp/selfpage-$(id -u)-$name-$size
exec 9>"$folder.lock" || fail "cannot lock $folder.lock"
flock 9
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
rm -rf "$folder"
mkdir -m 700 "$folder"
cd "$folder"
make_input

set -- env -i PATH=/usr/bin:/bin HOME=/nonexistent TMPDIR=/tmp \
	LC_ALL=C PYTHONHASHSEED=0 "$@"
# Fixed addresses, where they can be had: some containers forbid them.
if setarch -R true 2>/dev/null; then
	set -- setarch -R "$@"
fi
run "$@" 9>&-
