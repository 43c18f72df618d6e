/*
 * Cycles per fault: which faults are measured, and what is made of it.
 *
 * Of every SAMPLE_PERIOD faults one is timed as a whole and another one by
 * phases (a fault that is timed by phases is slowed down by its probes, so
 * the two are not the same ones).  From each interval the cost of an empty
 * probe is taken off.
 */
#ifndef REPLAY_MEASURE_H
#define REPLAY_MEASURE_H

#include "mm/pager.h"
#include "replay/counter.h"
#include "replay/histogram.h"

struct measure {
	struct counter *counter;
	counter_now *now;
	void *context;
	double probe_cost;
	struct histogram whole;
	struct probe probe;
	double phases[PHASES];	/* sums, probes taken off */
	uint64_t phases_faults; /* faults timed by phases */
	uint32_t turn;
};

void measure_init(struct measure *measure, struct counter *counter);

/* pager_fault, measured when it is the fault's turn. */
int measure_fault(
	struct measure *measure, struct pager *pager, struct fault *fault);

/* Mean of a phase over the faults timed by phases; 0 if there are none. */
double measure_phase(const struct measure *measure, enum phase phase);

#endif
