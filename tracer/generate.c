#include <config.h>

#include "tracer/generate.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tracer/alias.h"
#include "tracer/trace.h"

#define AHEAD 64u /* draws whose slots are fetched before they are needed */
#define RUN_DEFAULT 64u
#define EXPONENT_DEFAULT 0.9

struct generator {
	struct generate_options options;
	uint64_t random;      /* state: pages */
	uint64_t random_kind; /* state: kinds */
	uint32_t write_below; /* of 2^32 */
	bool all_writes;
	struct alias alias; /* zipf, mix */
	uint64_t done;	    /* references so far */
	uint32_t next;	    /* the page of a loop, scan or run */
	uint32_t left;	    /* pages of this run */
	uint64_t carry;	    /* of the scan */
};

/* ---- models ---- */

static int parse_parameter(const char *text, struct generate_options *options)
{
	char *end;

	if (options->model == GENERATE_ZIPF) {
		options->exponent = strtod(text, &end);
		if (end == text || *end || !(options->exponent >= 0) ||
			!(options->exponent <= 100))
			return -EINVAL;
		return 0;
	}
	if (options->model == GENERATE_RUNS) {
		unsigned long run = strtoul(text, &end, 10);

		if (*text < '0' || *text > '9' || *end || run < 1 ||
			run > TRACE_PAGES_MAX)
			return -EINVAL;
		options->run = (uint32_t)run;
		return 0;
	}
	return -EINVAL;
}

int generate_parse_model(const char *text, struct generate_options *options)
{
	static const char *const name[] = {
		[GENERATE_ZIPF] = "zipf",
		[GENERATE_UNIFORM] = "uniform",
		[GENERATE_LOOP] = "loop",
		[GENERATE_SCAN] = "scan",
		[GENERATE_MIX] = "mix",
		[GENERATE_RUNS] = "runs",
	};
	size_t length = strcspn(text, ":");

	options->exponent = EXPONENT_DEFAULT;
	options->run = RUN_DEFAULT;
	for (unsigned i = 0; i < sizeof(name) / sizeof(*name); i++) {
		if (strlen(name[i]) != length ||
			strncmp(text, name[i], length) != 0)
			continue;
		options->model = i;
		if (text[length] == '\0')
			return 0;
		return parse_parameter(text + length + 1, options);
	}
	return -EINVAL;
}

static bool are_sound(const struct generate_options *options)
{
	return options->pages >= 1 && options->references >= 1 &&
	       options->references <= INT64_MAX &&
	       options->pages <= TRACE_PAGES_MAX && options->exponent >= 0 &&
	       options->writes >= 0 && options->writes <= 1 &&
	       (options->model != GENERATE_RUNS ||
		       (options->run >= 1 && options->run <= options->pages)) &&
	       (options->model != GENERATE_MIX || options->pages >= 2);
}

/* Of mix: pages below are drawn, those above are looped over. */
static uint32_t drawn_pages(const struct generate_options *options)
{
	if (options->model != GENERATE_MIX)
		return options->pages;
	return (uint32_t)((uint64_t)options->pages * 2 / 3);
}

/*
 * Weights of ranks, dealt to pages at random: a Fisher-Yates shuffle of the
 * weights themselves.
 */
static int make_alias(struct generator *generator)
{
	uint32_t pages = drawn_pages(&generator->options);
	double *weight = malloc((size_t)pages * sizeof(*weight));
	int error;

	if (!weight)
		return -ENOMEM;
	for (uint32_t i = 0; i < pages; i++) {
		uint32_t other = (uint32_t)random_below(
			&generator->random, (uint64_t)i + 1);

		weight[i] = weight[other];
		weight[other] = pow(i + 1.0, -generator->options.exponent);
	}
	error = alias_create(&generator->alias, weight, pages);
	free(weight);
	return error;
}

int generator_create(
	const struct generate_options *options, struct generator **out)
{
	struct generator *generator;
	int error;

	if (!are_sound(options))
		return -EINVAL;
	generator = calloc(1, sizeof(*generator));
	if (!generator)
		return -ENOMEM;
	generator->options = *options;
	generator->random = options->seed;
	generator->random_kind = random_next(&generator->random);
	generator->write_below = (uint32_t)(options->writes * UINT32_MAX);
	generator->all_writes = options->writes == 1;
	if (options->model == GENERATE_MIX)
		generator->next = drawn_pages(options);
	if (options->model == GENERATE_ZIPF || options->model == GENERATE_MIX) {
		error = make_alias(generator);
		if (error) {
			free(generator);
			return error;
		}
	}
	*out = generator;
	return 0;
}

void generator_destroy(struct generator *generator)
{
	if (!generator)
		return;
	alias_destroy(&generator->alias);
	free(generator);
}

/* ---- references ---- */

static void fill_kinds(
	struct generator *generator, uint8_t *kind, uint32_t count)
{
	uint32_t below = generator->write_below;

	if (below == 0 || generator->all_writes) {
		memset(kind, below ? TRACE_WRITE : TRACE_READ, count);
		return;
	}
	for (uint32_t i = 0; i < count; i += 2) {
		uint64_t random = random_next(&generator->random_kind);

		kind[i] = (uint32_t)random < below ? TRACE_WRITE : TRACE_READ;
		if (i + 1 < count)
			kind[i + 1] =
				random >> 32 < below ? TRACE_WRITE : TRACE_READ;
	}
}

/* The slots of a large table are all over memory: they are fetched a few
 * dozen at a time. */
static void fill_drawn(
	struct generator *generator, uint32_t *page, uint32_t count)
{
	uint64_t random[AHEAD];

	for (uint32_t done = 0; done < count; done += AHEAD) {
		uint32_t some = count - done < AHEAD ? count - done : AHEAD;

		for (uint32_t i = 0; i < some; i++) {
			random[i] = random_next(&generator->random);
			__builtin_prefetch(&generator->alias.slot[alias_slot_of(
				&generator->alias, random[i])]);
		}
		for (uint32_t i = 0; i < some; i++)
			page[done + i] =
				alias_draw(&generator->alias, random[i]);
	}
}

static void fill_uniform(
	struct generator *generator, uint32_t *page, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		page[i] = (uint32_t)random_below(
			&generator->random, generator->options.pages);
}

/* The next page of a loop over [FIRST, pages). */
static uint32_t step(struct generator *generator, uint32_t first)
{
	uint32_t page = generator->next++;

	if (generator->next == generator->options.pages)
		generator->next = first;
	return page;
}

/* All are drawn, then every fourth is the loop's instead. */
static void fill_mix(
	struct generator *generator, uint32_t *page, uint32_t count)
{
	uint32_t first = drawn_pages(&generator->options);

	fill_drawn(generator, page, count);
	for (uint32_t i = 0; i < count; i++)
		if ((generator->done + i) % 4 == 3)
			page[i] = step(generator, first);
}

/* Page done * pages / references, without the division: what is left of it is
 * carried along. */
static void fill_scan(
	struct generator *generator, uint32_t *page, uint32_t count)
{
	const struct generate_options *options = &generator->options;
	uint64_t references = options->references;

	for (uint32_t i = 0; i < count; i++) {
		page[i] = generator->next;
		generator->carry += options->pages;
		if (generator->carry >= references) {
			generator->next +=
				(uint32_t)(generator->carry / references);
			generator->carry %= references;
		}
		if (generator->next >= options->pages)
			generator->next = options->pages - 1;
	}
}

static void fill_runs(
	struct generator *generator, uint32_t *page, uint32_t count)
{
	const struct generate_options *options = &generator->options;

	for (uint32_t i = 0; i < count; i++) {
		if (generator->left == 0) {
			generator->left = options->run;
			generator->next = (uint32_t)random_below(
				&generator->random,
				(uint64_t)options->pages - options->run + 1);
		}
		generator->left--;
		page[i] = generator->next++;
	}
}

void generator_fill(struct generator *generator, uint32_t *page, uint8_t *kind,
	uint32_t count)
{
	switch (generator->options.model) {
	case GENERATE_ZIPF:
		fill_drawn(generator, page, count);
		break;
	case GENERATE_UNIFORM:
		fill_uniform(generator, page, count);
		break;
	case GENERATE_LOOP:
		for (uint32_t i = 0; i < count; i++)
			page[i] = step(generator, 0);
		break;
	case GENERATE_SCAN:
		fill_scan(generator, page, count);
		break;
	case GENERATE_MIX:
		fill_mix(generator, page, count);
		break;
	case GENERATE_RUNS:
		fill_runs(generator, page, count);
		break;
	}
	fill_kinds(generator, kind, count);
	generator->done += count;
}
