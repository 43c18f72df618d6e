# Tests of the replay engine and its command.
replay_libs = replay/libreplay.a tracer/libtracer.a mm/libmm.a base/libbase.a \
	$(CMOCKA_LIBS) $(ZSTD_LIBS) $(XXHASH_LIBS) $(PFM_LIBS) -lm
replay_test_programs = %D%/test/batch-test %D%/test/hinting-test \
	%D%/test/measure-test %D%/test/pass-test %D%/test/phases-test \
	%D%/test/policy-spec-test %D%/test/log-fuzz %D%/test/page-time-test \
	%D%/test/reduction-test %D%/test/regions-test %D%/test/replay-test \
	%D%/test/verify-test
check_PROGRAMS += $(replay_test_programs)
replay_test_scripts = %D%/test/expected-test.sh \
	%D%/test/info-regions-test.sh \
	%D%/test/policies-test.sh \
	%D%/test/memory-test.sh \
	%D%/test/read-once-test.sh \
	%D%/test/replay-command-test.sh %D%/test/small-test.sh
TESTS += $(replay_test_programs) $(replay_test_scripts)
EXTRA_DIST += $(replay_test_scripts) \
	%D%/test/data/expected.csv \
	%D%/test/data/belady.pages \
	%D%/test/data/loop.pages \
	%D%/test/data/textbook.pages \
	%D%/test/data/writes.pages
%C%_test_batch_test_SOURCES = %D%/test/batch-test.c %D%/test/lab.h \
	%D%/test/naive-ahead.h %D%/test/naive.h
%C%_test_batch_test_LDADD = $(replay_libs)
%C%_test_hinting_test_SOURCES = %D%/test/hinting-test.c %D%/test/lab.h \
	%D%/test/naive.h %D%/test/naive-hints.h
%C%_test_hinting_test_LDADD = $(replay_libs)
%C%_test_page_time_test_SOURCES = %D%/test/page-time-test.c %D%/test/lab.h \
	%D%/test/naive.h
%C%_test_page_time_test_LDADD = $(replay_libs)
%C%_test_pass_test_SOURCES = %D%/test/pass-test.c %D%/test/lab.h \
	%D%/test/naive.h
%C%_test_pass_test_LDADD = $(replay_libs)
%C%_test_phases_test_SOURCES = %D%/test/phases-test.c %D%/test/lab.h \
	%D%/test/naive.h
%C%_test_phases_test_LDADD = $(replay_libs)
%C%_test_policy_spec_test_SOURCES = %D%/test/policy-spec-test.c \
	%D%/policy-spec.c %D%/policy-spec.h
%C%_test_policy_spec_test_LDADD = cli/libcli.a base/libbase.a \
	$(CMOCKA_LIBS) -lm
%C%_test_reduction_test_SOURCES = %D%/test/reduction-test.c %D%/test/lab.h \
	%D%/test/naive.h
%C%_test_reduction_test_LDADD = $(replay_libs)
%C%_test_regions_test_SOURCES = %D%/test/regions-test.c %D%/test/lab.h \
	%D%/test/naive.h
%C%_test_regions_test_LDADD = $(replay_libs)
%C%_test_replay_test_SOURCES = %D%/test/replay-test.c %D%/test/lab.h \
	%D%/test/naive.h
%C%_test_replay_test_LDADD = $(replay_libs)
FUZZES += %D%/test/log-fuzz=20000
%C%_test_log_fuzz_SOURCES = %D%/test/log-fuzz.c %D%/test/live-program.h
%C%_test_log_fuzz_LDADD = $(replay_libs) -lpthread
%C%_test_verify_test_SOURCES = %D%/test/verify-test.c \
	%D%/test/live-program.h
%C%_test_verify_test_LDADD = $(replay_libs) -lpthread

BENCHES += %D%/test/memory-bench.sh %D%/test/pass-bench.sh
EXTRA_DIST += %D%/test/memory-bench.sh %D%/test/pass-bench.sh
%C%_test_measure_test_LDADD = $(replay_libs)
