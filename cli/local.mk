# The command's shell: main, and what the subcommands share.
noinst_LIBRARIES += %D%/libcli.a
%C%_libcli_a_SOURCES = \
	%D%/command.c %D%/command.h \
	%D%/nearest.c %D%/nearest.h \
	%D%/number.c %D%/number.h \
	%D%/progress.c %D%/progress.h \
	%D%/rows.c %D%/rows.h \
	%D%/utf8.c %D%/utf8.h
AM_CPPFLAGS += -DBUILT_PROGRAM='"$(abs_top_builddir)/selfpage$(EXEEXT)"'
selfpage_SOURCES += %D%/main.c

cli_tests = \
	%D%/test/nearest-test \
	%D%/test/number-test \
	%D%/test/progress-test \
	%D%/test/rows-test \
	%D%/test/utf8-test
check_PROGRAMS += $(cli_tests)
TESTS += $(cli_tests) %D%/test/main-test.sh
%C%_test_nearest_test_LDADD = %D%/libcli.a $(CMOCKA_LIBS)
%C%_test_number_test_LDADD = %D%/libcli.a $(CMOCKA_LIBS) -lm
%C%_test_progress_test_LDADD = %D%/libcli.a $(CMOCKA_LIBS)
%C%_test_rows_test_LDADD = %D%/libcli.a $(CMOCKA_LIBS) -lm
%C%_test_utf8_test_LDADD = %D%/libcli.a $(CMOCKA_LIBS)

# bash-completion looks for a file that is called like the command.
bashcompletion_DATA = %D%/completion/selfpage
%D%/completion/selfpage: %D%/selfpage.bash-completion
	$(AM_V_GEN)$(MKDIR_P) %D%/completion && cp $< $@
CLEANFILES += %D%/completion/selfpage
EXTRA_DIST += %D%/README.md %D%/selfpage.bash-completion %D%/test/main-test.sh
