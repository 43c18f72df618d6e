/*
 * Policies of variable space against naive models of their papers, at random
 * windows on random traces; the windows' curve against runs; and what is known
 * of ws and vmin by other roads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "mm/test/policy-drive.h"
#include "mm/test/policy-models/row.h"
#include "mm/test/policy-models/wsclock.h"
#include "replay/test/lab.h"
#include "replay/test/naive-variable.h"
#include "replay/window-curve.h"
#include "replay/window-fit.h"

enum { TRACES = 200, USES_MAX = 400, WINDOWS = 40 };

static const struct {
	const struct variable_ops *ops;
	enum naive_variable_policy naive;
} pairs[] = {
	{&variable_ws, NAIVE_WS},
	{&variable_vmin, NAIVE_VMIN},
	{&variable_pff, NAIVE_PFF},
};

/* A random trace, open, and how far next uses are. */
struct case_ {
	struct lab_references references;
	struct lab lab;
	struct nextuse *distances;
};

static void open_case(struct case_ *made, uint64_t *random, unsigned round)
{
	struct nextuse_options options = {
		.references = true,
		.far_limit = round % 3 ? 0 : 1 + round % 20,
	};
	struct message message;

	made->references = lab_random_references(random,
		1 + lab_random(random) % USES_MAX,
		1 + lab_random(random) % (round % NAIVE_VARIABLE_PAGES + 1));
	lab_open(&made->lab, &made->references, round % 2 ? 0 : 37, NULL);
	assert_int_equal(nextuse_build(made->lab.reader, &options,
				 &made->distances, &message),
		0);
}

static void close_case(struct case_ *made)
{
	nextuse_close(made->distances);
	lab_close(&made->lab);
	lab_free_references(&made->references);
}

static struct variable_result run(struct case_ *made,
	const struct variable_ops *ops, double window, bool bit_at_load)
{
	const struct trace_info *info = trace_reader_info(made->lab.reader);
	struct variable_run_config config = {
		.ops = ops,
		.values = &window,
		.pages = info->pages,
		.references = info->references,
		.bit_at_load = bit_at_load,
	};
	uint64_t next[USES_MAX];
	struct variable_result result;
	struct variable_run *made_run;
	struct trace_block block;
	struct message message;
	const char *why;

	assert_int_equal(variable_run_open(&config, &made_run), 0);
	for (uint64_t i = 0; i < info->blocks; i++) {
		assert_int_equal(trace_reader_read(
					 made->lab.reader, i, &block, &message),
			0);
		assert_int_equal(
			nextuse_read(made->distances, block.first_event,
				block.events, next, &message),
			0);
		variable_run_block(made_run, &block, next);
	}
	variable_run_finish(made_run, &result);
	why = variable_run_check(made_run);
	if (why)
		fail_msg("%s", why);
	variable_run_close(made_run);
	return result;
}

/* From 1 to somewhat more than the trace is long, more often short ones. */
static uint64_t random_window(uint64_t *random, uint64_t references)
{
	return 1 +
	       lab_random(random) % (1 + lab_random(random) % (references + 3));
}

static void compare(struct case_ *made, unsigned which, uint64_t window,
	bool bit_at_load, unsigned round)
{
	struct naive_trace trace = lab_naive(&made->references);
	struct naive_variable_result naive = naive_variable_replay(
		pairs[which].naive, &trace, window, bit_at_load);
	struct variable_result result =
		run(made, pairs[which].ops, window, bit_at_load);

	if (result.faults != naive.faults || result.space != naive.space ||
		result.evictions != naive.evictions ||
		result.peak != naive.peak || result.scanned != naive.scanned ||
		result.harvested != naive.harvested)
		fail_msg("round %u: %s, window %llu, bit %d: %llu faults and "
			 "%llu of space, not %llu and %llu",
			round, pairs[which].ops->about.name,
			(unsigned long long)window, bit_at_load,
			(unsigned long long)result.faults,
			(unsigned long long)result.space,
			(unsigned long long)naive.faults,
			(unsigned long long)naive.space);
}

static void test_models(void **state)
{
	uint64_t random = 50;
	struct case_ made;

	(void)state;
	for (unsigned round = 0; round < TRACES; round++) {
		open_case(&made, &random, round);
		for (unsigned which = 0; which < 3; which++)
			for (unsigned i = 0; i < 4; i++)
				compare(&made, which,
					random_window(
						&random, made.references.count),
					i % 2, round);
		close_case(&made);
	}
}

/* The curve at windows 1, 2, 3 ... or at random ones. */
static unsigned run_curve(
	struct case_ *made, uint64_t *random, struct window_point *points)
{
	uint64_t windows[WINDOWS];
	struct window_curve_config config = {.windows = windows};
	uint64_t step = 1 + lab_random(random) % 20, at = 0;
	struct message message;

	for (unsigned i = 0; i < WINDOWS; i++)
		windows[i] = at += 1 + lab_random(random) % step;
	config.count = 1 + lab_random(random) % WINDOWS;
	assert_int_equal(
		window_curve_run(made->lab.reader, &config, points, &message),
		0);
	return config.count;
}

static void check_point(
	struct case_ *made, const struct window_point *point, unsigned round)
{
	struct naive_trace trace = lab_naive(&made->references);
	struct naive_variable_result ws =
		naive_variable_replay(NAIVE_WS, &trace, point->window, true);
	struct naive_variable_result vmin =
		naive_variable_replay(NAIVE_VMIN, &trace, point->window, true);

	if (point->faults != ws.faults || point->faults != vmin.faults ||
		point->ws_space != ws.space ||
		point->vmin_space != vmin.space ||
		point->ws_writebacks != ws.writebacks ||
		point->vmin_writebacks != vmin.writebacks)
		fail_msg("round %u: the curve at window %llu", round,
			(unsigned long long)point->window);
	assert_true(point->vmin_space <= point->ws_space);
}

static void test_curve(void **state)
{
	struct window_point points[WINDOWS];
	uint64_t random = 51;
	struct case_ made;

	(void)state;
	for (unsigned round = 0; round < TRACES; round++) {
		open_case(&made, &random, round);
		for (unsigned i = run_curve(&made, &random, points); i--;)
			check_point(&made, &points[i], round);
		close_case(&made);
	}
}

/*
 * Denning's recurrence: from a window to one larger by 1, the working set
 * grows, summed over all references, by one for each use that was a fault but
 * the first ones, and for each page that had left before the end.  And at the
 * ends of the scale: one page with a window of 1, all pages so far with one of
 * the whole trace.
 */
static void check_recurrence(struct case_ *made)
{
	const struct lab_references *references = &made->references;
	uint64_t windows[USES_MAX + 1], count = references->count;
	struct window_point points[USES_MAX + 1];
	struct window_curve_config config = {windows, count, NULL, NULL, NULL};
	size_t last[NAIVE_VARIABLE_PAGES] = {0};
	uint64_t all = 0, pages = 0, gone;
	struct message message;

	for (size_t i = 0; i < count; i++) {
		windows[i] = i + 1;
		pages += !last[references->page[i]];
		last[references->page[i]] = i + 1;
		all += pages;
	}
	assert_int_equal(
		window_curve_run(made->lab.reader, &config, points, &message),
		0);
	assert_int_equal(points[0].ws_space, count);
	assert_int_equal(points[0].vmin_space, count);
	assert_int_equal(points[count - 1].ws_space, all);
	assert_int_equal(points[count - 1].faults, pages);
	for (size_t i = 0; i + 1 < count; i++) {
		gone = 0;
		for (uint32_t page = 0; page < NAIVE_VARIABLE_PAGES; page++)
			gone += last[page] && count - last[page] >= windows[i];
		assert_int_equal(points[i + 1].ws_space - points[i].ws_space,
			points[i].faults - pages + gone);
	}
}

static void test_recurrence(void **state)
{
	uint64_t random = 52;
	struct case_ made;

	(void)state;
	for (unsigned round = 0; round < 50; round++) {
		open_case(&made, &random, round);
		check_recurrence(&made);
		close_case(&made);
	}
}

/* Where a fault costs as much as tau, or one less, nobody is cheaper than
 * vmin: neither ws and pff, nor fixed memory under any policy. */
static void check_best(struct case_ *made, uint64_t tau, uint64_t *random)
{
	struct variable_result vmin = run(made, &variable_vmin, tau, true);
	uint64_t other = random_window(random, made->references.count);
	struct variable_result results[] = {
		run(made, &variable_ws, other, true),
		run(made, &variable_pff, other, true),
		run(made, &variable_vmin, other, true),
	};

	for (unsigned i = 0; i < 3; i++)
		for (uint64_t cost = tau - 1; cost <= tau; cost++)
			assert_true(
				vmin.space + cost * vmin.faults <=
				results[i].space + cost * results[i].faults);
	for (uint32_t frames = 1; frames < 12; frames++) {
		struct lab_counts opt =
			lab_replay(&made->lab, &policy_opt, frames, true, NULL);

		assert_true(vmin.space + tau * vmin.faults <=
			    frames * made->references.count + tau * opt.faults);
	}
}

static void test_best(void **state)
{
	uint64_t random = 53;
	struct case_ made;

	(void)state;
	for (unsigned round = 0; round < 20; round++) {
		open_case(&made, &random, round);
		for (unsigned i = 0; i < 4; i++)
			check_best(&made,
				random_window(&random, made.references.count),
				&random);
		close_case(&made);
	}
}

/* Through the pager: the same faults, and its write-backs and zero-fills. */
static void compare_replay(struct case_ *made, unsigned which, double window)
{
	struct naive_trace trace = lab_naive(&made->references);
	struct naive_variable_result naive =
		naive_variable_replay(pairs[which].naive, &trace, window, true);
	struct replay_config config = {
		.policy = &pairs[which].ops->about,
		.variable = pairs[which].ops,
		.values = &window,
		.bit_at_load = true,
		.check = true,
		.look_ahead = true,
		.nextuse = made->distances,
		.counter = made->lab.counter,
	};
	struct replay_result result;
	struct message message = {""};

	if (replay_run(made->lab.reader, &config, &result, &message))
		fail_msg("%s", message.text);
	assert_int_equal(result.faults, naive.faults);
	assert_int_equal(result.writebacks, naive.writebacks);
	assert_int_equal(result.zero_faults, naive.zero_faults);
	assert_int_equal(result.evictions, naive.evictions);
	assert_int_equal(result.scanned, naive.scanned);
	assert_int_equal(result.harvested, naive.harvested);
	assert_int_equal(result.variable.space, naive.space);
	assert_int_equal(result.variable.peak, naive.peak);
}

static void test_replays(void **state)
{
	uint64_t random = 54;
	struct case_ made;

	(void)state;
	for (unsigned round = 0; round < 60; round++) {
		open_case(&made, &random, round);
		for (unsigned which = 0; which < 3; which++)
			compare_replay(&made, which,
				random_window(&random, made.references.count));
		close_case(&made);
	}
}

/* wsclock has a fixed number of frames, but its window is in references as
 * well: its model is told of each one. */
static void compare_wsclock(
	struct case_ *made, uint32_t frames, double tau, bool bit_at_load)
{
	struct model_config model_config = {
		.frames = frames,
		.bit_at_load = bit_at_load,
		.values = &tau,
	};
	struct replay_config config = {
		.policy = &policy_wsclock,
		.values = &tau,
		.frames = frames,
		.bit_at_load = bit_at_load,
		.check = true,
		.look_ahead = true,
		.counter = made->lab.counter,
	};
	static struct wsclock_model model;
	struct replay_result result;
	struct message message = {""};
	uint64_t faults = 0;

	memset(&model, 0, sizeof(model));
	wsclock_open(&model, &model_config);
	for (size_t i = 0; i < made->references.count; i++)
		faults += wsclock_use(&model, made->references.page[i]) !=
			  DRIVE_HIT;
	if (replay_run(made->lab.reader, &config, &result, &message))
		fail_msg("%s", message.text);
	assert_int_equal(result.faults, faults);
}

static void test_wsclock(void **state)
{
	uint64_t random = 56;
	struct case_ made;

	(void)state;
	for (unsigned round = 0; round < 60; round++) {
		open_case(&made, &random, round);
		for (uint32_t frames = 1; frames < 20; frames += 6)
			compare_wsclock(&made, frames,
				1 + lab_random(&random) % (8 * frames),
				round % 2);
		close_case(&made);
	}
}

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

/* Nobody is nearer: of ws and vmin at the windows beside it, and at some
 * all over.  Of pff, whose residency need not rise with its interval, there is
 * no telling. */
static void check_fits(struct case_ *made, uint64_t frames)
{
	struct window_fit_config config = {.bit_at_load = true};
	struct window_fit fits[] = {
		{&variable_ws, frames, 0},
		{&variable_pff, frames, 0},
		{&variable_vmin, frames, 0},
	};
	uint64_t asked = frames * made->references.count, found, window;
	struct message message;

	assert_int_equal(
		window_fit_run(made->lab.reader, &config, fits, 3, &message),
		0);
	for (unsigned i = 0; i < 3; i++) {
		uint64_t step = made->references.count / 30 + 1;

		assert_in_range(fits[i].window, 1, made->references.count);
		found = distance(
			run(made, fits[i].ops, fits[i].window, true).space,
			asked);
		if (fits[i].ops == &variable_pff)
			continue;
		for (window = 1; window <= made->references.count;
			window += step)
			assert_true(found <= distance(run(made, fits[i].ops,
							      window, true)
							      .space,
						     asked));
		for (window = fits[i].window - (fits[i].window > 1);
			window <= fits[i].window + 1; window++)
			assert_true(found <= distance(run(made, fits[i].ops,
							      window, true)
							      .space,
						     asked));
	}
}

static void test_fits(void **state)
{
	uint64_t random = 55;
	struct case_ made;

	(void)state;
	for (unsigned round = 0; round < 40; round++) {
		open_case(&made, &random, round);
		check_fits(&made, 1 + lab_random(&random) % 12);
		close_case(&made);
	}
}

/* The drawing at the head of variable-ws.c, by hand. */
static void test_drawing(void **state)
{
	uint32_t page[] = {0, 1, 2, 0, 0, 0, 1};
	bool write[7] = {false};
	struct case_ made = {.references = {page, write, NULL, 7, 3}};
	struct variable_result ws;

	(void)state;
	lab_open(&made.lab, &made.references, 0, NULL);
	assert_int_equal(nextuse_build(made.lab.reader,
				 &(struct nextuse_options){.references = true},
				 &made.distances, &(struct message){""}),
		0);
	ws = run(&made, &variable_ws, 3, true);
	assert_int_equal(ws.faults, 4);
	assert_int_equal(ws.space, 1 + 2 + 3 + 3 + 2 + 1 + 2);
	assert_int_equal(ws.peak, 3);
	nextuse_close(made.distances);
	lab_close(&made.lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_drawing),
		cmocka_unit_test(test_models),
		cmocka_unit_test(test_curve),
		cmocka_unit_test(test_recurrence),
		cmocka_unit_test(test_best),
		cmocka_unit_test(test_replays),
		cmocka_unit_test(test_fits),
		cmocka_unit_test(test_wsclock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
