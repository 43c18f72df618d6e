/*
 * For tests that run a fixed program again and again, each of whose
 * allocations, reads, writes and syncs fails once, in turn (trouble.h).
 */
#ifndef MM_TEST_INJECTION_H
#define MM_TEST_INJECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "mm/test/trouble.h"

struct injection {
	/* Fails the test unless all invariants hold and, if READS, all that
	 * was written reads back.  No trouble comes meanwhile. */
	void (*check)(void *context, bool reads);
	void *context;
	bool ever_after; /* calls go on failing */
	uint64_t struck; /* when the last call was over */
};

/*
 * After a call that gave ERROR: is it to be made again?  *DONE_OUT: it was
 * made well.
 */
bool injection_again(struct injection *injection, int error, bool *done_out);

/* Makes a call until it was made well; or, if calls go on failing, once.
 * Whether it was made well. */
#define ATTEMPT(injection, call)                                               \
	({                                                                     \
		bool done_;                                                    \
		int error_;                                                    \
		do                                                             \
			error_ = (call);                                       \
		while (injection_again((injection), error_, &done_));          \
		done_;                                                         \
	})

/*
 * Runs the program, with trouble as it is told, until nothing fails any more:
 * the first call of KINDS fails, the second one, and so on.  SUMS counts what
 * has failed by kind.  Returns the number of runs in which something has.
 */
uint64_t injection_run(void (*program)(struct injection *injection),
	struct trouble told, uint64_t sums[TROUBLE_KINDS]);

#endif
