/*
 * The program for gnuplot: names and numbers of the traces as arrays, the
 * points as one table ($rows), then a call of draw.gp for each figure.  What
 * a figure looks like stands in the scripts, not here.
 */
#include "plots/figures.h"

#include <errno.h>
#include <inttypes.h>

static const char *const kind_scripts[] = {
	[FIGURE_FAULTS] = "faults.gp",
	[FIGURE_CYCLES] = "cycles.gp",
	[FIGURE_OVERVIEW] = "overview.gp",
};

/* A string in single quotes: in it only the quote means something, and a
 * control character would end the line. */
static void write_string(FILE *stream, const char *text)
{
	putc('\'', stream);
	for (; *text; text++) {
		if (*text == '\'')
			putc('\'', stream);
		putc((unsigned char)*text < ' ' ? '?' : *text, stream);
	}
	putc('\'', stream);
}

static void write_strings(
	FILE *stream, const char *name, const char **strings, unsigned count)
{
	fprintf(stream, "array %s[%u]\n", name, count);
	for (unsigned i = 0; i < count; i++) {
		fprintf(stream, "%s[%u] = ", name, i + 1);
		write_string(stream, strings[i]);
		putc('\n', stream);
	}
}

/* The numbers of the policies that each trace has: "1 2 4". */
static void write_present(const struct figures *figures, FILE *stream)
{
	fprintf(stream, "array present[%u]\n", figures->traces_count);
	for (unsigned t = 0; t < figures->traces_count; t++)
		fprintf(stream, "present[%u] = ''\n", t + 1);
	for (size_t i = 0; i < figures->places_count; i++) {
		const struct place *place = &figures->places[i];
		unsigned t = place->trace + 1;

		if (i == 0 || place[-1].trace != place->trace ||
			place[-1].policy != place->policy)
			fprintf(stream, "present[%u] = present[%u].' %u'\n", t,
				t, place->policy + 1);
	}
}

static void write_traces(const struct figures *figures, FILE *stream)
{
	unsigned count = figures->traces_count;

	write_strings(stream, "trace", (const char **)figures->names, count);
	fprintf(stream,
		"array references[%u]\narray pages[%u]\n"
		"array page_bytes[%u]\narray unit[%u]\n",
		count, count, count, count);
	for (size_t i = 0; i < figures->places_count; i++) {
		const struct place *place = &figures->places[i];
		unsigned number = place->trace + 1;

		/* They are the same in all rows of a trace: write them once. */
		if (i > 0 && place[-1].trace == place->trace)
			continue;
		fprintf(stream,
			"references[%u] = %.0f.\npages[%u] = %" PRIu64 ".\n"
			"page_bytes[%u] = %.0f.\n",
			number, place->point->references, number,
			place->point->pages, number, place->point->page_bytes);
		fprintf(stream, "unit[%u] = ", number);
		write_string(stream, place->point->unit);
		putc('\n', stream);
	}
}

static void write_rows(const struct figures *figures, FILE *stream)
{
	fputs("$rows << END_OF_ROWS\n", stream);
	for (size_t i = 0; i < figures->places_count; i++) {
		const struct place *place = &figures->places[i];
		const struct point *point = place->point;
		double frames = (double)point->frames;

		/* in the order that look.gp names the columns */
		fprintf(stream, "%u %u %u %.0f %.10g %.0f %.10g %.10g",
			place->trace + 1, place->policy + 1, place->size + 1,
			frames, 100 * frames / (double)point->pages,
			frames * point->page_bytes,
			1e6 * (double)point->faults / point->references,
			point->cycles);
		for (unsigned k = 0; k < PHASES_COUNT; k++)
			fprintf(stream, " %.10g", point->phases[k]);
		putc('\n', stream);
	}
	fputs("END_OF_ROWS\n", stream);
}

static void write_figure(const struct figure *figure, FILE *stream)
{
	fprintf(stream, "t = %u\nwidth = %u\nheight = %u\nfigure = '%s'\n",
		figure->trace + 1, figure->width, figure->height,
		kind_scripts[figure->kind]);
	fputs("picture = ", stream);
	write_string(stream, figure->path);
	fputs("\nload scripts.'/draw.gp'\n", stream);
}

int figures_write_script(
	const struct figures *figures, const char *scripts, FILE *stream)
{
	fputs("scripts = ", stream);
	write_string(stream, scripts);
	putc('\n', stream);
	write_traces(figures, stream);
	write_strings(
		stream, "policy", figures->policies, figures->policies_count);
	write_present(figures, stream);
	write_rows(figures, stream);
	fputs("load scripts.'/look.gp'\n", stream);
	for (unsigned i = 0; i < figures->count; i++)
		write_figure(&figures->figures[i], stream);
	errno = 0;
	if (fflush(stream) == 0 && !ferror(stream))
		return 0;
	return errno ? -errno : -EIO;
}
