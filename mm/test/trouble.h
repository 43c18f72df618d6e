/*
 * Trouble: allocations, reads, writes and syncs that fail, by chance or by
 * number.
 *
 * The program's calls of malloc, calloc, mmap, pread, pwrite, fdatasync and
 * io_uring_submit come by here (the linker's --wrap, see store-test.mk), and
 * those of its own store's functions ask trouble_strikes.
 *
 * A write that fails has changed half the page, and a read that fails has
 * filled its memory with rubbish.  By chance they are also interrupted, and
 * move fewer bytes than they should, which nobody needs to be told of.
 */
#ifndef MM_TEST_TROUBLE_H
#define MM_TEST_TROUBLE_H

#include <stdbool.h>
#include <stdint.h>

enum trouble_kind {
	TROUBLE_ALLOCATION,
	TROUBLE_READ,
	TROUBLE_WRITE,
	TROUBLE_SYNC,
	TROUBLE_RING, /* what is submitted to io_uring */
	TROUBLE_KINDS,
};

struct trouble {
	/* by chance: one call in so many fails; 0: none does */
	unsigned one_in[TROUBLE_KINDS];
	/* by number: the call of one of KINDS (1 << kind) that fails, from 1
	 * on; 0: none; and those after it too, if EVER_AFTER */
	unsigned kinds;
	uint64_t fail_at;
	bool ever_after;
	int error; /* what reads, writes and syncs fail with */
	bool paused;

	uint64_t random;
	/* what was done */
	uint64_t calls;			/* of KINDS, not those while paused */
	uint64_t struck[TROUBLE_KINDS]; /* that have failed */
};

/* The one there is. */
struct trouble *trouble_get(void);

/* Whether a call of that kind is to fail. */
bool trouble_strikes(enum trouble_kind kind);

#endif
