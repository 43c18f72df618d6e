/*
 * Policies that remember pages that are out, and their kin, each against a
 * naive model of its paper (policy-models/), victim by victim, and with its
 * own check on the way: random traces of several kinds, at many sizes.  Beside
 * that: policies that are others with some parameters, stack algorithms, and
 * whether lots are fair.
 */
#include "mm/policy.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "mm/policy/draw.h"
#include "mm/test/policy-drive.h"

#include "mm/test/policy-models/row.h"

#include "mm/test/policy-models/2q.h"
#include "mm/test/policy-models/arc.h"
#include "mm/test/policy-models/car.h"
#include "mm/test/policy-models/clock-pro.h"
#include "mm/test/policy-models/duel.h"
#include "mm/test/policy-models/gclock.h"
#include "mm/test/policy-models/lfu.h"
#include "mm/test/policy-models/linux.h"
#include "mm/test/policy-models/lirs.h"
#include "mm/test/policy-models/lru-k.h"
#include "mm/test/policy-models/mglru.h"
#include "mm/test/policy-models/mq.h"
#include "mm/test/policy-models/mru.h"
#include "mm/test/policy-models/nru.h"
#include "mm/test/policy-models/random.h"
#include "mm/test/policy-models/s3-fifo.h"
#include "mm/test/policy-models/seq.h"
#include "mm/test/policy-models/sfifo.h"
#include "mm/test/policy-models/sieve.h"
#include "mm/test/policy-models/slru.h"
#include "mm/test/policy-models/w-tinylfu.h"
#include "mm/test/policy-models/wsclock.h"

enum {
	USES = 3000,
	VALUES = 4,
	VARIANTS = 3,
	KINDS = 5,
	SEEDS = 2,
};

static const uint32_t sizes[] = {1, 2, 3, 4, 5, 7, 10, 20, 33, 100};

struct model {
	const struct policy_ops *ops;
	size_t bytes;
	void (*open)(void *state, const struct model_config *config);
	uint32_t (*use)(void *state, uint32_t page);
	/* of a policy that unmaps pages; NULL: there are none */
	uint64_t (*soft_faults)(const void *state);
	/* of the parameters; a row of zeros ends the list, the first row may
	 * be all there is */
	double values[VARIANTS][VALUES];
};

static uint64_t draw(uint64_t *random, uint64_t below)
{
	*random ^= *random >> 12;
	*random ^= *random << 25;
	*random ^= *random >> 27;
	return (*random * 0x2545f4914f6cdd1d >> 11) % below;
}

/* The page that a trace of KIND over PAGES uses at TIME. */
static uint32_t next_page(
	uint64_t *random, unsigned kind, uint32_t pages, uint32_t time)
{
	uint32_t part = time / 500 % 3;
	uint32_t below;

	switch (kind) {
	case 0: /* any */
		return draw(random, pages);
	case 1: /* few often, many seldom */
		below = 1 + draw(random, 1 + draw(random, pages));
		return draw(random, below);
	case 2: /* a loop, with uses of others in it */
		return draw(random, 4) ? time % pages
				       : draw(random, 1 + pages / 4);
	case 3: /* scans over hot pages */
		return draw(random, 3) ? draw(random, 1 + pages / 5)
				       : time / 3 % pages;
	default: /* phases, repeats */
		below = 1 + pages / 3;
		return (part * below +
			       draw(random, draw(random, 2) ? 2 : below)) %
		       pages;
	}
}

struct run {
	const struct model *model;
	const double *values;
	void *state;
	uint64_t seed;
	uint32_t frames, pages;
	unsigned kind;
	bool bit_at_load;
};

static void compare(const struct run *run)
{
	struct policy_config config = {
		.bit_at_load = run->bit_at_load,
		.values = run->values,
	};
	struct model_config model_config = {
		.frames = run->frames,
		.pages = run->pages,
		.bit_at_load = run->bit_at_load,
		.values = run->values,
	};
	uint64_t random = run->seed * 2 + 1;
	struct drive drive;
	uint32_t page, gone, expected, i;

	memset(run->state, 0, run->model->bytes);
	run->model->open(run->state, &model_config);
	drive_open(&drive, run->model->ops, &config, run->frames, run->pages);
	for (i = 0; i < USES; i++) {
		page = next_page(&random, run->kind, run->pages, i);
		expected = run->model->use(run->state, page);
		gone = drive_use(&drive, page);
		if (gone != expected)
			fail_msg("%s: seed %llu, kind %u, %u frames, %u pages, "
				 "bit %d, use %u of page %u: %u went, not %u",
				run->model->ops->name,
				(unsigned long long)run->seed, run->kind,
				run->frames, run->pages, run->bit_at_load, i,
				page, gone, expected);
		if (i % 7 == 0)
			drive_check(&drive);
	}
	assert_int_equal(drive.soft_faults,
		run->model->soft_faults ? run->model->soft_faults(run->state)
					: 0);
	drive_close(&drive);
}

static void compare_kinds(struct run *run)
{
	for (run->kind = 0; run->kind < KINDS; run->kind++)
		for (run->seed = 1; run->seed <= SEEDS; run->seed++) {
			run->pages = run->frames + 1 + run->frames / 2;
			compare(run);
			run->pages = 4 * run->frames + 3;
			compare(run);
		}
}

static void compare_sizes(const struct model *model, const double *values)
{
	struct run run = {
		.model = model,
		.values = values,
		.state = malloc(model->bytes),
	};
	unsigned i;

	assert_non_null(run.state);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		run.frames = sizes[i];
		run.bit_at_load = true;
		compare_kinds(&run);
		if (model->ops->reference)
			continue;
		run.bit_at_load = false;
		compare_kinds(&run);
	}
	free(run.state);
}

/* The state, and the functions of a model: X stands for x_open, x_use. */
#define MODEL(x) sizeof(struct x##_model), x##_open, x##_use, NULL

static const struct model models[] = {
	{&policy_arc, MODEL(arc), {{0}}},
	{&policy_car, MODEL(car), {{0}}},
	{&policy_sieve, MODEL(sieve), {{0}}},
	{&policy_2q, MODEL(twoq), {{0.25, 0.5}, {0.1, 2}, {0.7, 0.1}}},
	{&policy_lirs, MODEL(lirs),
		{{0.01, 5, 0}, {0.3, 1.5, 0}, {0.01, 5, 1}}},
	{&policy_seq, MODEL(seq),
		{{20, 5, 20, 200}, {4, 3, 2, 5}, {2, 6, 0, 30}}},
	{&policy_clock_pro, MODEL(pro), {{0.01}, {0.6}, {1}}},
	{&policy_duel, MODEL(duel),
		{{0.45, 0.005, 0.5}, {2, 0.5, 3}, {0.1, 1, 0.1}}},
	{&policy_slru, MODEL(slru), {{0.8}, {0.5}, {1}}},
	{&policy_s3_fifo, MODEL(s3), {{0.1, 0.9}, {0.4, 2}}},
	{&policy_mq, MODEL(mq), {{8, 4, 4}, {3, 0.5, 0.3}, {1, 1, 1}}},
	{&policy_lfu, MODEL(lfu), {{0}, {1}}},
	{&policy_w_tinylfu, MODEL(tinylfu),
		{{0.01, 0.8, 10}, {0.3, 0.5, 3}, {0.1, 0, 50}}},
	{&policy_lru_k, MODEL(lruk), {{2, 2}, {1, 1}, {3, 0.5}}},
	{&policy_linux, MODEL(linux), {{1}, {2.5}, {0.3}}},
	{&policy_mglru, MODEL(mglru), {{0}}},
	{&policy_mru, MODEL(mru), {{0}}},
	{&policy_random, MODEL(random), {{0}}},
	{&policy_gclock, MODEL(gclock), {{1, 5}, {3, 2}, {2, 255}}},
	{&policy_sfifo, sizeof(struct sfifo_model), sfifo_open, sfifo_use,
		sfifo_soft_faults, {{0.33}, {0.01}, {1}}},
	{&policy_wsclock, MODEL(wsclock), {{20}, {3}, {200}}},
};

static void test_models(void **state)
{
	const struct model *model;
	unsigned i, j;

	(void)state;
	for (i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
		model = &models[i];
		for (j = 0; j < VARIANTS && (!j || model->values[j][0]); j++)
			compare_sizes(model, model->values[j]);
		printf("%s: as its model\n", model->ops->name);
	}
}

/* A policy which with such parameters is another. */
struct twins {
	const struct policy_ops *ops, *same_as;
	double values[VALUES];
};

static const struct twins twins[] = {
	{&policy_sfifo, &policy_fifo, {0}},
	{&policy_sfifo, &policy_lru, {1}},
	{&policy_sfifo_hints, &policy_sfifo, {0.33}},
	{&policy_sfifo_hints, &policy_fifo, {0}},
	{&policy_sfifo_hints, &policy_lru, {1}},
	{&policy_gclock, &policy_clock, {1, 1}},
	{&policy_wsclock, &policy_clock, {0}},
	{&policy_wsclock, &policy_clock, {1e6}},
};

static void compare_twins(
	const struct twins *pair, uint32_t frames, unsigned kind)
{
	struct policy_config config = {
		.bit_at_load = true,
		.values = pair->values,
	};
	uint32_t pages = 2 * frames + 1, page, i;
	uint64_t random = 2 * frames + 1;
	struct drive one, other;

	drive_open(&one, pair->ops, &config, frames, pages);
	drive_open(&other, pair->same_as, NULL, frames, pages);
	for (i = 0; i < USES; i++) {
		page = next_page(&random, kind, pages, i);
		if (drive_use(&one, page) != drive_use(&other, page))
			fail_msg("%s is not as %s: %u frames, kind %u, use %u",
				pair->ops->name, pair->same_as->name, frames,
				kind, i);
	}
	drive_close(&one);
	drive_close(&other);
}

static void test_twins(void **state)
{
	unsigned i, j, kind;

	(void)state;
	for (i = 0; i < sizeof(twins) / sizeof(twins[0]); i++)
		for (j = 0; j < sizeof(sizes) / sizeof(sizes[0]); j++)
			for (kind = 0; kind < KINDS; kind++)
				compare_twins(&twins[i], sizes[j], kind);
}

/* With one frame more it holds all that it holds, and more. */
static void compare_sizes_of_stack(
	const struct policy_ops *ops, uint32_t frames, unsigned kind)
{
	uint32_t pages = 2 * frames + 3, page, i, j;
	uint64_t random = 2 * frames + 1;
	struct drive small, large;

	drive_open(&small, ops, NULL, frames, pages);
	drive_open(&large, ops, NULL, frames + 1, pages);
	for (i = 0; i < USES; i++) {
		page = next_page(&random, kind, pages, i);
		(void)drive_use(&small, page);
		(void)drive_use(&large, page);
		for (j = 0; j < pages; j++)
			if (small.frame_of[j] != FRAME_NONE &&
				large.frame_of[j] == FRAME_NONE)
				fail_msg("%s: %u frames, kind %u, use %u: "
					 "not a stack algorithm",
					ops->name, frames, kind, i);
	}
	drive_close(&small);
	drive_close(&large);
}

static void test_stacks(void **state)
{
	const struct policy_ops *ops;
	unsigned i, j, kind;

	(void)state;
	for (i = 0; (ops = policy_at(i)); i++) {
		if (!ops->is_stack || ops->knows == POLICY_ORACLE)
			continue;
		for (j = 0; j < sizeof(sizes) / sizeof(sizes[0]); j++)
			for (kind = 0; kind < KINDS; kind++)
				compare_sizes_of_stack(ops, sizes[j], kind);
	}
}

static void compare_nru(const struct model_config *config, unsigned kind)
{
	struct policy_config policy_config = {
		.bit_at_load = config->bit_at_load,
		.values = config->values,
		.seed = 7,
	};
	static struct nru_model model;
	uint64_t random = 2 * config->frames + 1;
	uint32_t page, gone, i;
	struct drive drive;
	bool writes;

	nru_open(&model, config);
	drive_open(&drive, &policy_nru, &policy_config, config->frames,
		config->pages);
	for (i = 0; i < USES; i++) {
		page = next_page(&random, kind, config->pages, i);
		writes = page % 3 == 0 && draw(&random, 2);
		gone = drive_use(&drive, page);
		if (gone < DRIVE_ROOM && !nru_may_go(&model, gone))
			fail_msg("nru: kind %u, %u frames, %u pages, bit %d, "
				 "use %u: %u is not of the lowest class",
				kind, config->frames, config->pages,
				config->bit_at_load, i, gone);
		if (writes)
			drive_write(&drive, page);
		nru_use(&model, page, gone, writes);
		if (i % 7 == 0)
			drive_check(&drive);
	}
	drive_close(&drive);
}

static void test_nru(void **state)
{
	static const double periods[] = {1, 0.1, 7};
	struct model_config config;
	unsigned i, j, kind;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (j = 0; j < 12; j++)
			for (kind = 0; kind < KINDS; kind++) {
				config = (struct model_config){
					.frames = sizes[i],
					.pages = (1 + j % 2 * 3) * sizes[i] + 2,
					.bit_at_load = j / 2 % 2,
					.values = &periods[j / 4],
				};
				compare_nru(&config, kind);
			}
}

enum { LOTS_FRAMES = 16, LOTS = 64000 };

/* Which leaves for a new page: the oldest by arrival (0), the one after it ...
 * of LOTS_FRAMES; LOTS times. */
static void draw_ages(
	const struct policy_ops *ops, uint64_t seed, uint8_t *ages)
{
	struct policy_config config = {.seed = seed};
	static struct row held;
	uint32_t out = LOTS_FRAMES, page, i;
	struct drive drive;

	held.count = 0;
	drive_open(&drive, ops, &config, LOTS_FRAMES, LOTS_FRAMES + 1);
	for (page = 0; page < LOTS_FRAMES; page++) {
		assert_int_equal(drive_use(&drive, page), DRIVE_ROOM);
		row_push(&held, page);
	}
	for (i = 0; i < LOTS; i++) {
		page = drive_use(&drive, out);
		assert_true(row_has(&held, page));
		ages[i] = row_find(&held, page);
		row_drop(&held, page);
		row_push(&held, out);
		out = page;
	}
	drive_close(&drive);
}

/* A page of each age leaves as often as the others, but for chance: chi-square
 * with 15 degrees of freedom is above 45 once in 10,000 times.  The seed
 * decides.  No page is referenced, so to nru all are of one class. */
static void check_lots(const struct policy_ops *ops)
{
	static uint8_t ages[LOTS], again[LOTS];
	uint32_t count[LOTS_FRAMES] = {0}, i;
	const double expected = LOTS / LOTS_FRAMES;
	double sum = 0;

	draw_ages(ops, 5, ages);
	draw_ages(ops, 5, again);
	assert_memory_equal(ages, again, LOTS);
	draw_ages(ops, 6, again);
	assert_memory_not_equal(ages, again, LOTS);
	for (i = 0; i < LOTS; i++)
		count[ages[i]]++;
	for (i = 0; i < LOTS_FRAMES; i++)
		sum += (count[i] - expected) * (count[i] - expected) / expected;
	if (sum > 45)
		fail_msg("%s: chi-square of %g", ops->name, sum);
}

static void test_lots(void **state)
{
	(void)state;
	check_lots(&policy_random);
	check_lots(&policy_nru);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_models),
		cmocka_unit_test(test_twins),
		cmocka_unit_test(test_stacks),
		cmocka_unit_test(test_nru),
		cmocka_unit_test(test_lots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
