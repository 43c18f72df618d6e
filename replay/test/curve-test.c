/*
 * Curves against replays, at every size: faults of LRU, of OPT and of LRU with
 * hints, write-backs of LRU; on random traces, and in windows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "replay/curve.h"
#include "replay/hint-curve.h"
#include "replay/test/lab.h"

enum { PAGES_MAX = 60, WINDOWS_MAX = 9, HINTS_MAX = 8 };

/* What a pass emitted, one window after the other. */
struct emitted {
	unsigned windows, wanted;
	uint32_t pages;
	bool told; /* write-backs */
	uint64_t events, references;
	uint64_t faults[WINDOWS_MAX][PAGES_MAX + 1];
	uint64_t writebacks[WINDOWS_MAX][PAGES_MAX + 1];
};

static int on_curve(void *context, const struct curve *curve)
{
	struct emitted *emitted = context;
	unsigned at = emitted->windows++;
	size_t bytes = (curve->pages + 1) * sizeof(uint64_t);

	assert_true(at < emitted->wanted);
	assert_int_equal(curve->window, at + 1);
	assert_int_equal(curve->first_event, emitted->events);
	emitted->events += curve->events;
	emitted->references += curve->references;
	emitted->pages = curve->pages;
	emitted->told = curve->writebacks;
	memcpy(emitted->faults[at], curve->faults, bytes);
	if (curve->writebacks)
		memcpy(emitted->writebacks[at], curve->writebacks, bytes);
	return 0;
}

/* Runs a pass and checks what holds of every one. */
static void run(struct lab *lab, enum curve_policy policy, unsigned windows,
	struct emitted *out)
{
	struct curve_config config = {.policy = policy,
		.windows = windows,
		.emit = on_curve,
		.context = out};
	const struct trace_info *info = trace_reader_info(lab->reader);
	struct message message = {""};

	memset(out, 0, sizeof(*out));
	out->wanted = windows;
	if (curve_run(lab->reader, &config, &message))
		fail_msg("%s", message.text);
	assert_int_equal(out->windows, windows);
	assert_int_equal(out->events, info->events);
	assert_int_equal(out->references, info->references);
	assert_int_equal(out->told, policy == CURVE_LRU);
}

static void compare(struct lab *lab, uint32_t frames, const struct emitted *lru,
	const struct emitted *opt)
{
	struct replay_config config = {.policy = &policy_lru,
		.frames = frames,
		.bit_at_load = true,
		.nextuse = lab->nextuse,
		.counter = lab->counter};
	struct message message = {""};
	struct replay_result result;

	assert_int_equal(
		replay_run(lab->reader, &config, &result, &message), 0);
	assert_int_equal(lru->faults[0][frames], result.faults);
	assert_int_equal(lru->writebacks[0][frames], result.writebacks);
	config.policy = &policy_opt;
	assert_int_equal(
		replay_run(lab->reader, &config, &result, &message), 0);
	assert_int_equal(opt->faults[0][frames], result.faults);
}

static void test_every_size(void **state)
{
	static struct emitted lru, opt;
	uint64_t random = 30;

	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		struct lab_references references = lab_random_references(
			&random, 1 + lab_random(&random) % 600,
			1 + lab_random(&random) % (round % 30 + 2));
		struct lab lab;

		lab_open(&lab, &references, 100, NULL);
		run(&lab, CURVE_LRU, 1, &lru);
		run(&lab, CURVE_OPT, 1, &opt);
		for (uint32_t frames = 1; frames <= lru.pages; frames++)
			compare(&lab, frames, &lru, &opt);
		lab_close(&lab);
		lab_free_references(&references);
	}
}

static const struct trace_region heap = {
	.kind = TRACE_REGION_BRK,
	.start = LAB_FIRST_PAGE * 4096,
	.end = (LAB_FIRST_PAGE + 32) * 4096,
	.anonymous = true,
	.name = "[heap]",
};
static const struct trace_region mark = {
	.kind = TRACE_REGION_MARK, .name = "again"};

/* For some of the pages: a range, or a part of the heap. */
static void draw_place(uint64_t *random, uint32_t pages, struct hint *hint)
{
	uint64_t first = lab_random(random) % pages;
	uint64_t end = first + 1 + lab_random(random) % (pages - first);

	if (lab_random(random) % 3) {
		hint->start = (LAB_FIRST_PAGE + first) * 4096;
		hint->end = (LAB_FIRST_PAGE + end) * 4096;
		return;
	}
	hint->region = (char *)"[heap]";
	hint->part = (struct map_part){
		first * (MAP_PART_ALL / 32), end * (MAP_PART_ALL / 32), true};
}

/* Hints from some events on, by event, and at marks: none whose effect depends
 * on the size. */
static void draw_hints(uint64_t *random, uint32_t pages, uint64_t events,
	struct hint hint[HINTS_MAX], struct hints *out)
{
	static const enum advice advices[] = {ADVICE_NORMAL, ADVICE_RANDOM,
		ADVICE_READ_ONCE, ADVICE_DONT_NEED, ADVICE_COLD,
		ADVICE_PRIORITY, ADVICE_PRIORITY};
	uint64_t event = 0;

	*out = (struct hints){.hint = hint, .name = "curve-test"};
	out->count = 1 + lab_random(random) % HINTS_MAX;
	out->timed = lab_random(random) % (out->count + 1);
	for (size_t i = 0; i < out->count; i++) {
		if (lab_random(random) % 3)
			event += lab_random(random) %
				 (1 + 2 * events / out->count);
		hint[i] = (struct hint){
			.event = i < out->timed ? event : 0,
			.mark = i < out->timed ? NULL : (char *)mark.name,
			.advice =
				advices[lab_random(random) %
					(sizeof(advices) / sizeof(advices[0]))],
			.line = i + 1,
		};
		draw_place(random, pages, &hint[i]);
		if (hint[i].advice == ADVICE_PRIORITY)
			hint[i].value =
				lab_random(random) % (HINTS_PRIORITY_MAX + 1);
	}
}

static void draw_marks(uint64_t *random, struct lab_references *references)
{
	references->before =
		calloc(references->count, sizeof(*references->before));
	assert_non_null(references->before);
	for (size_t i = 0; i < references->count; i++)
		if (lab_random(random) % 50 == 0)
			references->before[i] = &mark;
}

static void test_hints(void **state)
{
	static struct emitted curve;
	uint64_t random = 33;

	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		struct lab_references references = lab_random_references(
			&random, 1 + lab_random(&random) % 600,
			1 + lab_random(&random) % (round % 30 + 2));
		struct curve_config config = {.policy = CURVE_HINTS,
			.emit = on_curve,
			.context = &curve};
		struct message message = {""};
		struct hint hint[HINTS_MAX];
		struct hints hints;
		struct lab lab;

		draw_hints(&random, references.pages, references.count, hint,
			&hints);
		draw_marks(&random, &references);
		lab_open(&lab, &references, 100, &heap);
		memset(&curve, 0, sizeof(curve));
		curve.wanted = 1;
		if (hint_curve_run(lab.reader, &config, &hints, &message))
			fail_msg("%s", message.text);
		for (uint32_t frames = 1; frames <= curve.pages; frames++) {
			struct lab_counts counts = lab_replay(
				&lab, &policy_lru_hints, frames, true, &hints);

			assert_int_equal(
				curve.faults[0][frames], counts.faults);
		}
		lab_close(&lab);
		lab_free_references(&references);
	}
}

/* Windows sum up to the whole; and the first half of a trace is a trace. */
static void test_windows(void **state)
{
	static struct emitted whole, parts;
	uint64_t random = 31;

	(void)state;
	for (unsigned windows = 2; windows <= WINDOWS_MAX; windows++) {
		struct lab_references references = lab_random_references(
			&random, windows % 3 ? 3000 : 5, PAGES_MAX);
		enum curve_policy policy = windows % 2 ? CURVE_OPT : CURVE_LRU;
		struct lab lab;

		lab_open(&lab, &references, 70, NULL);
		run(&lab, policy, 1, &whole);
		run(&lab, policy, windows, &parts);
		for (uint32_t frames = 1; frames <= whole.pages; frames++) {
			uint64_t faults = 0, writebacks = 0;

			for (unsigned at = 0; at < windows; at++) {
				faults += parts.faults[at][frames];
				writebacks += parts.writebacks[at][frames];
			}
			assert_int_equal(faults, whole.faults[0][frames]);
			assert_int_equal(
				writebacks, whole.writebacks[0][frames]);
		}
		lab_close(&lab);
		lab_free_references(&references);
	}
}

/* The first window of two is what a trace of the first half tells. */
static void test_first_half(void **state)
{
	static struct emitted half, parts;
	uint64_t random = 32;
	struct lab_references references =
		lab_random_references(&random, 4000, PAGES_MAX);
	struct lab lab;

	(void)state;
	/* no two references that would be one event */
	for (size_t i = 1; i < references.count; i++)
		if (references.page[i] == references.page[i - 1])
			references.page[i] =
				(references.page[i] + 1 + i % 2) % PAGES_MAX;
	for (size_t i = 1; i < references.count; i++)
		references.thread[i] = i % 2;
	lab_open(&lab, &references, 0, NULL);
	run(&lab, CURVE_LRU, 2, &parts);
	lab_close(&lab);
	references.count /= 2;
	lab_open(&lab, &references, 0, NULL);
	run(&lab, CURVE_LRU, 1, &half);
	lab_close(&lab);
	for (uint32_t frames = 1; frames <= half.pages; frames++) {
		assert_int_equal(
			parts.faults[0][frames], half.faults[0][frames]);
		assert_int_equal(parts.writebacks[0][frames],
			half.writebacks[0][frames]);
	}
	lab_free_references(&references);
}

static int refuse(void *context, const struct curve *curve)
{
	(void)context;
	(void)curve;
	return -ENOSPC;
}

static void test_stopped(void **state)
{
	volatile sig_atomic_t stop = 1;
	struct curve_config config = {.emit = refuse, .windows = 1};
	struct lab_references references =
		lab_random_references(&(uint64_t){33}, 100, 10);
	struct message message = {""};
	struct lab lab;

	(void)state;
	lab_open(&lab, &references, 0, NULL);
	assert_int_equal(curve_run(lab.reader, &config, &message), -ENOSPC);
	config.stop = &stop;
	assert_int_equal(curve_run(lab.reader, &config, &message), -ECANCELED);
	lab_close(&lab);
	lab_free_references(&references);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_size),
		cmocka_unit_test(test_hints),
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_first_half),
		cmocka_unit_test(test_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
