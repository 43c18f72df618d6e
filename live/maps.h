/*
 * The program's maps: anonymous memory and private maps of files are paged,
 * and lie where the area of maps has room; all others are the system's.
 *
 * These take what the system calls take, and return what they do: an address
 * or 0, or -errno.  Any thread may call; they work inside.
 */
#ifndef LIVE_MAPS_H
#define LIVE_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct maps_request {
	uint64_t address, bytes;
	int protection, flags, fd;
	uint64_t offset;
	const char *name; /* of anonymous memory; NULL: of no interest */
};

/* The area, and the heap in its own. */
int maps_start(void);

int64_t maps_map(const struct maps_request *request);
int maps_unmap(uint64_t address, uint64_t bytes);
/* The program calls what there is of anonymous memory so, NULL: nothing. */
void maps_name(uint64_t address, uint64_t bytes, const char *name);
int maps_protect(uint64_t address, uint64_t bytes, int protection);
int maps_advise(uint64_t address, uint64_t bytes, int advice);
int64_t maps_move(uint64_t address, uint64_t old_bytes, uint64_t bytes,
	int flags, uint64_t wanted);

/* Whether the page at ADDRESS is paged memory that can be used. */
bool maps_are_paged(uint64_t address);

/* Around fork: no other thread is changing maps in between. */
void maps_lock(void);
void maps_unlock(void);

#endif
