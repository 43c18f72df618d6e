#!/bin/sh
# The command's shell: help, version, wrong calls, output that cannot be
# written, and that completion knows every subcommand.
. "${srcdir:-.}/tests/common.sh"

run 2
empty out
has err Usage:

run 0 --help
empty err
has out "Exit status:"
commands=$(sed -n '/^Subcommands:/,/^$/s/^  \([a-z-]*\) .*/\1/p' out)
[ "$(echo "$commands" | wc -w)" -ge 7 ] || failed "subcommands: $commands"
if awk 'length > 80 { exit 1 }' out; then :; else
	failed "help is wider than 80 columns"
fi

run 0 --version
has out "selfpage "
run 0 help
has out Subcommands:

for command in $commands; do
	run 0 "$command" --help
	has out "Usage: selfpage $command"
	empty err
	cp out help
	run 0 help "$command"
	cmp -s out help || failed "help $command differs"
	run 2 "$command" --no-such-option
	has err "$command"
	empty out
	grep -q "words=.*\\b$command\\b" \
		"$srcdir/cli/selfpage.bash-completion" ||
		failed "completion does not know $command"
	grep -q "^\.BR selfpage-$command (1)" "$srcdir/doc/selfpage.1.in" ||
		failed "the manual does not know $command"
	grep -q "^subcommands +*= .*\b$command\b" "$srcdir/doc/local.mk" ||
		failed "no page of the manual is made for $command"
done

run 2 rceord
has err "there is no subcommand 'rceord'; did you mean 'record'?"
empty out
run 2 xyzzy
has err "there is no subcommand 'xyzzy'"
if grep -q "did you mean" err; then failed "a wild guess"; fi
run 2 --hepl
has err "there is no option '--hepl'"
run 2 help rplay
has err "did you mean 'replay'?"

# Lost output is an error, with argp's own help as well as with ours.
: >out
for arguments in --help --version "info --help"; do
	# shellcheck disable=SC2086
	"$selfpage" $arguments >/dev/full 2>err
	[ $? -eq 1 ] || failed "$arguments into a full disk"
	has err "No space left"
done
"$selfpage" --help >&- 2>err
[ $? -eq 1 ] || failed "--help into a closed stream"
has err "cannot write standard output"

finish
