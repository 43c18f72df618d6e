/*
 * A trace too long for one job: replays of windows of it, each after a warm-up
 * from an empty memory.
 *
 *	trace	|----------+----------+----------+----------|
 *	            .......[ window 2 ]
 *	            warm-up
 *
 * What is told of a window is what a replay of warm-up and window counts, less
 * what one of the warm-up alone does.  Windows begin and end with blocks.
 *
 * While the memory has not been filled since the warm-up's start, a fault is
 * on a page that was not used since, and perhaps the whole trace's replay has
 * it in memory: so at most
 *
 *	faults_error = min(faults, frames - faults of the warm-up)
 *
 * of a window's faults are too many.  LRU holds the pages used last: once it
 * is full it is as it would be, and its faults are exact to that.  Other
 * policies may remember what was longer ago; of them that is what the empty
 * memory costs, and no bound.
 */
#ifndef SWEEP_WINDOWS_H
#define SWEEP_WINDOWS_H

#include "sweep/worker.h"

/* The unit's jobs, all of one window: a file each. */
int windows_run(const struct worker *worker, struct message *message);

/* All windows of a trace as rows, with their sums: window "all". */
int windows_join(const struct worker *worker, struct message *message);

#endif
