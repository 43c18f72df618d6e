#!/bin/sh
# What doc/findings.md says is so by the rows of the published set.
set -u
srcdir=${srcdir:-.}
check=$srcdir/doc/test/findings.py
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT

python3 "$check" "$srcdir/doc/findings.md" "$srcdir/results/suite" || exit 1

# It finds what is not so: in the text, in both tables and in a comment.
for wrong in 's/\([0-9]\),\([0-9]* faults, where LRU\)/\1,1\2/' \
	's/^| awk | /&1/' 's/^| s3-fifo | /&1/' \
	's/^mean(.random., 80[^=]*== /&1/'; do
	sed "$wrong" "$srcdir/doc/findings.md" >"$scratch/wrong.md"
	if cmp -s "$srcdir/doc/findings.md" "$scratch/wrong.md"; then
		echo "nothing to change by $wrong"
		exit 1
	fi
	if python3 "$check" "$scratch/wrong.md" "$srcdir/results/suite" \
		>"$scratch/found"; then
		echo "not found: $wrong"
		exit 1
	fi
done
