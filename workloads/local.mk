# The programs that the lab records by itself: scripts, and programs that these
# build.
selfpage_SOURCES += \
	%D%/steps.c %D%/steps.h \
	%D%/suite-command.c \
	%D%/suite-set.c \
	%D%/suite.c %D%/suite.h
AM_CPPFLAGS += \
	-DWORKLOADS_SOURCE_DIR='"$(abs_top_srcdir)/%D%"' \
	-DWORKLOADS_INSTALLED_DIR='"$(pkgdatadir)/%D%"'

TESTS += %D%/test/generate-test.sh %D%/test/demo-test.sh
EXTRA_DIST += \
	%D%/README.md \
	%D%/awk.sh \
	%D%/cc1.sh \
	%D%/collector.sh \
	%D%/columns.sh \
	%D%/demo.sh \
	%D%/generate.py \
	%D%/gnuplot.sh \
	%D%/graph.sh \
	%D%/gzip.sh \
	%D%/keyvalue.sh \
	%D%/ls.sh \
	%D%/matrix-blocks.sh \
	%D%/matrix-rows.sh \
	%D%/player.sh \
	%D%/programs/collector.c \
	%D%/programs/columns.c \
	%D%/programs/graph.c \
	%D%/programs/keyvalue.c \
	%D%/programs/matrix.c \
	%D%/programs/player.c \
	%D%/programs/workload.h \
	%D%/python3-index.py \
	%D%/python3.sh \
	%D%/record.sh \
	%D%/run.sh \
	%D%/sort.sh \
	%D%/sqlite3-scan.sh \
	%D%/sqlite3.sh \
	%D%/table.awk \
	%D%/test/demo-test.sh \
	%D%/test/generate-test.sh
