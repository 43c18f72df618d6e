/* Which jobs of a set are in Slurm's queue, whoever submitted them. */
#ifndef SWEEP_SLURM_QUEUE_H
#define SWEEP_SLURM_QUEUE_H

#include "sweep/sweep.h"

/*
 * Adds the keys of all jobs that are in arrays of which tasks wait or run.
 * -EAGAIN: Slurm does not answer; -ENOENT: it is not there; each with a
 * message.
 */
int slurm_queued_jobs(struct sweep *sweep, struct table *out);

#endif
