# What all stand on; and what fuzzers share.
EXTRA_DIST += %D%/test/course.h
noinst_LIBRARIES += %D%/libbase.a
%C%_libbase_a_SOURCES = %D%/file.c %D%/file.h %D%/map-part.h \
	%D%/memory.c %D%/memory.h %D%/message.c %D%/message.h
EXTRA_DIST += %D%/README.md
