# What the replay stands on: counters, histograms, next uses, hint files.
replay_libreplay_a_SOURCES += \
	%D%/counter.c %D%/counter.h \
	%D%/counter-pmu.c %D%/counter-pmu.h \
	%D%/counter-system.c \
	%D%/hints.c %D%/hints.h \
	%D%/histogram.c %D%/histogram.h \
	%D%/nextuse.c %D%/nextuse.h

replay_parts_tests = %D%/test/counter-test %D%/test/hints-fuzz \
	%D%/test/hints-test %D%/test/histogram-test \
	%D%/test/naive-test %D%/test/nextuse-test \
	%D%/test/nextuse-trace-test
replay_parts_libs = replay/libreplay.a base/libbase.a $(CMOCKA_LIBS)
check_PROGRAMS += $(replay_parts_tests)
TESTS += $(replay_parts_tests)
%C%_test_counter_test_SOURCES = %D%/test/counter-test.c
%C%_test_counter_test_LDADD = replay/libreplay.a tracer/libtracer.a \
	base/libbase.a $(CMOCKA_LIBS) $(PFM_LIBS)
FUZZES += %D%/test/hints-fuzz=1000000
%C%_test_hints_fuzz_SOURCES = %D%/test/hints-fuzz.c
%C%_test_hints_fuzz_LDADD = replay/libreplay.a base/libbase.a
%C%_test_hints_test_SOURCES = %D%/test/hints-test.c
%C%_test_hints_test_LDADD = $(replay_parts_libs)
%C%_test_histogram_test_SOURCES = %D%/test/histogram-test.c
%C%_test_histogram_test_LDADD = $(replay_parts_libs) -lm
%C%_test_naive_test_SOURCES = %D%/test/naive-test.c %D%/test/naive.h \
	%D%/test/lru-control.h %D%/test/zipf.h
%C%_test_naive_test_LDADD = $(CMOCKA_LIBS) -lm
%C%_test_nextuse_test_SOURCES = %D%/test/nextuse-test.c %D%/test/fake-trace.h
%C%_test_nextuse_test_LDADD = $(replay_parts_libs)
%C%_test_nextuse_trace_test_SOURCES = %D%/test/nextuse-trace-test.c
%C%_test_nextuse_trace_test_LDADD = replay/libreplay.a tracer/libtracer.a \
	base/libbase.a $(CMOCKA_LIBS) $(ZSTD_LIBS) $(XXHASH_LIBS)

EXTRA_PROGRAMS += %D%/test/nextuse-bench
BENCHES += %D%/test/nextuse-bench
%C%_test_nextuse_bench_SOURCES = %D%/test/nextuse-bench.c \
	%D%/test/fake-trace.h %D%/test/zipf.h
%C%_test_nextuse_bench_LDADD = replay/libreplay.a base/libbase.a -lm
