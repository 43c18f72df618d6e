/*
 * A program under Valgrind's Lackey, recorded.
 *
 *     selfpage record ---fork, exec---> valgrind PROGRAM
 *          ^                                |  its own standard input,
 *          |                                |  output, error, folder
 *          +------- pipe: Lackey's text <---+
 *
 * 1. The program's files, environment and signals are its own.  The one
 *    trace of the recorder in it is a file descriptor with a high number,
 *    which Valgrind leaves open.
 * 2. Lackey writes each line with a system call of its own, and a reader
 *    that wakes for each makes both slow: so the pipe is as large as it may
 *    be, and the reader sleeps for a millisecond whenever there is little.
 * 3. Only the process that was started is recorded: a child falls silent
 *    when it is forked, and a program that another one becomes by exec runs
 *    without Valgrind.  Both are counted and told.
 * 4. Interrupted (SIGINT, SIGQUIT, SIGTERM, SIGHUP), the recorder goes on
 *    until the program ends.  A signal from the terminal has reached the
 *    program, too; one sent to the recorder alone is passed on to it.
 * 5. When the sink fails (a full disk), the program is ended with SIGTERM,
 *    and with SIGKILL if it still runs after five seconds.
 */
#ifndef TRACER_RECORD_RUN_H
#define TRACER_RECORD_RUN_H

#include <stdint.h>

#include "base/message.h"
#include "tracer/import-runs.h"

struct record_job {
	const char *valgrind; /* its path */
	char **argv;	      /* the program and its arguments */
	unsigned kinds;	      /* set of enum trace_kind to keep */
	const struct run_sink *sink;
	/* Now and then, with the sink's context: references so far. */
	void (*tick)(void *context, uint64_t references);
};

struct record_result {
	int wait_status; /* as of waitpid */
	int sink_error;	 /* 0, or why the program was ended */
	uint64_t references;
	uint64_t children; /* forked, not recorded */
	char exec[256];	   /* what it became by exec, not recorded; or "" */
};

/*
 * Runs it to its end.  0, or -errno with a message if it was not started.
 * SIGINT, SIGQUIT, SIGTERM, SIGHUP and SIGXFSZ are blocked from then on.
 */
int record_run(const struct record_job *job, struct record_result *result,
	struct message *message);

#endif
