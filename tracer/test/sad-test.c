/*
 * The reduction by itself: what is left out, what is held back, and that
 * faults and write-backs are those of all references, by policies in their
 * plainest form that share nothing with the pager's.
 */
#include <config.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tracer/random.h"
#include "tracer/reduction.h"
#include "tracer/sad.h"

#define RUNS_MAX 4096
#define TRACES 1000

struct stream {
	struct trace_run run[RUNS_MAX];
	unsigned runs;
};

static int keep(void *context, const struct trace_run *run)
{
	struct stream *stream = context;

	assert_true(stream->runs < RUNS_MAX);
	stream->run[stream->runs++] = *run;
	return 0;
}

static void add(struct stream *stream, uint64_t vpn, uint32_t kinds)
{
	const struct trace_run run = {vpn, 1, kinds, 0};

	keep(stream, &run);
}

/* All of IN through a reduction for FRAMES; a flush at random places if
 * FLUSHES. */
static void reduce(const struct stream *in, uint32_t frames, uint64_t flushes,
	struct stream *out)
{
	struct sad *sad;

	out->runs = 0;
	assert_int_equal(sad_create(frames, keep, out, &sad), 0);
	for (unsigned i = 0; i < in->runs; i++) {
		const char *wrong;

		if (flushes && random_below(&flushes, 50) == 0)
			assert_int_equal(sad_flush(sad), 0);
		assert_int_equal(sad_add(sad, &in->run[i]), 0);
		wrong = sad_check(sad);
		if (wrong)
			fail_msg("after reference %u: %s", i, wrong);
	}
	assert_int_equal(sad_flush(sad), 0);
	assert_null(sad_check(sad));
	sad_destroy(sad);
}

/* The same with windows before, in parts of random size; K is at least 2. */
static void reduce_quickly(const struct stream *in, uint32_t frames,
	uint64_t seed, struct stream *out)
{
	struct reduction *reduction;

	out->runs = 0;
	assert_int_equal(reduction_create(frames, keep, out, &reduction), 0);
	for (unsigned i = 0; i < in->runs;) {
		struct trace_touch touch[20];
		unsigned count = 0, most = (unsigned)random_below(&seed, 20);

		for (; count <= most && i < in->runs; count++, i++)
			touch[count] = (struct trace_touch){in->run[i].vpn,
				in->run[i].count, in->run[i].kinds};
		if (random_below(&seed, 20) == 0)
			assert_int_equal(reduction_flush(reduction), 0);
		assert_int_equal(
			reduction_add(reduction, touch, count,
				(uint32_t)(random_below(&seed, 30) == 0)),
			0);
	}
	assert_int_equal(reduction_flush(reduction), 0);
	reduction_destroy(reduction);
}

/* ---- LRU and OPT ---- */

struct counts {
	unsigned faults, writebacks;
};

struct frame {
	uint64_t vpn;
	unsigned used, next;
	bool dirty;
};

static unsigned next_use(const struct stream *stream, unsigned i)
{
	uint64_t vpn = stream->run[i].vpn;

	for (unsigned j = i + 1; j < stream->runs; j++)
		if (stream->run[j].vpn == vpn)
			return j;
	return UINT32_MAX;
}

/* Which goes: used longest ago, or next used last; of those that are never
 * used again the one used longest ago. */
static bool goes_before(
	const struct frame *one, const struct frame *two, bool opt)
{
	if (opt && one->next != two->next)
		return one->next > two->next;
	return one->used < two->used;
}

static struct frame *find_frame(struct frame *frame, unsigned *used,
	unsigned frames, uint64_t vpn, bool opt, struct counts *counts)
{
	struct frame *victim = frame;

	for (unsigned i = 0; i < *used; i++)
		if (frame[i].vpn == vpn)
			return &frame[i];
	counts->faults++;
	if (*used < frames) {
		victim = &frame[(*used)++];
	} else {
		for (unsigned i = 1; i < frames; i++)
			if (goes_before(&frame[i], victim, opt))
				victim = &frame[i];
		counts->writebacks += victim->dirty;
	}
	*victim = (struct frame){.vpn = vpn};
	return victim;
}

static struct counts run_policy(
	const struct stream *stream, unsigned frames, bool opt)
{
	static struct frame frame[1024];
	struct counts counts = {0, 0};
	unsigned used = 0;

	for (unsigned i = 0; i < stream->runs; i++) {
		const struct trace_run *run = &stream->run[i];
		struct frame *held = find_frame(
			frame, &used, frames, run->vpn, opt, &counts);

		held->used = i;
		held->next = opt ? next_use(stream, i) : 0;
		held->dirty |= (run->kinds & TRACE_WRITE) != 0;
	}
	for (unsigned i = 0; i < used; i++)
		counts.writebacks += frame[i].dirty;
	return counts;
}

static void compare(const struct stream *whole, const struct stream *reduced,
	unsigned frames)
{
	for (unsigned opt = 0; opt < 2; opt++) {
		struct counts one = run_policy(whole, frames, opt);
		struct counts two = run_policy(reduced, frames, opt);

		assert_int_equal(one.faults, two.faults);
		assert_int_equal(one.writebacks, two.writebacks);
	}
}

/* ---- tests ---- */

static void random_stream(struct stream *stream, uint64_t *seed, unsigned pages)
{
	uint64_t page = 0;

	stream->runs = 0;
	while (stream->runs < 600) {
		uint64_t dice = random_below(seed, 32);

		if (dice < 2)
			page = random_below(seed, pages);
		else if (dice < 12)
			page = random_below(seed, 1 + pages / 6);
		else
			page = (page + (dice & 1 ? 1 : pages - 1)) % pages;
		add(stream, page,
			random_below(seed, 5) ? TRACE_READ : TRACE_WRITE);
	}
}

static void test_exact(void **state)
{
	static struct stream whole, reduced, again;
	uint64_t seed = 11, before = 0, after = 0;

	(void)state;
	for (unsigned i = 0; i < TRACES; i++) {
		uint32_t frames = 1 + (uint32_t)random_below(&seed, 9);
		uint32_t more = (uint32_t)random_below(&seed, 5);

		random_stream(&whole, &seed,
			2 + (unsigned)random_below(&seed, 5 * frames));
		reduce(&whole, frames, i % 2 ? seed : 0, &reduced);
		compare(&whole, &reduced, frames);
		compare(&whole, &reduced, frames + 1);
		compare(&whole, &reduced, 2 * frames);
		compare(&whole, &reduced, 4 * frames);
		compare(&whole, &reduced, 16 * frames);
		reduce(&reduced, frames + more, 0, &again);
		compare(&whole, &again, frames + more);
		before += whole.runs;
		after += reduced.runs;
		reduce_quickly(&whole, frames + 1, seed, &reduced);
		for (unsigned times = 1; times <= 16; times *= 2)
			compare(&whole, &reduced, times * (frames + 1));
		compare(&whole, &reduced, frames + 2);
	}
	assert_true(after < before * 3 / 4);
}

/* Nothing is lost: references, kinds of a page, and their order. */
static void check_totals(
	const struct stream *whole, const struct stream *reduced)
{
	for (uint64_t vpn = 0; vpn < 30; vpn++) {
		uint32_t count[2] = {0, 0}, kinds[2] = {0, 0};

		for (unsigned i = 0; i < whole->runs; i++)
			if (whole->run[i].vpn == vpn) {
				count[0] += whole->run[i].count;
				kinds[0] |= whole->run[i].kinds;
			}
		for (unsigned i = 0; i < reduced->runs; i++)
			if (reduced->run[i].vpn == vpn) {
				count[1] += reduced->run[i].count;
				kinds[1] |= reduced->run[i].kinds;
			}
		assert_int_equal(count[0], count[1]);
		assert_int_equal(kinds[0], kinds[1]);
	}
}

static void test_totals(void **state)
{
	static struct stream whole, reduced;
	uint64_t seed = 12;

	(void)state;
	random_stream(&whole, &seed, 30);
	for (unsigned i = 0; i < whole.runs; i++)
		whole.run[i].thread = i;
	reduce(&whole, 8, 0, &reduced);
	check_totals(&whole, &reduced);
	for (unsigned i = 1; i < reduced.runs; i++)
		assert_true(reduced.run[i - 1].thread < reduced.run[i].thread);
	reduce_quickly(&whole, 8, seed, &reduced);
	check_totals(&whole, &reduced);
}

/* a x b x c: with 2 frames b goes, and what it wrote is c's; a y x b c with
 * two others between a and c stays. */
static void test_small(void **state)
{
	static struct stream in, out;

	(void)state;
	in.runs = 0;
	add(&in, 1, TRACE_READ);
	add(&in, 9, TRACE_READ);
	add(&in, 1, TRACE_WRITE | TRACE_KERNEL);
	add(&in, 9, TRACE_READ);
	add(&in, 1, TRACE_INSTRUCTION);
	reduce(&in, 2, 0, &out);
	assert_int_equal(out.runs, 4);
	assert_int_equal(out.run[3].vpn, 1);
	assert_int_equal(out.run[3].count, 2);
	assert_int_equal(out.run[3].kinds, TRACE_WRITE | TRACE_INSTRUCTION);
	reduce(&in, 1, 0, &out);
	assert_int_equal(out.runs, 5);

	in.runs = 0;
	add(&in, 1, TRACE_READ);
	add(&in, 8, TRACE_READ);
	add(&in, 9, TRACE_READ);
	add(&in, 1, TRACE_READ);
	add(&in, 1, TRACE_READ);
	reduce(&in, 2, 0, &out);
	assert_int_equal(out.runs, 5);
	reduce(&in, 3, 0, &out);
	assert_int_equal(out.runs, 4);
}

/* Counts that would not fit one event end what is left out. */
static void test_full_counts(void **state)
{
	static struct stream in, out;
	uint64_t sum = 0;

	(void)state;
	in.runs = 0;
	for (unsigned i = 0; i < 40; i++) {
		add(&in, i % 2, TRACE_READ);
		in.run[i].count = UINT32_MAX / 3;
	}
	reduce(&in, 4, 0, &out);
	for (unsigned i = 0; i < out.runs; i++)
		sum += out.run[i].count;
	assert_int_equal(sum, UINT64_C(40) * (UINT32_MAX / 3));
	assert_in_range(out.runs, 13, 30);
	reduce_quickly(&in, 4, 0, &out);
	for (unsigned i = 0; i < out.runs; i++)
		sum -= out.run[i].count;
	assert_int_equal(sum, 0);
}

static int refuse(void *context, const struct trace_run *run)
{
	(void)context;
	(void)run;
	return -ENOSPC;
}

static void test_emit_fails(void **state)
{
	const struct trace_run run = {1, 1, TRACE_READ, 0};
	struct sad *sad;

	(void)state;
	assert_int_equal(sad_create(2, refuse, NULL, &sad), 0);
	assert_int_equal(sad_add(sad, &run), -ENOSPC);
	sad_destroy(sad);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exact),
		cmocka_unit_test(test_totals),
		cmocka_unit_test(test_small),
		cmocka_unit_test(test_full_counts),
		cmocka_unit_test(test_emit_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
