/*
 * Plans, and the lines of hint files that say the same.
 *
 * A cell's lines are its runs of stripes with one level.  If a region has the
 * same levels in all phases they hold from the start on, and stripes without a
 * hint need no line.  Else each phase says what it wants of the whole region,
 * as phases may come in any order:
 *
 *	@sum [anon:groups]+0%-40% priority 5
 *	@sum [anon:groups]+40%-100% priority 2
 *	@write [anon:groups] normal
 */
#include "replay/tune-plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void tune_scene_free(struct tune_scene *scene)
{
	unsigned i;

	for (i = 0; i < scene->regions; i++)
		free(scene->region[i]);
	for (i = 0; i < scene->phases; i++)
		free(scene->phase[i]);
	*scene = (struct tune_scene){0};
}

struct tune_plan tune_plan_none(void)
{
	struct tune_plan plan;
	unsigned region, phase;

	memset(&plan, 0, sizeof(plan));
	for (region = 0; region < TUNE_REGIONS; region++)
		for (phase = 0; phase < TUNE_PHASES; phase++)
			memset(plan.cell[region][phase].level, TUNE_NORMAL,
				TUNE_STRIPES);
	return plan;
}

void tune_plan_set(struct tune_plan *plan, const struct tune_scene *scene,
	unsigned region, int phase, const int8_t level[TUNE_STRIPES])
{
	unsigned i;

	for (i = 0; i < scene->phases; i++)
		if (phase == TUNE_EVERY_PHASE || phase == (int)i)
			memcpy(plan->cell[region][i].level, level,
				TUNE_STRIPES);
}

static bool is_normal(const struct tune_cell *cell)
{
	unsigned i;

	for (i = 0; i < TUNE_STRIPES; i++)
		if (cell->level[i] != TUNE_NORMAL)
			return false;
	return true;
}

bool tune_plan_is_normal(
	const struct tune_plan *plan, const struct tune_part *part)
{
	return is_normal(&plan->cell[part->region][part->phase]);
}

bool tune_plan_is_steady(const struct tune_plan *plan,
	const struct tune_scene *scene, unsigned region)
{
	const struct tune_cell *cell = plan->cell[region];
	unsigned i;

	for (i = 1; i < scene->phases; i++)
		if (memcmp(cell[i].level, cell[0].level, TUNE_STRIPES) != 0)
			return false;
	return true;
}

unsigned tune_plan_parts(const struct tune_plan *plan,
	const struct tune_scene *scene, struct tune_part *out)
{
	unsigned region, phase, count = 0;

	for (region = 0; region < scene->regions; region++) {
		bool steady = tune_plan_is_steady(plan, scene, region);
		const struct tune_cell *cell = plan->cell[region];

		if (steady && !is_normal(&cell[0]))
			out[count++] = (struct tune_part){
				region, TUNE_EVERY_PHASE, false};
		for (phase = 0; phase < scene->phases; phase++) {
			if (!steady && !is_normal(&cell[phase]))
				out[count++] = (struct tune_part){
					region, (int)phase, false};
			if (cell[phase].drop)
				out[count++] = (struct tune_part){
					region, (int)phase, true};
		}
	}
	return count;
}

struct tune_plan tune_plan_without(const struct tune_plan *plan,
	const struct tune_scene *scene, const struct tune_part *part)
{
	struct tune_plan rest = *plan;
	const struct tune_plan none = tune_plan_none();

	if (part->drop)
		rest.cell[part->region][part->phase].drop = false;
	else
		tune_plan_set(&rest, scene, part->region, part->phase,
			none.cell[0][0].level);
	return rest;
}

/* ---- lines ---- */

/* Stripes [FROM, TO) of REGION, at the mark that begins PHASE. */
static struct hint hint_of(const struct tune_scene *scene, unsigned region,
	int phase, unsigned from, unsigned to)
{
	const uint64_t stripe = MAP_PART_ALL / TUNE_STRIPES;

	return (struct hint){
		.mark = phase > 0 ? scene->phase[phase] : NULL,
		.region = scene->region[region],
		.part = {from * stripe, to * stripe, true},
	};
}

/* SPARING: stripes that are normal need no line. */
static void write_cell(const struct tune_plan *plan,
	const struct tune_scene *scene, const struct tune_part *part,
	bool sparing, FILE *stream)
{
	unsigned phase = part->phase > 0 ? (unsigned)part->phase : 0;
	const int8_t *level = plan->cell[part->region][phase].level;
	unsigned from, to;

	for (from = 0; from < TUNE_STRIPES; from = to) {
		struct hint hint;

		for (to = from + 1; to < TUNE_STRIPES; to++)
			if (level[to] != level[from])
				break;
		if (sparing && level[from] == TUNE_NORMAL)
			continue;
		hint = hint_of(scene, part->region, part->phase, from, to);
		if (level[from] == TUNE_ONCE) {
			hint.advice = ADVICE_READ_ONCE;
		} else if (to - from == TUNE_STRIPES &&
			   level[from] == TUNE_NORMAL) {
			hint.advice = ADVICE_NORMAL;
		} else if (level[from] == TUNE_PIN) {
			hint.advice = ADVICE_PIN;
		} else {
			hint.advice = ADVICE_PRIORITY;
			hint.value = (uint8_t)level[from];
		}
		hint_write(stream, &hint);
	}
}

/* ADVICE for all pages of REGION, now that PHASE begins. */
static void write_now(const struct tune_scene *scene, unsigned region,
	int phase, enum advice advice, FILE *stream)
{
	struct hint hint = hint_of(scene, region, phase, 0, TUNE_STRIPES);

	hint.advice = advice;
	hint_write(stream, &hint);
}

/* A region that has other levels in other phases. */
static void write_unsteady(const struct tune_plan *plan,
	const struct tune_scene *scene, unsigned region, FILE *stream)
{
	unsigned phase;

	for (phase = 0; phase < scene->phases; phase++) {
		const struct tune_part part = {region, (int)phase, false};

		/* what comes first has nothing to take back */
		write_cell(plan, scene, &part, phase == 0, stream);
	}
}

void tune_plan_write_ahead(const struct tune_plan *plan,
	const struct tune_scene *scene, unsigned region, FILE *stream)
{
	bool steady = tune_plan_is_steady(plan, scene, region);
	int phase;

	for (phase = 0; phase < (int)scene->phases; phase++) {
		struct hint hint =
			hint_of(scene, region, phase, 0, TUNE_STRIPES);

		hint.advice = ADVICE_SEQUENTIAL;
		if (phase == 0 ||
			(!steady && is_normal(&plan->cell[region][phase])))
			hint_write(stream, &hint);
	}
}

static void write_region(const struct tune_plan *plan,
	const struct tune_scene *scene, unsigned region, FILE *stream)
{
	const struct tune_part part = {region, TUNE_EVERY_PHASE, false};
	int phase;

	if (tune_plan_is_steady(plan, scene, region))
		write_cell(plan, scene, &part, true, stream);
	else
		write_unsteady(plan, scene, region, stream);
	for (phase = 1; phase < (int)scene->phases; phase++) {
		if (plan->cell[region][phase].drop)
			write_now(scene, region, phase, ADVICE_COLD, stream);
		if (plan->cell[region][phase].fetch)
			write_now(
				scene, region, phase, ADVICE_WILL_NEED, stream);
	}
	if (plan->ahead[region])
		tune_plan_write_ahead(plan, scene, region, stream);
}

void tune_plan_write(const struct tune_plan *plan,
	const struct tune_scene *scene, const struct tune_part *part,
	FILE *stream)
{
	unsigned region;

	if (!part) {
		for (region = 0; region < scene->regions; region++)
			write_region(plan, scene, region, stream);
	} else if (part->drop) {
		write_now(
			scene, part->region, part->phase, ADVICE_COLD, stream);
	} else {
		write_cell(plan, scene, part, part->phase <= 0, stream);
	}
}

int tune_plan_hints(const struct tune_plan *plan,
	const struct tune_scene *scene, struct hints *out,
	struct message *message)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *stream = open_memstream(&text, &bytes);
	int error = -ENOMEM;

	*out = (struct hints){0};
	if (stream) {
		/* so that there is something to open */
		fputs("# tune\n", stream);
		tune_plan_write(plan, scene, NULL, stream);
		error = fclose(stream) ? -errno : 0;
	}
	if (!error) {
		stream = fmemopen(text, bytes, "r");
		error = stream ? hints_read(stream, "tune", out, message)
			       : -errno;
		if (stream)
			fclose(stream);
	} else {
		message_set(message, error, "too little memory for hints");
	}
	free(text);
	return error;
}

/* ---- words ---- */

static const char *kind_of(const struct tune_cell *cell)
{
	int least = cell->level[0], most = cell->level[0];
	unsigned i;

	for (i = 1; i < TUNE_STRIPES; i++) {
		if (cell->level[i] < least)
			least = cell->level[i];
		if (cell->level[i] > most)
			most = cell->level[i];
	}
	if (least < most)
		return "a part is held, the rest passes by";
	if (most == TUNE_ONCE)
		return "read once";
	return most < TUNE_NORMAL ? "not worth keeping" : "worth keeping";
}

void tune_part_tell(const struct tune_plan *plan, const struct tune_part *part,
	char *text, size_t bytes)
{
	unsigned phase = part->phase > 0 ? (unsigned)part->phase : 0;

	snprintf(text, bytes, "%s",
		part->drop ? "no longer wanted: cold"
			   : kind_of(&plan->cell[part->region][phase]));
}
