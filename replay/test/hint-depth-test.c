/*
 * Distances of LRU with hints against a simulation of each size by itself,
 * with ranks that change, and pages that are dropped, at any time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "replay/hint-depth.h"

enum { PAGES = 40, SIZES = PAGES + 1 };

/* A memory of each size. */
struct model {
	bool in[SIZES][PAGES];
	unsigned held[SIZES];
	int rank[PAGES];
	uint64_t used[PAGES];
	uint64_t now;
};

static uint64_t draw(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static unsigned victim(const struct model *model, unsigned frames)
{
	unsigned worst = PAGES;

	for (unsigned page = 0; page < PAGES; page++) {
		if (!model->in[frames][page])
			continue;
		if (worst == PAGES || model->rank[page] < model->rank[worst] ||
			(model->rank[page] == model->rank[worst] &&
				model->used[page] < model->used[worst]))
			worst = page;
	}
	return worst;
}

/* The fewest frames with which PAGE is in memory, after which all have it. */
static uint32_t model_use(struct model *model, unsigned page, int rank)
{
	uint32_t depth = DEPTH_COLD;

	for (unsigned frames = SIZES - 1; frames; frames--) {
		if (model->in[frames][page]) {
			/* a stack algorithm: what fewer have, more have */
			assert_true(frames == SIZES - 1 || depth == frames + 1);
			depth = frames;
			continue;
		}
		if (model->held[frames] == frames) {
			model->in[frames][victim(model, frames)] = false;
			model->held[frames]--;
		}
		model->in[frames][page] = true;
		model->held[frames]++;
	}
	model->rank[page] = rank;
	model->used[page] = ++model->now;
	return depth;
}

static void model_drop(struct model *model, unsigned page)
{
	for (unsigned frames = 1; frames < SIZES; frames++) {
		model->held[frames] -= model->in[frames][page];
		model->in[frames][page] = false;
	}
}

/* One of 64 steps is a hint in runs of pages, as hints are. */
static void hint(struct model *model, struct hint_depth *engine,
	uint64_t *state, bool drops)
{
	unsigned first = draw(state) % PAGES;
	unsigned count = 1 + draw(state) % 8;
	unsigned rank = draw(state) % 4;

	for (unsigned page = first; page < PAGES && page < first + count;
		page++) {
		if (!model->in[SIZES - 1][page])
			continue;
		if (drops && rank == 3) {
			model_drop(model, page);
			hint_depth_drop(engine, page);
		} else {
			model->rank[page] = rank;
			hint_depth_rank(engine, page, rank);
		}
	}
}

static void run(uint64_t seed, unsigned steps, unsigned hints, bool drops)
{
	static struct model model;
	struct hint_depth *engine;
	uint64_t state = seed;
	const char *why;

	memset(&model, 0, sizeof(model));
	assert_int_equal(hint_depth_create(PAGES, &engine), 0);
	for (unsigned i = 0; i < steps; i++) {
		unsigned page =
			draw(&state) % 3
				? draw(&state) % 12 * (1 + draw(&state) % 3)
				: draw(&state) % PAGES;
		unsigned rank = page % 3;

		if (hints && draw(&state) % 64 < hints)
			hint(&model, engine, &state, drops);
		/* ranks at a use that are others than the page had */
		if (hints && draw(&state) % 16 == 0)
			rank = draw(&state) % 4;
		assert_int_equal(hint_depth_use(engine, page, rank),
			model_use(&model, page, rank));
		if (i % 50)
			continue;
		why = hint_depth_check(engine);
		if (why)
			fail_msg("seed %llu step %u: %s",
				(unsigned long long)seed, i, why);
	}
	assert_int_equal(hint_depth_error(engine), 0);
	hint_depth_destroy(engine);
}

static void test_ranks(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed < 10; seed++)
		run(seed, 600, 0, false);
}

static void test_hints(void **state)
{
	(void)state;
	for (uint64_t seed = 10; seed < 30; seed++)
		run(seed, 600, 1 + seed % 3 * 4, false);
}

static void test_drops(void **state)
{
	(void)state;
	for (uint64_t seed = 30; seed < 50; seed++)
		run(seed, 600, 1 + seed % 3 * 4, true);
}

/* Uses in batches, with ranks that change from one to the next: few do, so
 * that stacks are simple, or many. */
static void run_batches(uint64_t seed, unsigned ranks, bool drops)
{
	static struct model model;
	uint32_t page[300], depth[300];
	uint8_t rank_of[PAGES];
	struct hint_depth *engine;
	uint64_t state = seed;

	memset(&model, 0, sizeof(model));
	assert_int_equal(hint_depth_create(PAGES, &engine), 0);
	for (unsigned i = 0; i < PAGES; i++)
		rank_of[i] = i % ranks;
	for (unsigned batch = 0; batch < 30; batch++) {
		unsigned uses = 1 + draw(&state) % 300;

		if (draw(&state) % 8 == 0)
			rank_of[draw(&state) % PAGES] = draw(&state) % ranks;
		if (seed % 2 && draw(&state) % 8 == 0)
			hint(&model, engine, &state, drops);
		for (unsigned i = 0; i < uses; i++)
			page[i] =
				draw(&state) % (batch % 4 ? PAGES : PAGES / 2);
		hint_depth_run(engine, page, rank_of, uses, depth);
		for (unsigned i = 0; i < uses; i++)
			if (depth[i] !=
				model_use(&model, page[i], rank_of[page[i]]))
				fail_msg("seed %llu batch %u use %u",
					(unsigned long long)seed, batch, i);
		/* what is on top, so that nothing is there */
		if (drops && draw(&state) % 4 == 0) {
			model_drop(&model, page[uses - 1]);
			hint_depth_drop(engine, page[uses - 1]);
		}
		assert_null(hint_depth_check(engine));
	}
	assert_int_equal(hint_depth_error(engine), 0);
	hint_depth_destroy(engine);
}

static void test_batches(void **state)
{
	(void)state;
	for (uint64_t seed = 50; seed < 150; seed++)
		run_batches(seed, 1 + seed % 5 * (1 + seed % 3), seed % 4 == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranks),
		cmocka_unit_test(test_hints),
		cmocka_unit_test(test_drops),
		cmocka_unit_test(test_batches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
