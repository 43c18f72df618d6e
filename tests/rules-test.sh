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

# The subcommands' sources, which are no library's: those that the local.mk
# append to selfpage_SOURCES.
commands=$(for fragment in $(list_files '*.mk'); do
	sed -e ':join' -e '/\\$/{N;s/\\\n//;b join' -e '}' "$fragment" |
		sed -n 's/^selfpage_SOURCES *+= *//p' | tr -s ' \t' '\n' |
		sed -n "s|^%D%|$(dirname "$fragment")|p"
done)
[ -n "$commands" ] || { echo "no local.mk names a subcommand"; exit 1; }

# library FOLDER: its files but for subcommands and tests, which may cross
# the borders.
library()
{
	list_files '*.[ch]' | grep "^\./$1/" | grep -v '/test/' |
		grep -vxF "$commands"
}

# shellcheck disable=SC2046
{
	refuse "mm includes what is beyond it" \
		'^#include "(tracer|replay|cli|plots|report)/' $(library mm)
	refuse "tracer includes what is beyond it" \
		'^#include "(mm|replay|cli|plots|report)/' $(library tracer)
	refuse "the Valgrind tool includes what is not its licence's" \
		'^#include "(base|mm|tracer|replay|cli|plots|report)/' \
		$(library pagetrace)
	refuse "the Valgrind tool's own headers are included elsewhere" \
		'^#include "pagetrace/(tool|system)' \
		$(list_files '*.[ch]' | grep -v '^\./pagetrace/')
	refuse "base includes what is beyond it" \
		'^#include "(mm|tracer|replay|cli|plots|report)/' $(library base)
	refuse "replay includes the command's shell" \
		'^#include "(cli|plots|report)/' $(library replay)
	# a process whose memory can't be served any more is ended in words
	refuse "a library prints or exits" \
		'(^|[^a-z_])(printf|puts|putchar|perror|exit|abort) ?\(' \
		$(for folder in base mm tracer replay; do
			library "$folder"
		done | grep -v '/live-signal\.c$')
	sources=$(list_files '*.[ch]')
	if grep -nE '^#include "[^/"]*"' $sources | grep -v '"config\.h"$'; then
		echo "an include is not relative to the top"
		status=1
	fi
}
exit $status
