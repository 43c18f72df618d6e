/* The rows of distributions.  See distribution.h. */
#include "config.h"

#include "replay/distribution.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/rows.h"

struct distribution {
	char *path;
	FILE *stream;
	struct rows *rows;
};

static const struct rows_column columns[] = {
	{"trace", NULL, 0, true},
	{"policy", NULL, 0, true},
	{"frames", NULL, 0, false},
	{"cycles", NULL, 0, false},
	{"share", NULL, 0, false},
	{"faults_measured", NULL, 0, false},
	{"pages", NULL, 0, false},
	{"counter_source", NULL, 0, true},
};

static int fail(const struct distribution *distribution, int error,
	struct message *message)
{
	return message_set(message, error, "%s: cannot write: %s",
		distribution->path, strerror(-error));
}

int distribution_open(
	const char *path, struct distribution **out, struct message *message)
{
	struct distribution *distribution = calloc(1, sizeof(*distribution));
	int error = -ENOMEM;

	if (distribution)
		distribution->path = strdup(path);
	if (distribution && distribution->path) {
		distribution->stream = fopen(path, "we");
		error = distribution->stream
				? rows_start(distribution->stream, ROWS_CSV,
					  columns,
					  sizeof(columns) / sizeof(columns[0]),
					  &distribution->rows)
				: -errno;
	}
	if (!error) {
		*out = distribution;
		return 0;
	}
	distribution_close(distribution, NULL);
	return message_set(
		message, error, "%s: cannot write: %s", path, strerror(-error));
}

int distribution_add(struct distribution *distribution,
	const struct distribution_row *row, const struct histogram *histogram,
	struct message *message)
{
	struct rows *rows = distribution->rows;
	uint64_t below = 0;
	uint32_t i;
	int error = 0;

	for (i = 0; i < HISTOGRAM_BUCKETS && !error; i++) {
		uint64_t end = histogram_bucket_end(i);

		if (!histogram->bucket[i])
			continue;
		below += histogram->bucket[i];
		rows_text(rows, row->trace);
		rows_text(rows, row->policy);
		rows_count(rows, row->frames);
		rows_count(rows,
			end < histogram->greatest ? end : histogram->greatest);
		rows_real(rows, (double)below / histogram->count, 9);
		rows_count(rows, histogram->count);
		rows_count(rows, row->pages);
		rows_text(rows, row->counter_source);
		error = rows_end(rows);
	}
	return error ? fail(distribution, error, message) : 0;
}

int distribution_close(
	struct distribution *distribution, struct message *message)
{
	int error = 0;

	if (!distribution)
		return 0;
	if (distribution->rows)
		error = rows_finish(distribution->rows);
	if (distribution->stream && fclose(distribution->stream) && !error)
		error = -errno;
	if (error)
		fail(distribution, error, message);
	free(distribution->path);
	free(distribution);
	return error;
}
