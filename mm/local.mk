# The pager core.
noinst_LIBRARIES += %D%/libmm.a
%C%_libmm_a_SOURCES = \
	%D%/advice.h \
	%D%/advise.c \
	%D%/as.c %D%/as.h \
	%D%/evict.c \
	%D%/frame.h \
	%D%/pager-check.c \
	%D%/pager-internal.h \
	%D%/pager.c %D%/pager.h \
	%D%/physmem-sim.c %D%/physmem-sim.h \
	%D%/physmem.c %D%/physmem.h \
	%D%/policy.c %D%/policy.h \
	%D%/policy/clock.c \
	%D%/policy/fifo.c \
	%D%/policy/lru-hints.c \
	%D%/policy/lru.c \
	%D%/policy/opt.c \
	%D%/policy/queue.c %D%/policy/queue.h \
	%D%/probe.h \
	%D%/store-anonymous.c \
	%D%/store-file.c %D%/store-file.h \
	%D%/store.c %D%/store.h

include %D%/btree.mk
include %D%/gaps.mk

EXTRA_PROGRAMS += %D%/test/fault-bench
BENCHES += %D%/test/fault-bench
%C%_test_fault_bench_SOURCES = %D%/test/fault-bench.c %D%/test/hash-control.h
%C%_test_fault_bench_LDADD = %D%/libmm.a base/libbase.a
include %D%/test.mk
