/* What the library does where threads and processes begin. */
#ifndef LIVE_PROCESS_H
#define LIVE_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

struct front;

/* The calling thread is paged: it has BOUNCE (bounce_make), a stack for
 * signals, and its system calls are looked at.  -errno. */
int process_join(char *bounce);

/* Whether the caller is a process that shares its maker's memory, for a while:
 * then the thread it would be is its maker's. */
bool process_is_guest(void);

/* The calling thread, on its own stack, is about to end: what it was given
 * goes. */
void process_end_thread(void);

/* Around a fork, in the parent; afterwards in the child as well. */
void process_before_fork(void);
void process_after_fork(bool child);

enum { PROCESS_VARIABLES = 2 };

/* Puts into ENVIRONMENT, of COUNT strings and PROCESS_VARIABLES more, what
 * has the next program paged as well. */
void process_follow(struct front *front, char **environment, uint64_t count);

#endif
