# Recording: the parser into the library, the command into the command.
%C%_libtracer_a_SOURCES += \
	%D%/lackey.c %D%/lackey.h %D%/lackey-impl.h \
	%D%/lackey-maps.c %D%/lackey-maps.h \
	%D%/lackey-talk.c \
	%D%/pagetrace.c %D%/pagetrace.h \
	%D%/perf-events.c %D%/perf-events.h \
	%D%/perf-ring.c %D%/perf-ring.h
selfpage_SOURCES += \
	%D%/record.c %D%/record.h \
	%D%/record-command.c \
	%D%/record-find.c %D%/record-find.h \
	%D%/record-lackey.c %D%/record-lackey.h \
	%D%/record-pagetrace.c %D%/record-pagetrace.h \
	%D%/record-perf.c %D%/record-perf.h \
	%D%/record-program.c %D%/record-program.h \
	%D%/record-ring.c %D%/record-ring.h \
	%D%/record-trace.c %D%/record-trace.h

# Tests.
record_libs = tracer/libtracer.a base/libbase.a $(ZLIB_LIBS) $(LZMA_LIBS) \
	$(ZSTD_LIBS) $(XXHASH_LIBS)

check_PROGRAMS += %D%/test/record-lackey-test %D%/test/perf-test
TESTS += %D%/test/perf-test %D%/test/record-perf-test.sh
EXTRA_DIST += %D%/test/record-perf-test.sh
%C%_test_perf_test_LDADD = $(record_libs) $(CMOCKA_LIBS) $(PFM_LIBS)
TESTS += %D%/test/record-lackey-test %D%/test/record-test.sh
%C%_test_record_lackey_test_SOURCES = %D%/test/record-lackey-test.c \
	%D%/test/record-sink.h
%C%_test_record_lackey_test_LDADD = $(record_libs) $(CMOCKA_LIBS)

check_PROGRAMS += %D%/test/pagetrace-fuzz
TESTS += %D%/test/pagetrace-fuzz
FUZZES += %D%/test/pagetrace-fuzz=100000
%C%_test_pagetrace_fuzz_LDADD = $(record_libs)

BENCHES += %D%/test/record-bench.sh
EXTRA_DIST += %D%/test/record-test.sh %D%/test/record-bench.sh
