/*
 * The columns of `selfpage curve`, in the order in which rows give them.
 * Scripts hang on the names; new columns go to the end.
 */
#include "replay/curve-rows.h"

static const struct rows_column columns[] = {
	{"trace", "trace", 12, true},
	{"policy", "policy", 6, true},
	{"class", NULL, 0, true},
	{"window", "window", 6, false},
	{"first_event", NULL, 0, false},
	{"frames", "frames", 9, false},
	{"faults", "faults", 11, false},
	{"fault_rate", "rate", 11, false},
	{"writebacks", "writebacks", 10, false},
	{"references", "references", 13, false},
	{"events", NULL, 0, false},
	{"pages", "pages", 9, false},
	{"page_bytes", NULL, 0, false},
	{"faults_error", "error", 10, false},
	{"sample_pages", NULL, 0, false},
	{"sample_seed", NULL, 0, false},
	{"tau", "tau", 11, false},
	{"mean_frames", "mean", 10, false},
	{"space_time", "space-time", 14, false},
};

int curve_rows_start(FILE *stream, enum rows_format format, struct rows **out)
{
	return rows_start(stream, format, columns,
		sizeof(columns) / sizeof(columns[0]), out);
}

static void add_sample(struct rows *rows, const struct curve_row *row)
{
	if (!row->faults_error) {
		rows_none(rows);
		rows_none(rows);
		rows_none(rows);
		return;
	}
	rows_real(rows, *row->faults_error, 1);
	rows_count(rows, row->sample_pages);
	rows_count(rows, row->sample_seed);
}

int curve_rows_add(struct rows *rows, const struct curve_row *row)
{
	rows_text(rows, row->trace);
	rows_text(rows, row->policy);
	rows_text(rows, policy_class_name(row->knows));
	rows_count(rows, row->window);
	rows_count(rows, row->first_event);
	rows_count(rows, row->frames);
	rows_count(rows, row->faults);
	if (row->references)
		rows_real(rows, (double)row->faults / row->references, 9);
	else
		rows_none(rows);
	if (row->writebacks)
		rows_count(rows, *row->writebacks);
	else
		rows_none(rows);
	rows_count(rows, row->references);
	rows_count(rows, row->events);
	rows_count(rows, row->pages);
	rows_count(rows, row->page_bytes);
	add_sample(rows, row);
	if (row->residency) {
		rows_count(rows, row->residency->window);
		rows_real(rows, row->residency->mean_frames, 3);
		rows_real(rows, row->residency->space_time, 0);
	} else {
		rows_none(rows);
		rows_none(rows);
		rows_none(rows);
	}
	return rows_end(rows);
}
