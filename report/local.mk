# Rows become one page of HTML.  Its parts are found as the figures' scripts
# are: in the source tree by the command where it was built, else where
# `make install` put them.
selfpage_SOURCES += \
	%D%/curve-data.c %D%/curve-data.h \
	%D%/data.c %D%/data.h \
	%D%/json.c %D%/json.h \
	%D%/page.c %D%/page.h \
	%D%/report-command.c \
	%D%/sources.c %D%/sources.h
AM_CPPFLAGS += \
	-DREPORT_SOURCE_DIR='"$(abs_top_srcdir)/%D%"' \
	-DREPORT_INSTALLED_DIR='"$(pkgdatadir)/%D%"'

reportdir = $(pkgdatadir)/%D%
dist_report_DATA = \
	%D%/page.html \
	%D%/look.css \
	%D%/look.js \
	%D%/data.js \
	%D%/chart.js \
	%D%/curves.js \
	%D%/ratios.js \
	%D%/hints.js \
	%D%/cycles.js \
	%D%/tables.js \
	%D%/summary.js \
	%D%/page.js

TESTS += %D%/test/page-test.sh %D%/test/browser-test.sh
EXTRA_DIST += %D%/README.md %D%/test/page-test.sh \
	%D%/test/browser-test.sh %D%/test/browser.py
