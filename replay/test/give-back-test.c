/*
 * What could be given back, against a naive model that looks forward and back
 * from each mark and each write-back: random uses, maps, renamings and moves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "mm/policy.h"
#include "replay/give-back.h"
#include "replay/test/lab.h"

enum {
	PAGES = 24,
	STEPS = 1200,
	NAMES = 5,
	HEAP = 2, /* the name of what begins at HEAP_FIRST */
	HEAP_FIRST = 4,
	SCENE_REGIONS = 3,
	SCENE_PHASES = 3
};

/* The first ones are of the scene. */
static char *const names[NAMES] = {"rows", "cells", "[heap]", "/lib/other", ""};
static char *const phases[SCENE_PHASES] = {"start", "look", "write"};

enum kind { USE, MAP, UNMAP, NAME, MOVE, BRK, MARK };

/* What happens: to page FIRST, or to [FIRST, END). */
struct step {
	enum kind kind;
	unsigned first, end;
	unsigned name;	 /* of maps; of MARK: phase, SCENE_PHASES: another */
	unsigned uses;	 /* of USE: kinds */
	unsigned moved;	 /* MOVE: to here */
	unsigned was;	 /* BRK: the end before */
	unsigned region; /* of USE: what the page is of then */
};

struct model {
	struct step step[STEPS];
	struct give_back_result result;
};

static bool covers(const struct step *step, unsigned page)
{
	return page >= step->first && page < step->end;
}

/* ---- making ---- */

static void draw_range(uint64_t *random, struct step *step)
{
	step->first = lab_random(random) % PAGES;
	step->end = step->first + 1 + lab_random(random) % 4;
	if (step->end > PAGES)
		step->end = PAGES;
}

/* Later only few pages are used, so that there is something to give back. */
static struct step draw_step(
	uint64_t *random, unsigned number, unsigned last_page)
{
	static const unsigned uses[] = {TRACE_READ, TRACE_WRITE,
		TRACE_READ | TRACE_WRITE, TRACE_INSTRUCTION};
	unsigned lot = lab_random(random) % 60;
	unsigned most = number < STEPS / 2 ? PAGES : PAGES / 2;
	struct step step = {.kind = USE};

	if (lot < 4) {
		step.kind = (enum kind)(MAP + lot);
		step.name = lab_random(random) % NAMES;
		draw_range(random, &step);
		step.moved = lab_random(random) %
			     (PAGES - (step.end - step.first) + 1);
	} else if (lot < 5) {
		step.kind = BRK;
		step.name = HEAP;
		step.first = HEAP_FIRST;
		step.end = HEAP_FIRST + lab_random(random) % 6;
	} else if (lot < 7) {
		step.kind = MARK;
		step.name = 1 + lab_random(random) % SCENE_PHASES;
		if (step.name == 2 && number < STEPS / 2)
			step.name = 1;
	} else {
		step.first = lab_random(random) % most;
		if (step.first == last_page)
			step.first = (step.first + 1) % most;
		step.uses = uses[lab_random(random) % 4];
	}
	return step;
}

static void make_steps(struct model *model, uint64_t *random)
{
	unsigned region[PAGES], page, last_page = PAGES, heap_end = 0, i;

	for (page = 0; page < PAGES; page++)
		region[page] = NAMES;
	for (i = 0; i < STEPS; i++) {
		struct step *step = &model->step[i];

		*step = draw_step(random, i, last_page);
		if (step->kind == USE) {
			last_page = step->first;
			step->region = region[last_page];
		}
		if (step->kind == BRK) {
			step->was = heap_end;
			heap_end = step->end;
		}
		for (page = 0; page < PAGES; page++) {
			if ((step->kind == MAP || step->kind == NAME ||
				    step->kind == BRK) &&
				covers(step, page))
				region[page] = step->name;
			if (step->kind == MOVE && page >= step->moved &&
				page - step->moved < step->end - step->first)
				region[page] = step->name;
		}
	}
}

static void write_step(struct trace_writer *writer, const struct step *step)
{
	static const uint8_t kinds[] = {[MAP] = TRACE_REGION_MAP,
		[UNMAP] = TRACE_REGION_UNMAP,
		[NAME] = TRACE_REGION_NAME,
		[MOVE] = TRACE_REGION_REMAP,
		[BRK] = TRACE_REGION_BRK,
		[MARK] = TRACE_REGION_MARK};
	const uint64_t base = LAB_FIRST_PAGE * 4096;
	struct trace_region region = {
		.kind = kinds[step->kind],
		.start = base + step->first * UINT64_C(4096),
		.end = base + step->end * UINT64_C(4096),
		.anonymous = true,
		.name = step->kind == UNMAP ? "" : names[step->name % NAMES],
	};

	if (step->kind == USE) {
		assert_int_equal(
			trace_writer_add(writer, LAB_FIRST_PAGE + step->first,
				step->uses, 1, 0),
			0);
		return;
	}
	if (step->kind == MARK) {
		region.start = region.end = 0;
		region.name = step->name < SCENE_PHASES ? phases[step->name]
							: "another";
	}
	if (step->kind == MOVE) {
		region.old_start = region.start;
		region.old_end = region.end;
		region.start = base + step->moved * UINT64_C(4096);
		region.end = region.start + region.old_end - region.old_start;
	}
	assert_int_equal(trace_writer_region(writer, &region), 0);
}

static struct trace_reader *make(struct model *model, uint64_t *random)
{
	const struct trace_writer_options options = lab_options(100);
	struct lab_file file;
	struct trace_writer *writer = lab_file_open(&file, &options);
	unsigned i;

	memset(model, 0, sizeof(*model));
	make_steps(model, random);
	for (i = 0; i < STEPS; i++)
		write_step(writer, &model->step[i]);
	return lab_file_read(&file);
}

/* ---- the model ---- */

/* Does what PAGE holds end with STEP? */
static bool ends(const struct step *step, unsigned page)
{
	if (step->kind == BRK)
		return page >= step->end && page < step->was;
	return (step->kind == MAP || step->kind == UNMAP ||
		       step->kind == MOVE) &&
	       covers(step, page);
}

/* The use of PAGE before step AT that what it holds is of; -1: none. */
static int use_before(const struct model *model, unsigned page, unsigned at)
{
	while (at-- && !ends(&model->step[at], page))
		if (model->step[at].kind == USE &&
			model->step[at].first == page)
			return (int)at;
	return -1;
}

enum next { NOTHING, READ, WRITTEN };

/* What comes of what PAGE holds after step AT. */
static enum next next_of(const struct model *model, unsigned page, unsigned at)
{
	while (++at < STEPS) {
		const struct step *step = &model->step[at];

		if (step->kind == USE && step->first == page)
			return step->uses == TRACE_WRITE ? WRITTEN : READ;
		if (ends(step, page))
			return step->kind == MOVE ? READ : NOTHING;
	}
	return NOTHING;
}

/* PAGE, dirty, leaves at step AT. */
static void write_back(struct model *model, unsigned page, unsigned at)
{
	int use = use_before(model, page, at);
	bool said[SCENE_PHASES] = {false};
	unsigned i;

	model->result.writebacks++;
	if (use < 0 || model->step[use].region >= SCENE_REGIONS ||
		next_of(model, page, at) == READ)
		return;
	for (i = (unsigned)use; i < at; i++)
		if (model->step[i].kind == MARK &&
			model->step[i].name < SCENE_PHASES)
			said[model->step[i].name] = true;
	for (i = 0; i < SCENE_PHASES; i++)
		model->result.at[model->step[use].region][i].writebacks +=
			said[i];
}

static void run_lru(struct model *model, unsigned frames)
{
	unsigned used[PAGES] = {0}; /* 1 + step; 0: not in memory */
	bool dirty[PAGES] = {false};
	unsigned in = 0, i, page;

	for (i = 0; i < STEPS; i++) {
		const struct step *step = &model->step[i];
		unsigned victim = PAGES;

		if (step->kind != USE)
			continue;
		if (!used[step->first] && in++ == frames) {
			for (page = 0; page < PAGES; page++)
				if (used[page] &&
					(victim == PAGES ||
						used[page] < used[victim]))
					victim = page;
			if (dirty[victim])
				write_back(model, victim, i);
			used[victim] = 0;
			dirty[victim] = false;
			in--;
		}
		used[step->first] = i + 1;
		dirty[step->first] |= (step->uses & TRACE_WRITE) != 0;
	}
}

static void look_at_marks(struct model *model)
{
	bool seen[SCENE_REGIONS][SCENE_PHASES] = {{false}};
	bool broken[SCENE_REGIONS][SCENE_PHASES] = {{false}};
	unsigned i, page, phase, region;

	for (i = 0; i < STEPS; i++) {
		unsigned known[SCENE_REGIONS] = {0},
			 next[SCENE_REGIONS][3] = {{0}};

		phase = model->step[i].name;
		if (model->step[i].kind != MARK || phase >= SCENE_PHASES)
			continue;
		for (page = 0; page < PAGES; page++) {
			int use = use_before(model, page, i);

			if (use < 0 || model->step[use].region >= SCENE_REGIONS)
				continue;
			known[model->step[use].region]++;
			next[model->step[use].region]
			    [next_of(model, page, i)]++;
		}
		for (region = 0; region < SCENE_REGIONS; region++) {
			seen[region][phase] |= known[region] > 0;
			broken[region][phase] |=
				20 * next[region][READ] > known[region];
			model->result.at[region][phase].anew |=
				next[region][WRITTEN] > 0;
		}
	}
	for (region = 0; region < SCENE_REGIONS; region++)
		for (phase = 0; phase < SCENE_PHASES; phase++)
			model->result.at[region][phase].holds =
				seen[region][phase] && !broken[region][phase];
}

/* ---- tests ---- */

static void give(struct trace_reader *reader, uint32_t frames,
	struct give_back_result *out)
{
	const struct tune_scene scene = {
		.region = {names[0], names[1], names[2]},
		.regions = SCENE_REGIONS,
		.phase = {phases[0], phases[1], phases[2]},
		.phases = SCENE_PHASES,
	};
	const struct give_back_config config = {
		.scene = &scene, .frames = frames};
	struct message message;

	assert_int_equal(give_back_run(reader, &config, out, &message), 0);
}

static void is_what_the_model_finds(void **state)
{
	static const uint32_t frames[] = {1, 3, 8, PAGES};
	struct model *model = malloc(sizeof(*model));
	struct give_back_result result;
	uint64_t random = 20261122;
	unsigned held[2] = {0}, anew[2] = {0}, saved = 0, round, phase, region;

	(void)state;
	assert_non_null(model);
	for (round = 0; round < 200; round++) {
		struct trace_reader *reader = make(model, &random);
		uint32_t size = frames[round % 4];

		run_lru(model, size);
		look_at_marks(model);
		give(reader, size, &result);
		trace_reader_close(reader);
		assert_int_equal(result.writebacks, model->result.writebacks);
		for (region = 0; region < SCENE_REGIONS; region++)
			for (phase = 0; phase < SCENE_PHASES; phase++) {
				const struct give_back
					*got = &result.at[region][phase],
					*due = &model->result.at[region][phase];

				assert_int_equal(got->holds, due->holds);
				assert_int_equal(got->anew, due->anew);
				assert_int_equal(
					got->writebacks, due->writebacks);
				held[got->holds]++;
				anew[got->anew]++;
				saved += got->writebacks > 0;
			}
	}
	/* or else nothing was tested */
	assert_true(held[0] && held[1] && anew[0] && anew[1] && saved);
	free(model);
}

static void writes_back_what_lru_does(void **state)
{
	struct model *model = malloc(sizeof(*model));
	uint64_t random = 7;
	struct trace_reader *reader = make(model, &random);
	const struct replay_config config = {
		.policy = &policy_lru, .frames = 5, .bit_at_load = true};
	struct give_back_result result;
	struct replay_result replayed;
	struct message message;

	(void)state;
	give(reader, 5, &result);
	assert_int_equal(replay_run(reader, &config, &replayed, &message), 0);
	assert_true(result.writebacks > 0);
	assert_int_equal(result.writebacks, replayed.writebacks);
	trace_reader_close(reader);
	free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_what_the_model_finds),
		cmocka_unit_test(writes_back_what_lru_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
