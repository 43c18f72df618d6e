# The programs that the lab records by itself: scripts, and programs that these
# build.  The command finds them in the source tree while it lies where it was
# built, and where `make install` puts them elsewhere.
selfpage_SOURCES += \
	%D%/steps.c %D%/steps.h \
	%D%/suite-command.c \
	%D%/suite-set.c \
	%D%/suite.c %D%/suite.h
AM_CPPFLAGS += \
	-DWORKLOADS_SOURCE_DIR='"$(abs_top_srcdir)/%D%"' \
	-DWORKLOADS_INSTALLED_DIR='"$(pkgdatadir)/%D%"'

TESTS += %D%/test/demo-test.sh %D%/test/generate-test.sh \
	%D%/test/programs-test.sh %D%/test/suite-test.sh
workloadsdir = $(pkgdatadir)/%D%
dist_workloads_SCRIPTS = %D%/demo.sh %D%/record.sh %D%/run.sh
dist_workloads_DATA = \
	%D%/awk.sh \
	%D%/cc1.sh \
	%D%/collector.sh \
	%D%/columns.sh \
	%D%/generate.py \
	%D%/gnuplot.sh \
	%D%/graph.sh \
	%D%/gzip.sh \
	%D%/keyvalue.sh \
	%D%/ls.sh \
	%D%/matrix-blocks.sh \
	%D%/matrix-rows.sh \
	%D%/player.sh \
	%D%/python3-index.py \
	%D%/python3.sh \
	%D%/sort.sh \
	%D%/sqlite3-scan.sh \
	%D%/sqlite3.sh \
	%D%/table.awk
programsdir = $(pkgdatadir)/%D%/programs
dist_programs_DATA = \
	%D%/programs/collector.c \
	%D%/programs/columns.c \
	%D%/programs/graph.c \
	%D%/programs/keyvalue.c \
	%D%/programs/matrix.c \
	%D%/programs/player.c \
	%D%/programs/workload.h
# As these include it.
workloads_markdir = $(pkgdatadir)/pagetrace
dist_workloads_mark_DATA = pagetrace/mark.h

EXTRA_DIST += %D%/README.md \
	%D%/test/demo-test.sh \
	%D%/test/generate-test.sh \
	%D%/test/naive.py \
	%D%/test/programs-test.sh \
	%D%/test/suite-test.sh
