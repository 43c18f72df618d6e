/*
 * The program that is recorded, as its recorder's child.
 *
 * 1. Its files, environment and signals are its own.
 * 2. Interrupted (SIGINT, SIGQUIT, SIGTERM, SIGHUP), the recorder goes on
 *    until the program ends.  A signal from the terminal has reached the
 *    program, too; one sent to the recorder alone is passed on to it.
 * 3. When the trace cannot be written any more, the program is ended with
 *    SIGTERM, and with SIGKILL if it still runs after five seconds.
 */
#ifndef TRACER_RECORD_PROGRAM_H
#define TRACER_RECORD_PROGRAM_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct program {
	int signals; /* a file: readable when there is something to do */
	pid_t process;
	bool exited;
	int wait_status; /* once exited */
	sigset_t old_mask;
	int64_t kill_at_ns; /* 0: not */
};

/*
 * Blocks SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGCHLD and SIGXFSZ, from then on:
 * the trace has yet to be finished when the program has ended, and a trace
 * over the limit of file sizes is an error of write, as a full disk is.
 */
int program_prepare(struct program *program);

/* Starts PATH. 0 or -errno. */
int program_start(
	struct program *program, const char *path, char *const *arguments);

/* Takes what the signals tell: the end of the program, or what to pass on. */
void program_read_signals(struct program *program);

/* The program has to end. */
void program_give_up(struct program *program);
/* ... and is killed when it is time.  How long to sleep at most until this
 * has to be called again, in milliseconds; -1: for ever. */
int program_kill_late(struct program *program);

void program_close(struct program *program);

#endif
