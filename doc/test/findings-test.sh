#!/bin/sh
# What doc/findings.md says stands in the published set: each of its comments
#
#	<!-- rows.csv: COLUMN=VALUE ... -->	(or tune.csv)
#
# is a row of that file that has all of these values.
set -u
findings=${srcdir:-.}/doc/findings.md
set=${srcdir:-.}/results/suite
status=0
count=0
found=$(mktemp) || exit 99
trap 'rm -f "$found"' EXIT

# Prints what of FILE's comments no row has, and how many comments there are.
check()
{
	awk -v name="$1" '
		FNR == NR {
			if (!match($0, "^<!-- " name ": "))
				next
			said = substr($0, RLENGTH + 1)
			sub(/ -->$/, "", said)
			claims[++count] = said
			next
		}
		FNR == 1 {
			for (i = 1; i <= NF; i++)
				column[$i] = i
			next
		}
		{
			for (c = 1; c <= count; c++) {
				if (c in backed)
					continue
				words = split(claims[c], word, " ")
				for (w = 1; w <= words; w++) {
					at = index(word[w], "=")
					key = substr(word[w], 1, at - 1)
					if (!(key in column) || $column[key] \
						!= substr(word[w], at + 1))
						break
				}
				if (w > words)
					backed[c]
			}
		}
		END {
			for (c = 1; c <= count; c++)
				if (!(c in backed))
					print "no row of " name " has " claims[c]
			print count + 0
		}' "$findings" FS=, "$set/$1"
}

for file in rows.csv tune.csv; do
	[ -f "$set/$file" ] || continue
	check $file >"$found" || exit 1
	count=$((count + $(tail -n 1 "$found")))
	sed '$d' "$found"
	[ "$(wc -l <"$found")" -eq 1 ] || status=1
done
if [ $count -lt 20 ]; then
	echo "only $count comments with rows in $findings"
	status=1
fi
exit $status
