/* What figures are made of.  See material.h. */
#include "config.h"

#include "plots/material.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plots/csv.h"
#include "plots/told.h"

struct reading {
	struct material *material;
	const struct map_options *options;
	struct message *message;
};

static bool has_columns(
	const struct csv *csv, const char *first, const char *second)
{
	return csv_column(csv, first) >= 0 && csv_column(csv, second) >= 0;
}

static int read_rows(
	struct material *material, const char *path, struct message *message)
{
	struct csv csv;
	int error = csv_read(path, &csv, message);

	if (error)
		return error;
	if (has_columns(&csv, "role", "hint_faults"))
		error = tuned_add(&material->tuned, path, &csv, message);
	else if (has_columns(&csv, "cycles", "share"))
		error = lengths_add(&material->lengths, path, &csv,
			&material->policies, message);
	else
		error = points_add(&material->points, path, &csv,
			&material->policies, message);
	csv_free(&csv);
	return error;
}

static int read_trace(const struct reading *reading, const char *path)
{
	struct material *material = reading->material;
	struct map *more;
	int error;

	for (unsigned i = 0; i < material->maps_count; i++)
		if (strcmp(material->maps[i].path, path) == 0)
			return 0;
	more = reallocarray(material->maps, (size_t)material->maps_count + 1,
		sizeof(*more));
	if (!more)
		return message_set(reading->message, -ENOMEM,
			"%s: not enough memory", path);
	material->maps = more;
	error = map_read(path, reading->options, &more[material->maps_count],
		reading->message);
	material->maps_count += !error;
	return error;
}

static int read_file(void *context, const char *path)
{
	const struct reading *reading = context;

	if (strcmp(path, "-") != 0 && map_is_trace(path))
		return read_trace(reading, path);
	return read_rows(reading->material, path, reading->message);
}

int material_read(const char *path, const struct map_options *options,
	struct material *material, struct message *message)
{
	struct reading reading = {material, options, message};
	char *curves;
	int error = csv_each_file(path, read_file, &reading, message);

	if (error || !csv_is_folder(path))
		return error;
	if (asprintf(&curves, "%s/curves", path) < 0)
		return message_set(message, -ENOMEM, "not enough memory");
	if (csv_is_folder(curves))
		error = csv_each_file(curves, read_file, &reading, message);
	free(curves);
	return error;
}

/* The length of the first name in LIST, whose parameters, in parentheses, may
 * have commas, too. */
static size_t name_length(const char *list)
{
	size_t length = 0;
	unsigned depth = 0;

	for (; list[length] && (depth || list[length] != ','); length++) {
		depth += list[length] == '(';
		depth -= list[length] == ')' && depth;
	}
	return length;
}

/* Sets KEEP of the policies that the LENGTH bytes at NAME are the name of;
 * whether there is one. */
static bool keep_policy(const struct names *policies, const char *name,
	size_t length, bool *keep)
{
	bool found = false;

	for (unsigned i = 0; i < policies->count; i++) {
		const char *policy = policies->name[i];

		if (strncmp(policy, name, length) == 0 &&
			(!policy[length] || policy[length] == '(')) {
			keep[i] = true;
			found = true;
		}
	}
	return found;
}

static int keep_only(struct material *material, const char *only, bool *keep,
	struct message *message)
{
	for (;;) {
		size_t length = name_length(only);

		if (!keep_policy(&material->policies, only, length, keep))
			return message_set(message, -EINVAL,
				"--policy '%.*s': there are no rows of it",
				(int)length, only);
		if (!only[length])
			break;
		only += length + 1;
	}
	if (points_keep(&material->points, keep) ||
		lengths_keep(&material->lengths, keep) ||
		ratios_keep(&material->ratios, keep))
		return message_set(message, -ENOMEM, "not enough memory");
	return 0;
}

int material_settle(
	struct material *material, const char *only, struct message *message)
{
	/* one more, as calloc may give nothing for none */
	bool *keep =
		calloc((size_t)material->policies.count + 1, sizeof(*keep));
	int error = -ENOMEM;

	material->told_most = only ? UINT_MAX : TOLD_MOST;
	points_settle(&material->points);
	lengths_settle(&material->lengths);
	if (keep && !tuned_settle(&material->tuned) &&
		!ratios_find(&material->points, &material->policies,
			&material->ratios))
		error = 0;
	if (error)
		message_set(message, error, "not enough memory");
	else if (only && material->policies.count)
		error = keep_only(material, only, keep, message);
	free(keep);
	return error;
}

void material_free(struct material *material)
{
	for (unsigned i = 0; i < material->maps_count; i++)
		map_free(&material->maps[i]);
	free(material->maps);
	ratios_free(&material->ratios);
	tuned_free(&material->tuned);
	lengths_free(&material->lengths);
	points_free(&material->points);
	names_free(&material->policies);
	*material = (struct material){0};
}
