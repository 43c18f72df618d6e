/* A section of a plan.  See section.h. */
#include "config.h"

#include "sweep/section.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/nearest.h"
#include "mm/pager.h"
#include "replay/replay-study.h"

enum {
	AHEAD_MAX = 1 << 20,
	READ_AHEAD_MAX = 1 << 16,
	REPETITIONS_MAX = 1000000,
	PARTS_MAX = 1000000,
};

/* Events: more than any trace has. */
#define WARM_UP_MAX 1000000000000000

static const char *const replay_keys[] = {"traces", "policies", "frames",
	"hints", "repetitions", "batch", "clean-ahead", "read-ahead",
	"bit-at-load", "inexact", "windows", "warm-up", NULL};
static const char *const curve_keys[] = {"traces", "parts", NULL};
static const char *const exclude_keys[] = {
	"trace", "policy", "frames", "hints", NULL};
static const char *const top_keys[] = {
	"set", "replay", "curve", "exclude", NULL};

int section_fail(const struct section_place *place, const char *key,
	const char *value, struct message *message)
{
	unsigned line =
		toml_line(place->toml, place->table, place->number, key, value);
	struct message what = *message;

	if (line)
		return message_set(message, -EINVAL, "%s:%u: %s",
			place->toml->path, line, what.text);
	if (!*place->table)
		return message_set(message, -EINVAL, "%s: %s",
			place->toml->path, what.text);
	return message_set(message, -EINVAL, "%s: [[%s]] %s", place->toml->path,
		place->table, what.text);
}

static int check_keys(const struct section_place *place, const cJSON *object,
	const char *const *keys, struct message *message)
{
	const cJSON *item;
	size_t count = 0;

	while (keys[count])
		count++;
	cJSON_ArrayForEach(item, object)
	{
		size_t i = 0;
		const char *near;

		while (i < count && strcmp(keys[i], item->string))
			i++;
		if (i < count)
			continue;
		near = nearest_name(item->string, keys, count);
		message_set(message, -EINVAL, "there is no '%s'%s%s%s",
			item->string, near ? "; did you mean '" : "",
			near ? near : "", near ? "'?" : "");
		return section_fail(place, item->string, NULL, message);
	}
	return 0;
}

/* Strings, or one; *OUT is to be freed.  NEEDED: at least one. */
static int read_strings(const struct section_place *place, const cJSON *object,
	const char *key, const char ***out, unsigned *count_out,
	struct message *message)
{
	const cJSON *list = cJSON_GetObjectItem(object, key), *item;
	int size = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : 1;

	*count_out = 0;
	if (!list)
		return 0;
	*out = calloc(size ? size : 1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	if (cJSON_IsString(list)) {
		(*out)[(*count_out)++] = list->valuestring;
		return 0;
	}
	cJSON_ArrayForEach(item, list)
	{
		if (!cJSON_IsString(item)) {
			*count_out = 0;
			break;
		}
		(*out)[(*count_out)++] = item->valuestring;
	}
	if (*count_out)
		return 0;
	message_set(message, -EINVAL, "%s: expected strings", key);
	return section_fail(place, key, NULL, message);
}

/* What a key may be; *VALUE stays where it is not told. */
struct number {
	const char *key;
	uint64_t least, most, *value;
};

/* A whole number, or one with a unit in a string; of 0 and 1, a truth, too. */
static int read_number(const struct section_place *place, const cJSON *object,
	const struct number *about, struct message *message)
{
	const cJSON *item = cJSON_GetObjectItem(object, about->key);
	bool truth = !about->least && about->most == 1;
	uint64_t parsed;
	double number;

	if (!item)
		return 0;
	number = cJSON_IsNumber(item) ? item->valuedouble : -1;
	if (truth && cJSON_IsBool(item))
		number = cJSON_IsTrue(item);
	if (cJSON_IsString(item) && !number_parse(item->valuestring, &parsed))
		number = parsed;
	if (number >= about->least && number <= about->most &&
		number == floor(number)) {
		*about->value = number;
		return 0;
	}
	if (truth)
		message_set(message, -EINVAL, "%s: expected true or false",
			about->key);
	else
		message_set(message, -EINVAL,
			"%s: expected a whole number from %llu to %llu",
			about->key, (unsigned long long)about->least,
			(unsigned long long)about->most);
	return section_fail(place, about->key, NULL, message);
}

/* ---- lists with more in them ---- */

/* opt, lru and fifo come first in each cell. */
static int read_policies(const struct section_place *place, const cJSON *object,
	struct section *section, struct message *message)
{
	struct replay_options *ordered = calloc(1, sizeof(*ordered));
	const char **texts = NULL;
	unsigned count, i, j;
	int error = ordered ? read_strings(place, object, "policies", &texts,
				      &count, message)
			    : -ENOMEM;

	for (i = 0; !error && i < count; i++) {
		struct policy_spec *specs;
		unsigned found;

		error = policy_spec_parse(texts[i], &specs, &found, message);
		for (j = 0; !error && j < found; j++)
			error = replay_options_add(ordered, &specs[j]);
		if (error == -ENOSPC)
			message_set(message, error, "more than %d policies",
				REPLAY_POLICIES_MAX);
		if (error)
			error = section_fail(
				place, "policies", texts[i], message);
		else
			free(specs);
	}
	free(texts);
	if (!error && ordered->policies_count) {
		section->policies_count = ordered->policies_count;
		section->policies = calloc(
			section->policies_count, sizeof(*section->policies));
		error = section->policies ? 0 : -ENOMEM;
	}
	if (section->policies)
		memcpy(section->policies, ordered->policies,
			section->policies_count * sizeof(*section->policies));
	free(ordered);
	return error;
}

/* ITEM is a count of frames, or a string as --frames has it. */
static int read_size(const struct section_place *place, const cJSON *item,
	struct section_size *out, struct message *message)
{
	struct frames_spec *size;
	const char *bad;
	unsigned count;

	if (cJSON_IsNumber(item))
		snprintf(out->text, sizeof(out->text), "%.15g",
			item->valuedouble);
	else
		snprintf(out->text, sizeof(out->text), "%.31s",
			cJSON_GetStringValue(item) ?: "");
	if (frames_parse(out->text, &size, &count, &bad)) {
		message_set(message, -EINVAL,
			"'%s' is not a size; say a count (1000), bytes "
			"(\"64MiB\") or a share of the pages (\"25%%\")",
			out->text);
		return section_fail(place, "frames", out->text, message);
	}
	out->size = *size;
	free(size);
	if (count == 1)
		return 0;
	message_set(
		message, -EINVAL, "'%s': one size in each string", out->text);
	return section_fail(place, "frames", out->text, message);
}

static int read_frames(const struct section_place *place, const cJSON *object,
	struct section *section, struct message *message)
{
	const cJSON *list = cJSON_GetObjectItem(object, "frames"), *item;
	int size = cJSON_GetArraySize(list), error = 0;

	section->frames = calloc(size ? size : 1, sizeof(*section->frames));
	if (!section->frames)
		return -ENOMEM;
	if (cJSON_IsArray(list)) {
		cJSON_ArrayForEach(item, list)
		{
			error = read_size(place, item,
				&section->frames[section->frames_count++],
				message);
			if (error)
				break;
		}
	} else if (list) {
		section->frames_count = 1;
		error = read_size(place, list, section->frames, message);
	}
	return error;
}

/* ---- all of it ---- */

static int read_settings(const struct section_place *place, const cJSON *object,
	struct section *section, struct message *message)
{
	uint64_t batch = 1, clean = 0, ahead = 0, bit = 1, inexact = 0;
	uint64_t windows = 1, warm_up = 0, repetitions = 1;
	const struct number numbers[] = {
		{"batch", 1, BATCH_MAX, &batch},
		{"clean-ahead", 0, AHEAD_MAX, &clean},
		{"read-ahead", 0, READ_AHEAD_MAX, &ahead},
		{"bit-at-load", 0, 1, &bit},
		{"inexact", 0, 1, &inexact},
		{"windows", 1, PARTS_MAX, &windows},
		{"warm-up", 0, WARM_UP_MAX, &warm_up},
		{"repetitions", 1, REPETITIONS_MAX, &repetitions},
	};
	int error = 0;
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]) && !error; i++)
		error = read_number(place, object, &numbers[i], message);
	section->repetitions = repetitions;
	section->settings = (struct sweep_settings){
		.batch = batch,
		.clean_ahead = clean,
		.read_ahead = ahead,
		.windows = windows,
		.warm_up = warm_up,
		.bit_at_load = bit,
		.inexact = inexact,
	};
	return error;
}

static int fail_missing(const struct section_place *place, const char *what,
	struct message *message)
{
	message_set(message, -EINVAL, "[[%s]] needs %s", place->table, what);
	return section_fail(place, NULL, NULL, message);
}

/* What does not go together. */
static int check(const struct section_place *place,
	const struct section *section, struct message *message)
{
	const bool windows = section->settings.windows > 1;
	bool takes_hints = false;
	unsigned i;

	if (!section->traces_count)
		return fail_missing(place, "traces", message);
	if (section->parts)
		return 0;
	if (!section->policies_count)
		return fail_missing(place, "policies", message);
	if (!section->frames_count)
		return fail_missing(place, "frames", message);
	for (i = 0; i < section->policies_count; i++) {
		const struct policy_spec *policy = &section->policies[i];

		takes_hints = takes_hints || policy->ops->takes_hints;
		if (!windows || (policy->ops->knows != POLICY_ORACLE &&
					!policy->ops->takes_hints &&
					!variable_of(policy->ops)))
			continue;
		message_set(message, -EINVAL,
			"%s has no windows: what it does hangs on the whole "
			"trace",
			policy->ops->name);
		return section_fail(
			place, "policies", policy->ops->name, message);
	}
	if (windows &&
		(section->repetitions > 1 || section->settings.batch > 1 ||
			section->settings.clean_ahead)) {
		message_set(message, -EINVAL,
			"windows have no repetitions, batch or clean-ahead");
		return section_fail(place, "windows", NULL, message);
	}
	if (!section->hints_count || takes_hints)
		return 0;
	message_set(message, -EINVAL,
		"hints are for lru-hints or sfifo-hints, and neither is among "
		"the policies");
	return section_fail(place, "hints", NULL, message);
}

int section_read(const struct section_place *place, const cJSON *object,
	struct section *out, struct message *message)
{
	bool curve = !strcmp(place->table, "curve");
	uint64_t count = 1;
	const struct number parts = {"parts", 1, PARTS_MAX, &count};
	int error;

	*out = (struct section){0};
	error = check_keys(
		place, object, curve ? curve_keys : replay_keys, message);
	if (!error)
		error = read_strings(place, object, "traces", &out->traces,
			&out->traces_count, message);
	if (!error)
		error = read_settings(place, object, out, message);
	if (!error && curve) {
		error = read_number(place, object, &parts, message);
		out->parts = count;
	}
	if (!error && !curve)
		error = read_strings(place, object, "hints", &out->hints,
			&out->hints_count, message);
	if (!error && !curve)
		error = read_policies(place, object, out, message);
	if (!error && !curve)
		error = read_frames(place, object, out, message);
	if (!error)
		error = check(place, out, message);
	return error;
}

void section_free(struct section *section)
{
	free(section->traces);
	free(section->hints);
	free(section->policies);
	free(section->frames);
}

/* TABLE is written [[TABLE]], if it is there. */
static int check_tables(
	const struct toml *toml, const char *table, struct message *message)
{
	const struct section_place top = {toml, "", 0};
	const cJSON *tables = cJSON_GetObjectItem(toml->root, table), *each;
	bool good = !tables || cJSON_IsArray(tables);

	cJSON_ArrayForEach(each, tables)
	{
		good = good && cJSON_IsObject(each);
	}
	if (good)
		return 0;
	message_set(message, -EINVAL, "%s: write [[%s]]", table, table);
	return section_fail(&top, table, NULL, message);
}

/* One [[exclude]]: patterns, at least one, as none would agree with all. */
static int check_exclude(const struct section_place *place,
	const cJSON *exclude, struct message *message)
{
	const cJSON *item;
	int error = check_keys(place, exclude, exclude_keys, message);

	if (!error && !cJSON_GetArraySize(exclude))
		error = fail_missing(place,
			"a pattern: trace, policy, frames or hints", message);
	cJSON_ArrayForEach(item, exclude)
	{
		if (error || cJSON_IsString(item))
			continue;
		message_set(message, -EINVAL, "%s: expected a string",
			item->string);
		error = section_fail(place, item->string, NULL, message);
	}
	return error;
}

static int check_excludes(const struct toml *toml, struct message *message)
{
	const cJSON *excludes = cJSON_GetObjectItem(toml->root, "exclude");
	const cJSON *each;
	struct section_place place = {toml, "exclude", 0};
	int error = check_tables(toml, "exclude", message);

	cJSON_ArrayForEach(each, excludes)
	{
		if (!error)
			error = check_exclude(&place, each, message);
		place.number++;
	}
	return error;
}

static int check_set(const struct toml *toml, struct message *message)
{
	const struct section_place top = {toml, "", 0};
	const cJSON *set = cJSON_GetObjectItem(toml->root, "set");

	if (!set || (cJSON_IsString(set) && *set->valuestring))
		return 0;
	message_set(message, -EINVAL, "set: expected the name of a folder");
	return section_fail(&top, "set", NULL, message);
}

int section_check_tables(const struct toml *toml, struct message *message)
{
	const struct section_place top = {toml, "", 0};
	int error = check_keys(&top, toml->root, top_keys, message);

	if (!error)
		error = check_set(toml, message);
	if (!error)
		error = check_tables(toml, "replay", message);
	if (!error)
		error = check_tables(toml, "curve", message);
	if (!error)
		error = check_excludes(toml, message);
	if (error ||
		cJSON_GetArraySize(cJSON_GetObjectItem(toml->root, "replay")) ||
		cJSON_GetArraySize(cJSON_GetObjectItem(toml->root, "curve")))
		return error;
	return message_set(message, -EINVAL,
		"%s: there is neither [[replay]] nor [[curve]] in it",
		toml->path);
}
