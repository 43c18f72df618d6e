# Tests of live memory.
mm_live_tests = %D%/test/live-fuzz
check_PROGRAMS += $(mm_live_tests)
TESTS += $(mm_live_tests)
FUZZES += %D%/test/live-fuzz=200000
%C%_test_live_fuzz_SOURCES = %D%/test/live-fuzz.c %D%/test/live-world.h
%C%_test_live_fuzz_LDADD = $(mm_test_libs) -lpthread
