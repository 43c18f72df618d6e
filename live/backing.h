/*
 * What lies behind the addresses of paged memory: the pager, or, where a
 * program runs unpaged at the same addresses, the system's own memory.
 *
 * Addresses and sizes are whole pages.  Protections and advice are those of
 * mmap and madvise.  Calls return 0 or -errno, and are made inside.
 */
#ifndef LIVE_BACKING_H
#define LIVE_BACKING_H

#include <stdbool.h>
#include <stdint.h>

/* The pager and the stores, by the settings; or the system. */
int backing_start(void);

/* The process ends, or becomes another program: nothing more is logged. */
void backing_end_log(void);

/* Maps anonymous memory, or the file FD from OFFSET on with FD not -1, where
 * nothing is. */
int backing_map(uint64_t address, uint64_t bytes, int protection, int fd,
	uint64_t offset);

/* Unmaps; the content goes. */
int backing_unmap(uint64_t address, uint64_t bytes);

int backing_protect(uint64_t address, uint64_t bytes, int protection);

/* Anonymous memory reads as zeros afterwards. */
int backing_discard(uint64_t address, uint64_t bytes);

/* One of madvise's that it knows; else nothing is done. */
int backing_advise(uint64_t address, uint64_t bytes, int advice);

/* Has BYTES bytes from ADDRESS on in memory, for an instant.  Neither needs
 * to be a whole page. */
int backing_fault_in(uint64_t address, uint64_t bytes, bool write);

/* A byte a page: as mincore. */
int backing_look(uint64_t address, uint64_t bytes, uint8_t *states_out);

#endif
