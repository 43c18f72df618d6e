#!/bin/sh
# Every policy on small traces of several kinds, side by side with opt: none
# has fewer faults than opt, or than there are pages; the pager's invariants
# hold at the end; and counts are the same when it is done again.
. "${srcdir:-.}/tests/common.sh"

policies=$("$selfpage" policies --format csv | sed -e 1d -e 's/,.*//' |
	paste -sd , -)
case ,$policies, in
*,opt,*) ;;
*) echo "no list of policies: $policies"; exit 1 ;;
esac

# trace KIND: pages, one a line, some written.
trace()
{
	awk -v kind="$1" 'BEGIN {
		srand(7)
		for (i = 0; i < 20000; i++) {
			hot = int(rand() * rand() * 60)
			if (kind == "loop")
				page = rand() < .2 ? hot : i % 150
			else if (kind == "scan")
				page = rand() < .5 ? hot \
					: 100 + int(i / 7) % 900
			else
				page = hot + 100 * (int(i / 2500) % 3)
			print page, rand() < .3 ? "w" : "r"
		}
	}'
}

for kind in loop scan phases; do
	trace $kind >"$kind.pages"
	run 0 import --quiet --from pages "$kind.pages" -o "$kind.spt"
	for rows in first second; do
		run 0 replay "$kind.spt" --policy "$policies" \
			--frames 1,2,7,30,50%,100% --check --format csv
		column policy frames faults pages writebacks tau >"$rows"
	done
	diff first second || failed "$kind: other counts the second time"
	awk -F , -v kind=$kind '
		$1 == "opt" { opt[$2] = $3 }
		NR == FNR { next }
		$3 < opt[$2] && $6 == "" {
			print kind ": better than opt: " $0; bad = 1
		}
		$3 < $4 { print kind ": fewer faults than pages: " $0; bad = 1 }
		END { exit bad || FNR < 30 }' first first || failed "$kind"
done
echo "$policies: held against opt"
finish
