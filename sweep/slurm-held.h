/*
 * Tasks that Slurm will never run by itself: it holds them since they could
 * not be launched, or were put back into the queue; or what they ask for is
 * not there.  Whoever waits for them waits for ever.
 *
 * Only an administrator may let go what Slurm holds, but everybody may cancel
 * what is his own: so they count as died, and what they had to do is submitted
 * anew.
 */
#ifndef SWEEP_SLURM_HELD_H
#define SWEEP_SLURM_HELD_H

#include "sweep/slurm-queue.h"

/* Cancels those, and says so.  -errno. */
int slurm_held_cancel(const struct slurm_queue *queue);

/* When something moved last, and what was said of it since. */
struct slurm_stillness {
	uint64_t since_ns; /* 0: it moves */
	char said[256];
};

/*
 * To be called with each look at the queue (NULL: Slurm does not answer), at
 * NOW_NS of a clock that does not begin at 0: says why, where no task has run
 * for a while, and again where that has changed.
 */
void slurm_held_tell(struct slurm_stillness *stillness,
	const struct slurm_queue *queue, uint64_t now_ns);

#endif
