/*
 * What clients ask of the server: one function for each type of request, and
 * a table that says which fields a type has a use for.
 */
#include "mm/physmem-server-internal.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

/* A request under way. */
struct call {
	struct socket_request request;
	struct socket_reply reply;
	int fds[SOCKET_FDS_MAX]; /* sent with the reply, and closed */
	unsigned fds_count;
};

enum field {
	USES_FLAGS = 1,
	USES_NUMBER = 2,
	USES_OTHER = 4,
	USES_VALUE = 8,
	USES_OFFSET = 16,
};

/* What must have been before. */
enum stage {
	STAGE_NEW,
	STAGE_HELLO,
	STAGE_TASK,
};

struct kind {
	/* The reply's error; what else it says only if that is 0. */
	int (*serve)(struct peer *peer, struct call *call);
	uint8_t fields; /* set of USES_: the others are 0 */
	uint8_t stage;
	uint8_t flags; /* those that there are */
};

static struct frame_source *source_of(const struct peer *peer)
{
	return server_client_source(peer->client);
}

static int on_hello(struct peer *peer, struct call *call)
{
	const struct physmem_server *server = peer->owner;
	uint32_t wanted = call->request.number;
	uint32_t most = control_guarantee(server_root(server->core));
	int error;

	/* a socket of a control has it already */
	if (!wanted != !!peer->control)
		return -EINVAL;
	if (wanted > most) {
		call->reply.number = most;
		return -ENOMEM;
	}
	error = peer_open(peer, wanted, &call->fds[1]);
	if (error)
		return error;
	call->fds[0] = dup(peer->memory_fd);
	call->fds_count = 2;
	call->reply.number = control_guarantee(peer->control);
	call->reply.frames = server->config.frames;
	call->reply.page_bytes = server->config.page_bytes;
	call->reply.value = server->config.notice_ns;
	return 0;
}

static int on_task(struct peer *peer, struct call *call)
{
	uint32_t guarantee;
	int error = peer_make_task(peer, call->request.number, &guarantee);

	if (error)
		return error;
	call->reply.number = guarantee;
	call->reply.value = peer->tasks;
	return 0;
}

static int on_task_end(struct peer *peer, struct call *call)
{
	(void)call;
	peer_end_task(peer);
	return 0;
}

static int on_state(struct peer *peer, struct call *call)
{
	struct source_state state = {
		.guaranteed = control_guarantee(peer->control)};

	if (peer->client)
		source_of(peer)->ops->state(source_of(peer), &state);
	call->reply.state = (struct socket_state){
		.guaranteed = state.guaranteed,
		.held = state.held,
		.extra = state.extra,
		.asked = state.asked,
		.deadline = state.deadline,
	};
	return 0;
}

static int on_take(struct peer *peer, struct call *call)
{
	struct frame_source *source = source_of(peer);
	uint32_t frame = source->ops->take(source, call->request.flags);

	if (frame == FRAME_NONE) {
		(void)on_state(peer, call);
		return -EAGAIN;
	}
	peer_got_frame(peer, frame);
	call->reply.number = frame;
	return 0;
}

static int on_ask(struct peer *peer, struct call *call)
{
	source_of(peer)->ops->ask(source_of(peer), call->request.number);
	return 0;
}

static int on_give(struct peer *peer, struct call *call)
{
	int error = server_client_give(
		peer->client, call->request.number, call->request.flags);

	if (!error && peer->due_frames)
		peer->due_frames--;
	return error;
}

static int on_get_back(struct peer *peer, struct call *call)
{
	struct frame_source *source = source_of(peer);

	return source->ops->get_back(source, call->request.number);
}

static int on_forget(struct peer *peer, struct call *call)
{
	return server_client_forget(
		peer->client, call->request.number, call->request.flags);
}

static int on_split(struct peer *peer, struct call *call)
{
	struct control *control;
	struct peer *child;
	int ends[2];
	int error =
		control_split(peer->control, call->request.number, &control);

	if (error)
		return error;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends)) {
		error = -errno;
		(void)control_destroy(control);
		return error;
	}
	error = peer_create(peer->owner, ends[0], &child);
	if (error) {
		close(ends[0]);
		close(ends[1]);
		(void)control_destroy(control);
		return error;
	}
	child->control = control;
	child->parent = peer->id;
	child->pid = peer->pid;
	call->reply.number = child->id;
	call->fds[call->fds_count++] = ends[1];
	return 0;
}

static int on_destroy(struct peer *peer, struct call *call)
{
	uint32_t before = control_guarantee(peer->control);
	struct peer *child = peer->owner->peers;

	while (child && (child->id != call->request.number ||
				child->parent != peer->id || child->reason))
		child = child->next;
	if (!child)
		return -ENOENT;
	peer->is_asking_back = true;
	peer_end(child, REASON_REVOKED);
	peer->is_asking_back = false;
	call->reply.number = control_guarantee(peer->control) - before;
	return 0;
}

static const struct kind kinds[SOCKET_REQUESTS] = {
	[SOCKET_HELLO] = {on_hello, USES_FLAGS | USES_NUMBER | USES_VALUE,
		STAGE_NEW, UINT8_MAX},
	[SOCKET_TASK] = {on_task, USES_NUMBER, STAGE_HELLO, 0},
	[SOCKET_TASK_END] = {on_task_end, 0, STAGE_TASK, 0},
	[SOCKET_TAKE] = {on_take, USES_FLAGS, STAGE_TASK, 1},
	[SOCKET_ASK] = {on_ask, USES_NUMBER, STAGE_TASK, 0},
	[SOCKET_GIVE] = {on_give, USES_FLAGS | USES_NUMBER, STAGE_TASK,
		GIVE_SOFT | GIVE_TAKEN},
	[SOCKET_GET_BACK] = {on_get_back, USES_NUMBER, STAGE_TASK, 0},
	[SOCKET_FORGET] = {on_forget, USES_FLAGS | USES_NUMBER, STAGE_TASK, 1},
	[SOCKET_STATE] = {on_state, 0, STAGE_HELLO, 0},
	[SOCKET_SPLIT] = {on_split, USES_NUMBER, STAGE_HELLO, 0},
	[SOCKET_DESTROY] = {on_destroy, USES_NUMBER, STAGE_HELLO, 0},
};

static bool is_well_formed(
	const struct peer *peer, const struct socket_request *request)
{
	const struct kind *kind = &kinds[request->type];
	unsigned used = (request->flags ? USES_FLAGS : 0) |
			(request->number ? USES_NUMBER : 0) |
			(request->other ? USES_OTHER : 0) |
			(request->value ? USES_VALUE : 0) |
			(request->offset ? USES_OFFSET : 0);

	if (used & ~(unsigned)kind->fields ||
		request->flags & ~(uint32_t)kind->flags)
		return false;
	if (kind->stage == STAGE_NEW)
		return !peer->said_hello && request->value == SOCKET_MAGIC;
	return peer->said_hello && (kind->stage != STAGE_TASK || peer->client);
}

static void reply(struct peer *peer, struct call *call)
{
	struct socket_message message = {
		.record = &call->reply,
		.record_bytes = sizeof(call->reply),
	};
	int error = 0;
	unsigned i;

	for (i = 0; i < call->fds_count; i++)
		message.fds[message.fds_count++] = call->fds[i];
	if (!peer->reason)
		error = socket_send(peer->fd, &message, MSG_DONTWAIT);
	socket_close_fds(&message);
	if (error)
		peer_end(peer, error == -EPIPE ? REASON_CLOSED : REASON_UNREAD);
}

static enum socket_reason receive(
	struct peer *peer, struct socket_request *request)
{
	struct socket_message message = {
		.record = request,
		.record_bytes = sizeof(*request),
		.data = peer->owner->data,
		.data_bytes = SOCKET_DATA_MAX,
	};
	int error = socket_receive(peer->fd, &message, MSG_DONTWAIT);

	if (!error && message.fds_count) {
		socket_close_fds(&message);
		return REASON_DESCRIPTORS;
	}
	if (error == -EBADMSG || (!error && message.data_bytes))
		return REASON_MALFORMED;
	if (error == -EPIPE)
		return REASON_CLOSED;
	if (error)
		return error == -EAGAIN ? REASON_NONE : REASON_NO_MEMORY;
	if (!request->type || request->type >= SOCKET_REQUESTS ||
		!is_well_formed(peer, request))
		return REASON_MALFORMED;
	return request->type == SOCKET_HELLO && request->flags != SOCKET_VERSION
		       ? REASON_VERSION
		       : REASON_NONE;
}

void peer_serve(struct peer *peer)
{
	struct call call = {0};
	enum socket_reason reason = receive(peer, &call.request);

	if (reason == REASON_VERSION) {
		/* it has no notices yet */
		call.reply.error = -EPROTO;
		reply(peer, &call);
	}
	if (reason) {
		peer_end(peer, reason);
		return;
	}
	if (!call.request.type)
		return; /* there was nothing, after all */
	call.reply.error = kinds[call.request.type].serve(peer, &call);
	reply(peer, &call);
}
