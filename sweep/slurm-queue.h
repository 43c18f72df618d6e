/* What of a set is in Slurm's queue, whoever submitted it. */
#ifndef SWEEP_SLURM_QUEUE_H
#define SWEEP_SLURM_QUEUE_H

#include "sweep/sweep.h"

/* A task of an array. */
struct slurm_task {
	unsigned long long array;
	char number[32];   /* in it */
	bool waits;	   /* it does not run, nor begin or end */
	unsigned restarts; /* how often it was put back into the queue */
	char why[64];	   /* it waits, in squeue's words */
};

/* All 0 is an empty one. */
struct slurm_queue {
	struct slurm_task *task; /* [count] */
	size_t count;
	struct table jobs; /* keys of all jobs of the arrays that they are of */
};

/*
 * Reads the queue into OUT, to be freed whatever is returned.  -EAGAIN: Slurm
 * does not answer; -ENOENT: it is not there; -EIO; each with a message.
 */
int slurm_queue_read(struct sweep *sweep, struct slurm_queue *out);

/* Adds the keys of all jobs to OUT that were ever sent, whatever became of
 * them.  -errno with a message. */
int slurm_queue_sent(struct sweep *sweep, struct table *out);

void slurm_queue_free(struct slurm_queue *queue);

#endif
