/*
 * Policies of variable space in their plainest form, written from their
 * papers: a set of pages in memory after each reference.
 *
 * ws	 the pages of the last TAU references (Denning 1968)
 * vmin	 the page of this reference, and each of those used before whose last
 *	 use and next use are at most TAU apart (Prieve and Fabry 1976)
 * pff	 at a fault, if the last one was INTERVAL references ago or more, all
 *	 pages go whose use bit is clear; then all bits are cleared, and the
 *	 page comes in (Chu and Opderbeck 1972)
 *
 * A fault is a reference to a page that was not there after the one before.
 * A page that goes while it is dirty is a write-back.  O(references x pages),
 * and O(references^2) to find uses.
 */
#ifndef REPLAY_TEST_NAIVE_VARIABLE_H
#define REPLAY_TEST_NAIVE_VARIABLE_H

#include "replay/test/naive.h"

enum naive_variable_policy { NAIVE_WS, NAIVE_VMIN, NAIVE_PFF };

enum { NAIVE_VARIABLE_PAGES = 64 };

struct naive_variable_result {
	uint64_t faults, writebacks, evictions, space, peak;
	uint64_t scanned, harvested;
	uint64_t zero_faults; /* on pages never written back */
};

struct naive_variable {
	enum naive_variable_policy policy;
	const struct naive_trace *trace;
	uint64_t window;
	bool bit_at_load;
	bool in[NAIVE_VARIABLE_PAGES], dirty[NAIVE_VARIABLE_PAGES];
	bool written[NAIVE_VARIABLE_PAGES]; /* back, once */
	/* pff: the use bit, and whether it was set by the page's coming in */
	bool bit[NAIVE_VARIABLE_PAGES], own[NAIVE_VARIABLE_PAGES];
	bool had_fault;
	size_t last_fault;
	struct naive_variable_result result;
};

/* Is PAGE in W(NOW, window)? */
static inline bool naive_in_window(
	const struct naive_variable *naive, uint32_t page, size_t now)
{
	for (uint64_t back = 0; back < naive->window && back <= now; back++)
		if (naive->trace->page[now - back] == page)
			return true;
	return false;
}

/* Does vmin hold PAGE after reference NOW? */
static inline bool naive_is_kept(
	const struct naive_variable *naive, uint32_t page, size_t now)
{
	const struct naive_trace *trace = naive->trace;
	size_t last = now + 1, next;

	while (last && trace->page[last - 1] != page)
		last--;
	if (!last)
		return false;
	last--;
	next = naive_next_use(trace, page, now);
	return last == now ||
	       (next < trace->references && next - last <= naive->window);
}

static inline void naive_leave(struct naive_variable *naive, uint32_t page)
{
	naive->in[page] = false;
	naive->result.evictions++;
	naive->result.writebacks += naive->dirty[page];
	naive->written[page] |= naive->dirty[page];
	naive->dirty[page] = false;
}

/* All go whose bit is clear if INTERVAL has passed; bits are cleared. */
static inline void naive_pff_fault(struct naive_variable *naive, size_t now)
{
	bool shrink =
		naive->had_fault && now - naive->last_fault >= naive->window;

	for (uint32_t page = 0; page < NAIVE_VARIABLE_PAGES; page++) {
		if (!naive->in[page])
			continue;
		naive->result.scanned++;
		naive->result.harvested +=
			naive->bit[page] && !naive->own[page];
		if (shrink && !naive->bit[page])
			naive_leave(naive, page);
		naive->bit[page] = naive->own[page] = false;
	}
	naive->had_fault = true;
	naive->last_fault = now;
}

static inline void naive_variable_step(struct naive_variable *naive, size_t now)
{
	uint32_t used = naive->trace->page[now], page, resident = 0;
	bool fault = !naive->in[used];

	naive->result.faults += fault;
	naive->result.zero_faults += fault && !naive->written[used];
	if (fault && naive->policy == NAIVE_PFF)
		naive_pff_fault(naive, now);
	if (fault)
		naive->bit[used] = naive->own[used] = naive->bit_at_load;
	else if (!naive->bit[used])
		naive->bit[used] = true;
	naive->in[used] = true;
	for (page = 0; page < NAIVE_VARIABLE_PAGES; page++) {
		if (naive->in[page] && naive->policy == NAIVE_WS &&
			!naive_in_window(naive, page, now))
			naive_leave(naive, page);
		if (naive->in[page] && naive->policy == NAIVE_VMIN &&
			!naive_is_kept(naive, page, now))
			naive_leave(naive, page);
		resident += naive->in[page];
	}
	naive->dirty[used] |= naive->trace->write[now];
	naive->result.space += resident;
	if (resident > naive->result.peak)
		naive->result.peak = resident;
}

static inline struct naive_variable_result naive_variable_replay(
	enum naive_variable_policy policy, const struct naive_trace *trace,
	uint64_t window, bool bit_at_load)
{
	struct naive_variable naive = {
		.policy = policy,
		.trace = trace,
		.window = window,
		.bit_at_load = bit_at_load,
	};

	for (size_t now = 0; now < trace->references; now++)
		naive_variable_step(&naive, now);
	return naive.result;
}

#endif
