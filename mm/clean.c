/* Writing ahead of need: see clean.h. */
#include "mm/clean.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "mm/pager-internal.h"

int pager_init_cleaner(struct pager *pager, uint32_t ahead)
{
	struct cleaner *cleaner = &pager->cleaner;

	cleaner->first = cleaner->last = FRAME_NONE;
	pthread_cond_init(&cleaner->chosen, NULL);
	if (!ahead)
		return 0;
	cleaner->upcoming = calloc(ahead, sizeof(*cleaner->upcoming));
	cleaner->ahead = ahead;
	return cleaner->upcoming ? 0 : -ENOMEM;
}

void pager_fini_cleaner(struct pager *pager)
{
	pager_stop_cleaner(pager);
	pthread_cond_destroy(&pager->cleaner.chosen);
	free(pager->cleaner.upcoming);
}

bool pager_wait_cleaned(struct pager *pager, uint32_t number)
{
	struct frame *frame = pager_frame(pager, number);

	if (!(frame->flags & FRAME_CLEANING))
		return false;
	frame->flags |= FRAME_WRITING;
	while (frame->flags & FRAME_CLEANING)
		pager_wait(pager);
	frame->flags &= ~FRAME_WRITING;
	pager_wake(pager);
	return true;
}

void pager_wait_all_cleaned(struct pager *pager)
{
	const struct cleaner *cleaner = &pager->cleaner;

	/* not pager_wait: this is no part of a call that is watched */
	while (cleaner->first != FRAME_NONE || cleaner->writers) {
		pager->waiters++;
		pthread_cond_wait(&pager->ready, &pager->lock);
		pager->waiters--;
	}
}

/* A policy that names victims ahead looks at no referenced bits: none is lost
 * if the backend's are read. */
static bool is_dirty(struct pager *pager, uint32_t number)
{
	const struct frame *frame = pager_frame(pager, number);

	if (frame->flags & FRAME_DIRTY || pager->track_writes)
		return frame->flags & FRAME_DIRTY;
	return physmem_harvest(&pager->physmem, number) & BIT_DIRTY;
}

/* The frames in BATCH are to be written after those that are already. */
static void mark_batch(struct pager *pager, struct batch *batch)
{
	struct cleaner *cleaner = &pager->cleaner;
	struct frame *frame;
	unsigned i;

	pager_unmap_batch(pager, batch);
	for (i = 0; i < batch->count; i++) {
		frame = pager_frame(pager, batch->frames[i]);
		frame->flags |= FRAME_CLEANING;
		frame->next_free = FRAME_NONE;
		if (cleaner->first == FRAME_NONE)
			cleaner->first = batch->frames[i];
		else
			pager_frame(pager, cleaner->last)->next_free =
				batch->frames[i];
		cleaner->last = batch->frames[i];
	}
	batch->count = 0;
}

static void look(struct pager *pager)
{
	struct policy *policy = pager->policy;
	struct cleaner *cleaner = &pager->cleaner;
	struct batch batch = {.count = 0};
	uint32_t count, number, i;

	count = policy->ops->upcoming(
		policy, cleaner->upcoming, cleaner->ahead);
	for (i = 0; i < count; i++) {
		number = cleaner->upcoming[i];
		if (pager_frame(pager, number)->flags & FRAME_CLEANING ||
			!is_dirty(pager, number))
			continue;
		batch.frames[batch.count++] = number;
		if (batch.count == BATCH_MAX)
			mark_batch(pager, &batch);
	}
	mark_batch(pager, &batch);
}

/* It was written, or not: who waits for it may go on. */
static void finish(struct pager *pager, uint32_t number, int error)
{
	struct frame *frame = pager_frame(pager, number);

	frame->flags &= ~FRAME_CLEANING;
	pager->counts.cleaned += !error;
	/* it may have been pinned, and that be over */
	if (!(frame->flags & FRAME_EVICTABLE))
		pager_offer(pager, number, NEXT_USE_NEVER);
}

/* Can it be one of many page-outs that are in flight at a time? */
static bool goes_with_others(
	const struct pager *pager, const struct frame *frame)
{
	return frame->store->ops->page_out_many &&
	       !pager->physmem.ops->page_out;
}

/* As many as can be in flight at a time, or one, so that whoever waits for it
 * need not wait for others. */
static bool write_some(struct pager *pager, bool *dropped_out)
{
	struct cleaner *cleaner = &pager->cleaner;
	struct batch batch = {.count = 0};
	const struct frame *frame;
	unsigned i;

	while (batch.count < BATCH_MAX && cleaner->first != FRAME_NONE) {
		frame = pager_frame(pager, cleaner->first);
		if (batch.count && !goes_with_others(pager, frame))
			break;
		batch.frames[batch.count++] = cleaner->first;
		cleaner->first = frame->next_free;
		*dropped_out |= frame->store->blocking && pager->threads;
		if (!goes_with_others(pager, frame))
			break;
	}
	if (!batch.count)
		return false;
	cleaner->writers++;
	(void)pager_write_batch(pager, &batch);
	cleaner->writers--;
	for (i = 0; i < batch.count; i++)
		finish(pager, batch.frames[i], batch.errors[i]);
	pager_wake(pager);
	return true;
}

void pager_look_for_dirty(struct pager *pager, bool *dropped_out)
{
	struct cleaner *cleaner = &pager->cleaner;

	if (pager->counts.evictions < cleaner->next_look ||
		!pager->policy->ops->upcoming)
		return;
	cleaner->next_look = pager->counts.evictions + (cleaner->ahead + 1) / 2;
	look(pager);
	if (cleaner->attached && cleaner->first != FRAME_NONE)
		pthread_cond_signal(&cleaner->chosen);
	while (!cleaner->attached && write_some(pager, dropped_out))
		;
}

void pager_attach_cleaner(struct pager *pager, bool attached)
{
	bool dropped = false;

	pager_lock(pager);
	pager_begin_frame(pager, WATCH_CLEANER, 0, attached);
	pager->cleaner.attached = attached;
	while (!pager->cleaner.attached && write_some(pager, &dropped))
		;
	pager_end(pager, 0);
	pager_unlock(pager);
}

static bool clean_locked(struct pager *pager)
{
	bool dropped = false, some;

	pager_begin_frame(pager, WATCH_CLEAN, 0, 0);
	some = write_some(pager, &dropped);
	pager_end(pager, 0);
	return some;
}

bool pager_clean(struct pager *pager)
{
	bool some;

	pager_lock(pager);
	some = clean_locked(pager);
	pager_unlock(pager);
	return some;
}

static void *run(void *context)
{
	struct pager *pager = context;
	struct cleaner *cleaner = &pager->cleaner;

	pager_lock(pager);
	while (cleaner->runs) {
		if (cleaner->first == FRAME_NONE)
			pthread_cond_wait(&cleaner->chosen, &pager->lock);
		else
			(void)clean_locked(pager);
	}
	pager_unlock(pager);
	return NULL;
}

int pager_start_cleaner(struct pager *pager)
{
	struct cleaner *cleaner = &pager->cleaner;
	sigset_t all, before;
	int error;

	if (!pager->threads)
		return -EINVAL;
	if (cleaner->runs)
		return -EBUSY;
	cleaner->runs = true;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = -pthread_create(&cleaner->thread, NULL, run, pager);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error)
		cleaner->runs = false;
	else
		pager_attach_cleaner(pager, true);
	return error;
}

void pager_forget_cleaner(struct pager *pager)
{
	struct cleaner *cleaner = &pager->cleaner;

	cleaner->runs = cleaner->attached = false;
	pthread_cond_init(&cleaner->chosen, NULL);
}

void pager_stop_cleaner(struct pager *pager)
{
	struct cleaner *cleaner = &pager->cleaner;

	if (!cleaner->runs)
		return;
	pager_lock(pager);
	cleaner->runs = false;
	pthread_cond_signal(&cleaner->chosen);
	pager_unlock(pager);
	pthread_join(cleaner->thread, NULL);
	pager_attach_cleaner(pager, false);
	pager_lock(pager);
	pager_wait_all_cleaned(pager);
	pager_unlock(pager);
}
