/*
 * The rows of a trace: which there are, their replays side by side, and what
 * is checked before a row is written.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "replay/pass.h"
#include "replay/replay-study.h"
#include "replay/residency.h"

/* A replay to be: a row. */
struct pair {
	const struct policy_spec *policy;
	/* of policies of variable space: asked on average, 0 if they have
	 * their window */
	uint64_t frames;
	double values[POLICY_PARAMETERS_MAX];
	enum exactness exactness;
	const char *job; /* NULL: of no sweep */
};

/* The pairs of one trace, by size, and within a size in the order of the
 * policies. */
struct trace_rows {
	struct replay_study *study;
	struct trace_reader *reader;
	char name[256];
	struct pair *pairs;
	struct replay_config *replays; /* a pair each */
	unsigned count;
	/* all so far, if one is of variable space */
	struct residency_row *checked;
	unsigned checked_count;
	bool has_variable;
	/* of the size of the last row */
	uint64_t frames, opt_faults, lru_faults;
	struct replay_result fifo;
	bool has_opt, has_lru, has_fifo;
};

/* opt first, lru next, then fifo: the other rows are compared with them. */
static int policy_order(const struct policy_spec *spec)
{
	static const struct policy_ops *const first[] = {
		&policy_opt, &policy_lru, &policy_fifo};
	enum { FIRST = sizeof(first) / sizeof(first[0]) };
	int i;

	for (i = 0; i < FIRST; i++)
		if (spec->ops == first[i])
			break;
	return i;
}

int replay_options_add(
	struct replay_options *options, const struct policy_spec *spec)
{
	unsigned i = options->policies_count;
	unsigned j;

	for (j = 0; j < i; j++)
		if (!strcmp(options->policies[j].text, spec->text))
			return 0;
	if (i == REPLAY_POLICIES_MAX)
		return -ENOSPC;
	for (; i &&
		policy_order(&options->policies[i - 1]) > policy_order(spec);
		i--)
		options->policies[i] = options->policies[i - 1];
	options->policies[i] = *spec;
	options->policies_count++;
	return 0;
}

/* At the first row of a size: what rows of an earlier call found. */
static void recall_yardsticks(struct trace_rows *trace, uint64_t frames)
{
	const struct replay_hooks *hooks = trace->study->options->hooks;

	trace->has_opt = hooks && hooks->faults(hooks->context, &policy_opt,
					  frames, &trace->opt_faults);
	trace->has_lru = hooks && hooks->faults(hooks->context, &policy_lru,
					  frames, &trace->lru_faults);
	trace->has_fifo = false;
}

/* Notes what later rows of the size are compared with. */
static void note_yardsticks(struct trace_rows *trace, const struct pair *pair,
	const struct replay_result *result)
{
	const struct replay_hooks *hooks = trace->study->options->hooks;

	if (trace->frames != pair->frames)
		recall_yardsticks(trace, pair->frames);
	trace->frames = pair->frames;
	if (pair->policy->ops == &policy_opt) {
		trace->opt_faults = result->faults;
		trace->has_opt = true;
	}
	if (hooks && (pair->policy->ops == &policy_opt ||
			     pair->policy->ops == &policy_lru))
		hooks->note(hooks->context, pair->policy->ops, pair->frames,
			result->faults);
	if (pair->policy->ops == &policy_lru) {
		trace->lru_faults = result->faults;
		trace->has_lru = true;
	}
	if (pair->policy->ops == &policy_fifo) {
		trace->fifo = *result;
		trace->has_fifo = true;
	}
}

/* Frames times references; with so many frames all the time they are taken
 * all the time. */
static uint64_t space_of(const struct trace_rows *trace,
	const struct pair *pair, const struct replay_result *result)
{
	const struct trace_info *info = trace_reader_info(trace->reader);

	if (variable_of(pair->policy->ops))
		return result->variable.space;
	/* more frames than pages are never used */
	return (pair->frames < info->pages ? pair->frames : info->pages) *
	       info->references;
}

/* No policy with demand paging beats vmin. */
static int check_vmin(struct trace_rows *trace, const struct pair *pair,
	const struct replay_result *result)
{
	struct residency_row row = {
		.policy = pair->policy->text,
		.faults = result->faults,
		.space = space_of(trace, pair, result),
	};

	if (!trace->has_variable || pair->exactness != EXACT_YES ||
		result->prefetches)
		return 0;
	if (pair->policy->ops == &variable_vmin.about)
		row.vmin_window = pair->values[VARIABLE_WINDOW];
	trace->checked[trace->checked_count++] = row;
	return residency_check(
		trace->checked, trace->checked_count, &trace->study->message);
}

/* What a row tells only where policies of variable space are asked. */
static struct replay_residency residency_of(const struct trace_rows *trace,
	const struct pair *pair, const struct replay_result *result)
{
	bool variable = variable_of(pair->policy->ops);

	return (struct replay_residency){
		.window = variable ? pair->values[VARIABLE_WINDOW] : 0,
		.asked_frames = pair->frames,
		.fault_cost = trace->study->options->fault_cost,
		.space = space_of(trace, pair, result),
	};
}

/* How long the row's faults took, where that is asked. */
static int add_distribution(
	struct replay_study *study, const struct replay_row *row)
{
	const struct distribution_row about = {
		.trace = row->trace,
		.policy = row->policy->text,
		.counter_source = row->counter_source,
		.frames = row->frames,
		.pages = row->info->pages,
	};

	if (!study->distribution)
		return 0;
	return distribution_add(study->distribution, &about,
		row->result->lengths, &study->message);
}

static int emit_row(
	void *context, unsigned index, const struct replay_result *result)
{
	struct trace_rows *trace = context;
	struct replay_study *study = trace->study;
	const struct pair *pair = &trace->pairs[index];
	const bool variable = variable_of(pair->policy->ops);
	const struct replay_residency residency =
		residency_of(trace, pair, result);
	struct replay_row row = {
		.trace = trace->name,
		.info = trace_reader_info(trace->reader),
		.policy = pair->policy,
		.frames = variable ? llround(variable_mean(&result->variable))
				   : (long long)pair->frames,
		.residency =
			trace->has_variable || pair->job ? &residency : NULL,
		.result = result,
		.costs = study->options->costs_path ? &study->costs : NULL,
		.cycle_ns = study->cycle_ns,
		.counter_source = counter_name(study->counter),
		.exactness = pair->exactness,
		.hints = pair->policy->ops->takes_hints
				 ? study->options->hints_path
				 : NULL,
		.job = pair->job,
	};
	int error;

	if (!variable) {
		note_yardsticks(trace, pair, result);
		row.opt_faults = trace->has_opt ? &trace->opt_faults : NULL;
		row.lru_faults = trace->has_lru ? &trace->lru_faults : NULL;
		row.fifo = trace->has_fifo ? &trace->fifo : NULL;
	}
	error = replay_rows_add(study->rows, &row);
	if (error)
		return message_set(&study->message, error,
			"standard output: %s", strerror(-error));
	error = add_distribution(study, &row);
	if (error)
		return error;
	/* no policy that brings pages in on demand can do better */
	if (pair->exactness == EXACT_YES && row.opt_faults &&
		!result->prefetches && result->faults < trace->opt_faults)
		return message_set(&study->message, -EBADMSG,
			"%s at %llu frames has fewer faults than opt: this is "
			"an error of selfpage",
			pair->policy->text, (unsigned long long)pair->frames);
	return check_vmin(trace, pair, result);
}

/* Is the row as good as is asked for?  Else says why it is refused. */
static bool row_is_wanted(const struct trace_rows *trace, struct pair *pair)
{
	struct replay_study *study = trace->study;
	const struct exact_question question = {
		.info = trace_reader_info(trace->reader),
		.policy = pair->policy->ops,
		.frames = variable_of(pair->policy->ops) ? 0 : pair->frames,
		.bit_at_load = study->options->bit_at_load,
		.ahead = study->options->victim_batch > 1 ||
			 study->options->clean_ahead,
	};
	char why[256], at[64] = "";

	pair->exactness = exact_answer(&question, why, sizeof(why));
	if (pair->exactness != EXACT_NO || study->options->inexact)
		return true;
	if (pair->frames)
		snprintf(at, sizeof(at), " at %llu frames",
			(unsigned long long)pair->frames);
	fprintf(stderr, "selfpage replay: %s: %s%s would not be exact: %s\n",
		trace->name, pair->policy->text, at, why);
	study->refused++;
	return false;
}

/* WINDOW: of a policy of variable space. */
static void add_pair(struct trace_rows *trace, const struct policy_spec *policy,
	uint64_t frames, uint64_t window)
{
	const struct replay_study *study = trace->study;
	const struct replay_options *options = study->options;
	struct pair *pair = &trace->pairs[trace->count];

	*pair = (struct pair){.policy = policy, .frames = frames};
	if (options->hooks) {
		pair->job = options->hooks->job(
			options->hooks->context, policy, frames);
		if (!pair->job)
			return;
	}
	if (!row_is_wanted(trace, pair))
		return;
	memcpy(pair->values, policy->values, sizeof(pair->values));
	if (variable_of(policy->ops)) {
		pair->values[VARIABLE_WINDOW] = window;
		trace->has_variable = true;
	}
	trace->replays[trace->count++] = (struct replay_config){
		.policy = policy->ops,
		.variable = variable_of(policy->ops),
		.values = pair->values,
		.seed = policy->seed,
		.frames = frames,
		.bit_at_load = options->bit_at_load,
		.check = options->check,
		.look_ahead = true,
		.hints = policy->ops->takes_hints ? &study->hints : NULL,
		.read_ahead = options->read_ahead,
		.victim_batch = options->victim_batch,
		.clean_ahead = options->clean_ahead,
	};
}

/* A row for each size, or one if the window is given: it does not depend on
 * sizes. */
static void add_pairs(struct trace_rows *trace, const uint64_t *frames,
	const uint64_t *windows)
{
	const struct replay_options *options = trace->study->options;
	unsigned i, j;

	for (i = 0; i < options->frames_count; i++)
		for (j = 0; j < options->policies_count; j++) {
			const struct policy_spec *policy =
				&options->policies[j];
			uint64_t window =
				windows[j * options->frames_count + i];

			if (!window || residency_is_fit(policy))
				add_pair(trace, policy, frames[i], window);
			else if (!i)
				add_pair(trace, policy, 0, window);
		}
}

/* The windows of those that have them to be found, and then all rows. */
static int plan_windows(struct trace_rows *trace, uint64_t *frames)
{
	const struct replay_options *options = trace->study->options;
	const struct trace_info *info = trace_reader_info(trace->reader);
	const struct residency_question question = {
		.trace = trace->name,
		.specs = options->policies,
		.specs_count = options->policies_count,
		.frames = frames,
		.frames_count = options->frames_count,
		.bit_at_load = options->bit_at_load,
		.stop = trace->study->stop,
	};
	uint64_t *windows;
	unsigned i;
	int error;

	for (i = 0; i < options->frames_count; i++)
		frames[i] = frames_resolve(
			&options->frames[i], info->pages, info->page_bytes);
	error = residency_find(
		trace->reader, &question, &windows, &trace->study->message);
	if (!error)
		add_pairs(trace, frames, windows);
	free(windows);
	return error;
}

static int plan_rows(struct trace_rows *trace)
{
	const struct replay_options *options = trace->study->options;
	unsigned most = options->frames_count * options->policies_count;
	uint64_t *frames = calloc(options->frames_count, sizeof(*frames));
	int error;

	trace->pairs = calloc(most, sizeof(*trace->pairs));
	trace->replays = calloc(most, sizeof(*trace->replays));
	trace->checked = calloc(most, sizeof(*trace->checked));
	if (frames && trace->pairs && trace->replays && trace->checked)
		error = plan_windows(trace, frames);
	else
		error = message_set(&trace->study->message, -ENOMEM,
			"too little memory for %u rows", most);
	free(frames);
	return error;
}

static int on_nextuse(void *context, uint64_t events)
{
	const struct replay_study *study = context;

	(void)events;
	return *study->stop;
}

/* The next uses, if a policy wants them, in events or in references: one pass
 * for all of a kind. */
static int build_nextuse(
	struct trace_rows *trace, bool references, struct nextuse **out)
{
	struct replay_study *study = trace->study;
	struct nextuse_options options = {
		.references = references,
		.progress = on_nextuse,
		.progress_context = study,
	};
	unsigned i;

	for (i = 0; i < trace->count; i++)
		if (trace->replays[i].policy->knows == POLICY_ORACLE &&
			references == !!trace->replays[i].variable) {
			progress_label(study->progress, "next uses");
			return nextuse_build(
				trace->reader, &options, out, &study->message);
		}
	return 0;
}

static void on_progress(void *context, uint64_t references)
{
	const struct trace_rows *trace = context;

	progress_update(trace->study->progress, references);
}

/* Tells what goes on: one replay, or so many of all. */
static void on_pass(void *context, unsigned first, unsigned count)
{
	const struct trace_rows *trace = context;
	const struct pair *pair = &trace->pairs[first];
	char label[POLICY_TEXT_MAX + 300];

	if (count == 1)
		snprintf(label, sizeof(label), "%s %s %llu", trace->name,
			pair->policy->text, (unsigned long long)pair->frames);
	else if (count == trace->count)
		snprintf(label, sizeof(label), "%s", trace->name);
	else
		snprintf(label, sizeof(label), "%s rows %u to %u of %u",
			trace->name, first + 1, first + count, trace->count);
	progress_label(trace->study->progress, label);
}

static int run_rows(struct trace_rows *trace)
{
	struct replay_study *study = trace->study;
	const struct replay_options *options = study->options;
	struct pass_config config = {
		.jobs = options->jobs,
		.bytes_max = options->bytes_max,
		.alone = options->alone,
		.counter = study->counter,
		.stop = study->stop,
		.start = on_pass,
		.progress = on_progress,
		.emit = emit_row,
		.context = trace,
	};
	int error;

	study->progress = progress_start(trace->name, "references",
		trace_reader_info(trace->reader)->references * trace->count);
	error = build_nextuse(trace, false, &config.nextuse);
	if (!error)
		error = build_nextuse(trace, true, &config.distances);
	if (!error)
		error = pass_run(trace->reader, &config, trace->replays,
			trace->count, &study->message);
	progress_end(study->progress);
	nextuse_close(config.nextuse);
	nextuse_close(config.distances);
	return error;
}

/* Of a trace that was cut short: says so, or that nothing of it is left. */
static int tell_end(struct replay_study *study, const struct trace_info *info)
{
	if (!info->truncated)
		return 0;
	if (!info->blocks)
		return message_set(&study->message, -EINVAL,
			"%s: has no end, and ends before its first whole "
			"block: there is nothing to replay",
			info->path);
	fprintf(stderr,
		"selfpage replay: %s: has no end; what is replayed is its "
		"%llu references in whole blocks\n",
		info->path, (unsigned long long)info->references);
	return 0;
}

int replay_trace(struct replay_study *study, const char *path)
{
	const struct replay_options *options = study->options;
	struct trace_rows trace = {.study = study};
	int error;

	/* a run's count matters to those that look at the time; to clock only
	 * when pages come in with their bit clear: the rest of the run sets
	 * it */
	error = trace_reader_open(path,
		!options->bit_at_load ||
			residency_needs_counts(
				options->policies, options->policies_count),
		&trace.reader, &study->message);
	if (error)
		return error;
	command_trace_name(path, trace.name, sizeof(trace.name));
	error = tell_end(study, trace_reader_info(trace.reader));
	if (!error)
		error = only_use(&options->only, trace.reader, "replay",
			&study->message);
	if (!error)
		error = plan_rows(&trace);
	if (!error)
		error = run_rows(&trace);
	free(trace.pairs);
	free(trace.replays);
	free(trace.checked);
	trace_reader_close(trace.reader);
	return error;
}
