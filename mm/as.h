/*
 * The address space of one task: a btree of maps, keyed by where they start.
 *
 * Invariants
 * 1. Maps are not empty and do not overlap.
 * 2. The btree holds start -> number for each map, and nothing else.
 * 3. Each map is on the list of its store.
 */
#ifndef MM_AS_H
#define MM_AS_H

#include <stdbool.h>
#include <stdint.h>

#include "mm/btree.h"
#include "mm/store.h"

#define AS_PAGES_MAX (UINT64_C(1) << 52) /* page numbers are below */

struct shadow;

/* A region of virtual addresses backed by a store from an offset on. */
struct map {
	struct as *as;
	uint64_t start, end; /* virtual page numbers, [start, end) */
	struct store *store;
	uint64_t offset;	   /* in the store, pages, of start */
	struct map *next_of_store; /* the store's list */
	uint32_t number;
	uint8_t protection; /* set of PROTECT_ */
	uint8_t priority;   /* 0 .. PRIORITY_MAX */
	bool read_once;
	bool pinned;
	/* what the pager knows of it; a split map's parts begin with the same */
	bool sequential;       /* pages are read ahead */
	uint32_t ahead_window; /* pages at a time */
	uint64_t ahead_mark;   /* when it is used, the next ones are read */
	uint64_t ahead_end;    /* pages below have been read ahead */
	uint64_t behind;       /* frames of pages below are not looked at */
	struct shadow *shadow; /* private: where written pages are; or NULL */
};

struct as {
	struct btree_pool *pool;
	struct btree by_start;
	struct map **maps; /* [maps_max] by number, NULL where free */
	uint32_t maps_max;
	uint32_t maps_count;
	struct map *last; /* the map found last: faults have locality */
	uint32_t version; /* goes up with every change */
};

/* An empty address space for up to MAPS_MAX maps. -ENOMEM. */
int as_init(struct as *as, uint32_t maps_max);
void as_fini(struct as *as);

/*
 * Maps PAGES pages from START on to STORE from OFFSET on.
 * -EINVAL: empty, past AS_PAGES_MAX or past a btree's largest key;
 * -EEXIST: overlaps a map; -ENOMEM: no memory or more than maps_max.
 * O(log maps).
 */
int as_map(struct as *as, uint64_t start, uint64_t pages, struct store *store,
	uint64_t offset, unsigned protection, struct map **out);

/* Forgets MAP; the caller has removed what was mapped through it. */
void as_remove(struct as *as, struct map *map);

/* Sees to it that no map lies across page PAGE. -ENOMEM. */
int as_split(struct as *as, uint64_t page);

/* The map at PAGE, or NULL. O(log maps), O(1) if it was the last one too. */
struct map *as_find(struct as *as, uint64_t page);

/* The first map that ends after PAGE, or NULL. */
struct map *as_find_from(struct as *as, uint64_t page);

static inline uint64_t map_offset(const struct map *map, uint64_t page)
{
	return map->offset + (page - map->start);
}

/* NULL, or which invariant does not hold. */
const char *as_check(const struct as *as);

#endif
