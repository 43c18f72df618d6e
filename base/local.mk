# What all stand on; and what fuzzers share.
EXTRA_DIST += %D%/test/course.h
noinst_LIBRARIES += %D%/libbase.a
%C%_libbase_a_SOURCES = %D%/disk-array.c %D%/disk-array.h \
	%D%/file.c %D%/file.h %D%/map-part.h \
	%D%/memory.c %D%/memory.h %D%/message.c %D%/message.h
check_PROGRAMS += %D%/test/disk-array-test
%C%_test_disk_array_test_LDADD = %D%/libbase.a $(CMOCKA_LIBS)
TESTS += %D%/test/disk-array-test
EXTRA_DIST += %D%/README.md
