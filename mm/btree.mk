# The B+tree: sources, tests at two node sizes, benchmark.
btree_sources = \
	%D%/btree.c %D%/btree.h \
	%D%/btree-check.c \
	%D%/btree-node.h \
	%D%/btree-pool.c \
	%D%/btree-shape.c
%C%_libmm_a_SOURCES += $(btree_sources)

# Small nodes, so that small trees split and merge a lot; and the plain C of
# what is done with vectors elsewhere.
btree_tests = \
	%D%/test/btree-test \
	%D%/test/btree-small-test \
	%D%/test/btree-fuzz \
	%D%/test/btree-small-fuzz \
	%D%/test/btree-portable-fuzz
check_PROGRAMS += $(btree_tests)
TESTS += $(btree_tests)
FUZZES += \
	%D%/test/btree-fuzz=20000000 \
	%D%/test/btree-small-fuzz=20000000 \
	%D%/test/btree-portable-fuzz=20000000

%C%_test_btree_test_LDADD = %D%/libmm.a base/libbase.a $(CMOCKA_LIBS)

%C%_test_btree_small_test_SOURCES = %D%/test/btree-test.c $(btree_sources)
%C%_test_btree_small_test_CPPFLAGS = $(AM_CPPFLAGS) -DBTREE_ORDER=4
%C%_test_btree_small_test_LDADD = base/libbase.a $(CMOCKA_LIBS)

%C%_test_btree_fuzz_LDADD = %D%/libmm.a base/libbase.a

%C%_test_btree_small_fuzz_SOURCES = %D%/test/btree-fuzz.c $(btree_sources)
%C%_test_btree_small_fuzz_CPPFLAGS = $(AM_CPPFLAGS) -DBTREE_ORDER=4
%C%_test_btree_small_fuzz_LDADD = base/libbase.a

%C%_test_btree_portable_fuzz_SOURCES = %D%/test/btree-fuzz.c $(btree_sources)
%C%_test_btree_portable_fuzz_CPPFLAGS = $(AM_CPPFLAGS) -DBTREE_PORTABLE
%C%_test_btree_portable_fuzz_LDADD = base/libbase.a

EXTRA_PROGRAMS += %D%/test/btree-bench
BENCHES += %D%/test/btree-bench
%C%_test_btree_bench_SOURCES = \
	%D%/test/btree-bench.c %D%/test/hash-control.h
%C%_test_btree_bench_LDADD = %D%/libmm.a base/libbase.a

EXTRA_PROGRAMS += %D%/test/tree-bench
BENCHES += %D%/test/tree-bench
%C%_test_tree_bench_SOURCES = \
	%D%/test/tree-bench.c %D%/test/hash-control.h
%C%_test_tree_bench_CPPFLAGS = $(AM_CPPFLAGS) $(GLIB_CFLAGS)
%C%_test_tree_bench_LDADD = %D%/libmm.a base/libbase.a $(GLIB_LIBS)
