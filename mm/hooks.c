/* What an application is asked and told of: see hooks.h. */
#include "mm/hooks.h"

#include <errno.h>

#include "mm/pager-internal.h"

int pager_set_hooks(struct pager *pager, struct hooks *hooks)
{
	if (pager->hooks && pager->hooks->telling)
		return -EBUSY;
	if (!hooks && pager->watch)
		hooks = &pager->watch->hooks;
	pager->hooks = hooks;
	return 0;
}

uint32_t pager_find_page(const struct page_name *name)
{
	struct fault fault = {.as = name->as, .page = name->page};
	struct view view = {.store = name->store, .offset = name->offset};
	struct map *map;
	uint32_t number;

	if (!view.store) {
		map = name->as ? as_find(name->as, name->page) : NULL;
		if (!map)
			return FRAME_NONE;
		view = pager_view(&fault, map);
	}
	if (view.offset > BTREE_KEY_MAX ||
		!btree_find(&view.store->frames, view.offset, &number, NULL))
		return FRAME_NONE;
	return number;
}

uint32_t pager_ask_victim(struct pager *pager, const struct view *view)
{
	struct hooks *hooks = pager->hooks;
	struct page_name wanted, victim = {0};
	uint32_t number;

	if (!hooks->choose)
		return FRAME_NONE;
	if (view)
		wanted = (struct page_name){
			.store = view->map->store,
			.offset = view->offset,
			.as = view->map->as,
			.page = view->map->start +
				(view->offset - view->map->offset),
		};
	if (!hooks->choose(hooks->context, view ? &wanted : NULL, &victim))
		return FRAME_NONE;
	number = pager_find_page(&victim);
	if (number == FRAME_NONE ||
		!(pager_frame(pager, number)->flags & FRAME_EVICTABLE)) {
		pager->counts.choice_refused++;
		return FRAME_NONE;
	}
	if (pager->watch)
		pager_watch_victim(pager, number, CHOSEN_BY_HOOK);
	pager_withdraw(pager, number);
	return number;
}

void pager_tell_fault(struct pager *pager, const struct fault *fault, int error)
{
	const struct hooks *hooks = pager->hooks;
	const struct map *map = as_find(fault->as, fault->page);
	struct fault_event event = {
		.page = {.as = fault->as, .page = fault->page},
		.error = error,
		.kind = fault->kind,
		.prefetch = fault->prefetch,
	};

	if (!hooks->fault)
		return;
	/* what is there already needs no fetching */
	if (fault->prefetch && !error && fault->kind == FAULT_SOFT)
		return;
	if (map) {
		event.page.store = map->store;
		event.page.offset = map_offset(map, fault->page);
	}
	hooks->fault(hooks->context, &event);
}

void pager_tell_eviction(
	struct pager *pager, uint32_t number, enum chooser chooser, bool dirty)
{
	struct hooks *hooks = pager->hooks;
	const struct frame *frame = pager_frame(pager, number);
	const struct eviction_event event = {
		.page = {.store = frame->store, .offset = frame->offset},
		.chooser = chooser,
		.dirty = dirty,
	};

	/* they may have been taken away while the victim was written */
	if (!hooks)
		return;
	pager->counts.choices += chooser == CHOSEN_BY_HOOK;
	hooks->evicted |= chooser != CHOSEN_BY_CALL;
	if (hooks->evict)
		hooks->evict(hooks->context, &event);
}

/* KIND: has it come BELOW its mark, or is it ABOVE the one that ends that? */
static void cross(
	struct hooks *hooks, enum pressure kind, bool below, bool above)
{
	uint8_t bit = 1 << kind;

	if (below && !(hooks->crossed & bit)) {
		hooks->crossed |= bit;
		hooks->pending |= bit;
	} else if (above) {
		hooks->crossed &= ~bit;
		hooks->pending &= ~bit;
	}
}

static struct pressure_event look_at_levels(struct pager *pager)
{
	struct hooks *hooks = pager->hooks;
	struct pressure_event levels = {
		.frames = pager->physmem.limit,
		.free = pager->physmem.limit - pager->physmem.resident,
		.unpinned = pager->physmem.limit - pager->pinned,
	};

	cross(hooks, PRESSURE_FREE, levels.free < hooks->free_low,
		levels.free >= hooks->free_high);
	cross(hooks, PRESSURE_EVICTIONS, hooks->evicted,
		levels.free && levels.free >= hooks->free_high);
	cross(hooks, PRESSURE_PINS, levels.unpinned < hooks->unpinned_low,
		levels.unpinned >= hooks->unpinned_high);
	hooks->evicted = false;
	return levels;
}

void pager_tell_pressure(struct pager *pager)
{
	struct hooks *hooks = pager->hooks;
	struct pressure_event event = look_at_levels(pager);

	if (!hooks->pressure)
		hooks->pending = 0;
	while (hooks->pending && !hooks->telling) {
		event.kind = __builtin_ctz(hooks->pending);
		hooks->pending &= hooks->pending - 1;
		hooks->telling = true;
		pager_unlock(pager);
		hooks->pressure(hooks->context, &event);
		pager_lock(pager);
		hooks->telling = false;
		event = look_at_levels(pager);
	}
}
