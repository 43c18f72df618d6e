/*
 * A backing store: where the data of pages comes from and goes to, and the
 * btree of the frames that cache it.
 *
 * There are three kinds: a file, anonymous memory with a swap file, and an
 * application's own functions.  All are a `struct store_ops` and a struct
 * that embeds `struct store`; the pager knows no other difference.
 */
#ifndef MM_STORE_H
#define MM_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mm/btree.h"

struct map;
struct store;

/* One page that is read or written. */
struct page_io {
	uint64_t offset;      /* in the store, pages */
	void *data;	      /* page_bytes; NULL with a simulated backend */
	size_t bytes;	      /* page_bytes */
	uint32_t translation; /* the backend's name for the page, if known */
};

enum { STORE_DATA = 0, STORE_ZERO = 1 }; /* what a page-in found */

struct store_ops {
	/* Fills the page. STORE_DATA: from the store; STORE_ZERO: it was never
	 * written, it is filled with zeros; or -errno: there is no page. */
	int (*page_in)(struct store *store, const struct page_io *io);
	/* Keeps the page. 0, or -errno: the store is as it was. */
	int (*page_out)(struct store *store, const struct page_io *io);
	/* All that was paged out is safe. NULL: nothing to do. 0 or -errno. */
	int (*sync)(struct store *store);
	/* Frees the store; its frames are gone by then. */
	void (*destroy)(struct store *store);
};

struct store {
	const struct store_ops *ops;
	struct btree frames; /* offset in pages -> frame */
	struct map *maps;    /* those that show it */
	bool blocking;	     /* page_in and page_out may take long: the
				pager's lock is not held meanwhile */
};

/* Sets up the part that all stores share. */
void store_init(struct store *store, const struct store_ops *ops,
	struct btree_pool *pool, bool blocking);

/*
 * The file FD, which stays the caller's, from its start on.  Page-ins past
 * its end give zeros; page-outs make it longer.  -ENOMEM.
 */
int store_open_file(struct btree_pool *pool, int fd, struct store **out);

/*
 * Anonymous memory of up to PAGES_MAX pages that were ever paged out, with
 * the swap file FD (the caller's; a slot is PAGE_BYTES and belongs to its
 * page from its first page-out on).  A page-out when all slots are used gives
 * -ENOSPC.  Memory: 36 bytes a slot, at once.  -ENOMEM.
 */
int store_open_anonymous(struct btree_pool *pool, int fd, uint32_t pages_max,
	struct store **out);

#endif
