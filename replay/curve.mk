# Faults at every size in one pass.
replay_libreplay_a_SOURCES += \
	%D%/bitline.c %D%/bitline.h \
	%D%/curve.c %D%/curve.h \
	%D%/hint-curve.c %D%/hint-curve.h \
	%D%/hint-depth.c %D%/hint-depth.h \
	%D%/lru-depth.c %D%/lru-depth.h \
	%D%/lru-writebacks.c %D%/lru-writebacks.h \
	%D%/opt-depth.c %D%/opt-depth.h %D%/opt-depth-internal.h \
	%D%/opt-line.c %D%/opt-line.h %D%/opt-node.h \
	%D%/opt-numbers.c %D%/opt-numbers.h \
	%D%/opt-run.h %D%/opt-run-plain.c %D%/opt-run-wide.c \
	%D%/partial.c %D%/partial.h %D%/partial-file.c \
	%D%/places.c %D%/places.h %D%/places-use.c \
	%D%/sample.c %D%/sample.h
selfpage_SOURCES += %D%/curve-command.c \
	%D%/curve-check.c %D%/curve-check.h \
	%D%/curve-options.c %D%/curve-options.h \
	%D%/curve-rows.c %D%/curve-rows.h \
	%D%/curve-sample.c %D%/curve-sample.h \
	%D%/curve-sizes.c %D%/curve-sizes.h \
	%D%/curve-windows.c %D%/curve-windows.h

replay_curve_tests = %D%/test/bitline-test %D%/test/curve-test \
	%D%/test/depth-test \
	%D%/test/hint-depth-test %D%/test/hint-depth-small-test \
	%D%/test/sample-test
check_PROGRAMS += $(replay_curve_tests)
TESTS += $(replay_curve_tests) %D%/test/curve-test.sh %D%/test/sample-test.sh
EXTRA_DIST += %D%/test/curve-test.sh %D%/test/sample-test.sh
%C%_test_sample_test_SOURCES = %D%/test/sample-test.c %D%/test/lab.h \
	%D%/test/zipf.h
%C%_test_sample_test_LDADD = $(replay_libs)
%C%_test_curve_test_SOURCES = %D%/test/curve-test.c %D%/test/lab.h
%C%_test_curve_test_LDADD = $(replay_libs)
%C%_test_depth_test_SOURCES = %D%/test/depth-test.c %D%/test/lab.h
%C%_test_depth_test_LDADD = $(replay_libs)
%C%_test_hint_depth_test_SOURCES = %D%/test/hint-depth-test.c
%C%_test_hint_depth_test_LDADD = $(replay_libs)
# the same with lists of runs so short that there are often too many
%C%_test_hint_depth_small_test_SOURCES = %D%/test/hint-depth-test.c \
	%D%/bitline.c %D%/hint-depth.c %D%/places.c %D%/places-use.c \
	base/memory.c
%C%_test_hint_depth_small_test_CPPFLAGS = $(AM_CPPFLAGS) \
	-DPLACES_MANY=12 -DPLACES_FEW=5
%C%_test_hint_depth_small_test_LDADD = $(CMOCKA_LIBS)

EXTRA_PROGRAMS += %D%/test/curve-bench
BENCHES += %D%/test/curve-bench %D%/test/sample-bench.sh
EXTRA_DIST += %D%/test/sample-bench.sh
%C%_test_curve_bench_SOURCES = %D%/test/curve-bench.c %D%/test/zipf.h
%C%_test_curve_bench_LDADD = replay/libreplay.a base/libbase.a -lm
%C%_test_bitline_test_SOURCES = %D%/test/bitline-test.c
%C%_test_bitline_test_LDADD = $(replay_libs)
