# The replay engine and its command.
noinst_LIBRARIES += %D%/libreplay.a
%C%_libreplay_a_SOURCES = \
	%D%/exact.c %D%/exact.h \
	%D%/hinting.c %D%/hinting.h \
	%D%/kept-block.c %D%/kept-block.h \
	%D%/log-reader.c %D%/log-reader.h \
	%D%/measure.c %D%/measure.h \
	%D%/page-index.c %D%/page-index.h \
	%D%/pass.c %D%/pass.h \
	%D%/each-block.c %D%/each-block.h \
	%D%/page-time.c %D%/page-time.h \
	%D%/region-pages.c %D%/region-pages.h \
	%D%/phases.c %D%/phases.h \
	%D%/phase-windows.c %D%/phase-windows.h \
	%D%/regions.c %D%/regions.h \
	%D%/replay.c %D%/replay.h \
	%D%/rss.c %D%/rss.h \
	%D%/space.c %D%/space.h \
	%D%/verify.c %D%/verify.h \
	%D%/verify-text.c %D%/verify-text.h \
	%D%/verify-world.c %D%/verify-world.h
selfpage_SOURCES += %D%/costs.c %D%/costs.h \
	%D%/costs-command.c \
	%D%/distribution.c %D%/distribution.h \
	%D%/info-command.c \
	%D%/info-regions.c %D%/info-regions.h \
	%D%/only-option.c %D%/only-option.h \
	%D%/policies-command.c \
	%D%/policy-spec.c %D%/policy-spec.h \
	%D%/replay-command.c \
	%D%/replay-rows.c %D%/replay-rows.h \
	%D%/replay-study.h %D%/replay-trace.c \
	%D%/residency.c %D%/residency.h \
	%D%/verify-command.c %D%/verify-command.h
include replay/parts.mk

EXTRA_PROGRAMS += %D%/test/replay-bench
BENCHES += %D%/test/replay-bench
%C%_test_replay_bench_SOURCES = %D%/test/replay-bench.c \
	%D%/test/lru-control.h %D%/test/zipf.h
%C%_test_replay_bench_LDADD = replay/libreplay.a tracer/libtracer.a \
	mm/libmm.a base/libbase.a $(ZSTD_LIBS) $(XXHASH_LIBS) $(PFM_LIBS) -lm
include replay/test.mk
include replay/curve.mk
include replay/tune.mk
include replay/variable.mk
