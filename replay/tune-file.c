/* The file of hints that tune writes, for people and for replay. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "replay/tune-study.h"

static void write_figures(const struct tune_subject *subject, FILE *stream)
{
	unsigned i;

	for (i = 0; i < subject->asked; i++) {
		const struct tune_figures *figures = &subject->figures[i];
		double closed;

		fprintf(stream,
			"#   %-16s %-6s %9" PRIu64 " %11" PRIu64 " %11" PRIu64
			" %11" PRIu64,
			subject->name, subject->role, figures->frames,
			figures->lru.faults, figures->hints.faults,
			figures->opt_faults);
		if (tune_gap_closed(figures, &closed))
			fprintf(stream, " %7.1f %%", 100 * closed);
		fputc('\n', stream);
	}
}

static void write_head(const struct tune_study *study, FILE *stream)
{
	const struct trace_info *info =
		trace_reader_info(study->subjects[0].reader);
	unsigned i;

	fprintf(stream,
		"# What selfpage tune found for %s.\n"
		"# To be given to selfpage replay --hints, curve --hints and "
		"run --hints.\n"
		"#\n"
		"# Faults of LRU, with all of these hints, and of OPT:\n"
		"#   %-16s %-6s %9s %11s %11s %11s  gap closed\n",
		info->program, "trace", "role", "frames", "lru", "hints",
		"opt");
	for (i = 0; i < study->subjects_count; i++)
		write_figures(&study->subjects[i], stream);
	if (study->subjects_count == 1)
		fputs("# It was judged on the trace that it was learnt on.\n",
			stream);
}

/* What the part is good for: faults without it less those with all. */
static void write_part_head(
	const struct tune_study *study, unsigned number, FILE *stream)
{
	const struct tune_part *part = &study->parts[number];
	char words[64];
	unsigned i, j;

	tune_part_tell(&study->plan, part, words, sizeof(words));
	fprintf(stream, "\n# %s", study->scene.region[part->region]);
	if (part->phase > 0)
		fprintf(stream, ", from %s on",
			study->scene.phase[part->phase]);
	else if (part->phase == 0)
		fputs(", at first", stream);
	fprintf(stream, ": %s\n", words);
	for (i = 0; i < study->subjects_count; i++) {
		const struct tune_subject *subject = &study->subjects[i];

		for (j = 0; j < subject->asked; j++)
			fprintf(stream,
				"#   without it %+" PRId64 " faults at %" PRIu64
				" frames of %s\n",
				(int64_t)(subject->without
						  [number * subject->asked +
							  j] -
					  subject->figures[j].hints.faults),
				subject->frames[j], subject->name);
	}
}

/* The phases in which a region is normal again, after others.  These lines
 * come first: a drop at the same mark has to come after them. */
static void write_back(
	const struct tune_study *study, unsigned region, FILE *stream)
{
	const struct tune_scene *scene = &study->scene;
	bool told = false;
	int phase;

	if (tune_plan_is_steady(&study->plan, scene, region))
		return;
	for (phase = 1; phase < (int)scene->phases; phase++) {
		const struct tune_part part = {region, phase, false};

		if (!tune_plan_is_normal(&study->plan, &part))
			continue;
		if (!told)
			fprintf(stream, "\n# %s has no hint in other phases\n",
				scene->region[region]);
		told = true;
		tune_plan_write(&study->plan, scene, &part, stream);
	}
}

/* Those worth fetching ahead; after all others, which may take it back. */
static void write_ahead(const struct tune_study *study, FILE *stream)
{
	unsigned i, j;

	if (!tune_has_ahead(study))
		return;
	fprintf(stream,
		"\n# worth fetching ahead; nothing is without replay "
		"--read-ahead, with which\n"
		"# pages come early, and a fault less is no read less\n");
	for (i = 0; i < study->subjects_count; i++) {
		const struct tune_subject *subject = &study->subjects[i];

		for (j = 0; j < subject->asked; j++)
			fprintf(stream,
				"#   with --read-ahead %d %" PRIu64
				" faults at %" PRIu64 " frames of %s, and "
				"%" PRIu64 " pages brought in early\n",
				TUNE_AHEAD, subject->ahead[j].faults,
				subject->frames[j], subject->name,
				subject->ahead[j].prefetches);
	}
	for (i = 0; i < study->scene.regions; i++)
		if (study->plan.ahead[i])
			tune_plan_write_ahead(
				&study->plan, &study->scene, i, stream);
}

static void write_file(const struct tune_study *study, FILE *stream)
{
	unsigned i;

	write_head(study, stream);
	if (!study->parts_count)
		fputs("\n# There is nothing to say: LRU without hints is as "
		      "good as any that were found.\n",
			stream);
	for (i = 0; i < study->parts_count; i++) {
		unsigned region = study->parts[i].region;

		if (!i || study->parts[i - 1].region != region)
			write_back(study, region, stream);
		write_part_head(study, i, stream);
		tune_plan_write(
			&study->plan, &study->scene, &study->parts[i], stream);
	}
	write_ahead(study, stream);
}

int tune_save(struct tune_study *study, const char *path)
{
	FILE *stream = fopen(path, "we");
	int error = 0;

	if (stream) {
		write_file(study, stream);
		if (ferror(stream))
			error = -EIO;
		if (fclose(stream))
			error = -errno;
	} else {
		error = -errno;
	}
	if (error)
		message_set(&study->message, error, "%s: %s", path,
			strerror(-error));
	return error;
}
