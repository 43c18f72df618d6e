# The policies, a line each.
mm_libmm_a_SOURCES += mm/policy/2q.c
mm_libmm_a_SOURCES += mm/policy/arc.c
mm_libmm_a_SOURCES += mm/policy/car.c
mm_libmm_a_SOURCES += mm/policy/clock.c
mm_libmm_a_SOURCES += mm/policy/fifo.c
mm_libmm_a_SOURCES += mm/policy/lfu.c
mm_libmm_a_SOURCES += mm/policy/lirs.c
mm_libmm_a_SOURCES += mm/policy/lru-hints.c
mm_libmm_a_SOURCES += mm/policy/lru-k.c
mm_libmm_a_SOURCES += mm/policy/lru.c
mm_libmm_a_SOURCES += mm/policy/mq.c
mm_libmm_a_SOURCES += mm/policy/opt.c
mm_libmm_a_SOURCES += mm/policy/s3-fifo.c
mm_libmm_a_SOURCES += mm/policy/sieve.c
mm_libmm_a_SOURCES += mm/policy/slru.c
mm_libmm_a_SOURCES += mm/policy/w-tinylfu.c
