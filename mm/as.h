/*
 * The address space of one task: a btree of maps, keyed by where they start,
 * and the gaps between them.
 *
 * A map can be split so that a part of it can have other protection or
 * advice, and parts that are alike again are merged.  The lowest part is the
 * map that as_map gave: it is never merged into another, so its pointer holds
 * until the map is removed; but those of pager_map are, which gives none.
 * Pointers to the other parts hold until the next call that splits, merges,
 * protects or removes.
 *
 * Invariants
 * 1. Maps are not empty and do not overlap.
 * 2. The btree holds start -> number for each map, and nothing else.
 * 3. Each map is on the list of its store.
 * 4. A page below AS_PAGES_MAX is in a map or in a gap, not in both.
 * 5. A number is a map's, or on the list of spare ones, or was never used.
 */
#ifndef MM_AS_H
#define MM_AS_H

#include <stdbool.h>
#include <stdint.h>

#include "mm/btree.h"
#include "mm/gaps.h"
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
	struct map **link;	   /* what points to it in that list */
	uint32_t number;
	bool is_part; /* it can become a part of what ends where it starts:
			 it was split from that, or pager_map gave it */
	/* the rest can differ from part to part: a field more is one more
	 * thing to compare for can_merge() in as.c */
	uint8_t protection; /* set of PROTECT_ */
	uint8_t priority;   /* 0 .. PRIORITY_MAX */
	bool read_once;
	bool pinned;
	/* what the pager knows of it; the parts of a split map start alike */
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
	uint32_t spare_count;
	uint32_t *spare; /* [spare_count] numbers whose maps went */
	struct gaps gaps;
	uint64_t floor;	 /* as_place chooses none below; 1 at first */
	uint32_t number; /* what a watch of its pager calls it: watch.h */
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

enum as_where {
	AS_ANYWHERE, /* the lowest fit at or above the hint */
	AS_HINT,     /* at the hint if that is free, else the lowest fit */
	AS_EXACTLY,  /* at the hint */
};

/*
 * Finds a place for PAGES pages that starts at a multiple of ALIGN_PAGES, a
 * power of two; as_map can then map there.  HINT is a page number.  A choice
 * is never below as->floor; what is asked for exactly, or hinted at and free,
 * may be.  Changes and allocates nothing.
 * -EINVAL: empty, past AS_PAGES_MAX, no power of two, or AS_EXACTLY at what
 * is no multiple of it; -EEXIST: AS_EXACTLY over a map; -ENOMEM: it fits
 * nowhere.  O(log maps); with alignments other than 1, 512 and 2^18, that
 * for each gap that is large enough but does not lie right.
 */
int as_place(struct as *as, uint64_t hint, uint64_t pages, uint64_t align_pages,
	enum as_where where, uint64_t *start_out);

/* Forgets MAP; the caller has removed what was mapped through it.
 * O(log maps). */
void as_remove(struct as *as, struct map *map);

/* Sees to it that no map lies across page PAGE. -ENOMEM. O(log maps). */
int as_split(struct as *as, uint64_t page);

/* The same for both ends of a range; -ENOMEM: nothing is split. */
int as_split_range(struct as *as, uint64_t start, uint64_t end);

/*
 * Undoes the splits at PAGE, or at all pages from START to END, both of them
 * included, where the parts on both sides now have the same protection and
 * advice.  To be called after a change of those.  Can't fail.  O(log maps) a
 * map that ends there.
 */
void as_merge_around(struct as *as, uint64_t page);
void as_merge(struct as *as, uint64_t start, uint64_t end);

/*
 * Gives the PAGES pages from START on PROTECTION, a set of PROTECT_, splitting
 * maps where it changes and merging parts that are alike then.  What is mapped
 * by the hardware is the pager's to change.  -EINVAL: empty, past
 * AS_PAGES_MAX, or no such protection; -ENOMEM: some page is in no map, or
 * there are too many maps on the way, or no memory; nothing is changed then.
 */
int as_protect(
	struct as *as, uint64_t start, uint64_t pages, unsigned protection);

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
