/*
 * The policies by small sequences whose victims one can work out by hand, and
 * the contract that each of them keeps.
 */
#include "mm/policy.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FRAMES = 8 };

struct bench {
	struct policy *policy;
	const struct policy_ops *ops;
	bool bits[FRAMES];
	bool mapped[FRAMES];
	uint8_t member[FRAMES];
};

static bool is_dirty(void *context, uint32_t frame)
{
	(void)context;
	assert_true(frame < FRAMES);
	return frame % 2;
}

static bool harvest(void *context, uint32_t frame)
{
	struct bench *bench = context;
	bool bit = bench->bits[frame];

	bench->bits[frame] = false;
	return bit;
}

static void unmap(void *context, uint32_t frame)
{
	struct bench *bench = context;

	assert_true(bench->mapped[frame]);
	bench->mapped[frame] = false;
}

static void prefetch(void *context, uint32_t frame)
{
	(void)context;
	assert_true(frame < FRAMES);
}

static void start(
	struct bench *bench, const struct policy_ops *ops, bool bit_at_load)
{
	struct policy_config config = {
		.frames = FRAMES,
		.is_dirty = is_dirty,
		.harvest = harvest,
		.unmap = unmap,
		.prefetch = prefetch,
		.context = bench,
		.bit_at_load = bit_at_load,
	};

	*bench = (struct bench){.ops = ops};
	assert_int_equal(ops->create(&config, &bench->policy), 0);
	assert_ptr_equal(bench->policy->ops, ops);
}

static void sound(struct bench *bench)
{
	const char *why = bench->ops->check(bench->policy, bench->member);

	if (why)
		fail_msg("%s: %s", bench->ops->name, why);
}

static void insert_page(
	struct bench *bench, uint32_t frame, uint64_t next_use, uint8_t rank)
{
	struct policy_page page = {
		.next_use = next_use, .key = frame, .rank = rank};

	bench->bits[frame] = true; /* the access is done again */
	bench->mapped[frame] = true;
	bench->ops->insert(bench->policy, frame, &page);
	bench->member[frame] = true;
	sound(bench);
}

static void insert(struct bench *bench, uint32_t frame)
{
	insert_page(bench, frame, NEXT_USE_NEVER, RANK_NORMAL);
}

static void refer(
	struct bench *bench, uint32_t frame, uint64_t next_use, uint64_t now)
{
	struct policy_references references = {.frames = &frame,
		.next_use = &next_use,
		.now = now,
		.count = 1};

	bench->bits[frame] = true;
	if (bench->ops->reference)
		bench->ops->reference(bench->policy, &references);
	if (bench->ops->touch && !bench->mapped[frame])
		bench->ops->touch(bench->policy, frame);
	bench->mapped[frame] = true;
	sound(bench);
}

static uint32_t evict(struct bench *bench)
{
	uint32_t frame = bench->ops->evict(bench->policy);

	if (frame != FRAME_NONE) {
		assert_true(bench->member[frame]);
		bench->member[frame] = false;
	}
	sound(bench);
	return frame;
}

static void leave(struct bench *bench, uint32_t frame)
{
	bench->ops->remove(bench->policy, frame);
	bench->member[frame] = false;
	sound(bench);
}

static void test_names(void **state)
{
	const struct policy_ops *ops;
	unsigned i, j;

	(void)state;
	for (i = 0; (ops = policy_at(i)); i++) {
		assert_ptr_equal(policy_find(ops->name), ops);
		assert_non_null(ops->about);
		assert_int_equal(
			ops->knows == POLICY_REALISABLE, !ops->reference);
		assert_int_equal(ops->takes_hints, ops->rank != NULL);
		for (j = 0; j < i; j++)
			assert_string_not_equal(policy_at(j)->name, ops->name);
	}
	assert_true(i >= 5);
	assert_null(policy_at(i));
	assert_null(policy_at(UINT32_MAX));
	assert_null(policy_find(""));
	assert_null(policy_find("LRU"));
	assert_string_equal(policy_class_name(POLICY_ORACLE), "oracle");
	assert_string_equal(policy_class_name(POLICY_REALISABLE), "realisable");
	assert_string_equal(policy_class_name(POLICY_EVERY_REFERENCE),
		"sees-every-reference");
}

/* What every policy keeps to, whatever its order. */
static void contract(const struct policy_ops *ops, bool bit_at_load)
{
	struct bench bench;
	unsigned round, i, left;

	start(&bench, ops, bit_at_load);
	assert_int_equal(evict(&bench), FRAME_NONE);
	for (round = 0; round < 40; round++) {
		for (i = 0; i < FRAMES; i++)
			insert_page(&bench, (i + round) % FRAMES,
				100 * round + i + 1, i % RANKS);
		leave(&bench, round % FRAMES);
		leave(&bench, (round + 3) % FRAMES);
		insert(&bench, round % FRAMES);
		for (left = FRAMES - 1; left; left--)
			assert_true(evict(&bench) < FRAMES);
		assert_int_equal(evict(&bench), FRAME_NONE);
	}
	/* the last one is removed, not evicted */
	insert(&bench, 3);
	leave(&bench, 3);
	assert_int_equal(evict(&bench), FRAME_NONE);
	/* it goes also while it holds some */
	insert(&bench, 1);
	ops->destroy(bench.policy);
}

static void test_contract(void **state)
{
	const struct policy_ops *ops;
	unsigned i;

	(void)state;
	for (i = 0; (ops = policy_at(i)); i++) {
		contract(ops, false);
		contract(ops, true);
	}
}

static void test_fifo(void **state)
{
	struct bench bench;

	(void)state;
	start(&bench, &policy_fifo, true);
	insert(&bench, 5);
	insert(&bench, 2);
	insert(&bench, 7);
	assert_int_equal(evict(&bench), 5);
	insert(&bench, 5);
	leave(&bench, 2);
	insert(&bench, 2); /* came in again: the last */
	assert_int_equal(evict(&bench), 7);
	assert_int_equal(evict(&bench), 5);
	assert_int_equal(evict(&bench), 2);
	policy_fifo.destroy(bench.policy);
}

static void test_lru(void **state)
{
	struct bench bench;

	(void)state;
	start(&bench, &policy_lru, true);
	insert(&bench, 0);
	insert(&bench, 1);
	insert(&bench, 2);
	insert(&bench, 3);
	refer(&bench, 0, 0, 0);
	refer(&bench, 2, 0, 0);
	refer(&bench, 0, 0, 0);
	/* oldest first: 1 3 2 0 */
	assert_int_equal(evict(&bench), 1);
	insert(&bench, 1);
	leave(&bench, 2);
	assert_int_equal(evict(&bench), 3);
	assert_int_equal(evict(&bench), 0);
	assert_int_equal(evict(&bench), 1);
	policy_lru.destroy(bench.policy);
}

static void test_clock(void **state)
{
	struct bench bench;

	(void)state;
	/* bits are 0 at load: without a reference it is fifo */
	start(&bench, &policy_clock, false);
	insert(&bench, 0);
	insert(&bench, 1);
	insert(&bench, 2);
	refer(&bench, 0, 0, 0);
	/* 0 is spared, 1 goes; 2 is before 0 now */
	assert_int_equal(evict(&bench), 1);
	insert(&bench, 1);
	refer(&bench, 2, 0, 0);
	/* 2 is spared; 0 had its bit cleared */
	assert_int_equal(evict(&bench), 0);
	assert_int_equal(evict(&bench), 1);
	assert_int_equal(evict(&bench), 2);
	policy_clock.destroy(bench.policy);

	/* bits are 1 at load: one round clears all, the first goes */
	start(&bench, &policy_clock, true);
	insert(&bench, 0);
	insert(&bench, 1);
	insert(&bench, 2);
	assert_int_equal(evict(&bench), 0);
	assert_false(bench.bits[1]);
	assert_false(bench.bits[2]);
	insert(&bench, 3);
	refer(&bench, 1, 0, 0);
	/* 1 spared, 2 goes; 3 has the bit of its load */
	assert_int_equal(evict(&bench), 2);
	assert_int_equal(evict(&bench), 1);
	assert_int_equal(evict(&bench), 3);
	policy_clock.destroy(bench.policy);
}

static void test_opt(void **state)
{
	struct bench bench;

	(void)state;
	start(&bench, &policy_opt, true);
	insert_page(&bench, 0, 10, 0);
	insert_page(&bench, 1, 30, 0);
	insert_page(&bench, 2, 20, 0);
	assert_int_equal(evict(&bench), 1);
	insert_page(&bench, 1, 15, 0);
	refer(&bench, 0, 40, 11);
	assert_int_equal(evict(&bench), 0);
	/* what was removed comes back with the key it had */
	leave(&bench, 2);
	insert_page(&bench, 2, 20, 0);
	assert_int_equal(evict(&bench), 2);
	assert_int_equal(evict(&bench), 1);
	assert_int_equal(evict(&bench), FRAME_NONE);
	policy_opt.destroy(bench.policy);
}

/* Never used again: the one whose last use is the oldest goes first. */
static void test_opt_ties(void **state)
{
	struct bench bench;

	(void)state;
	start(&bench, &policy_opt, true);
	insert_page(&bench, 3, NEXT_USE_NEVER, 0);
	insert_page(&bench, 1, 2, 0);
	insert_page(&bench, 2, NEXT_USE_NEVER - 1000, 0);
	refer(&bench, 1, NEXT_USE_NEVER, 3);
	insert_page(&bench, 0, NEXT_USE_NEVER, 0);
	assert_int_equal(evict(&bench), 3);
	assert_int_equal(evict(&bench), 1);
	assert_int_equal(evict(&bench), 0);
	assert_int_equal(evict(&bench), 2);
	policy_opt.destroy(bench.policy);
}

/* Uses that no event stands for, as will-need makes them, may come for ever:
 * each has a key that is never past. */
static void test_opt_references_without_events(void **state)
{
	struct bench bench;
	unsigned i;

	(void)state;
	start(&bench, &policy_opt, true);
	insert_page(&bench, 0, 10, 0);
	insert_page(&bench, 1, 20, 0);
	for (i = 0; i < 5000; i++)
		refer(&bench, 0, NEXT_USE_NEVER, 0);
	for (i = 0; i < 5000; i++)
		refer(&bench, 1, 20, 0); /* the same again */
	assert_int_equal(evict(&bench), 0);
	assert_int_equal(evict(&bench), 1);
	policy_opt.destroy(bench.policy);
}

static void test_ranks(void **state)
{
	const struct policy_ops *ops = &policy_lru_hints;
	struct bench bench;

	(void)state;
	start(&bench, ops, true);
	insert_page(&bench, 0, 0, RANK_NORMAL);
	insert_page(&bench, 1, 0, RANK_FIRST);
	insert_page(&bench, 2, 0, RANK_PRIORITY + PRIORITY_MAX);
	insert_page(&bench, 3, 0, RANK_PRIORITY);
	insert_page(&bench, 4, 0, RANK_NORMAL);
	insert_page(&bench, 5, 0, RANK_NORMAL);
	/* a reference changes the order within a rank only */
	refer(&bench, 1, 0, 0);
	refer(&bench, 0, 0, 0);
	assert_int_equal(evict(&bench), 1);
	assert_int_equal(evict(&bench), 3);
	/* cold until it is referenced again */
	ops->rank(bench.policy, 2, RANK_FIRST, true);
	sound(&bench);
	ops->rank(bench.policy, 5, RANK_FIRST, true);
	sound(&bench);
	refer(&bench, 2, 0, 0);
	assert_int_equal(evict(&bench), 5);
	/* a new rank keeps the age: 4 is older than 0 */
	ops->rank(bench.policy, 0, RANK_PRIORITY + 6, false);
	sound(&bench);
	ops->rank(bench.policy, 4, RANK_PRIORITY + 6, false);
	sound(&bench);
	assert_int_equal(evict(&bench), 4);
	assert_int_equal(evict(&bench), 0);
	assert_int_equal(evict(&bench), 2);
	ops->destroy(bench.policy);
}

/* Eight frames, two of them in the second list. */
static void test_sfifo(void **state)
{
	struct bench bench;
	uint32_t i;

	(void)state;
	start(&bench, &policy_sfifo, true);
	for (i = 0; i < FRAMES; i++)
		insert(&bench, i);
	/* what fell out of the first list is unmapped, the others are not */
	for (i = 0; i < FRAMES; i++)
		assert_int_equal(bench.mapped[i], i >= 2);
	/* a use in the second list puts it in the first, and 2 out of it */
	refer(&bench, 0, 0, 0);
	assert_true(bench.mapped[0]);
	assert_false(bench.mapped[2]);
	/* a use in the first list, or a touch there, changes nothing */
	refer(&bench, 3, 0, 0);
	bench.ops->touch(bench.policy, 3);
	sound(&bench);
	assert_int_equal(evict(&bench), 1);
	assert_int_equal(evict(&bench), 2);
	/* the pager may have taken all of the second list */
	assert_int_equal(evict(&bench), 3);
	policy_sfifo.destroy(bench.policy);
}

/* Each check finds what should not be: too few, too many, another. */
static void test_checks(void **state)
{
	const struct policy_ops *ops;
	struct bench bench;
	unsigned i;

	(void)state;
	for (i = 0; (ops = policy_at(i)); i++) {
		start(&bench, ops, true);
		insert(&bench, 1);
		insert(&bench, 2);
		bench.member[3] = true;
		assert_non_null(ops->check(bench.policy, bench.member));
		bench.member[1] = false;
		assert_non_null(ops->check(bench.policy, bench.member));
		bench.member[3] = false;
		assert_non_null(ops->check(bench.policy, bench.member));
		ops->destroy(bench.policy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_contract),
		cmocka_unit_test(test_fifo),
		cmocka_unit_test(test_lru),
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_opt),
		cmocka_unit_test(test_opt_ties),
		cmocka_unit_test(test_opt_references_without_events),
		cmocka_unit_test(test_ranks),
		cmocka_unit_test(test_sfifo),
		cmocka_unit_test(test_checks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
