/* selfpage bench-suite: all workloads, recorded, replayed, tuned, drawn. */
#include "config.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/nearest.h"
#include "cli/number.h"
#include "mm/policy.h"
#include "replay/pass.h"
#include "replay/policy-spec.h"
#include "workloads/suite.h"

#define NAME "bench-suite"
#define WORKLOADS_VARIABLE "SELFPAGE_WORKLOADS"
/* So that a small suite is done in two minutes. */
#define SMALL_POLICIES "opt,lru,clock,fifo,arc,sfifo"
#define SMALL_BUDGET "100"
#define BUDGET "600"
#define FRAMES "5%,10%,20%,25%,35%,50%,65%,80%"

enum { KEY_SET = 1000, KEY_SIZE, KEY_ONLY, KEY_LIST, KEY_BUDGET, KEY_REPEAT };
enum { REPEAT_MAX = 1000 };

struct options {
	const char *set, *size, *only, *policies, *frames, *budget;
	uint64_t jobs, repeat;
	bool list;
};

static const struct argp_option argp_options[] = {
	{"set", KEY_SET, "DIR", 0,
		"The result set, a folder that is made if need be (default: "
		"results/suite)",
		0},
	{"size", KEY_SIZE, "SIZE", 0, "small or real (default: real)", 0},
	{"only", KEY_ONLY, "LIST", 0, "These workloads alone", 0},
	{"jobs", 'j', "N", 0,
		"Programs that run at a time (default: processors)", 0},
	{"policy", 'p', "LIST", 0,
		"Policies to be replayed (default: all of fixed space; "
		"small: " SMALL_POLICIES ")",
		0},
	{"frames", 'f', "LIST", 0, "Memory sizes (default: " FRAMES ")", 0},
	{"budget", KEY_BUDGET, "N", 0,
		"Sets of hints that are tried for a workload (default: " BUDGET
		"; small: " SMALL_BUDGET ")",
		0},
	{"repeat", KEY_REPEAT, "N", 0,
		"Times that each replay is timed (default: 1)", 0},
	{"list", KEY_LIST, NULL, 0,
		"Tell what workloads there are, and do nothing", 0},
	{0},
};

static void check_policies(const char *list, struct argp_state *state)
{
	struct message message;
	struct policy_spec *specs = NULL;
	unsigned count;

	if (policy_spec_parse(list, &specs, &count, &message))
		argp_error(state, "--policy: %s", message.text);
	free(specs);
}

static const struct command_range budget_range = {
	"--budget", 1, UINT64_MAX, "sets of hints"};
static const struct command_range jobs_range = {
	"--jobs", 1, PASS_JOBS_MAX, "programs"};
static const struct command_range repeat_range = {
	"--repeat", 1, REPEAT_MAX, "times"};

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	struct options *options = state->input;
	struct frames_spec *frames = NULL;
	unsigned count;

	switch (key) {
	case KEY_BUDGET:
		(void)command_parse_number(text, &budget_range, state);
		options->budget = text;
		break;
	case KEY_SET:
		options->set = text;
		break;
	case KEY_SIZE:
		if (strcmp(text, "small") != 0 && strcmp(text, "real") != 0)
			argp_error(state, "--size: '%s' is not small or real",
				text);
		options->size = text;
		break;
	case KEY_ONLY:
		options->only = text;
		break;
	case KEY_LIST:
		options->list = true;
		break;
	case 'j':
		options->jobs = command_parse_number(text, &jobs_range, state);
		break;
	case KEY_REPEAT:
		options->repeat =
			command_parse_number(text, &repeat_range, state);
		break;
	case 'p':
		check_policies(text, state);
		options->policies = text;
		break;
	case 'f':
		command_parse_frames(text, &frames, &count, state);
		free(frames);
		options->frames = text;
		break;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s': it takes options only", text);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	argp_options,
	parse_option,
	NULL,
	"Records each workload with two inputs, A and B; replays both under "
	"all policies at eight memory sizes; finds hints on A and judges them "
	"on B; and puts rows, curves, hints, figures and a page of HTML into a "
	"result set.\vThe same command again goes on where it was stopped, and "
	"does again only what has changed. If something fails all else goes "
	"on, and what failed is told at the end. The set's rows.csv and "
	"tune.csv are this command's own: rows that were added in another way "
	"are lost.\n\n"
	"Examples:\n"
	"  selfpage bench-suite --list\n"
	"  selfpage bench-suite --size small --set quick\n"
	"  selfpage bench-suite --only sort,player --policy opt,lru,clock\n"
	"  selfpage bench-suite --frames 25%,50% --jobs 1\n"
	"  sh results/suite/how again; selfpage compare results/suite again",
	NULL,
	NULL,
	NULL,
};

/* ---- what it tells ---- */

static void print_time(double seconds)
{
	unsigned whole = (unsigned)(seconds + 0.5);

	fprintf(stderr, "%u:%02u", whole / 60, whole % 60);
}

/* The last line of what STEP had to say. */
static void print_reason(const struct steps *steps, const struct step *step)
{
	char *path = steps_log(steps, step), *line = NULL, *last = NULL;
	FILE *stream = path ? fopen(path, "re") : NULL;
	size_t room = 0;

	while (stream && getline(&line, &room, stream) > 0) {
		free(last);
		last = strdup(line);
	}
	if (stream)
		fclose(stream);
	if (step->status < 0)
		fprintf(stderr, "ended by signal %d\n", -step->status);
	else
		fprintf(stderr, "%s",
			last && *last ? last : "it does not say why\n");
	free(path);
	free(line);
	free(last);
}

static size_t count_over(const struct steps *steps)
{
	return steps->count - steps_count(steps, STEP_WAITING) -
	       steps_count(steps, STEP_RUNNING);
}

/* A step is over: tell it, and take its rows in. */
static int on_ended(void *context, struct steps *steps, const struct step *step,
	struct message *message)
{
	int64_t rows = 0;

	if (step_is_done(step) && step->rows)
		rows = suite_write_rows(context, message);
	if (step->state != STEP_DONE && step->state != STEP_FAILED)
		return rows < 0 ? (int)rows : 0;
	fprintf(stderr, "[%3zu/%zu] %-6s %-15s ", count_over(steps),
		steps->count, step->kind, step->subject);
	if (step->state == STEP_FAILED) {
		fputs("FAILED: ", stderr);
		print_reason(steps, step);
	} else {
		print_time(step->seconds);
		fputs(", left: about ", stderr);
		print_time(steps_left(steps));
		putc('\n', stderr);
	}
	return rows < 0 ? (int)rows : 0;
}

static void print_end(const struct suite *suite, int64_t rows)
{
	const struct steps *steps = &suite->steps;
	size_t failed = steps_count(steps, STEP_FAILED);
	size_t left_out = steps_count(steps, STEP_LEFT_OUT), i;

	if (failed)
		fprintf(stderr, "what failed, all else is done:\n");
	for (i = 0; i < steps->count; i++) {
		const struct step *step = &steps->step[i];
		char *log = steps_log(steps, step);

		if (step->state == STEP_FAILED) {
			fprintf(stderr, "  %s %s (%s): ", step->kind,
				step->subject, log ? log : "its log");
			print_reason(steps, step);
		}
		free(log);
	}
	fprintf(stderr,
		"%s: %" PRId64 " rows; %zu steps done, %zu were there, %zu "
		"failed, %zu left out\n",
		suite->set, rows, steps_count(steps, STEP_DONE),
		steps_count(steps, STEP_DONE_BEFORE), failed, left_out);
}

/* ---- what it is asked ---- */

static int refuse_name(const char *name, char **names, size_t count)
{
	const char *nearest =
		nearest_name(name, (const char *const *)names, count);

	command_fail(2, NAME, "there is no workload '%s'; %s%s%s", name,
		nearest ? "did you mean '" : "--list tells which there are",
		nearest ? nearest : "", nearest ? "'?" : "");
	return 2;
}

/* Is NAME in LIST, with commas between? */
static bool is_listed(const char *name, const char *list)
{
	size_t length = strlen(name);

	for (; *list; list += strcspn(list, ","), list += *list == ',')
		if (strcspn(list, ",") == length &&
			!strncmp(list, name, length))
			return true;
	return false;
}

/* Leaves those of SUITE's names that are in ONLY.  The exit status. */
static int choose(struct suite *suite, const char *only)
{
	char *names = strdup(only), *rest = names, *name;
	size_t kept = 0, i;
	int status = names ? 0 : command_fail(1, NAME, "too little memory");

	while (!status && (name = strsep(&rest, ","))) {
		for (i = 0; i < suite->names_count; i++)
			if (!strcmp(suite->names[i], name))
				break;
		if (i == suite->names_count)
			status = refuse_name(
				name, suite->names, suite->names_count);
	}
	free(names);
	if (status)
		return status;
	for (i = 0; i < suite->names_count; i++)
		if (is_listed(suite->names[i], only))
			suite->names[kept++] = suite->names[i];
		else
			free(suite->names[i]);
	suite->names_count = kept;
	return 0;
}

/* All policies of fixed space but those that want hints; to be freed. */
static char *all_policies(void)
{
	const struct policy_ops *ops;
	char *list = NULL;
	size_t bytes;
	FILE *stream = open_memstream(&list, &bytes);

	for (unsigned i = 0; stream && (ops = policy_at(i)); i++)
		if (!ops->takes_hints)
			fprintf(stream, "%s%s", i ? "," : "", ops->name);
	if (!stream || fclose(stream)) {
		free(list);
		return NULL;
	}
	return list;
}

/* The command as the manifest has it: all that it depends on. */
static int write_manifest(const struct suite *suite, int64_t rows, int status,
	struct message *message)
{
	char *only = NULL, repeat[16];
	size_t bytes;
	FILE *stream = open_memstream(&only, &bytes);

	snprintf(repeat, sizeof(repeat), "%u", suite->repeat);
	for (size_t i = 0; stream && i < suite->names_count; i++)
		fprintf(stream, "%s%s", i ? "," : "", suite->names[i]);
	if (!stream || fclose(stream)) {
		free(only);
		return message_set(message, -ENOMEM, "too little memory");
	}
	char *command[] = {NAME, "--size", (char *)suite->size, "--only", only,
		"--policy", (char *)suite->policies, "--frames",
		(char *)suite->frames, "--budget", (char *)suite->budget,
		"--repeat", repeat, NULL};
	int error = suite_write_manifest(suite, command, rows, status, message);

	free(only);
	return error;
}

/* ---- running ---- */

/* The set's whole path, with the folder made. */
static char *make_set(const char *path, struct message *message)
{
	char *whole = NULL;

	if ((mkdir(path, 0777) && errno != EEXIST) ||
		!(whole = realpath(path, NULL)))
		message_set(message, -errno, "%s: cannot make: %s", path,
			strerror(errno));
	return whole;
}

/* The scripts run this command. */
static int tell_scripts(struct message *message)
{
	char program[PATH_MAX];
	ssize_t bytes =
		readlink("/proc/self/exe", program, sizeof(program) - 1);

	if (bytes < 0)
		return message_set(
			message, -errno, "/proc/self/exe: %s", strerror(errno));
	program[bytes] = '\0';
	return setenv("SELFPAGE", program, 1) ? -ENOMEM : 0;
}

static int run(struct suite *suite, struct message *message)
{
	int64_t rows = 0;
	int error = suite_plan(suite, message), status;

	if (!error)
		error = tell_scripts(message);
	if (error)
		return error;
	suite->steps.ended = on_ended;
	suite->steps.context = suite;
	fprintf(stderr, "%zu workloads, %zu steps, %u at a time: %s\n",
		suite->names_count, suite->steps.count, suite->steps.jobs,
		suite->set);
	error = steps_run(&suite->steps, message);
	if (error)
		return error;
	rows = suite_write_rows(suite, message);
	if (rows < 0)
		return (int)rows;
	print_end(suite, rows);
	status = steps_count(&suite->steps, STEP_FAILED) ? 1 : 0;
	error = write_manifest(suite, rows, status, message);
	return error ? error : status;
}

static int run_options(const struct options *options, struct suite *suite)
{
	struct message message = {""};
	bool small = !strcmp(options->size, "small");
	char *set = NULL, *policies = NULL;
	int status = options->only ? choose(suite, options->only) : 0;

	if (status)
		return status;
	if (options->policies)
		policies = strdup(options->policies);
	else
		policies = small ? strdup(SMALL_POLICIES) : all_policies();
	set = make_set(options->set, &message);
	if (!set || !policies) {
		status = command_fail(1, NAME, "%s",
			set ? "too little memory" : message.text);
		goto out;
	}
	suite->set = set;
	suite->policies = policies;
	suite->size = options->size;
	suite->frames = options->frames;
	suite->budget = options->budget;
	if (!suite->budget)
		suite->budget = small ? SMALL_BUDGET : BUDGET;
	suite->jobs = (unsigned)options->jobs;
	suite->repeat = (unsigned)options->repeat;
	status = run(suite, &message);
	if (status == -EINTR)
		status = command_fail(1, NAME,
			"%s; the same command goes on from here", message.text);
	else if (status < 0)
		status = command_fail(1, NAME, "%s", message.text);
	steps_close(&suite->steps);
out:
	free(set);
	free(policies);
	return status;
}

int bench_suite_command(int argc, char **argv)
{
	struct options options = {
		.set = "results/suite",
		.size = "real",
		.frames = FRAMES,
		.jobs = pass_default_jobs(),
		.repeat = 1,
	};
	struct suite suite = {0};
	const char *place = command_find_data(WORKLOADS_VARIABLE,
		WORKLOADS_SOURCE_DIR, WORKLOADS_INSTALLED_DIR);
	struct message message;
	char *folder;
	int status = 0;

	argp_parse(&argp, argc, argv, 0, NULL, &options);
	folder = realpath(place, NULL);
	if (!folder)
		return command_fail(1, NAME,
			"%s: %s: expected the workloads there; run 'make "
			"install', or set " WORKLOADS_VARIABLE,
			place, strerror(errno));
	suite.workloads = folder;
	if (suite_list(folder, &suite.names, &suite.names_count, &message))
		status = command_fail(1, NAME, "%s", message.text);
	else if (options.list)
		for (size_t i = 0; i < suite.names_count; i++)
			puts(suite.names[i]);
	else
		status = run_options(&options, &suite);
	suite_free_names(suite.names, suite.names_count);
	free(folder);
	return status;
}
