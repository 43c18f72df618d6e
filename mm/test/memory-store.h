/*
 * A store for tests whose pages lie in memory, that fails where it is told
 * to, counts what is done to it, and proves that the pager never reads and
 * writes one page at the same time.
 */
#ifndef MM_TEST_MEMORY_STORE_H
#define MM_TEST_MEMORY_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "mm/store.h"
#include "mm/test/real-backend.h"

enum { MEMORY_PAGES = 128 };

struct memory_page {
	uint64_t words[REAL_WORDS];
	bool written;	       /* or else a page-in finds zeros */
	int fail_in, fail_out; /* -errno, until it is set to 0 again */
	uint32_t ins, outs;    /* page-ins, page-outs that went well */
	uint8_t busy;
};

struct memory_store {
	struct store store;
	struct memory_page pages[MEMORY_PAGES];
	bool dawdles; /* gives other threads the processor meanwhile */
	int fail_sync;
	uint64_t *ins, *outs; /* sums of several stores, or NULL */
	uint32_t syncs;
	uint32_t batches; /* of page-outs, of which it takes many at a time */
	/* what happens once, to whom, before the next page-in or page-out is
	 * over */
	void (*meanwhile)(void *whom);
	void *whom;
};

void memory_store_init(
	struct memory_store *memory, struct btree_pool *pool, bool blocking);

/* From now on it takes many page-outs at a time. */
void memory_store_many(struct memory_store *memory);

/* One of its own, which its destroy frees. -ENOMEM. */
int memory_store_open(struct btree_pool *pool, bool blocking, bool dawdles,
	struct store **out);

/* All pages were written before: each word w of page p is p * 10 + w. */
void memory_store_fill(struct memory_store *memory);

/* Sums over all pages. */
uint32_t memory_store_ins(const struct memory_store *memory);
uint32_t memory_store_outs(const struct memory_store *memory);

#endif
