/* Doing a recorded call again: see redo.h. */
#include "mm/redo.h"

#include <errno.h>
#include <stdlib.h>

#include "mm/pager-internal.h"
#include "mm/pager-limit.h"
#include "mm/store-pager.h"

enum redo_about redo_about(const struct watch_record *call)
{
	switch (call->kind) {
	case WATCH_SPACE:
	case WATCH_SPACE_END:
	case WATCH_FAULT:
	case WATCH_ADVISE:
	case WATCH_MAP:
	case WATCH_PROTECT:
	case WATCH_UNMAP:
	case WATCH_DISCARD:
		return REDO_SPACE;
	case WATCH_STORE:
	case WATCH_STORE_END:
	case WATCH_FLUSH:
	case WATCH_DROP:
	case WATCH_FORGET:
	case WATCH_UNSYNCED:
		return REDO_STORE;
	default:
		return REDO_FRAME;
	}
}

static void fault(
	struct pager *pager, struct as *as, const struct watch_record *call)
{
	struct fault again = {
		.as = as,
		.page = call->value,
		.access = call->detail,
		.next_use = NEXT_USE_NEVER,
	};

	(void)pager_fault(pager, &again);
}

static int in_space(struct pager *pager, struct as *as, struct store *store,
	const struct watch_record *call)
{
	uint64_t start = call->value, pages;

	if (!as)
		return -EINVAL;
	if (call->kind == WATCH_FAULT) {
		fault(pager, as, call);
		return 0;
	}
	pages = call[1].value;
	switch (call->kind) {
	case WATCH_ADVISE:
		(void)pager_advise(pager, as, start, pages, call->detail & 0xff,
			call->detail >> 8);
		return 0;
	case WATCH_MAP:
		if (!store)
			return -EINVAL;
		(void)pager_map(pager, as, start, pages, store, call[2].value,
			call->detail & 0xff, call->detail >> 8);
		return 0;
	case WATCH_PROTECT:
		(void)pager_protect(pager, as, start, pages, call->detail);
		return 0;
	case WATCH_UNMAP:
		(void)pager_unmap(pager, as, start, pages);
		return 0;
	case WATCH_DISCARD:
		(void)pager_discard(pager, as, start, pages);
		return 0;
	default:
		return -EINVAL;
	}
}

static void drop(struct pager *pager, struct store *store,
	const struct watch_record *call)
{
	const struct drop again = {
		.store = store,
		.first = call[0].value,
		.end = call[1].value,
		.write_back = call->detail & WATCH_DROP_WRITE_BACK,
		.keep_pinned = call->detail & WATCH_DROP_KEEP_PINNED,
		.keep_borrowed = call->detail & WATCH_DROP_KEEP_BORROWED,
		.go_on = call->detail & WATCH_DROP_GO_ON,
	};

	pager_lock(pager);
	(void)pager_drop_told(pager, &again);
	pager_leave(pager);
}

static int to_store(struct pager *pager, struct store *store,
	const struct watch_record *call)
{
	if (!store)
		return -EINVAL;
	switch (call->kind) {
	case WATCH_FLUSH:
		(void)pager_flush_range(
			pager, store, call[0].value, call[1].value);
		return 0;
	case WATCH_DROP:
		drop(pager, store, call);
		return 0;
	case WATCH_FORGET:
		(void)pager_forget(pager, store, call[0].value, call[1].value);
		return 0;
	case WATCH_UNSYNCED:
		pager_dirty_unsafe(pager, store);
		return 0;
	default:
		return -EINVAL;
	}
}

/* With the lock held. */
static int to_used_frame(struct pager *pager, const struct watch_record *call)
{
	const struct frame *frame;

	if (call->number >= pager->physmem.frames_max)
		return -EINVAL;
	frame = pager_frame(pager, call->number);
	if (!frame->store || frame->flags & FRAME_READING)
		return -EINVAL;
	if (call->kind == WATCH_GIVE_BACK && frame->pins < PIN_BORROW)
		return -EINVAL;
	if (call->kind == WATCH_GIVE_BACK)
		pager_give_back(pager, call->number);
	else if (call->kind == WATCH_BORROW)
		(void)pager_borrow(pager, call->number, call->detail);
	else
		pager_use(pager, call->number);
	return 0;
}

static int to_frame(struct pager *pager, const struct watch_record *call)
{
	struct pager_removed removed;
	int error;

	switch (call->kind) {
	case WATCH_ADD_FRAME:
		(void)pager_add_frame(pager, call->number);
		return 0;
	case WATCH_REMOVE_FRAME:
		(void)pager_remove_frame(pager, call->detail, &removed);
		return 0;
	case WATCH_CLEANER:
		pager_attach_cleaner(pager, call->detail);
		return 0;
	case WATCH_CLEAN:
		(void)pager_clean(pager);
		return 0;
	case WATCH_REFERENCE:
	case WATCH_BORROW:
	case WATCH_GIVE_BACK:
		pager_lock(pager);
		error = to_used_frame(pager, call);
		pager_leave(pager);
		return error;
	default:
		return -EINVAL;
	}
}

int redo_call(struct pager *pager, struct as *as, struct store *store,
	const struct watch_record *call)
{
	switch (redo_about(call)) {
	case REDO_SPACE:
		return in_space(pager, as, store, call);
	case REDO_STORE:
		return to_store(pager, store, call);
	default:
		return to_frame(pager, call);
	}
}

void redo_space(struct pager *pager, struct as *as, bool comes)
{
	pager_lock(pager);
	pager_watch_space(pager, as, comes);
	pager_unlock(pager);
}

void redo_store(struct pager *pager, const struct store *store, bool comes)
{
	pager_lock(pager);
	pager_watch_store(pager, store, comes);
	pager_unlock(pager);
}

void redo_abandon(struct pager *pager)
{
	struct shadow *shadow;

	while ((shadow = pager->shadows)) {
		pager->shadows = shadow->next;
		free(shadow);
	}
	pager_destroy(pager);
}
