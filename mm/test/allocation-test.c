/*
 * The Nth allocation fails, for every N: whatever is being made says -ENOMEM,
 * nothing is left allocated, and what was there before is as it was.
 *
 * The program's calls of malloc, calloc, mmap and of what frees come by here
 * (the linker's --wrap).
 */
#include "mm/as.h"
#include "mm/pager.h"
#include "mm/physmem-sim.h"
#include "mm/policy.h"
#include "mm/store.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <cmocka.h>

static struct {
	bool on;
	unsigned until; /* allocations until one fails; 0: none does */
	unsigned failed;
	long allocated;	  /* by malloc and calloc, not freed */
	size_t bytes;	  /* of all that was */
	long long mapped; /* bytes */
	unsigned maps;
} memory;

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void __real_free(void *block);
void *__real_mmap(
	void *at, size_t bytes, int protection, int flags, int fd, off_t from);
int __real_munmap(void *at, size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void __wrap_free(void *block);
void *__wrap_mmap(
	void *at, size_t bytes, int protection, int flags, int fd, off_t from);
int __wrap_munmap(void *at, size_t bytes);

static bool fails(void)
{
	if (!memory.on || !memory.until || --memory.until)
		return false;
	memory.failed++;
	return true;
}

void *__wrap_malloc(size_t bytes)
{
	if (fails())
		return NULL;
	memory.allocated += memory.on;
	memory.bytes += bytes;
	return __real_malloc(bytes);
}

void *__wrap_calloc(size_t count, size_t bytes)
{
	if (fails())
		return NULL;
	memory.allocated += memory.on;
	memory.bytes += count * bytes;
	return __real_calloc(count, bytes);
}

void __wrap_free(void *block)
{
	memory.allocated -= memory.on && block;
	__real_free(block);
}

void *__wrap_mmap(
	void *at, size_t bytes, int protection, int flags, int fd, off_t from)
{
	if (fails())
		return MAP_FAILED;
	if (memory.on) {
		memory.mapped += bytes;
		memory.maps++;
	}
	return __real_mmap(at, bytes, protection, flags, fd, from);
}

int __wrap_munmap(void *at, size_t bytes)
{
	if (memory.on)
		memory.mapped -= bytes;
	return __real_munmap(at, bytes);
}

/* Makes something, and unmakes it if that went well. */
typedef int scenario(void *context);

/* Runs it with each of its allocations failing, then with none. */
static void run(scenario *make, void *context)
{
	unsigned n;
	int error = -1;

	for (n = 1; error; n++) {
		assert_true(n < 1000);
		memory.until = n;
		memory.failed = 0;
		memory.allocated = 0;
		memory.mapped = 0;
		memory.on = true;
		error = make(context);
		memory.on = false;
		if (memory.failed)
			assert_int_equal(error, -ENOMEM);
		else
			assert_int_equal(error, 0);
		assert_int_equal(memory.allocated, 0);
		assert_int_equal(memory.mapped, 0);
	}
	/* it did allocate something, or the test tests nothing */
	assert_true(n > 2);
}

/* The memory that a policy takes when it is made. */
static double policy_bytes(const struct policy_ops *ops, uint32_t frames)
{
	struct policy_config config = {.frames = frames};
	struct policy *policy;

	memory.bytes = 0;
	memory.mapped = 0;
	memory.maps = 0;
	memory.until = 0;
	memory.on = true;
	assert_int_equal(ops->create(&config, &policy), 0);
	memory.on = false;
	ops->destroy(policy);
	return memory.bytes + memory.mapped;
}

/* What a policy says that it takes a frame is the most that it takes, whatever
 * the number of frames: tables are powers of two.  Large arrays are rounded up
 * to 2 MiB. */
static void test_frame_bytes(void **state)
{
	static const uint32_t sizes[] = {
		1 << 17, (1 << 17) + 1, 150000, 170000, 190000, (1 << 18) - 1};
	const struct policy_ops *ops;
	double bytes, rounding, most;
	unsigned i, j;

	(void)state;
	for (i = 0; (ops = policy_at(i)); i++) {
		most = rounding = 0;
		for (j = 0; j < sizeof(sizes) / sizeof(sizes[0]); j++) {
			bytes = policy_bytes(ops, sizes[j]) / sizes[j];
			if (bytes <= most)
				continue;
			most = bytes;
			rounding = memory.maps * 2097152.0 / sizes[j];
		}
		if (most > ops->frame_bytes + 0.9 + rounding ||
			most < ops->frame_bytes * 0.95)
			fail_msg("%s takes %g bytes a frame, not %u", ops->name,
				most, ops->frame_bytes);
	}
}

static int make_pager(void *context)
{
	struct pager_config config = {
		.frames = 5000,
		.page_bytes = 4096,
		.mappings_max = 10,
		.stores_max = 3,
		.physmem_ops = &physmem_sim_ops,
		.policy_ops = context,
	};
	struct pager *pager;
	int error = pager_create(&config, &pager);

	if (!error)
		pager_destroy(pager);
	return error;
}

static void test_pager(void **state)
{
	const struct policy_ops *policy;
	unsigned i;

	(void)state;
	for (i = 0; (policy = policy_at(i)); i++)
		run(make_pager, (void *)policy);
}

static int make_policy(void *context)
{
	const struct policy_ops *ops = context;
	struct policy_config config = {.frames = 300000};
	struct policy *policy;
	int error = ops->create(&config, &policy);

	if (!error)
		ops->destroy(policy);
	return error;
}

static void test_policies(void **state)
{
	const struct policy_ops *policy;
	unsigned i;

	(void)state;
	for (i = 0; (policy = policy_at(i)); i++)
		run(make_policy, (void *)policy);
}

static int make_sim(void *context)
{
	struct sim sim;
	int error = sim_init(&sim, 100000);

	(void)context;
	if (!error)
		sim_fini(&sim);
	return error;
}

static int make_space(void *context)
{
	struct as as;
	int error = as_init(&as, 100);

	(void)context;
	if (!error)
		as_fini(&as);
	return error;
}

static int make_file_store(void *context)
{
	struct store *store;
	int error = store_open_file(context, 0, &store);

	if (!error)
		store->ops->destroy(store);
	return error;
}

static int make_anonymous_store(void *context)
{
	struct store *store;
	int error = store_open_anonymous(context, 0, 1000, &store);

	if (!error)
		store->ops->destroy(store);
	return error;
}

static void test_parts(void **state)
{
	struct btree_pool *pool;

	(void)state;
	assert_int_equal(btree_pool_create(100, 2, &pool), 0);
	run(make_sim, NULL);
	run(make_space, NULL);
	run(make_file_store, pool);
	run(make_anonymous_store, pool);
	btree_pool_destroy(pool);
}

struct mapped {
	struct as as;
	struct store store;
	struct pager *pager;
};

/* A map, and one more by a split, and both away again. */
static int make_maps(void *context)
{
	struct mapped *mapped = context;
	struct map *map;
	int error = as_map(
		&mapped->as, 10, 10, &mapped->store, 0, PROTECT_READ, &map);

	assert_null(as_check(&mapped->as));
	if (error) {
		assert_int_equal(mapped->as.maps_count, 0);
		return error;
	}
	error = as_split(&mapped->as, 15);
	assert_null(as_check(&mapped->as));
	assert_int_equal(mapped->as.maps_count, error ? 1 : 2);
	assert_int_equal(as_find(&mapped->as, 14)->end, error ? 20 : 15);
	assert_int_equal(map_offset(as_find(&mapped->as, 17), 17), 7);
	as_remove(&mapped->as, as_find(&mapped->as, 10));
	if (!error)
		as_remove(&mapped->as, as_find(&mapped->as, 15));
	return error;
}

/* Splits within advice and unmap: the maps still show all they showed. */
static int make_splits(void *context)
{
	struct mapped *mapped = context;
	int error = as_map(
		&mapped->as, 10, 10, &mapped->store, 0, PROTECT_READ, NULL);

	if (error)
		return error;
	error = pager_advise(
		mapped->pager, &mapped->as, 12, 5, ADVICE_READ_ONCE, 0);
	if (error)
		assert_false(as_find(&mapped->as, 12)->read_once);
	if (!error) {
		error = pager_unmap(mapped->pager, &mapped->as, 13, 2);
		assert_true(!as_find(&mapped->as, 13) == !error);
	}
	assert_non_null(as_find(&mapped->as, 10));
	assert_non_null(as_find(&mapped->as, 19));
	assert_null(as_check(&mapped->as));
	assert_int_equal(pager_unmap(mapped->pager, &mapped->as, 0, 100), 0);
	assert_int_equal(mapped->as.maps_count, 0);
	return error;
}

/* Protection of the middle: two splits, or none. */
static int make_protection(void *context)
{
	struct mapped *mapped = context;
	struct as *as = &mapped->as;
	int error = as_map(as, 10, 10, &mapped->store, 0, PROTECT_READ, NULL);

	if (error)
		return error;
	error = as_protect(as, 12, 5, PROTECT_WRITE);
	assert_null(as_check(as));
	assert_int_equal(as->maps_count, error ? 1 : 3);
	assert_int_equal(as_find(as, 14)->protection,
		error ? PROTECT_READ : PROTECT_WRITE);
	/* back again takes no memory */
	assert_int_equal(as_protect(as, 10, 10, PROTECT_READ), 0);
	assert_int_equal(as->maps_count, 1);
	as_remove(as, as_find(as, 10));
	return error;
}

static void test_maps(void **state)
{
	struct pager_config config = {
		.frames = 10,
		.page_bytes = 4096,
		.stores_max = 1,
		.physmem_ops = &physmem_sim_ops,
		.policy_ops = &policy_lru_hints,
	};
	struct mapped mapped;

	(void)state;
	assert_int_equal(as_init(&mapped.as, 10), 0);
	assert_int_equal(pager_create(&config, &mapped.pager), 0);
	store_init(&mapped.store, NULL, mapped.pager->btrees, false);
	run(make_maps, &mapped);
	run(make_splits, &mapped);
	run(make_protection, &mapped);
	pager_destroy(mapped.pager);
	as_fini(&mapped.as);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frame_bytes),
		cmocka_unit_test(test_pager),
		cmocka_unit_test(test_policies),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_maps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
