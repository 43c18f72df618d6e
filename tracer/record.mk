# Recording and importing: parsers into the library, commands into the
# command.
%C%_libtracer_a_SOURCES += \
	%D%/import.c %D%/import.h \
	%D%/import-input.c %D%/import-input.h \
	%D%/import-runs.c %D%/import-runs.h \
	%D%/lackey.c %D%/lackey.h %D%/lackey-impl.h \
	%D%/lackey-maps.c %D%/lackey-maps.h \
	%D%/lackey-talk.c
selfpage_SOURCES += \
	%D%/import-command.c \
	%D%/record-command.c \
	%D%/record-run.c %D%/record-run.h
