# Frames that several processes share: the server, its clients, their tests.
mm_physmem_world = %D%/test/physmem-world.c %D%/test/physmem-world.h
mm_physmem_tests = \
	%D%/test/physmem-container-test \
	%D%/test/physmem-library-test \
	%D%/test/physmem-protocol-test \
	%D%/test/physmem-socket-fuzz \
	%D%/test/physmem-socket-test
check_PROGRAMS += $(mm_physmem_tests)
TESTS += $(mm_physmem_tests)
FUZZES += %D%/test/physmem-socket-fuzz=1000000
%C%_test_physmem_socket_test_SOURCES = \
	%D%/test/physmem-socket-test.c $(mm_physmem_world)
%C%_test_physmem_socket_test_LDADD = $(mm_test_libs) $(CMOCKA_LIBS) -lpthread
%C%_test_physmem_container_test_SOURCES = \
	%D%/test/physmem-container-test.c $(mm_physmem_world)
%C%_test_physmem_container_test_LDADD = $(mm_test_libs) $(CMOCKA_LIBS) \
	-lpthread
mm_physmem_scripts = %D%/test/physmem-command-test.sh
TESTS += $(mm_physmem_scripts)
EXTRA_DIST += $(mm_physmem_scripts)
%C%_test_physmem_socket_fuzz_LDADD = $(mm_test_libs)
%C%_test_physmem_library_test_SOURCES = \
	%D%/test/physmem-library-test.c $(mm_physmem_world) \
	$(mm_fail_allocation)
%C%_test_physmem_library_test_LDADD = $(mm_test_libs) $(CMOCKA_LIBS) -lpthread
%C%_test_physmem_library_test_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=malloc,--wrap=calloc
%C%_test_physmem_protocol_test_SOURCES = \
	%D%/test/physmem-protocol-test.c $(mm_physmem_world)
%C%_test_physmem_protocol_test_LDADD = $(mm_test_libs) $(CMOCKA_LIBS) \
	-lpthread
