/*
 * The fault path.
 *
 *   message -> as -> map -> store + offset
 *                             |
 *                  in the store's btree?
 *                   yes |          | no
 *          busy: wait,  |          v
 *          look again   |     a free frame, or the policy's victim:
 *                       |       unmap, write back if dirty, leave its store
 *                       |          |   (lock given up? look again)
 *                       |          v
 *                       |     into the btree, READING; page-in;
 *                       |          |   (lock given up meanwhile)
 *                       v          v
 *                     map it, tell the policy, resume
 *
 * The states of a frame, and who makes the transition:
 *
 *   free --fault--> READING --page-in--> evictable --evict--> free
 *                      |                  ^   |  ^
 *                      | error            |   |  +-- error of a write-back
 *                      +--> free     pin  |   +--> WRITING --> free
 *                                         v
 *                                       pinned
 *
 * A dirty frame stays in its store's btree while it is written back, so that
 * a fault on its page finds it there and does not read old data.  To read, it
 * takes the frame back: the write goes on, and the frame stays.  It is mapped
 * without PROTECT_WRITE then, so that a first write faults; and that waits, as
 * the store might keep neither the old page nor the new one.
 *
 * Off this path: private.c (copies for private maps), ahead.c (reading ahead).
 */
#include "mm/pager-internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool pager_is_dirty(void *context, uint32_t frame)
{
	return pager_frame(context, frame)->flags & (FRAME_DIRTY | FRAME_LENT);
}

static bool pager_harvest(void *context, uint32_t frame)
{
	struct pager *pager = context;
	struct frame *scanned = pager_frame(pager, frame);
	unsigned bits = physmem_harvest(&pager->physmem, frame);

	pager->counts.scanned++;
	if (bits & BIT_DIRTY)
		scanned->flags |= FRAME_DIRTY;
	/* the fault that brought the page in set its first bit */
	if (scanned->flags & FRAME_FRESH)
		scanned->flags &= ~FRAME_FRESH;
	else
		pager->counts.harvested += !!(bits & BIT_REFERENCED);
	return bits & BIT_REFERENCED;
}

static void pager_unmap_for_policy(void *context, uint32_t frame)
{
	pager_unmap_frame(context, frame);
}

static void pager_prefetch_frame(void *context, uint32_t frame)
{
	struct pager *pager = context;

	__builtin_prefetch(pager_frame(pager, frame), 1);
}

static void keep_config(struct pager *pager, const struct pager_config *config)
{
	const struct policy_parameter *parameter =
		config->policy_ops->parameters;
	unsigned i;

	pager->config = *config;
	if (!config->policy_values)
		return;
	for (i = 0; parameter && parameter[i].name; i++)
		pager->policy_values[i] = config->policy_values[i];
	pager->config.policy_values = pager->policy_values;
}

static uint64_t pager_now(void *context)
{
	const struct pager *pager = context;

	return pager->now(pager->now_context);
}

int pager_create(const struct pager_config *config, struct pager **out)
{
	struct pager *pager = calloc(1, sizeof(*pager));
	struct policy_config policy = {
		.frames = config->frames,
		.values = config->policy_values,
		.seed = config->policy_seed,
		.is_dirty = pager_is_dirty,
		.harvest = pager_harvest,
		.unmap = pager_unmap_for_policy,
		.prefetch = pager_prefetch_frame,
		.now = config->now ? pager_now : NULL,
		.context = pager,
		.bit_at_load = config->bit_at_load,
	};
	int error;

	if (!pager)
		return -ENOMEM;
	if (config->victim_batch > BATCH_MAX) {
		free(pager);
		return -EINVAL;
	}
	pthread_mutex_init(&pager->lock, NULL);
	pthread_cond_init(&pager->ready, NULL);
	pager->now = config->now;
	pager->now_context = config->now_context;
	pager->threads = config->threads;
	keep_config(pager, config);
	pager->pins_allowed = UINT32_MAX;
	pager->track_writes = config->track_writes;
	pager->victim_batch = config->victim_batch ? config->victim_batch : 1;
	pager->evicts_many = pager->victim_batch > 1 || config->clean_ahead;
	pager->read_ahead_max = config->read_ahead_max;
	pager->shadows_max = config->open_shadow ? config->shadows_max : 0;
	pager->open_shadow = config->open_shadow;
	pager->shadow_context = config->shadow_context;
	error = pager_init_cleaner(pager, config->clean_ahead < config->frames
						  ? config->clean_ahead
						  : config->frames);
	if (!error)
		error = physmem_init(&pager->physmem, config->frames,
			config->page_bytes, config->mappings_max,
			config->physmem_ops, config->backend);
	if (!error)
		error = btree_pool_create(config->frames,
			config->stores_max + pager->shadows_max,
			&pager->btrees);
	if (!error)
		btree_pool_keep_hints(pager->btrees,
			&pager->physmem.frames->leaf, sizeof(struct frame));
	if (!error)
		error = config->policy_ops->create(&policy, &pager->policy);
	if (error)
		pager_destroy(pager);
	else
		*out = pager;
	return error;
}

void pager_destroy(struct pager *pager)
{
	pager_fini_cleaner(pager);
	if (pager->policy)
		pager->policy->ops->destroy(pager->policy);
	if (pager->btrees)
		btree_pool_destroy(pager->btrees);
	physmem_fini(&pager->physmem);
	pthread_cond_destroy(&pager->ready);
	pthread_mutex_destroy(&pager->lock);
	free(pager);
}

void pager_wait_outside(struct pager *pager)
{
	pager->waiters++;
	pthread_cond_wait(&pager->ready, &pager->lock);
	pager->waiters--;
}

void pager_wait(struct pager *pager)
{
	unsigned lane = pager_watch_wait(pager);

	pager_wait_outside(pager);
	pager_watch_woken(pager, lane);
}

static bool is_mapped_at(const struct physmem *physmem,
	const struct frame *frame, const struct mapping *mapping)
{
	const struct mapping *at = &frame->first;

	if (!at->as)
		return false;
	while (at->as != mapping->as || at->page != mapping->page) {
		if (at->next == MAPPING_NONE)
			return false;
		at = &physmem->mappings[at->next];
	}
	return true;
}

/* The page's protection where its first write must be seen. */
static unsigned guard(const struct pager *pager, const struct fault *fault,
	const struct map *map, struct frame *frame)
{
	unsigned readable = map->protection & ~PROTECT_WRITE;

	if (map->shadow && frame->store != map->shadow->store)
		return readable;
	if (!(frame->flags & FRAME_SAVING)) {
		if (!pager->track_writes)
			return map->protection;
		if (fault->access & PROTECT_WRITE)
			frame->flags |= FRAME_DIRTY;
		if (frame->flags & FRAME_DIRTY)
			return map->protection;
	}
	if (readable != map->protection)
		frame->flags |= FRAME_GUARDED;
	return readable;
}

/* It was mapped there already, and perhaps written to: the bit is kept. */
static void uninstall(struct pager *pager, struct fault *fault, uint32_t number)
{
	struct frame *frame = pager_frame(pager, number);

	if (!pager->physmem.ops->protect &&
		physmem_unmap(&pager->physmem, number, fault->as, fault->page) &
			BIT_DIRTY)
		frame->flags |= FRAME_DIRTY;
	if (fault->access & PROTECT_WRITE && fault->kind == FAULT_SOFT &&
		(frame->flags & (FRAME_GUARDED | FRAME_DIRTY)) == FRAME_GUARDED)
		fault->kind = FAULT_WRITE;
}

/* Last step: the thread will find the page. */
static int install(struct pager *pager, struct fault *fault,
	const struct map *map, uint32_t number)
{
	struct physmem *physmem = &pager->physmem;
	struct frame *frame = pager_frame(pager, number);
	struct mapping mapping = {
		.as = fault->as,
		.page = fault->page,
		.translation = fault->translation,
		.next = MAPPING_NONE,
	};
	unsigned protection = map->protection;
	bool mapped = is_mapped_at(physmem, frame, &mapping);
	int error;

	if (mapped)
		uninstall(pager, fault, number);
	if (pager->track_writes || map->shadow || frame->flags & FRAME_SAVING)
		protection = guard(pager, fault, map, frame);
	if (!protection)
		return 0; /* a prefetch of what can't be read */
	if (mapped && physmem->ops->protect) {
		physmem->ops->protect(
			physmem->backend, &mapping, number, protection);
		return 0;
	}
	error = physmem_map(physmem, number, &mapping, protection);
	if (error != -ENOMEM)
		return error;
	/* no room for one more mapping: the page's others make way */
	pager_unmap_frame(pager, number);
	if (protection != map->protection)
		frame->flags |= FRAME_GUARDED;
	return physmem_map(physmem, number, &mapping, protection);
}

static void count_fault(struct pager *pager, const struct fault *fault)
{
	if (fault->prefetch)
		pager->counts.prefetches += fault->kind != FAULT_SOFT;
	else if (fault->kind == FAULT_SOFT)
		pager->counts.soft_faults++;
	else if (fault->kind == FAULT_HARD)
		pager->counts.hard_faults++;
	else if (fault->kind == FAULT_WRITE)
		pager->counts.write_faults++;
	else
		pager->counts.zero_faults++;
	if (__builtin_expect(pager->hooks != NULL, false))
		pager_tell_fault(pager, fault, 0);
}

void pager_tell_reference(
	struct pager *pager, uint32_t number, uint64_t next_use)
{
	const struct policy_ops *ops = pager->policy->ops;
	struct policy_references references = {
		.frames = &number,
		.next_use = &next_use,
		.count = 1,
	};

	if (!(pager_frame(pager, number)->flags & FRAME_EVICTABLE))
		return;
	if (ops->reference)
		ops->reference(pager->policy, &references);
	else if (ops->touch)
		ops->touch(pager->policy, number);
}

int pager_page_in(struct pager *pager, struct fault *fault, uint32_t number)
{
	struct frame *frame = pager_frame(pager, number);
	struct physmem *physmem = &pager->physmem;
	struct store *store = frame->store;
	struct page_io io = pager_page_io(pager, number, fault->translation);
	unsigned lane = pager_part(pager, store, WATCH_IN, io.offset);
	int found = store->ops->page_in(store, &io);

	found = pager_return(pager, store, lane, found);
	frame->flags &= ~FRAME_READING;
	pager_wake(pager);
	if (found < 0) {
		pager->pinned -= frame->pins != 0;
		frame->pins = 0;
		pager_detach(pager, number);
		physmem_give(physmem, number);
		return found;
	}
	fault->kind = found == STORE_ZERO ? FAULT_ZERO : FAULT_HARD;
	return 0;
}

static int find_map(
	struct pager *pager, const struct fault *fault, struct map **out)
{
	struct map *map = as_find(fault->as, fault->page);

	if (map && !(fault->access & ~map->protection)) {
		*out = map;
		return 0;
	}
	pager->counts.bad_faults += !fault->prefetch;
	return map ? -EACCES : -EFAULT;
}

/* The page is in no frame: takes one, fills it. *NUMBER: a frame in hand or
 * FRAME_NONE; what is in hand after LOOK_AGAIN stays there. */
static inline int bring_in(struct pager *pager, struct fault *fault,
	const struct view *view, const struct btree_place *place,
	uint32_t *number, struct probe *probe)
{
	const struct policy_ops *policy = pager->policy->ops;
	struct store *store = view->store;
	bool dropped = false;
	int error;

	if (policy->coming)
		policy->coming(pager->policy, page_key(store, view->offset));
	if (*number == FRAME_NONE)
		*number = physmem_take(&pager->physmem);
	if (*number == FRAME_NONE) {
		if (fault->prefetch)
			return NO_ROOM;
		error = pager_make_room(pager, view, number, &dropped, probe);
		if (error)
			return error;
	}
	if (dropped)
		return LOOK_AGAIN;
	pager_enter(pager, view, place, *number);
	mark(probe, PHASE_BTREE_UPDATE);
	error = pager_page_in(pager, fault, *number);
	mark_io(probe, store);
	return error;
}

/*
 * The page is in frame *NUMBER, but there is more to do than to map it.
 * LOOK_AGAIN: look again.
 */
static __attribute__((noinline)) int meet(struct pager *pager,
	struct fault *fault, const struct view *view, uint32_t *number,
	uint32_t *in_hand, struct probe *probe)
{
	uint16_t flags = pager_frame(pager, *number)->flags;

	if (flags & FRAME_BUSY) {
		if (flags & FRAME_READING || view->copy ||
			fault->access & PROTECT_WRITE ||
			pager->config.data_moves) {
			pager_wait(pager);
			return LOOK_AGAIN;
		}
		pager->counts.takebacks++;
	}
	if (flags & FRAME_AHEAD)
		pager_ahead_used(pager, view->map, *number);
	if (view->copy)
		return pager_copy(pager, fault, view, number, in_hand, probe);
	return 0;
}

static inline bool find_frame(const struct fault *fault,
	const struct view *view, uint32_t *number, struct btree_place *place)
{
	const struct btree *frames = &view->store->frames;

	if (fault->leaf_hint)
		return btree_find_near(frames, view->offset,
			fault->leaf_hint - 1, number, place);
	return btree_find(frames, view->offset, number, place);
}

/*
 * With a blocking store the maps may have changed while the page was read:
 * then the page is in its store, for whoever finds it, and the look-up is
 * made again.
 */
static inline __attribute__((always_inline)) int resolve(
	struct pager *pager, struct fault *fault, struct probe *probe)
{
	uint32_t in_hand = FRAME_NONE, number, version;
	struct btree_place place;
	struct map *map = NULL;
	struct view view;
	bool fresh = false;
	int error;

again:
	error = find_map(pager, fault, &map);
	mark(probe, PHASE_AS_LOOKUP);
	if (error)
		goto out;
	view = pager_view(fault, map);
	if (find_frame(fault, &view, &number, &place)) {
		mark(probe, PHASE_STORE_LOOKUP);
		if (!fresh)
			fault->kind = FAULT_SOFT;
		if (view.copy || pager_frame(pager, number)->flags &
					 (FRAME_BUSY | FRAME_AHEAD)) {
			error = meet(
				pager, fault, &view, &number, &in_hand, probe);
			if (error == LOOK_AGAIN)
				goto again;
			if (error)
				goto out;
		}
		pager_tell_reference(pager, number, fault->next_use);
	} else {
		mark(probe, PHASE_STORE_LOOKUP);
		version = fault->as->version;
		error = bring_in(pager, fault, &view, &place, &in_hand, probe);
		if (error == LOOK_AGAIN)
			goto again;
		if (error) {
			in_hand = FRAME_NONE; /* given back by then */
			goto out;
		}
		number = in_hand;
		in_hand = FRAME_NONE;
		fresh = true;
		if (version == fault->as->version && !view.copy)
			pager_pin_if_told(pager, map, number);
		else {
			pager_offer(pager, number, fault->next_use);
			goto again;
		}
	}
	/* mapped first: a policy may look at its bits when it gets it */
	error = install(pager, fault, map, number);
	mark(probe, PHASE_MAP);
	if (!(pager_frame(pager, number)->flags & FRAME_EVICTABLE))
		pager_offer(pager, number, fault->next_use);
	mark(probe, PHASE_VICTIM);
	count_fault(pager, fault);
	if (map->sequential && !fault->prefetch)
		pager_read_ahead(pager, fault, map);
out:
	if (in_hand != FRAME_NONE) {
		physmem_give(&pager->physmem, in_hand);
		pager_wake(pager);
	}
	if (error < 0 && pager->hooks && !fault->quiet)
		pager_tell_fault(pager, fault, error);
	return error;
}

/* A fault that somebody watches; a prefetch is but a part of some call. */
static __attribute__((noinline)) int resolve_watched(
	struct pager *pager, struct fault *fault, struct probe *probe)
{
	const struct watch_record record = {
		.kind = WATCH_FAULT,
		.detail = fault->access,
		.number = fault->as->number,
		.value = fault->page,
	};
	int error;

	if (!fault->prefetch)
		pager_watch_begin(pager, &record, 1);
	error = resolve(pager, fault, probe);
	/* the watch may have gone meanwhile */
	if (!fault->prefetch && pager->watch)
		pager_watch_end(pager, error, error ? 0 : fault->kind);
	return error;
}

int pager_fault_locked(
	struct pager *pager, struct fault *fault, struct probe *probe)
{
	if (PAGER_IS_WATCHED(pager))
		return resolve_watched(pager, fault, probe);
	return resolve(pager, fault, probe);
}

int pager_fault(struct pager *pager, struct fault *fault)
{
	int error;

	pager_lock(pager);
	if (PAGER_IS_WATCHED(pager))
		error = resolve_watched(pager, fault, NULL);
	else
		error = resolve(pager, fault, NULL);
	pager_leave(pager);
	return error;
}

int pager_fault_probed(
	struct pager *pager, struct fault *fault, struct probe *probe)
{
	int error;

	pager_lock(pager);
	mark(probe, PHASE_DELIVER);
	error = pager_fault_locked(pager, fault, probe);
	pager_leave(pager);
	return error;
}

uint32_t pager_look_ahead(struct pager *pager, struct as *as, uint64_t page)
{
	const struct map *map = as_find(as, page);

	(void)pager;
	if (!map)
		return 0;
	return btree_prefetch(&map->store->frames, map_offset(map, page)) + 1;
}
