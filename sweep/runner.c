/*
 * What becomes of a unit:
 *
 *	waiting --> claimed --> running --> its rows added --> done
 *	   ^           |           |              |
 *	   |     somebody else     |       jobs are left over:
 *	   |     has all of it     |        the 1st time: all again
 *	   +-----------+           |        the 2nd: one by one
 *	   +-----------------------+--------------+   one alone: failed
 *
 * Invariants
 * 1. A unit that runs has the claims of all of its cells, and its jobs were
 *    not done when it had got them: so nobody else does them.
 * 2. Units that run take bytes_max together at most.
 * 3. What a process wrote is added when it has ended, however it ended: whole
 *    rows, each of them once (done_add).
 */
#include "config.h"

#include "sweep/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sweep/claims.h"
#include "sweep/failures.h"
#include "sweep/worker.h"

enum {
	AGAIN_NS = 500000000, /* until what others have is looked at again */
	WAIT_NS = 200000000,  /* for a process to end, before looking around */
	SLOTS = 2, /* a process, so that one has ended while others run */
	PASSED_OVER_MAX = 16, /* smaller units that go before one too large */
};

/* A unit that has its claims. */
struct slot {
	struct unit *unit;
	size_t count;	/* jobs that it began with */
	uint64_t bytes; /* that it was foretold to take */
	pid_t process;	/* 0: it has ended */
	int status;
	int claims, rows, log;
};

struct runner {
	const struct runner_config *config;
	struct unit **queue; /* [queued], by turn */
	size_t queued, room;
	struct slot *slots; /* [SLOTS * processes]: run, or have ended */
	unsigned used;	    /* slots */
	uint64_t bytes;	    /* that those take */
	uint64_t done;	    /* references */
	unsigned passed_over;
	bool gave_up;	    /* something; others may hang on it */
	bool *trace_is_bad; /* [traces_count] */
	int blocked;	    /* why rows can't be added */
	struct message *message;
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

static const struct job *first_job(
	const struct runner *runner, const struct unit *unit)
{
	return &runner->config->jobs->job[unit->job[0]];
}

/* ---- the queue ---- */

static int put_back(struct runner *runner, struct unit *unit)
{
	if (runner->queued == runner->room) {
		size_t room = 2 * runner->room + 16;
		void *more = reallocarray(
			runner->queue, room, sizeof(*runner->queue));

		if (!more)
			return -ENOMEM;
		runner->queue = more;
		runner->room = room;
	}
	runner->queue[runner->queued++] = unit;
	return 0;
}

static void take_out(struct runner *runner, size_t at)
{
	runner->queued--;
	memmove(&runner->queue[at], &runner->queue[at + 1],
		(runner->queued - at) * sizeof(*runner->queue));
}

/* Those that did not get done in the unit's time; they stay in it. */
static void keep_undone(struct runner *runner, struct unit *unit)
{
	const struct jobs *jobs = runner->config->jobs;
	size_t i, kept = 0;

	for (i = 0; i < unit->count; i++) {
		const struct job *job = &jobs->job[unit->job[i]];

		if (!done_has(runner->config->done, job->key))
			unit->job[kept++] = unit->job[i];
		else
			runner->done += jobs->traces[job->trace].references;
	}
	unit->count = kept;
	progress_update(runner->config->progress, runner->done);
}

/* The first COUNT jobs of UNIT failed, for good. */
static void give_up(
	struct runner *runner, struct unit *unit, size_t count, const char *why)
{
	const struct runner_config *config = runner->config;

	failures_add(config->done, config->jobs, unit->job, count, why);
	config->failed(config->context, unit->job, count, why);
	runner->gave_up = true;
	unit->count -= count;
	memmove(unit->job, unit->job + count, unit->count * sizeof(*unit->job));
}

static bool is_too_large(const struct runner *runner, const struct unit *unit)
{
	return unit->needs.bytes > runner->config->bytes_max;
}

static void write_need(
	const struct runner *runner, const struct unit *unit, char why[128])
{
	snprintf(why, 128, "needs %llu MiB of memory, and there are %llu",
		(unsigned long long)unit->needs.bytes >> 20,
		(unsigned long long)runner->config->bytes_max >> 20);
}

/* UNIT has died, and needs more than there is, which others have. */
static void leave(struct runner *runner, struct unit *unit)
{
	const struct runner_config *config = runner->config;
	char why[128];

	write_need(runner, unit, why);
	config->left(config->context, unit->job, unit->count, why);
	unit->count = 0;
}

/* ---- starting ---- */

/* What JOB, which job_is_last, hangs on and is not there yet. */
static size_t count_missing_parts(
	const struct runner *runner, const struct job *last)
{
	const struct jobs *jobs = runner->config->jobs;
	size_t i, missing = 0;

	for (i = 0; i < jobs->count; i++)
		if (job_hangs_on(last, &jobs->job[i]))
			missing += !done_has(
				runner->config->done, jobs->job[i].key);
	return missing;
}

static bool is_ready(const struct runner *runner, const struct unit *unit)
{
	const struct job *job = first_job(runner, unit);

	return now_ns() >= unit->not_before_ns &&
	       (!job_is_last(job) || !count_missing_parts(runner, job));
}

/* The unit whose turn it is; -1: none can be started now. */
static ssize_t choose(struct runner *runner)
{
	bool passing = false;
	size_t i;

	for (i = 0; i < runner->queued; i++) {
		struct unit *unit = runner->queue[i];

		if (!is_ready(runner, unit))
			continue;
		if (runner->bytes + unit->needs.bytes <=
			runner->config->bytes_max) {
			runner->passed_over += passing;
			if (!passing)
				runner->passed_over = 0;
			return i;
		}
		/* not for ever */
		if (runner->passed_over >= PASSED_OVER_MAX)
			return -1;
		passing = true;
	}
	return -1;
}

/* Claims the cells of UNIT.  Jobs that others have, or have done, are taken
 * out of it; *OTHERS_OUT, unless NULL, has the former. */
static int claim(
	struct runner *runner, struct slot *slot, struct unit **others_out)
{
	const struct jobs *jobs = runner->config->jobs;
	struct unit *unit = slot->unit;
	uint32_t *others = calloc(unit->count, sizeof(*others));
	size_t i, kept = 0, others_count = 0;
	uint64_t cell = 0;
	int taken = 0, error;

	slot->claims =
		claims_open(runner->config->done->folder, runner->message);
	if (slot->claims < 0 || !others) {
		free(others);
		return slot->claims < 0 ? slot->claims : -ENOMEM;
	}
	for (i = 0; i < unit->count; i++) {
		const struct job *job = &jobs->job[unit->job[i]];

		if (!i || job->cell != cell)
			taken = claims_take(slot->claims, job->cell);
		cell = job->cell;
		if (taken)
			others[others_count++] = unit->job[i];
		else
			unit->job[kept++] = unit->job[i];
	}
	unit->count = kept;
	error = done_update(runner->config->done, runner->message);
	keep_undone(runner, unit);
	if (!error && others_count) {
		*others_out = unit_new(others, others_count);
		error = *others_out ? 0 : -ENOMEM;
	}
	free(others);
	return error;
}

static void become_worker(struct runner *runner, const struct slot *slot)
{
	const struct runner_config *config = runner->config;
	const struct unit *unit = slot->unit;
	struct worker worker = {
		.jobs = config->jobs,
		.done = config->done,
		.job = unit->job,
		.count = unit->one_by_one ? 1 : unit->count,
		.bytes_max = unit->needs.pass_bytes,
		.rows = slot->rows,
		.log = slot->log,
		.stop = config->stop,
	};
	unsigned i;

	/* the claims of others must end with them */
	for (i = 0; i < runner->used; i++)
		if (&runner->slots[i] != slot)
			close(runner->slots[i].claims);
	worker_run(&worker);
}

/* Runs what is in SLOT, which has its claims. */
static int start(struct runner *runner, struct slot *slot)
{
	pid_t parent = getpid();

	slot->count = slot->unit->count;
	slot->rows = memfd_create("rows", MFD_CLOEXEC);
	slot->log = memfd_create("log", MFD_CLOEXEC);
	if (slot->rows < 0 || slot->log < 0)
		return message_set(runner->message, -errno, "memory files: %s",
			strerror(errno));
	fflush(NULL);
	slot->process = fork();
	if (!slot->process) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		become_worker(runner, slot);
	}
	if (slot->process < 0)
		return message_set(runner->message, -errno,
			"cannot start a process: %s", strerror(errno));
	return 0;
}

static void free_slot(struct runner *runner, struct slot *slot)
{
	runner->bytes -= slot->bytes;
	close(slot->claims);
	if (!slot->unit->count)
		unit_free(slot->unit);
	*slot = runner->slots[--runner->used];
}

/* Starts one more, if one can be. */
static int start_next(struct runner *runner, bool *started)
{
	ssize_t at = choose(runner);
	struct slot *slot = &runner->slots[runner->used];
	struct unit *others;
	int error;

	*started = at >= 0;
	if (at < 0)
		return 0;
	*slot = (struct slot){
		.unit = runner->queue[at], .rows = -1, .log = -1, .claims = -1};
	take_out(runner, at);
	runner->used++;
	slot->bytes = slot->unit->needs.bytes;
	runner->bytes += slot->bytes;
	others = NULL;
	error = claim(runner, slot, &others);
	if (error)
		slot->unit->count = 0; /* all ends */
	if (others) {
		others->not_before_ns = now_ns() + AGAIN_NS;
		others->needs = slot->unit->needs;
		others->full = slot->unit->full;
		others->seconds = slot->unit->seconds;
		error = error ? error : put_back(runner, others);
	}
	if (error || !slot->unit->count) {
		free_slot(runner, slot);
		return error;
	}
	return start(runner, slot);
}

/* ---- ending ---- */

/* The last line of what the process said, or of what mentions PART; to be
 * freed. */
static char *read_log(const struct slot *slot, const char *part)
{
	FILE *stream = fdopen(dup(slot->log), "r");
	char *line = NULL, *last = NULL;
	size_t room = 0;

	if (!stream)
		return NULL;
	rewind(stream);
	while (getline(&line, &room, stream) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (*line && (!last || !part || strstr(line, part))) {
			free(last);
			last = strdup(line);
		}
	}
	free(line);
	fclose(stream);
	return last;
}

/* Jobs that the process refused: it said why of each. */
static void give_up_refused(struct runner *runner, struct slot *slot)
{
	const struct jobs *jobs = runner->config->jobs;
	size_t refused = slot->unit->one_by_one ? 1 : slot->unit->count;

	while (refused--) {
		const struct job *job = first_job(runner, slot->unit);
		char *why, part[POLICY_TEXT_MAX + 32];

		snprintf(part, sizeof(part), ": %s at %llu frames",
			jobs->policies[job->policy].text,
			(unsigned long long)job->frames);
		why = read_log(slot, part);
		give_up(runner, slot->unit, 1, why ? why : "no row came of it");
		free(why);
	}
}

static char *why_ended(const struct slot *slot)
{
	char *log = read_log(slot, NULL), *why;

	if (!WIFSIGNALED(slot->status))
		return log ? log : strdup("it ended without a word");
	free(log);
	return asprintf(&why, "ended by a signal: %s%s",
		       strsignal(WTERMSIG(slot->status)),
		       WTERMSIG(slot->status) == SIGKILL
			       ? " (so the system does when memory is short)"
			       : "") < 0
		       ? NULL
		       : why;
}

/* A process has died, perhaps as it took more than it was foretold to.  So it
 * gets what it may take at most, or all that there is. */
static void give_in_full(const struct runner *runner, struct unit *unit)
{
	uint64_t most = runner->config->bytes_max;

	unit->needs = unit->full;
	if (unit->needs.bytes > most && !runner->config->left)
		unit->needs.bytes = most;
}

/* Jobs are left over of a unit that has ended. */
static void try_again(struct runner *runner, struct slot *slot)
{
	struct unit *unit = slot->unit;
	int status = slot->status;
	bool bad =
		WIFEXITED(status) && WEXITSTATUS(status) == WORKER_TRACE_IS_BAD;
	bool all_well = WIFEXITED(status) && !WEXITSTATUS(status);
	char *why;

	if (unit->one_by_one && unit->count < slot->count)
		return; /* that one is done: the next */
	if (all_well) {
		give_up_refused(runner, slot);
		return;
	}
	if (!unit->tries++) {
		if (!bad)
			give_in_full(runner, unit);
		return;
	}
	why = why_ended(slot);
	if (bad)
		runner->trace_is_bad[first_job(runner, unit)->trace] = true;
	if (bad || unit->count == 1 || unit->one_by_one)
		give_up(runner, unit, bad ? unit->count : 1, why ? why : "");
	unit->one_by_one = true;
	free(why);
}

/* The files of what has ended well are in their places. */
static int add_files(struct runner *runner, const struct slot *slot)
{
	const struct jobs *jobs = runner->config->jobs;
	const struct unit *unit = slot->unit;
	size_t i, count = unit->one_by_one ? 1 : unit->count;
	int error = 0;

	if (first_job(runner, unit)->kind == JOB_REPLAY ||
		!WIFEXITED(slot->status) || WEXITSTATUS(slot->status))
		return 0;
	for (i = 0; i < count && !error; i++)
		error = done_add_file(runner->config->done,
			jobs->job[unit->job[i]].key, runner->message);
	return error;
}

/* Adds what all that have ended have left, at once. */
static int add_rows(struct runner *runner)
{
	int *fds = calloc(runner->used, sizeof(*fds)), error = 0;
	size_t count = 0;
	unsigned i;

	if (!fds)
		return -ENOMEM;
	for (i = 0; i < runner->used && !error; i++) {
		if (runner->slots[i].process)
			continue;
		fds[count++] = runner->slots[i].rows;
		error = add_files(runner, &runner->slots[i]);
	}
	if (!error && count)
		error = done_add(
			runner->config->done, fds, count, runner->message);
	free(fds);
	return error;
}

/* Takes the ended out of their slots, when what they left is in the set. */
static int settle(struct runner *runner)
{
	int error = add_rows(runner);
	unsigned i;

	runner->blocked = error;
	for (i = 0; i < runner->used && !error;) {
		struct slot *slot = &runner->slots[i];
		struct unit *unit = slot->unit;

		if (slot->process) {
			i++;
			continue;
		}
		keep_undone(runner, unit);
		if (unit->count && !*runner->config->stop)
			try_again(runner, slot);
		if (unit->count && is_too_large(runner, unit))
			leave(runner, unit);
		close(slot->rows);
		close(slot->log);
		if (unit->count)
			error = put_back(runner, unit);
		free_slot(runner, slot);
	}
	return error == -ENOMEM ? error : 0;
}

/* Whether one has ended since. */
static bool reap(struct runner *runner)
{
	bool ended = false;
	unsigned i;

	for (i = 0; i < runner->used; i++) {
		struct slot *slot = &runner->slots[i];

		if (slot->process && waitpid(slot->process, &slot->status,
					     WNOHANG) == slot->process) {
			slot->process = 0;
			ended = true;
		}
	}
	return ended;
}

static unsigned count_running(const struct runner *runner)
{
	unsigned i, running = 0;

	for (i = 0; i < runner->used; i++)
		running += runner->slots[i].process != 0;
	return running;
}

/* Jobs that will not be run: of traces that can't be read, and curves and
 * windows' sums some of whose parts failed. */
static void give_up_hopeless(struct runner *runner)
{
	bool only_last = !runner->used;
	size_t i;

	for (i = 0; i < runner->queued; i++)
		only_last = only_last &&
			    job_is_last(first_job(runner, runner->queue[i]));

	for (i = 0; i < runner->queued;) {
		struct unit *unit = runner->queue[i];
		const struct job *job = first_job(runner, unit);
		const char *why = NULL;

		if (runner->trace_is_bad[job->trace])
			why = "its trace can't be read, as others of its jobs "
			      "found";
		else if (only_last && count_missing_parts(runner, job))
			why = "parts of it are missing: their jobs failed";
		if (!why) {
			i++;
			continue;
		}
		give_up(runner, unit, unit->count, why);
		unit_free(unit);
		take_out(runner, i);
	}
}

/* What needs more than there is.  But there is what was asked for, where others
 * have more: rows that came since may tell of more, and it may do. */
static void give_up_too_large(struct runner *runner)
{
	const struct runner_config *config = runner->config;
	size_t i;

	for (i = 0; i < runner->queued;) {
		struct unit *unit = runner->queue[i];
		char why[128];

		if (config->left && is_too_large(runner, unit))
			unit->needs.bytes = config->bytes_max;
		if (!is_too_large(runner, unit)) {
			i++;
			continue;
		}
		write_need(runner, unit, why);
		give_up(runner, unit, unit->count, why);
		unit_free(unit);
		take_out(runner, i);
	}
}

/* Until a process ends, a signal comes, or a while has gone by. */
static void wait_a_while(const sigset_t *signals)
{
	const struct timespec most = {.tv_nsec = WAIT_NS};

	sigtimedwait(signals, NULL, &most);
}

static void stop_all(struct runner *runner)
{
	unsigned i;

	for (i = 0; i < runner->used; i++)
		if (runner->slots[i].process)
			kill(runner->slots[i].process, SIGTERM);
}

/* Starts what can be; false: nothing more for now. */
static int start_some(struct runner *runner, bool *started)
{
	const struct runner_config *config = runner->config;

	*started = false;
	if (*config->stop || runner->blocked ||
		count_running(runner) == config->processes ||
		runner->used == SLOTS * config->processes)
		return 0;
	return start_next(runner, started);
}

static int run_all(struct runner *runner, const sigset_t *signals)
{
	const volatile sig_atomic_t *stop = runner->config->stop;
	bool started;
	int error = 0;

	while (!error && (runner->used || runner->queued)) {
		bool ended = reap(runner);

		if (*stop)
			stop_all(runner);
		error = start_some(runner, &started);
		if (error || started)
			continue;
		/* what has ended is written while others run */
		if (ended || count_running(runner) < runner->used)
			error = settle(runner);
		else if (*stop && !runner->used)
			break;
		else
			wait_a_while(signals);
		if (runner->blocked && !count_running(runner))
			break;
		if (runner->blocked)
			wait_a_while(signals);
		if (runner->gave_up || !runner->used)
			give_up_hopeless(runner);
	}
	return error;
}

static void close_runner(struct runner *runner)
{
	unsigned i;

	for (i = 0; i < runner->used; i++) {
		struct slot *slot = &runner->slots[i];

		if (slot->process > 0) {
			kill(slot->process, SIGKILL);
			waitpid(slot->process, NULL, 0);
		}
		close(slot->claims);
		unit_free(slot->unit);
	}
	while (runner->queued)
		unit_free(runner->queue[--runner->queued]);
	free(runner->queue);
	free(runner->slots);
	free(runner->trace_is_bad);
}

int runner_run(const struct runner_config *config, struct units *units,
	struct message *message)
{
	struct runner runner = {
		.config = config,
		.queue = units->unit,
		.queued = units->count,
		.room = units->count,
		.message = message,
		.slots = calloc(
			SLOTS * config->processes, sizeof(*runner.slots)),
		.trace_is_bad = calloc(config->jobs->traces_count + 1, 1),
	};
	sigset_t signals, before;
	int error = -ENOMEM;

	*units = (struct units){0};
	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, &signals, &before);
	if (runner.slots && runner.trace_is_bad) {
		give_up_too_large(&runner);
		error = run_all(&runner, &signals);
	}
	if (!error && runner.blocked)
		error = runner.blocked;
	if (!error && *config->stop)
		error = -EINTR;
	close_runner(&runner);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (error == -ENOMEM)
		message_set(message, error, "too little memory");
	return error;
}
