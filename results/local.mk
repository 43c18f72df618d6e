# Result sets, and which of two is better.
selfpage_SOURCES += \
	%D%/columns.c %D%/columns.h \
	%D%/compare-command.c \
	%D%/compare.c %D%/compare.h \
	%D%/keep-command.c \
	%D%/manifest.c %D%/manifest.h \
	%D%/rowset.c %D%/rowset.h \
	%D%/set.c %D%/set.h \
	%D%/statistics.c %D%/statistics.h

check_PROGRAMS += %D%/test/statistics-test
TESTS += %D%/test/statistics-test %D%/test/compare-test.sh \
	%D%/test/keep-test.sh
EXTRA_DIST += %D%/README.md %D%/publish.sh %D%/suite \
	%D%/test/compare-test.sh %D%/test/keep-test.sh
%C%_test_statistics_test_SOURCES = %D%/test/statistics-test.c \
	%D%/statistics.c
%C%_test_statistics_test_LDADD = $(CMOCKA_LIBS) -lm

# What a manifest says of the build.  The commit is looked up at each make, and
# the file written only if something has changed.
BUILT_SOURCES += %D%/build.h
CLEANFILES += %D%/build.h
%D%/build.h: FORCE
	@$(MKDIR_P) %D% && { \
	commit=`git -C $(srcdir) describe --always --dirty --abbrev=12 \
		2>/dev/null || echo unknown`; \
	echo "#define BUILD_COMMIT \"$$commit\""; \
	echo "#define BUILD_COMPILER \"`$(CC) --version | sed 1q`\""; \
	echo "#define BUILD_FLAGS \"$(CFLAGS)\""; } >$@.part && \
	{ cmp -s $@.part $@ && rm $@.part || mv $@.part $@; }
%D%/manifest.$(OBJEXT): %D%/build.h
.PHONY: FORCE
