# What the replay stands on: counters, histograms, next uses, hint files.
replay_libreplay_a_SOURCES += \
	%D%/counter.h \
	%D%/nextuse.c %D%/nextuse.h

check_PROGRAMS += %D%/test/nextuse-test
TESTS += %D%/test/nextuse-test
%C%_test_nextuse_test_SOURCES = %D%/test/nextuse-test.c %D%/test/fake-trace.h
%C%_test_nextuse_test_LDADD = replay/libreplay.a base/libbase.a $(CMOCKA_LIBS)

EXTRA_PROGRAMS += %D%/test/nextuse-bench
BENCHES += %D%/test/nextuse-bench
%C%_test_nextuse_bench_SOURCES = %D%/test/nextuse-bench.c \
	%D%/test/fake-trace.h %D%/test/zipf.h
%C%_test_nextuse_bench_LDADD = replay/libreplay.a base/libbase.a -lm
