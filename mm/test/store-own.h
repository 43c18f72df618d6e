/*
 * An application's own store, as small as one can be: the data lies in
 * memory, each read, write and sync may fail as the disk for tests says, and
 * the store counts those that are alive.
 */
#ifndef MM_TEST_STORE_OWN_H
#define MM_TEST_STORE_OWN_H

#include "mm/store.h"

struct own_store;

/* Up to PAGES pages; *ALIVE goes up now and down at destroy. -ENOMEM. */
int own_store_open(struct btree_pool *pool, uint32_t pages, bool blocking,
	int *alive, struct store **out);

/* Word 0 of a page as it was when a sync succeeded last. */
uint64_t own_store_safe_word(struct store *store, uint64_t page);

#endif
