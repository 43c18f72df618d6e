/*
 * A disk for tests: what programs read and write is in its cache, what
 * outlives the machine is on the platter, and a sync moves the one to the
 * other.  It records what is done to it, fails where it is told to, and fails
 * syncs as systems do: what could not be written counts as written from then
 * on.
 *
 * The program's calls of pread, pwrite and fdatasync on DISK_FD come by here
 * (the linker's --wrap); those on other files go on to the system.
 */
#ifndef MM_TEST_STORE_DISK_H
#define MM_TEST_STORE_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mm/test/real-backend.h"

enum {
	DISK_FD = 1000000,
	DISK_PAGES = 9000,
	DISK_BYTES = DISK_PAGES * REAL_PAGE_BYTES,
	DISK_EVENTS = 4096,
};

enum disk_kind { DISK_READ, DISK_WRITE, DISK_SYNC, DISK_KINDS };

struct disk_event {
	enum disk_kind kind;
	uint32_t page; /* of a read or write */
	int error;
};

struct disk {
	char cache[DISK_BYTES];
	char platter[DISK_BYTES];
	bool unwritten[DISK_PAGES]; /* the cache's page differs, and the next
				       sync will write it */
	size_t size;		    /* of the file, bytes */
	size_t room;		    /* the longest that the file can be */
	bool forgetful; /* after a failed sync reads find the platter's data */

	/* trouble */
	int error;	  /* what fails, fails with this */
	unsigned fail_at; /* the call that fails, from 1 on; 0: none */
	unsigned one_in[DISK_KINDS]; /* calls of which one fails; 0: none */
	unsigned interrupt;	     /* calls of which one is interrupted */
	size_t most;		     /* bytes that a call moves; 0: all */
	bool torn; /* a write that fails has changed half the page */
	uint64_t random;

	/* called in the middle of a call that goes well, once */
	void (*meanwhile[DISK_KINDS])(void *context);
	void *context;

	/* what was done */
	unsigned calls;
	unsigned failed;
	unsigned counts[DISK_KINDS]; /* that went well */
	unsigned events_count;
	struct disk_event events[DISK_EVENTS]; /* the first ones */
};

/* The one disk, empty and with room for all its pages. */
struct disk *disk_reset(void);

/* No more trouble. */
void disk_mend(void);

/* For stores that have no file: 0, or the error of the call. */
int disk_call(enum disk_kind kind, uint32_t page);

#endif
