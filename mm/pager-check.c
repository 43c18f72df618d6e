/* pager_check: the invariants of pager.h, executable. */
#include "mm/pager-internal.h"

#include <stdlib.h>

struct check {
	struct pager *pager;
	struct store *store;
	struct shadow *shadow; /* whose store that is, or NULL */
	uint8_t *seen;	       /* [frames_max] found in a store's btree */
	uint8_t *member;       /* [frames_max] should be the policy's */
	const char *why;
};

/* 4, 6: some map of the address space shows the frame at that page. */
static bool mapping_is_right(
	const struct frame *frame, const struct mapping *mapping)
{
	const struct map *map = as_find(mapping->as, mapping->page);

	if (!map || map_offset(map, mapping->page) != frame->offset)
		return false;
	if (map->shadow && shadow_has(map->shadow, frame->offset))
		return map->shadow->store == frame->store;
	return map->store == frame->store;
}

static const char *check_mappings(
	struct pager *pager, const struct frame *frame)
{
	const struct mapping *at = &frame->first;

	if (!at->as)
		return NULL;
	for (;;) {
		if (!mapping_is_right(frame, at))
			return "pager: a mapping that no map allows";
		if (at->next == MAPPING_NONE)
			return NULL;
		at = &pager->physmem.mappings[at->next];
	}
}

static int check_frame(void *context, uint64_t offset, uint32_t number)
{
	struct check *check = context;
	const struct frame *frame;
	bool evictable;

	if (number >= check->pager->physmem.frames_max) {
		check->why = "pager: a store names a frame that is not there";
		return 1;
	}
	frame = pager_frame(check->pager, number);
	evictable = !frame->pins && !(frame->flags & FRAME_BUSY);
	if (frame->store != check->store || frame->offset != offset)
		check->why = "pager: a frame is not where its store says";
	else if (check->seen[number]++)
		check->why = "pager: a frame is in two places";
	else if (evictable != !!(frame->flags & FRAME_EVICTABLE))
		check->why = "pager: evictable, but not the policy's";
	else if (frame->flags & FRAME_AHEAD && frame->first.as)
		check->why = "pager: a frame in use is called read ahead";
	else if (check->shadow && (offset < check->shadow->first ||
					  offset - check->shadow->first >=
						  check->shadow->pages ||
					  !shadow_has(check->shadow, offset)))
		check->why = "pager: a copy that is not known to be one";
	else
		check->why = check_mappings(check->pager, frame);
	check->member[number] = evictable;
	return check->why != NULL;
}

static const char *check_store(struct check *check, struct store *store)
{
	const char *why;

	if (btree_check(&store->frames, &why))
		return why;
	check->store = store;
	return btree_visit(&store->frames, 0, BTREE_KEY_MAX, check_frame, check)
		       ? check->why
		       : NULL;
}

static const char *check_stores(
	struct check *check, struct store *const *stores, unsigned count)
{
	const char *why = NULL;
	uint32_t shadows = 0;
	unsigned i;

	for (i = 0; i < count && !why; i++)
		why = check_store(check, stores[i]);
	check->shadow = check->pager->shadows;
	for (; check->shadow && !why; check->shadow = check->shadow->next) {
		why = check_store(check, check->shadow->store);
		shadows++;
	}
	if (!why && shadows != check->pager->shadows_count)
		why = "pager: a private map's store is lost";
	return why;
}

static const char *check_counts(const struct check *check)
{
	struct pager *pager = check->pager;
	uint32_t used = 0, pinned = 0;
	uint32_t i;

	for (i = 0; i < pager->physmem.frames_max; i++) {
		const struct frame *frame = pager_frame(pager, i);

		if (!!frame->store != !!check->seen[i])
			return "pager: a used frame is in no store's btree";
		used += check->seen[i];
		pinned += frame->store && frame->pins;
	}
	if (used != pager->physmem.resident)
		return "pager: resident is not the number of used frames";
	if (pinned != pager->pinned)
		return "pager: pinned is not the number of pinned frames";
	if (pinned > pager_pins_max(pager))
		return "pager: no frame is left to evict";
	return NULL;
}

static const char *check_all(struct check *check, struct as *const *spaces,
	unsigned spaces_count, struct store *const *stores,
	unsigned stores_count)
{
	struct policy *policy = check->pager->policy;
	const char *why = physmem_check(&check->pager->physmem);
	unsigned i;

	for (i = 0; i < spaces_count && !why; i++)
		why = as_check(spaces[i]);
	if (!why)
		why = check_stores(check, stores, stores_count);
	if (!why)
		why = check_counts(check);
	if (!why)
		why = policy->ops->check(policy, check->member);
	return why;
}

const char *pager_check(struct pager *pager, struct as *const *spaces,
	unsigned spaces_count, struct store *const *stores,
	unsigned stores_count)
{
	struct check check = {
		.pager = pager,
		.seen = calloc(pager->physmem.frames_max, 1),
		.member = calloc(pager->physmem.frames_max, 1),
	};
	const char *why = "pager: no memory to check with";

	if (check.seen && check.member) {
		pager_lock(pager);
		pager_wait_all_cleaned(pager);
		why = check_all(
			&check, spaces, spaces_count, stores, stores_count);
		pager_unlock(pager);
	}
	free(check.seen);
	free(check.member);
	return why;
}
