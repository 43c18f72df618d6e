/*
 * Rule 5 of server.h: what can't be had again at once fits into the
 * guarantee.
 *
 * A frame is `fast` from the moment it is mapped for writing until it is
 * found clean with no mapping left, or gone.  A dirty frame is therefore
 * fast; a fast one may well be clean, which costs no more than an unmapping
 * when room is made.  Pinned frames are counted besides.
 */
#include "mm/server-task-internal.h"

#include <errno.h>

/* Pins may take what is not fast, and leave room for one that is. */
static void update_pins(struct server_task *task)
{
	uint32_t fast = task->fast_count ? task->fast_count : 1;

	task->pager->pins_allowed =
		task->fast_max > fast ? task->fast_max - fast : 0;
}

void fast_add(struct server_task *task, uint32_t number)
{
	task->fast_count += !task->fast[number];
	task->fast[number] = 1;
	update_pins(task);
}

void fast_remove(struct server_task *task, uint32_t number)
{
	task->fast_count -= task->fast[number];
	task->fast[number] = 0;
	update_pins(task);
}

static bool fits(const struct server_task *task, uint32_t more)
{
	return (uint64_t)task->fast_count + task->pager->pinned + more <=
	       task->fast_max;
}

bool fast_has_room(const struct server_task *task)
{
	return fits(task, 1);
}

/* The frame is in use and not busy: makes it clean. */
static int clean(struct server_task *task, uint32_t number)
{
	struct pager *pager = task->pager;
	struct frame *frame = pager_frame(pager, number);
	int error = 0;

	pager_unmap_frame(pager, number);
	if (frame->flags & FRAME_DIRTY) {
		/* nobody else gets it while it is written */
		pager_withdraw(pager, number);
		error = pager_write_back(pager, number);
		pager->counts.writebacks += !error;
		pager_offer(pager, number, NEXT_USE_NEVER);
	}
	if (!error)
		fast_remove(task, number);
	return error;
}

int fast_settle(struct server_task *task, uint32_t more)
{
	struct pager *pager = task->pager;
	uint32_t frames_max = pager->physmem.frames_max;
	uint32_t tried = 0;
	bool busy = false, failed = false;
	int error = 0, first = -ENOMEM;

	while (!fits(task, more)) {
		uint32_t number = task->hand;
		const struct frame *frame = pager_frame(pager, number);

		if (tried++ == frames_max && busy && !failed) {
			/* others write them: there is room after that */
			pager_wait(pager);
			busy = false;
			tried = 0;
			continue;
		}
		if (!task->fast_count || tried > frames_max)
			return first;
		task->hand = number + 1 < frames_max ? number + 1 : 0;
		if (!task->fast[number])
			continue;
		if (!frame->store) {
			fast_remove(task, number);
			continue;
		}
		/* it may be written to after that */
		if (frame->flags & FRAME_LENT)
			continue;
		if (frame->flags & FRAME_BUSY) {
			busy = true;
			continue;
		}
		error = clean(task, number);
		if (!error) {
			/* another thread may have the room by now */
			tried = 0;
		} else if (!failed) {
			first = error;
			failed = true;
		}
	}
	return 0;
}

int fast_lower(void *context, uint32_t frames)
{
	struct server_task *task = context;
	struct pager *pager = task->pager;
	uint32_t left;
	int error;

	pager_lock(pager);
	left = task->fast_max - frames;
	error = pager->pinned && pager->pinned >= left ? -EBUSY : 0;
	/* a rise that the server knows of may not be here yet */
	if (frames > task->fast_max)
		error = -EINVAL;
	if (!error) {
		task->fast_max = left;
		/* before the lock is given up: no more are pinned than fit */
		update_pins(task);
		error = fast_settle(task, 0);
		/* what is left is borrowed */
		error = error == -ENOMEM ? -EBUSY : error;
		if (error)
			task->fast_max += frames;
		update_pins(task);
	}
	pager_unlock(pager);
	return error;
}

void fast_raise(void *context, uint32_t frames)
{
	struct server_task *task = context;

	pager_lock(task->pager);
	task->fast_max += frames;
	update_pins(task);
	pager_unlock(task->pager);
}
