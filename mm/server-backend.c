/*
 * The memory as a task's pager sees it: its backend's, but for two things.
 *
 * A page is mapped for writing only if rule 5 of server.h has room for it.
 * Whoever then writes to one that is not, faults, and server_task_fault makes
 * room.  And when a page is read into a frame, which begins with the pager's
 * asking for that frame's data, a soft reference to the same page is no use
 * any more: the new frame may change, be written back and go, and the old
 * content must not come back then.
 *
 * All of it is called with the pager's lock held.
 */
#include "mm/server-task-internal.h"

static void *backend_data(void *backend, uint32_t number)
{
	struct server_task *task = backend;
	const struct frame *frame = pager_frame(task->pager, number);
	uint32_t soft;

	if (frame->store && frame->flags & FRAME_READING) {
		fast_remove(task, number);
		soft = soft_find(&task->soft, frame->store, frame->offset);
		if (soft != FRAME_NONE) {
			soft_remove(&task->soft, soft);
			task->source->ops->forget(task->source, soft, true);
		}
	}
	return task->config.physmem_ops->data(task->config.backend, number);
}

static void backend_map(void *backend, const struct mapping *mapping,
	uint32_t number, unsigned protection)
{
	struct server_task *task = backend;
	const struct server_task_config *config = &task->config;

	if (pager_frame(task->pager, number)->flags & FRAME_DIRTY)
		fast_add(task, number);
	if (protection & PROTECT_WRITE && !task->fast[number]) {
		if (fast_has_room(task))
			fast_add(task, number);
		else
			protection &= ~PROTECT_WRITE;
	}
	config->physmem_ops->map(config->backend, mapping, number, protection);
}

static unsigned backend_unmap(void *backend, const struct mapping *mapping)
{
	const struct server_task_config *config =
		&((struct server_task *)backend)->config;

	return config->physmem_ops->unmap(config->backend, mapping);
}

static unsigned backend_harvest(void *backend, const struct mapping *mapping)
{
	const struct server_task_config *config =
		&((struct server_task *)backend)->config;

	return config->physmem_ops->harvest(config->backend, mapping);
}

static void backend_prefetch(void *backend, const struct mapping *mapping)
{
	const struct server_task_config *config =
		&((struct server_task *)backend)->config;

	config->physmem_ops->prefetch(config->backend, mapping);
}

static uint32_t backend_translate(void *backend, struct as *as, uint64_t page)
{
	const struct server_task_config *config =
		&((struct server_task *)backend)->config;

	return config->physmem_ops->translate(config->backend, as, page);
}

static int backend_page_out(
	void *backend, struct store *store, const struct page_io *io)
{
	const struct server_task_config *config =
		&((struct server_task *)backend)->config;

	return config->physmem_ops->page_out(config->backend, store, io);
}

static void backend_forget(
	void *backend, const struct store *store, uint64_t first, uint64_t end)
{
	struct server_task *task = backend;
	const struct soft_entry *entry;
	uint32_t i;

	for (i = 0; i < task->soft.frames && task->soft.count; i++) {
		entry = &task->soft.entries[i];
		if (entry->store != store || entry->offset < first ||
			entry->offset >= end)
			continue;
		soft_remove(&task->soft, i);
		task->source->ops->forget(task->source, i, false);
	}
}

const struct physmem_ops server_backend_guarded_ops = {
	.data = backend_data,
	.map = backend_map,
	.unmap = backend_unmap,
	.harvest = backend_harvest,
	.prefetch = backend_prefetch,
	.translate = backend_translate,
	.page_out = backend_page_out,
	.forget = backend_forget,
};

const struct physmem_ops server_backend_ops = {
	.data = backend_data,
	.map = backend_map,
	.unmap = backend_unmap,
	.harvest = backend_harvest,
	.prefetch = backend_prefetch,
	.translate = backend_translate,
	.forget = backend_forget,
};
