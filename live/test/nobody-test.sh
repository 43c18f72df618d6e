#!/bin/sh
# Without any rights: sort under the pager as the user nobody, from a copy, as
# the tree may lie in a folder that is closed to others.
set -u
if [ "$(id -u)" != 0 ] || ! command -v setpriv >/dev/null; then
	echo "skipped: only root, with setpriv, becomes nobody"
	exit 77
fi
source=$(cd "${srcdir:-.}" && pwd)
selfpage=$(realpath "${SELFPAGE:-./selfpage}")
folder=$(mktemp -d /tmp/selfpage-nobody-XXXXXX) || exit 99
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/live/test" "$folder/workloads"
cp "$selfpage" "$folder/selfpage"
cp "$(dirname "$selfpage")/live/libselfpage-run.so" "$folder/live"
cp "$source"/live/test/programs.sh "$source"/live/test/threads.py \
	"$folder/live/test"
cp "$source/workloads/generate.py" "$folder/workloads"
chown -R nobody "$folder"
SELFPAGE=$folder/selfpage srcdir=$folder TMPDIR=$folder \
	setpriv --reuid=nobody --regid=nogroup --clear-groups \
	sh "$folder/live/test/programs.sh" --frames '33%' --policies sfifo \
	sort python3
