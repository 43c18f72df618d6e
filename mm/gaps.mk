# The tree of gaps, and what is built on it: sources, tests, benchmark.
%C%_libmm_a_SOURCES += %D%/gaps.c %D%/gaps.h

gaps_tests = \
	%D%/test/as-fuzz \
	%D%/test/gaps-fuzz \
	%D%/test/gaps-test
check_PROGRAMS += $(gaps_tests)
TESTS += $(gaps_tests)
FUZZES += %D%/test/as-fuzz=10000000 %D%/test/gaps-fuzz=10000000
%C%_test_as_fuzz_LDADD = %D%/libmm.a base/libbase.a
%C%_test_gaps_fuzz_LDADD = %D%/libmm.a
%C%_test_gaps_test_LDADD = %D%/libmm.a $(CMOCKA_LIBS)

EXTRA_PROGRAMS += %D%/test/gaps-bench
BENCHES += %D%/test/gaps-bench
%C%_test_gaps_bench_LDADD = %D%/libmm.a base/libbase.a -lm
