# Rows become figures.  The command knows the scripts of its own source tree
# while it lies where it was built, and those of `make install` elsewhere.
selfpage_SOURCES += \
	%D%/csv.c %D%/csv.h \
	%D%/draw.c \
	%D%/figures.c %D%/figures.h \
	%D%/plot-command.c \
	%D%/points.c %D%/points.h \
	%D%/script.c
AM_CPPFLAGS += \
	-DPLOTS_BUILT_PROGRAM='"$(abs_top_builddir)/selfpage$(EXEEXT)"' \
	-DPLOTS_SOURCE_DIR='"$(abs_top_srcdir)/%D%"' \
	-DPLOTS_INSTALLED_DIR='"$(pkgdatadir)/%D%"'

plotsdir = $(pkgdatadir)/%D%
dist_plots_DATA = \
	%D%/cycles.gp \
	%D%/draw.gp \
	%D%/faults-axis.gp \
	%D%/faults.gp \
	%D%/look.gp \
	%D%/overview.gp

TESTS += %D%/test/plot-test.sh
EXTRA_DIST += %D%/README.md %D%/test/plot-test.sh
