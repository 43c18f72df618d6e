# The replay engine and its command.
noinst_LIBRARIES += %D%/libreplay.a
%C%_libreplay_a_SOURCES = \
	%D%/hinting.c %D%/hinting.h \
	%D%/measure.c %D%/measure.h \
	%D%/replay.c %D%/replay.h \
	%D%/rss.c %D%/rss.h \
	%D%/space.c %D%/space.h
selfpage_SOURCES += %D%/replay-command.c \
	%D%/replay-rows.c %D%/replay-rows.h
include replay/parts.mk
