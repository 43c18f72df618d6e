#!/bin/sh
# Each subcommand has a page of the manual, that man finds and that has all of
# its options, and completion knows them too.  The command is $SELFPAGE, else
# ./selfpage, with the pages that were made beside it.
set -u
LC_ALL=C.UTF-8
export LC_ALL
selfpage=$(realpath "${SELFPAGE:-./selfpage}")
srcdir=$(realpath "${srcdir:-.}")
pages=$(dirname "$selfpage")/doc
folder=$(mktemp -d) || exit 99
trap 'rm -rf "$folder"' EXIT
failures=0

fail()
{
	echo "FAILED: $*"
	failures=$((failures + 1))
}

if [ ! -e "$pages/selfpage-replay.1" ]; then
	echo 'skipped: the pages were not made (Debian package help2man)'
	exit 77
fi
mkdir -p "$folder/man/man1"
cp "$pages"/selfpage*.1 "$folder/man/man1"
commands=$("$selfpage" --help |
	sed -n '/^Subcommands:/,/^$/s/^  \([a-z-]*\) .*/\1/p')
[ "$(echo "$commands" | wc -w)" -ge 16 ] || fail "subcommands: $commands"

# complete WORD...: what may stand for the last of them.
complete()
{
	bash -c '. "$0/cli/selfpage.bash-completion"
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_selfpage
		printf "%s\n" "${COMPREPLY[@]}"' "$srcdir" "$@" 2>/dev/null
}

complete "$selfpage" '' >"$folder/words"
for command in $commands; do
	page=$folder/man/man1/selfpage-$command.1
	[ -s "$page" ] || { fail "there is no page selfpage-$command"; continue; }
	grep -q "^selfpage-$command ..* \\\\-" "$page" ||
		grep -q "^selfpage-$command \\\\- [a-z]" "$page" ||
		fail "selfpage-$command has no name and summary"
	options=$("$selfpage" "$command" --help |
		sed -n 's/^ *\(-., \|  *\)\(--[a-z][a-z0-9-]*\).*/\2/p')
	[ -n "$options" ] || fail "$command --help has no options"
	sed 's/\\-/-/g' "$page" >"$folder/plain"
	complete "$selfpage" "$command" -- >"$folder/completed"
	for option in $options; do
		grep -qF -e "$option" "$folder/plain" ||
			fail "selfpage-$command(1) does not tell of $option"
		grep -qxF -e "$option" "$folder/completed" ||
			fail "completion of $command does not know $option"
	done
	grep -qx "$command" "$folder/words" ||
		fail "completion does not know $command"
	if command -v man >/dev/null; then
		MANPATH=$folder/man man -w "selfpage-$command" >/dev/null 2>&1 ||
			fail "man does not find selfpage-$command"
		man --warnings -l "$page" 2>"$folder/warnings" >/dev/null
		[ ! -s "$folder/warnings" ] ||
			fail "selfpage-$command.1: $(cat "$folder/warnings")"
	fi
done

# Each section of the source stands in one page or more, and all are told of.
for title in $(sed -n 's/^\.SH //p' "$srcdir/doc/selfpage.1.in" | tr ' ' _); do
	grep -qix "\.SH \"*$(echo "$title" | tr _ ' ')\"*" \
		"$folder/man/man1"/*.1 ||
		fail "no page has the section $title"
done
grep -q '^\.SH POLICIES' "$folder/man/man1/selfpage.1" &&
	fail 'selfpage.1 has a section of another page'
grep -q '^\.\\" in: ' "$folder/man/man1"/*.1 && fail 'a marker is left in a page'

exit $((failures > 0))
