#!/bin/sh
# Every C file looks as clang-format makes it look.
. "${srcdir:-.}/tests/sources.sh"

# Versions differ in details, so that the layout is of one version.
version=14
for name in clang-format-$version clang-format; do
	$name --version 2>/dev/null | grep -q "version $version\\." &&
		format=$name && break
done
if [ -z "${format-}" ]; then
	echo "skipped: there is no clang-format $version"
	exit 77
fi
files=$(list_files '*.c' '*.h')
[ -n "$files" ] || { echo "no files found"; exit 1; }
status=0
for file in $files; do
	$format --style=file --dry-run -Werror "$file" >/dev/null 2>&1 &&
		continue
	echo "not in the layout; mend it with: $format -i $file"
	status=1
done
exit $status
