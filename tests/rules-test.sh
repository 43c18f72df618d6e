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

# stands_on FOLDER [OTHER...]: it includes what is in these folders alone.
stands_on()
{
	others=$(echo "$*" | tr ' ' '|')
	if library "$1" | xargs grep -nE '^#include "[a-z]+/' /dev/null |
		grep -vE ":#include \"($others)/"; then
		echo "$1 includes what is beyond it"
		status=1
	fi
}

stands_on base
stands_on cli
stands_on mm base
# what the Valgrind tool and its recorder say to each other
stands_on tracer base pagetrace
stands_on replay base mm tracer
# which has another licence
stands_on pagetrace
# shellcheck disable=SC2046
{
	refuse "the Valgrind tool's own headers are included elsewhere" \
		'^#include "pagetrace/(tool|system)' \
		$(list_files '*.[ch]' | grep -v '^\./pagetrace/')
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
