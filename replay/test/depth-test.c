/*
 * Stack distances against their definitions: LRU's against the place in a
 * list, OPT's against Mattson's percolation with known next uses, which is
 * another algorithm altogether; and the structures' own checks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <cmocka.h>

#include "replay/opt-depth-internal.h"
#include "replay/test/lab.h"

static const uint32_t never = UINT32_MAX;

/* *PLACE_OUT: where PAGE is in STACK, from 1 on, or DEPTH_COLD. */
static uint32_t place(const uint32_t *stack, uint32_t used, uint32_t page)
{
	uint32_t at;

	for (at = 0; at < used; at++)
		if (stack[at] == page)
			return at + 1;
	return DEPTH_COLD;
}

static void naive_lru(const struct lab_references *trace, uint32_t *out)
{
	uint32_t *stack = calloc(trace->pages, sizeof(*stack));
	uint32_t used = 0;

	assert_non_null(stack);
	for (size_t i = 0; i < trace->count; i++) {
		out[i] = place(stack, used, trace->page[i]);
		uint32_t end = out[i] == DEPTH_COLD ? ++used : out[i];

		memmove(stack + 1, stack, (end - 1) * sizeof(*stack));
		stack[0] = trace->page[i];
	}
	free(stack);
}

/*
 * The page that comes goes to the top; the one that was there is carried down
 * to where the new one came from, and changes with each on its way that is
 * used later than it (Mattson et al. 1970).
 */
static void naive_opt(const struct lab_references *trace, uint32_t *out)
{
	uint32_t *next = malloc((trace->count + 1) * sizeof(*next));
	uint32_t *seen = malloc(trace->pages * sizeof(*seen));
	uint32_t *use = malloc(trace->pages * sizeof(*use));
	uint32_t *stack = calloc(trace->pages, sizeof(*stack));
	uint32_t used = 0;

	assert_true(next && seen && use && stack);
	memset(seen, 0xff, trace->pages * sizeof(*seen));
	for (size_t i = trace->count; i--;) {
		next[i] = seen[trace->page[i]];
		seen[trace->page[i]] = i;
	}
	for (size_t i = 0; i < trace->count; i++) {
		uint32_t carried = stack[0], at;

		out[i] = place(stack, used, trace->page[i]);
		use[trace->page[i]] = next[i];
		uint32_t end = out[i] == DEPTH_COLD ? ++used : out[i];

		for (at = 1; at < end; at++) {
			uint32_t here = stack[at];

			/* the last place takes what is carried */
			if (at + 1 < end && use[here] <= use[carried])
				continue;
			stack[at] = carried;
			carried = here;
		}
		stack[0] = trace->page[i];
	}
	free(next);
	free(seen);
	free(use);
	free(stack);
}

static void run_lru(const struct lab_references *trace, uint32_t *out)
{
	struct lru_depth *engine;

	assert_int_equal(lru_depth_create(trace->pages, &engine), 0);
	/* in pieces, which makes no difference */
	lru_depth_run(engine, trace->page, trace->count / 3, out);
	assert_null(lru_depth_check(engine));
	lru_depth_run(engine, trace->page + trace->count / 3,
		trace->count - trace->count / 3, out + trace->count / 3);
	assert_null(lru_depth_check(engine));
	lru_depth_destroy(engine);
}

/* PLAIN: as on a machine without AVX-512. */
static void run_opt(
	const struct lab_references *trace, bool plain, uint32_t *out)
{
	struct opt_depth *engine;

	assert_int_equal(opt_depth_create(trace->pages, &engine), 0);
	if (plain)
		engine->run = opt_run_plain;
	opt_depth_run(engine, trace->page, trace->count / 3, out);
	assert_null(opt_depth_check(engine));
	opt_depth_run(engine, trace->page + trace->count / 3,
		trace->count - trace->count / 3, out + trace->count / 3);
	assert_null(opt_depth_check(engine));
	opt_depth_destroy(engine);
}

static void compare(const struct lab_references *trace)
{
	uint32_t *is = malloc((trace->count + 1) * sizeof(*is));
	uint32_t *should = malloc((trace->count + 1) * sizeof(*should));

	assert_true(is && should);
	run_lru(trace, is);
	naive_lru(trace, should);
	for (size_t i = 0; i < trace->count; i++)
		assert_int_equal(is[i], should[i]);
	naive_opt(trace, should);
	for (int plain = 0; plain < 2; plain++) {
		run_opt(trace, plain, is);
		for (size_t i = 0; i < trace->count; i++)
			assert_int_equal(is[i], should[i]);
	}
	free(is);
	free(should);
}

static void test_random(void **state)
{
	uint64_t random = 20;

	(void)state;
	for (uint32_t round = 0; round < 300; round++) {
		uint32_t pages = 1 + lab_random(&random) % (4u << round % 7);
		struct lab_references trace = lab_random_references(
			&random, lab_random(&random) % 3000, pages);

		compare(&trace);
		lab_free_references(&trace);
	}
}

/* Enough pages for three levels, and slots that move together. */
static void test_large(void **state)
{
	uint64_t random = 21;
	struct lab_references trace =
		lab_random_references(&random, 60000, 6000);

	(void)state;
	for (size_t i = 0; i < trace.count; i++)
		if (lab_random(&random) % 2)
			trace.page[i] = lab_random(&random) % trace.pages;
	compare(&trace);
	lab_free_references(&trace);
}

/* A loop is LRU's worst: every distance is the loop's length; under OPT the
 * distances of one round are 2 .. its length, each about once. */
static void test_loop(void **state)
{
	enum { LENGTH = 50, ROUNDS = 200 };
	uint32_t page[LENGTH * ROUNDS], depth[LENGTH * ROUNDS];
	struct lab_references trace = {
		.page = page, .count = LENGTH * ROUNDS, .pages = LENGTH};

	(void)state;
	for (uint32_t i = 0; i < LENGTH * ROUNDS; i++)
		page[i] = i % LENGTH;
	run_lru(&trace, depth);
	for (uint32_t i = 0; i < LENGTH * ROUNDS; i++)
		assert_int_equal(depth[i], i < LENGTH ? never : LENGTH);
	compare(&trace);
}

static void test_edges(void **state)
{
	static uint32_t same[] = {0, 0, 0, 0};
	struct lab_references none = {.page = same, .count = 0, .pages = 1};
	struct lab_references one = {.page = same, .count = 4, .pages = 1};

	(void)state;
	compare(&none);
	compare(&one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_loop),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
