#!/bin/sh
# Who may include whom, and that libraries neither print nor exit.
. "${srcdir:-.}/tests/sources.sh"
cd "$srcdir" || exit 99
srcdir=.
status=0

# refuse WHAT PATTERN FILE...: no line of the files may be like PATTERN.
refuse()
{
	what=$1
	pattern=$2
	shift 2
	if grep -nE -e "$pattern" /dev/null "$@"; then
		echo "$what"
		status=1
	fi
}

# Only the tests may cross the borders.
# library FOLDER: its files, without tests and subcommands.
library()
{
	list_files '*.[ch]' | grep "^\./$1/" | grep -v '/test/' |
		grep -v -- '-command\.c$'
}

# shellcheck disable=SC2046
{
	refuse "mm includes what is beyond it" \
		'^#include "(tracer|replay|cli|plots)/' $(library mm)
	refuse "tracer includes what is beyond it" \
		'^#include "(mm|replay|cli|plots)/' $(library tracer)
	refuse "base includes what is beyond it" \
		'^#include "(mm|tracer|replay|cli|plots)/' $(library base)
	refuse "replay includes the command's shell" \
		'^#include "(cli|plots)/' $(library replay)
	refuse "a library prints or exits" \
		'(^|[^a-z_])(printf|puts|putchar|perror|exit|abort) ?\(' \
		$(for folder in base mm tracer replay; do
			library "$folder"
		done)
	sources=$(list_files '*.[ch]')
	if grep -nE '^#include "[^/"]*"' $sources | grep -v '"config\.h"$'; then
		echo "an include is not relative to the top"
		status=1
	fi
}
exit $status
