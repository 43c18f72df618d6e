/* selfpage replay: traces x sizes x policies -> rows. */
#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/number.h"
#include "replay/measure.h"
#include "replay/only-option.h"
#include "replay/pass.h"
#include "replay/replay-study.h"
#include "replay/residency.h"
#include "replay/verify-command.h"

enum { READ_AHEAD_MAX = 1 << 16, CLEAN_AHEAD_MAX = 1 << 20 };

static void add_policies(struct replay_options *options, const char *text,
	struct argp_state *state)
{
	struct policy_spec *specs;
	struct message message;
	unsigned i, count;

	if (policy_spec_parse(text, &specs, &count, &message)) {
		argp_error(state, "--policy: %s", message.text);
		return;
	}
	for (i = 0; i < count; i++)
		if (replay_options_add(options, &specs[i]))
			argp_error(state, "--policy: more than %d",
				REPLAY_POLICIES_MAX);
	free(specs);
}

enum {
	KEY_FORMAT = 1000,
	KEY_BIT,
	KEY_COUNTER,
	KEY_CHECK,
	KEY_INEXACT,
	KEY_ALONE,
	KEY_MEMORY,
	KEY_FAULT_COST,
	KEY_VERIFY,
	KEY_ONLY,
	KEY_BATCH,
	KEY_CLEAN,
	KEY_DISTRIBUTION,
};

static const struct argp_option argp_options[] = {
	{"policy", 'p', "LIST", 0,
		"Policies, with commas between (default: opt,lru,clock,fifo)",
		0},
	{"frames", 'f', "LIST", 0,
		"Memory sizes: frames (1000), bytes (64MiB), shares of the "
		"trace's pages (25%) (default: 5%,10%,25%,50%,75%). Policies "
		"of variable space without a window get that with which they "
		"hold as many on average, as nearly as there is one",
		0},
	{"fault-cost", KEY_FAULT_COST, "REFERENCES", 0,
		"What a fault costs in space-time, in references of a frame "
		"(default: 100000)",
		0},
	{"hints", 'H', "FILE", 0,
		"Adds rows of lru-hints, which is told what FILE says", 0},
	{"read-ahead", 'a', "PAGES", 0,
		"How far lru-hints reads ahead where the hints say sequential, "
		"at most (default: 0)",
		0},
	{"batch", KEY_BATCH, "N", 0,
		"When no frame is free up to N victims leave at once (default: "
		"1); opt evicts one at a time",
		0},
	{"clean-ahead", KEY_CLEAN, "PAGES", 0,
		"Of so many victims to come those that are dirty are written "
		"before they go, with fifo, sfifo and lru (default: 0)",
		0},
	{"costs", 'c', "FILE", 0,
		"What a self-pager pays for its faults, for the columns "
		"cost_ns and break_even",
		0},
	{"format", KEY_FORMAT, "FORMAT", 0, COMMAND_FORMATS, 0},
	{"bit-at-load", KEY_BIT, "0|1", 0,
		"Referenced bit of a page that comes in: 1 as on hardware "
		"(default), 0 as in simulators of caches; with 0, as there, "
		"each reference of a run counts for policies that see them",
		0},
	{"counter", KEY_COUNTER, "SOURCE", 0,
		"Where cycles come from: auto (default), pmu, tsc, clock", 0},
	{"check", KEY_CHECK, NULL, 0,
		"Prove the pager's invariants at the end of each replay", 0},
	{"jobs", 'j', "N", 0,
		"Threads that replay (default: processors); counts are the "
		"same with any number",
		0},
	{"alone", KEY_ALONE, NULL, 0,
		"One replay at a time, in one thread, so that none disturbs "
		"the cycles of another; the trace is read anew for each",
		0},
	{"memory", KEY_MEMORY, "BYTES", 0,
		"What replays at a time may take; what does not fit follows in "
		"another pass over the trace (default: half of the machine's)",
		0},
	{"inexact", KEY_INEXACT, NULL, 0,
		"Replay what the trace is not good for, too; the column exact "
		"of such rows says no",
		0},
	{"only", KEY_ONLY, "LIST", 0,
		"Only references to these, as if there had been no others: "
		"addresses (0x1000-0x5000) or regions by their names (heap, "
		"anon, 'anon:row*', '*.db')",
		0},
	{"distribution", KEY_DISTRIBUTION, "FILE", 0,
		"Writes how long faults took to FILE, as CSV: a row for each "
		"length, with the share of the faults that took no longer",
		0},
	{"verify", KEY_VERIFY, "LOG", 0,
		"Instead of traces: do again what the log of a live pager "
		"tells of, and see whether the same victims are chosen",
		0},
	{0},
};

static const struct command_range batch_range = {
	"--batch", 1, BATCH_MAX, "victims"};
static const struct command_range clean_ahead_range = {
	"--clean-ahead", 0, CLEAN_AHEAD_MAX, "pages"};
static const struct command_range fault_cost_range = {
	"--fault-cost", 0, UINT64_MAX, "references"};
static const struct command_range jobs_range = {
	"--jobs", 1, PASS_JOBS_MAX, "threads"};
static const struct command_range memory_range = {
	"--memory", 0, UINT64_MAX, "bytes"};
static const struct command_range read_ahead_range = {
	"--read-ahead", 0, READ_AHEAD_MAX, "pages"};

/* Options of which not every text is good. */
static error_t parse_setting(int key, const char *text,
	struct replay_options *options, struct argp_state *state)
{
	struct message message;

	switch (key) {
	case 'a':
		options->read_ahead =
			command_parse_number(text, &read_ahead_range, state);
		break;
	case 'f':
		command_parse_frames(
			text, &options->frames, &options->frames_count, state);
		break;
	case 'j':
		options->jobs = command_parse_number(text, &jobs_range, state);
		break;
	case 'p':
		options->policies_count = 0;
		add_policies(options, text, state);
		break;
	case KEY_BATCH:
		options->victim_batch =
			command_parse_number(text, &batch_range, state);
		break;
	case KEY_BIT:
		if (strcmp(text, "0") && strcmp(text, "1"))
			argp_error(state, "--bit-at-load: 0 or 1");
		options->bit_at_load = *text == '1';
		break;
	case KEY_CLEAN:
		options->clean_ahead =
			command_parse_number(text, &clean_ahead_range, state);
		break;
	case KEY_COUNTER:
		if (counter_parse(text, &options->counter))
			argp_error(state,
				"--counter: '%s' is not auto, pmu, tsc or "
				"clock",
				text);
		break;
	case KEY_FAULT_COST:
		options->fault_cost =
			command_parse_number(text, &fault_cost_range, state);
		break;
	case KEY_FORMAT:
		options->format = command_parse_format(text, state);
		break;
	case KEY_MEMORY:
		options->bytes_max =
			command_parse_number(text, &memory_range, state);
		break;
	case KEY_ONLY:
		if (only_parse(text, &options->only, &message))
			argp_error(state, "--only: %s", message.text);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	struct replay_options *options = state->input;

	switch (key) {
	case 'c':
		options->costs_path = text;
		break;
	case 'H':
		options->hints_path = text;
		break;
	case KEY_ALONE:
		options->alone = true;
		break;
	case KEY_CHECK:
		options->check = true;
		break;
	case KEY_DISTRIBUTION:
		options->distribution_path = text;
		break;
	case KEY_INEXACT:
		options->inexact = true;
		break;
	case KEY_VERIFY:
		options->log_path = text;
		break;
	case ARGP_KEY_INIT:
		add_policies(options, "opt,lru,clock,fifo", state);
		break;
	case ARGP_KEY_ARGS:
		if (options->log_path)
			argp_error(state, "--verify: a log, and no traces");
		options->traces = state->argv + state->next;
		options->traces_count = state->argc - state->next;
		break;
	case ARGP_KEY_END:
		if (options->hints_path)
			add_policies(options, "lru-hints", state);
		if (options->read_ahead && !options->hints_path)
			argp_error(state,
				"--read-ahead: only what --hints calls "
				"sequential is read ahead");
		break;
	case ARGP_KEY_NO_ARGS:
		if (!options->log_path)
			argp_error(state, "which trace?");
		break;
	default:
		return parse_setting(key, text, options, state);
	}
	return 0;
}

static const struct argp argp = {
	argp_options,
	parse_option,
	"T.spt...\n--verify LOG",
	"Drives the pager with the references of traces, and tells its faults "
	"and cycles per fault: a row for each trace, memory size and policy."
	"\vExamples:\n"
	"  selfpage replay sort.spt\n"
	"  selfpage replay sort.spt --policy opt,lru,clock --frames 10%,1000\n"
	"  selfpage replay *.spt --frames 64MiB --format csv >rows.csv\n"
	"  selfpage replay sort.spt --hints sort.hints --read-ahead 16\n"
	"  selfpage replay sort.spt --frames 25% --distribution cycles.csv\n"
	"  selfpage replay --verify sort.spl\n"
	"  selfpage replay sort.spt --policy sfifo --batch 8 --clean-ahead 64\n"
	"  selfpage replay sort.spt --policy lru,ws,vmin,pff --frames 10%\n"
	"  selfpage replay sort.spt --policy ws:tau=100000,vmin:tau=100000\n"
	"\n"
	"A line of a file of hints is  [@EVENT | @MARK] WHERE HINT  and tells "
	"of the pages WHERE (0xSTART-0xEND, a region's name, * for all) from "
	"EVENT on, from each time on that the program says MARK, or from the "
	"start.  A region's name is [heap], [stack], [anon:NAME], or a file's; "
	"NAME+START-END is a part of each map of this name, in bytes "
	"([heap]+0-64KiB) or shares ([anon:rows]+0%-40%):\n"
	"\n"
	"  normal      takes back what lasts (MADV_NORMAL)\n"
	"  random      takes back sequential (MADV_RANDOM)\n"
	"  sequential  used upwards: the next ones are read ahead "
	"(MADV_SEQUENTIAL)\n"
	"  read-once   once four others of these were used, evicted before "
	"pages of all\n"
	"              priorities\n"
	"  will-need   brought in now, unless hotter ones must go "
	"(MADV_WILLNEED)\n"
	"  dont-need   written back if dirty, and dropped now (MADV_PAGEOUT)\n"
	"  cold        evicted first until they are used again (MADV_COLD)\n"
	"  pin         never evicted, once in (mlock2, MLOCK_ONFAULT)\n"
	"  unpin       takes back pin (munlock)\n"
	"  priority N  0 to 7: lower is evicted sooner; 4 at first\n"
	"\n"
	"ws, vmin and pff have no fixed number of frames. Of these rows "
	"frames is the mean residency, rounded; mean_frames has it, "
	"frames_off is how far it is from --frames, tau is the window or "
	"pff's interval, in references, and space_time is frames x references "
	"and --fault-cost for each fault. Nothing beats vmin.\n"
	"\n"
	"opt_ratio and gap_closed need opt (and lru) among the policies. Only "
	"policies that take hints are given them.\n"
	"\n"
	"Of a trace that was reduced for K frames lru and opt are exact at K "
	"frames and more, other policies close at 4 K and more; traces of page "
	"faults or samples give no policy's counts.  Rows that would not be "
	"exact or close are refused, and the exit status is 1.",
	NULL,
	NULL,
	NULL,
};

/* Beside a table it is said what its times are, and why not cycles. */
static int open_counter(struct replay_study *study)
{
	const struct replay_options *options = study->options;
	bool table = options->format == ROWS_TABLE ||
		     (options->format == ROWS_AUTO && isatty(STDOUT_FILENO));
	struct message passed_over;
	int error = counter_open(
		options->counter, NULL, &study->counter, &passed_over);

	if (error)
		return message_set(
			&study->message, error, "%s", passed_over.text);
	if (table)
		fprintf(stderr,
			"selfpage replay: p50 and p99 are of a fault, "
			"in %s%s%s\n",
			counter_describe(study->counter),
			*passed_over.text ? "; " : "", passed_over.text);
	return 0;
}

static int open_study(struct replay_study *study)
{
	const struct replay_options *options = study->options;
	int error = 0;

	if (options->hints_path)
		error = hints_load(
			options->hints_path, &study->hints, &study->message);
	if (!error && options->costs_path)
		error = costs_load(
			options->costs_path, &study->costs, &study->message);
	if (!error)
		error = open_counter(study);
	if (!error && options->costs_path)
		study->cycle_ns = measure_cycle_ns(study->counter);
	if (!error && options->distribution_path)
		error = distribution_open(options->distribution_path,
			&study->distribution, &study->message);
	if (!error)
		error = replay_rows_start(
			stdout, options->format, &study->rows);
	if (!error &&
		!residency_is_asked(options->policies, options->policies_count))
		residency_hide_columns(study->rows);
	return error;
}

static int close_study(struct replay_study *study, int error)
{
	int finish = study->rows ? rows_finish(study->rows) : 0;

	if (finish && !error)
		error = message_set(&study->message, finish,
			"standard output: %s", strerror(-finish));
	finish = distribution_close(
		study->distribution, error ? NULL : &study->message);
	if (!error)
		error = finish;
	counter_close(study->counter);
	hints_free(&study->hints);
	return error;
}

static int run_study(struct replay_study *study)
{
	const struct replay_options *options = study->options;
	int error = open_study(study);
	int i;

	for (i = 0; i < options->traces_count && !error; i++)
		error = replay_trace(study, options->traces[i]);
	error = close_study(study, error);
	if (!error && study->refused)
		return command_fail(1, "replay",
			"%u row%s refused; --inexact replays them all the same",
			study->refused,
			study->refused == 1 ? " was" : "s were");
	if (!error)
		return 0;
	if (*study->stop)
		return command_fail(1, "replay",
			"stopped by signal %d; the rows above are complete",
			(int)*study->stop);
	return command_fail(1, "replay", "%s",
		*study->message.text ? study->message.text : strerror(-error));
}

int replay_command(int argc, char **argv)
{
	struct replay_options options = {
		.format = ROWS_AUTO,
		.counter = COUNTER_AUTO,
		.bit_at_load = true,
		.jobs = pass_default_jobs(),
		.bytes_max = pass_default_bytes(),
		.fault_cost = RESIDENCY_FAULT_COST,
	};
	struct replay_study study = {.options = &options};
	const char *bad;
	int status;

	if (frames_parse("5%,10%,25%,50%,75%", &options.frames,
		    &options.frames_count, &bad))
		return command_fail(1, "replay", "too little memory");
	argp_parse(&argp, argc, argv, 0, NULL, &options);
	study.stop = command_catch_signals();
	if (options.log_path)
		status = verify_command(
			options.log_path, options.format, study.stop);
	else
		status = run_study(&study);
	free(options.frames);
	return status;
}
