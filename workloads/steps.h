/*
 * Work in steps: programs that run side by side, each when those that it
 * needs have ended well, and none that was done already.
 *
 *	waiting --> running --> done
 *	   |           '------> failed
 *	   |-----------------> done before: its stamp is that of this call
 *	   '-----------------> left out: what it needs has failed, or a file
 *				       that it reads is not there
 *
 * 1. A step runs in a folder of its own, which is made for it.  What it leaves
 *    takes its name when the step has ended well, and then the step gets its
 *    stamp.  So a step that was killed is as if it had never begun.
 * 2. The stamp is the checksum of what the result depends on: the words of the
 *    command, the command's own file, and the content of the files it reads.
 */
#ifndef WORKLOADS_STEPS_H
#define WORKLOADS_STEPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/message.h"

enum { STEP_NEEDS_MAX = 4, STEP_STAMP_BYTES = 17 };

enum step_state {
	STEP_WAITING,
	STEP_RUNNING,
	STEP_DONE,
	STEP_DONE_BEFORE,
	STEP_FAILED,
	STEP_LEFT_OUT,
	STEP_STATES
};

struct step {
	const char *kind; /* "replay"; steps of a kind take about as long */
	char *subject;	  /* "sort-A" */
	/* NULL-terminated; selfpage itself, as another program, if the first
	 * word is "selfpage" */
	char **command;
	char **inputs; /* NULL-terminated, files; NULL: none */
	char *rows;    /* where its standard output goes; NULL: nowhere */
	char *file;    /* where the file of that name goes that it leaves in
			   its folder; NULL: there is none */
	bool always;   /* no stamp: the program itself knows what is done */
	bool last;     /* runs when all that are not have ended, well or not */
	size_t needs[STEP_NEEDS_MAX]; /* [needs_count], steps before it */
	unsigned needs_count;
	double guess; /* seconds, as long as no step of its kind has ended */

	enum step_state state;
	char stamp[STEP_STAMP_BYTES];
	pid_t process;
	double started, seconds;
	int status; /* of the program; -N: ended by signal N */
};

struct steps {
	char *folder; /* for stamps, logs, and the steps' own folders */
	struct step *step;
	size_t count, room;
	unsigned jobs; /* at a time */
	int lock;      /* on the folder, open */
	uint64_t self; /* checksum of the command's own file */
	/* a step has ended, or turned out to be done or left out; a negative
	 * return ends it all */
	int (*ended)(void *context, struct steps *steps,
		const struct step *step, struct message *message);
	void *context;
};

/* 0 with *OUT the folder FOLDER, made if need be, and locked against others
 * that would work in it; JOBS programs are to run at a time.  -EBUSY: somebody
 * does; -errno; with a message. */
int steps_open(const char *folder, unsigned jobs, struct steps *out,
	struct message *message);
void steps_close(struct steps *steps);

/* Adds STEP, whose strings it takes; returns its number or -ENOMEM. */
ssize_t steps_add(struct steps *steps, const struct step *step);

/*
 * Runs them.  0: each has ended, well or not; -EINTR: stopped by a signal,
 * which all that ran were given; -errno; with a message.
 */
int steps_run(struct steps *steps, struct message *message);

size_t steps_count(const struct steps *steps, enum step_state state);
static inline bool step_is_done(const struct step *step)
{
	return step->state == STEP_DONE || step->state == STEP_DONE_BEFORE;
}

/* Seconds until all have ended, by how long those took that have. */
double steps_left(const struct steps *steps);

/* The path of what STEP had to say; to be freed; NULL: no memory. */
char *steps_log(const struct steps *steps, const struct step *step);

#endif
