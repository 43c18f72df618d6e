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
struct swap;

/* One page that is read or written. */
struct page_io {
	uint64_t offset;      /* in the store, pages */
	void *data;	      /* page_bytes; NULL with a simulated backend */
	size_t bytes;	      /* page_bytes */
	uint32_t translation; /* the backend's name for the page, if known */
};

/* One of many that are written at a time. */
struct page_out {
	struct page_io io;
	int error; /* out: 0 or -errno */
};

enum { PAGE_OUTS_MAX = 64 }; /* of one batch */

enum { STORE_DATA = 0, STORE_ZERO = 1 }; /* what a page-in found */

/*
 * What a store is.  The pager never has two of page_in and page_out under way
 * for one page; for different pages they come from several threads at a time
 * if the store is a blocking one.
 *
 * A page's data is where the last page_out that returned 0 left it: page_in
 * gives it back, in this process.  It outlives the machine from the first
 * `sync` on that began after that page_out and returned 0.
 */
struct store_ops {
	/* Fills the page. STORE_DATA: from the store; STORE_ZERO: it was never
	 * written, it is filled with zeros; or -errno: there is no page. */
	int (*page_in)(struct store *store, const struct page_io *io);
	/* Keeps the page. 0, or -errno: what the store has of the page may be
	 * the old data, the new, or some of each; the pager keeps the frame,
	 * so that nobody reads it.  All other pages are as they were. */
	int (*page_out)(struct store *store, const struct page_io *io);
	/* The same for up to PAGE_OUTS_MAX pages, each with its error; all are
	 * over when it returns.  NULL: they are written one by one. */
	void (*page_out_many)(
		struct store *store, struct page_out *outs, unsigned count);
	/* 0: every page_out that was over when this was called is safe.
	 * -errno: none since the last sync that returned 0 need be.  NULL:
	 * nothing is ever safe, or all is at once; nothing to do. */
	int (*sync)(struct store *store);
	/* The first page at or above FROM that a failed sync has left unsafe:
	 * it stays so, and every sync fails, until the page is written again
	 * and a sync succeeds.  Returns whether there is one.  NULL: never,
	 * the store keeps what was paged out and the next sync tries again. */
	bool (*unsafe)(struct store *store, uint64_t from, uint64_t *out);
	/* Discards what the store has of pages [FIRST, END): they were never
	 * written.  Must be quick: the pager's lock is held.  NULL: the store
	 * forgets nothing.  0 or -errno. */
	int (*forget)(struct store *store, uint64_t first, uint64_t end);
	/* Frees the store; its frames are gone by then.  NULL: the store is
	 * its maker's to free. */
	void (*destroy)(struct store *store);
};

struct store {
	const struct store_ops *ops;
	struct btree frames; /* offset in pages -> frame */
	struct map *maps;    /* those that show it */
	bool blocking;	     /* page_in and page_out may take long: the
				pager's lock is not held meanwhile */
	unsigned droppers;   /* threads that drop frames of it */
	bool read_only;	     /* no page_out: what the pager maps of it can't
				be written, but privately */
	void *owner;	     /* whose it is; the pager does not look at it, but
				gives it to the shadows of the store's maps */
};

/* Sets up the part that all stores share. */
void store_init(struct store *store, const struct store_ops *ops,
	struct btree_pool *pool, bool blocking);

/*
 * Discards the stored copies of the pages [FIRST, END).  No frame of STORE may
 * hold one of them, and none may be on its way: pager_forget sees to that.
 * -EOPNOTSUPP: a store that forgets nothing; or the store's -errno.
 */
int store_forget(struct store *store, uint64_t first, uint64_t end);

/*
 * The first page at or above FROM that may be lost if the machine stops,
 * although it was written, as a sync has failed since.  Returns whether there
 * is one.
 */
bool store_find_unsafe(
	struct store *store, uint64_t from, uint64_t *offset_out);

/* Pages written since the last good sync that a file store tells apart. */
enum { STORE_UNSYNCED_MAX = 8192 };

/*
 * The file FD, which stays the caller's, from its start on.  Page-ins past
 * its end give zeros; page-outs make it longer.  A sync is fdatasync(2), and
 * nobody else may sync FD or a copy of it: the system tells an error once.
 * If FD was opened with O_DIRECT, O_DSYNC or O_SYNC, flushes have many
 * page-outs in flight, where io_uring can be had.
 * If a sync fails when more than STORE_UNSYNCED_MAX pages were written since
 * the last good one, every page is unsafe from then on.  Memory: 36 bytes for
 * each of these, at once.  -ENOMEM.
 */
int store_open_file(struct btree_pool *pool, int fd, struct store **out);

/*
 * Anonymous memory, of which up to PAGES_MAX pages have a slot in SWAP
 * (store-swap.h), which stays the caller's and may serve several stores of
 * one page size.  A page has its slot from its first page-out until it is
 * forgotten or the store destroyed.  A page-out that finds no slot, or no
 * room on the disk for a new one, gives -ENOSPC; a failed first page-out
 * gives the slot back.  Nothing of it outlives the machine: there is no sync.
 * Memory: 36 bytes a page, at once.  -ENOMEM.
 */
int store_open_swapped(struct btree_pool *pool, struct swap *swap,
	uint32_t pages_max, struct store **out);

/* The same with a swap file of its own, FD (the caller's), of PAGES_MAX slots.
 * -EINVAL: no pages; -ENOMEM. */
int store_open_anonymous(struct btree_pool *pool, int fd, uint32_t pages_max,
	struct store **out);

#endif
