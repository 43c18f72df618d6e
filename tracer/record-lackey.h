/*
 * A program under Valgrind's Lackey, recorded.
 *
 *     selfpage record ---fork, exec---> valgrind PROGRAM
 *          ^                                |  its own standard input,
 *          |                                |  output, error, folder
 *          +------- pipe: Lackey's text <---+
 *
 * 1. The one trace of the recorder in the program is a file descriptor with
 *    a high number, which Valgrind leaves open.
 * 2. Lackey writes each line with a system call of its own, and a reader
 *    that wakes for each makes both slow: so the pipe is as large as it may
 *    be, and the reader sleeps for a millisecond whenever there is little.
 * 3. Only the process that was started is recorded: a child falls silent
 *    when it is forked, and a program that another one becomes by exec runs
 *    without Valgrind.  Both are counted and told.
 */
#ifndef TRACER_RECORD_LACKEY_H
#define TRACER_RECORD_LACKEY_H

#include "base/message.h"
#include "tracer/record.h"

/*
 * Runs it to its end.  0, or -errno with a message if it was not started.
 * job->engine: valgrind.
 */
int record_lackey(const struct record_job *job, struct record_result *result,
	struct message *message);

#endif
