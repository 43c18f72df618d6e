# Finding hints.
replay_libreplay_a_SOURCES += \
	%D%/give-back.c %D%/give-back.h \
	%D%/tune-judge.c %D%/tune-judge.h \
	%D%/tune-plan.c %D%/tune-plan.h \
	%D%/tune-runs.c %D%/tune-runs.h \
	%D%/tune-search.c %D%/tune-search.h
selfpage_SOURCES += %D%/tune-command.c \
	%D%/tune-file.c \
	%D%/tune-find.c \
	%D%/tune-study.h \
	%D%/tune-table.c \
	%D%/tune-tell.c

check_PROGRAMS += %D%/test/give-back-test %D%/test/only-option-test \
	%D%/test/tune-trace
TESTS += %D%/test/give-back-test %D%/test/only-option-test \
	%D%/test/tune-test.sh
EXTRA_DIST += %D%/test/tune-test.sh
%C%_test_give_back_test_SOURCES = %D%/test/give-back-test.c \
	%D%/test/lab.h %D%/test/naive.h
%C%_test_give_back_test_LDADD = $(replay_libs)
%C%_test_only_option_test_SOURCES = %D%/test/only-option-test.c \
	%D%/only-option.c %D%/only-option.h
%C%_test_only_option_test_LDADD = cli/libcli.a $(replay_libs)
%C%_test_tune_trace_SOURCES = %D%/test/tune-trace.c
%C%_test_tune_trace_LDADD = tracer/libtracer.a base/libbase.a $(ZSTD_LIBS) \
	$(XXHASH_LIBS)
