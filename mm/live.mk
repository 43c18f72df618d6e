# Tests of live memory.
mm_live_tests = \
	%D%/test/live-failure-test \
	%D%/test/live-fuzz \
	%D%/test/live-test \
	%D%/test/live-threads-test
check_PROGRAMS += $(mm_live_tests)
TESTS += $(mm_live_tests)
FUZZES += %D%/test/live-fuzz=200000
%C%_test_live_fuzz_SOURCES = %D%/test/live-fuzz.c %D%/test/live-world.h
%C%_test_live_fuzz_LDADD = $(mm_test_libs) -lpthread
%C%_test_live_test_SOURCES = %D%/test/live-test.c \
	%D%/test/live-case.h %D%/test/live-world.h
%C%_test_live_test_LDADD = $(mm_test_libs) $(CMOCKA_LIBS) -lpthread
%C%_test_live_failure_test_SOURCES = %D%/test/live-failure-test.c \
	%D%/test/live-case.h %D%/test/live-world.h
%C%_test_live_failure_test_LDADD = $(mm_test_libs) $(CMOCKA_LIBS) -lpthread
%C%_test_live_failure_test_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=ioctl,--wrap=mmap
live_scripts = %D%/test/live-nobody-test.sh
TESTS += $(live_scripts)
EXTRA_DIST += $(live_scripts)
%D%/test/live-nobody-test.log: $(mm_live_tests)
SOAKS += %D%/test/live-threads-test
%C%_test_live_threads_test_SOURCES = \
	%D%/test/live-threads-test.c %D%/test/live-world.h
%C%_test_live_threads_test_LDADD = $(mm_test_libs) -lpthread

EXTRA_PROGRAMS += %D%/test/live-bench
BENCHES += %D%/test/live-bench
%C%_test_live_bench_LDADD = $(mm_test_libs) -lpthread
# What a fault costs, beside the system's own.
bench-live:
	@$(MAKE) $(AM_MAKEFLAGS) bench BENCHES=%D%/test/live-bench
.PHONY: bench-live

EXTRA_PROGRAMS += %D%/test/batch-bench
BENCHES += %D%/test/batch-bench
%C%_test_batch_bench_LDADD = $(mm_test_libs) -lpthread
