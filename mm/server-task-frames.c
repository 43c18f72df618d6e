/* The frames of a task: how they come from its source, and go back. */
#include "mm/server-task-internal.h"

#include <errno.h>

bool task_take_one(struct server_task *task, bool claim)
{
	uint32_t frame = task->source->ops->take(task->source, claim);

	if (frame == FRAME_NONE)
		return false;
	pager_lock(task->pager);
	soft_remove(&task->soft, frame);
	pager_unlock(task->pager);
	/* nobody else has the frame, so it is parked in the pager */
	(void)pager_add_frame(task->pager, frame);
	return true;
}

void task_take_for_pins(struct server_task *task, uint32_t frames)
{
	struct pager *pager = task->pager;
	uint32_t limit, wanted;

	pager_lock(pager);
	limit = pager->physmem.limit;
	wanted = pager->pinned + frames + 1;
	pager_unlock(pager);
	while (limit < wanted && task_take_one(task, true))
		limit++;
}

void server_ask(struct server_task *task, uint32_t frames, uint32_t *given_out)
{
	struct frame_source *source = task->source;
	uint32_t given = 0;

	source->ops->ask(source, 0);
	while (given < frames && task_take_one(task, false))
		given++;
	source->ops->ask(source, frames - given);
	*given_out = given;
}

/* Takes one frame from TASK's pager and gives it back; the pager's lock is
 * held, so that its page can't come back and change in between. */
static int give_one(struct server_task *task, bool clean_only)
{
	struct pager_removed removed;
	int error = pager_remove_locked(task->pager, clean_only, &removed);
	unsigned how = clean_only ? GIVE_TAKEN : 0;

	if (error)
		return error;
	fast_remove(task, removed.frame);
	if (removed.store) {
		soft_add(&task->soft, &removed);
		how |= GIVE_SOFT;
	}
	task->source->ops->give(task->source, removed.frame, how);
	return 0;
}

int server_return(
	struct server_task *task, uint32_t frames, uint32_t *returned_out)
{
	uint32_t returned = 0;
	int error = 0;

	pager_lock(task->pager);
	while (returned < frames) {
		error = give_one(task, false);
		if (error)
			break;
		returned++;
	}
	pager_unlock(task->pager);
	*returned_out = returned;
	return error;
}

int task_cut(void *context)
{
	struct server_task *task = context;
	int error = 0;

	pager_lock(task->pager);
	while (!error && task->pager->physmem.limit)
		error = give_one(task, false);
	pager_unlock(task->pager);
	if (!error)
		error = fast_lower(task, task->fast_max);
	return error;
}

static uint32_t asked(struct server_task *task)
{
	struct source_state state;

	task->source->ops->state(task->source, &state);
	return state.asked;
}

uint32_t task_overdue(void *context)
{
	struct server_task *task = context;
	uint32_t taken = 0;

	/* with the pager's lock held none is returned meanwhile */
	pager_lock(task->pager);
	while (asked(task) && !give_one(task, true))
		taken++;
	pager_unlock(task->pager);
	return taken;
}

int task_get_back_locked(
	struct server_task *task, struct store *store, uint64_t offset)
{
	uint32_t frame, resident;
	int error;

	if (btree_find(&store->frames, offset, &resident, NULL))
		return -EEXIST;
	frame = soft_find(&task->soft, store, offset);
	if (frame == FRAME_NONE)
		return -ENOENT;
	error = task->source->ops->get_back(task->source, frame);
	if (error == -ENOMEM)
		return error;
	soft_remove(&task->soft, frame);
	/* it is parked and the page is not resident, so it can't fail */
	if (!error)
		error = pager_adopt_locked(task->pager, frame, store, offset);
	return error;
}

int server_get_back(
	struct server_task *task, struct store *store, uint64_t offset)
{
	int error;

	pager_lock(task->pager);
	error = task_get_back_locked(task, store, offset);
	pager_unlock(task->pager);
	return error;
}
