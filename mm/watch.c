/* What a watch is told: see watch.h. */
#include "mm/watch.h"

#include "mm/pager-internal.h"

void pager_set_watch(struct pager *pager, struct pager_watch *watch)
{
	struct pager_watch *before = pager->watch;

	if (before && pager->hooks == &before->hooks)
		pager->hooks = NULL;
	pager->watch = watch;
	if (watch && !pager->hooks)
		pager->hooks = &watch->hooks;
}

static void note(struct pager *pager, struct watch_record *record)
{
	struct pager_watch *watch = pager->watch;

	record->lane = watch->lane;
	watch->note(watch, record);
}

void pager_watch_begin(
	struct pager *pager, const struct watch_record *records, unsigned count)
{
	pager->watch->begin(pager->watch, records, count);
}

void pager_watch_end(struct pager *pager, int result, unsigned kind)
{
	struct watch_record record = {
		.kind = WATCH_END, .detail = kind, .number = result};

	note(pager, &record);
}

void pager_watch_victim(
	struct pager *pager, uint32_t number, enum chooser chooser)
{
	const struct frame *frame = pager_frame(pager, number);
	struct watch_record record = {
		.kind = WATCH_VICTIM,
		.detail = chooser,
		.number = number,
		.value = page_key(frame->store, frame->offset),
	};

	note(pager, &record);
}

unsigned pager_watch_leave(struct pager *pager, const struct store *store,
	enum watch_kind kind, uint64_t value)
{
	struct watch_record record = {
		.kind = kind,
		.number = store->frames.id,
		.value = value,
	};
	unsigned lane = 0;

	if (pager->watch) {
		lane = pager->watch->lane;
		note(pager, &record);
	}
	if (store->blocking)
		pager_unlock(pager);
	return lane;
}

int pager_watch_result(struct pager *pager, int result)
{
	struct watch_record record = {.kind = WATCH_RESULT, .number = result};

	note(pager, &record);
	return (int)record.number;
}

int pager_watch_return(struct pager *pager, const struct store *store,
	unsigned lane, int result)
{
	if (store->blocking)
		pager_lock(pager);
	if (!pager->watch)
		return result;
	if (store->blocking)
		pager->watch->resume(pager->watch, lane);
	return pager_watch_result(pager, result);
}

unsigned pager_watch_wait(struct pager *pager)
{
	struct watch_record record = {.kind = WATCH_WAIT};

	if (!pager->watch)
		return 0;
	note(pager, &record);
	return record.lane;
}

void pager_watch_woken(struct pager *pager, unsigned lane)
{
	struct watch_record record = {.kind = WATCH_WOKEN};

	if (!pager->watch)
		return;
	pager->watch->resume(pager->watch, lane);
	note(pager, &record);
}

static unsigned store_flags(const struct store *store)
{
	return (store->blocking ? WATCH_STORE_BLOCKING : 0) |
	       (store->read_only ? WATCH_STORE_READ_ONLY : 0) |
	       (store->ops->page_out_many ? WATCH_STORE_MANY : 0) |
	       (store->ops->forget ? WATCH_STORE_FORGETS : 0);
}

void pager_watch_space(struct pager *pager, struct as *as, bool comes)
{
	struct watch_record record = {
		.kind = comes ? WATCH_SPACE : WATCH_SPACE_END,
		.value = as->maps_max,
	};

	if (!pager->watch)
		return;
	if (comes)
		as->number = ++pager->watch->spaces;
	record.number = as->number;
	pager_watch_begin(pager, &record, 1);
	pager_watch_end(pager, 0, 0);
}

void pager_watch_store(
	struct pager *pager, const struct store *store, bool comes)
{
	struct watch_record record = {
		.kind = comes ? WATCH_STORE : WATCH_STORE_END,
		.detail = store_flags(store),
		.number = store->frames.id,
	};

	if (!pager->watch)
		return;
	pager_watch_begin(pager, &record, 1);
	pager_watch_end(pager, 0, 0);
}

int pager_watch_shadow(
	struct pager *pager, const struct store *store, int result)
{
	struct watch_record record = {
		.kind = WATCH_SHADOW,
		.value = (uint64_t)result,
		.detail = result ? 0 : store_flags(store),
		.number = result ? 0 : store->frames.id,
	};

	note(pager, &record);
	return result;
}

bool pager_watch_unsafe(struct pager *pager, bool found, uint64_t *unsafe)
{
	struct watch_record record = {
		.kind = WATCH_UNSAFE,
		.detail = found,
		.value = found ? *unsafe : 0,
	};

	note(pager, &record);
	*unsafe = record.value;
	return record.detail;
}
