/*
 * libselfpage: real memory behind the addresses of a space.  This is a part of
 * selfpage.h, which includes it.
 */
#ifndef SELFPAGE_LIVE_H
#define SELFPAGE_LIVE_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct selfpage;
struct selfpage_space;
struct sigaction; /* strict C's signal.h does not tell it */

/* ==== selfpage_live: real memory: plain loads and stores are paged ==== */

/*
 * A pager that is made with `live` has real memory behind the addresses of its
 * spaces.  What is mapped can be used by plain loads and stores, by any
 * thread: one that touches a page which is in no frame handles the fault
 * itself, in a signal handler on a stack of its own.  All other calls work as
 * they do without, but for this:
 *
 * Pages are 4096 bytes.  selfpage_map takes the addresses from the system, and
 * gives -EEXIST where the process has anything already; a map with no address
 * lies where the system has room.  selfpage_borrow gives the address itself,
 * and unmapping is -EBUSY where a page is borrowed.  What is mapped in two
 * places is moved to where it was touched last: one instruction that uses both
 * gets a SIGBUS (not with SELFPAGE_LIVE_PROTECT).  Policies see faults only.
 *
 * What can't be served becomes the program's own signal: SIGSEGV for what is
 * against a map's protection, SIGBUS where a store fails or no frame can be
 * had, with the address in si_addr and the error in si_errno; before that the
 * `fault` hook is told the error.  (-EDEADLK: an instruction has got pages
 * 100,000 times, and never all that it needs.)  A SIGBUS that the program does
 * not handle ends it, in words.  Hooks and stores' functions run in the
 * handler, with all signals blocked, and must not touch paged memory: that ends
 * the program, in words.
 *
 * System calls don't fault: given memory that is in no frame they fail with
 * EFAULT.  selfpage_fault_in brings it in before.
 *
 * At no time are more pages in memory than `frames`: the pager itself has one
 * fewer (but for one), as a page that comes in is in two places for a moment.
 * An instruction that needs more pages at once than there are frames gets
 * them all the same, and each is counted in `over_limit`.
 *
 * fork(2): the child has a pager of its own, of the same pages, and a copy of
 * each swap file.  Files that are mapped, but not privately, are written by
 * both.
 */
enum {
	SELFPAGE_LIVE = 1, /* by what the system has: one of these */
	SELFPAGE_LIVE_USERFAULTFD = 2,
	SELFPAGE_LIVE_PROTECT = 3, /* mprotect and SIGSEGV: slower, and at most
				      as many frames as the system allows a
				      process maps: some 30000 */
};

/*
 * Brings BYTES bytes from ADDRESS on in, for ACCESS, a set of SELFPAGE_READ
 * and SELFPAGE_WRITE: a system call can use them, until other faults take
 * their frames again.  Neither needs to be a whole page.  More than fit the
 * frames: the first ones.  Errors: -ENOTSUP: not a live pager; else those of
 * selfpage_read.
 */
int selfpage_fault_in(struct selfpage_space *space, const void *address,
	size_t bytes, unsigned access);

/* "userfaultfd" or "mprotect"; NULL: not a live pager. */
const char *selfpage_live_name(const struct selfpage *pager);

/*
 * Gives the calling thread the stack on which it handles faults, unless it has
 * an alternate signal stack already.  Every thread calls it before it touches
 * paged memory; the one that makes the pager need not.  The stack goes with
 * the thread.  Errors: -ENOTSUP: not a live pager; -ENOMEM.
 */
int selfpage_live_thread(struct selfpage *pager);

/*
 * sigaction(2) for SIGSEGV and SIGBUS, which are the library's own as long as
 * there is a live pager: the program's handler, for what is not paged or can't
 * be served.  Either may be NULL.  Errors: -EINVAL: another signal.
 */
int selfpage_live_sigaction(
	int signal, const struct sigaction *action, struct sigaction *old_out);

/* Beside those of selfpage_read_counts. */
struct selfpage_live_counts {
	uint64_t resident;	/* pages that are in memory, now */
	uint64_t resident_peak; /* and at most, looked at at every change */
	uint64_t over_limit;	/* times that the limit had to be passed */
	uint64_t spare;		/* frames that are the front's own */
	uint64_t signals;	/* faults that came by a signal */
	uint64_t signal_ticks;	/* of the time stamp counter, in the handler */
	uint64_t copies_in;	/* pages that came by a copy */
	uint64_t moves_in;	/* and by a move */
	uint64_t moves_out;	/* that went to where the pager keeps them */
	uint64_t copies_out;	/* the same, where a move was not possible */
	uint64_t drops;		/* that nobody wanted any more */
	uint64_t holds;		/* pages held for an instruction that made no
				   progress */
	uint64_t cleaned;	/* pages written before they had to go */
};

/*
 * Fills in the counts.  COUNTS_BYTES is sizeof(struct selfpage_live_counts).
 * Errors: -ENOTSUP: not a live pager.
 */
int selfpage_live_read_counts(struct selfpage *pager,
	struct selfpage_live_counts *counts_out, size_t counts_bytes);

#ifdef __cplusplus
}
#endif

#endif
