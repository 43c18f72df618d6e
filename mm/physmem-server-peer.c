/* A connection of the server: see physmem-server-internal.h. */
#define _GNU_SOURCE /* memfd_create, fallocate, credentials */
#include "mm/physmem-server-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	STAT_BLOCK_BYTES = 512, /* what st_blocks counts, always */
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static pid_t pid_of(int fd)
{
	struct ucred credentials = {0};
	socklen_t bytes = sizeof(credentials);

	(void)getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &bytes);
	return credentials.pid;
}

int peer_create(struct physmem_server *server, int fd, struct peer **out)
{
	struct peer **link = &server->peers;
	struct peer *peer;

	if (server->peers_count >= server->config.peers_max)
		return -EMFILE;
	peer = calloc(1, sizeof(*peer));
	if (!peer)
		return -ENOMEM;
	*peer = (struct peer){
		.owner = server,
		.id = ++server->last_id,
		.pid = pid_of(fd),
		.fd = fd,
		.notice_fd = -1,
		.memory_fd = -1,
	};
	while (*link)
		link = &(*link)->next;
	*link = peer;
	server->peers_count++;
	*out = peer;
	return 0;
}

/* A page for each frame, and one for struct socket_flags.  Nobody can make it
 * shorter: the server may touch all of it. */
static int make_file(const struct physmem_server *server, int *out)
{
	off_t bytes = (off_t)(server->config.frames + UINT64_C(1)) *
		      server->config.page_bytes;
	int fd = memfd_create(
		"selfpage-frames", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int error;

	if (fd < 0)
		return -errno;
	if (!ftruncate(fd, bytes) &&
		!fcntl(fd, F_ADD_SEALS,
			F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)) {
		*out = fd;
		return 0;
	}
	error = -errno;
	close(fd);
	return error;
}

int peer_open(struct peer *peer, uint32_t guarantee, int *notice_out)
{
	struct server *core = peer->owner->core;
	int ends[2] = {-1, -1};
	int memory_fd = -1;
	int error = make_file(peer->owner, &memory_fd);

	if (error)
		return error;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		error = -errno;
	if (!error && !peer->control)
		error = control_split(
			server_root(core), guarantee, &peer->control);
	if (!error)
		error = peer_use_file(peer);
	if (error) {
		close_fd(&memory_fd);
		close_fd(&ends[0]);
		close_fd(&ends[1]);
		return error;
	}
	peer->memory_fd = memory_fd;
	peer->notice_fd = ends[0];
	peer->said_hello = true;
	*notice_out = ends[1];
	return 0;
}

void peer_got_frame(struct peer *peer, uint32_t frame)
{
	struct peer **had = &peer->owner->bytes_of[frame];
	off_t page_bytes = peer->owner->config.page_bytes;

	if (*had == peer)
		return;
	if (*had) {
		(void)fallocate((*had)->memory_fd,
			FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			frame * page_bytes, page_bytes);
		(*had)->bytes_pages--;
	}
	*had = peer;
	peer->bytes_pages++;
}

static void tell(struct peer *peer, enum socket_notice_type type,
	uint32_t number, uint64_t value)
{
	struct socket_notice notice = {type, number, value};
	struct socket_message message = {
		.record = &notice, .record_bytes = sizeof(notice)};

	/* who does not read them misses some: the deadlines stand */
	if (peer->notice_fd >= 0)
		(void)socket_send(peer->notice_fd, &message, MSG_DONTWAIT);
}

/* Nothing of its memory is left but the page that says so. */
static void drop_memory(struct peer *peer)
{
	struct physmem_server *server = peer->owner;
	off_t bytes = (off_t)server->config.frames * server->config.page_bytes;
	struct socket_flags flags = {peer->reason};
	uint32_t i;

	if (peer->memory_fd < 0)
		return;
	/* in this order: see physmem-socket.h */
	if (pwrite(peer->memory_fd, &flags, sizeof(flags), bytes) < 0)
		peer->reason = REASON_NO_MEMORY;
	(void)fallocate(peer->memory_fd,
		FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, bytes);
	close_fd(&peer->memory_fd);
	if (peer->mapped)
		munmap(peer->mapped, (size_t)bytes);
	peer->mapped = NULL;
	for (i = 0; i < server->config.frames; i++)
		if (server->bytes_of[i] == peer)
			server->bytes_of[i] = NULL;
	peer->bytes_pages = 0;
}

void peer_disconnect(struct peer *peer, enum socket_reason reason)
{
	if (peer->reason)
		return;
	peer->reason = reason;
	drop_memory(peer);
	tell(peer, SOCKET_BYE, reason, 0);
	close_fd(&peer->notice_fd);
	close_fd(&peer->fd);
}

/* Also those without a task, which the core does not cut: their shares are
 * gone, and they are not to name them. */
static void cut_revoked(const struct physmem_server *server)
{
	struct peer *peer;

	for (peer = server->peers; peer; peer = peer->next)
		if (peer->control && peer->control->revoked)
			peer_disconnect(peer, REASON_REVOKED);
}

void peer_end(struct peer *peer, enum socket_reason reason)
{
	struct control *control = peer->control;

	peer_disconnect(peer, reason);
	peer_end_task(peer);
	peer->control = NULL;
	/* the peers of those that were split from it are cut off: it can't
	 * fail, as no client's cut does */
	if (control) {
		(void)control_revoke(control);
		cut_revoked(peer->owner);
	}
	peer_drop_objects(peer);
}

static void return_frames(void *context, uint32_t frames, uint64_t deadline)
{
	tell(context, SOCKET_RETURN, frames, deadline);
}

static void raise_guarantee(void *context, uint32_t frames)
{
	struct peer *peer = context;

	if (!peer->is_asking_back)
		tell(peer, SOCKET_RAISED, frames, peer->tasks);
}

/* The control is taken away by who has the one that it was split from. */
static int cut(void *context)
{
	peer_disconnect(context, REASON_REVOKED);
	return 0;
}

int peer_make_task(
	struct peer *peer, uint32_t extra_max, uint32_t *guarantee_out)
{
	struct server_client_config config = {
		.extra_max = extra_max,
		.return_frames = return_frames,
		.return_context = peer,
		.raise = raise_guarantee,
		.cut = cut,
		.context = peer,
	};
	int error = server_client_create(
		peer->control, &config, guarantee_out, &peer->client);

	peer->tasks += !error;
	return error;
}

void peer_end_task(struct peer *peer)
{
	if (peer->client)
		server_client_destroy(peer->client);
	peer->client = NULL;
	peer->due = 0;
}

void peers_reap(struct physmem_server *server)
{
	struct peer **link = &server->peers;
	struct peer *peer;

	while ((peer = *link)) {
		if (!peer->reason) {
			link = &peer->next;
			continue;
		}
		/* if its control was taken away, some of it is left */
		peer_end(peer, peer->reason);
		*link = peer->next;
		server->peers_count--;
		if (server->config.ended)
			server->config.ended(server->config.context, peer->id,
				peer->pid, peer->reason);
		free(peer);
	}
}

/* Has it more memory than it was given? */
static bool is_greedy(const struct peer *peer)
{
	uint64_t most = (uint64_t)(peer->bytes_pages + UINT64_C(1)) *
			peer->owner->config.page_bytes;
	struct stat stat;

	/* neither has a holder a file, nor one who has not said hello */
	return peer->memory_fd >= 0 && !fstat(peer->memory_fd, &stat) &&
	       (uint64_t)stat.st_blocks * STAT_BLOCK_BYTES > most;
}

/* It was asked for frames, and the deadline has gone by. */
static bool is_late(struct peer *peer, uint64_t now)
{
	struct source_state state;

	server_client_source(peer->client)
		->ops->state(server_client_source(peer->client), &state);
	if (!state.asked || state.deadline > now) {
		peer->due = 0;
		return false;
	}
	if (peer->due && peer->due <= now && peer->due_frames)
		return true;
	if (!peer->due || peer->due <= now) {
		/* what it is asked for meanwhile is not due yet */
		peer->due = now + peer->owner->config.grace_ns;
		peer->due_frames = state.asked;
	}
	return false;
}

void peer_audit(struct peer *peer, uint64_t now)
{
	if (peer->reason || !peer->said_hello)
		return;
	if (is_greedy(peer))
		peer_end(peer, REASON_MEMORY);
	else if (peer->client && is_late(peer, now))
		peer_end(peer, REASON_LATE);
}

void peer_describe(struct peer *peer, struct physmem_client_info *out)
{
	const struct server *core = peer->owner->core;
	struct stat stat = {0};
	uint32_t i;

	*out = (struct physmem_client_info){.id = peer->id, .pid = peer->pid};
	out->state.guaranteed = control_guarantee(peer->control);
	out->contained = peer_contained(peer);
	if (peer->client) {
		struct frame_source *source =
			server_client_source(peer->client);

		source->ops->state(source, &out->state);
		for (i = 0; i < core->config.frames; i++)
			out->soft += core->frames[i].client == peer->client &&
				     core->frames[i].state == SERVER_SOFT;
	}
	if (!fstat(peer->memory_fd, &stat))
		out->file_bytes = (uint64_t)stat.st_blocks * STAT_BLOCK_BYTES;
}
