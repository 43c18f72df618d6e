/* Work in steps.  See steps.h. */
#include "config.h"

#include "workloads/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

enum { READ_BYTES = 1 << 16, FOLDER_TRIES = 1000 };

static double now_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int fail(const char *path, struct message *message)
{
	return message_set(message, -errno, "%s: %s", path, strerror(errno));
}

/* FOLDER/KIND-SUBJECT.SUFFIX */
static char *path_of(
	const struct steps *steps, const struct step *step, const char *suffix)
{
	char *path;

	return asprintf(&path, "%s/%s-%s.%s", steps->folder, step->kind,
		       step->subject, suffix) < 0
		       ? NULL
		       : path;
}

char *steps_log(const struct steps *steps, const struct step *step)
{
	return path_of(steps, step, "log");
}

/* ---- stamps ---- */

/* Adds the content of the file PATH.  -errno. */
static int hash_file(XXH64_state_t *hash, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char buffer[READ_BYTES];
	ssize_t got = 0;
	int error;

	if (fd < 0)
		return -errno;
	while ((got = read(fd, buffer, sizeof(buffer))) > 0)
		XXH64_update(hash, buffer, got);
	error = got < 0 ? -errno : 0;
	close(fd);
	return error;
}

static int make_stamp(
	const struct steps *steps, struct step *step, struct message *message)
{
	XXH64_state_t *hash = XXH64_createState();
	int error = 0;

	if (!hash)
		return message_set(message, -ENOMEM, "too little memory");
	XXH64_reset(hash, 0);
	XXH64_update(hash, &steps->self, sizeof(steps->self));
	for (char **word = step->command; *word; word++)
		XXH64_update(hash, *word, strlen(*word) + 1);
	for (char **input = step->inputs; !error && input && *input; input++) {
		error = hash_file(hash, *input);
		if (error)
			message_set(message, error, "%s: %s", *input,
				strerror(-error));
	}
	snprintf(step->stamp, sizeof(step->stamp), "%016" PRIx64,
		XXH64_digest(hash));
	XXH64_freeState(hash);
	return error;
}

/* Is its stamp there, and what it leaves? */
static bool was_done(const struct steps *steps, const struct step *step)
{
	char *path = path_of(steps, step, "stamp");
	char found[STEP_STAMP_BYTES] = "";
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	bool same = fd >= 0 &&
		    read(fd, found, sizeof(found) - 1) ==
			    (ssize_t)sizeof(found) - 1 &&
		    !strcmp(found, step->stamp);

	if (fd >= 0)
		close(fd);
	free(path);
	return same && (!step->rows || !access(step->rows, R_OK)) &&
	       (!step->file || !access(step->file, R_OK));
}

static int sync_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), error = 0;

	if (fd < 0)
		return -errno;
	if (fsync(fd))
		error = -errno;
	close(fd);
	return error;
}

static int write_stamp(const struct steps *steps, const struct step *step,
	struct message *message)
{
	char *path = path_of(steps, step, "stamp");
	char *part = path_of(steps, step, "stamp.part");
	FILE *stream = path && part ? fopen(part, "we") : NULL;
	int error = 0;

	if (!stream) {
		error = fail(part ? part : "a stamp", message);
	} else {
		fputs(step->stamp, stream);
		if (fclose(stream) || sync_file(part) || rename(part, path))
			error = fail(path, message);
	}
	free(path);
	free(part);
	return error;
}

/* ---- a step's own folder ---- */

static int remove_one(const char *path, const struct stat *status, int type,
	struct FTW *place)
{
	(void)status, (void)type, (void)place;
	return remove(path);
}

static void remove_folder(const char *path)
{
	nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* An empty one.  What a suite that was killed had begun may still write into
 * the one that was there, while it is removed. */
static int make_folder(const char *path)
{
	unsigned tries = 0;
	int error;

	do {
		remove_folder(path);
		error = mkdir(path, 0777);
	} while (error && errno == EEXIST && ++tries < FOLDER_TRIES);
	return error;
}

/* FROM in the step's folder becomes TO. */
static int put_in_place(const char *folder, const char *from, const char *to,
	struct message *message)
{
	char *path;
	int error = 0;

	if (asprintf(&path, "%s/%s", folder, from) < 0)
		return message_set(message, -ENOMEM, "too little memory");
	if (sync_file(path) || rename(path, to))
		error = fail(to, message);
	free(path);
	return error;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

#define ROWS_NAME "standard-output"

/* What STEP has left in FOLDER takes its place. */
static int put_all_in_place(struct steps *steps, const struct step *step,
	const char *folder, struct message *message)
{
	int error = 0;

	if (step->file)
		error = put_in_place(
			folder, base_name(step->file), step->file, message);
	if (!error && step->rows)
		error = put_in_place(folder, ROWS_NAME, step->rows, message);
	if (!error && !step->always)
		error = write_stamp(steps, step, message);
	return error;
}

/* ---- running ---- */

/* In the child: what it says goes to LOG, rows into the folder. */
static void become(const struct step *step, const char *folder, const char *log,
	const sigset_t *mask, pid_t parent)
{
	int in = open("/dev/null", O_RDONLY);
	int err = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0666), out;

	setpgid(0, 0);
	/* when the suite is killed its steps are not to go on without it */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(126);
	if (in < 0 || err < 0 || chdir(folder))
		_exit(126);
	out = step->rows ? open(ROWS_NAME, O_WRONLY | O_CREAT, 0666) : err;
	if (out < 0 || dup2(in, STDIN_FILENO) < 0 ||
		dup2(out, STDOUT_FILENO) < 0 || dup2(err, STDERR_FILENO) < 0)
		_exit(126);
	closefrom(STDERR_FILENO + 1);
	sigprocmask(SIG_SETMASK, mask, NULL);
	execv(strcmp(step->command[0], "selfpage") ? step->command[0]
						   : "/proc/self/exe",
		step->command);
	fprintf(stderr, "cannot run %s: %s\n", step->command[0],
		strerror(errno));
	_exit(127);
}

static int start(struct steps *steps, struct step *step, const sigset_t *mask,
	struct message *message)
{
	char *folder = path_of(steps, step, "folder");
	char *log = steps_log(steps, step);
	pid_t parent = getpid();
	int error = 0;

	if (!folder || !log) {
		error = message_set(message, -ENOMEM, "too little memory");
		goto out;
	}
	if (make_folder(folder)) {
		error = fail(folder, message);
		goto out;
	}
	step->process = fork();
	if (!step->process)
		become(step, folder, log, mask, parent);
	if (step->process < 0)
		error = message_set(message, -errno, "cannot run %s: %s",
			step->command[0], strerror(errno));
	else
		step->state = STEP_RUNNING;
	/* whichever is first: it may be stopped at once */
	if (step->process > 0)
		setpgid(step->process, step->process);
	step->started = now_seconds();
out:
	free(folder);
	free(log);
	return error;
}

/* The program of STEP has ended, with STATUS as wait has it. */
static int finish(struct steps *steps, struct step *step, int status,
	struct message *message)
{
	char *folder = path_of(steps, step, "folder");
	char *log = steps_log(steps, step);
	int error = folder && log ? 0
				  : message_set(message, -ENOMEM,
					    "too little memory");

	step->seconds = now_seconds() - step->started;
	step->status =
		WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
	step->state = step->status ? STEP_FAILED : STEP_DONE;
	if (!error && !step->status)
		error = put_all_in_place(steps, step, folder, message);
	if (!error && !step->status)
		unlink(log);
	if (folder)
		remove_folder(folder);
	free(folder);
	free(log);
	return error;
}

/* ---- which step is next ---- */

static bool is_over(const struct step *step)
{
	return step->state > STEP_RUNNING;
}

/* All that are not `last` are over. */
static bool all_but_last_over(const struct steps *steps)
{
	for (size_t i = 0; i < steps->count; i++)
		if (!steps->step[i].last && !is_over(&steps->step[i]))
			return false;
	return true;
}

/* 1: STEP can begin; 0: not yet; -1: never. */
static int can_begin(const struct steps *steps, const struct step *step)
{
	for (unsigned i = 0; i < step->needs_count; i++) {
		const struct step *need = &steps->step[step->needs[i]];

		if (!is_over(need))
			return 0;
		if (!step_is_done(need))
			return -1;
	}
	return !step->last || all_but_last_over(steps);
}

static bool has_inputs(const struct step *step)
{
	for (char **input = step->inputs; input && *input; input++)
		if (access(*input, R_OK))
			return false;
	return true;
}

/* Begins STEP, or finds that it need not or can not be. */
static int consider(struct steps *steps, struct step *step,
	const sigset_t *mask, struct message *message)
{
	int able = can_begin(steps, step), error = 0;

	if (!able)
		return 0;
	if (able < 0 || !has_inputs(step))
		step->state = STEP_LEFT_OUT;
	else if (!step->always)
		error = make_stamp(steps, step, message);
	if (error)
		return error;
	if (step->state == STEP_WAITING && !step->always &&
		was_done(steps, step))
		step->state = STEP_DONE_BEFORE;
	if (step->state == STEP_WAITING)
		return start(steps, step, mask, message);
	return steps->ended(steps->context, steps, step, message);
}

/* Begins what can be, as far as there are jobs free. */
static int begin_more(
	struct steps *steps, const sigset_t *mask, struct message *message)
{
	size_t running = steps_count(steps, STEP_RUNNING), before;
	int error = 0;

	/* what is found to be done or left out makes way for others */
	do {
		before = steps_count(steps, STEP_WAITING);
		for (size_t i = 0; i < steps->count && !error; i++) {
			struct step *step = &steps->step[i];

			if (step->state != STEP_WAITING)
				continue;
			if (running == steps->jobs)
				break;
			error = consider(steps, step, mask, message);
			running += step->state == STEP_RUNNING;
		}
	} while (!error && running < steps->jobs &&
		 steps_count(steps, STEP_WAITING) < before);
	return error;
}

static struct step *find_running(struct steps *steps, pid_t process)
{
	for (size_t i = 0; i < steps->count; i++)
		if (steps->step[i].state == STEP_RUNNING &&
			steps->step[i].process == process)
			return &steps->step[i];
	return NULL;
}

/* Takes in the programs that have ended. */
static int take_in(struct steps *steps, struct message *message)
{
	int status, error = 0;
	pid_t process;

	while (!error && (process = waitpid(-1, &status, WNOHANG)) > 0) {
		struct step *step = find_running(steps, process);

		if (!step)
			continue;
		error = finish(steps, step, status, message);
		if (!error)
			error = steps->ended(
				steps->context, steps, step, message);
	}
	return error;
}

/* Ends all that run, and waits for them. */
static void stop_all(struct steps *steps)
{
	for (size_t i = 0; i < steps->count; i++) {
		struct step *step = &steps->step[i];
		struct message unheard;
		int status;

		if (step->state != STEP_RUNNING)
			continue;
		kill(-step->process, SIGTERM);
		if (waitpid(step->process, &status, 0) == step->process)
			finish(steps, step, status, &unheard);
	}
}

int steps_run(struct steps *steps, struct message *message)
{
	sigset_t signals, before;
	int error, number;

	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, &before);
	error = begin_more(steps, &before, message);
	while (!error && steps_count(steps, STEP_RUNNING)) {
		sigwait(&signals, &number);
		if (number != SIGCHLD)
			error = message_set(message, -EINTR,
				"stopped by signal %d", number);
		else
			error = take_in(steps, message);
		if (!error)
			error = begin_more(steps, &before, message);
	}
	if (error)
		stop_all(steps);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return error;
}

/* ---- the list of them ---- */

int steps_open(const char *folder, unsigned jobs, struct steps *out,
	struct message *message)
{
	XXH64_state_t *hash = XXH64_createState();
	char *path = NULL;
	int error;

	*out = (struct steps){
		.folder = strdup(folder), .jobs = jobs, .lock = -1};
	if (!out->folder || !hash || asprintf(&path, "%s/lock", folder) < 0) {
		XXH64_freeState(hash);
		return message_set(message, -ENOMEM, "too little memory");
	}
	XXH64_reset(hash, 0);
	error = hash_file(hash, "/proc/self/exe");
	out->self = XXH64_digest(hash);
	XXH64_freeState(hash);
	if (error)
		message_set(
			message, error, "/proc/self/exe: %s", strerror(-error));
	else if (mkdir(folder, 0777) && errno != EEXIST)
		error = fail(folder, message);
	if (!error)
		out->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (!error && out->lock < 0)
		error = fail(path, message);
	else if (!error && flock(out->lock, LOCK_EX | LOCK_NB))
		error = message_set(message, -EBUSY,
			"%s: another selfpage works in it", folder);
	free(path);
	return error;
}

static void free_words(char **words)
{
	for (char **word = words; word && *word; word++)
		free(*word);
	free(words);
}

void steps_close(struct steps *steps)
{
	for (size_t i = 0; i < steps->count; i++) {
		struct step *step = &steps->step[i];

		free(step->subject);
		free_words(step->command);
		free_words(step->inputs);
		free(step->rows);
		free(step->file);
	}
	if (steps->lock >= 0)
		close(steps->lock);
	free(steps->step);
	free(steps->folder);
}

ssize_t steps_add(struct steps *steps, const struct step *step)
{
	if (steps->count == steps->room) {
		size_t room = steps->room ? 2 * steps->room : 64;
		struct step *more = realloc(steps->step, room * sizeof(*more));

		if (!more)
			return -ENOMEM;
		steps->step = more;
		steps->room = room;
	}
	steps->step[steps->count] = *step;
	return (ssize_t)steps->count++;
}

size_t steps_count(const struct steps *steps, enum step_state state)
{
	size_t count = 0;

	for (size_t i = 0; i < steps->count; i++)
		count += steps->step[i].state == state;
	return count;
}

/* How long a step of STEP's kind takes: the mean of those that were done. */
static double seconds_of(const struct steps *steps, const struct step *step)
{
	double sum = 0;
	size_t count = 0;

	for (size_t i = 0; i < steps->count; i++)
		if (steps->step[i].state == STEP_DONE &&
			!strcmp(steps->step[i].kind, step->kind)) {
			sum += steps->step[i].seconds;
			count++;
		}
	return count ? sum / (double)count : step->guess;
}

double steps_left(const struct steps *steps)
{
	double left = 0, now = now_seconds();

	for (size_t i = 0; i < steps->count; i++) {
		const struct step *step = &steps->step[i];
		double seconds;

		if (is_over(step))
			continue;
		seconds = seconds_of(steps, step);
		if (step->state == STEP_RUNNING)
			seconds -= now - step->started;
		left += seconds > 0 ? seconds : 0;
	}
	return left / steps->jobs;
}
