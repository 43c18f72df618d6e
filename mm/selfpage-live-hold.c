/*
 * The public library: instructions that need several pages at once.
 *
 * One that straddles two pages, or copies from one to another, faults on each
 * in turn, and starts from the beginning each time.  With few frames, or a
 * policy that evicts what came last, it would do so for ever: it is known by
 * its thread's registers, which stay as they are.  So each few times a page of
 * it is held in its frame, until the thread faults with other registers; and
 * where no more frames can be held, one is added to them, over the limit.
 *
 * That is done for one thread at a time: if each of many held some of its
 * pages, none might find frames for the rest.  Whoever is helped and faults no
 * more, as it waits for another, makes way for that in the end.
 */
#include "mm/selfpage-live-internal.h"

#include <errno.h>

#include "mm/pager-limit.h"

enum {
	REPEATS_USUAL = 5, /* a straddling write reads and writes two pages */
	REPEATS_A_HOLD = 4,
	REPEATS_MAX = 100000,
	PATIENCE = 1000, /* faults of others: 10 ms, or a bit more */
};

/* No one is held any more: the pager shrinks to what it should be.  A frame is
 * nobody else's to take back while it leaves, which can give up the lock.
 * Where nothing can go now, it is tried again after the next hold. */
static void shrink(struct selfpage *self)
{
	struct selfpage_live *live = self->live;
	struct pager_removed removed;

	while (live->backend.over) {
		live->backend.over--;
		if (pager_remove_locked(self->pager, false, &removed)) {
			live->backend.over++;
			return;
		}
		live->backend.front->forget(&live->backend, removed.frame);
		live->parked[live->parked_count++] = removed.frame;
	}
}

void selfpage_live_end_holds(struct selfpage *self)
{
	struct live_help *help = &self->live->help;

	while (help->count)
		selfpage_end_borrow(self, help->frames[--help->count]);
	shrink(self);
}

void selfpage_live_bar_holds(struct selfpage *self)
{
	pager_lock(self->pager);
	self->live->help.bars++;
	selfpage_live_end_holds(self);
	pager_unlock(self->pager);
}

void selfpage_live_allow_holds(struct selfpage *self)
{
	pager_lock(self->pager);
	self->live->help.bars--;
	pager_unlock(self->pager);
}

void selfpage_live_got_on(struct selfpage *self, const struct live_touch *touch)
{
	struct live_help *help = &self->live->help;

	if (touch->thread != help->thread)
		help->waited++;
	else if (touch->registers == help->registers)
		help->waited = 0;
	else
		selfpage_live_end_holds(self);
}

static int grow(struct selfpage *self)
{
	struct selfpage_live *live = self->live;

	if (!live->parked_count)
		return -ENOMEM;
	(void)pager_add_locked(self->pager, live->parked[--live->parked_count]);
	live->backend.over++;
	live->backend.counts.over_limit++;
	return 0;
}

/* Is a page due to be held, and is it this thread's turn?  One that could not
 * be held is due at the next fault: faults come in rounds. */
static bool may_hold(struct selfpage *self, const struct live_touch *touch)
{
	struct live_help *help = &self->live->help;
	uint32_t held = help->thread == touch->thread ? help->count : 0;

	if (!touch->thread || help->bars ||
		touch->repeats < REPEATS_USUAL + REPEATS_A_HOLD * held)
		return false;
	if (help->count && help->thread != touch->thread) {
		if (help->waited < PATIENCE)
			return false;
		selfpage_live_end_holds(self);
		/* the lock was given up: it may be another's turn now */
		if (help->count && help->thread != touch->thread)
			return false;
	}
	return help->count < HOLDS_MAX;
}

int selfpage_live_help(struct selfpage *self, struct selfpage_space *space,
	const struct live_touch *touch)
{
	struct live_help *help = &self->live->help;
	const struct memory_entry *entry;
	int error;

	if (touch->repeats > REPEATS_MAX)
		return -EDEADLK;
	if (!may_hold(self, touch))
		return 0;
	entry = memory_find(
		&self->memory, &space->as, touch->address / LIVE_PAGE_BYTES);
	if (!entry)
		return 0;
	error = pager_borrow(self->pager, entry->frame, false);
	if (error == -ENOMEM && !grow(self))
		error = pager_borrow(self->pager, entry->frame, false);
	/* perhaps it gets on without, or at the next time */
	if (error)
		return 0;
	help->thread = touch->thread;
	help->registers = touch->registers;
	help->waited = 0;
	help->frames[help->count++] = entry->frame;
	self->live->held++;
	return 0;
}
