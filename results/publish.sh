#!/bin/sh
# publish.sh SET FOLDER: what of a suite's result set is published, without
# what is this machine's alone.
#
# Left out: traces, curves of every size, and what bench-suite notes for
# itself (all of it is there again after `sh how`); figures but the ones that
# are named here.
set -eu
set=${1:?a result set} folder=${2:?a folder to put it}
figures='overview policies-25 policies-50 hints-25 hints-50
	matrix-rows-B-faults player-B-map sqlite3-scan-B-faults'

mkdir -p "$folder/figures" "$folder/hints"
cp "$set/rows.csv" "$set/tune.csv" "$folder"
cp "$set"/hints/*.hints "$folder/hints"
for figure in $figures; do
	for file in "$set/figures/$figure.png" \
		"$set/figures/$(echo "$figure" | sed s/-B-map/-A-map/).png"; do
		[ ! -f "$file" ] || cp "$file" "$folder/figures"
	done
done
# Folders are the machine's; a suite's commands do not depend on them.
for file in manifest.json how report.html; do
	sed -e "s|$(realpath "$set")/||g" -e "s|$set/||g" \
		-e 's|"folder":\(	*\)"[^"]*"|"folder":\1"."|' \
		-e "s|^cd .*|cd .|" "$set/$file" >"$folder/$file"
done
chmod +x "$folder/how"
