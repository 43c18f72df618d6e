/* Plans on whole traces.  See tune-judge.h. */
#include "replay/tune-judge.h"

#include <errno.h>
#include <stdlib.h>

#include "mm/policy.h"

static int fail(struct message *message)
{
	return message_set(message, -ENOMEM, "too little memory to judge");
}

int tune_judge(const struct tune_runs *runs, const struct tune_plan *plan,
	const uint64_t *frames, unsigned count, struct tune_figures *out,
	struct message *message)
{
	struct tune_run *all = calloc(2 * (size_t)count + 1, sizeof(*all));
	uint64_t *opt = calloc(count + 1, sizeof(*opt));
	int error = all && opt ? 0 : fail(message);
	unsigned i;

	for (i = 0; !error && i < count; i++) {
		all[i] = (struct tune_run){
			.policy = &policy_lru, .frames = frames[i]};
		all[count + i] =
			(struct tune_run){.plan = plan, .frames = frames[i]};
	}
	if (!error)
		error = tune_runs_do(runs, all, 2 * count, message);
	if (!error)
		error = tune_opt_faults(
			runs->reader, frames, count, opt, runs->stop, message);
	for (i = 0; !error && i < count; i++)
		out[i] = (struct tune_figures){
			.frames = frames[i],
			.lru = all[i].result,
			.hints = all[count + i].result,
			.opt_faults = opt[i],
		};
	free(all);
	free(opt);
	return error;
}

int tune_judge_parts(const struct tune_runs *runs, const struct tune_plan *plan,
	const struct tune_part *parts, unsigned parts_count,
	const uint64_t *frames, unsigned count, uint64_t *faults_out,
	struct message *message)
{
	size_t total = (size_t)parts_count * count, i;
	struct tune_plan *plans = calloc(parts_count + 1, sizeof(*plans));
	struct tune_run *all = calloc(total + 1, sizeof(*all));
	int error = plans && all ? 0 : fail(message);

	for (i = 0; !error && i < parts_count; i++)
		plans[i] = tune_plan_without(plan, runs->scene, &parts[i]);
	for (i = 0; !error && i < total; i++)
		all[i] = (struct tune_run){
			.plan = &plans[i / count], .frames = frames[i % count]};
	if (!error)
		error = tune_runs_do(runs, all, (unsigned)total, message);
	for (i = 0; !error && i < total; i++)
		faults_out[i] = all[i].result.faults;
	free(plans);
	free(all);
	return error;
}

/* Of FAULTS at each size, times LRU's: the worst. */
static double worst_of(
	const uint64_t *faults, const struct tune_run *lru, unsigned count)
{
	double worst = 0;
	unsigned i;

	for (i = 0; i < count; i++) {
		double times = lru[i].result.faults
				       ? (double)faults[i] /
						 (double)lru[i].result.faults
				       : 1;

		if (times > worst)
			worst = times;
	}
	return worst;
}

/* The part without which PLAN is best, or leaves it as it is if it is good
 * enough: *FOUND_OUT false. */
static int find_worst_part(const struct tune_runs *runs,
	const struct tune_plan *plan, const struct tune_run *lru,
	unsigned count, struct tune_part *part_out, bool *found_out,
	struct message *message)
{
	struct tune_part parts[TUNE_PARTS];
	/* first what PLAN has, and then what it has without each part */
	unsigned parts_count = tune_plan_parts(plan, runs->scene, parts), i;
	uint64_t *frames = calloc(count, sizeof(*frames));
	uint64_t *faults =
		calloc(((size_t)parts_count + 1) * count, sizeof(*faults));
	struct tune_run *now = calloc(count, sizeof(*now));
	int error = frames && faults && now ? 0 : fail(message);
	double best = 0;

	*found_out = false;
	for (i = 0; !error && i < count; i++) {
		frames[i] = lru[i].frames;
		now[i] = (struct tune_run){.plan = plan, .frames = frames[i]};
	}
	if (!error)
		error = tune_runs_do(runs, now, count, message);
	for (i = 0; !error && i < count; i++)
		faults[i] = now[i].result.faults;
	if (!error && worst_of(faults, lru, count) > TUNE_WORST) {
		error = tune_judge_parts(runs, plan, parts, parts_count, frames,
			count, &faults[count], message);
		for (i = 0; !error && i < parts_count; i++) {
			double worst = worst_of(
				&faults[(size_t)(i + 1) * count], lru, count);

			if (*found_out && worst >= best)
				continue;
			*found_out = true;
			best = worst;
			*part_out = parts[i];
		}
	}
	free(frames);
	free(faults);
	free(now);
	return error;
}

int tune_tighten(const struct tune_runs *runs, struct tune_plan *plan,
	const uint64_t *frames, unsigned count, struct tune_part *out,
	unsigned *count_out, struct message *message)
{
	struct tune_run *lru = calloc(count + 1, sizeof(*lru));
	bool found = lru;
	int error = lru ? 0 : fail(message);
	unsigned i;

	*count_out = 0;
	for (i = 0; !error && i < count; i++)
		lru[i] = (struct tune_run){
			.policy = &policy_lru, .frames = frames[i]};
	if (!error)
		error = tune_runs_do(runs, lru, count, message);
	while (!error && found) {
		error = find_worst_part(runs, plan, lru, count,
			&out[*count_out], &found, message);
		if (!error && found)
			*plan = tune_plan_without(
				plan, runs->scene, &out[(*count_out)++]);
	}
	free(lru);
	return error;
}

uint64_t tune_ahead_saves(uint64_t usual, const struct replay_result *result)
{
	uint64_t saved = result->faults < usual ? usual - result->faults : 0;

	return saved * 20 >= usual && saved * 5 >= result->prefetches * 4
		       ? saved
		       : 0;
}

int tune_find_ahead(const struct tune_runs *runs, struct tune_plan *plan,
	uint64_t frames, struct message *message)
{
	unsigned regions = runs->scene->searched, i;
	struct tune_plan *plans = calloc(regions + 1, sizeof(*plans));
	struct tune_run *all = calloc(regions + 1, sizeof(*all));
	int error = plans && all ? 0 : fail(message);
	uint64_t usual;

	/* the last one is without */
	for (i = 0; !error && i <= regions; i++) {
		plans[i] = *plan;
		plans[i].ahead[i % TUNE_REGIONS] = i < regions;
		all[i] = (struct tune_run){.plan = &plans[i],
			.frames = frames,
			.read_ahead = TUNE_AHEAD};
	}
	if (!error)
		error = tune_runs_do(runs, all, regions + 1, message);
	usual = error ? 0 : all[regions].result.faults;
	for (i = 0; !error && i < regions; i++)
		plan->ahead[i] = tune_ahead_saves(usual, &all[i].result) > 0;
	free(plans);
	free(all);
	return error;
}
