/* A program under the kernel's own reclaim, from its start to its end. */
#ifndef LIVE_KERNEL_RUN_H
#define LIVE_KERNEL_RUN_H

struct kernel_limit;
struct message;
struct program;

/*
 * Waits for PROGRAM, which was started and joins by itself; has the limit
 * follow.  -ENOSPC: the swap file was full, so that it was ended.  The end's
 * status is in PROGRAM in any case.
 */
int kernel_run(struct program *program, struct kernel_limit *limit,
	struct message *message);

#endif
