/* Replays side by side give what each gives alone, however they are run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "replay/pass.h"
#include "replay/test/lab.h"

enum { POLICIES = 4, SIZES = 5, COUNT = POLICIES * SIZES };

static const struct policy_ops *const policies[POLICIES] = {
	&policy_opt, &policy_lru, &policy_clock, &policy_fifo};

struct sink {
	struct lab_counts counts[COUNT];
	unsigned next; /* result expected */
	unsigned passes;
	uint64_t references;
	unsigned refused; /* the result whose emit fails */
};

static void on_start(void *context, unsigned first, unsigned count)
{
	struct sink *sink = context;

	assert_int_equal(first, sink->next);
	assert_true(count > 0);
	sink->passes++;
}

static void on_progress(void *context, uint64_t references)
{
	struct sink *sink = context;

	assert_true(references >= sink->references);
	sink->references = references;
}

static int on_result(
	void *context, unsigned index, const struct replay_result *result)
{
	struct sink *sink = context;

	assert_int_equal(index, sink->next++);
	assert_true(index < COUNT);
	if (index == sink->refused)
		return -EPIPE;
	sink->counts[index] = lab_counts(result);
	return 0;
}

static void plan(struct replay_config *replays, uint32_t pages)
{
	const uint32_t sizes[SIZES] = {1, 2, pages / 3 + 1, pages, 2 * pages};
	unsigned i;

	for (i = 0; i < COUNT; i++)
		replays[i] = (struct replay_config){
			.policy = policies[i % POLICIES],
			.frames = sizes[i / POLICIES],
			.bit_at_load = true,
			.check = true,
			.look_ahead = true,
		};
}

static struct pass_config config_of(struct lab *lab, struct sink *sink)
{
	*sink = (struct sink){.refused = COUNT};
	return (struct pass_config){
		.jobs = 1,
		.bytes_max = UINT64_MAX,
		.nextuse = lab->nextuse,
		.start = on_start,
		.progress = on_progress,
		.emit = on_result,
		.context = sink,
	};
}

/* As pass_config says it, all of COUNT must come as when each is alone. */
static void check_way(struct lab *lab, const struct pass_config *way,
	const struct lab_counts *expected, unsigned passes)
{
	struct sink *sink = way->context;
	struct replay_config replays[COUNT];
	const struct trace_info *info = trace_reader_info(lab->reader);
	struct message message;

	plan(replays, info->pages);
	assert_int_equal(
		pass_run(lab->reader, way, replays, COUNT, &message), 0);
	assert_int_equal(sink->next, COUNT);
	assert_int_equal(sink->references, COUNT * info->references);
	if (passes)
		assert_int_equal(sink->passes, passes);
	assert_memory_equal(sink->counts, expected, sizeof(sink->counts));
}

static void check_trace(struct lab *lab)
{
	struct replay_config replays[COUNT];
	struct lab_counts expected[COUNT];
	struct pass_config way;
	struct sink sink;
	unsigned i;

	plan(replays, trace_reader_info(lab->reader)->pages);
	for (i = 0; i < COUNT; i++)
		expected[i] = lab_replay(
			lab, replays[i].policy, replays[i].frames, true, NULL);
	for (i = 1; i <= 7; i += 2) {
		way = config_of(lab, &sink);
		way.jobs = i;
		check_way(lab, &way, expected, 1);
	}
	way = config_of(lab, &sink);
	way.alone = true;
	check_way(lab, &way, expected, COUNT);
	way = config_of(lab, &sink);
	way.bytes_max = 1;
	check_way(lab, &way, expected, COUNT);
	way = config_of(lab, &sink);
	way.bytes_max = 4 * replay_bytes(&replays[COUNT - 1], UINT32_MAX);
	way.counter = lab->counter;
	way.jobs = 2;
	check_way(lab, &way, expected, 0);
}

/* More blocks than the ring has, of every size, with region events. */
static void test_ways(void **state)
{
	static const uint32_t blocks[] = {1, 7, 300, 0};
	const struct trace_region region = {.kind = TRACE_REGION_MAP,
		.start = LAB_FIRST_PAGE << 12,
		.end = (LAB_FIRST_PAGE + 20) << 12,
		.protection = 3,
		.anonymous = true,
		.name = "[heap]"};
	uint64_t seed = 0x9a55;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		struct lab_references references =
			lab_random_references(&seed, 700, 40);
		struct lab lab;

		lab_open(&lab, &references, blocks[i], i % 2 ? &region : NULL);
		check_trace(&lab);
		lab_close(&lab);
		lab_free_references(&references);
	}
}

/* What is emitted before an error stays; nothing comes after it. */
static void test_errors(void **state)
{
	uint64_t seed = 0xbad;
	struct lab_references references =
		lab_random_references(&seed, 500, 30);
	volatile sig_atomic_t stop = 1;
	struct replay_config replays[COUNT];
	struct pass_config way;
	struct message message;
	struct sink sink;
	struct lab lab;

	(void)state;
	lab_open(&lab, &references, 16, NULL);
	plan(replays, 30);
	way = config_of(&lab, &sink);
	way.stop = &stop;
	way.jobs = 3;
	assert_int_equal(
		pass_run(lab.reader, &way, replays, COUNT, &message), -EINTR);
	assert_int_equal(sink.next, 0);
	way = config_of(&lab, &sink);
	sink.refused = 6;
	assert_int_equal(
		pass_run(lab.reader, &way, replays, COUNT, &message), -EPIPE);
	assert_int_equal(sink.next, 7);
	way = config_of(&lab, &sink);
	assert_int_equal(pass_run(lab.reader, &way, replays, 0, &message), 0);
	assert_int_equal(sink.passes, 0);
	lab_close(&lab);
	lab_free_references(&references);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ways),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
