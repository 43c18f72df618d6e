/* What tune says: rows on standard output, words on standard error. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "mm/policy.h"
#include "replay/exact.h"
#include "replay/tune-study.h"

enum { POLICIES = 64, POLICIES_TOLD = 3 };

/* Modelled, without what finding victims takes. */
static double seconds_of(
	const struct tune_study *study, const struct replay_result *result)
{
	return costs_total(&study->costs, result, 0) * 1e-9;
}

bool tune_gap_closed(const struct tune_figures *figures, double *out)
{
	double lru = (double)figures->lru.faults;
	double opt = (double)figures->opt_faults;

	if (lru <= opt)
		return false;
	*out = (lru - (double)figures->hints.faults) / (lru - opt);
	return true;
}

/* ---- rows ---- */

static const struct rows_column columns[] = {
	{"trace", "trace", 14, true},
	{"role", "role", 5, true},
	{"frames", "frames", 8, false},
	{"share", "share", 6, false},
	{"pages", NULL, 0, false},
	{"references", NULL, 0, false},
	{"lru_faults", "lru", 10, false},
	{"hint_faults", "hints", 10, false},
	{"opt_faults", "opt", 10, false},
	{"gap_closed", "gap", 7, false},
	{"lru_writebacks", "lru wb", 10, false},
	{"hint_writebacks", "hints wb", 10, false},
	{"lru_seconds", "lru s", 9, false},
	{"hint_seconds", "hints s", 9, false},
	{"hints", NULL, 0, true},
};

static int add_row(struct rows *rows, const struct tune_study *study,
	const struct tune_subject *subject, const struct tune_figures *figures)
{
	const struct trace_info *info = trace_reader_info(subject->reader);
	double closed;

	rows_text(rows, subject->name);
	rows_text(rows, subject->role);
	rows_count(rows, figures->frames);
	rows_real(rows, (double)figures->frames / (double)info->pages, 4);
	rows_count(rows, info->pages);
	rows_count(rows, info->references);
	rows_count(rows, figures->lru.faults);
	rows_count(rows, figures->hints.faults);
	rows_count(rows, figures->opt_faults);
	if (tune_gap_closed(figures, &closed))
		rows_real(rows, closed, 4);
	else
		rows_none(rows);
	rows_count(rows, figures->lru.writebacks);
	rows_count(rows, figures->hints.writebacks);
	rows_real(rows, seconds_of(study, &figures->lru), 6);
	rows_real(rows, seconds_of(study, &figures->hints), 6);
	if (study->options->output)
		rows_text(rows, study->options->output);
	else
		rows_none(rows);
	return rows_end(rows);
}

int tune_rows(const struct tune_study *study)
{
	struct rows *rows;
	int error = rows_start(stdout, study->options->format, columns,
		sizeof(columns) / sizeof(columns[0]), &rows);
	int finish;
	unsigned i, j;

	if (error)
		return error;
	for (i = 0; i < study->subjects_count; i++) {
		const struct tune_subject *subject = &study->subjects[i];

		for (j = 0; j < subject->asked && !error; j++)
			error = add_row(
				rows, study, subject, &subject->figures[j]);
	}
	finish = rows_finish(rows);
	return error ? error : finish;
}

/* ---- words ---- */

static void tell_part(const struct tune_study *study,
	const struct tune_plan *plan, const struct tune_part *part)
{
	char words[64];

	tune_part_tell(plan, part, words, sizeof(words));
	fprintf(stderr, "  %s", study->scene.region[part->region]);
	if (part->phase >= 0)
		fprintf(stderr, " in %s", study->scene.phase[part->phase]);
	fprintf(stderr, ": %s\n", words);
}

static void tell_removed(const struct tune_study *study)
{
	const struct tune_subject *judge = tune_judge_of(study);
	unsigned i;

	if (!study->removed_count)
		return;
	fprintf(stderr,
		"What follows was learnt and left out again: with it %s has "
		"over 1 %% more faults than LRU.\n",
		judge->name);
	for (i = 0; i < study->removed_count; i++)
		tell_part(study, &study->learnt, &study->removed[i]);
}

static void tell_figures(const struct tune_subject *subject, bool other)
{
	unsigned i, from = other ? subject->asked : 0;
	unsigned to = other ? subject->sizes : subject->asked;

	for (i = from; i < to; i++) {
		const struct tune_figures *figures = &subject->figures[i];
		double closed;

		fprintf(stderr,
			"  %-14s %9" PRIu64 " %11" PRIu64 " %11" PRIu64
			" %11" PRIu64,
			subject->name, figures->frames, figures->lru.faults,
			figures->hints.faults, figures->opt_faults);
		if (tune_gap_closed(figures, &closed))
			fprintf(stderr, " %8.1f %%", 100 * closed);
		else
			fprintf(stderr, " %10s", "-");
		if ((double)figures->hints.faults >
			TUNE_WORST * (double)figures->lru.faults)
			fprintf(stderr, "  warning: the hints hurt here");
		fputc('\n', stderr);
	}
}

int tune_tell(const struct tune_study *study)
{
	unsigned i;
	int error;

	fprintf(stderr,
		"selfpage tune: %u regions with a share in the faults, "
		"%u phases; %u plans tried\n",
		study->scene.searched, study->scene.phases, study->tried);
	if (study->scene.left_out)
		fprintf(stderr,
			"  %u marks were too many: their phases are part of "
			"those before\n",
			study->scene.left_out);
	if (!study->parts_count)
		fputs("No hints: none that were found are better than LRU "
		      "without.\n",
			stderr);
	error = tune_table(study);
	if (error)
		return error;
	tell_removed(study);
	fprintf(stderr, "all hints:\n  %-14s %9s %11s %11s %11s %10s\n",
		"trace", "frames", "lru faults", "with hints", "opt",
		"gap closed");
	for (i = 0; i < study->subjects_count; i++)
		tell_figures(&study->subjects[i], false);
	fputs("at other sizes:\n", stderr);
	for (i = 0; i < study->subjects_count; i++)
		tell_figures(&study->subjects[i], true);
	if (study->subjects_count == 1)
		fprintf(stderr, "This was judged on the trace it was learnt "
				"on; another "
				"input tells more: --judge B.spt\n");
	return 0;
}

/* ---- policies ---- */

/* Those that a self-pager can have, as they are and with other parameters. */
static int list_policies(struct policy_spec **specs_out, unsigned *count_out,
	struct message *message)
{
	char text[1024] = "sfifo:second=10%,sfifo:second=20%,"
			  "sfifo:second=50%";
	unsigned i;

	for (i = 0; policy_at(i); i++) {
		const struct policy_ops *ops = policy_at(i);
		size_t used = strlen(text);

		/* time is in references, which readers here leave out */
		if (ops->knows == POLICY_REALISABLE && !ops->needs_time)
			snprintf(text + used, sizeof(text) - used, ",%s",
				ops->name);
	}
	return policy_spec_parse(text, specs_out, count_out, message);
}

bool tune_is_exact(
	const struct tune_subject *subject, const struct policy_ops *policy)
{
	const struct exact_question question = {
		.info = trace_reader_info(subject->reader),
		.policy = policy,
		.frames = subject->frames[0],
		.bit_at_load = true,
	};
	char why[256];

	return exact_answer(&question, why, sizeof(why)) != EXACT_NO;
}

struct timed {
	const struct policy_spec *spec;
	double seconds;
};

static int compare_timed(const void *a, const void *b)
{
	const struct timed *left = a, *right = b;

	if (left->seconds != right->seconds)
		return left->seconds < right->seconds ? -1 : 1;
	return strcmp(left->spec->text, right->spec->text);
}

static void tell_size(const struct tune_study *study, unsigned size,
	const struct tune_run *runs, const struct policy_spec *specs,
	unsigned count)
{
	const struct tune_subject *judge = tune_judge_of(study);
	struct timed timed[POLICIES];
	unsigned i;

	for (i = 0; i < count; i++)
		timed[i] = (struct timed){
			&specs[i], seconds_of(study, &runs[i].result)};
	qsort(timed, count, sizeof(*timed), compare_timed);
	fprintf(stderr, "  %s, %" PRIu64 " frames:", judge->name,
		judge->frames[size]);
	for (i = 0; i < count && i < POLICIES_TOLD; i++)
		fprintf(stderr, " %s %.3f s,", timed[i].spec->text,
			timed[i].seconds);
	fprintf(stderr, " lru %.3f s, lru with the hints %.3f s\n",
		seconds_of(study, &judge->figures[size].lru),
		seconds_of(study, &judge->figures[size].hints));
}

static int run_policies(struct tune_study *study,
	const struct policy_spec *specs, unsigned count)
{
	const struct tune_subject *judge = tune_judge_of(study);
	const struct tune_runs runs = {
		.reader = judge->reader,
		.scene = &study->scene,
		.jobs = study->options->jobs,
		.stop = study->stop,
	};
	struct tune_run run[POLICIES];
	unsigned size, i;
	int error = 0;

	fprintf(stderr,
		"Modelled time of the best policies that need no more than "
		"referenced bits (costs: %s;\nlru and hints without what it "
		"costs to see references):\n",
		study->costs_name);
	for (size = 0; size < judge->asked && !error; size++) {
		for (i = 0; i < count; i++)
			run[i] = (struct tune_run){
				.policy = specs[i].ops,
				.values = specs[i].values,
				.seed = specs[i].seed,
				.frames = judge->frames[size],
			};
		error = tune_runs_do(&runs, run, count, &study->message);
		if (!error)
			tell_size(study, size, run, specs, count);
	}
	return error;
}

int tune_tell_policies(struct tune_study *study)
{
	const struct tune_subject *judge = tune_judge_of(study);
	struct policy_spec *specs;
	unsigned count, kept = 0, i;
	int error = list_policies(&specs, &count, &study->message);

	if (error)
		return error;
	for (i = 0; i < count && kept < POLICIES; i++)
		if (tune_is_exact(judge, specs[i].ops))
			specs[kept++] = specs[i];
	if (kept)
		error = run_policies(study, specs, kept);
	else
		fputs("Policies can't be compared: the trace is reduced.\n",
			stderr);
	free(specs);
	return error;
}
