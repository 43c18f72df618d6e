#!/bin/sh
# Real programs under the pager, so many as a test has time for: see
# programs.sh.
set -u
programs=${srcdir:-.}/live/test/programs.sh
sh "$programs" --frames '50% 20%' --policies sfifo || exit
exec sh "$programs" --size tiny --frames '1 3' --policies 'fifo clock' \
	sort sqlite3
