/*
 * The front of the system's calls.  The system can't fault pages in that are
 * out: given a pointer to one it fails with EFAULT.  So each call of the
 * program comes here first (Syscall User Dispatch: a SIGSYS before the call),
 * on the thread's own signal stack.
 *
 *     no pointer to paged memory    it is made where it was (gate.h)
 *     one that front-table.c knows  made here, with a copy that is not paged:
 *                                   any length, whatever is in memory
 *     a call of its own kind        front-special.c: signals, maps, processes
 *     anything else                 made as it is; if it fails with EFAULT a
 *                                   note says so
 *
 * A call that is made here waits with the program's own mask, so that signals
 * interrupt it as ever.
 */
#ifndef LIVE_FRONT_H
#define LIVE_FRONT_H

#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

#include "live/bounce.h"

/* A call under way. */
struct front {
	ucontext_t *context; /* the caller */
	long number;
	uint64_t argument[6];
	struct bounce bounce;
};

/* Takes the signals over. */
void front_start(void);

/* From now on the calling thread's calls come here, when it is outside. */
int front_join(void);

/* Makes the call with its arguments as they are now, and the program's mask. */
long front_make(struct front *front);

/* Argument I is a pointer to BYTES bytes, which may be paged and which the call
 * may change: makes the call. */
long front_make_with(struct front *front, unsigned i, uint64_t bytes);

/* After the handler the call is made where the program has made it. */
void front_go_on(struct front *front);

/* ... and at INSTRUCTION, of the gate. */
void front_go_on_at(struct front *front, const char *instruction);

/* After the handler the program goes on at CALL(ARGUMENT), which never
 * returns. */
void front_leave_to(struct front *front, void (*call)(long), long argument);

/* Whether WORD points to paged memory. */
bool front_is_paged(uint64_t word);

/*
 * A copy of BYTES bytes at ADDRESS that the call can be given.  0 with
 * *COPY_OUT; or -errno: -EFAULT, -ENOMEM.
 */
long front_copy(struct front *front, uint64_t address, uint64_t bytes,
	uint64_t *copy_out);
/* The same of a string, with its end of at most BYTES bytes; else
 * -ENAMETOOLONG. */
long front_copy_string(struct front *front, uint64_t address, uint64_t bytes,
	uint64_t *copy_out);

enum front_result {
	FRONT_DONE,    /* *VALUE_OUT is what the call returns */
	FRONT_GOES_ON, /* the context says where */
	FRONT_COPIED,  /* as the table says, with arguments that are copies */
	FRONT_PLAIN,   /* it is of no kind of its own */
};

/* A call of a kind of its own; those of processes, and those that send and
 * receive messages. */
enum front_result front_special(struct front *front, long *value_out);
enum front_result front_process(struct front *front, long *value_out);
enum front_result front_message(struct front *front, long *value_out);

#endif
