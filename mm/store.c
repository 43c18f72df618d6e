/* The part that all stores share. */
#include "mm/store.h"

#include <errno.h>

void store_init(struct store *store, const struct store_ops *ops,
	struct btree_pool *pool, bool blocking)
{
	store->ops = ops;
	store->maps = NULL;
	store->droppers = 0;
	store->blocking = blocking;
	store->read_only = false;
	store->owner = NULL;
	btree_init(&store->frames, pool);
}

int store_forget(struct store *store, uint64_t first, uint64_t end)
{
	if (!store->ops->forget)
		return -EOPNOTSUPP;
	return store->ops->forget(store, first, end);
}

bool store_find_unsafe(struct store *store, uint64_t from, uint64_t *offset_out)
{
	return store->ops->unsafe &&
	       store->ops->unsafe(store, from, offset_out);
}
