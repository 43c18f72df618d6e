#!/bin/sh
# The tutorial's commands do what it says: all of them, one after the other, in
# an empty folder, each with the checks that stand behind it.  The command is
# $SELFPAGE, else ./selfpage.
set -u
selfpage=$(realpath "${SELFPAGE:-./selfpage}")
tutorial=$(realpath "${srcdir:-.}/doc/tutorial.md")
folder=$(mktemp -d "${TMPDIR:-/tmp}/selfpage-tutorial-XXXXXX") || exit 99
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 99
PATH=$(dirname "$selfpage"):$PATH
export PATH

if [ ! -x "$(dirname "$selfpage")/pagetrace/pagetrace-launch" ]; then
	echo 'skipped: pagetrace was not built (Debian package valgrind)'
	exit 77
fi
for program in gcc gnuplot; do
	command -v $program >/dev/null && continue
	echo "skipped: there is no $program"
	exit 77
done

# The text of the blocks ```sh, and of each <!-- check: COMMAND -->, which must
# succeed.
awk '
	/^```sh$/ { inside = 1; blocks++; next }
	/^```$/ { inside = 0; next }
	inside { print; next }
	sub(/^<!-- check: /, "") && sub(/ -->$/, "") {
		checks++
		printf "echo \"line %d of the tutorial\"\n%s\n", NR, $0
	}
	END { exit !(blocks > 9 && checks > 6) }' "$tutorial" >commands || {
	echo "FAILED: commands are missing: $(cat commands)"
	exit 1
}
mkdir empty && cd empty || exit 99
if ! timeout 1800 sh -ev ../commands >../log 2>&1; then
	echo 'FAILED: what the tutorial says is not so; the end of it:'
	tail -n 30 ../log
	exit 1
fi
