noinst_LIBRARIES += %D%/libtracer.a
%C%_libtracer_a_SOURCES = \
	%D%/alias.c %D%/alias.h \
	%D%/codec.c %D%/codec.h \
	%D%/file.c %D%/file.h \
	%D%/format.c %D%/format.h \
	%D%/generate.c %D%/generate.h \
	%D%/opening.c \
	%D%/pageset.c %D%/pageset.h \
	%D%/random.h \
	%D%/reader.c %D%/reader.h \
	%D%/trace.h \
	%D%/varint.h \
	%D%/writer.c

include tracer/record.mk

# Tests.
tracer_sample = %D%/test/sample.c %D%/test/sample.h
tracer_libs = tracer/libtracer.a base/libbase.a $(ZSTD_LIBS) $(XXHASH_LIBS)

check_PROGRAMS += %D%/test/trace-test
TESTS += %D%/test/trace-test
%C%_test_trace_test_SOURCES = %D%/test/trace-test.c $(tracer_sample)
%C%_test_trace_test_LDADD = $(tracer_libs) $(CMOCKA_LIBS)

EXTRA_PROGRAMS += %D%/test/trace-bench
BENCHES += %D%/test/trace-bench
%C%_test_trace_bench_LDADD = $(tracer_libs) -lm
