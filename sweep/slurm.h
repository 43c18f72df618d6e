/*
 * A sweep as job arrays of Slurm.
 *
 *	submission	a folder sweep/slurm-DATE-PID of the set
 *	  jobs		the list of its jobs, each with its task's number
 *	  arrays	Slurm's numbers of its arrays, a line each
 *	  ID-TASK.log	what tasks said
 *
 * A task is `selfpage sweep --task SUBMISSION/jobs:NUMBER`: it claims its
 * cells, runs them, and adds their rows to the set by itself, as they come.
 * So nothing hangs on who submitted it, and Slurm may run it again, or twice.
 */
#ifndef SWEEP_SLURM_H
#define SWEEP_SLURM_H

#include "sweep/sweep.h"

/*
 * Submits what is not done and not in the queue, and waits until all is done,
 * or nothing of it is left in the queue; what got lost on the way is submitted
 * again, until nothing came of that twice.  0: what failed was told; -EINTR:
 * stopped, the tasks go on; -errno with a message.
 */
int slurm_run(struct sweep *sweep);

#endif
