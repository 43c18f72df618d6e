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

mm_container_world = $(mm_server_machine) $(mm_fail_allocation) \
	%D%/test/container-world.c %D%/test/container-world.h
container_tests = \
	%D%/test/container-copy-test \
	%D%/test/container-fuzz \
	%D%/test/container-share-test \
	%D%/test/container-test \
	%D%/test/container-threads-test \
	%D%/test/container-window-test
check_PROGRAMS += $(container_tests)
TESTS += $(container_tests)
FUZZES += %D%/test/container-fuzz=2000000
mm_container_flags = $(AM_LDFLAGS) -Wl,--wrap=malloc,--wrap=calloc
%C%_test_container_copy_test_SOURCES = \
	%D%/test/container-copy-test.c $(mm_container_world)
%C%_test_container_copy_test_LDADD = $(mm_test_libs) $(CMOCKA_LIBS)
%C%_test_container_copy_test_LDFLAGS = $(mm_container_flags)
%C%_test_container_fuzz_SOURCES = \
	%D%/test/container-fuzz.c $(mm_container_world) \
	%D%/test/container-model.c %D%/test/container-model.h
%C%_test_container_fuzz_LDADD = $(mm_test_libs) $(CMOCKA_LIBS)
%C%_test_container_fuzz_LDFLAGS = $(mm_container_flags)
%C%_test_container_share_test_SOURCES = \
	%D%/test/container-share-test.c $(mm_container_world)
%C%_test_container_share_test_LDADD = $(mm_test_libs) $(CMOCKA_LIBS)
%C%_test_container_share_test_LDFLAGS = $(mm_container_flags)
%C%_test_container_test_SOURCES = \
	%D%/test/container-test.c $(mm_container_world)
%C%_test_container_test_LDADD = $(mm_test_libs) $(CMOCKA_LIBS)
%C%_test_container_test_LDFLAGS = $(mm_container_flags)
%C%_test_container_threads_test_SOURCES = \
	%D%/test/container-threads-test.c $(mm_container_world)
%C%_test_container_threads_test_LDADD = \
	$(mm_test_libs) $(CMOCKA_LIBS) -lpthread
%C%_test_container_threads_test_LDFLAGS = $(mm_container_flags)
%C%_test_container_window_test_LDADD = $(mm_test_libs) $(CMOCKA_LIBS)
%C%_test_container_window_test_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=mmap

EXTRA_PROGRAMS += %D%/test/container-bench
BENCHES += %D%/test/container-bench
%C%_test_container_bench_LDADD = $(mm_test_libs)
