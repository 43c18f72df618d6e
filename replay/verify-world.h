/*
 * The world of a pager that is verified: address spaces by number, and stores
 * by id, which hold no data and answer nothing themselves.  What they would
 * have answered comes out of the log (verify.c).
 */
#ifndef REPLAY_VERIFY_WORLD_H
#define REPLAY_VERIFY_WORLD_H

#include "mm/pager.h"
#include "mm/watch.h"

struct world_store;

struct world {
	struct as **spaces; /* [spaces_count] by number - 1; NULL: gone */
	uint32_t spaces_count;
	struct world_store *stores;	   /* shadows too */
	uint32_t stores_count, stores_max; /* shadows left out */
};

/* Frees all that is left; the pager is gone by then. */
void world_fini(struct world *world);

/* NULL: there is none. */
struct as *world_space(const struct world *world, uint32_t number);
/* One that was opened, no shadow. */
struct store *world_store(const struct world *world, uint32_t id);

/* The next space, of MAPS_MAX maps.  -ENOMEM. */
int world_add_space(struct world *world, uint32_t maps_max, struct as **out);
/* -EBUSY: it has maps; -EINVAL: there is none. */
int world_end_space(struct world *world, uint32_t number);

/* A store with ID and FLAGS of WATCH_STORE_.  -EINVAL: the id is in use, or
 * none; -ENFILE: too many; -ENOMEM. */
int world_add_store(struct world *world, struct btree_pool *pool, uint32_t id,
	unsigned flags, bool shadow, struct store **out);
/* -EBUSY: it has frames or maps; -EINVAL: there is none. */
int world_end_store(struct world *world, uint32_t id);

/* The invariants of PAGER with its spaces and stores: NULL, or a sentence. */
const char *world_check(const struct world *world, struct pager *pager);

#endif
