/* selfpage tune: hints that a program's pager would profit from. */
#include "config.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "mm/policy.h"
#include "replay/exact.h"
#include "replay/pass.h"
#include "replay/tune-study.h"

enum {
	KEY_FORMAT = 1000,
	KEY_JUDGE,
	KEY_BUDGET,
	KEY_COSTS,
	KEY_ONLY,
	BUDGET = 600, /* plans */
	BUDGET_MAX = 1000000,
	/* a trace that is learnt on is shortened for so many times fewer
	 * frames than the smallest size: then counts of plans are close, as
	 * exact.h has it, with room to spare */
	SHORTER = 4,
};

const double tune_others[TUNE_OTHERS] = {0.5, 0.7, 1.4, 2};

/* Of a fast disk, as doc/policies.md has them. */
static const struct costs usual_costs = {
	.hard = 80000, .writeback = 20000, .soft = 2500, .scan = 600};

/* ---- options ---- */

static const struct argp_option argp_options[] = {
	{"frames", 'f', "LIST", 0,
		"Memory sizes to be good at: frames, bytes (64MiB), shares of "
		"the pages (default: 25%)",
		0},
	{"judge", KEY_JUDGE, "B.spt", 0,
		"A run of the program on another input, that has the last "
		"word (default: the trace itself)",
		0},
	{"output", 'o', "FILE", 0, "Write the hints to FILE", 0},
	{"budget", KEY_BUDGET, "N", 0,
		"Sets of hints to be tried, at most (default: 600)", 0},
	{"costs", KEY_COSTS, "FILE", 0,
		"What faults cost, as selfpage costs writes it (default: of a "
		"fast disk)",
		0},
	{"only", KEY_ONLY, "LIST", 0,
		"Learn and judge on references to these alone: regions by "
		"their names (heap, anon, 'anon:row*', '*.db') or addresses",
		0},
	{"jobs", 'j', "N", 0,
		"Threads (default: processors); what is found is the same with "
		"any number",
		0},
	{"format", KEY_FORMAT, "FORMAT", 0, COMMAND_FORMATS, 0},
	{0},
};

static const struct command_range budget_range = {
	"--budget", 1, BUDGET_MAX, "sets of hints"};
static const struct command_range jobs_range = {
	"--jobs", 1, PASS_JOBS_MAX, "threads"};

static void parse_only(struct tune_options *options, const char *text,
	struct argp_state *state)
{
	struct message message;

	if (only_parse(text, &options->only, &message))
		argp_error(state, "--only: %s", message.text);
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	struct tune_options *options = state->input;

	switch (key) {
	case 'f':
		command_parse_frames(
			text, &options->frames, &options->frames_count, state);
		if (options->frames_count > TUNE_SIZES)
			argp_error(state, "--frames: more than %d sizes",
				TUNE_SIZES);
		break;
	case KEY_JUDGE:
		options->judge = text;
		break;
	case 'o':
		options->output = text;
		break;
	case KEY_BUDGET:
		options->budget =
			command_parse_number(text, &budget_range, state);
		break;
	case KEY_COSTS:
		options->costs_path = text;
		break;
	case KEY_ONLY:
		parse_only(options, text, state);
		break;
	case 'j':
		options->jobs = command_parse_number(text, &jobs_range, state);
		break;
	case KEY_FORMAT:
		options->format = command_parse_format(text, state);
		break;
	case ARGP_KEY_ARG:
		if (options->learn)
			argp_error(state,
				"one trace to learn on: '%s' is a second "
				"(--judge)",
				text);
		options->learn = text;
		break;
	case ARGP_KEY_END:
		if (!options->learn)
			argp_error(state, "which trace? (A.spt)");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	argp_options,
	parse_option,
	"A.spt",
	"Finds what a program should tell its pager of its regions and phases: "
	"which are read once, worth keeping, too large to be kept but in part, "
	"no longer wanted, worth fetching ahead; and what is worth pinning, "
	"or to be given back. Learns that on one run, and judges it on "
	"another."
	"\vExamples:\n"
	"  selfpage tune sort-A.spt --judge sort-B.spt -o sort.hints\n"
	"  selfpage tune sort-A.spt --frames 25%,50% --judge sort-B.spt\n"
	"  selfpage tune sort.spt --frames 64MiB --costs disk.costs\n"
	"  selfpage tune sort-A.spt --judge sort-B.spt --only heap,anon\n"
	"  selfpage replay sort-B.spt --hints sort.hints --policy opt,lru\n"
	"  selfpage run --hints sort.hints --frames 1000 -- sort FILE\n"
	"\n"
	"On standard output there is a row for each trace and size, on "
	"standard error a table of what was found in each region, what that "
	"brings, and where it hurts; and the policies that would do best. "
	"Hints with which the other run has over 1 % more faults than "
	"LRU without are left out, one by one.",
	NULL,
	NULL,
	NULL,
};

/* ---- the study ---- */

static int check_exact(struct tune_study *study, struct tune_subject *subject)
{
	struct exact_question question = {
		.info = trace_reader_info(subject->reader),
		.policy = &policy_lru_hints,
		.bit_at_load = true,
	};
	char why[256];
	unsigned i;

	if (!question.info->pages)
		return message_set(&study->message, -EINVAL,
			"%s: there are no references in it",
			question.info->path);
	for (i = 0; i < subject->asked; i++) {
		question.frames = subject->frames[i];
		if (exact_answer(&question, why, sizeof(why)) == EXACT_NO)
			return message_set(&study->message, -EINVAL,
				"%s: at %" PRIu64
				" frames hints can't be judged: %s",
				question.info->path, question.frames, why);
	}
	return 0;
}

static bool has_size(const struct tune_subject *subject, uint64_t frames)
{
	unsigned i;

	for (i = 0; i < subject->sizes; i++)
		if (subject->frames[i] == frames)
			return true;
	return false;
}

static int compare_frames(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

/* The sizes asked, rising, and others around them. */
static void resolve_sizes(
	const struct tune_options *options, struct tune_subject *subject)
{
	const struct trace_info *info = trace_reader_info(subject->reader);
	unsigned i, j;

	for (i = 0; i < options->frames_count; i++) {
		uint64_t frames = frames_resolve(
			&options->frames[i], info->pages, info->page_bytes);

		if (!has_size(subject, frames))
			subject->frames[subject->sizes++] = frames;
	}
	subject->asked = subject->sizes;
	qsort(subject->frames, subject->asked, sizeof(*subject->frames),
		compare_frames);
	for (i = 0; i < subject->asked; i++)
		for (j = 0; j < TUNE_OTHERS; j++) {
			uint64_t frames =
				(uint64_t)(tune_others[j] * subject->frames[i]);

			if (frames && frames >= info->reduction &&
				frames < info->pages &&
				!has_size(subject, frames))
				subject->frames[subject->sizes++] = frames;
		}
	qsort(&subject->frames[subject->asked], subject->sizes - subject->asked,
		sizeof(*subject->frames), compare_frames);
}

static int open_subject(
	struct tune_study *study, const char *path, const char *role)
{
	const struct tune_options *options = study->options;
	struct tune_subject *subject = &study->subjects[study->subjects_count];
	size_t most = (size_t)options->frames_count * (1 + TUNE_OTHERS);
	int error = only_open(&options->only, path, true, "tune",
		&subject->reader, &study->message);

	if (error)
		return error;
	study->subjects_count++;
	subject->role = role;
	command_trace_name(path, subject->name, sizeof(subject->name));
	subject->frames = calloc(most, sizeof(*subject->frames));
	subject->figures = calloc(most, sizeof(*subject->figures));
	subject->without = calloc((size_t)TUNE_PARTS * options->frames_count,
		sizeof(*subject->without));
	subject->ahead = calloc(options->frames_count, sizeof(*subject->ahead));
	if (!subject->frames || !subject->figures || !subject->without ||
		!subject->ahead)
		return message_set(
			&study->message, -ENOMEM, "too little memory");
	resolve_sizes(options, subject);
	return check_exact(study, subject);
}

static void close_subject(struct tune_subject *subject)
{
	if (subject->reader)
		trace_reader_close(subject->reader);
	free(subject->frames);
	free(subject->figures);
	free(subject->without);
	free(subject->ahead);
}

struct tune_runs tune_runs_of(
	const struct tune_study *study, const struct tune_subject *subject)
{
	return (struct tune_runs){
		.reader = subject->reader,
		.scene = &study->scene,
		.jobs = study->options->jobs,
		.stop = study->stop,
	};
}

static int search(struct tune_study *study, struct trace_reader *reader)
{
	const struct tune_subject *learn = &study->subjects[0];
	struct progress *progress = progress_start(
		learn->name, "sets of hints", study->options->budget);
	struct tune_search config = {
		.whole = tune_runs_of(study, learn),
		.runs = tune_runs_of(study, learn),
		.frames = learn->frames,
		.sizes = learn->asked,
		.budget = (unsigned)study->options->budget,
		.progress = progress_on,
		.context = progress,
	};
	int error;

	config.runs.reader = reader;
	error = tune_search_run(
		&config, &study->learnt, &study->tried, &study->message);
	progress_end(progress);
	return error;
}

/* Learns on the first trace, shortened where that saves something. */
static int learn(struct tune_study *study)
{
	const struct tune_subject *subject = &study->subjects[0];
	const struct trace_info *info = trace_reader_info(subject->reader);
	uint64_t shorter = subject->frames[0] / SHORTER;
	struct trace_reader *reader = NULL;
	int error = 0;

	if (shorter >= 2 && shorter > info->reduction)
		error = tune_shorten(subject->reader, (uint32_t)shorter,
			&reader, study->stop, &study->message);
	if (!error)
		error = tune_look(reader ? reader : subject->reader,
			subject->frames, subject->asked, &study->scene,
			study->stop, &study->message);
	if (!error)
		error = search(study, reader ? reader : subject->reader);
	if (reader)
		trace_reader_close(reader);
	return error;
}

/* What reading ahead would do besides. */
static int judge_ahead(struct tune_study *study, struct tune_subject *subject)
{
	const struct tune_runs runs = tune_runs_of(study, subject);
	struct tune_run run[TUNE_SIZES];
	unsigned i;
	int error;

	for (i = 0; i < subject->asked; i++)
		run[i] = (struct tune_run){
			.plan = &study->plan,
			.frames = subject->frames[i],
			.read_ahead = TUNE_AHEAD,
		};
	error = tune_runs_do(&runs, run, subject->asked, &study->message);
	for (i = 0; i < subject->asked && !error; i++)
		subject->ahead[i] = run[i].result;
	return error;
}

bool tune_has_ahead(const struct tune_study *study)
{
	unsigned i;

	for (i = 0; i < study->scene.regions; i++)
		if (study->plan.ahead[i])
			return true;
	return false;
}

/* The plan as it is proposed. */
static int settle(struct tune_study *study)
{
	const struct tune_subject *first = &study->subjects[0];
	const struct tune_subject *last = tune_judge_of(study);
	const struct tune_runs first_runs = tune_runs_of(study, first);
	const struct tune_runs last_runs = tune_runs_of(study, last);
	int error;

	study->plan = study->learnt;
	error = tune_tighten(&last_runs, &study->plan, last->frames,
		last->asked, study->removed, &study->removed_count,
		&study->message);
	if (!error)
		error = tune_find_ahead(&first_runs, &study->plan,
			first->frames[0], &study->message);
	study->parts_count =
		tune_plan_parts(&study->plan, &study->scene, study->parts);
	return error;
}

/* All that is told of the plan. */
static int judge(struct tune_study *study)
{
	unsigned i;
	int error = 0;

	for (i = 0; i < study->subjects_count && !error; i++) {
		struct tune_subject *subject = &study->subjects[i];
		const struct tune_runs runs = tune_runs_of(study, subject);

		error = tune_judge(&runs, &study->plan, subject->frames,
			subject->sizes, subject->figures, &study->message);
		if (!error)
			error = tune_judge_parts(&runs, &study->plan,
				study->parts, study->parts_count,
				subject->frames, subject->asked,
				subject->without, &study->message);
		if (!error && tune_has_ahead(study))
			error = judge_ahead(study, subject);
	}
	return error;
}

static int run_study(struct tune_study *study)
{
	const struct tune_options *options = study->options;
	int error = 0;

	study->costs = usual_costs;
	study->costs_name = "a fast disk's";
	if (options->costs_path) {
		study->costs_name = options->costs_path;
		error = costs_load(
			options->costs_path, &study->costs, &study->message);
	}
	if (!error)
		error = open_subject(study, options->learn, "learn");
	if (!error && options->judge)
		error = open_subject(study, options->judge, "judge");
	if (!error)
		error = learn(study);
	if (!error)
		error = settle(study);
	if (!error)
		error = judge(study);
	if (!error)
		error = tune_find(study);
	if (!error && options->output)
		error = tune_save(study, options->output);
	if (error)
		return error;
	error = tune_tell(study);
	if (!error)
		error = tune_tell_policies(study);
	if (!error) {
		error = tune_rows(study);
		if (error)
			message_set(&study->message, error,
				"standard output: %s", strerror(-error));
	}
	return error;
}

int tune_command(int argc, char **argv)
{
	struct tune_options options = {
		.budget = BUDGET,
		.jobs = pass_default_jobs(),
		.format = ROWS_AUTO,
	};
	struct tune_study *study = calloc(1, sizeof(*study));
	const char *bad;
	int error;

	if (!study || frames_parse("25%", &options.frames,
			      &options.frames_count, &bad))
		return command_fail(1, "tune", "too little memory");
	argp_parse(&argp, argc, argv, 0, NULL, &options);
	study->options = &options;
	study->stop = command_catch_signals();
	error = run_study(study);
	if (error && *study->stop)
		command_fail(
			1, "tune", "stopped by signal %d", (int)*study->stop);
	else if (error)
		command_fail(1, "tune", "%s",
			*study->message.text ? study->message.text
					     : strerror(-error));
	close_subject(&study->subjects[0]);
	close_subject(&study->subjects[1]);
	tune_scene_free(&study->scene);
	free(options.frames);
	free(study);
	return error ? 1 : 0;
}
