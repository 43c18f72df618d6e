/* Rows of distributions.  See lengths.h. */
#include "config.h"

#include "plots/lengths.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "plots/cells.h"
#include "plots/gnuplot.h"
#include "plots/points.h"
#include "plots/shares.h"
#include "plots/told.h"

enum column {
	TRACE,
	POLICY,
	FRAMES,
	CYCLES,
	SHARE,
	PAGES,
	NEEDED,
	SOURCE = NEEDED,
	COLUMNS_COUNT
};

static const char *const column_names[COLUMNS_COUNT] = {
	[TRACE] = "trace",
	[POLICY] = "policy",
	[FRAMES] = "frames",
	[CYCLES] = "cycles",
	[SHARE] = "share",
	[PAGES] = "pages",
	[SOURCE] = "counter_source",
};

static int read_row(const struct cells *cells, struct lengths *lengths,
	struct names *policies, struct message *message)
{
	struct length *length = &lengths->lengths[lengths->count];
	double numbers[NEEDED];

	for (enum column i = FRAMES; i < NEEDED; i++) {
		int error = cells_number(cells, i, NAN, &numbers[i], message);

		if (error)
			return error;
	}
	if (numbers[FRAMES] < 1 || numbers[PAGES] < 1 || numbers[SHARE] > 1)
		return cells_fail(cells, message,
			"frames and pages must be more than 0, share no more "
			"than 1");
	*length = (struct length){.frames = (uint64_t)numbers[FRAMES],
		.pages = (uint64_t)numbers[PAGES],
		.cycles = numbers[CYCLES],
		.share = numbers[SHARE],
		.unit = points_unit(cells_text(cells, SOURCE)),
		.order = lengths->count};
	if (names_find(&lengths->traces, cells_text(cells, TRACE),
		    &length->trace) ||
		names_find(
			policies, cells_text(cells, POLICY), &length->policy))
		return message_set(
			message, -ENOMEM, "%s: not enough memory", cells->path);
	lengths->count++;
	return 0;
}

int lengths_add(struct lengths *lengths, const char *path,
	const struct csv *csv, struct names *policies, struct message *message)
{
	struct cells cells = {.path = path,
		.csv = csv,
		.names = column_names,
		.count = COLUMNS_COUNT,
		.needed = NEEDED,
		.what = "'selfpage replay --distribution'"};
	int error = cells_start(&cells, message);
	struct length *more;

	if (error)
		return error;
	more = cells_make_room(&cells, lengths->lengths, lengths->count,
		sizeof(*more), message);
	if (!more)
		return -ENOMEM;
	lengths->lengths = more;
	for (; cells.row < csv->rows_count && !error; cells.row++)
		error = read_row(&cells, lengths, policies, message);
	return error;
}

void lengths_free(struct lengths *lengths)
{
	free(lengths->lengths);
	names_free(&lengths->traces);
	*lengths = (struct lengths){0};
}

static int compare_lines(const struct length *a, const struct length *b)
{
	if (a->trace != b->trace)
		return a->trace < b->trace ? -1 : 1;
	if (a->frames != b->frames)
		return a->frames < b->frames ? -1 : 1;
	return (a->policy > b->policy) - (a->policy < b->policy);
}

static int compare_lengths(const void *left, const void *right)
{
	const struct length *a = left, *b = right;
	int order = compare_lines(a, b);

	if (order)
		return order;
	if (a->cycles != b->cycles)
		return a->cycles < b->cycles ? -1 : 1;
	return (a->order > b->order) - (a->order < b->order);
}

void lengths_settle(struct lengths *lengths)
{
	struct length *at = lengths->lengths;

	if (lengths->count == 0)
		return;
	qsort(at, lengths->count, sizeof(*at), compare_lengths);
	for (size_t i = 0; i < lengths->count; i++, at++)
		at->size =
			i == 0 || at[-1].trace != at->trace
				? 0
				: at[-1].size + (at[-1].frames != at->frames);
}

int lengths_keep(struct lengths *lengths, const bool *keep)
{
	struct names traces = lengths->traces;
	size_t count = lengths->count;
	int error = 0;

	lengths->traces = (struct names){0};
	lengths->count = 0;
	for (size_t i = 0; i < count && !error; i++) {
		struct length length = lengths->lengths[i];

		if (!keep[length.policy])
			continue;
		error = names_find(&lengths->traces, traces.name[length.trace],
			&length.trace);
		lengths->lengths[lengths->count++] = length;
	}
	names_free(&traces);
	lengths_settle(lengths);
	return error;
}

unsigned lengths_sizes(const struct lengths *lengths, unsigned trace)
{
	unsigned sizes = 0;

	for (size_t i = 0; i < lengths->count; i++)
		if (lengths->lengths[i].trace == trace)
			sizes = lengths->lengths[i].size + 1;
	return sizes;
}

unsigned lengths_lines(const struct lengths *lengths, unsigned trace)
{
	unsigned lines = 0;

	for (size_t i = 0; i < lengths->count; i++) {
		const struct length *at = &lengths->lengths[i];

		lines += at->trace == trace &&
			 (i == 0 || compare_lines(at - 1, at) != 0);
	}
	return lines;
}

/* The first length that SHARE of the faults don't exceed, of the next line of
 * TRACE from *AT on; NULL: there is none. */
static const struct length *next_quantile(
	const struct lengths *lengths, unsigned trace, double share, size_t *at)
{
	while (*at < lengths->count) {
		const struct length *length = &lengths->lengths[(*at)++];

		if (length->trace != trace || length->share < share)
			continue;
		while (*at < lengths->count &&
			compare_lines(length, &lengths->lengths[*at]) == 0)
			++*at;
		return length;
	}
	return NULL;
}

static void write_quantile(const struct lengths *lengths, unsigned trace,
	double share, FILE *stream)
{
	const struct length *length;
	size_t at = 0;

	while ((length = next_quantile(lengths, trace, share, &at)))
		fprintf(stream, "%u %u %.10g %.10g\n", length->size + 1,
			length->policy + 1, length->cycles, 100 * share);
}

int lengths_write_told(const struct lengths *lengths,
	const struct names *policies, unsigned trace, unsigned most,
	FILE *stream)
{
	const struct length *length;
	struct told told;
	size_t at = 0;

	if (told_start(&told, policies->count))
		return -ENOMEM;
	while ((length = next_quantile(lengths, trace, 0.5, &at)))
		told_add(&told, length->policy, log2(1 + length->cycles));
	told_settle(&told, most, policies);
	told_write(&told, stream);
	told_free(&told);
	return 0;
}

void lengths_write(const struct lengths *lengths, unsigned trace, FILE *stream)
{
	unsigned sizes = lengths_sizes(lengths, trace);
	const struct length *last = NULL;

	fputs("$lengths << END_OF_LENGTHS\n", stream);
	for (size_t i = 0; i < lengths->count; i++) {
		const struct length *at = &lengths->lengths[i];

		if (at->trace != trace)
			continue;
		if (last && compare_lines(last, at) != 0)
			putc('\n', stream); /* where a line ends */
		fprintf(stream, "%u %u %.10g %.10g\n", at->size + 1,
			at->policy + 1, at->cycles, 100 * at->share);
		last = at;
	}
	last = NULL;
	fputs("END_OF_LENGTHS\n$quantiles << END_OF_QUANTILES\n", stream);
	write_quantile(lengths, trace, 0.5, stream);
	write_quantile(lengths, trace, 0.99, stream);
	fprintf(stream,
		"END_OF_QUANTILES\nsizes = %u\narray size_share[%u]\n"
		"array size_policies[%u]\n",
		sizes, sizes, sizes);
	for (size_t i = 0; i < lengths->count; i++) {
		const struct length *at = &lengths->lengths[i];

		if (at->trace != trace)
			continue;
		if (!last || last->size != at->size)
			fprintf(stream,
				"size_share[%u] = %.10g\n"
				"size_policies[%u] = ''\n",
				at->size + 1, share_of(at->frames, at->pages),
				at->size + 1);
		if (!last || compare_lines(last, at) != 0)
			fprintf(stream,
				"size_policies[%u] = size_policies[%u].' %u'\n",
				at->size + 1, at->size + 1, at->policy + 1);
		if (!last)
			gnuplot_set(stream, "length_unit", at->unit);
		last = at;
	}
}
