/* Address spaces and stores of a pager that is verified. */
#include "replay/verify-world.h"

#include <errno.h>
#include <stdlib.h>

struct world_store {
	struct store store; /* first */
	struct world *world;
	struct world_store *next;
	bool shadow;
};

static int page_in(struct store *store, const struct page_io *io)
{
	(void)store;
	(void)io;
	return STORE_DATA;
}

static int page_out(struct store *store, const struct page_io *io)
{
	(void)store;
	(void)io;
	return 0;
}

static void page_out_many(
	struct store *store, struct page_out *outs, unsigned count)
{
	(void)store;
	(void)outs;
	(void)count;
}

static int forget(struct store *store, uint64_t first, uint64_t end)
{
	(void)store;
	(void)first;
	(void)end;
	return 0;
}

static void remove_store(struct world_store *store)
{
	struct world *world = store->world;
	struct world_store **link = &world->stores;

	while (*link != store)
		link = &(*link)->next;
	*link = store->next;
	world->stores_count -= !store->shadow;
	free(store);
}

static void destroy(struct store *store)
{
	remove_store((struct world_store *)store);
}

/* By whether they write many and forget. */
static const struct store_ops store_ops[2][2] = {
	{{.page_in = page_in, .page_out = page_out, .destroy = destroy},
		{.page_in = page_in,
			.page_out = page_out,
			.forget = forget,
			.destroy = destroy}},
	{{.page_in = page_in,
		 .page_out = page_out,
		 .page_out_many = page_out_many,
		 .destroy = destroy},
		{.page_in = page_in,
			.page_out = page_out,
			.page_out_many = page_out_many,
			.forget = forget,
			.destroy = destroy}},
};

void world_fini(struct world *world)
{
	while (world->spaces_count--) {
		if (!world->spaces[world->spaces_count])
			continue;
		as_fini(world->spaces[world->spaces_count]);
		free(world->spaces[world->spaces_count]);
	}
	free(world->spaces);
	/* last: the maps are on their lists */
	while (world->stores)
		remove_store(world->stores);
}

struct as *world_space(const struct world *world, uint32_t number)
{
	return number && number <= world->spaces_count
		       ? world->spaces[number - 1]
		       : NULL;
}

static struct world_store *find(const struct world *world, uint32_t id)
{
	struct world_store *at = world->stores;

	while (at && at->store.frames.id != id)
		at = at->next;
	return at;
}

struct store *world_store(const struct world *world, uint32_t id)
{
	struct world_store *store = find(world, id);

	return store && !store->shadow ? &store->store : NULL;
}

int world_add_space(struct world *world, uint32_t maps_max, struct as **out)
{
	struct as **spaces, *as = NULL;
	int error = -ENOMEM;

	spaces = realloc(world->spaces,
		(world->spaces_count + 1ul) * sizeof(struct as *));
	if (spaces) {
		world->spaces = spaces;
		as = malloc(sizeof(*as));
	}
	if (as)
		error = as_init(as, maps_max);
	if (error) {
		free(as);
		return error;
	}
	world->spaces[world->spaces_count++] = as;
	*out = as;
	return 0;
}

int world_end_space(struct world *world, uint32_t number)
{
	struct as *as = world_space(world, number);

	if (!as)
		return -EINVAL;
	if (as->maps_count)
		return -EBUSY;
	as_fini(as);
	free(as);
	world->spaces[number - 1] = NULL;
	return 0;
}

int world_add_store(struct world *world, struct btree_pool *pool, uint32_t id,
	unsigned flags, bool shadow, struct store **out)
{
	struct world_store *store;

	if (!id || find(world, id))
		return -EINVAL;
	if (!shadow && world->stores_count == world->stores_max)
		return -ENFILE;
	store = calloc(1, sizeof(*store));
	if (!store)
		return -ENOMEM;
	store_init(&store->store,
		&store_ops[!!(flags & WATCH_STORE_MANY)]
			  [!!(flags & WATCH_STORE_FORGETS)],
		pool, flags & WATCH_STORE_BLOCKING);
	/* policies know a page by its store's id: it must be the same */
	store->store.frames.id = id;
	store->store.read_only = flags & WATCH_STORE_READ_ONLY;
	store->world = world;
	store->shadow = shadow;
	store->next = world->stores;
	world->stores = store;
	world->stores_count += !shadow;
	*out = &store->store;
	return 0;
}

int world_end_store(struct world *world, uint32_t id)
{
	struct world_store *store = find(world, id);

	if (!store || store->shadow)
		return -EINVAL;
	if (store->store.maps || store->store.frames.size)
		return -EBUSY;
	remove_store(store);
	return 0;
}

const char *world_check(const struct world *world, struct pager *pager)
{
	const char *why = "too little memory to check with";
	unsigned spaces_count = 0, stores_count = 0, i;
	struct as **spaces = calloc(world->spaces_count + 1, sizeof(*spaces));
	struct store **stores =
		calloc(world->stores_count + 1, sizeof(*stores));
	struct world_store *at;

	if (spaces && stores) {
		for (i = 0; i < world->spaces_count; i++)
			if (world->spaces[i])
				spaces[spaces_count++] = world->spaces[i];
		for (at = world->stores; at; at = at->next)
			if (!at->shadow)
				stores[stores_count++] = &at->store;
		why = pager_check(
			pager, spaces, spaces_count, stores, stores_count);
	}
	free(spaces);
	free(stores);
	return why;
}
