/*
 * A program of `selfpage run` under the kernel's own reclaim: the same
 * library, which pages nothing then, and the same figures.
 */
#ifndef LIVE_KERNEL_RUN_H
#define LIVE_KERNEL_RUN_H

#include "live/kernel.h"
#include "live/settings.h"

struct message;
struct program;

/*
 * Makes the limit of FRAMES for a program that has yet to start with SHARED,
 * which says where the swap file is to be.  Errors: those of kernel_limit_make.
 */
int kernel_run_begin(struct kernel_limit **limit_out,
	struct live_shared *shared, uint64_t frames, struct message *message);

/*
 * To be called every KERNEL_TICK_MS, and once when PROGRAM has ended: has the
 * limit follow, and brings the figures up to date.  With the swap file full
 * PROGRAM is killed, as it would wait for ever, and a note tells why.
 */
void kernel_run_look(struct kernel_limit *limit, struct live_shared *shared,
	const struct program *program);

#endif
