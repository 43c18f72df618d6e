/* The part that all stores share. */
#include "mm/store.h"

void store_init(struct store *store, const struct store_ops *ops,
	struct btree_pool *pool, bool blocking)
{
	store->ops = ops;
	store->maps = NULL;
	store->blocking = blocking;
	btree_init(&store->frames, pool);
}
