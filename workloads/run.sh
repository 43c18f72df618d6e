#!/bin/sh
# Runs one workload, under a recorder if one is given:
#
#	run.sh [--size small|real|full] [--input A|B] NAME [RECORDER ARGS...]
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

# A program of our own.
build()
{
	gcc -std=gnu17 -O3 -I"$workloads/.." \
		-o "$1" "$workloads/programs/$1.c" -lm
}

# Not the first python3 in the path: that may be a script that starts another.
generate() { /usr/bin/python3 "$workloads/generate.py" "$@"; }

list()
{
	for file in "$workloads"/*.sh; do
		name=${file##*/}
		case $name in
		run.sh | record.sh | demo.sh) ;;
		*) (. "$file" && printf '%-13s %s\n' "${name%.sh}" "$about") ;;
		esac
	done
}

workloads=$(cd "$(dirname "$0")" && pwd)
size=real
input=A
while [ $# -gt 0 ]; do
	case $1 in
	--size)
		[ $# -ge 2 ] || fail '--size wants small, real or full'
		size=$2
		shift 2
		;;
	--input)
		[ $# -ge 2 ] || fail '--input wants A or B'
		input=$2
		shift 2
		;;
	--list)
		list
		exit 0
		;;
	-*) fail "unknown option $1: --size, --input or --list" ;;
	*) break ;;
	esac
done
case $size in
small | real | full) ;;
*) fail "unknown size '$size': small, real or full" ;;
esac
case $input in
A | B) ;;
*) fail "unknown input '$input': A or B" ;;
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
# What is learned on A is judged on B: other content, a fifth more of it.
if [ $input = B ]; then
	seed=$((seed + 100)) count=$(((count * 6 + 4) / 5))
fi

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
