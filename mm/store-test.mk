# Tests of the stores, on a disk of their own that fails where it is told to.
mm_disk = %D%/test/store-disk.c %D%/test/store-disk.h
mm_disk_flags = $(AM_LDFLAGS) -Wl,--wrap=pread,--wrap=pwrite,--wrap=fdatasync
mm_store_tests = \
	%D%/test/store-fault-test \
	%D%/test/store-ring-test \
	%D%/test/store-swap-fuzz \
	%D%/test/store-sync-test \
	%D%/test/store-threads-test
check_PROGRAMS += $(mm_store_tests)
TESTS += $(mm_store_tests)
FUZZES += %D%/test/store-swap-fuzz=10000000

%C%_test_store_fault_test_SOURCES = %D%/test/store-fault-test.c \
	%D%/test/store-own.c %D%/test/store-own.h $(mm_disk) $(mm_machine)
%C%_test_store_fault_test_LDADD = $(mm_test_libs) $(CMOCKA_LIBS)
%C%_test_store_fault_test_LDFLAGS = $(mm_disk_flags)
%C%_test_store_ring_test_SOURCES = %D%/test/store-ring-test.c $(mm_machine)
%C%_test_store_ring_test_LDADD = $(mm_test_libs) $(CMOCKA_LIBS)
%C%_test_store_ring_test_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=pwrite \
	-Wl,--wrap=io_uring_submit,--wrap=io_uring_queue_init
%C%_test_store_swap_fuzz_SOURCES = %D%/test/store-swap-fuzz.c $(mm_disk)
%C%_test_store_swap_fuzz_LDADD = $(mm_test_libs)
%C%_test_store_swap_fuzz_LDFLAGS = $(mm_disk_flags)
%C%_test_store_sync_test_SOURCES = \
	%D%/test/store-sync-test.c $(mm_disk) $(mm_machine)
%C%_test_store_sync_test_LDADD = $(mm_test_libs) $(CMOCKA_LIBS)
%C%_test_store_sync_test_LDFLAGS = $(mm_disk_flags)
%C%_test_store_threads_test_SOURCES = \
	%D%/test/store-threads-test.c $(mm_machine)
%C%_test_store_threads_test_LDADD = $(mm_test_libs) $(CMOCKA_LIBS) -lpthread

EXTRA_PROGRAMS += %D%/test/store-bench
BENCHES += %D%/test/store-bench
%C%_test_store_bench_LDADD = $(mm_test_libs)
