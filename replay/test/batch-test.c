/*
 * Replays whose victims leave in batches and are written ahead of need,
 * against the plainest model, at many sizes; and that neither changes what
 * it should not.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "replay/test/lab.h"
#include "replay/test/naive-ahead.h"

static const struct {
	const struct policy_ops *policy;
	enum naive_policy model;
} pairs[] = {
	{&policy_fifo, NAIVE_FIFO},
	{&policy_lru, NAIVE_LRU},
	{&policy_sfifo, NAIVE_SFIFO},
};

#define PAIRS (sizeof(pairs) / sizeof(pairs[0]))

static struct replay_result replay(struct lab *lab,
	const struct policy_ops *policy, uint32_t frames, uint32_t batch,
	uint32_t ahead)
{
	struct replay_config config = {
		.policy = policy,
		.frames = frames,
		.bit_at_load = true,
		.check = true,
		.look_ahead = true,
		.victim_batch = batch,
		.clean_ahead = ahead,
		.nextuse = lab->nextuse,
		.counter = lab->counter,
	};
	struct replay_result result;
	struct message message = {0};

	if (replay_run(lab->reader, &config, &result, &message))
		fail_msg("%s at %u frames: %s", policy->name, frames,
			message.text);
	return result;
}

static void compare(struct lab *lab, const struct lab_references *references,
	size_t pair, const struct naive_ahead *how)
{
	const struct naive_trace trace = lab_naive(references);
	struct replay_result result = replay(
		lab, pairs[pair].policy, how->frames, how->batch, how->ahead);
	struct naive_ahead_result model;

	assert_int_equal(naive_ahead_replay(how, &trace, &model), 0);
	if (result.faults != model.faults ||
		result.zero_faults != model.zero_faults ||
		result.soft_faults != model.soft_faults ||
		result.writebacks != model.writebacks ||
		result.cleaned != model.cleaned ||
		result.evictions != model.evictions)
		fail_msg("%s, %u frames, batch %u, ahead %u: "
			 "%llu faults, %llu zero, %llu soft, %llu written, "
			 "%llu cleaned; model %llu, %llu, %llu, %llu, %llu",
			pairs[pair].policy->name, how->frames, how->batch,
			how->ahead, (unsigned long long)result.faults,
			(unsigned long long)result.zero_faults,
			(unsigned long long)result.soft_faults,
			(unsigned long long)result.writebacks,
			(unsigned long long)result.cleaned,
			(unsigned long long)model.faults,
			(unsigned long long)model.zero_faults,
			(unsigned long long)model.soft_faults,
			(unsigned long long)model.writebacks,
			(unsigned long long)model.cleaned);
}

static void compare_all(struct lab *lab,
	const struct lab_references *references, uint32_t frames)
{
	static const uint32_t batches[] = {1, 2, 7, 64};
	static const uint32_t aheads[] = {0, 1, 2, 9, 40};
	size_t pair, i, j;

	for (pair = 0; pair < PAIRS; pair++)
		for (i = 0; i < sizeof(batches) / sizeof(batches[0]); i++)
			for (j = 0; j < sizeof(aheads) / sizeof(aheads[0]); j++)
				compare(lab, references, pair,
					&(struct naive_ahead){
						.policy = pairs[pair].model,
						.frames = frames,
						.batch = batches[i],
						.ahead = aheads[j] < frames
								 ? aheads[j]
								 : frames,
					});
}

static void against_the_model(void **state)
{
	static const uint32_t sizes[] = {1, 2, 3, 8, 20, 33};
	uint64_t seed = 0xba7c;

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct lab_references references =
			lab_random_references(&seed, 1500, 60);
		struct lab lab;

		lab_open(&lab, &references, 100, NULL);
		compare_all(&lab, &references, sizes[i]);
		lab_close(&lab);
		lab_free_references(&references);
	}
}

/* Cleaning changes no victim: of every policy the faults are the same.  A
 * policy that can't say who comes next has nothing cleaned. */
static void cleaning_changes_no_fault(void **state)
{
	uint64_t seed = 12;
	struct lab_references references =
		lab_random_references(&seed, 5000, 80);
	const struct policy_ops *policy;
	struct lab lab;

	(void)state;
	lab_open(&lab, &references, 0, NULL);
	for (unsigned i = 0; (policy = policy_at(i)); i++) {
		struct replay_result without = replay(&lab, policy, 30, 1, 0);
		struct replay_result with = replay(&lab, policy, 30, 1, 8);

		assert_int_equal(with.faults, without.faults);
		assert_int_equal(with.evictions, without.evictions);
		assert_int_equal(with.clean_ahead, policy->upcoming ? 8 : 0);
		assert_int_equal(!with.cleaned, !policy->upcoming);
		assert_true(
			with.writebacks + with.cleaned >= without.writebacks);
		if (policy->upcoming)
			assert_true(with.writebacks < without.writebacks);
	}
	lab_close(&lab);
	lab_free_references(&references);
}

/* Who knows the future evicts one at a time, and is still the best. */
static void none_is_better_than_opt(void **state)
{
	uint64_t seed = 13;
	struct lab_references references =
		lab_random_references(&seed, 5000, 80);
	const struct policy_ops *policy;
	struct replay_result best;
	struct lab lab;

	(void)state;
	lab_open(&lab, &references, 0, NULL);
	best = replay(&lab, &policy_opt, 30, 8, 8);
	assert_int_equal(best.victim_batch, 1);
	assert_int_equal(
		best.faults, replay(&lab, &policy_opt, 30, 1, 0).faults);
	for (unsigned i = 0; (policy = policy_at(i)); i++)
		assert_true(
			replay(&lab, policy, 30, 8, 8).faults >= best.faults);
	lab_close(&lab);
	lab_free_references(&references);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(against_the_model),
		cmocka_unit_test(cleaning_changes_no_fault),
		cmocka_unit_test(none_is_better_than_opt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
