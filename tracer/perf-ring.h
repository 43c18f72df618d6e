/*
 * What the kernel's perf events say of a program, in the order it happened.
 *
 *	events x processors --> a ring a processor --> sorted by time --> sink
 *
 * An event that children inherit needs a ring on each processor.  A record
 * becomes visible a little after the time that it bears, so what was read is
 * held back until the next round: a round hands over what is older than the
 * one before it.
 *
 * Invariants:
 * 1. Records are handed over in the order of their times.
 * 2. What the kernel dropped, as a ring was full, is told as lost.
 */
#ifndef TRACER_PERF_RING_H
#define TRACER_PERF_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum perf_record_kind {
	PERF_TOUCH, /* a page fault, or a sampled load or store */
	PERF_MAP,
	PERF_EXEC,
	PERF_FORK, /* a process, not a thread */
	PERF_END,  /* of a process */
	PERF_LOST,
};

struct perf_record {
	enum perf_record_kind kind;
	uint64_t time_ns;
	uint32_t process, thread;
	unsigned event;	     /* TOUCH: number of its event, from 0 */
	bool kernel;	     /* TOUCH: in kernel mode */
	uint64_t address;    /* TOUCH, MAP */
	uint64_t source;     /* TOUCH: as PERF_SAMPLE_DATA_SRC, 0: untold */
	uint64_t bytes;	     /* MAP */
	uint64_t offset;     /* MAP: in its file */
	uint32_t protection; /* MAP: as of mmap */
	uint32_t child;	     /* FORK: the new process */
	uint64_t lost;	     /* LOST: records */
	const char *name;    /* MAP, EXEC; valid while it is handed over */
};

/* A returned error ends the round. */
typedef int perf_sink(void *context, const struct perf_record *record);

struct perf_event_attr;
struct perf_rings;

/*
 * Opens COUNT events on each processor, for what this process will start:
 * they begin when that execs.  Each needs type, config, sample_period and
 * the like; what they have in common is set here.  0; -ENOMEM; or of
 * perf_event_open, -EPERM also where no memory may be locked for rings.
 */
int perf_rings_open(const struct perf_event_attr *events, unsigned count,
	struct perf_rings **out);
void perf_rings_close(struct perf_rings *rings);

/* Sleeps until FILE can be read, or a ring fills, for TIMEOUT_MS at most
 * (-1: without end). */
void perf_rings_wait(struct perf_rings *rings, int file, int timeout_ms);

/* One round; LAST: all that there is. 0, the sink's error, or -ENOMEM. */
int perf_rings_read(
	struct perf_rings *rings, bool last, perf_sink *sink, void *context);

/* ---- for tests: one ring's bytes, as the kernel lays them ---- */

/*
 * Takes apart one record of BYTES at DATA, as the kernel writes it for
 * events opened here; IDS are the COUNT events' numbers on that processor.
 * False: of no interest, or malformed.
 */
bool perf_record_parse(const void *data, size_t bytes, const uint64_t *ids,
	unsigned count, struct perf_record *out);

#endif
