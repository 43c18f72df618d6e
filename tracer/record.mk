# Recording and importing: parsers into the library, commands into the
# command.
%C%_libtracer_a_SOURCES += \
	%D%/import.c %D%/import.h \
	%D%/import-input.c %D%/import-input.h \
	%D%/import-runs.c %D%/import-runs.h \
	%D%/lackey.c %D%/lackey.h %D%/lackey-impl.h \
	%D%/lackey-maps.c %D%/lackey-maps.h \
	%D%/lackey-talk.c \
	%D%/pagetrace.c %D%/pagetrace.h
selfpage_SOURCES += \
	%D%/import-command.c \
	%D%/record.h \
	%D%/record-command.c \
	%D%/record-find.c %D%/record-find.h \
	%D%/record-lackey.c %D%/record-lackey.h \
	%D%/record-pagetrace.c %D%/record-pagetrace.h \
	%D%/record-program.c %D%/record-program.h \
	%D%/record-ring.c %D%/record-ring.h \
	%D%/record-trace.c %D%/record-trace.h

# Tests.
record_libs = tracer/libtracer.a base/libbase.a $(ZLIB_LIBS) $(LZMA_LIBS) \
	$(ZSTD_LIBS) $(XXHASH_LIBS)

check_PROGRAMS += %D%/test/record-lackey-test %D%/test/import-parse-test \
	%D%/test/import-fuzz
TESTS += %D%/test/record-lackey-test %D%/test/import-parse-test \
	%D%/test/import-fuzz %D%/test/record-test.sh %D%/test/import-test.sh
%C%_test_record_lackey_test_SOURCES = %D%/test/record-lackey-test.c \
	%D%/test/record-sink.h
%C%_test_record_lackey_test_LDADD = $(record_libs) $(CMOCKA_LIBS)
%C%_test_import_parse_test_SOURCES = %D%/test/import-parse-test.c \
	%D%/test/record-sink.h
%C%_test_import_parse_test_LDADD = $(record_libs) $(CMOCKA_LIBS)
%C%_test_import_fuzz_SOURCES = %D%/test/import-fuzz.c %D%/test/record-sink.h
%C%_test_import_fuzz_LDADD = $(record_libs)

EXTRA_PROGRAMS += %D%/test/import-bench
BENCHES += %D%/test/import-bench %D%/test/record-bench.sh
%C%_test_import_bench_LDADD = $(record_libs)
EXTRA_DIST += %D%/test/record-test.sh %D%/test/import-test.sh \
	%D%/test/record-bench.sh
