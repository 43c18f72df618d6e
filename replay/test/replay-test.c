/*
 * Replays against the plainest models of the policies, at sizes from one
 * frame to more than there are pages: faults, zero-fills and write-backs.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "replay/test/lab.h"

static const struct {
	const struct policy_ops *policy;
	enum naive_policy model;
	bool bit_at_load;
} pairs[] = {
	{&policy_opt, NAIVE_OPT, true},
	{&policy_lru, NAIVE_LRU, true},
	{&policy_fifo, NAIVE_FIFO, true},
	{&policy_clock, NAIVE_CLOCK, true},
	{&policy_clock, NAIVE_CLOCK, false},
	{&policy_sfifo, NAIVE_SFIFO, true},
	{&policy_sfifo, NAIVE_SFIFO, false},
};

#define PAIRS (sizeof(pairs) / sizeof(pairs[0]))

/* Each policy at FRAMES, against its model; none has less than opt. */
static void check_size(struct lab *lab, const struct lab_references *references,
	uint32_t frames)
{
	const struct naive_trace trace = lab_naive(references);
	const uint32_t pages = trace_reader_info(lab->reader)->pages;
	struct naive_result model;
	struct lab_counts counts;
	uint64_t opt_faults = 0;

	for (size_t i = 0; i < PAIRS; i++) {
		counts = lab_replay(lab, pairs[i].policy, frames,
			pairs[i].bit_at_load, NULL);
		assert_int_equal(
			naive_replay(pairs[i].model, pairs[i].bit_at_load,
				&trace, frames < pages ? frames : pages,
				&model),
			0);
		if (counts.faults != model.faults ||
			counts.writebacks != model.writebacks ||
			counts.zero != model.zero_faults)
			fail_msg("%s (bit at load %d) at %u frames: "
				 "%llu faults, %llu zero, %llu written; "
				 "model %llu, %llu, %llu",
				pairs[i].policy->name, pairs[i].bit_at_load,
				frames, (unsigned long long)counts.faults,
				(unsigned long long)counts.zero,
				(unsigned long long)counts.writebacks,
				(unsigned long long)model.faults,
				(unsigned long long)model.zero_faults,
				(unsigned long long)model.writebacks);
		if (pairs[i].model == NAIVE_CLOCK)
			assert_int_equal(counts.harvested, model.harvested);
		assert_int_equal(counts.soft, model.soft_faults);
		assert_int_equal(counts.prefetches, 0);
		if (i == 0)
			opt_faults = counts.faults;
		assert_true(counts.faults >= opt_faults);
	}
}

/* As many distinct pages as the trace really has. */
static uint32_t distinct(const struct lab *lab)
{
	return trace_reader_info(lab->reader)->pages;
}

/* Blocks of sizes that put their ends everywhere, runs and threads. */
static void random_traces(void **state)
{
	static const uint32_t blocks[] = {1, 5, 64, 700, 0};
	uint64_t seed = 0x5e1f;

	(void)state;
	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		uint32_t pages = 3 + lab_random(&seed) % 60;
		struct lab_references references =
			lab_random_references(&seed, 900, pages);
		struct lab lab;
		uint32_t sizes[8];

		lab_open(&lab, &references, blocks[i], NULL);
		pages = distinct(&lab);
		sizes[0] = 1;
		sizes[1] = 2;
		sizes[2] = 3 + pages / 8;
		sizes[3] = 3 + pages / 2;
		sizes[4] = pages - 1;
		sizes[5] = pages;
		sizes[6] = pages + 1;
		sizes[7] = 100 * pages;
		for (size_t j = 0; j < 8; j++)
			check_size(&lab, &references, sizes[j]);
		lab_close(&lab);
		lab_free_references(&references);
	}
}

/* More than one block of the usual size, and LRU also by stack distances. */
static void long_trace(void **state)
{
	enum { COUNT = 700000, PAGES = 90 };
	uint64_t seed = 77, *curve = malloc((PAGES + 1) * sizeof(*curve));
	struct lab_references references =
		lab_random_references(&seed, COUNT, PAGES);
	const struct naive_trace trace = lab_naive(&references);
	struct lab lab;

	(void)state;
	assert_non_null(curve);
	lab_open(&lab, &references, 0, NULL);
	assert_true(trace_reader_info(lab.reader)->blocks >= 2);
	assert_int_equal(distinct(&lab), PAGES);
	assert_int_equal(naive_lru_curve(&trace, PAGES, curve), 0);
	for (uint32_t frames = 1; frames <= PAGES; frames += 11)
		assert_int_equal(
			lab_replay(&lab, &policy_lru, frames, true, NULL)
				.faults,
			curve[frames]);
	check_size(&lab, &references, 12);
	check_size(&lab, &references, 70);
	lab_close(&lab);
	lab_free_references(&references);
	free(curve);
}

/* LRU by replay is LRU by stack distance at every size there is. */
static void lru_at_every_size(void **state)
{
	enum { PAGES = 50 };
	uint64_t seed = 3, curve[PAGES + 1];
	struct lab_references references =
		lab_random_references(&seed, 2000, PAGES);
	const struct naive_trace trace = lab_naive(&references);
	struct lab lab;

	(void)state;
	lab_open(&lab, &references, 100, NULL);
	assert_int_equal(naive_lru_curve(&trace, PAGES, curve), 0);
	for (uint32_t frames = 1; frames <= PAGES; frames++)
		assert_int_equal(
			lab_replay(&lab, &policy_lru, frames, true, NULL)
				.faults,
			curve[frames]);
	lab_close(&lab);
	lab_free_references(&references);
}

/*
 * Two frames, a a b c a with a twice in one run.  Clear bits at load: the
 * second reference of the run sets a's, so c takes b's frame and the last a
 * hits: 3 faults.  Were the run one reference, c would take a's: 4.
 */
static void run_sets_the_bit(void **state)
{
	uint32_t page[] = {0, 0, 1, 2, 0};
	bool write[5] = {false};
	struct lab_references twice = {page, write, NULL, 5, 3, NULL};
	struct lab_references once = {page + 1, write, NULL, 4, 3, NULL};
	struct lab lab;

	(void)state;
	lab_open(&lab, &twice, 0, NULL);
	assert_int_equal(trace_reader_info(lab.reader)->events, 4);
	assert_int_equal(
		lab_replay(&lab, &policy_clock, 2, false, NULL).faults, 3);
	lab_close(&lab);
	lab_open(&lab, &once, 0, NULL);
	assert_int_equal(
		lab_replay(&lab, &policy_clock, 2, false, NULL).faults, 4);
	lab_close(&lab);
}

/*
 * One frame and pages a b a b, all of them written.  Of anonymous memory the
 * first touch of each is a zero-fill and the second brings back what was
 * written; of a file's all are hard.
 */
static void zero_and_hard(void **state)
{
	uint32_t page[] = {0, 1, 0, 1};
	bool write[] = {true, true, true, true};
	struct lab_references references = {page, write, NULL, 4, 2, NULL};
	struct trace_region region = {
		.start = LAB_FIRST_PAGE * 4096,
		.end = (LAB_FIRST_PAGE + 2) * 4096,
		.kind = TRACE_REGION_MAP,
		.protection = 3,
		.anonymous = true,
		.name = "",
	};
	struct lab_counts counts;
	struct lab lab;

	(void)state;
	for (int file = 0; file < 2; file++) {
		region.anonymous = !file;
		region.name = file ? "/a/file" : "";
		lab_open(&lab, &references, 0, &region);
		counts = lab_replay(&lab, &policy_fifo, 1, true, NULL);
		assert_int_equal(counts.zero, file ? 0 : 2);
		assert_int_equal(counts.hard, file ? 4 : 2);
		assert_int_equal(counts.writebacks, 3);
		assert_int_equal(counts.evictions, 3);
		lab_close(&lab);
	}
}

/* A trace without a reference: no fault, and no division by it. */
static void empty_trace(void **state)
{
	struct lab_references references = {.count = 0};
	struct lab lab;

	(void)state;
	lab_open(&lab, &references, 0, NULL);
	for (size_t i = 0; i < PAIRS; i++)
		assert_int_equal(
			lab_replay(&lab, pairs[i].policy, 4, true, NULL).faults,
			0);
	lab_close(&lab);
}

static void stop_at_first_block(void *context, uint64_t references)
{
	(void)references;
	*(sig_atomic_t *)context = 2;
}

/* Told to stop during a block, it is over before the next. */
static void stops(void **state)
{
	uint64_t seed = 8;
	struct lab_references references =
		lab_random_references(&seed, 500, 20);
	volatile sig_atomic_t stop = 0;
	struct replay_config config = {
		.policy = &policy_lru,
		.frames = 5,
		.progress = stop_at_first_block,
		.progress_context = (void *)&stop,
		.stop = &stop,
	};
	struct replay_result result;
	struct message message;
	struct lab lab;

	(void)state;
	lab_open(&lab, &references, 10, NULL);
	config.counter = lab.counter;
	assert_int_equal(
		replay_run(lab.reader, &config, &result, &message), -EINTR);
	stop = 0;
	config.progress = NULL;
	assert_int_equal(replay_run(lab.reader, &config, &result, &message), 0);
	lab_close(&lab);
	lab_free_references(&references);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_traces),
		cmocka_unit_test(long_trace),
		cmocka_unit_test(lru_at_every_size),
		cmocka_unit_test(run_sets_the_bit),
		cmocka_unit_test(zero_and_hard),
		cmocka_unit_test(empty_trace),
		cmocka_unit_test(stops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
