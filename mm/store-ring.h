/*
 * Many page-outs to one file in flight at a time, with io_uring where the
 * build has liburing and the system allows it.
 */
#ifndef MM_STORE_RING_H
#define MM_STORE_RING_H

#include "mm/store.h"

struct ring;

/* *OUT is NULL where there is no io_uring: page-outs then go one by one.
 * -ENOMEM. */
int ring_create(struct ring **out);
void ring_destroy(struct ring *ring); /* or NULL */

/* Writes the pages of OUTS to FD at their offsets, and waits for all of them;
 * each has its own error.  RING may be NULL.  Thread-safe. */
void ring_write_pages(
	struct ring *ring, int fd, struct page_out *outs, unsigned count);

#endif
