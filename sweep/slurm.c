/*
 * Submitting and waiting.  See slurm.h.
 *
 *	submit --> wait --> all is done
 *	   ^         |	what Slurm holds for ever is cancelled
 *	   |    nothing is left in the queue:
 *	   +---------+	not done and not noted as failed is lost: again, until
 *			nothing came of it twice
 *
 * Slurm need not answer all the time: what is done is seen in the set.
 */
#include "config.h"

#include "sweep/slurm.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/progress.h"
#include "sweep/claims.h"
#include "sweep/failures.h"
#include "sweep/slurm-call.h"
#include "sweep/slurm-held.h"
#include "sweep/slurm-queue.h"
#include "sweep/tasks.h"

enum {
	FRUITLESS_MAX = 2,   /* submissions of which nothing got done */
	REFUSALS = 3,	     /* until a no of sbatch is believed */
	LEAST_MINUTES = 5,   /* that are asked for a task */
	MARGIN = 4,	     /* times what is foretold */
	MARGIN_MIB = 64,     /* beside what is foretold */
	TASKS_AT_LEAST = 32, /* so that a small sweep is spread, too */
	POLL_NS = 500000000,
	POLLS_A_QUEUE = 4, /* looks at the set for one at the queue */
	EMPTY_POLLS = 2,   /* of the queue: it may be behind */
};

/* A controller may be away so long, as when it is started anew. */
#define PATIENCE_NS 120000000000

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

static void pause_a_while(void)
{
	const struct timespec pause = {.tv_nsec = POLL_NS};

	nanosleep(&pause, NULL);
}

/* Slurm does not do what it is asked for, *SINCE_NS (0: this is the first
 * time): pauses, and lets it be tried again.  -EINTR: stopped; -EAGAIN: it was
 * tried for long enough. */
static int be_patient(const struct sweep *sweep, uint64_t *since_ns)
{
	if (!*since_ns)
		*since_ns = now_ns();
	if (*sweep->stop)
		return -EINTR;
	if (now_ns() - *since_ns > PATIENCE_NS)
		return -EAGAIN;
	pause_a_while();
	return 0;
}

/* ---- submitting ---- */

struct submission {
	struct sweep *sweep;
	char *folder;
	int arrays;	      /* the file, open */
	char dependency[512]; /* for merges: what has their parts */
};

/* A word of sbatch's command line, made of pieces. */
static char *word(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
static char *word(const char *format, ...)
{
	va_list arguments;
	char *text;
	int bytes;

	va_start(arguments, format);
	bytes = vasprintf(&text, format, arguments);
	va_end(arguments);
	return bytes < 0 ? NULL : text;
}

/* What a task runs.  Words are quoted by their file's name having no quotes,
 * which is checked before. */
static char *write_script(
	const struct submission *submission, const struct task_class *class)
{
	char *self = realpath("/proc/self/exe", NULL), *text;

	text = self ? word("#!/bin/sh\nexec '%s' sweep --jobs 1 --memory "
			   "%" PRIu64 " --task "
			   "'%s/jobs':$((%u + SLURM_ARRAY_TASK_ID))\n",
			      self, class->bytes, submission->folder,
			      class->first)
		    : NULL;
	free(self);
	return text;
}

/* The words of sbatch; NULL at the end, all to be freed. */
static char **sbatch_words(
	const struct submission *submission, const struct task_class *class)
{
	const struct sweep_options *options = submission->sweep->options;
	double minutes = ceil(MARGIN * class->seconds / 60);
	char **argv = calloc(12 + options->sbatch_count, sizeof(*argv));
	unsigned count = 0, i;

	if (!argv)
		return NULL;
	argv[count++] = word("sbatch");
	argv[count++] = word("--parsable");
	argv[count++] = word("--requeue");
	argv[count++] = word("--job-name=selfpage");
	argv[count++] = word("--array=0-%u", class->count - 1);
	argv[count++] =
		word("--mem=%" PRIu64 "M", (class->bytes >> 20) + MARGIN_MIB);
	argv[count++] = word("--time=%.0f",
		minutes < LEAST_MINUTES ? LEAST_MINUTES : minutes);
	argv[count++] = word("--open-mode=append");
	argv[count++] = word("--output=%s/%%A-%%a.log", submission->folder);
	if (options->partition)
		argv[count++] = word("--partition=%s", options->partition);
	if (class->merges && *submission->dependency)
		argv[count++] =
			word("--dependency=afterany%s", submission->dependency);
	for (i = 0; i < options->sbatch_count; i++)
		argv[count++] = word("%s", options->sbatch[i]);
	return argv;
}

static void free_words(char **argv)
{
	size_t i;

	for (i = 0; argv && argv[i]; i++)
		free(argv[i]);
	free(argv);
}

/* Jobs of a class that Slurm will not have, as on no node is enough memory. */
static void tell_refused(struct submission *submission,
	const struct task_class *class, const char *said)
{
	struct sweep *sweep = submission->sweep;
	const struct jobs *jobs = &sweep->jobs;
	uint32_t *job = calloc(jobs->count, sizeof(*job));
	size_t i, count = 0;

	for (i = 0; job && i < jobs->count; i++)
		if (jobs->job[i].task != JOB_NO_TASK &&
			jobs->job[i].task >= class->first &&
			jobs->job[i].task - class->first < class->count)
			job[count++] = i;
	failures_add(&sweep->done, jobs, job, count, said);
	free(job);
}

/*
 * Tries again where Slurm does not answer; and a few times where it says no,
 * as it says many things when it is being started.  As slurm_call; -EINTR:
 * stopped; -EAGAIN: it does not answer.
 */
static int call_sbatch(
	struct sweep *sweep, char **argv, const char *script, char **out)
{
	uint64_t since_ns = 0;
	unsigned refusals = 0;

	for (;;) {
		int status = slurm_call(argv, script, out), error;

		if (status <= 0)
			return status;
		if (!slurm_is_silent(*out) && ++refusals == REFUSALS)
			return status;
		error = be_patient(sweep, &since_ns);
		if (error)
			return error;
		free(*out);
	}
}

/* What came of sbatch, that is not a no: -errno with a message. */
static int tell_sbatch(struct sweep *sweep, int error, const char *said)
{
	if (error == -EAGAIN)
		return message_set(&sweep->message, error, "%.*s",
			(int)strcspn(said, "\n"), said);
	return message_set(&sweep->message, error, "sbatch: %s",
		error == -ENOENT ? "it is not installed here"
				 : strerror(-error));
}

/* The array ID, which was submitted for CLASS: who waits looks for it. */
static int note_array(struct submission *submission,
	const struct task_class *class, unsigned long long id)
{
	size_t used = strlen(submission->dependency);

	if (dprintf(submission->arrays, "%llu\n", id) < 0)
		return message_set(&submission->sweep->message, -errno,
			"%s/arrays: array %llu can't be noted: %s",
			submission->folder, id, strerror(errno));
	if (!class->merges && used < sizeof(submission->dependency) - 24)
		sprintf(submission->dependency + used, ":%llu", id);
	return 0;
}

/* An array for CLASS. */
static int submit_class(
	struct submission *submission, const struct task_class *class)
{
	struct sweep *sweep = submission->sweep;
	char **argv = sbatch_words(submission, class), *out = NULL;
	char *script = write_script(submission, class);
	unsigned long long id;
	int status = -ENOMEM, error = 0;

	if (argv && script)
		status = call_sbatch(sweep, argv, script, &out);
	if (!script) {
		error = message_set(&sweep->message, -ENOENT,
			"this program is not any more where it was started");
	} else if (status < 0) {
		error = tell_sbatch(sweep, status, out);
	} else if (status) {
		out[strcspn(out, "\n")] = '\0';
		tell_refused(submission, class, out);
	} else if (sscanf(out, "%llu", &id) == 1) {
		error = note_array(submission, class, id);
	}
	free_words(argv);
	free(script);
	free(out);
	return error;
}

static int open_submission(struct submission *submission)
{
	struct sweep *sweep = submission->sweep;
	char *whole = realpath(sweep->set.path, NULL);
	int folder = -1;

	submission->folder =
		whole ? word("%s/sweep/slurm-%lld-%ld", whole,
				(long long)time(NULL), (long)getpid())
		      : NULL;
	free(whole);
	if (!submission->folder)
		return message_set(
			&sweep->message, -ENOMEM, "too little memory");
	if (strchr(submission->folder, '\''))
		return message_set(&sweep->message, -EINVAL,
			"%s: the set's path has a quote in it, which no script "
			"of Slurm's takes",
			submission->folder);
	if (!mkdir(submission->folder, 0777) || errno == EEXIST)
		folder = open(
			submission->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder >= 0)
		submission->arrays = openat(folder, "arrays",
			O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (folder < 0 || submission->arrays < 0)
		return message_set(&sweep->message, -errno, "%s: %s",
			submission->folder, strerror(errno));
	return folder;
}

static int submit_tasks(
	struct submission *submission, const struct tasks *tasks)
{
	struct sweep *sweep = submission->sweep;
	int folder = open_submission(submission), error;
	size_t i;

	if (folder < 0)
		return folder;
	error = jobs_save(&sweep->jobs, folder, "jobs", &sweep->message);
	close(folder);
	for (i = 0; i < tasks->count && !error; i++)
		error = submit_class(submission, &tasks->classes[i]);
	close(submission->arrays);
	return error;
}

/* All that is not done, and not in WITHOUT.  What was SENT before died or got
 * lost, perhaps as it took more memory than it was foretold to. */
static int submit(struct sweep *sweep, const struct table *without,
	const struct table *sent)
{
	const struct sweep_options *options = sweep->options;
	const struct units_config units_config = {
		.seconds_max = units_even_seconds(
			units_sum_seconds(
				&sweep->jobs, &sweep->done, &sweep->measured),
			TASKS_AT_LEAST),
		.bytes_max = options->bytes_max,
		.without = without,
		.in_full = sent,
	};
	const struct tasks_config config = {
		.seconds = options->task_seconds,
		.at_least = TASKS_AT_LEAST,
		.at_most = options->array_size,
	};
	struct submission submission = {.sweep = sweep};
	struct units units;
	struct tasks tasks = {0};
	size_t i;
	int error = units_make(&sweep->jobs, &sweep->done, &sweep->measured,
		&units_config, &units);

	for (i = 0; i < sweep->jobs.count; i++)
		sweep->jobs.job[i].task = JOB_NO_TASK;
	if (!error)
		error = tasks_make(&sweep->jobs, &units, &config, &tasks);
	if (error)
		message_set(&sweep->message, error, "too little memory");
	if (!error && tasks.tasks)
		error = submit_tasks(&submission, &tasks);
	if (!error && tasks.tasks)
		fprintf(stderr,
			"selfpage sweep: %" PRIu64 " jobs in %u tasks "
			"are in Slurm's queue: %s\n",
			units.jobs, tasks.tasks, submission.folder);
	free(submission.folder);
	tasks_free(&tasks);
	units_free(&units);
	return error;
}

/* ---- waiting ---- */

/* Looks at the queue: *EMPTY_OUT counts the looks since there was anything of
 * this set in it. */
static int look_at_queue(
	struct sweep *sweep, struct slurm_stillness *stillness, unsigned *empty)
{
	struct slurm_queue queue;
	int error = slurm_queue_read(sweep, &queue);

	/* that it does not answer says nothing */
	if (error == -EAGAIN) {
		slurm_held_tell(stillness, NULL, now_ns());
		error = 0;
	} else if (!error) {
		*empty = queue.count ? 0 : *empty + 1;
		error = slurm_held_cancel(&queue);
		slurm_held_tell(stillness, &queue, now_ns());
	}
	slurm_queue_free(&queue);
	return error;
}

/* Until all is done, or the queue has nothing of this set any more. */
static int wait_for_all(struct sweep *sweep, struct progress *progress)
{
	struct slurm_stillness stillness = {0};
	unsigned polls = 0, empty = 0;
	int error = 0;

	while (!error && empty < EMPTY_POLLS) {
		size_t done;

		error = done_update(&sweep->done, &sweep->message);
		done = sweep_count_done(sweep);
		progress_update(progress, done);
		if (done == sweep->jobs.count)
			return 0;
		if (*sweep->stop)
			return -EINTR;
		if (!error && polls++ % POLLS_A_QUEUE == 0)
			error = look_at_queue(sweep, &stillness, &empty);
		if (!error)
			pause_a_while();
	}
	return error ? error : done_update(&sweep->done, &sweep->message);
}

/* What was noted, without when and where. */
static const char *short_why(const char *why)
{
	const char *tab = strrchr(why, '\t');

	return tab ? tab + 1 : why;
}

/* Jobs whose failure was noted after line BEFORE: those that follow each other
 * and failed alike are told together. */
static void tell_failed(struct sweep *sweep, const struct failures *failures,
	size_t before, uint32_t *same)
{
	const char *last = NULL;
	size_t i, count = 0;

	for (i = 0; i < sweep->jobs.count; i++) {
		uint64_t key = sweep->jobs.job[i].key;
		const struct table_entry *line =
			table_find(&failures->line, key);
		const char *why;

		if (done_has(&sweep->done, key) || !line ||
			line->value <= before)
			continue;
		why = short_why(failures_why(failures, key));
		if (count && strcmp(why, last)) {
			sweep_tell_failure(sweep, same, count, last);
			count = 0;
		}
		same[count++] = i;
		last = why;
	}
	if (count)
		sweep_tell_failure(sweep, same, count, last);
}

/* Jobs that are not done and whose failure was not noted after line BEFORE;
 * those whose failure was are told, if TELL. */
static int count_lost(
	struct sweep *sweep, size_t before, bool tell, size_t *lost_out)
{
	uint32_t *same = calloc(sweep->jobs.count + 1, sizeof(*same));
	struct failures failures;
	size_t i;
	int error =
		same ? failures_read(&sweep->done, &failures, &sweep->message)
		     : -ENOMEM;

	*lost_out = 0;
	for (i = 0; i < sweep->jobs.count && !error; i++) {
		const struct job *job = &sweep->jobs.job[i];
		const struct table_entry *line =
			table_find(&failures.line, job->key);

		*lost_out += !done_has(&sweep->done, job->key) &&
			     (!line || line->value <= before);
	}
	if (!error && tell)
		tell_failed(sweep, &failures, before, same);
	if (!error)
		failures_free(&failures);
	free(same);
	return error;
}

static int count_failures(struct sweep *sweep, size_t *out)
{
	struct failures failures;
	int error = failures_read(&sweep->done, &failures, &sweep->message);

	*out = failures.count;
	failures_free(&failures);
	return error;
}

/* Submits what is neither done nor in the queue. */
static int submit_rest(struct sweep *sweep)
{
	struct slurm_stillness stillness = {0};
	struct slurm_queue queue;
	struct table sent = {0};
	uint64_t since_ns = 0;
	int error = slurm_queue_read(sweep, &queue);

	while (error == -EAGAIN) {
		slurm_held_tell(&stillness, NULL, now_ns());
		error = be_patient(sweep, &since_ns);
		if (error)
			break;
		slurm_queue_free(&queue);
		error = slurm_queue_read(sweep, &queue);
	}
	/* what has left the queue may be done since it was looked at */
	if (!error)
		error = done_update(&sweep->done, &sweep->message);
	if (!error)
		error = slurm_queue_sent(sweep, &sent);
	if (!error)
		error = submit(sweep, &queue.jobs, &sent);
	slurm_queue_free(&queue);
	table_free(&sent);
	return error;
}

/* What got lost is submitted again as long as it helps: a node or a controller
 * may be lost more than once. */
static int run_rounds(struct sweep *sweep, struct progress *progress)
{
	size_t before, lost = 1;
	unsigned fruitless = 0;
	int error = count_failures(sweep, &before);

	while (!error && lost && fruitless < FRUITLESS_MAX) {
		size_t done = sweep_count_done(sweep);

		error = submit_rest(sweep);
		if (!error && sweep->options->no_wait)
			return 0;
		if (!error)
			error = wait_for_all(sweep, progress);
		if (!error)
			error = count_lost(sweep, before, false, &lost);
		fruitless = sweep_count_done(sweep) > done ? 0 : fruitless + 1;
	}
	if (!error)
		error = count_lost(sweep, before, true, &lost);
	if (!error && lost)
		fprintf(stderr,
			"selfpage sweep: failed: %zu jobs: their tasks ended "
			"without a word or never ran; what Slurm said is in "
			"%s/sweep/slurm-*\n",
			lost, sweep->set.path);
	sweep->failed += error ? 0 : lost;
	return error;
}

int slurm_run(struct sweep *sweep)
{
	struct progress *progress =
		progress_start(sweep->name, "jobs", sweep->jobs.count);
	int error = run_rounds(sweep, progress);

	progress_end(progress);
	return error;
}
