/*
 * SIGSEGV and SIGBUS: a thread that touches a page handles its own fault, on
 * a stack of its own, with all other signals blocked.
 *
 *   touch --> signal --> whose address is it?
 *                          a listener's: it serves the fault; touch again
 *                          nobody's, or it can't be served: the program's own
 *                          handler, or what the system does without one; of a
 *                          SIGBUS that is told in words
 *
 * Handlers have no context but the process: so the list of listeners is the
 * one thing here that is global.
 */
#ifndef MM_LIVE_SIGNAL_H
#define MM_LIVE_SIGNAL_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* What a thread did that faulted. */
struct live_touch {
	uintptr_t address;
	bool write;
	/* The same instruction of the same thread with the same registers has
	 * faulted REPEATS times before this one: it makes no progress. */
	const void *thread; /* NULL: it has no stack of ours */
	uint64_t registers; /* a hash of them */
	unsigned repeats;
};

enum live_fork { LIVE_FORK_BEFORE, LIVE_FORK_PARENT, LIVE_FORK_CHILD };

/* No -errno. */
enum {
	TOUCH_SERVED = 0,
	TOUCH_NOT_OURS = 1,
	TOUCH_NESTED = 2, /* the thread holds what serving it needs */
};

struct live_listener {
	/* A TOUCH_; or -errno: it can't be served, -EFAULT and -EACCES as that
	 * is against what is mapped. */
	int (*touch)(void *context, const struct live_touch *touch);
	/* At each fork(2). */
	void (*fork)(void *context, enum live_fork when);
	/* A touch took TICKS, from the signal to the return. */
	void (*took)(void *context, uint64_t ticks);
	void *context;
	struct live_listener *next;
};

/* The first one makes the handlers the process's; after the last they are
 * what they were.  -errno. */
int live_listen(struct live_listener *listener);
void live_unlisten(struct live_listener *listener);

/* Gives the calling thread its stack, unless it has it.  -ENOMEM, -errno. */
int live_signal_stack(void);

/* sigaction(2) behind the handlers, for SIGSEGV and SIGBUS.  -EINVAL. */
int live_sigaction(
	int signal, const struct sigaction *action, struct sigaction *old_out);

/* Says WHAT happened at ADDRESS on the standard error, and why (-errno; 0: for
 * nothing else), and ends the process. */
_Noreturn void live_die(const char *what, uintptr_t address, int error);

#endif
