/*
 * Policies of variable space: no number of frames is given to them; what they
 * hold follows from a window of time, or a threshold.  Time is virtual: a
 * reference is a tick, and reference number T is made at time T, from 0 on.
 * An event is a run of references to one page: it takes as many ticks.
 *
 * The contract, in one sentence: the engine tells each run of references and
 * each fault with its time, and the policy tells which pages leave and when:
 * pages that are in memory, not the one that is used, in order of time, and
 * none later than what it has been told of.
 *
 *	time	      10    11    12    13    14
 *	reference      a     b     a     c     a
 *	in memory     ab    ab    ab    ac    ac	b leaves at 13
 *
 * A page is in memory from the time at which it faults to before the time at
 * which it leaves.  The mean over all references of how many pages are in
 * memory is the mean residency; the sum, in frames times references, is the
 * space, and space-time (Prieve and Fabry) is the space and so much for each
 * fault.
 */
#ifndef REPLAY_VARIABLE_H
#define REPLAY_VARIABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "mm/policy.h"
#include "tracer/trace.h"

#define VARIABLE_PAGE_NONE UINT32_MAX

/* A run of references to one page. */
struct variable_use {
	uint32_t page;
	uint64_t first, last; /* times */
	/* oracles: the page's next use is so many references after LAST, or
	 * NEXT_USE_NEVER */
	uint64_t next;
	bool fault; /* FIRST brought the page in */
};

struct variable; /* a policy's own */
struct variable_run;

struct variable_config {
	uint32_t pages; /* page numbers are below */
	const double *values;
	bool bit_at_load; /* the reference that faults sets the bit */
	/* Whom to tell what leaves, by variable_leave. */
	struct variable_run *run;
};

struct variable_ops {
	/* What there is to say of it; its functions are NULL. */
	struct policy_ops about;
	/* 0 or -ENOMEM */
	int (*create)(
		const struct variable_config *config, struct variable **out);
	void (*destroy)(struct variable *variable);
	/* PAGE (or none) will be used at NOW: tells what has left by then, PAGE
	 * too if it was gone before NOW.  NULL: nothing leaves by itself. */
	void (*advance)(struct variable *variable, uint64_t now, uint32_t page);
	/* A page that is not in memory will be used at NOW; NULL: no need to
	 * know. */
	void (*fault)(struct variable *variable, uint64_t now);
	void (*use)(struct variable *variable, const struct variable_use *use);
	/* Proves the invariants; MEMBER[page] tells what is in memory. */
	const char *(*check)(
		const struct variable *variable, const uint8_t *member);
};

extern const struct variable_ops variable_pff, variable_vmin, variable_ws;

/* The list, NULL past its end; and of a list entry's `about`, its policy, or
 * NULL if that is a policy of fixed space. */
const struct variable_ops *variable_at(unsigned index);
const struct variable_ops *variable_of(const struct policy_ops *about);

/* All policies, of fixed space and of variable, by name or by number. */
const struct policy_ops *any_policy_find(const char *name);
const struct policy_ops *any_policy_at(unsigned index);

/* Every policy here has one parameter, by which it grows and shrinks. */
enum { VARIABLE_WINDOW = 0 };
/* Its value that says: whatever gives the mean residency that is asked. */
#define VARIABLE_WINDOW_FIT 0
#define VARIABLE_WINDOW_MAX 1e15

struct variable_result {
	uint64_t faults, evictions;
	uint64_t space; /* frames x references */
	uint32_t peak;	/* frames */
	uint64_t references;
	uint64_t scanned, harvested; /* as a replay's */
};

/* Frames on average. */
double variable_mean(const struct variable_result *result);

struct variable_run_config {
	const struct variable_ops *ops;
	const double *values;
	uint32_t pages;
	uint64_t references; /* of the trace */
	bool bit_at_load;
	/* A page leaves; may be NULL. */
	void (*on_leave)(void *context, uint32_t page);
	void *context;
};

/* A policy on its way through a trace, and which pages are in memory.
 * Memory: 17 to 26 bytes a page.  0 or -ENOMEM. */
int variable_run_open(
	const struct variable_run_config *config, struct variable_run **out);
void variable_run_close(struct variable_run *run); /* NULL is fine */

/* References before the next one: those that no event counts lie at the ends
 * of blocks. */
void variable_run_at(struct variable_run *run, uint64_t references);
/* PAGE is used next.  Returns whether that is a fault.  Then, always: */
bool variable_run_before(struct variable_run *run, uint32_t page);
/* ... COUNT times, and then so far ahead; see variable_use. */
void variable_run_use(
	struct variable_run *run, uint32_t page, uint32_t count, uint64_t next);

/* All of BLOCK, which has counts.  NEXT[i]: of event i; NULL unless the
 * policy is an oracle. */
void variable_run_block(struct variable_run *run,
	const struct trace_block *block, const uint64_t *next);
void variable_run_finish(
	struct variable_run *run, struct variable_result *result);
/* NULL, or what does not hold.  After variable_run_finish. */
const char *variable_run_check(const struct variable_run *run);

/* For policies: PAGE, which is in memory, is not from WHEN on. */
void variable_leave(struct variable_run *run, uint32_t page, uint64_t when);
/* For realisable ones: so many bits were read, and so many of them were set
 * by other references than the one that brought the page in. */
void variable_scan(
	struct variable_run *run, uint64_t scanned, uint64_t harvested);
uint32_t variable_resident(const struct variable_run *run);

#endif
