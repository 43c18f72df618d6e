noinst_LIBRARIES += %D%/libtracer.a
%C%_libtracer_a_SOURCES = \
	%D%/alias.c %D%/alias.h \
	%D%/block.c %D%/block.h \
	%D%/block-walk.c %D%/block-walk.h \
	%D%/checksum.c \
	%D%/codec.c %D%/codec.h \
	%D%/format.c %D%/format-1.c %D%/format.h \
	%D%/generate.c %D%/generate.h \
	%D%/only.c %D%/only.h \
	%D%/opening.c \
	%D%/packer.c %D%/packer.h \
	%D%/pageset.c %D%/pageset.h \
	%D%/random.h \
	%D%/reader.c %D%/reader.h \
	%D%/reduce.c %D%/reduce.h \
	%D%/reduction.c %D%/reduction.h \
	%D%/region.c \
	%D%/run.h \
	%D%/sad.c %D%/sad.h \
	%D%/trace.h \
	%D%/varint.h \
	%D%/window.c %D%/window.h \
	%D%/writer.c

selfpage_SOURCES += \
	%D%/dump-command.c \
	%D%/generate-command.c \
	%D%/reduce-command.c

include tracer/record.mk
include tracer/import.mk

# Tests.
tracer_sample = %D%/test/sample.c %D%/test/sample.h
tracer_libs = tracer/libtracer.a base/libbase.a $(ZSTD_LIBS) $(XXHASH_LIBS)

check_PROGRAMS += \
	%D%/test/flat-test \
	%D%/test/generate-test \
	%D%/test/sad-test \
	%D%/test/trace-fuzz \
	%D%/test/only-test %D%/test/trace-test
TESTS += \
	%D%/test/commands-test.sh \
	%D%/test/flat-test \
	%D%/test/generate-test \
	%D%/test/reduce-test.sh \
	%D%/test/sad-test \
	%D%/test/trace-fuzz \
	%D%/test/only-test %D%/test/trace-test
EXTRA_DIST += %D%/README.md %D%/test/commands-test.sh \
	%D%/test/reduce-test.sh \
	%D%/test/data/version-1.dump %D%/test/data/version-1.spt \
	%D%/test/data/version-2.dump %D%/test/data/version-2.spt \
	doc/trace-format.md
%C%_test_flat_test_LDADD = $(tracer_libs)
%C%_test_generate_test_LDADD = $(tracer_libs) $(CMOCKA_LIBS) -lm
%C%_test_sad_test_LDADD = $(tracer_libs) $(CMOCKA_LIBS)
FUZZES += %D%/test/trace-fuzz=20000
%C%_test_trace_fuzz_SOURCES = %D%/test/trace-fuzz.c $(tracer_sample)
%C%_test_trace_fuzz_LDADD = $(tracer_libs)
%C%_test_only_test_LDADD = $(tracer_libs) $(CMOCKA_LIBS)
%C%_test_trace_test_SOURCES = %D%/test/trace-test.c $(tracer_sample)
%C%_test_trace_test_LDADD = $(tracer_libs) $(CMOCKA_LIBS)

EXTRA_PROGRAMS += %D%/test/trace-bench
BENCHES += %D%/test/trace-bench %D%/test/reduce-bench.sh
EXTRA_DIST += %D%/test/reduce-bench.sh
%C%_test_trace_bench_LDADD = $(tracer_libs) -lm
