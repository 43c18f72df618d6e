/* The options of selfpage curve. */
#include "replay/curve-options.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "replay/curve-windows.h"
#include "replay/pass.h"
#include "replay/residency.h"
#include "replay/sample.h"

enum { WINDOWS_MAX = 100000, PARTS_MAX = 1000000 };

static const struct policy_ops *const policies[] = {
	[CURVE_LRU] = &policy_lru,
	[CURVE_OPT] = &policy_opt,
	[CURVE_HINTS] = &policy_lru_hints,
};
enum { POLICIES = sizeof(policies) / sizeof(policies[0]) };

const struct policy_ops *curve_options_policy(enum curve_policy policy)
{
	return policies[policy];
}

static void add_policy(struct curve_options *options,
	const struct policy_spec *spec, struct argp_state *state)
{
	unsigned policy;

	for (policy = 0; policy < POLICIES; policy++)
		if (spec->ops == policies[policy]) {
			options->wants[policy] = true;
			return;
		}
	if (options->others_count + options->windowed_count == CURVE_OTHERS_MAX)
		argp_error(state, "--policy: more than %d", CURVE_OTHERS_MAX);
	else if (curve_windows_has(spec->ops))
		options->windowed[options->windowed_count++] = *spec;
	else if (variable_of(spec->ops))
		argp_error(state,
			"%s has no curve; ask selfpage replay for what it does "
			"at --frames",
			spec->text);
	else
		options->others[options->others_count++] = *spec;
}

static void parse_policies(struct curve_options *options, const char *text,
	struct argp_state *state)
{
	struct policy_spec *specs;
	struct message message;
	unsigned i, count;

	memset(options->wants, 0, sizeof(options->wants));
	options->others_count = options->windowed_count = 0;
	if (policy_spec_parse(text, &specs, &count, &message)) {
		argp_error(state, "--policy: %s", message.text);
		return;
	}
	for (i = 0; i < count; i++)
		add_policy(options, &specs[i], state);
	free(specs);
}

/* "2/7" */
static void parse_part(struct curve_options *options, const char *text,
	struct argp_state *state)
{
	char *copy = strdup(text);
	char *slash = copy ? strchr(copy, '/') : NULL;
	uint64_t part = 0, parts = 0;

	if (slash)
		*slash++ = '\0';
	if (!slash || number_parse(copy, &part) ||
		number_parse(slash, &parts) || !part || part > parts ||
		parts > PARTS_MAX)
		argp_error(state,
			"--part: '%s' is no part; the second of seven is 2/7",
			text);
	options->part = part;
	options->parts = parts;
	free(copy);
}

/* "1%" or "0.01" */
static void parse_sample(struct curve_options *options, const char *text,
	struct argp_state *state)
{
	bool percent;

	if (number_parse_real(text, &options->sample, &percent) ||
		!(options->sample > 0) || options->sample > SAMPLE_SHARE_MAX)
		argp_error(state,
			"--sample: '%s' is no share of the pages, more than 0 "
			"and at most %g%%",
			text, SAMPLE_SHARE_MAX * 100);
}

static void check_sample(
	const struct curve_options *options, struct argp_state *state)
{
	if (!options->sample && options->seed_given)
		argp_error(state, "--seed is that of --sample");
	if (!options->sample)
		return;
	if (options->wants[CURVE_OPT] || options->wants[CURVE_HINTS] ||
		options->others_count || options->windowed_count)
		argp_error(state,
			"--sample is for lru alone: what it is known of are "
			"distances, and how much of them a part of the pages "
			"tells; add --policy lru, and no hints");
	if (options->part || options->merge || options->windows > 1)
		argp_error(state, "--sample has no windows and no parts");
}

/* What does not go together. */
static void check_options(
	struct curve_options *options, struct argp_state *state)
{
	bool opt = options->wants[CURVE_OPT];

	if (options->wants[CURVE_HINTS] && !options->hints_path)
		argp_error(
			state, "lru-hints without hints is lru: say --hints");
	if (options->hints_path)
		options->wants[CURVE_HINTS] = true;
	if (options->wants[CURVE_HINTS] && options->windows > 1)
		argp_error(state, "lru-hints has no windows");
	if ((options->part || options->merge) && options->wants[CURVE_HINTS])
		argp_error(state, "lru-hints has no parts");
	if ((options->part || options->merge) && opt)
		argp_error(state,
			"opt has no parts: what it holds depends on all "
			"before; add --policy lru");
	if ((options->part || options->merge) && options->windows > 1)
		argp_error(state, "parts have no windows");
	if (options->others_count &&
		(options->part || options->merge || options->windows > 1))
		argp_error(state,
			"%s runs size by size: it has no windows and no parts",
			options->others[0].text);
	if (options->windowed_count &&
		(options->part || options->merge || options->windows > 1))
		argp_error(state, "%s has neither parts nor --windows",
			options->windowed[0].text);
	check_sample(options, state);
	if ((options->part || options->merge) && options->only.count)
		argp_error(state, "--only has no parts");
	if (options->part && options->merge)
		argp_error(state, "--part or --merge, not both");
	if (options->part && options->traces_count > 1)
		argp_error(state, "--part: of one trace at a time");
	if (!options->part != !options->output)
		argp_error(state,
			"--part and --output go together: the file that "
			"--merge will read");
}

enum {
	KEY_FORMAT = 1000,
	KEY_PART,
	KEY_MERGE,
	KEY_SAMPLE,
	KEY_SEED,
	KEY_FAULT_COST,
	KEY_ONLY
};

static const struct argp_option argp_options[] = {
	{"policy", 'p', "LIST", 0,
		"lru, opt and lru-hints have all sizes in one pass, ws and "
		"vmin all windows; other policies run at some sizes, side by "
		"side (default: lru,opt)",
		0},
	{"frames", 'f', "LIST", 0,
		"Memory sizes: frames (1000), bytes (64MiB), shares of the "
		"trace's pages (25%) (default: each size at which a count is "
		"another than at the size before; of other policies 64 sizes, "
		"evenly on a log scale). Of ws and vmin the windows that give "
		"these on average (default: 64 windows, evenly on a log scale)",
		0},
	{"fault-cost", KEY_FAULT_COST, "REFERENCES", 0,
		"What a fault costs in space_time, in references of a frame "
		"(default: 100000)",
		0},
	{"hints", 'H', "FILE", 0,
		"Adds the curve of lru-hints, which is told what FILE says", 0},
	{"windows", 'w', "N", 0,
		"A curve for each Nth of the trace's events: its phases. Each "
		"starts with what the one before left resident",
		0},
	{"only", KEY_ONLY, "LIST", 0,
		"Only references to these, as if there had been no others: "
		"addresses (0x1000-0x5000) or regions by their names (heap, "
		"anon, 'anon:row*', '*.db')",
		0},
	{"part", KEY_PART, "I/N", 0,
		"Run only the Ith of N parts of the trace, by lru, and write "
		"what --merge needs of it",
		0},
	{"output", 'o', "FILE", 0, "Where --part writes it", 0},
	{"merge", KEY_MERGE, NULL, 0,
		"The arguments are files that --part wrote: print the curve of "
		"the whole trace",
		0},
	{"sample", KEY_SAMPLE, "SHARE", 0,
		"Estimate lru's curve from so many of the pages (1%), drawn by "
		"lot, with an error bar in the column faults_error",
		0},
	{"seed", KEY_SEED, "N", 0, "Seed of the lots for --sample (default: 1)",
		0},
	{"jobs", 'j', "N", 0, "Threads (default: processors)", 0},
	{"format", KEY_FORMAT, "FORMAT", 0, COMMAND_FORMATS, 0},
	{0},
};

static const struct command_range fault_cost_range = {
	"--fault-cost", 0, UINT64_MAX, "references"};
static const struct command_range jobs_range = {
	"--jobs", 1, PASS_JOBS_MAX, "threads"};
static const struct command_range seed_range = {
	"--seed", 0, UINT64_MAX, "lots"};
static const struct command_range windows_range = {
	"--windows", 1, WINDOWS_MAX, "windows"};

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	struct curve_options *options = state->input;
	struct message message;

	switch (key) {
	case 'p':
		parse_policies(options, text, state);
		break;
	case 'f':
		command_parse_frames(
			text, &options->frames, &options->frames_count, state);
		break;
	case 'H':
		options->hints_path = text;
		break;
	case 'w':
		options->windows =
			command_parse_number(text, &windows_range, state);
		break;
	case 'j':
		options->jobs = command_parse_number(text, &jobs_range, state);
		break;
	case KEY_FAULT_COST:
		options->fault_cost =
			command_parse_number(text, &fault_cost_range, state);
		break;
	case KEY_ONLY:
		if (only_parse(text, &options->only, &message))
			argp_error(state, "--only: %s", message.text);
		break;
	case KEY_PART:
		parse_part(options, text, state);
		break;
	case 'o':
		options->output = text;
		break;
	case KEY_MERGE:
		options->merge = true;
		break;
	case KEY_SAMPLE:
		parse_sample(options, text, state);
		break;
	case KEY_SEED:
		options->seed_given = true;
		options->seed = command_parse_number(text, &seed_range, state);
		break;
	case KEY_FORMAT:
		options->format = command_parse_format(text, state);
		break;
	case ARGP_KEY_ARGS:
		options->traces = state->argv + state->next;
		options->traces_count = state->argc - state->next;
		break;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which trace?");
		break;
	case ARGP_KEY_END:
		check_options(options, state);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	argp_options,
	parse_option,
	"T.spt...\n--merge PART...",
	"Tells the faults at every memory size, of LRU, of LRU with hints and "
	"of OPT, in one pass over a trace each. The counts are those that "
	"selfpage replay finds "
	"size by size; of LRU the write-backs too."
	"\vExamples:\n"
	"  selfpage curve sort.spt >curve.csv\n"
	"  selfpage curve sort.spt --frames 1%,5%,10%,25%,50%\n"
	"  selfpage curve sort.spt --hints sort.hints\n"
	"  selfpage curve sort.spt --policy lru,opt,clock,fifo\n"
	"  selfpage curve sort.spt --policy ws,vmin >windows.csv\n"
	"  selfpage curve sort.spt --policy ws:tau=100000,vmin:tau=100000\n"
	"  selfpage curve sort.spt --policy lru --windows 10\n"
	"  selfpage curve sort.spt --policy lru --part 2/7 -o sort.2\n"
	"  selfpage curve --policy lru --merge sort.[1-7]\n"
	"  selfpage curve huge.spt --policy lru --sample 1%\n"
	"\n"
	"Memory grows with the trace's pages, not with its references: about "
	"60 bytes a page for lru and 55 for opt.",
	NULL,
	NULL,
	NULL,
};

void curve_options_parse(int argc, char **argv, struct curve_options *out)
{
	*out = (struct curve_options){
		.wants = {true, true},
		.windows = 1,
		.seed = 1,
		.fault_cost = RESIDENCY_FAULT_COST,
		.jobs = pass_default_jobs(),
		.format = ROWS_AUTO,
	};
	argp_parse(&argp, argc, argv, 0, NULL, out);
}

void curve_options_free(struct curve_options *options)
{
	free(options->frames);
}
