# Result sets, and which of two is better.
selfpage_SOURCES += \
	%D%/columns.c %D%/columns.h \
	%D%/compare-command.c \
	%D%/compare.c %D%/compare.h \
	%D%/rowset.c %D%/rowset.h \
	%D%/statistics.c %D%/statistics.h

check_PROGRAMS += %D%/test/statistics-test
TESTS += %D%/test/statistics-test %D%/test/compare-test.sh
EXTRA_DIST += %D%/README.md %D%/test/compare-test.sh
%C%_test_statistics_test_SOURCES = %D%/test/statistics-test.c \
	%D%/statistics.c
%C%_test_statistics_test_LDADD = $(CMOCKA_LIBS) -lm
