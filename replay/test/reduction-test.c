/*
 * Reduced traces through the replay itself: faults and write-backs of LRU and
 * OPT are those of the whole trace from K frames on, and below K they are
 * not; and what is said of that.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "replay/exact.h"
#include "replay/test/lab.h"

#define TRACES 100 /* sad-test has more of them */
#define REFERENCES 5000

static struct trace_writer_options reduced_for(uint32_t frames)
{
	return (struct trace_writer_options){
		.page_bytes = 4096,
		.has_writes = true,
		.block_events = 300,
		.reduce = frames,
	};
}

static struct lab_counts replay(
	struct lab *lab, const struct policy_ops *policy, uint64_t frames)
{
	struct replay_config config = {
		.policy = policy,
		.frames = frames,
		.bit_at_load = true,
		.nextuse = lab->nextuse,
		.counter = lab->counter,
	};
	struct replay_result result;
	struct message message = {""};

	if (replay_run(lab->reader, &config, &result, &message))
		fail_msg("%s", message.text);
	return lab_counts(&result);
}

/* At K, K + 1, 2 K, 4 K, 16 K frames. */
static void compare(struct lab *whole, struct lab *reduced, uint32_t frames)
{
	static const struct policy_ops *const policies[] = {
		&policy_lru, &policy_opt};
	const uint64_t sizes[] = {
		frames, frames + 1, 2 * frames, 4 * frames, 16 * frames};

	for (unsigned p = 0; p < 2; p++)
		for (unsigned i = 0; i < 5; i++) {
			struct lab_counts one =
				replay(whole, policies[p], sizes[i]);
			struct lab_counts two =
				replay(reduced, policies[p], sizes[i]);

			assert_int_equal(one.hard, two.hard);
			assert_int_equal(one.zero, two.zero);
			assert_int_equal(one.writebacks, two.writebacks);
			assert_int_equal(one.evictions, two.evictions);
		}
}

static void test_random_traces(void **state)
{
	uint64_t seed = 20261122, events = 0, left = 0;

	(void)state;
	for (unsigned i = 0; i < TRACES; i++) {
		uint32_t frames = 2 + (uint32_t)(lab_random(&seed) % 12);
		uint32_t pages = frames + 1 +
				 (uint32_t)(lab_random(&seed) % (6 * frames));
		struct trace_writer_options options = reduced_for(frames);
		struct lab_references references =
			lab_random_references(&seed, REFERENCES, pages);
		struct lab whole, reduced;

		lab_open(&whole, &references, 0, NULL);
		lab_open_with(&reduced, &references, &options, NULL);
		compare(&whole, &reduced, frames);
		events += trace_reader_info(whole.reader)->events;
		left += trace_reader_info(reduced.reader)->events;
		lab_close(&whole);
		lab_close(&reduced);
		lab_free_references(&references);
	}
	print_message("%d traces, %.2f times fewer events\n", TRACES,
		(double)events / (double)left);
	assert_true(left < events);
}

/* Else the test above would show nothing. */
static void test_fewer_frames(void **state)
{
	struct trace_writer_options options = reduced_for(12);
	struct lab_references references;
	struct lab whole, reduced;
	uint64_t seed = 7;

	(void)state;
	references = lab_random_references(&seed, 20000, 40);
	lab_open(&whole, &references, 0, NULL);
	lab_open_with(&reduced, &references, &options, NULL);
	for (unsigned frames = 2; frames < 8; frames++)
		assert_true(replay(&whole, &policy_lru, frames).faults !=
			    replay(&reduced, &policy_lru, frames).faults);
	lab_close(&whole);
	lab_close(&reduced);
	lab_free_references(&references);
}

/* ---- what is said of it ---- */

static enum exactness ask(const struct exact_question *question)
{
	char why[256];
	enum exactness exactness = exact_answer(question, why, sizeof(why));

	assert_int_equal(exactness == EXACT_YES, why[0] == '\0');
	return exactness;
}

static enum exactness answer(const struct trace_info *info,
	const struct policy_ops *policy, uint64_t frames, bool bit_at_load)
{
	return ask(&(struct exact_question){
		.info = info,
		.policy = policy,
		.frames = frames,
		.bit_at_load = bit_at_load,
	});
}

static void test_answers(void **state)
{
	struct trace_info info = {.pages = 1000, .reduction = 1};
	struct exact_question ahead = {
		.info = &info,
		.policy = &policy_lru,
		.frames = 50,
		.bit_at_load = true,
		.ahead = true,
	};

	(void)state;
	assert_int_equal(answer(&info, &policy_fifo, 1, true), EXACT_YES);
	assert_int_equal(answer(&info, &policy_clock, 1, false), EXACT_YES);
	assert_int_equal(ask(&ahead), EXACT_YES);
	info.no_counts = true;
	assert_int_equal(answer(&info, &policy_clock, 1, true), EXACT_YES);
	assert_int_equal(answer(&info, &policy_clock, 1, false), EXACT_NO);
	info.reduction = 50;
	assert_int_equal(answer(&info, &policy_lru, 49, true), EXACT_NO);
	assert_int_equal(answer(&info, &policy_opt, 49, true), EXACT_NO);
	assert_int_equal(answer(&info, &policy_lru, 50, true), EXACT_YES);
	assert_int_equal(answer(&info, &policy_opt, 50, true), EXACT_YES);
	assert_int_equal(ask(&ahead), EXACT_NO);
	ahead.policy = &policy_opt;
	assert_int_equal(ask(&ahead), EXACT_YES);
	assert_int_equal(answer(&info, &policy_fifo, 199, true), EXACT_NO);
	assert_int_equal(answer(&info, &policy_fifo, 200, true), EXACT_CLOSE);
	assert_int_equal(answer(&info, &policy_clock, 1000, true), EXACT_YES);
	assert_int_equal(
		answer(&info, &policy_lru_hints, 1000, true), EXACT_CLOSE);
	info.fidelity = TRACE_FIRST_TOUCHES;
	assert_int_equal(answer(&info, &policy_lru, 1000, true), EXACT_NO);
	info.fidelity = TRACE_SAMPLED;
	assert_int_equal(answer(&info, &policy_opt, 500, true), EXACT_NO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_traces),
		cmocka_unit_test(test_fewer_frames),
		cmocka_unit_test(test_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
