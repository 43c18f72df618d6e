# Importing and exporting: parsers into the library, one file a format;
# commands into the command.
%C%_libtracer_a_SOURCES += \
	%D%/export.c %D%/export.h \
	%D%/import.c %D%/import.h \
	%D%/import-address.c \
	%D%/import-arc.c \
	%D%/import-blkparse.c \
	%D%/import-csv.c \
	%D%/import-drmemtrace.c \
	%D%/import-input.c %D%/import-input.h \
	%D%/import-lackey.c \
	%D%/import-line.h \
	%D%/import-lirs.c \
	%D%/import-oracle.c \
	%D%/import-pages.c \
	%D%/import-parser.h \
	%D%/import-perf.c \
	%D%/import-runs.c %D%/import-runs.h \
	%D%/oracle.h \
	%D%/pmu-event.c %D%/pmu-event.h
selfpage_SOURCES += \
	%D%/export-command.c \
	%D%/import-command.c

# Tests.
import_libs = tracer/libtracer.a base/libbase.a $(ZLIB_LIBS) $(LZMA_LIBS) \
	$(ZSTD_LIBS) $(XXHASH_LIBS)

check_PROGRAMS += %D%/test/import-parse-test %D%/test/import-fuzz
TESTS += %D%/test/import-parse-test %D%/test/import-fuzz \
	%D%/test/import-test.sh %D%/test/formats-test.sh
%C%_test_import_parse_test_SOURCES = %D%/test/import-parse-test.c \
	%D%/test/record-sink.h
%C%_test_import_parse_test_LDADD = $(import_libs) $(CMOCKA_LIBS)
FUZZES += %D%/test/import-fuzz=200000
%C%_test_import_fuzz_SOURCES = %D%/test/import-fuzz.c %D%/test/record-sink.h
%C%_test_import_fuzz_LDADD = $(import_libs)

EXTRA_PROGRAMS += %D%/test/import-bench
BENCHES += %D%/test/import-bench
%C%_test_import_bench_LDADD = $(import_libs)
EXTRA_DIST += %D%/test/import-test.sh %D%/test/formats-test.sh
