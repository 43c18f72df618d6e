/*
 * Cycles per fault: which faults are measured, and what is made of it.
 *
 * A sample of the events is drawn by their number, the same on every run.
 * Faults on these are timed, by turns as a whole and by phases.  It is known
 * ahead which they are, so that the replay can leave their look-ups alone
 * where it starts those of others early: a live pager has no trace to look
 * ahead in.  Those that prove soft are left out: a page-in is another thing.
 * The ends of a measured fault are ordered reads; what an empty
 * pair of them costs is taken off.
 *
 * The marks between phases are not ordered.  A processor works on several
 * phases at once, waiting for the memory of one while it computes another;
 * fences between them would measure another, slower fault (half as slow
 * again).  So a phase is charged with the time from when the work before it
 * was issued, and the last one with what is then still under way.  What the
 * marks cost is measured where they stand, as the difference between the
 * medians of the faults that have them and those that do not; it is taken
 * off the phases, the same for each mark, and told (measure_marks_cost).
 *
 * The mean is that of the faults timed by phases, so that the phases add up
 * to it; quantiles are those of the faults timed as a whole.  (A mean lives
 * on its rare long faults, and two samples of a few hundred differ by them.)
 *
 * A fault of the simulated pager does no I/O and takes a microsecond; one
 * that took INTERRUPTED_SECONDS was interrupted, by the timer or by another
 * process.  That says nothing of the pager and would swamp the mean, so it
 * is counted and left out.  (The PMU does not count meanwhile.)
 */
#ifndef REPLAY_MEASURE_H
#define REPLAY_MEASURE_H

#include "mm/pager.h"
#include "replay/counter.h"
#include "replay/histogram.h"

struct measure {
	counter_now *now;
	void *context;
	uint64_t limit; /* cycles: a longer fault was interrupted */
	double probe_cost;
	struct histogram whole;
	/* of the faults timed by phases: with marks, and sums */
	struct histogram marked;
	struct probe probe;
	double spent[PHASES];
	uint64_t marks[PHASES];
	uint64_t interrupted;  /* faults left out */
	uint32_t sample_below; /* hashes of events in the sample are below */
	bool turn;	       /* the next is timed by phases */
};

/* For a trace of EVENTS events: of a short one the sample is larger.  COUNTER
 * NULL: there is no sample. */
void measure_init(
	struct measure *measure, struct counter *counter, uint64_t events);

/* From now on COUNTER, that of the thread that runs, of the same source. */
void measure_use(struct measure *measure, struct counter *counter);

/* Nanoseconds a count: of the PMU, whose rate changes, now, in about 5 ms. */
double measure_cycle_ns(struct counter *counter);

/* Whether event number EVENT is in the sample. */
static inline bool measure_samples(
	const struct measure *measure, uint64_t event)
{
	return (uint32_t)event * 0x9e3779b1u < measure->sample_below;
}

/* pager_fault, of an event in the sample. */
int measure_fault(
	struct measure *measure, struct pager *pager, struct fault *fault);

/* Mean cycles of a fault, marks taken off; 0 if nothing is known. */
double measure_mean(const struct measure *measure);

/* The part of it that is spent in PHASE. */
double measure_phase(const struct measure *measure, enum phase phase);

/* Cycles that its marks add to a fault timed by phases. */
double measure_marks_cost(const struct measure *measure);

#endif
