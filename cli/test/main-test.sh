#!/bin/sh
# The command's shell: help, version, wrong calls, output that cannot be
# written, and that completion knows every subcommand.
set -u
LC_ALL=C
export LC_ALL
selfpage=${SELFPAGE:-./selfpage}
srcdir=${srcdir:-.}
folder=$(mktemp -d) || exit 99
trap 'rm -rf "$folder"' EXIT
failures=0

fail()
{
	echo "FAILED: $*"
	sed 's/^/  out: /' "$folder/out"
	sed 's/^/  err: /' "$folder/err"
	failures=$((failures + 1))
}

# run STATUS ARGUMENT...: the command must end with STATUS.
run()
{
	expected=$1
	shift
	"$selfpage" "$@" >"$folder/out" 2>"$folder/err" </dev/null
	status=$?
	[ "$status" -eq "$expected" ] ||
		fail "selfpage $*: status $status, not $expected"
}

# has FILE TEXT
has()
{
	grep -qF -e "$2" "$folder/$1" || fail "no '$2' in $1"
}

# empty FILE
empty()
{
	[ ! -s "$folder/$1" ] || fail "$1 is not empty"
}

run 2
empty out
has err Usage:

run 0 --help
empty err
has out "Exit status:"
commands=$(sed -n '/^Subcommands:/,/^$/s/^  \([a-z-]*\) .*/\1/p' "$folder/out")
[ "$(echo "$commands" | wc -w)" -ge 7 ] || fail "subcommands: $commands"
if awk 'length > 80 { exit 1 }' "$folder/out"; then :; else
	fail "help is wider than 80 columns"
fi

run 0 --version
has out "selfpage "
run 0 help
has out Subcommands:

for command in $commands; do
	run 0 "$command" --help
	has out "Usage: selfpage $command"
	empty err
	cp "$folder/out" "$folder/help"
	run 0 help "$command"
	cmp -s "$folder/out" "$folder/help" || fail "help $command differs"
	run 2 "$command" --no-such-option
	has err "$command"
	empty out
	grep -q "words=.*\\b$command\\b" \
		"$srcdir/cli/selfpage.bash-completion" ||
		fail "completion does not know $command"
	grep -q "^\.BR selfpage-$command (1)" "$srcdir/doc/selfpage.1.in" ||
		fail "the manual does not know $command"
	grep -q "^subcommands = .*\b$command\b" "$srcdir/doc/local.mk" ||
		fail "no page of the manual is made for $command"
done

run 2 rceord
has err "there is no subcommand 'rceord'; did you mean 'record'?"
empty out
run 2 xyzzy
has err "there is no subcommand 'xyzzy'"
if grep -q "did you mean" "$folder/err"; then fail "a wild guess"; fi
run 2 --hepl
has err "there is no option '--hepl'"
run 2 help rplay
has err "did you mean 'replay'?"

# Lost output is an error, with argp's own help as well as with ours.
: >"$folder/out"
for arguments in --help --version "info --help"; do
	# shellcheck disable=SC2086
	"$selfpage" $arguments >/dev/full 2>"$folder/err"
	[ $? -eq 1 ] || fail "$arguments into a full disk"
	has err "No space left"
done
"$selfpage" --help >&- 2>"$folder/err"
[ $? -eq 1 ] || fail "--help into a closed stream"
has err "cannot write standard output"

exit $((failures > 0))
