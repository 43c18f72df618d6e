/* The public library: pagers whose frames come from a control. */
#include "mm/selfpage-physmem-internal.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "mm/server-task-internal.h"

static struct selfpage *owner_of(void *memory)
{
	return (struct selfpage *)((char *)memory -
				   offsetof(struct selfpage, memory));
}

/*
 * The page is copied first: if the connection has not been cut off after
 * that, nothing that the copy was made of had been taken away.
 */
static int remote_page_out(
	void *backend, struct store *store, const struct page_io *io)
{
	char copy[SOCKET_PAGE_BYTES_MAX] __attribute__((aligned(4096)));
	struct page_io steady = *io;

	memcpy(copy, io->data, io->bytes);
	if (!connection_is_intact(owner_of(backend)->connection))
		return -ECONNABORTED;
	steady.data = copy;
	return store->ops->page_out(store, &steady);
}

int selfpage_control_shape(struct selfpage_control *control,
	uint32_t *frames_out, uint32_t *page_bytes_out)
{
	struct connection *connection;
	int error;

	if (control->physmem) {
		*frames_out = control->physmem->frames;
		*page_bytes_out = control->physmem->page_bytes;
		return 0;
	}
	error = selfpage_control_connection(control, &connection);
	if (error)
		return error;
	*frames_out = connection_frames(connection);
	*page_bytes_out = connection_page_bytes(connection);
	return 0;
}

void *selfpage_control_arena(const struct selfpage_control *control)
{
	return control->physmem ? control->physmem->arena
				: connection_memory(control->connection);
}

int selfpage_make_task(struct selfpage *self, const struct pager_config *pager,
	const struct selfpage_config *config)
{
	struct selfpage_control *control = config->control;
	struct server_task_config task = {
		.policy_ops = pager->policy_ops,
		.mappings_max = pager->mappings_max,
		.stores_max = pager->stores_max,
		.bit_at_load = pager->bit_at_load,
		.read_ahead_max = pager->read_ahead_max,
		.shadows_max = pager->shadows_max,
		.open_shadow = pager->open_shadow,
		.shadow_context = pager->shadow_context,
		.physmem_ops = pager->physmem_ops,
		.backend = pager->backend,
		.extra_max = config->extra_max,
		.return_frames = config->return_frames,
		.context = config->return_context,
	};
	int error;

	if (control->physmem) {
		error = server_task_create(
			control->control, &task, &self->task);
	} else {
		self->remote_ops = *pager->physmem_ops;
		self->remote_ops.page_out = remote_page_out;
		task.physmem_ops = &self->remote_ops;
		self->connection = control->connection;
		error = connection_create_task(
			control->connection, &task, &self->task);
	}
	if (error)
		return error;
	self->pager = server_task_pager(self->task);
	self->control = control;
	__atomic_fetch_add(&control->users, 1, __ATOMIC_ACQ_REL);
	return 0;
}

void selfpage_end_task(struct selfpage *self)
{
	/* its stores are closed, so nothing is in its frames */
	(void)server_task_destroy(self->task);
	__atomic_fetch_sub(&self->control->users, 1, __ATOMIC_ACQ_REL);
}

int selfpage_fault(struct selfpage *self, struct fault *fault)
{
	int error;

	if (!self->task)
		return pager_fault_locked(self->pager, fault, NULL);
	pager_unlock(self->pager);
	error = server_task_fault(self->task, fault);
	pager_lock(self->pager);
	return error;
}

int selfpage_is_intact(const struct selfpage *self)
{
	return !self->connection || connection_is_intact(self->connection)
		       ? 0
		       : -ECONNABORTED;
}

void selfpage_take_for_pins(struct selfpage *self, uint64_t pages)
{
	bool may_fit;

	if (!self->task)
		return;
	pager_lock(self->pager);
	may_fit = pages < self->task->fast_max;
	pager_unlock(self->pager);
	if (may_fit)
		task_take_for_pins(self->task, pages);
}

void selfpage_make_room(struct selfpage *self)
{
	if (!self->task)
		return;
	/* to be pinned and mapped for writing; if there is none, what needs it
	 * will say so */
	selfpage_take_for_pins(self, 1);
	pager_lock(self->pager);
	(void)fast_settle(self->task, 2);
	pager_unlock(self->pager);
}

void selfpage_note_dirty(struct selfpage *self, uint32_t frame)
{
	if (!self->task)
		return;
	fast_add(self->task, frame);
	(void)fast_settle(self->task, 0);
}

PUBLIC int selfpage_read_frames(struct selfpage *pager,
	struct selfpage_frames *frames_out, size_t frames_bytes)
{
	struct server_task_frames frames;
	int error;

	if (!pager || !frames_out || frames_bytes != sizeof(*frames_out))
		return -EINVAL;
	if (!pager->task)
		return -ENOTSUP;
	server_task_frames(pager->task, &frames);
	error = pager->task->source->ops->status(pager->task->source);
	if (error)
		return error;
	*frames_out = (struct selfpage_frames){
		.guaranteed = frames.guaranteed,
		.held = frames.held,
		.extra = frames.extra,
		.asked = frames.asked,
		.deadline = frames.deadline,
		.kept = frames.fast,
	};
	return 0;
}

PUBLIC int selfpage_ask(
	struct selfpage *pager, uint32_t frames, uint32_t *given_out)
{
	uint32_t given;

	if (!pager || !given_out)
		return -EINVAL;
	if (!pager->task)
		return -ENOTSUP;
	server_ask(pager->task, frames, &given);
	if (!given && pager->task->source->ops->status(pager->task->source))
		return -ECONNABORTED;
	*given_out = given;
	return 0;
}

PUBLIC int selfpage_return(
	struct selfpage *pager, uint32_t frames, uint32_t *returned_out)
{
	if (!pager || !returned_out)
		return -EINVAL;
	*returned_out = 0;
	if (!pager->task)
		return -ENOTSUP;
	return server_return(pager->task, frames, returned_out);
}
