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
mkdir -p "$folder/.libs" "$folder/live/test" "$folder/workloads"
cp "$selfpage" "$folder/selfpage"
cp "$(dirname "$selfpage")"/live/.libs/libselfpage-run.so* "$folder/.libs"
cp "$source"/live/test/programs.sh "$source"/live/test/threads.py \
	"$folder/live/test"
cp "$source/workloads/generate.py" "$folder/workloads"
chown -R nobody "$folder"
SELFPAGE=$folder/selfpage srcdir=$folder TMPDIR=$folder \
	setpriv --reuid=nobody --regid=nogroup --clear-groups \
	sh "$folder/live/test/programs.sh" --frames '50% 20%' sort python3
