# Programs that page themselves, built against the public library alone: the
# shared one, which shows no other names.
examples = %D%/collector %D%/player %D%/database %D%/planner %D%/sweep \
	%D%/file-server %D%/sorter
check_PROGRAMS += $(examples)
%C%_collector_SOURCES = %D%/collector.c %D%/compare.h
%C%_collector_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/mm
%C%_collector_LDADD = libselfpage.la
%C%_player_SOURCES = %D%/player.c %D%/compare.h
%C%_player_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/mm
%C%_player_LDADD = libselfpage.la
%C%_database_SOURCES = %D%/database.c %D%/compare.h
%C%_database_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/mm
%C%_database_LDADD = libselfpage.la
%C%_planner_SOURCES = %D%/planner.c %D%/compare.h
%C%_planner_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/mm
%C%_planner_LDADD = libselfpage.la
%C%_sweep_SOURCES = %D%/sweep.c %D%/compare.h
%C%_sweep_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/mm
%C%_sweep_LDADD = libselfpage.la
%C%_file_server_SOURCES = %D%/file-server.c
%C%_file_server_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/mm
%C%_file_server_LDADD = libselfpage.la
%C%_sorter_SOURCES = %D%/sorter.c
%C%_sorter_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/mm
%C%_sorter_LDADD = libselfpage.la

example_tests = %D%/test/examples-test.sh
TESTS += $(example_tests)
EXTRA_DIST += $(example_tests) %D%/README.md
