/*
 * Windows by their mean residency: see window-fit.h.
 *
 *	windows	1 . . . lo | . . . hi . . . . references
 *			    probes
 *
 * What lies between lo and hi is not known yet.  Some windows there are
 * probed, all in one pass over the trace; the first that holds more than is
 * asked and the one before it are the next bounds.  While the bounds are far
 * apart probes are so by ratio, else by distance.
 */
#include "replay/window-fit.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "replay/each-block.h"
#include "replay/window-curve.h"

enum {
	CURVE_PROBES = 63, /* that the curve has in one pass for little */
	RUN_PROBES = 3,	   /* of what is run at each */
};

/* As large as frames x references may be. */
typedef unsigned __int128 wide;

struct search {
	struct window_fit *fit;
	uint64_t lo, hi; /* windows not yet known to be too small or large */
	wide asked;	 /* space */
	wide best_off;
	uint64_t probe[CURVE_PROBES], space[CURVE_PROBES];
	unsigned probes; /* 0: done */
};

struct job {
	struct trace_reader *reader;
	const struct window_fit_config *config;
	struct search *searches;
	unsigned count, passes;
	struct variable_run **runs; /* that are under way */
	unsigned runs_count;
	struct message *message;
};

static bool has_curve(const struct search *search)
{
	return search->fit->ops == &variable_ws ||
	       search->fit->ops == &variable_vmin;
}

/* Window number I of MOST between LO and HI, both left out. */
static uint64_t between(uint64_t lo, uint64_t hi, unsigned i, unsigned most)
{
	double share = (i + 1.0) / (most + 1.0);

	if (hi / lo >= 4)
		return lo * pow((double)hi / lo, share);
	return lo + (hi - lo) * share;
}

static void choose_probes(struct search *search)
{
	const unsigned most = has_curve(search) ? CURVE_PROBES : RUN_PROBES;
	uint64_t lo = search->lo, hi = search->hi, window;
	unsigned i;

	search->probes = 0;
	if (lo > hi)
		return;
	if (hi - lo < most) {
		for (; lo <= hi; lo++)
			search->probe[search->probes++] = lo;
		return;
	}
	for (i = 0; i < most; i++) {
		window = between(lo, hi, i, most);
		if (!search->probes ||
			window > search->probe[search->probes - 1])
			search->probe[search->probes++] = window;
	}
}

/* What the probes tell: the nearest so far, and where to go on. */
static void learn(struct search *search)
{
	unsigned i;

	for (i = 0; i < search->probes; i++) {
		wide space = search->space[i];
		wide off = space > search->asked ? space - search->asked
						 : search->asked - space;

		if (!search->fit->window || off < search->best_off) {
			search->fit->window = search->probe[i];
			search->best_off = off;
		}
	}
	for (i = 0; i < search->probes; i++)
		if (search->space[i] > search->asked) {
			search->hi = search->probe[i] - 1;
			break;
		}
	if (i)
		search->lo = search->probe[i - 1] + 1;
}

static void on_progress(void *context, uint64_t events)
{
	const struct job *job = context;

	if (job->config->progress)
		job->config->progress(
			job->config->context, job->passes, events);
}

static int compare_windows(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The probes of those that have a curve, rising, each once. */
static unsigned collect_windows(const struct job *job, uint64_t *windows)
{
	unsigned count = 0, unique = 0, i, j;

	for (i = 0; i < job->count; i++)
		for (j = 0; j < job->searches[i].probes; j++)
			if (has_curve(&job->searches[i]))
				windows[count++] = job->searches[i].probe[j];
	qsort(windows, count, sizeof(*windows), compare_windows);
	for (i = 0; i < count; i++)
		if (!unique || windows[i] != windows[unique - 1])
			windows[unique++] = windows[i];
	return unique;
}

static void take_points(const struct job *job, const uint64_t *windows,
	const struct window_point *points, unsigned count)
{
	unsigned i, j;

	for (i = 0; i < job->count; i++) {
		struct search *search = &job->searches[i];

		for (j = 0; j < search->probes && has_curve(search); j++) {
			const uint64_t *at = bsearch(&search->probe[j], windows,
				count, sizeof(*windows), compare_windows);
			const struct window_point *point =
				&points[at - windows];

			search->space[j] = search->fit->ops == &variable_ws
						   ? point->ws_space
						   : point->vmin_space;
		}
	}
}

/* One pass for all that have a curve. */
static int probe_curve(struct job *job)
{
	size_t room = (size_t)job->count * CURVE_PROBES;
	uint64_t *windows = calloc(room, sizeof(*windows));
	struct window_point *points = calloc(room, sizeof(*points));
	struct window_curve_config config = {
		.windows = windows,
		.progress = on_progress,
		.context = job,
		.stop = job->config->stop,
	};
	int error = -ENOMEM;

	if (windows && points) {
		config.count = collect_windows(job, windows);
		error = !config.count ? 0
				      : window_curve_run(job->reader, &config,
						points, job->message);
		job->passes += config.count != 0;
	}
	if (!error)
		take_points(job, windows, points, config.count);
	free(windows);
	free(points);
	return error;
}

static int run_block(void *context, const struct trace_block *block)
{
	struct job *job = context;
	unsigned i;

	for (i = 0; i < job->runs_count; i++)
		variable_run_block(job->runs[i], block, NULL);
	return 0;
}

/* All blocks through all runs. */
static int run_blocks(struct job *job)
{
	const struct each_block each = {
		.take = run_block,
		.pass = job,
		.progress = on_progress,
		.context = job,
		.stop = job->config->stop,
	};
	int error = each_block(job->reader, &each, job->message);

	job->passes += !error;
	return error;
}

/* Opens a run at each probe of those without a curve. */
static int open_runs(struct job *job)
{
	const struct trace_info *info = trace_reader_info(job->reader);
	unsigned i, j;
	int error;

	for (i = 0; i < job->count; i++) {
		const struct search *search = &job->searches[i];

		for (j = 0; j < search->probes && !has_curve(search); j++) {
			const double window = search->probe[j];
			const struct variable_run_config config = {
				.ops = search->fit->ops,
				.values = &window,
				.pages = info->pages,
				.references = info->references,
				.bit_at_load = job->config->bit_at_load,
			};

			error = variable_run_open(
				&config, &job->runs[job->runs_count]);
			if (error)
				return error;
			job->runs_count++;
		}
	}
	return 0;
}

/* One pass for all that have none. */
static int probe_runs(struct job *job)
{
	struct variable_result result;
	unsigned i, j, next = 0;
	int error = -ENOMEM;

	job->runs_count = 0;
	job->runs = calloc((size_t)job->count * RUN_PROBES, sizeof(*job->runs));
	if (job->runs)
		error = open_runs(job);
	if (!error && job->runs_count)
		error = run_blocks(job);
	for (i = 0; i < job->count && !error; i++)
		for (j = 0; j < job->searches[i].probes; j++) {
			if (has_curve(&job->searches[i]))
				continue;
			variable_run_finish(job->runs[next++], &result);
			job->searches[i].space[j] = result.space;
		}
	for (i = 0; i < job->runs_count; i++)
		variable_run_close(job->runs[i]);
	free(job->runs);
	return error;
}

static int search_all(struct job *job)
{
	unsigned i, going;
	int error = 0;

	do {
		going = 0;
		for (i = 0; i < job->count; i++) {
			choose_probes(&job->searches[i]);
			going += job->searches[i].probes != 0;
		}
		if (going)
			error = probe_curve(job);
		if (going && !error)
			error = probe_runs(job);
		for (i = 0; i < job->count && !error; i++)
			learn(&job->searches[i]);
	} while (going && !error);
	return error;
}

int window_fit_run(struct trace_reader *reader,
	const struct window_fit_config *config, struct window_fit *fits,
	unsigned count, struct message *message)
{
	const struct trace_info *info = trace_reader_info(reader);
	struct job job = {
		.reader = reader,
		.config = config,
		.searches = calloc(count + 1, sizeof(*job.searches)),
		.count = count,
		.message = message,
	};
	unsigned i;
	int error = -ENOMEM;

	for (i = 0; i < count && job.searches; i++) {
		fits[i].window = 0;
		job.searches[i] = (struct search){
			.fit = &fits[i],
			.lo = 1,
			.hi = info->references ? info->references : 1,
			.asked = (wide)fits[i].frames * info->references,
		};
	}
	if (job.searches)
		error = search_all(&job);
	if (error == -ENOMEM)
		message_set(message, error,
			"%s: too little memory to look for %u windows",
			info->path, count);
	free(job.searches);
	return error;
}
