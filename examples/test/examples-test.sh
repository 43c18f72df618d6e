#!/bin/sh
# Runs the examples as their README shows them: each must do well, and say
# last what the README says it says.
set -u
srcdir=${srcdir:-.}
readme=$srcdir/examples/README.md
out=$(mktemp) || exit 99
trap 'rm -f "$out"' EXIT
status=0
count=0

# The commands, each with the last line of its block behind a tab.
commands=$(awk '
	/^    \$ / { command = substr($0, 7); next }
	command != "" && /^    / { last = substr($0, 5); next }
	command != "" { printf "%s\t%s\n", command, last; command = "" }
	END { if (command != "") printf "%s\t%s\n", command, last }' "$readme")
while IFS='	' read -r command last; do
	count=$((count + 1))
	sh -c "$command" >"$out" 2>&1 || {
		echo "FAILED: $command"
		cat "$out"
		status=1
		continue
	}
	[ "$(tail -n 1 "$out")" = "$last" ] || {
		echo "FAILED: $command does not end as in the README: $last"
		cat "$out"
		status=1
	}
done <<END_OF_COMMANDS
$commands
END_OF_COMMANDS
[ $count -eq 7 ] || {
	echo "FAILED: $count commands in the README, not 7"
	status=1
}
exit $status
