/*
 * The program for gnuplot: what all figures share, then for each figure its
 * data and a call of draw.gp.  What a figure looks like stands in the
 * scripts, not here.
 */
#include "plots/figures.h"

#include <errno.h>

#include "plots/gnuplot.h"
#include "plots/guides.h"
#include "plots/points-write.h"

static void write_common(
	const struct figures *figures, const char *scripts, FILE *stream)
{
	gnuplot_set(stream, "scripts", scripts);
	fputs("formats = '", stream);
	for (unsigned i = 0; i < FIGURE_FORMATS; i++)
		if (figures->formats & 1u << i)
			fprintf(stream, " %s", figure_format_name(i));
	fprintf(stream, "'\nunit_mm = %g\n", FIGURE_UNIT_MM);
	gnuplot_names(stream, "policy", &figures->material->policies);
	gnuplot_names(stream, "trace", &figures->traces);
	gnuplot_names(stream, "length_trace", &figures->length_traces);
	gnuplot_names(stream, "tuned_trace", &figures->tuned_traces);
	gnuplot_names(stream, "map", &figures->maps);
	/* it has functions that the data call */
	fprintf(stream,
		"key_columns = %u\nwidth = %u\nload scripts.'/look.gp'\n",
		figures_key_columns(figures), figures->width);
	if (figures->traces.count)
		points_write_traces(&figures->material->points, stream);
}

static int write_data(const struct figures *figures,
	const struct figure *figure, FILE *stream)
{
	const struct material *material = figures->material;
	const struct names *policies = &material->policies;
	unsigned item = figure->item, most = material->told_most;

	switch (figure->kind) {
	case FIGURE_FAULTS:
		points_write_gap(&material->points, policies, item, stream);
		guides_write(&material->points, policies, item, 1.005, stream);
		points_write(&material->points, item, stream);
		return points_write_told(
			&material->points, policies, item, most, stream);
	case FIGURE_CYCLES:
		points_write(&material->points, item, stream);
		points_write_shares(&material->points, item, stream);
		return 0;
	case FIGURE_DISTRIBUTION:
		lengths_write(&material->lengths, item, stream);
		return lengths_write_told(
			&material->lengths, policies, item, most, stream);
	case FIGURE_MAP:
		return map_write(&material->maps[item], stream);
	case FIGURE_OVERVIEW:
		for (unsigned i = 0; i < material->points.traces.count; i++)
			guides_write(&material->points, policies, i,
				POINTS_APART_IN_PANELS, stream);
		points_write(&material->points, POINTS_ALL, stream);
		return points_write_told(
			&material->points, policies, POINTS_ALL, most, stream);
	case FIGURE_POLICIES:
		return ratios_write(&material->ratios,
			material->ratios.shares.share[item], stream);
	default:
		tuned_write(&material->tuned,
			material->tuned.shares.share[item], stream);
		return 0;
	}
}

static int write_figure(const struct figures *figures,
	const struct figure *figure, FILE *stream)
{
	int error;

	/* the look depends on the width */
	fprintf(stream, "t = %u\nwidth = %u\nheight = %u\nfigure = '%s.gp'\n",
		figure->item + 1, figure->width, figure->height,
		figure_kind_name(figure->kind));
	gnuplot_set(stream, "picture", figure->path);
	error = write_data(figures, figure, stream);
	fputs("load scripts.'/draw.gp'\n", stream);
	return error;
}

int figures_write_script(
	const struct figures *figures, const char *scripts, FILE *stream)
{
	int error = 0;

	write_common(figures, scripts, stream);
	for (unsigned i = 0; i < figures->count && !error; i++)
		error = write_figure(figures, &figures->figures[i], stream);
	if (error)
		return error;
	errno = 0;
	if (fflush(stream) == 0 && !ferror(stream))
		return 0;
	return errno ? -errno : -EIO;
}
