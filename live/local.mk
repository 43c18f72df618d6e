# Real programs under the pager: the library that is loaded into them, and the
# command.
#
# The library is one file, made by no libtool: it is found beside the command,
# and never linked with.  It has the pager's objects in it, with none of their
# names to be seen, and no sanitizer, whatever the rest is built with: it is
# loaded into programs that have none.
runlibdir = $(pkglibdir)
runlib_PROGRAMS = %D%/libselfpage-run.so
%C%_libselfpage_run_so_SOURCES = \
	%D%/backing.c %D%/backing.h \
	%D%/bounce.c %D%/bounce.h \
	%D%/caller.c %D%/caller.h \
	%D%/copy.c %D%/copy.h \
	%D%/descriptors.c %D%/descriptors.h \
	%D%/faults.c %D%/faults.h \
	%D%/figures.h \
	%D%/front-message.c \
	%D%/front-process.c \
	%D%/front-special.c \
	%D%/front-table.c %D%/front-table.h \
	%D%/front.c %D%/front.h \
	%D%/gate.c %D%/gate.h \
	%D%/heap.c %D%/heap.h \
	%D%/live.h \
	%D%/malloc.c \
	%D%/map-calls.c \
	%D%/maps.c %D%/maps.h \
	%D%/marks.c %D%/marks.h \
	%D%/names.c %D%/names.h \
	%D%/process.c %D%/process.h \
	%D%/ranges.c %D%/ranges.h \
	%D%/settings.h \
	%D%/signals.c %D%/signals.h \
	%D%/start.c \
	%D%/symbols.c %D%/symbols.h \
	replay/hinting.c replay/hints.c \
	$(mm_libmm_a_SOURCES) $(base_libbase_a_SOURCES)
%C%_libselfpage_run_so_CFLAGS = $(AM_CFLAGS) -fno-sanitize=all \
	-fPIC -fvisibility=hidden -ftls-model=initial-exec
%C%_libselfpage_run_so_LINK = $(CC) $(CFLAGS) -shared -fno-sanitize=all \
	-static-libgcc \
	-Wl,-z,defs,-z,now -Wl,--wrap=getpid -Wl,--wrap=pthread_atfork \
	-Wl,--wrap=pthread_key_create \
	-Wl,--version-script=$(srcdir)/%D%/run.map -o $@
%C%_libselfpage_run_so_LDADD = -lpthread
%C%_libselfpage_run_so_DEPENDENCIES = $(srcdir)/%D%/run.map
selfpage_SOURCES += \
	%D%/program-check.c %D%/program-check.h \
	%D%/run-command.c \
	%D%/run-rows.c %D%/run-rows.h \
	%D%/run-settings.c %D%/run-settings.h \
	%D%/watch.c %D%/watch.h

EXTRA_DIST += %D%/run.map %D%/README.md

include live/kernel.mk
include live/programs.mk
include live/log.mk

# Tests.
live_tests = %D%/test/heap-fuzz %D%/test/ranges-fuzz
check_PROGRAMS += $(live_tests)
TESTS += $(live_tests)
FUZZES += %D%/test/heap-fuzz=5000000 %D%/test/ranges-fuzz=3000000
%C%_test_heap_fuzz_SOURCES = %D%/test/heap-fuzz.c %D%/heap.c %D%/heap.h
%C%_test_heap_fuzz_LDADD = mm/libmm.a base/libbase.a
%C%_test_ranges_fuzz_SOURCES = \
	%D%/test/ranges-fuzz.c %D%/ranges.c %D%/ranges.h

# What is run paged: no sanitizer's runtime beside it.
check_PROGRAMS += %D%/test/calls
%C%_test_calls_CFLAGS = -std=gnu17 -Wall -Wextra -fno-sanitize=all
%C%_test_calls_LDFLAGS =
%C%_test_calls_LDADD = -lpthread
TESTS += %D%/test/run-test.sh
EXTRA_DIST += %D%/test/run-test.sh
