# Rows and traces become figures.  The command knows the scripts of its own
# source tree while it lies where it was built, and those of `make install`
# elsewhere.
selfpage_SOURCES += \
	%D%/cells.c %D%/cells.h \
	%D%/csv.c %D%/csv.h \
	%D%/draw.c \
	%D%/figures.c %D%/figures.h \
	%D%/gnuplot.c %D%/gnuplot.h \
	%D%/guides.c %D%/guides.h \
	%D%/lengths.c %D%/lengths.h \
	%D%/map.c %D%/map.h \
	%D%/material.c %D%/material.h \
	%D%/names.c %D%/names.h \
	%D%/plot-command.c \
	%D%/points.c %D%/points.h \
	%D%/points-write.c %D%/points-write.h \
	%D%/ratios.c %D%/ratios.h \
	%D%/script.c \
	%D%/shares.c %D%/shares.h \
	%D%/told.c %D%/told.h \
	%D%/tuned.c %D%/tuned.h
AM_CPPFLAGS += \
	-DPLOTS_SOURCE_DIR='"$(abs_top_srcdir)/%D%"' \
	-DPLOTS_INSTALLED_DIR='"$(pkgdatadir)/%D%"'

plotsdir = $(pkgdatadir)/%D%
dist_plots_DATA = \
	%D%/cycles.gp \
	%D%/distribution.gp \
	%D%/draw.gp \
	%D%/faults-axis.gp \
	%D%/faults-range.gp \
	%D%/faults.gp \
	%D%/hints.gp \
	%D%/look.gp \
	%D%/map.gp \
	%D%/overview.gp \
	%D%/panels.gp \
	%D%/policies.gp

check_PROGRAMS += %D%/test/map-test
%C%_test_map_test_SOURCES = %D%/test/map-test.c replay/curve-check.c \
	replay/curve-check.h %D%/map.c %D%/map.h \
	%D%/gnuplot.c %D%/gnuplot.h
%C%_test_map_test_LDADD = replay/libreplay.a tracer/libtracer.a mm/libmm.a \
	cli/libcli.a base/libbase.a \
	$(CMOCKA_LIBS) $(ZSTD_LIBS) $(XXHASH_LIBS) $(PFM_LIBS) -lm
TESTS += %D%/test/map-test %D%/test/plot-test.sh
EXTRA_DIST += %D%/README.md %D%/test/plot-test.sh
