/* The options of selfpage sweep. */
#include "sweep/sweep-options.h"

#include <argp.h>
#include <string.h>

#include "cli/command.h"
#include "replay/pass.h"

enum {
	KEY_MEMORY = 1000,
	KEY_STATUS,
	KEY_RESUME,
	KEY_SLURM,
	KEY_NO_WAIT,
	KEY_PARTITION,
	KEY_ARRAY_SIZE,
	KEY_TASK_MINUTES,
	KEY_SBATCH,
	KEY_TASK,
};

/* An array's tasks and a task's minutes, unless it is said: Slurm's own limit
 * is 1000; starting a task costs seconds, and losing one what it ran. */
enum { ARRAY_SIZE = 1000, TASK_MINUTES = 10 };

static const struct argp_option argp_options[] = {
	{"jobs", 'j', "N", 0, "processes (default: processors)", 0},
	{"memory", KEY_MEMORY, "BYTES", 0,
		"what all processes may take; what needs more alone fails "
		"(default: half of the machine's)",
		0},
	{"set", 's', "FOLDER", 0,
		"the result set (default: what the plan says, or PLAN without "
		".toml)",
		0},
	{"dry-run", 'n', NULL, 0,
		"tell how many jobs there are, how long they take and how much "
		"memory by what was measured before; run nothing",
		0},
	{"status", KEY_STATUS, NULL, 0,
		"tell what is done, running, failed and waiting, of a plan or "
		"of all sweeps into a set; from any machine that sees the set",
		0},
	{"resume", KEY_RESUME, NULL, 0,
		"go on with all sweeps into a set; with a plan that is what "
		"happens anyway",
		0},
	{NULL, 0, NULL, 0, "By way of Slurm:", 1},
	{"slurm", KEY_SLURM, NULL, 0,
		"as job arrays, each task with many replays; waits until all "
		"is done",
		0},
	{"no-wait", KEY_NO_WAIT, NULL, 0,
		"end when the arrays are in the queue", 0},
	{"partition", KEY_PARTITION, "NAME", 0,
		"where to (default: Slurm's own)", 0},
	{"array-size", KEY_ARRAY_SIZE, "N", 0,
		"tasks of an array, at most (default: 1000)", 0},
	{"task-minutes", KEY_TASK_MINUTES, "N", 0,
		"how long a task should take (default: 10)", 0},
	{"sbatch", KEY_SBATCH, "OPTION", 0,
		"one more option for sbatch, such as --account=lab; may be "
		"said again",
		0},
	{"task", KEY_TASK, "JOBS:NUMBER", 0,
		"run one task of an array: what Slurm calls", 0},
	{0},
};

static const struct command_range array_size_range = {
	"--array-size", 1, 1000000, "tasks"};
static const struct command_range jobs_range = {
	"--jobs", 1, PASS_JOBS_MAX, "processes"};
static const struct command_range memory_range = {
	"--memory", 0, UINT64_MAX, "bytes"};
static const struct command_range task_minutes_range = {
	"--task-minutes", 1, 100000, "minutes"};

/* Those of Slurm. */
static error_t parse_slurm(struct sweep_options *options, int key, char *text,
	struct argp_state *state)
{
	switch (key) {
	case KEY_SLURM:
		options->slurm = true;
		break;
	case KEY_NO_WAIT:
		options->no_wait = true;
		break;
	case KEY_PARTITION:
		options->partition = text;
		break;
	case KEY_ARRAY_SIZE:
		options->array_size =
			command_parse_number(text, &array_size_range, state);
		break;
	case KEY_TASK_MINUTES:
		options->task_seconds =
			60 *
			command_parse_number(text, &task_minutes_range, state);
		break;
	case KEY_SBATCH:
		if (options->sbatch_count == SBATCH_MAX)
			argp_error(state, "--sbatch: more than %d", SBATCH_MAX);
		else
			options->sbatch[options->sbatch_count++] = text;
		break;
	case KEY_TASK:
		options->task = text;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* What does not go together. */
static void check_options(
	const struct sweep_options *options, struct argp_state *state)
{
	if (!options->plan && !options->task)
		argp_error(state, "which plan?");
	if (options->plan && options->task)
		argp_error(state, "--task: of no other plan");
	if (options->dry_run + options->status + options->resume > 1)
		argp_error(
			state, "--dry-run, --status or --resume: one of them");
	if (!options->slurm && (options->no_wait || options->partition ||
				       options->sbatch_count))
		argp_error(state,
			"--no-wait, --partition and --sbatch go with --slurm");
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	struct sweep_options *options = state->input;

	switch (key) {
	case 'j':
		options->processes =
			command_parse_number(text, &jobs_range, state);
		break;
	case 's':
		options->set = text;
		break;
	case 'n':
		options->dry_run = true;
		break;
	case KEY_MEMORY:
		options->bytes_max =
			command_parse_number(text, &memory_range, state);
		break;
	case KEY_STATUS:
		options->status = true;
		break;
	case KEY_RESUME:
		options->resume = true;
		break;
	case ARGP_KEY_ARG:
		if (options->plan)
			argp_error(state, "one plan at a time");
		options->plan = text;
		break;
	case ARGP_KEY_END:
		check_options(options, state);
		break;
	default:
		return parse_slurm(options, key, text, state);
	}
	return 0;
}

static const struct argp argp = {
	argp_options,
	parse_option,
	"PLAN.toml\n--status|--resume SET",
	"Runs all replays of a plan, and adds their rows to a result set. What "
	"is there already is not run again: the same command goes on where it "
	"was, whatever stopped it. Several may run into one set at a time."
	"\vA plan:\n"
	"\n"
	"  set = \"study\"                  # where rows go, from here on\n"
	"  [[replay]]                     # one or more\n"
	"  traces = [\"traces/*.spt\"]\n"
	"  policies = [\"opt\", \"lru\", \"2q:kin=25%\", \"lru-hints\"]\n"
	"  frames = [\"5%\", \"64MiB\", 1000]\n"
	"  hints = [\"\", \"{trace}.hints\"]  # of policies that take them\n"
	"  repetitions = 3\n"
	"  batch = 8                      # as replay's options: clean-ahead,\n"
	"                                 # read-ahead, bit-at-load, inexact\n"
	"  [[exclude]]                    # patterns: trace, policy, frames,\n"
	"  trace = \"cc1*\"                 # hints; what agrees in all is "
	"out\n"
	"  policy = \"opt\"\n"
	"  [[curve]]                      # LRU's curve, a job a part\n"
	"  traces = [\"long.spt\"]\n"
	"  parts = 16\n"
	"\n"
	"Examples:\n"
	"  selfpage sweep study.toml --dry-run\n"
	"  selfpage sweep study.toml --jobs 8\n"
	"  selfpage sweep --status study\n"
	"  selfpage sweep study.toml --slurm --partition long "
	"--sbatch=--account=lab\n"
	"\n"
	"A job that dies is tried once more, with those that it shared a "
	"process with; if that dies, too, they are tried one by one. What "
	"fails then is told, the rest goes on, and the exit status is 1.\n"
	"\n"
	"Memory is foretold by a formula, of what replays of so many pages and "
	"frames need at most, or, where the set has rows of such processes, by "
	"the largest share of it that those took, and a quarter more. What "
	"dies "
	"is tried again with what the formula says. --dry-run tells by which.",
	NULL,
	NULL,
	NULL,
};

void sweep_options_parse(int argc, char **argv, struct sweep_options *out)
{
	*out = (struct sweep_options){
		.processes = pass_default_jobs(),
		.bytes_max = pass_default_bytes(),
		.array_size = ARRAY_SIZE,
		.task_seconds = 60 * TASK_MINUTES,
	};
	argp_parse(&argp, argc, argv, 0, NULL, out);
}
