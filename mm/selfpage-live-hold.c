/*
 * The public library: instructions that need several pages at once.
 *
 * One that straddles two pages, or copies from one to another, faults on each
 * in turn, and starts from the beginning each time.  With few frames, or a
 * policy that evicts what came last, it would do so for ever: it is known by
 * its thread's registers, which stay as they are.  So each few times a page of
 * it is held in its frame, until the thread faults with other registers; and
 * where no more frames can be held, one is added to them, over the limit.
 */
#include "mm/selfpage-live-internal.h"

#include <errno.h>

#include "mm/pager-limit.h"

enum {
	REPEATS_USUAL = 5, /* a straddling write reads and writes two pages */
	REPEATS_A_HOLD = 4,
	REPEATS_MAX = 100000,
};

static void end_hold(struct selfpage *self, uint32_t at)
{
	struct selfpage_live *live = self->live;
	uint32_t frame = live->holds[at].frame;

	live->holds[at] = live->holds[--live->holds_count];
	selfpage_end_borrow(self, frame);
}

/* No one is held any more: the pager shrinks to what it should be.  Where
 * nothing can go now, it is tried again after the next hold. */
static void shrink(struct selfpage *self)
{
	struct selfpage_live *live = self->live;
	struct pager_removed removed;

	while (live->backend.over &&
		!pager_remove_locked(self->pager, false, &removed)) {
		live->backend.front->forget(&live->backend, removed.frame);
		live->parked[live->parked_count++] = removed.frame;
		live->backend.over--;
	}
}

void selfpage_live_end_holds(struct selfpage *self)
{
	while (self->live->holds_count)
		end_hold(self, 0);
	shrink(self);
}

void selfpage_live_got_on(struct selfpage *self, const struct live_touch *touch)
{
	struct selfpage_live *live = self->live;
	uint32_t at = 0;

	while (at < live->holds_count) {
		if (live->holds[at].thread == touch->thread &&
			live->holds[at].registers != touch->registers)
			end_hold(self, at);
		else
			at++;
	}
	if (!live->holds_count)
		shrink(self);
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

int selfpage_live_help(struct selfpage *self, struct selfpage_space *space,
	const struct live_touch *touch)
{
	struct selfpage_live *live = self->live;
	const struct memory_entry *entry = memory_find(
		&self->memory, &space->as, touch->address / LIVE_PAGE_BYTES);
	int error;

	if (touch->repeats > REPEATS_MAX)
		return -EDEADLK;
	if (!entry || !touch->thread || live->holds_count == HOLDS_MAX ||
		touch->repeats < REPEATS_USUAL ||
		(touch->repeats - REPEATS_USUAL) % REPEATS_A_HOLD)
		return 0;
	error = pager_borrow(self->pager, entry->frame, false);
	if (error == -ENOMEM && !grow(self))
		error = pager_borrow(self->pager, entry->frame, false);
	/* perhaps it gets on without, or at the next time */
	if (error)
		return 0;
	live->holds[live->holds_count++] = (struct live_hold){
		.thread = touch->thread,
		.registers = touch->registers,
		.frame = entry->frame,
	};
	live->held++;
	return 0;
}
