/*
 * The columns of `selfpage replay`, in the order in which rows give them.
 * Scripts hang on the names; new columns go to the end.
 */
#include "replay/replay-rows.h"

#include <string.h>

#include "replay/residency.h"

static const struct rows_column columns[] = {
	{"trace", "trace", 12, true},
	{"policy", "policy", 9, true},
	{"class", NULL, 0, true},
	{"frames", "frames", 9, false},
	{"references", "references", 12, false},
	{"events", NULL, 0, false},
	{"pages", "pages", 8, false},
	{"faults", "faults", 10, false},
	{"hard_faults", "hard", 10, false},
	{"zero_faults", NULL, 0, false},
	{"soft_faults", NULL, 0, false},
	{"writebacks", "writebacks", 10, false},
	{"fault_rate", "rate", 10, false},
	{"opt_ratio", "x OPT", 6, false},
	{"gap_closed", "gap", 6, false},
	{"cycles_per_fault_mean", NULL, 0, false},
	{"cycles_per_fault_p50", "p50", 7, false},
	{"cycles_per_fault_p90", NULL, 0, false},
	{"cycles_per_fault_p99", "p99", 7, false},
	{"cycles_per_fault_max", NULL, 0, false},
	{"cycles_deliver", NULL, 0, false},
	{"cycles_as_lookup", NULL, 0, false},
	{"cycles_store_lookup", NULL, 0, false},
	{"cycles_victim", NULL, 0, false},
	{"cycles_unmap", NULL, 0, false},
	{"cycles_btree_update", NULL, 0, false},
	{"cycles_map", NULL, 0, false},
	{"counter_source", "source", 6, true},
	{"refs_per_second", "refs/s", 10, false},
	{"peak_rss_bytes", NULL, 0, false},
	{"page_bytes", NULL, 0, false},
	{"evictions", NULL, 0, false},
	{"prefetches", NULL, 0, false},
	{"pages_scanned", NULL, 0, false},
	{"faults_measured", NULL, 0, false},
	{"faults_interrupted", NULL, 0, false},
	{"cycles_of_marks", NULL, 0, false},
	{"instructions_per_fault", NULL, 0, false},
	{"llc_misses_per_fault", NULL, 0, false},
	{"dtlb_misses_per_fault", NULL, 0, false},
	{"branch_misses_per_fault", NULL, 0, false},
	{"reduction", NULL, 0, false},
	{"exact", "exact", 5, true},
	{"bits_harvested", NULL, 0, false},
	{"cost_ns", NULL, 0, false},
	{"break_even", NULL, 0, false},
	{"tau", "tau", 11, false},
	{"mean_frames", "mean", 10, false},
	{"peak_frames", NULL, 0, false},
	{"space_time", "space-time", 14, false},
	{"frames_off", NULL, 0, false},
	{"batch", NULL, 0, false},
	{"clean_ahead", NULL, 0, false},
	{"cleaned", NULL, 0, false},
	{"hints", NULL, 0, true},
	{"job", NULL, 0, true},
	{"pass_bytes", NULL, 0, false},
};

/* The phases in the order of the columns. */
static const enum phase phases[] = {
	PHASE_DELIVER,
	PHASE_AS_LOOKUP,
	PHASE_STORE_LOOKUP,
	PHASE_VICTIM,
	PHASE_UNMAP,
	PHASE_BTREE_UPDATE,
	PHASE_MAP,
};

int replay_rows_start(FILE *stream, enum rows_format format, struct rows **out)
{
	return rows_start(stream, format, columns,
		sizeof(columns) / sizeof(columns[0]), out);
}

static void add_ratios(struct rows *rows, const struct replay_row *row)
{
	const uint64_t *opt = row->opt_faults, *lru = row->lru_faults;
	double faults = row->result->faults;

	if (row->info->references)
		rows_real(rows, faults / row->info->references, 9);
	else
		rows_none(rows);
	if (opt && *opt)
		rows_real(rows, faults / *opt, 4);
	else
		rows_none(rows);
	if (opt && lru && *lru > *opt)
		rows_real(rows, ((double)*lru - faults) / ((double)*lru - *opt),
			4);
	else
		rows_none(rows);
}

static void add_cycles(struct rows *rows, const struct replay_result *result)
{
	size_t i;

	if (!result->faults_measured) {
		for (i = 0; i < 5 + sizeof(phases) / sizeof(phases[0]); i++)
			rows_none(rows);
		return;
	}
	rows_real(rows, result->cycles_mean, 1);
	rows_real(rows, result->cycles_p50, 0);
	rows_real(rows, result->cycles_p90, 0);
	rows_real(rows, result->cycles_p99, 0);
	rows_count(rows, result->cycles_max);
	for (i = 0; i < sizeof(phases) / sizeof(phases[0]); i++)
		rows_real(rows, result->phase[phases[i]], 1);
}

static void add_extras(struct rows *rows, const struct replay_result *result)
{
	int i;

	for (i = 0; i < COUNTER_EXTRAS; i++)
		if (result->has_extras && result->extras.available[i] &&
			result->faults)
			rows_real(rows,
				(double)result->extras.value[i] /
					result->faults,
				1);
		else
			rows_none(rows);
}

/* What a self-pager would pay; other policies can't be one's. */
static void add_costs(struct rows *rows, const struct replay_row *row)
{
	bool realisable = row->policy->ops->knows == POLICY_REALISABLE;
	double ratio;

	if (realisable && row->costs)
		rows_real(rows,
			costs_total(row->costs, row->result, row->cycle_ns), 0);
	else
		rows_none(rows);
	if (realisable && row->fifo &&
		costs_break_even(row->costs, row->result, row->fifo, &ratio))
		rows_real(rows, ratio, 6);
	else
		rows_none(rows);
}

static void add_residency(struct rows *rows, const struct replay_row *row)
{
	const struct replay_residency *residency = row->residency;
	const struct variable_result *result = &row->result->variable;
	bool variable = residency && residency->window;

	if (variable) {
		rows_count(rows, residency->window);
		rows_real(rows, variable_mean(result), 3);
		rows_count(rows, result->peak);
	} else {
		rows_none(rows);
		rows_none(rows);
		rows_none(rows);
	}
	if (residency)
		rows_real(rows,
			residency_space_time(residency->space,
				row->result->faults, residency->fault_cost),
			0);
	else
		rows_none(rows);
	if (variable && residency->asked_frames)
		rows_real(rows, variable_mean(result) - residency->asked_frames,
			3);
	else
		rows_none(rows);
}

static void add_text(struct rows *rows, const char *text)
{
	if (text)
		rows_text(rows, text);
	else
		rows_none(rows);
}

/* The file's name, wherever it is. */
static void add_hints(struct rows *rows, const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	add_text(rows, slash ? slash + 1 : path);
}

int replay_rows_add(struct rows *rows, const struct replay_row *row)
{
	const struct replay_result *result = row->result;

	rows_text(rows, row->trace);
	rows_text(rows, row->policy->text);
	rows_text(rows, policy_class_name(row->policy->ops->knows));
	rows_count(rows, row->frames);
	rows_count(rows, row->info->references);
	rows_count(rows, row->info->events);
	rows_count(rows, row->info->pages);
	rows_count(rows, result->faults);
	rows_count(rows, result->hard_faults);
	rows_count(rows, result->zero_faults);
	rows_count(rows, result->soft_faults);
	rows_count(rows, result->writebacks);
	add_ratios(rows, row);
	add_cycles(rows, result);
	rows_text(rows, row->counter_source);
	rows_real(rows, row->info->references / result->seconds, 0);
	rows_count(rows, result->peak_rss_bytes);
	rows_count(rows, row->info->page_bytes);
	rows_count(rows, result->evictions);
	rows_count(rows, result->prefetches);
	rows_count(rows, result->scanned);
	rows_count(rows, result->faults_measured);
	rows_count(rows, result->faults_interrupted);
	rows_real(rows, result->marks_cost, 1);
	add_extras(rows, result);
	rows_count(rows, row->info->reduction);
	rows_text(rows, exact_name(row->exactness));
	rows_count(rows, result->harvested);
	add_costs(rows, row);
	add_residency(rows, row);
	rows_count(rows, result->victim_batch);
	rows_count(rows, result->clean_ahead);
	rows_count(rows, result->cleaned);
	add_hints(rows, row->hints);
	add_text(rows, row->job);
	rows_count(rows, result->pass_bytes);
	return rows_end(rows);
}
