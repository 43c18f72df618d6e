#!/bin/sh
# The bound on a replay's memory, on a trace small enough for `make check` and
# with a quarter of the constant part.  Sanitizers have memory of their own.
set -u
selfpage=${SELFPAGE:-./selfpage}
if grep -q __asan_init "$selfpage"; then
	echo "skipped: AddressSanitizer takes memory of its own"
	exit 77
fi
exec "${srcdir:-.}/replay/test/memory-bench.sh" 1M 500k 10%,60%,100% 32
