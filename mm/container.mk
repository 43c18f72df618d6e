# Containers: sources, tests, benchmark.
%C%_libmm_a_SOURCES += \
	%D%/container-check.c \
	%D%/container-copy.c \
	%D%/container-data.c \
	%D%/container-internal.h \
	%D%/container-pages.c \
	%D%/container-share.c \
	%D%/container-window.c \
	%D%/container.c %D%/container.h

container_tests = \
	%D%/test/container-test
check_PROGRAMS += $(container_tests)
TESTS += $(container_tests)
%C%_test_container_test_SOURCES = \
	%D%/test/container-test.c $(mm_server_machine)
%C%_test_container_test_LDADD = $(mm_test_libs) $(CMOCKA_LIBS)
%C%_test_container_test_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=malloc,--wrap=calloc
