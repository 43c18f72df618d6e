/* See data.h. */
#include "config.h"

#include "report/data.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "report/curve-data.h"
#include "report/json.h"
#include "results/columns.h"

static const char *const kind_names[] = {
	[SOURCE_REPLAY] = "replay",
	[SOURCE_CURVE] = "curve",
	[SOURCE_TUNE] = "tune",
	[SOURCE_RUN] = "run",
};

/* ---- what was run ---- */

static int write_manifests(
	const struct sources *sources, FILE *stream, struct message *message)
{
	fputs("\"manifests\":[", stream);
	for (size_t i = 0; i < sources->manifests_count; i++) {
		cJSON *manifest = cJSON_Parse(sources->manifests[i]);
		char *text = manifest ? cJSON_PrintUnformatted(manifest) : NULL;

		cJSON_Delete(manifest);
		if (!text)
			return message_set(message, -EINVAL,
				"manifest.json: it is no JSON near '%.40s'",
				cJSON_GetErrorPtr() ?: "");
		fputs(i ? ",\n" : "\n", stream);
		json_write_document(stream, text);
		cJSON_free(text);
	}
	fputs("],\n", stream);
	return 0;
}

static void write_strings(char *const *texts, size_t count, FILE *stream)
{
	for (size_t i = 0; i < count; i++) {
		putc(i ? ',' : '[', stream);
		json_write_string(stream, texts[i]);
	}
	fputs(count ? "]" : "[]", stream);
}

/* ---- columns and tables ---- */

static void write_columns(FILE *stream)
{
	const struct column *column;

	fputs("\"columns\":{", stream);
	for (unsigned i = 0; (column = column_at(i)); i++) {
		fputs(i ? ",\n" : "\n", stream);
		json_write_string(stream, column->name);
		fputs(":{\"kind\":", stream);
		json_write_string(stream, column_kind_name(column->kind));
		fputs(",\"unit\":", stream);
		json_write_string(stream, column->unit);
		fputs(",\"about\":", stream);
		json_write_string(stream, column->about);
		putc('}', stream);
	}
	fputs("},\n", stream);
}

/* Whether each column has a cell that is not empty: to be freed; NULL without
 * memory. */
static bool *find_filled(const struct csv *csv)
{
	bool *filled = calloc(csv->columns_count, sizeof(*filled));

	for (size_t i = 0; filled && i < csv->columns_count; i++)
		for (size_t row = 0; row < csv->rows_count && !filled[i]; row++)
			filled[i] = *csv_cell(csv, row, i) != '\0';
	return filled;
}

static void write_row(
	const struct csv *csv, size_t row, const bool *filled, FILE *stream)
{
	const char *comma = "[";

	for (size_t i = 0; i < csv->columns_count; i++) {
		if (!filled[i])
			continue;
		fputs(comma, stream);
		json_write_named_cell(
			stream, csv->names[i], csv_cell(csv, row, i));
		comma = ",";
	}
	putc(']', stream);
}

static int write_table(
	const struct source *source, FILE *stream, struct message *message)
{
	const struct csv *csv = &source->csv;
	bool *filled = find_filled(csv);
	const char *comma = "";

	if (!filled)
		return message_set(message, -ENOMEM, "%s: not enough memory",
			source->path);
	fputs("{\"kind\":", stream);
	json_write_string(stream, kind_names[source->kind]);
	fputs(",\"file\":", stream);
	json_write_string(stream, source->path);
	fputs(",\"columns\":[", stream);
	for (size_t i = 0; i < csv->columns_count; i++) {
		if (!filled[i])
			continue;
		fputs(comma, stream);
		json_write_string(stream, csv->names[i]);
		comma = ",";
	}
	fputs("],\"rows\":[", stream);
	for (size_t row = 0; row < csv->rows_count; row++) {
		fputs(row ? ",\n" : "\n", stream);
		write_row(csv, row, filled, stream);
	}
	fputs("]}", stream);
	free(filled);
	return 0;
}

static int write_tables(
	const struct sources *sources, FILE *stream, struct message *message)
{
	const char *comma = "\n";
	int error = 0;

	fputs("\"tables\":[", stream);
	for (size_t i = 0; i < sources->count && !error; i++) {
		const struct source *source = &sources->sources[i];

		if (source->kind == SOURCE_CURVE || !source->csv.rows_count)
			continue;
		fputs(comma, stream);
		comma = ",\n";
		error = write_table(source, stream, message);
	}
	fputs("],\n", stream);
	return error;
}

static int write_curves(
	const struct sources *sources, FILE *stream, struct message *message)
{
	size_t count = 0;
	int error = 0;

	fputs("\"curves\":[", stream);
	for (size_t i = 0; i < sources->count && !error; i++) {
		const struct source *source = &sources->sources[i];

		if (source->kind == SOURCE_CURVE)
			error = curve_data_write(&source->csv, source->path,
				&count, stream, message);
	}
	fputs("]", stream);
	return error;
}

int data_write(const struct sources *sources, const char *title, FILE *stream,
	struct message *message)
{
	int error;

	fputs("{\"title\":", stream);
	json_write_string(stream, title);
	fputs(",\"version\":", stream);
	json_write_string(stream, PACKAGE_VERSION);
	fputs(",\"passed\":", stream);
	write_strings(sources->passed, sources->passed_count, stream);
	fputs(",\n", stream);
	write_columns(stream);
	error = write_manifests(sources, stream, message);
	error = error ? error : write_tables(sources, stream, message);
	error = error ? error : write_curves(sources, stream, message);
	fputs("}\n", stream);
	return error;
}
