# The pager core.
noinst_LIBRARIES += %D%/libmm.a
%C%_libmm_a_SOURCES = \
	%D%/advice.h \
	%D%/advise.c \
	%D%/ahead.c \
	%D%/as.c %D%/as.h \
	%D%/batch.c \
	%D%/borrow.c \
	%D%/clean.c %D%/clean.h \
	%D%/connection-internal.h \
	%D%/connection-service.c \
	%D%/connection-source.c \
	%D%/connection.c %D%/connection.h \
	%D%/evict.c \
	%D%/frame-source.h \
	%D%/frame.h \
	%D%/hooks.c %D%/hooks.h \
	%D%/maps.c \
	%D%/pager-check.c \
	%D%/pager-internal.h \
	%D%/pager-limit.c %D%/pager-limit.h \
	%D%/log-format.h \
	%D%/pager-log.c %D%/pager-log.h \
	%D%/pager.c %D%/pager.h \
	%D%/physmem-server-containers.c \
	%D%/physmem-server-internal.h \
	%D%/physmem-server-peer.c \
	%D%/physmem-server-requests.c \
	%D%/physmem-server.c %D%/physmem-server.h \
	%D%/physmem-socket.c %D%/physmem-socket.h \
	%D%/physmem-sim.c %D%/physmem-sim.h \
	%D%/physmem.c %D%/physmem.h \
	%D%/policy.c %D%/policy.h \
	%D%/policy/policies.def \
	%D%/policy/adaptive.c %D%/policy/adaptive.h \
	%D%/policy/draw.h \
	%D%/policy/ghosts.c %D%/policy/ghosts.h \
	%D%/policy/keys.c %D%/policy/keys.h \
	%D%/policy/least.c %D%/policy/least.h \
	%D%/policy/aged.c %D%/policy/aged.h \
	%D%/policy/lists.c %D%/policy/lists.h \
	%D%/policy/ranked.c %D%/policy/ranked.h \
	%D%/policy/recent.h \
	%D%/policy/queue.c %D%/policy/queue.h \
	%D%/policy/sketch.c %D%/policy/sketch.h \
	%D%/private.c \
	%D%/redo.c %D%/redo.h \
	%D%/probe.h \
	%D%/server-ask.c \
	%D%/server-backend.c \
	%D%/server-check.c \
	%D%/server-fast.c \
	%D%/server-frames.c \
	%D%/server-internal.h \
	%D%/server-soft.c \
	%D%/server-task-check.c \
	%D%/server-task-frames.c \
	%D%/server-task-internal.h \
	%D%/server-task.c %D%/server-task.h \
	%D%/server.c %D%/server.h \
	%D%/store-anonymous.c \
	%D%/store-file.c %D%/store-file.h \
	%D%/store-pager.c %D%/store-pager.h \
	%D%/store-ring.c %D%/store-ring.h \
	%D%/store-swap.c %D%/store-swap.h \
	%D%/store-unsynced.c %D%/store-unsynced.h \
	%D%/store.c %D%/store.h \
	%D%/watch.c %D%/watch.h
selfpage_SOURCES += %D%/physmem-command.c

include mm/policy/policies.mk
include %D%/btree.mk
include %D%/gaps.mk

EXTRA_PROGRAMS += %D%/test/fault-bench
BENCHES += %D%/test/fault-bench
%C%_test_fault_bench_SOURCES = %D%/test/fault-bench.c %D%/test/hash-control.h
%C%_test_fault_bench_LDADD = %D%/libmm.a base/libbase.a

EXTRA_PROGRAMS += %D%/test/fault-threads-bench
BENCHES += %D%/test/fault-threads-bench
%C%_test_fault_threads_bench_LDADD = %D%/libmm.a base/libbase.a -lpthread
EXTRA_PROGRAMS += %D%/test/log-bench
BENCHES += %D%/test/log-bench
%C%_test_log_bench_LDADD = %D%/libmm.a base/libbase.a -lpthread
include %D%/test.mk
include %D%/store-test.mk
include %D%/physmem.mk
include %D%/container.mk
include %D%/live.mk
