# Frames that several processes share: the server, its clients, their tests.
mm_physmem_world = %D%/test/physmem-world.c %D%/test/physmem-world.h
mm_physmem_tests = \
	%D%/test/physmem-socket-test
check_PROGRAMS += $(mm_physmem_tests)
TESTS += $(mm_physmem_tests)
%C%_test_physmem_socket_test_SOURCES = \
	%D%/test/physmem-socket-test.c $(mm_physmem_world)
%C%_test_physmem_socket_test_LDADD = $(mm_test_libs) $(CMOCKA_LIBS) -lpthread
