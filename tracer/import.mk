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

# Whatever comes from outside, as functions of bytes.  Driven by changes of
# seeds in make check and make fuzz; by libFuzzer in make fuzz-inputs, each for
# INPUT_SECONDS: `make fuzz-inputs INPUT_SECONDS=3600`.
harness_sources = %D%/test/input-harness.c %D%/test/input-harness.h \
	%D%/test/harness-import.c %D%/test/harness-input.c \
	%D%/test/harness-perf.c %D%/test/harness-trace.c \
	$(tracer_sample)
check_PROGRAMS += %D%/test/input-fuzz
TESTS += %D%/test/input-fuzz
FUZZES += %D%/test/input-fuzz=2000000
%C%_test_input_fuzz_SOURCES = %D%/test/input-fuzz.c $(harness_sources)
%C%_test_input_fuzz_LDADD = $(import_libs) $(PFM_LIBS)
EXTRA_DIST += %D%/test/fuzz-inputs.sh %D%/test/input-libfuzzer.c

INPUT_SECONDS = 60
fuzz-inputs: tracer/test/input-fuzz
	@CLANG='$(CLANG)' \
	CPPFLAGS='$(DEFS) $(DEFAULT_INCLUDES) $(AM_CPPFLAGS)' \
	LIBS='$(import_libs) $(PFM_LIBS) $(LIBS)' \
	SOURCES='$(tracer_libtracer_a_SOURCES) $(base_libbase_a_SOURCES) \
		$(harness_sources)' \
	srcdir='$(srcdir)' \
	sh $(srcdir)/tracer/test/fuzz-inputs.sh $(INPUT_SECONDS)
.PHONY: fuzz-inputs
# Not by clean: what was learnt took its time.
distclean-local:
	rm -rf fuzz-inputs

EXTRA_PROGRAMS += %D%/test/import-bench
BENCHES += %D%/test/import-bench
%C%_test_import_bench_LDADD = $(import_libs)
EXTRA_DIST += %D%/test/import-test.sh %D%/test/formats-test.sh
