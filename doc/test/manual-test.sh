#!/bin/sh
# Each subcommand has a page of the manual, that man finds and that has all of
# its options, and completion knows them too.  The command is $SELFPAGE, else
# ./selfpage, with the pages that were made beside it.
. "${srcdir:-.}/tests/common.sh"
LC_ALL=C.UTF-8
pages=$(dirname "$selfpage")/doc

[ -e "$pages/selfpage-replay.1" ] ||
	skip 'the pages were not made (Debian package help2man)'
mkdir -p man/man1
cp "$pages"/selfpage*.1 man/man1
commands=$("$selfpage" --help |
	sed -n '/^Subcommands:/,/^$/s/^  \([a-z-]*\) .*/\1/p')
[ "$(echo "$commands" | wc -w)" -ge 16 ] || failed "subcommands: $commands"

# complete WORD...: what may stand for the last of them.
complete()
{
	bash -c '. "$0/cli/selfpage.bash-completion"
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_selfpage
		printf "%s\n" "${COMPREPLY[@]}"' "$srcdir" "$@" 2>/dev/null
}

complete "$selfpage" '' >words
for command in $commands; do
	page=man/man1/selfpage-$command.1
	check "there is a page selfpage-$command" test -s "$page"
	grep -q "^selfpage-$command ..* \\\\-" "$page" ||
		grep -q "^selfpage-$command \\\\- [a-z]" "$page" ||
		failed "selfpage-$command has no name and summary"
	options=$("$selfpage" "$command" --help |
		sed -n 's/^ *\(-., \|  *\)\(--[a-z][a-z0-9-]*\).*/\2/p')
	[ -n "$options" ] || failed "$command --help has no options"
	sed 's/\\-/-/g' "$page" >plain
	complete "$selfpage" "$command" -- >completed
	for option in $options; do
		grep -qF -e "$option" plain ||
			failed "selfpage-$command(1) does not tell of $option"
		grep -qxF -e "$option" completed ||
			failed "completion of $command does not know $option"
	done
	grep -qx "$command" words || failed "completion does not know $command"
	if command -v man >/dev/null; then
		MANPATH=$work/man man -w "selfpage-$command" >/dev/null 2>&1 ||
			failed "man does not find selfpage-$command"
		man --warnings -l "$page" 2>warnings >/dev/null
		[ ! -s warnings ] ||
			failed "selfpage-$command.1: $(cat warnings)"
	fi
done

# Each section of the source stands in one page or more, and all are told of.
for title in $(sed -n 's/^\.SH //p' "$srcdir/doc/selfpage.1.in" | tr ' ' _); do
	grep -qix "\.SH \"*$(echo "$title" | tr _ ' ')\"*" man/man1/*.1 ||
		failed "no page has the section $title"
done
grep -q '^\.SH POLICIES' man/man1/selfpage.1 &&
	failed 'selfpage.1 has a section of another page'
grep -q '^\.\\" in: ' man/man1/*.1 && failed 'a marker is left in a page'

finish
