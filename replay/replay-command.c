/* selfpage replay: traces x sizes x policies -> rows. */
#include <argp.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/number.h"
#include "cli/progress.h"
#include "replay/exact.h"
#include "replay/measure.h"
#include "replay/only-option.h"
#include "replay/pass.h"
#include "replay/replay-rows.h"
#include "replay/verify-command.h"

enum {
	POLICIES_MAX = 64,
	READ_AHEAD_MAX = 1 << 16,
	CLEAN_AHEAD_MAX = 1 << 20,
};

struct options {
	struct policy_spec policies[POLICIES_MAX];
	unsigned policies_count;
	struct frames_spec *frames;
	unsigned frames_count;
	const char *hints_path;
	const char *costs_path;
	const char *log_path; /* to be verified */
	struct only_option only;
	uint32_t read_ahead;
	uint32_t victim_batch, clean_ahead;
	char **traces;
	int traces_count;
	enum rows_format format;
	enum counter_source counter;
	bool bit_at_load, check;
	bool inexact; /* do what the trace is not good for, too */
	unsigned jobs;
	bool alone;
	uint64_t bytes_max; /* of replays at a time */
};

/* What all replays of a call share. */
struct study {
	const struct options *options;
	struct hints hints;
	struct costs costs;
	double cycle_ns; /* with costs */
	struct counter *counter;
	struct rows *rows;
	struct progress *progress;
	unsigned refused; /* rows that would not be exact */
	struct message message;
};

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
	stopped = number;
}

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

/* Adds SPEC unless it is there. */
static void add_policy(struct options *options, const struct policy_spec *spec,
	struct argp_state *state)
{
	unsigned i = options->policies_count;
	unsigned j;

	for (j = 0; j < i; j++)
		if (!strcmp(options->policies[j].text, spec->text))
			return;
	if (i == POLICIES_MAX) {
		argp_error(state, "--policy: more than %d", POLICIES_MAX);
		return;
	}
	for (; i &&
		policy_order(&options->policies[i - 1]) > policy_order(spec);
		i--)
		options->policies[i] = options->policies[i - 1];
	options->policies[i] = *spec;
	options->policies_count++;
}

static void add_policies(
	struct options *options, const char *text, struct argp_state *state)
{
	struct policy_spec *specs;
	struct message message;
	unsigned i, count;

	if (policy_spec_parse(text, &specs, &count, &message)) {
		argp_error(state, "--policy: %s", message.text);
		return;
	}
	for (i = 0; i < count; i++)
		add_policy(options, &specs[i], state);
	free(specs);
}

static void parse_read_ahead(
	struct options *options, const char *text, struct argp_state *state)
{
	uint64_t pages;

	if (number_parse(text, &pages) || pages > READ_AHEAD_MAX)
		argp_error(state, "--read-ahead: '%s' is not 0 to %d pages",
			text, READ_AHEAD_MAX);
	else
		options->read_ahead = pages;
}

static void parse_batch(
	struct options *options, const char *text, struct argp_state *state)
{
	uint64_t victims = 0;

	if (number_parse(text, &victims) || !victims || victims > BATCH_MAX)
		argp_error(state, "--batch: '%s' is not 1 to %d victims", text,
			BATCH_MAX);
	else
		options->victim_batch = victims;
}

static void parse_clean_ahead(
	struct options *options, const char *text, struct argp_state *state)
{
	uint64_t pages;

	if (number_parse(text, &pages) || pages > CLEAN_AHEAD_MAX)
		argp_error(state, "--clean-ahead: '%s' is not 0 to %d pages",
			text, CLEAN_AHEAD_MAX);
	else
		options->clean_ahead = pages;
}

static void parse_only(
	struct options *options, const char *text, struct argp_state *state)
{
	struct message message;

	if (only_parse(text, &options->only, &message))
		argp_error(state, "--only: %s", message.text);
}

static void parse_jobs(
	struct options *options, const char *text, struct argp_state *state)
{
	uint64_t jobs = 0;

	if (number_parse(text, &jobs) || !jobs || jobs > PASS_JOBS_MAX)
		argp_error(state, "--jobs: '%s' is not 1 to %d threads", text,
			PASS_JOBS_MAX);
	else
		options->jobs = jobs;
}

enum {
	KEY_FORMAT = 1000,
	KEY_BIT,
	KEY_COUNTER,
	KEY_CHECK,
	KEY_INEXACT,
	KEY_ALONE,
	KEY_MEMORY,
	KEY_VERIFY,
	KEY_ONLY,
	KEY_BATCH,
	KEY_CLEAN,
};

static const struct argp_option argp_options[] = {
	{"policy", 'p', "LIST", 0,
		"Policies, with commas between (default: opt,lru,clock,fifo)",
		0},
	{"frames", 'f', "LIST", 0,
		"Memory sizes: frames (1000), bytes (64MiB), shares of the "
		"trace's pages (25%) (default: 5%,10%,25%,50%,75%)",
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
	{"format", KEY_FORMAT, "FORMAT", 0,
		"table (default on a terminal), csv (default elsewhere), json",
		0},
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
	{"only", KEY_ONLY, "START-END,...", 0,
		"Replay only references to these addresses, as if there had "
		"been no others",
		0},
	{"verify", KEY_VERIFY, "LOG", 0,
		"Instead of traces: do again what the log of a live pager "
		"tells of, and see whether the same victims are chosen",
		0},
	{0},
};

/* Options of one word or number. */
static void parse_setting(struct options *options, int key, const char *text,
	struct argp_state *state)
{
	if (key == KEY_BATCH)
		parse_batch(options, text, state);
	if (key == KEY_CLEAN)
		parse_clean_ahead(options, text, state);
	if (key == KEY_FORMAT && rows_parse_format(text, &options->format))
		argp_error(state, "--format: '%s' is not table, csv or json",
			text);
	if (key == KEY_COUNTER && counter_parse(text, &options->counter))
		argp_error(state,
			"--counter: '%s' is not auto, pmu, tsc or clock", text);
	if (key == KEY_MEMORY && number_parse(text, &options->bytes_max))
		argp_error(state,
			"--memory: '%s' is no number of bytes, such as 512MiB",
			text);
	if (key == KEY_BIT && strcmp(text, "0") && strcmp(text, "1"))
		argp_error(state, "--bit-at-load: 0 or 1");
	if (key == KEY_BIT)
		options->bit_at_load = *text == '1';
	if (key == KEY_VERIFY)
		options->log_path = text;
	if (key == KEY_ONLY)
		parse_only(options, text, state);
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'p':
		options->policies_count = 0;
		add_policies(options, text, state);
		break;
	case 'f':
		command_parse_frames(
			text, &options->frames, &options->frames_count, state);
		break;
	case 'H':
		options->hints_path = text;
		break;
	case 'a':
		parse_read_ahead(options, text, state);
		break;
	case KEY_BATCH:
	case KEY_CLEAN:
	case KEY_FORMAT:
	case KEY_COUNTER:
	case KEY_BIT:
	case KEY_MEMORY:
	case KEY_ONLY:
	case KEY_VERIFY:
		parse_setting(options, key, text, state);
		break;
	case KEY_CHECK:
		options->check = true;
		break;
	case 'c':
		options->costs_path = text;
		break;
	case 'j':
		parse_jobs(options, text, state);
		break;
	case KEY_ALONE:
		options->alone = true;
		break;
	case KEY_INEXACT:
		options->inexact = true;
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
		return ARGP_ERR_UNKNOWN;
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
	"  selfpage replay --verify sort.spl\n"
	"  selfpage replay sort.spt --policy sfifo --batch 8 --clean-ahead 64\n"
	"\n"
	"A line of a file of hints is  [@EVENT] WHERE HINT  and tells of the "
	"pages WHERE (0xSTART-0xEND, a region's name, * for all) from EVENT "
	"on, or from the start:\n"
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

/* A replay to be: a row. */
struct pair {
	const struct policy_spec *policy;
	uint64_t frames;
	enum exactness exactness;
};

/* The pairs of one trace, by size, and within a size in the order of the
 * policies. */
struct trace_rows {
	struct study *study;
	struct trace_reader *reader;
	char name[256];
	struct pair *pairs;
	struct replay_config *replays; /* a pair each */
	unsigned count;
	/* of the size of the last row */
	uint64_t frames, opt_faults, lru_faults;
	struct replay_result fifo;
	bool has_opt, has_lru, has_fifo;
};

/* Notes what later rows of the size are compared with. */
static void note_yardsticks(struct trace_rows *trace, const struct pair *pair,
	const struct replay_result *result)
{
	if (trace->frames != pair->frames)
		trace->has_opt = trace->has_lru = trace->has_fifo = false;
	trace->frames = pair->frames;
	if (pair->policy->ops == &policy_opt) {
		trace->opt_faults = result->faults;
		trace->has_opt = true;
	}
	if (pair->policy->ops == &policy_lru) {
		trace->lru_faults = result->faults;
		trace->has_lru = true;
	}
	if (pair->policy->ops == &policy_fifo) {
		trace->fifo = *result;
		trace->has_fifo = true;
	}
}

static int emit_row(
	void *context, unsigned index, const struct replay_result *result)
{
	struct trace_rows *trace = context;
	struct study *study = trace->study;
	const struct pair *pair = &trace->pairs[index];
	struct replay_row row = {
		.trace = trace->name,
		.info = trace_reader_info(trace->reader),
		.policy = pair->policy,
		.frames = pair->frames,
		.result = result,
		.costs = study->options->costs_path ? &study->costs : NULL,
		.cycle_ns = study->cycle_ns,
		.counter_source = counter_name(study->counter),
		.exactness = pair->exactness,
	};
	int error;

	note_yardsticks(trace, pair, result);
	row.opt_faults = trace->has_opt ? &trace->opt_faults : NULL;
	row.lru_faults = trace->has_lru ? &trace->lru_faults : NULL;
	row.fifo = trace->has_fifo ? &trace->fifo : NULL;
	error = replay_rows_add(study->rows, &row);
	if (error)
		return message_set(&study->message, error,
			"standard output: %s", strerror(-error));
	/* no policy that brings pages in on demand can do better */
	if (pair->exactness == EXACT_YES && trace->has_opt &&
		!result->prefetches && result->faults < trace->opt_faults)
		return message_set(&study->message, -EBADMSG,
			"%s at %llu frames has fewer faults than opt: this is "
			"an error of selfpage",
			pair->policy->text, (unsigned long long)pair->frames);
	return 0;
}

/* Is the row as good as is asked for?  Else says why it is refused. */
static bool row_is_wanted(const struct trace_rows *trace, struct pair *pair)
{
	struct study *study = trace->study;
	const struct exact_question question = {
		.info = trace_reader_info(trace->reader),
		.policy = pair->policy->ops,
		.frames = pair->frames,
		.bit_at_load = study->options->bit_at_load,
		.ahead = study->options->victim_batch > 1 ||
			 study->options->clean_ahead,
	};
	char why[256];

	pair->exactness = exact_answer(&question, why, sizeof(why));
	if (pair->exactness != EXACT_NO || study->options->inexact)
		return true;
	fprintf(stderr,
		"selfpage replay: %s: %s at %llu frames would not be exact: "
		"%s\n",
		trace->name, pair->policy->text,
		(unsigned long long)pair->frames, why);
	study->refused++;
	return false;
}

static void add_pair(struct trace_rows *trace, const struct policy_spec *policy,
	uint64_t frames)
{
	const struct study *study = trace->study;
	const struct options *options = study->options;
	struct pair pair = {.policy = policy, .frames = frames};

	if (!row_is_wanted(trace, &pair))
		return;
	trace->replays[trace->count] = (struct replay_config){
		.policy = policy->ops,
		.values = policy->values,
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
	trace->pairs[trace->count++] = pair;
}

static int plan_rows(struct trace_rows *trace)
{
	const struct options *options = trace->study->options;
	const struct trace_info *info = trace_reader_info(trace->reader);
	unsigned most = options->frames_count * options->policies_count;
	unsigned i, j;

	trace->pairs = calloc(most, sizeof(*trace->pairs));
	trace->replays = calloc(most, sizeof(*trace->replays));
	if (!trace->pairs || !trace->replays)
		return message_set(&trace->study->message, -ENOMEM,
			"too little memory for %u rows", most);
	for (i = 0; i < options->frames_count; i++)
		for (j = 0; j < options->policies_count; j++)
			add_pair(trace, &options->policies[j],
				frames_resolve(&options->frames[i], info->pages,
					info->page_bytes));
	return 0;
}

static int on_nextuse(void *context, uint64_t events)
{
	(void)context;
	(void)events;
	return stopped;
}

/* The next uses, if a policy wants them: one pass for all. */
static int build_nextuse(struct trace_rows *trace, struct nextuse **out)
{
	struct nextuse_options options = {.progress = on_nextuse};
	struct study *study = trace->study;
	unsigned i;

	for (i = 0; i < trace->count; i++)
		if (trace->replays[i].policy->knows == POLICY_ORACLE) {
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
	struct study *study = trace->study;
	const struct options *options = study->options;
	struct nextuse *nextuse = NULL;
	struct pass_config config = {
		.jobs = options->jobs,
		.bytes_max = options->bytes_max,
		.alone = options->alone,
		.counter = study->counter,
		.stop = &stopped,
		.start = on_pass,
		.progress = on_progress,
		.emit = emit_row,
		.context = trace,
	};
	int error;

	study->progress = progress_start(trace->name, "references",
		trace_reader_info(trace->reader)->references * trace->count);
	error = build_nextuse(trace, &nextuse);
	config.nextuse = nextuse;
	if (!error)
		error = pass_run(trace->reader, &config, trace->replays,
			trace->count, &study->message);
	progress_end(study->progress);
	nextuse_close(nextuse);
	return error;
}

/* Of a trace that was cut short: says so, or that nothing of it is left. */
static int tell_end(struct study *study, const struct trace_info *info)
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

static int replay_trace(struct study *study, const char *path)
{
	const struct options *options = study->options;
	struct trace_rows trace = {.study = study};
	int error;

	/* a run's count matters to clock only when pages come in with their
	 * bit clear: the rest of the run sets it */
	error = trace_reader_open(
		path, !options->bit_at_load, &trace.reader, &study->message);
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
	trace_reader_close(trace.reader);
	return error;
}

/* Beside a table it is said what its times are, and why not cycles. */
static int open_counter(struct study *study)
{
	const struct options *options = study->options;
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

static int open_study(struct study *study)
{
	const struct options *options = study->options;
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
	if (!error)
		error = replay_rows_start(
			stdout, options->format, &study->rows);
	return error;
}

static int close_study(struct study *study, int error)
{
	int finish = study->rows ? rows_finish(study->rows) : 0;

	if (finish && !error)
		error = message_set(&study->message, finish,
			"standard output: %s", strerror(-finish));
	counter_close(study->counter);
	hints_free(&study->hints);
	return error;
}

static int run_study(struct study *study)
{
	const struct options *options = study->options;
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
	if (stopped)
		return command_fail(1, "replay",
			"stopped by signal %d; the rows above are complete",
			(int)stopped);
	return command_fail(1, "replay", "%s",
		*study->message.text ? study->message.text : strerror(-error));
}

int replay_command(int argc, char **argv)
{
	struct options options = {
		.format = ROWS_AUTO,
		.counter = COUNTER_AUTO,
		.bit_at_load = true,
		.jobs = pass_default_jobs(),
		.bytes_max = pass_default_bytes(),
	};
	struct study study = {.options = &options};
	struct sigaction action = {.sa_handler = on_signal};
	const char *bad;
	int status;

	if (frames_parse("5%,10%,25%,50%,75%", &options.frames,
		    &options.frames_count, &bad))
		return command_fail(1, "replay", "too little memory");
	argp_parse(&argp, argc, argv, 0, NULL, &options);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	if (options.log_path)
		status = verify_command(
			options.log_path, options.format, &stopped);
	else
		status = run_study(&study);
	free(options.frames);
	return status;
}
