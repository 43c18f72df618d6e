#!/bin/sh
# Every package that configure names as missing is one that bootstrap
# installs.
. "${srcdir:-.}/tests/sources.sh"

installed=$("$srcdir/bootstrap" --list | awk '{ print $1 }' | tr '|' '\n')
named=$(sed -nE -e 's/.*SELFPAGE_(NEED|WISH)\(\[([^]$]+)\].*/\2/p' \
	-e 's/.*apt-get install ([a-z][a-z0-9 -]*)\].*/\1/p' \
	"$srcdir/configure.ac" | tr ' ' '\n' | sort -u)
[ "$(echo "$named" | wc -l)" -ge 8 ] || {
	echo "found too few packages in configure.ac:" $named
	exit 1
}
status=0
for package in $named; do
	echo "$installed" | grep -qxF "$package" || {
		echo "configure names $package, bootstrap does not install it"
		status=1
	}
done
exit $status
