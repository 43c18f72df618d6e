/* The search for a plan.  See tune-search.h. */
#include "replay/tune-search.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mm/policy.h"

#define TIGHT 0.87 /* a smaller size beside each, as a share of it */
#define TIGHT_WEIGHT 0.5
#define WORTH 0.005	/* of the gap, that a change must close */
#define WORSE 10	/* times worse than LRU at a size that was asked */
#define LEAST_GAP 0.002 /* of LRU's faults, for a size to count */

enum {
	BATCH = 64,    /* plans in a pass */
	AGAIN = 12,    /* cells that later rounds probe */
	REFINED = 2,   /* cells whose changes are all tried */
	CHANGES = 256, /* of a cell, at most */
	CONFIRMED = 6, /* changes of a round that the whole trace decides on */
};

/* One change of a plan. */
struct change {
	unsigned region;
	int phase;
	bool drop; /* the drop is turned over; else LEVEL is set */
	int8_t level[TUNE_STRIPES];
};

/* A region in a phase or in all, and what the best change of it was good
 * for when last tried. */
struct cell {
	unsigned region;
	int phase;
	double gain;
};

struct size {
	uint64_t frames;
	double weight, lru, opt;
};

struct climb {
	const struct tune_search *search;
	struct size *sizes;
	unsigned sizes_count;
	struct cell cells[TUNE_REGIONS * (TUNE_PHASES + 1)];
	unsigned cells_count;
	unsigned tried;
	struct tune_plan plan; /* the best so far */
	double score;
	double short_score; /* of that plan, on the shorter trace */
	/* the best changes of this round by that, the best one first */
	struct change best[CONFIRMED];
	double best_score[CONFIRMED];
	unsigned best_count;
	struct cell changed; /* by the last change that was made */
	struct message *message;
};

/* ---- scores ---- */

static int compare_frames(const void *a, const void *b)
{
	const struct size *left = a, *right = b;

	return (left->frames > right->frames) - (left->frames < right->frames);
}

/* The sizes that count, with LRU's and OPT's faults. */
static int init_sizes(struct climb *climb)
{
	const struct tune_search *search = climb->search;
	unsigned count = 2 * search->sizes, i, kept = 0;
	struct size *sizes = calloc(count, sizeof(*sizes));
	struct tune_run *runs = calloc(count, sizeof(*runs));
	uint64_t *frames = calloc(count, sizeof(*frames));
	uint64_t *opt = calloc(count, sizeof(*opt));
	int error = sizes && runs && frames && opt ? 0 : -ENOMEM;

	climb->sizes = sizes;
	for (i = 0; !error && i < count; i++) {
		bool tight = i % 2;
		double asked = (double)search->frames[i / 2];

		sizes[i].weight = tight ? TIGHT_WEIGHT : 1;
		sizes[i].frames = (uint64_t)(tight ? asked * TIGHT : asked);
		sizes[i].frames += !sizes[i].frames;
	}
	if (!error)
		qsort(sizes, count, sizeof(*sizes), compare_frames);
	for (i = 0; !error && i < count; i++) {
		frames[i] = sizes[i].frames;
		runs[i].policy = &policy_lru;
		runs[i].frames = sizes[i].frames;
	}
	if (!error)
		error = tune_runs_do(
			&search->runs, runs, count, climb->message);
	if (!error)
		error = tune_opt_faults(search->runs.reader, frames, count, opt,
			search->runs.stop, climb->message);
	for (i = 0; !error && i < count; i++) {
		sizes[i].lru = (double)runs[i].result.faults;
		sizes[i].opt = (double)opt[i];
		if (sizes[i].lru - sizes[i].opt > LEAST_GAP * sizes[i].lru)
			sizes[kept++] = sizes[i];
	}
	climb->sizes_count = kept;
	free(runs);
	free(frames);
	free(opt);
	return error;
}

static double score_of(const struct climb *climb, const struct tune_run runs[])
{
	double score = 0, weights = 0;
	unsigned i;

	for (i = 0; i < climb->sizes_count; i++) {
		const struct size *size = &climb->sizes[i];
		double faults = (double)runs[i].result.faults;

		score += size->weight * (size->lru - faults) / size->lru;
		/* what is gained elsewhere does not make up for it */
		if (size->weight == 1 && faults > size->lru)
			score -= WORSE * (faults / size->lru - 1);
		weights += size->weight * (size->lru - size->opt) / size->lru;
	}
	return score / weights;
}

static void apply(const struct climb *climb, const struct change *change,
	struct tune_plan *plan)
{
	if (change->drop)
		plan->cell[change->region][change->phase].drop ^= true;
	else
		tune_plan_set(plan, climb->search->runs.scene, change->region,
			change->phase, change->level);
}

/* Scores of CHANGES[COUNT], at most BATCH, of the best plan, over the trace of
 * OVER. */
static int try_batch(struct climb *climb, const struct tune_runs *over,
	const struct change *changes, unsigned count, double *scores)
{
	unsigned sizes = climb->sizes_count, i, j;
	struct tune_plan *plans = malloc(count * sizeof(*plans));
	struct tune_run *runs = calloc((size_t)count * sizes, sizeof(*runs));
	int error = plans && runs ? 0 : -ENOMEM;

	for (i = 0; !error && i < count; i++) {
		plans[i] = climb->plan;
		apply(climb, &changes[i], &plans[i]);
		for (j = 0; j < sizes; j++) {
			runs[i * sizes + j].plan = &plans[i];
			runs[i * sizes + j].frames = climb->sizes[j].frames;
		}
	}
	if (!error)
		error = tune_runs_do(over, runs, count * sizes, climb->message);
	for (i = 0; !error && i < count; i++)
		scores[i] = score_of(climb, &runs[i * sizes]);
	free(plans);
	free(runs);
	return error;
}

/* ---- changes ---- */

struct changes {
	struct change change[CHANGES];
	unsigned count;
	const struct climb *climb;
	unsigned region;
	int phase;
};

static void add(struct changes *changes, const int8_t level[TUNE_STRIPES])
{
	const struct climb *climb = changes->climb;
	const int8_t *now =
		climb->plan
			.cell[changes->region]
			     [changes->phase > 0 ? changes->phase : 0]
			.level;
	struct change *change = &changes->change[changes->count];
	unsigned i;

	/* in all phases it may change another than the first */
	if (changes->phase != TUNE_EVERY_PHASE ||
		climb->search->runs.scene->phases == 1)
		if (!memcmp(now, level, TUNE_STRIPES))
			return;
	for (i = 0; i < changes->count; i++)
		if (!changes->change[i].drop &&
			!memcmp(changes->change[i].level, level, TUNE_STRIPES))
			return;
	if (changes->count == CHANGES)
		return;
	*change = (struct change){
		.region = changes->region, .phase = changes->phase};
	memcpy(change->level, level, TUNE_STRIPES);
	changes->count++;
}

static void add_uniform(struct changes *changes, int level)
{
	int8_t levels[TUNE_STRIPES];

	memset(levels, level, sizeof(levels));
	add(changes, levels);
}

/* The first HELD stripes are held above the others. */
static void add_held(struct changes *changes, int held, int above, int below)
{
	int8_t levels[TUNE_STRIPES];
	int i;

	if (held < 1 || held >= TUNE_STRIPES)
		return;
	for (i = 0; i < TUNE_STRIPES; i++)
		levels[i] = (int8_t)(i < held ? above : below);
	add(changes, levels);
}

/* Levels fall from FIRST to LAST along the region, or rise. */
static void add_graded(struct changes *changes, int first, int last)
{
	int8_t levels[TUNE_STRIPES];
	int steps = first > last ? first - last : last - first, i;

	for (i = 0; i < TUNE_STRIPES; i++) {
		int step = i * (steps + 1) / TUNE_STRIPES;

		levels[i] =
			(int8_t)(first > last ? first - step : first + step);
	}
	add(changes, levels);
}

/* Of the region as many stripes as a SHARE of the memory holds. */
static int fitting(const struct changes *changes, uint64_t frames, double share)
{
	const struct tune_scene *scene = changes->climb->search->runs.scene;

	return (int)(share * (double)frames * TUNE_STRIPES /
		     (double)(scene->pages[changes->region] + 1));
}

static void add_drop(struct changes *changes)
{
	if (changes->phase <= 0 || changes->count == CHANGES)
		return;
	changes->change[changes->count++] = (struct change){
		.region = changes->region,
		.phase = changes->phase,
		.drop = true,
	};
}

static void add_probes(struct changes *changes)
{
	const struct tune_search *search = changes->climb->search;
	unsigned i;

	add_uniform(changes, TUNE_ONCE);
	add_uniform(changes, TUNE_NORMAL - 1);
	add_uniform(changes, TUNE_NORMAL + 1);
	add_graded(changes, HINTS_PRIORITY_MAX, 0);
	for (i = 0; i < search->sizes; i++) {
		int held = fitting(changes, search->frames[i], 0.75);

		add_held(changes, held, TUNE_NORMAL, TUNE_NORMAL - 1);
		add_held(changes, held, TUNE_NORMAL + 1, TUNE_ONCE);
	}
	add_drop(changes);
}

/* The run of stripes that ends at BORDER grows by so many STRIPES; fewer than
 * none: it is the next one that grows. */
static void add_moved(struct changes *changes, const int8_t *now,
	unsigned border, int stripes)
{
	int8_t levels[TUNE_STRIPES];
	int i;

	memcpy(levels, now, sizeof(levels));
	for (i = 0; i < abs(stripes); i++) {
		int at = (int)border + (stripes > 0 ? i : -i - 1);

		if (at >= 0 && at < TUNE_STRIPES)
			levels[at] =
				stripes > 0 ? now[border - 1] : now[border];
	}
	add(changes, levels);
}

/* What differs a little from what the cell is: levels of runs of stripes, and
 * where they end. */
static void add_neighbours(struct changes *changes)
{
	static const int moves[] = {-3, -1, 1, 3};
	const struct climb *climb = changes->climb;
	int8_t now[TUNE_STRIPES], levels[TUNE_STRIPES];
	unsigned from, to, phase = changes->phase > 0 ? changes->phase : 0, i;

	memcpy(now, climb->plan.cell[changes->region][phase].level,
		sizeof(now));
	for (from = 0; from < TUNE_STRIPES; from = to) {
		for (to = from + 1; to < TUNE_STRIPES; to++)
			if (now[to] != now[from])
				break;
		memcpy(levels, now, sizeof(levels));
		if (now[from] < HINTS_PRIORITY_MAX) {
			memset(&levels[from], now[from] + 1, to - from);
			add(changes, levels);
		}
		if (now[from] > TUNE_ONCE) {
			memset(&levels[from], now[from] - 1, to - from);
			add(changes, levels);
		}
		for (i = 0; to < TUNE_STRIPES &&
			    i < sizeof(moves) / sizeof(moves[0]);
			i++)
			add_moved(changes, now, to, moves[i]);
	}
}

static void add_all(struct changes *changes)
{
	static const int pairs[][2] = {{TUNE_NORMAL, 3}, {TUNE_NORMAL, 0},
		{TUNE_NORMAL, TUNE_ONCE}, {5, TUNE_NORMAL}, {5, TUNE_ONCE},
		{7, 1}};
	static const int grades[][2] = {
		{7, 0}, {4, 0}, {6, 3}, {3, -1}, {0, 7}, {0, 4}};
	static const double shares[] = {0.9, 0.5};
	const struct tune_search *search = changes->climb->search;
	unsigned i, j, k;
	int level;

	add_probes(changes);
	add_neighbours(changes);
	for (level = TUNE_ONCE; level <= HINTS_PRIORITY_MAX; level++)
		add_uniform(changes, level);
	for (i = 0; i < sizeof(grades) / sizeof(grades[0]); i++)
		add_graded(changes, grades[i][0], grades[i][1]);
	for (i = 0; i < search->sizes; i++)
		for (j = 0; j < sizeof(shares) / sizeof(shares[0]); j++)
			for (k = 0; k < sizeof(pairs) / sizeof(pairs[0]); k++)
				add_held(changes,
					fitting(changes, search->frames[i],
						shares[j]),
					pairs[k][0], pairs[k][1]);
}

/* ---- uphill ---- */

/* Notes the change if it is one of the best of the round. */
static void note(struct climb *climb, const struct change *change, double score)
{
	unsigned at = climb->best_count;

	if (score <= climb->short_score ||
		(at == CONFIRMED && score <= climb->best_score[at - 1]))
		return;
	if (at < CONFIRMED)
		climb->best_count++;
	else
		at--;
	for (; at && climb->best_score[at - 1] < score; at--) {
		climb->best[at] = climb->best[at - 1];
		climb->best_score[at] = climb->best_score[at - 1];
	}
	climb->best[at] = *change;
	climb->best_score[at] = score;
}

/* Tries as many of CHANGES as the budget has left; *GAIN_OUT is what the best
 * of them brings. */
static int try_changes(
	struct climb *climb, const struct changes *changes, double *gain_out)
{
	const struct tune_search *search = climb->search;
	double scores[BATCH], best = -INFINITY;
	unsigned at, count, i;
	int error = 0;

	for (at = 0; at < changes->count && !error; at += count) {
		count = changes->count - at;
		if (count > BATCH)
			count = BATCH;
		if (count > search->budget - climb->tried)
			count = search->budget - climb->tried;
		if (!count)
			break;
		error = try_batch(climb, &search->runs, &changes->change[at],
			count, scores);
		for (i = 0; i < count && !error; i++) {
			note(climb, &changes->change[at + i], scores[i]);
			if (scores[i] > best)
				best = scores[i];
		}
		climb->tried += count;
		if (!error && search->progress)
			search->progress(search->context, climb->tried);
	}
	*gain_out = best - climb->short_score;
	return error;
}

/* Tries what ADD_THEM knows of for the cell. */
static int try_cell(struct climb *climb, const struct cell *cell,
	void (*add_them)(struct changes *changes), double *gain_out)
{
	struct changes *changes = calloc(1, sizeof(*changes));
	int error = changes ? 0 : -ENOMEM;

	if (!error) {
		changes->climb = climb;
		changes->region = cell->region;
		changes->phase = cell->phase;
		add_them(changes);
		error = try_changes(climb, changes, gain_out);
	}
	free(changes);
	return error;
}

static int compare_cells(const void *a, const void *b)
{
	const struct cell *left = a, *right = b;

	if (left->gain != right->gain)
		return left->gain > right->gain ? -1 : 1;
	if (left->region != right->region)
		return left->region < right->region ? -1 : 1;
	return (left->phase > right->phase) - (left->phase < right->phase);
}

/* Of the best changes of the round that which is best on the whole trace is
 * made, if it is WORTH that. */
static int take(struct climb *climb, double worth, bool *taken_out)
{
	double scores[CONFIRMED];
	unsigned best = 0, i;
	int error = 0;

	*taken_out = false;
	if (climb->best_count)
		error = try_batch(climb, &climb->search->whole, climb->best,
			climb->best_count, scores);
	for (i = 1; i < climb->best_count && !error; i++)
		if (scores[i] > scores[best])
			best = i;
	if (!error && climb->best_count &&
		scores[best] > climb->score + worth) {
		*taken_out = true;
		apply(climb, &climb->best[best], &climb->plan);
		climb->changed.region = climb->best[best].region;
		climb->changed.phase = climb->best[best].phase;
		climb->score = scores[best];
		climb->short_score = climb->best_score[best];
	}
	climb->best_count = 0;
	return error;
}

/* One change, if there is a good one, and then small ones of the same cell. */
static int step(struct climb *climb, bool first, bool *found_out)
{
	unsigned probed = climb->cells_count, i;
	struct cell changed;
	double gain;
	bool better;
	int error = 0;

	if (!first && probed > AGAIN)
		probed = AGAIN;
	for (i = 0; i < probed && !error; i++)
		error = try_cell(climb, &climb->cells[i], add_probes,
			&climb->cells[i].gain);
	qsort(climb->cells, climb->cells_count, sizeof(*climb->cells),
		compare_cells);
	for (i = 0; i < REFINED && i < climb->cells_count && !error; i++)
		error = try_cell(climb, &climb->cells[i], add_all, &gain);
	if (!error)
		error = take(climb, WORTH, found_out);
	changed = climb->changed;
	for (better = *found_out; better && !error;) {
		error = try_cell(climb, &changed, add_neighbours, &gain);
		if (!error)
			error = take(climb, WORTH / 4, &better);
	}
	return error;
}

static void init_cells(struct climb *climb)
{
	const struct tune_scene *scene = climb->search->runs.scene;
	unsigned region;
	int phase, phases = scene->phases > 1 ? (int)scene->phases : 0;

	for (region = 0; region < scene->searched; region++)
		for (phase = TUNE_EVERY_PHASE; phase < phases; phase++)
			climb->cells[climb->cells_count++] =
				(struct cell){region, phase, 0};
}

int tune_search_run(const struct tune_search *search, struct tune_plan *out,
	unsigned *tried_out, struct message *message)
{
	struct climb *climb = calloc(1, sizeof(*climb));
	bool first = true, found = true;
	int error = climb ? 0 : -ENOMEM;

	if (!error) {
		climb->search = search;
		climb->message = message;
		climb->plan = tune_plan_none();
		init_cells(climb);
		error = init_sizes(climb);
	}
	while (!error && climb->sizes_count && found &&
		climb->tried < search->budget) {
		error = step(climb, first, &found);
		first = false;
	}
	if (!error) {
		*out = climb->plan;
		*tried_out = climb->tried;
	} else if (error == -ENOMEM) {
		message_set(message, error, "too little memory for the search");
	}
	if (climb)
		free(climb->sizes);
	free(climb);
	return error;
}
