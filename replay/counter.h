/*
 * Where cycles come from: a hardware counter read in user space ("pmu"); in
 * place of cycles, ticks of the time stamp counter ("tsc"), or nanoseconds of
 * the system's clock ("clock").
 *
 * Asked for COUNTER_AUTO, the first of these that works is taken.
 */
#ifndef REPLAY_COUNTER_H
#define REPLAY_COUNTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/message.h"

enum counter_source { COUNTER_AUTO, COUNTER_PMU, COUNTER_TSC, COUNTER_CLOCK };

/* Counts over a whole replay, with a PMU only, in user mode. */
enum counter_extra {
	COUNTER_INSTRUCTIONS,
	COUNTER_LLC_MISSES, /* of the last cache this PMU tells of: AMD's L2 */
	COUNTER_DTLB_MISSES,
	COUNTER_BRANCH_MISSES,
	COUNTER_EXTRAS,
};

struct counter_extras {
	uint64_t value[COUNTER_EXTRAS]; /* since the counter was opened */
	bool available[COUNTER_EXTRAS]; /* whether there is a value */
	bool multiplexed; /* some counted part of the time, and were scaled */
};

/*
 * What is asked of the system, so that tests can stand in for it.  Each call
 * gets CONTEXT first and returns -errno where it fails.
 */
struct perf_event_attr;
struct perf_layer {
	void *context;
	/* perf_event_open for this thread on any CPU: a descriptor */
	int (*open)(
		void *context, struct perf_event_attr *attributes, int group);
	/* The descriptor's first page, read-only; NULL if that fails */
	void *(*map)(void *context, int descriptor);
	void (*unmap)(void *context, void *page);
	ssize_t (*read)(
		void *context, int descriptor, void *buffer, size_t bytes);
	int (*control)(void *context, int descriptor, unsigned long request);
	void (*close)(void *context, int descriptor);
	/* The rdpmc instruction */
	uint64_t (*rdpmc)(void *context, uint32_t index);
	/* 0 if the time stamp counter runs at one rate and never stops */
	int (*tsc)(void *context);
};

struct counter;

/*
 * Opens a counter for the calling thread.  LAYER is NULL for the system's
 * own; it must outlive the counter.  With COUNTER_AUTO it succeeds whenever
 * there is memory, and WHY tells what was passed over and what the user can
 * do about it ("" if nothing was).  With a source by name WHY tells why it
 * is not there.
 * Takes about 20 ms, to calibrate.  Returns 0; -ENOMEM; and by name: -ENOENT
 * (no such hardware), -EACCES, -EPERM (forbidden), -EOPNOTSUPP, or what
 * else the system says.
 */
int counter_open(enum counter_source want, const struct perf_layer *layer,
	struct counter **out, struct message *why);
void counter_close(struct counter *counter); /* NULL is fine */

/* "auto", "pmu", "tsc" or "clock" -> source; -EINVAL. */
int counter_parse(const char *text, enum counter_source *out);

/* "pmu", "tsc" or "clock", for the column counter_source. */
const char *counter_name(const struct counter *counter);

/* One sentence for people: how it is read, at what rate. */
const char *counter_describe(const struct counter *counter);

/*
 * A reading is now(context), as often as wanted and by the opening thread
 * only: all work before it is done, none after it has begun.  Only
 * differences mean something.
 */
typedef uint64_t counter_now(void *context);
counter_now *counter_function(const struct counter *counter);
void *counter_context(struct counter *counter);

/* What an empty start-stop pair counts: take it off each interval. */
double counter_probe_cost(const struct counter *counter);

/*
 * The same count without the order: the processor goes on with what is
 * around it, as it would without a reading.  For marks within an interval
 * whose ends are ordered: they say about where time goes, and do not stop
 * the work from overlapping.  Same context.
 */
counter_now *counter_mark_function(const struct counter *counter);

/* Counts a second; 0 for the PMU, whose rate changes with the clock's. */
double counter_hz(const struct counter *counter);

/*
 * The extra counts up to now: read before and after, and take differences.
 * Returns 0 or -EOPNOTSUPP without a PMU; a single count that the hardware
 * lacks is only not available.
 */
int counter_extra_read(struct counter *counter, struct counter_extras *out);

#endif
