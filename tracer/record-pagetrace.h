/*
 * A program under our own Valgrind tool, recorded.
 *
 *     selfpage record -- main: signals, hellos, life lines
 *       process A: thread -- ring A <-- A under the tool
 *       process B: thread -- ring B <-- B, forked by A
 *
 * 1. Each process of the program says hello through the control pipe, which
 *    it finds by a path in /proc; from there on it has a ring and a trace of
 *    its own, read and written by a thread of its own.
 * 2. Its life line hangs up when it has ended or become another program: its
 *    thread then takes what is left in the ring.
 * 3. When the program itself has ended, children that go on are not recorded
 *    any further, and not waited for.
 * 4. A recorder that is gone, or does not listen any more, is no harm to the
 *    program: it goes on without being recorded.
 */
#ifndef TRACER_RECORD_PAGETRACE_H
#define TRACER_RECORD_PAGETRACE_H

#include "base/message.h"
#include "tracer/record.h"

/*
 * Where the tool's launcher is: beside this command's build, or installed.
 * To be freed; NULL: nowhere.
 */
char *record_pagetrace_find(void);

/*
 * Runs it to its end.  0, or -errno with a message if it was not started.
 * job->engine: the launcher.
 */
int record_pagetrace(const struct record_job *job, struct record_result *result,
	struct message *message);

#endif
