/* LRU's curve from a part of the pages.  See sample.h. */
#include "replay/sample.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "mm/policy/keys.h"
#include "replay/bitline.h"
#include "replay/each-block.h"
#include "replay/lru-depth.h"

enum { CHUNK = 1024 };

/* 97.5 % of Student's t with SAMPLE_GROUPS - 1 degrees of freedom are below */
static const double t_quantile = 2.365;
_Static_assert(SAMPLE_GROUPS == 8, "another quantile of Student's t");

struct group {
	struct lru_depth *engine;
	uint32_t pages;
	uint64_t *faults; /* [pages + 1] of a memory of so many of them; until
			     the trace's end, uses by distance */
	uint64_t cold;
	uint32_t waiting; /* uses that are still to be run */
	uint32_t page[CHUNK];
};

struct sample {
	uint32_t pages; /* of the trace */
	struct bitline drawn;
	uint8_t *group_of; /* [drawn.set] by the pages in their order */
	uint32_t *page_of; /* [drawn.set] its number in its group */
	struct group group[SAMPLE_GROUPS];
};

void sample_free(struct sample *sample)
{
	unsigned i;

	if (!sample)
		return;
	for (i = 0; i < SAMPLE_GROUPS; i++) {
		lru_depth_destroy(sample->group[i].engine);
		free(sample->group[i].faults);
	}
	bitline_fini(&sample->drawn);
	free(sample->group_of);
	free(sample->page_of);
	free(sample);
}

/* ---- which pages ---- */

static inline uint64_t hash(uint32_t page, uint64_t seed)
{
	return keys_hash(page + keys_hash(seed));
}

static void draw_pages(
	struct sample *sample, const struct sample_config *config)
{
	uint64_t below = config->share * 0x1p64;
	uint32_t page;

	for (page = 0; page < sample->pages; page++)
		if (hash(page, config->seed) < below)
			bitline_set(&sample->drawn, page);
}

/* The place of PAGE among those drawn, of which it is one. */
static inline uint32_t place_of(const struct sample *sample, uint32_t page)
{
	return sample->drawn.set - bitline_count_from(&sample->drawn, page);
}

/* By bits of the hash that did not say whether they are drawn. */
static int deal_pages(struct sample *sample, uint64_t seed)
{
	uint32_t page = 0, i;

	sample->group_of = malloc(sample->drawn.set);
	sample->page_of =
		malloc((size_t)sample->drawn.set * sizeof(*sample->page_of));
	if (!sample->group_of || !sample->page_of)
		return -ENOMEM;
	for (i = 0; i < sample->drawn.set; i++, page++) {
		page = bitline_next(&sample->drawn, page);
		sample->group_of[i] = hash(page, ~seed) % SAMPLE_GROUPS;
		sample->page_of[i] = sample->group[sample->group_of[i]].pages++;
	}
	return 0;
}

static int open_groups(struct sample *sample)
{
	unsigned i;

	for (i = 0; i < SAMPLE_GROUPS; i++) {
		struct group *group = &sample->group[i];

		group->faults = calloc(
			(size_t)group->pages + 1, sizeof(*group->faults));
		if (!group->faults ||
			lru_depth_create(group->pages, &group->engine))
			return -ENOMEM;
	}
	return 0;
}

static int check_groups(const struct sample *sample,
	const struct trace_info *info, struct message *message)
{
	/* a share that is nearly sure to do */
	double share = 1.4 * SAMPLE_GROUPS * SAMPLE_GROUP_PAGES / info->pages;
	unsigned i;

	for (i = 0; i < SAMPLE_GROUPS; i++)
		if (sample->group[i].pages < SAMPLE_GROUP_PAGES)
			break;
	if (i == SAMPLE_GROUPS)
		return 0;
	if (share > SAMPLE_SHARE_MAX)
		return message_set(message, -EINVAL,
			"%s: %llu pages are too few to estimate from a sample "
			"of them: leave --sample out",
			info->path, (unsigned long long)info->pages);
	return message_set(message, -EINVAL,
		"%s: a sample of %u of %llu pages is too small to tell how far "
		"off it is: try --sample %.2g%%",
		info->path, sample->drawn.set, (unsigned long long)info->pages,
		ceil(share * 1000) / 10);
}

static int open_sample(struct sample *sample, const struct trace_info *info,
	const struct sample_config *config, struct message *message)
{
	int error;

	sample->pages = info->pages;
	error = bitline_init(&sample->drawn, info->pages);
	if (!error) {
		draw_pages(sample, config);
		error = deal_pages(sample, config->seed);
	}
	if (error)
		return message_set(
			message, error, "%s: too little memory", info->path);
	error = check_groups(sample, info, message);
	if (error)
		return error;
	error = open_groups(sample);
	if (error)
		message_set(
			message, error, "%s: too little memory", info->path);
	return error;
}

/* ---- their uses ---- */

static void run_waiting(struct group *group)
{
	uint32_t depth[CHUNK], i;

	lru_depth_run(group->engine, group->page, group->waiting, depth);
	for (i = 0; i < group->waiting; i++)
		if (depth[i] == DEPTH_COLD)
			group->cold++;
		else
			group->faults[depth[i]]++;
	group->waiting = 0;
}

static int run_block(void *context, const struct trace_block *block)
{
	struct sample *sample = context;
	uint32_t i;

	for (i = 0; i < block->events; i++) {
		struct group *group;
		uint32_t place;

		if (!bitline_test(&sample->drawn, block->page[i]))
			continue;
		place = place_of(sample, block->page[i]);
		group = &sample->group[sample->group_of[place]];
		group->page[group->waiting++] = sample->page_of[place];
		if (group->waiting == CHUNK)
			run_waiting(group);
	}
	return 0;
}

/* Uses by distance become faults by size. */
static void sum_up(struct group *group)
{
	uint64_t sum;
	uint32_t size;

	run_waiting(group);
	sum = group->cold;
	for (size = group->pages; size; size--) {
		uint64_t uses = group->faults[size];

		group->faults[size] = sum;
		sum += uses;
	}
	group->faults[0] = sum;
	lru_depth_destroy(group->engine);
	group->engine = NULL;
}

static int run_blocks(struct sample *sample, struct trace_reader *reader,
	const struct sample_config *config, struct message *message)
{
	const struct each_block each = {
		.take = run_block,
		.pass = sample,
		.progress = config->progress,
		.context = config->context,
		.stop = config->stop,
	};
	int error = each_block(reader, &each, message);
	unsigned i;

	for (i = 0; i < SAMPLE_GROUPS && !error; i++)
		sum_up(&sample->group[i]);
	return error;
}

int sample_run(struct trace_reader *reader, const struct sample_config *config,
	struct sample **out, struct message *message)
{
	struct sample *sample = calloc(1, sizeof(*sample));
	int error;

	if (!sample)
		return message_set(message, -ENOMEM, "too little memory");
	error = open_sample(sample, trace_reader_info(reader), config, message);
	if (!error)
		error = run_blocks(sample, reader, config, message);
	if (error)
		sample_free(sample);
	else
		*out = sample;
	return error;
}

/* ---- what they tell ---- */

uint32_t sample_pages(const struct sample *sample)
{
	return sample->drawn.set;
}

uint64_t sample_least(const struct sample *sample)
{
	double least = 0;
	unsigned i;

	for (i = 0; i < SAMPLE_GROUPS; i++)
		least = fmax(least, (double)sample->pages * SAMPLE_LEAST /
					    sample->group[i].pages);
	return ceil(least);
}

uint64_t sample_step(const struct sample *sample)
{
	return (sample->pages + sample->drawn.set - 1) / sample->drawn.set;
}

/*
 * All faults, as GROUP tells.  Of distances that are anywhere with the same
 * likelihood, those of up to FRAMES pages are in the mean those of up to
 * FRAMES * rate pages of the group; which is between two of its sizes.
 */
static double faults_of(
	const struct group *group, uint32_t pages, double frames)
{
	double rate = (double)group->pages / pages;
	double size = frames * rate;
	uint32_t at = size;
	double more;

	if (size >= group->pages)
		return group->cold / rate;
	more = group->faults[at] -
	       (size - at) * (group->faults[at] - group->faults[at + 1]);
	return more / rate;
}

static double mean_at(const struct sample *sample, double frames)
{
	double mean = 0;
	unsigned i;

	for (i = 0; i < SAMPLE_GROUPS; i++)
		mean += faults_of(&sample->group[i], sample->pages, frames);
	return mean / SAMPLE_GROUPS;
}

/* How far the groups' mean is off as they differ. */
static double apart(const struct sample *sample, double frames, double mean)
{
	double squares = 0;
	unsigned i;

	for (i = 0; i < SAMPLE_GROUPS; i++) {
		double faults =
			faults_of(&sample->group[i], sample->pages, frames);

		squares += (faults - mean) * (faults - mean);
	}
	return t_quantile *
	       sqrt(squares / (SAMPLE_GROUPS * (SAMPLE_GROUPS - 1)));
}

/*
 * How far all groups are off alike: of FRAMES pages a group has more or fewer
 * than it should, by the root of their number, so a step of the curve becomes
 * a slope about as wide.  Half of it to each side makes bars that hold at
 * steps, and are not much wider than they need be elsewhere.
 */
static double smeared(const struct sample *sample, double frames, double mean)
{
	double rate = (double)sample->drawn.set / SAMPLE_GROUPS / sample->pages;
	double width = sqrt(frames / rate) / 2;
	double fewer = mean_at(sample, fmax(frames - width, 0)) - mean;
	double more = mean - mean_at(sample, frames + width);

	return fmax(fewer, more);
}

struct sample_estimate sample_at(const struct sample *sample, uint64_t frames)
{
	double mean = mean_at(sample, frames), error;
	/* so many that nobody sees, one time of 20 */
	double unseen = 3.0 * sample->pages / sample->drawn.set;

	/* each first use is a fault, and there are as many as pages */
	if (frames >= sample->pages)
		return (struct sample_estimate){mean, 0};
	error = hypot(
		apart(sample, frames, mean), smeared(sample, frames, mean));
	return (struct sample_estimate){mean, hypot(error, unseen)};
}
