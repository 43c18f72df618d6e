#!/bin/sh
# The tests of live memory once more, as a user who may do nothing special.
set -u
[ "$(id -u)" -eq 0 ] || {
	echo "not root: all the tests run without privileges already"
	exit 77
}
command -v setpriv >/dev/null || {
	echo "no setpriv: nobody can be made of root"
	exit 77
}
folder=$(mktemp -d) || exit 99
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
status=0

for test in live-test live-failure-test live-fuzz live-threads-test; do
	# of libtool's making it would be a script; and the build's folder may
	# be closed to others
	cp "mm/test/$test" "$folder/$test" || exit 99
	(cd "$folder" && setpriv --reuid=nobody --regid=nogroup \
		--clear-groups "./$test") >"$folder/out" 2>&1 || {
		cat "$folder/out"
		echo "FAILED: $test as nobody"
		status=1
	}
done
exit $status
