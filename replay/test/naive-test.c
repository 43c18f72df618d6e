/*
 * The models the real code is held against, held against each other and
 * against counts that were worked out by hand.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "replay/test/lru-control.h"
#include "replay/test/naive.h"
#include "replay/test/zipf.h"

#define REFERENCES 6000
#define PAGES 200

static void assert_faults(enum naive_policy policy, bool bit_at_load,
	const struct naive_trace *trace, uint32_t frames, uint64_t faults)
{
	struct naive_result result;

	assert_int_equal(
		naive_replay(policy, bit_at_load, trace, frames, &result), 0);
	assert_int_equal(result.faults, faults);
}

/*
 * Belady's string, which FIFO takes worse with four frames than with three.
 * By hand, with three frames: LRU hits 1 2 (8th, 9th), FIFO 1 2 5, OPT
 * 1 2 1 2 5; with four: LRU 1 2 1 2, FIFO 1 2, OPT 1 2 1 2 3 5.
 */
static void beladys_string(void **state)
{
	static const uint32_t page[] = {1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5};
	const struct naive_trace trace = {.page = page, .references = 12};

	(void)state;
	assert_faults(NAIVE_FIFO, true, &trace, 3, 9);
	assert_faults(NAIVE_FIFO, true, &trace, 4, 10);
	assert_faults(NAIVE_LRU, true, &trace, 3, 10);
	assert_faults(NAIVE_LRU, true, &trace, 4, 8);
	assert_faults(NAIVE_OPT, true, &trace, 3, 7);
	assert_faults(NAIVE_OPT, true, &trace, 4, 6);
	assert_faults(NAIVE_LRU, true, &trace, 1, 12);
	assert_faults(NAIVE_OPT, true, &trace, 5, 5);
}

/*
 * CLOCK with two frames on a b a c a.  Bit clear at load: a is used and
 * keeps its frame, c takes b's, the last a hits: 3 faults.  Set at load: for
 * c both bits are cleared and the hand is back at a, which goes: 4 faults.
 */
static void clock_by_hand(void **state)
{
	static const uint32_t page[] = {0, 1, 0, 2, 0};
	const struct naive_trace trace = {.page = page, .references = 5};

	(void)state;
	assert_faults(NAIVE_CLOCK, false, &trace, 2, 3);
	assert_faults(NAIVE_CLOCK, true, &trace, 2, 4);
}

/* One frame, a written, b read, a read, b written, a: two were dirty. */
static void writebacks_by_hand(void **state)
{
	static const uint32_t page[] = {0, 1, 0, 1, 0};
	static const bool write[] = {true, false, false, true, true};
	const struct naive_trace trace = {page, write, 5};
	struct naive_result result;

	(void)state;
	for (int policy = NAIVE_LRU; policy <= NAIVE_OPT; policy++) {
		assert_int_equal(naive_replay((enum naive_policy)policy, true,
					 &trace, 1, &result),
			0);
		assert_int_equal(result.faults, 5);
		assert_int_equal(result.writebacks, 2);
	}
}

/* Three ways to LRU's count, at each of many sizes. */
static void lru_three_ways(void **state)
{
	static uint64_t curve[PAGES + 1];
	static uint32_t page[REFERENCES];
	const struct naive_trace trace = {
		.page = page, .references = REFERENCES};
	struct zipf zipf;

	(void)state;
	assert_int_equal(zipf_init(&zipf, PAGES, 0.7, 42), 0);
	for (int i = 0; i < REFERENCES; i++)
		page[i] = zipf_next(&zipf);
	assert_int_equal(naive_lru_curve(&trace, PAGES, curve), 0);
	assert_int_equal(curve[0], REFERENCES);
	for (uint32_t frames = 1; frames <= PAGES; frames += 9) {
		struct lru_control lru;

		assert_faults(NAIVE_LRU, true, &trace, frames, curve[frames]);
		assert_int_equal(lru_control_init(&lru, PAGES, frames), 0);
		for (int i = 0; i < REFERENCES; i += 250)
			lru_control_run(&lru, page + i, 250);
		assert_int_equal(lru.faults, curve[frames]);
		lru_control_free(&lru);
	}
	zipf_free(&zipf);
}

/*
 * Most references are to few pages and one in a hundred goes round them all,
 * so the oldest page in is old and the control's log fills up, with pages
 * being evicted and without.
 */
static void control_compacts(void **state)
{
	enum { MANY = 1000000, SIZE = 3000 };
	static const uint32_t sizes[] = {1, 300, 1500, SIZE - 10, SIZE};
	uint32_t *page = malloc(MANY * sizeof(*page));
	uint64_t *curve = malloc((SIZE + 1) * sizeof(*curve));
	const struct naive_trace trace = {.page = page, .references = MANY};
	struct zipf zipf;

	(void)state;
	assert_true(page && curve);
	assert_int_equal(zipf_init(&zipf, SIZE / 10, 0.5, 7), 0);
	for (int i = 0; i < MANY; i++)
		page[i] = i % 100 ? zipf_next(&zipf) : (uint32_t)i / 100 % SIZE;
	assert_int_equal(naive_lru_curve(&trace, SIZE, curve), 0);
	for (int i = 0; i < 5; i++) {
		struct lru_control lru;

		assert_int_equal(lru_control_init(&lru, SIZE, sizes[i]), 0);
		lru_control_run(&lru, page, MANY);
		assert_int_equal(lru.faults, curve[sizes[i]]);
		lru_control_free(&lru);
	}
	zipf_free(&zipf);
	free(page);
	free(curve);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(beladys_string),
		cmocka_unit_test(clock_by_hand),
		cmocka_unit_test(writebacks_by_hand),
		cmocka_unit_test(lru_three_ways),
		cmocka_unit_test(control_compacts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
