/*
 * What was found, a line each, by region; what hints say has a star:
 *
 *	                                             rows-A             rows-B
 *	region   pages  faults  found                  560    1119     663
 *	[rows]     900  71.2 %  * a part is held      3793    7821    4540
 *	                          worth pinning       1200       0    1350
 *	[code]      20   0.5 %    leave it
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "mm/policy.h"
#include "replay/tune-study.h"

enum {
	NAME_WIDTH = 30, /* at most; what is longer pushes the rest */
	FOUND_BYTES = 128,
	NUMBER_WIDTH = 9,
	LINES = TUNE_PARTS + 4 * TUNE_REGIONS,
};

struct line {
	unsigned region;
	bool is_hint, writebacks;
	bool has_figures;
	char found[FOUND_BYTES];
	int64_t saved[2][TUNE_SIZES];
};

struct table {
	const struct tune_study *study;
	struct line lines[LINES];
	unsigned count;
	int name_width, found_width;
};

__attribute__((format(printf, 3, 4))) static struct line *add(
	struct table *table, unsigned region, const char *format, ...)
{
	struct line *line = &table->lines[table->count++];
	va_list arguments;
	int width;

	*line = (struct line){.region = region};
	va_start(arguments, format);
	width = vsnprintf(line->found, FOUND_BYTES, format, arguments);
	va_end(arguments);
	if (width >= FOUND_BYTES)
		width = FOUND_BYTES - 1;
	if (width > table->found_width)
		table->found_width = width;
	return line;
}

/* ---- lines ---- */

static void add_part(struct table *table, unsigned number)
{
	const struct tune_study *study = table->study;
	const struct tune_part *part = &study->parts[number];
	struct line *line;
	char words[64];
	unsigned i, j;

	tune_part_tell(&study->plan, part, words, sizeof(words));
	words[strcspn(words, ",")] = '\0';
	line = add(table, part->region, "%s%s%s",
		part->phase < 0 ? "" : study->scene.phase[part->phase],
		part->phase < 0 ? "" : ": ",
		part->drop ? "no longer wanted, given back (cold)" : words);
	line->is_hint = line->has_figures = true;
	for (i = 0; i < study->subjects_count; i++) {
		const struct tune_subject *subject = &study->subjects[i];
		const uint64_t *without =
			&subject->without[number * subject->asked];

		for (j = 0; j < subject->asked; j++)
			line->saved[i][j] =
				(int64_t)(without[j] -
					  subject->figures[j].hints.faults);
	}
}

static void add_ahead(struct table *table, unsigned region)
{
	const struct tune_study *study = table->study;
	struct line *line =
		add(table, region, "worth fetching ahead (sequential)");
	unsigned i, j;

	line->is_hint = line->has_figures = true;
	for (i = 0; i < study->subjects_count; i++) {
		const struct tune_subject *subject = &study->subjects[i];

		for (j = 0; j < subject->asked; j++)
			line->saved[i][j] =
				(int64_t)(subject->figures[j].hints.faults -
					  subject->ahead[j].faults);
	}
}

static void add_finding(struct table *table, const struct tune_finding *finding)
{
	const char *phase = table->study->scene.phase[finding->phase];
	struct line *line = NULL;
	char part[32] = "";

	if (finding->kind == TUNE_FOUND_PIN) {
		if (finding->stripes < TUNE_STRIPES)
			snprintf(part, sizeof(part), " 0 to %u %% of it",
				100 * finding->stripes / TUNE_STRIPES);
		line = add(table, finding->region, "worth pinning%s%s%s", part,
			finding->policy ? ", under " : "",
			finding->policy ? finding->policy->name : "");
	} else if (finding->kind == TUNE_FOUND_FETCH) {
		line = add(table, finding->region,
			"%s: worth fetching ahead (will-need)", phase);
	} else {
		line = add(table, finding->region, "%s: to be given back%s",
			phase, finding->anew ? ", is written anew" : "");
		line->writebacks = true;
	}
	line->has_figures = true;
	memcpy(line->saved, finding->saved, sizeof(line->saved));
}

static void add_region(struct table *table, unsigned region)
{
	const struct tune_study *study = table->study;
	unsigned before = table->count, i;
	int width = (int)strlen(study->scene.region[region]);

	if (width > table->name_width && width <= NAME_WIDTH)
		table->name_width = width;
	for (i = 0; i < study->parts_count; i++)
		if (study->parts[i].region == region)
			add_part(table, i);
	if (study->plan.ahead[region])
		add_ahead(table, region);
	for (i = 0; i < study->findings_count; i++)
		if (study->findings[i].region == region)
			add_finding(table, &study->findings[i]);
	if (table->count == before)
		add(table, region, "leave it");
}

/* ---- printing ---- */

static void print_head(const struct table *table)
{
	const struct tune_study *study = table->study;
	int gap = table->name_width + table->found_width + 22;
	unsigned i, j;

	for (i = 0; i < study->subjects_count; i++) {
		const struct tune_subject *subject = &study->subjects[i];

		fprintf(stderr, "%*s  %s", gap, "", subject->name);
		gap = (int)subject->asked * NUMBER_WIDTH - 2 -
		      (int)strlen(subject->name);
		gap = gap < 0 ? 0 : gap;
	}
	fprintf(stderr, "\n  %-*s %8s %7s  %-*s", table->name_width, "region",
		"pages", "faults", table->found_width + 2, "found");
	for (i = 0; i < study->subjects_count; i++)
		for (j = 0; j < study->subjects[i].asked; j++)
			fprintf(stderr, "%*" PRIu64, NUMBER_WIDTH,
				study->subjects[i].frames[j]);
	fputc('\n', stderr);
}

static void print_figures(const struct table *table, const struct line *line)
{
	const struct tune_study *study = table->study;
	unsigned i, j;

	for (i = 0; i < study->subjects_count; i++)
		for (j = 0; j < study->subjects[i].asked; j++)
			fprintf(stderr, "%*" PRId64 "%s",
				NUMBER_WIDTH - line->writebacks,
				line->saved[i][j], line->writebacks ? "w" : "");
}

static void print_line(const struct table *table, unsigned number)
{
	const struct tune_scene *scene = &table->study->scene;
	const struct line *line = &table->lines[number];
	bool first = !number || line[-1].region != line->region;

	if (first)
		fprintf(stderr, "  %-*s %8" PRIu64 " %5.1f %%",
			table->name_width, scene->region[line->region],
			scene->pages[line->region],
			100 * scene->share[line->region]);
	else
		fprintf(stderr, "  %*s", table->name_width + 17, "");
	fprintf(stderr, "  %s ", line->is_hint ? "*" : " ");
	if (line->has_figures) {
		fprintf(stderr, "%-*s", table->found_width, line->found);
		print_figures(table, line);
	} else {
		fputs(line->found, stderr);
	}
	fputc('\n', stderr);
}

int tune_table(const struct tune_study *study)
{
	struct table *table = calloc(1, sizeof(*table));
	unsigned i;

	if (!table)
		return -ENOMEM;
	table->study = study;
	table->name_width = (int)strlen("region");
	for (i = 0; i < study->scene.regions; i++)
		add_region(table, i);
	fputs("What was found, and the faults that it saves (w: write-backs; "
	      "less than 0: there it hurts).\n"
	      "*: in the hints, taken out of all of them; the others are for "
	      "the programmer, each alone.\n"
	      "What is fetched ahead saves faults, and no reads.\n",
		stderr);
	print_head(table);
	for (i = 0; i < table->count; i++)
		print_line(table, i);
	free(table);
	return 0;
}
