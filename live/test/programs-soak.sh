#!/bin/sh
# Real programs under the pager for $2 seconds: see programs.sh.
exec sh "${srcdir:-.}/live/test/programs.sh" --seconds "${2:-60}" \
	--frames '75% 50% 33% 20%' \
	--policies 'fifo sfifo clock sieve car linux mglru random'
