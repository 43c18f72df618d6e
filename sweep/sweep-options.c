/* The options of selfpage sweep. */
#include "sweep/sweep-options.h"

#include <argp.h>
#include <string.h>

#include "cli/number.h"
#include "replay/pass.h"

enum { KEY_MEMORY = 1000, KEY_SET, KEY_STATUS, KEY_RESUME };

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
		"tell how many jobs there are, how long they take by what was "
		"measured before, and how much memory; run nothing",
		0},
	{"status", KEY_STATUS, NULL, 0,
		"tell what is done, running, failed and waiting, of a plan or "
		"of all sweeps into a set; from any machine that sees the set",
		0},
	{"resume", KEY_RESUME, NULL, 0,
		"go on with all sweeps into a set; with a plan that is what "
		"happens anyway",
		0},
	{0},
};

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	struct sweep_options *options = state->input;
	uint64_t number = 0;

	switch (key) {
	case 'j':
		if (number_parse(text, &number) || !number ||
			number > PASS_JOBS_MAX)
			argp_error(state, "--jobs: '%s' is not 1 to %d", text,
				PASS_JOBS_MAX);
		options->processes = number;
		break;
	case 's':
		options->set = text;
		break;
	case 'n':
		options->dry_run = true;
		break;
	case KEY_MEMORY:
		if (number_parse(text, &options->bytes_max))
			argp_error(state,
				"--memory: '%s' is no number of bytes, such "
				"as 8GiB",
				text);
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
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which plan?");
		break;
	case ARGP_KEY_END:
		if (options->dry_run + options->status + options->resume > 1)
			argp_error(state,
				"--dry-run, --status or --resume: one of them");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
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
	"\n"
	"A job that dies is tried once more, with those that it shared a "
	"process with; if that dies, too, they are tried one by one. What "
	"fails then is told, the rest goes on, and the exit status is 1.",
	NULL,
	NULL,
	NULL,
};

void sweep_options_parse(int argc, char **argv, struct sweep_options *out)
{
	*out = (struct sweep_options){
		.processes = pass_default_jobs(),
		.bytes_max = pass_default_bytes(),
	};
	argp_parse(&argp, argc, argv, 0, NULL, out);
}
