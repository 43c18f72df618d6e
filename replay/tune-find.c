/*
 * What is found besides hints, and told, but never proposed as one:
 *
 *	pin	   a region that saves faults if nothing but it is pinned; with
 *		   priorities a hint does that better, as it gives way where
 *		   memory is short, but not every pager has them
 *	fetch	   a region whose pages, brought in when a phase begins, save
 *		   faults: no reads, but these can be done before they are
 *		   waited for, of which the cost model knows nothing
 *	give back  a region whose data is not wanted from a mark on: give-back.h
 *
 * Each is tried alone, against LRU without hints, at all sizes asked of the
 * trace that is learnt on and of the one that is judged on.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mm/policy.h"
#include "replay/give-back.h"
#include "replay/tune-study.h"

#define PIN_SHARE 0.75 /* of the memory, that may be pinned */

enum {
	WORTH_SHARE = 100, /* one of so many faults, or write-backs, is saved */
};

static struct tune_finding *add_finding(
	struct tune_study *study, unsigned region, enum tune_finding_kind kind)
{
	struct tune_finding *finding =
		&study->findings[study->findings_count++];

	*finding = (struct tune_finding){.kind = kind, .region = region};
	return finding;
}

/* ---- trials ---- */

/* PLAN under POLICY on each subject at each size asked. */
struct trial {
	const struct tune_plan *plan;
	const struct policy_ops *policy; /* NULL: LRU */
	uint64_t faults[2][TUNE_SIZES];
};

static int run_trial(
	struct tune_study *study, struct trial *trial, struct message *message)
{
	struct tune_run run[TUNE_SIZES];
	unsigned i, j;
	int error = 0;

	for (i = 0; i < study->subjects_count && !error; i++) {
		const struct tune_subject *subject = &study->subjects[i];
		const struct tune_runs runs = tune_runs_of(study, subject);

		for (j = 0; j < subject->asked; j++)
			run[j] = (struct tune_run){
				.plan = trial->plan,
				.policy = trial->policy,
				.frames = subject->frames[j],
			};
		error = tune_runs_do(&runs, run, subject->asked, message);
		for (j = 0; j < subject->asked && !error; j++)
			trial->faults[i][j] = run[j].result.faults;
	}
	return error;
}

/* Of each of BASE's faults those that TRIAL saves. */
static void note_saved(const struct tune_study *study, const struct trial *base,
	const struct trial *trial, struct tune_finding *finding)
{
	unsigned i, j;

	for (i = 0; i < study->subjects_count; i++)
		for (j = 0; j < study->subjects[i].asked; j++)
			finding->saved[i][j] = (int64_t)(base->faults[i][j] -
							 trial->faults[i][j]);
}

/* Does TRIAL save a share worth telling of on each trace, and cost nothing
 * anywhere? */
static bool is_worth(const struct tune_study *study, const struct trial *base,
	const struct trial *trial)
{
	unsigned i, j;

	for (i = 0; i < study->subjects_count; i++) {
		bool saves = false;

		for (j = 0; j < study->subjects[i].asked; j++) {
			uint64_t before = base->faults[i][j];
			uint64_t after = trial->faults[i][j];

			if (after > before)
				return false;
			saves |= after < before &&
				 (before - after) * WORTH_SHARE >= before;
		}
		if (!saves)
			return false;
	}
	return true;
}

/* LRU without hints. */
static void take_lru(const struct tune_study *study, struct trial *out)
{
	unsigned i, j;

	for (i = 0; i < study->subjects_count; i++)
		for (j = 0; j < study->subjects[i].asked; j++)
			out->faults[i][j] =
				study->subjects[i].figures[j].lru.faults;
}

/* ---- pins ---- */

/* The stripes of REGION, from its first on, that may be pinned. */
static unsigned stripes_of(const struct tune_study *study, unsigned region)
{
	double frames = PIN_SHARE * (double)study->subjects[0].frames[0];
	double pages = (double)study->scene.pages[region];

	return pages <= frames ? TUNE_STRIPES
			       : (unsigned)(frames * TUNE_STRIPES / pages);
}

/* Pins REGION alone, under the policy of BASE. */
static int try_pin(struct tune_study *study, unsigned region,
	const struct trial *base, bool *found_out)
{
	unsigned stripes = stripes_of(study, region);
	struct tune_plan plan = tune_plan_none();
	struct trial trial = {.plan = &plan, .policy = base->policy};
	int8_t level[TUNE_STRIPES];
	struct message message;
	struct tune_finding *finding;
	int error;

	*found_out = false;
	if (!stripes)
		return 0;
	memset(level, TUNE_NORMAL, sizeof(level));
	memset(level, TUNE_PIN, stripes);
	tune_plan_set(&plan, &study->scene, region, TUNE_EVERY_PHASE, level);
	error = run_trial(study, &trial, &message);
	if (error == -ENOMEM)
		return 0; /* more is mapped than can be pinned */
	if (error)
		return message_set(&study->message, error, "%s", message.text);
	*found_out = is_worth(study, base, &trial);
	if (*found_out) {
		finding = add_finding(study, region, TUNE_FOUND_PIN);
		finding->stripes = stripes;
		finding->policy = base->policy;
		note_saved(study, base, &trial, finding);
	}
	return 0;
}

/* Under LRU, and where that is no help under clock, which has no more to go by
 * than a pager has. */
static int find_pins(struct tune_study *study)
{
	struct trial base[2] = {{.policy = NULL}, {.policy = &policy_clock}};
	unsigned policies = 2, i, j;
	bool found;
	int error = 0;

	for (i = 0; i < study->subjects_count; i++)
		if (!tune_is_exact(&study->subjects[i], &policy_clock))
			policies = 1;
	take_lru(study, &base[0]);
	if (policies > 1)
		error = run_trial(study, &base[1], &study->message);
	for (i = 0; i < study->scene.regions && !error; i++)
		for (j = 0, found = false; j < policies && !found && !error;
			j++)
			error = try_pin(study, i, &base[j], &found);
	return error;
}

/* ---- fetching at marks ---- */

/* Fetches in place of faults in all phases of all regions, on the trace that
 * is learnt on, at the smallest size: *PHASE_OUT[region] is the best phase
 * that is worth it, or 0. */
static int probe_fetches(
	struct tune_study *study, unsigned phase_out[TUNE_REGIONS])
{
	const struct tune_subject *learn = &study->subjects[0];
	const struct tune_runs runs = tune_runs_of(study, learn);
	unsigned regions = study->scene.regions, phases = study->scene.phases;
	unsigned count = regions * phases, i;
	struct tune_plan *plans = calloc(count + 1, sizeof(*plans));
	struct tune_run *run = calloc(count + 1, sizeof(*run));
	uint64_t usual = learn->figures[0].lru.faults;
	uint64_t best[TUNE_REGIONS] = {0};
	int error = plans && run ? 0
				 : message_set(&study->message, -ENOMEM,
					   "too little memory");

	for (i = 0; !error && i < count; i++) {
		plans[i] = tune_plan_none();
		/* in phase 0, which has no mark, it says nothing */
		plans[i].cell[i / phases][i % phases].fetch = true;
		run[i].plan = &plans[i];
		run[i].frames = learn->frames[0];
	}
	if (!error)
		error = tune_runs_do(&runs, run, count, &study->message);
	for (i = 0; !error && i < count; i++) {
		uint64_t saved = tune_ahead_saves(usual, &run[i].result);

		if (saved > best[i / phases]) {
			best[i / phases] = saved;
			phase_out[i / phases] = i % phases;
		}
	}
	free(plans);
	free(run);
	return error;
}

static int find_fetches(struct tune_study *study)
{
	unsigned phase[TUNE_REGIONS] = {0}, i;
	struct trial base;
	int error = 0;

	if (study->scene.phases > 1)
		error = probe_fetches(study, phase);
	take_lru(study, &base);
	for (i = 0; i < study->scene.regions && !error; i++) {
		struct tune_plan plan = tune_plan_none();
		struct trial trial = {.plan = &plan};
		struct tune_finding *finding;

		if (!phase[i])
			continue;
		plan.cell[i][phase[i]].fetch = true;
		error = run_trial(study, &trial, &study->message);
		if (error || !is_worth(study, &base, &trial))
			continue;
		finding = add_finding(study, i, TUNE_FOUND_FETCH);
		finding->phase = phase[i];
		note_saved(study, &base, &trial, finding);
	}
	return error;
}

/* ---- giving back ---- */

/* Of each subject and size. */
struct given {
	struct give_back_result at[2][TUNE_SIZES];
};

static int look_given(struct tune_study *study, struct given *given)
{
	unsigned i, j;
	int error = 0;

	for (i = 0; i < study->subjects_count; i++) {
		const struct tune_subject *subject = &study->subjects[i];

		for (j = 0; j < subject->asked && !error; j++) {
			const struct give_back_config config = {
				.scene = &study->scene,
				.frames = (uint32_t)subject->frames[j],
				.stop = study->stop,
			};

			error = give_back_run(subject->reader, &config,
				&given->at[i][j], &study->message);
		}
	}
	return error;
}

/* Can REGION be given back in PHASE, in each trace, and is that worth it?
 * *SUM_OUT is what it saves in all. */
static bool is_given(const struct tune_study *study, const struct given *given,
	unsigned region, unsigned phase, uint64_t *sum_out)
{
	unsigned i, j;

	*sum_out = 0;
	for (i = 0; i < study->subjects_count; i++) {
		bool saves = false;

		for (j = 0; j < study->subjects[i].asked; j++) {
			const struct give_back_result *result =
				&given->at[i][j];
			const struct give_back *at = &result->at[region][phase];

			if (!at->holds)
				return false;
			saves |= at->writebacks &&
				 at->writebacks * WORTH_SHARE >=
					 result->writebacks;
			*sum_out += at->writebacks;
		}
		if (!saves)
			return false;
	}
	return true;
}

static void note_given(struct tune_study *study, const struct given *given,
	unsigned region, unsigned phase)
{
	struct tune_finding *finding =
		add_finding(study, region, TUNE_FOUND_GIVE_BACK);
	unsigned i, j;

	finding->phase = phase;
	for (i = 0; i < study->subjects_count; i++)
		for (j = 0; j < study->subjects[i].asked; j++) {
			const struct give_back *at =
				&given->at[i][j].at[region][phase];

			finding->anew |= at->anew;
			finding->saved[i][j] = (int64_t)at->writebacks;
		}
}

/* Of a region's phases that which saves most. */
static int find_given(struct tune_study *study)
{
	struct given *given = calloc(1, sizeof(*given));
	unsigned region, phase;
	int error;

	if (!given)
		return message_set(
			&study->message, -ENOMEM, "too little memory");
	error = look_given(study, given);
	for (region = 0; region < study->scene.regions && !error; region++) {
		unsigned best = 0;
		uint64_t most = 0, sum;

		for (phase = 1; phase < study->scene.phases; phase++)
			if (is_given(study, given, region, phase, &sum) &&
				sum > most) {
				best = phase;
				most = sum;
			}
		if (best)
			note_given(study, given, region, best);
	}
	free(given);
	return error;
}

int tune_find(struct tune_study *study)
{
	int error = find_pins(study);

	if (!error)
		error = find_fetches(study);
	if (!error && study->scene.phases > 1)
		error = find_given(study);
	return error;
}
