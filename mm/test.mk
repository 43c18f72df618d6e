# Tests of the pager core.  Most of them run on a machine of their own: a
# backend with real data and stores in memory.
mm_machine = \
	%D%/test/machine.c %D%/test/machine.h %D%/test/machine-use.h \
	%D%/test/memory-store.c %D%/test/memory-store.h \
	%D%/test/real-backend.c %D%/test/real-backend.h
mm_tests = \
	%D%/test/advise-test \
	%D%/test/ahead-test \
	%D%/test/allocation-test \
	%D%/test/as-test \
	%D%/test/batch-test \
	%D%/test/meanwhile-test \
	%D%/test/pager-fuzz \
	%D%/test/pager-limit-test \
	%D%/test/pager-test \
	%D%/test/physmem-test \
	%D%/test/private-test \
	%D%/test/policy-fuzz \
	%D%/test/policy-ghosts-test \
	%D%/test/policy-test \
	%D%/test/store-test \
	%D%/test/threads-test \
	%D%/test/write-test
check_PROGRAMS += $(mm_tests)
TESTS += $(mm_tests)
SOAKS += %D%/test/threads-test
FUZZES += %D%/test/pager-fuzz=10000000 %D%/test/policy-fuzz=1000000
mm_test_libs = %D%/libmm.a base/libbase.a

%C%_test_advise_test_SOURCES = %D%/test/advise-test.c $(mm_machine)
%C%_test_advise_test_LDADD = $(mm_test_libs) $(CMOCKA_LIBS)
%C%_test_allocation_test_LDADD = $(mm_test_libs) $(CMOCKA_LIBS)
%C%_test_allocation_test_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc \
	-Wl,--wrap=calloc,--wrap=free,--wrap=mmap,--wrap=munmap
%C%_test_as_test_LDADD = $(mm_test_libs) $(CMOCKA_LIBS)
%C%_test_batch_test_SOURCES = %D%/test/batch-test.c $(mm_machine)
%C%_test_batch_test_LDADD = $(mm_test_libs) $(CMOCKA_LIBS) -lpthread
%C%_test_meanwhile_test_SOURCES = %D%/test/meanwhile-test.c $(mm_machine)
%C%_test_meanwhile_test_LDADD = $(mm_test_libs) $(CMOCKA_LIBS) -lpthread
%C%_test_physmem_test_LDADD = $(mm_test_libs) $(CMOCKA_LIBS)
%C%_test_policy_test_LDADD = $(mm_test_libs) $(CMOCKA_LIBS)
%C%_test_pager_fuzz_SOURCES = %D%/test/pager-fuzz.c $(mm_machine)
%C%_test_pager_fuzz_LDADD = $(mm_test_libs)
%C%_test_pager_limit_test_SOURCES = %D%/test/pager-limit-test.c $(mm_machine)
%C%_test_pager_limit_test_LDADD = $(mm_test_libs) $(CMOCKA_LIBS)
%C%_test_pager_test_SOURCES = %D%/test/pager-test.c $(mm_machine)
%C%_test_pager_test_LDADD = $(mm_test_libs) $(CMOCKA_LIBS)
%C%_test_ahead_test_SOURCES = %D%/test/ahead-test.c $(mm_machine)
%C%_test_ahead_test_LDADD = $(mm_test_libs) $(CMOCKA_LIBS)
%C%_test_write_test_SOURCES = %D%/test/write-test.c $(mm_machine)
%C%_test_write_test_LDADD = $(mm_test_libs) $(CMOCKA_LIBS) -lpthread
%C%_test_private_test_SOURCES = %D%/test/private-test.c $(mm_machine)
%C%_test_private_test_LDADD = $(mm_test_libs) $(CMOCKA_LIBS)

%C%_test_policy_fuzz_LDADD = $(mm_test_libs)
%C%_test_policy_ghosts_test_SOURCES = %D%/test/policy-ghosts-test.c \
	%D%/test/policy-drive.h \
	%D%/test/policy-models/2q.h \
	%D%/test/policy-models/arc.h \
	%D%/test/policy-models/car.h \
	%D%/test/policy-models/clock-pro.h \
	%D%/test/policy-models/duel.h \
	%D%/test/policy-models/gclock.h \
	%D%/test/policy-models/lfu.h \
	%D%/test/policy-models/linux.h \
	%D%/test/policy-models/lirs.h \
	%D%/test/policy-models/lru-k.h \
	%D%/test/policy-models/mglru.h \
	%D%/test/policy-models/mq.h \
	%D%/test/policy-models/mru.h \
	%D%/test/policy-models/nru.h \
	%D%/test/policy-models/random.h \
	%D%/test/policy-models/row.h \
	%D%/test/policy-models/s3-fifo.h \
	%D%/test/policy-models/seq.h \
	%D%/test/policy-models/sfifo.h \
	%D%/test/policy-models/sieve.h \
	%D%/test/policy-models/slru.h \
	%D%/test/policy-models/w-tinylfu.h \
	%D%/test/policy-models/wsclock.h
%C%_test_policy_ghosts_test_LDADD = $(mm_test_libs) $(CMOCKA_LIBS)
%C%_test_store_test_SOURCES = %D%/test/store-test.c $(mm_machine)
%C%_test_store_test_LDADD = $(mm_test_libs) $(CMOCKA_LIBS)
%C%_test_store_test_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=pread,--wrap=pwrite
%C%_test_threads_test_SOURCES = %D%/test/threads-test.c $(mm_machine)
%C%_test_threads_test_LDADD = $(mm_test_libs) $(CMOCKA_LIBS) -lpthread

# The server of several tasks.
mm_fail_allocation = %D%/test/fail-allocation.c %D%/test/fail-allocation.h
mm_server_machine = \
	%D%/test/memory-store.c %D%/test/memory-store.h \
	%D%/test/real-backend.c %D%/test/real-backend.h \
	%D%/test/server-machine.c %D%/test/server-machine.h
mm_server_tests = \
	%D%/test/server-fuzz \
	%D%/test/server-test \
	%D%/test/server-threads-test
check_PROGRAMS += $(mm_server_tests)
TESTS += $(mm_server_tests)
FUZZES += %D%/test/server-fuzz=5000000
%C%_test_server_test_SOURCES = %D%/test/server-test.c \
	$(mm_server_machine) $(mm_fail_allocation)
%C%_test_server_test_LDADD = $(mm_test_libs) $(CMOCKA_LIBS)
%C%_test_server_test_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc,--wrap=calloc
%C%_test_server_fuzz_SOURCES = %D%/test/server-fuzz.c \
	%D%/test/server-model.h $(mm_server_machine) $(mm_fail_allocation)
%C%_test_server_fuzz_LDADD = $(mm_test_libs)
%C%_test_server_fuzz_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc,--wrap=calloc
%C%_test_server_threads_test_SOURCES = %D%/test/server-threads-test.c \
	$(mm_server_machine)
%C%_test_server_threads_test_LDADD = $(mm_test_libs) $(CMOCKA_LIBS) -lpthread
