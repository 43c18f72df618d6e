/*
 * What no client should send: random requests, whose fields are often nearly
 * right, messages of wrong sizes, with descriptors, from many connections at
 * a time that come and go in the middle.  The server is called step by step
 * in this process, and proves all its invariants after each.  At the end it
 * has all its frames and no descriptor more.
 *
 *	physmem-socket-fuzz [seed] [steps]
 */
#include "mm/physmem-server.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/test/course.h"
#include "mm/physmem.h"

enum {
	FRAMES = 40,
	PAGE = 4096,
	ENDS = 10, /* connections at a time */
	NOTICE_NS = 3000000,
	STEPS = 12000,
};

/* What a connection is for, and how far it is. */
enum kind { NEW, PART, CONTROL, TASK, SHARE, HOLDER };

/* This side of a connection. */
struct end {
	int fd;		       /* -1: none */
	int memory_fd, notice; /* -1: none */
	enum kind kind;
	uint32_t type; /* of the last request */
};

struct fuzz {
	struct course course;
	struct physmem_server *server;
	struct end ends[ENDS];
	char data[SOCKET_DATA_MAX];
	char received[SOCKET_DATA_MAX];
	uint64_t replies, errors, ended, reasons[REASONS];
};

static void run_server(struct fuzz *fuzz)
{
	const char *why;
	int told;

	told = physmem_server_step(fuzz->server, -1, 0);
	expect(fuzz, !told, "the server's loop has failed");
	why = physmem_server_check(fuzz->server);
	expect(fuzz, !why, why);
}

static void note_end(
	void *context, uint32_t id, pid_t pid, enum socket_reason reason)
{
	struct fuzz *fuzz = context;

	(void)id;
	(void)pid;
	fuzz->ended++;
	fuzz->reasons[reason]++;
}

static void close_end(struct end *end)
{
	if (end->fd >= 0)
		close(end->fd);
	if (end->memory_fd >= 0)
		close(end->memory_fd);
	if (end->notice >= 0)
		close(end->notice);
	*end = (struct end){-1, -1, -1, NEW, 0};
}

static void connect_end(struct fuzz *fuzz, struct end *end)
{
	int fds[2];

	expect(fuzz, !socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), "sockets");
	end->fd = fds[0];
	if (physmem_server_adopt(fuzz->server, fds[1]))
		close(fds[1]);
}

/* A socket that came with a reply is one more connection. */
static void keep_fd(struct fuzz *fuzz, int fd, enum kind kind)
{
	struct end *end = &fuzz->ends[draw(fuzz, ENDS)];

	close_end(end);
	end->fd = fd;
	end->kind = kind;
}

/* The last request went well. */
static void move_on(struct end *end)
{
	if (end->type == SOCKET_HELLO)
		end->kind = CONTROL;
	else if (end->type == SOCKET_TASK)
		end->kind = TASK;
	else if (end->type == SOCKET_TASK_END)
		end->kind = CONTROL;
	else if (end->type == SOCKET_SHARE_HELLO)
		end->kind = HOLDER;
}

/* What the server has said, if it has. */
static void receive(struct fuzz *fuzz, struct end *end)
{
	struct socket_reply reply;
	struct socket_message message = {
		.record = &reply,
		.record_bytes = sizeof(reply),
		.data = fuzz->received,
		.data_bytes = sizeof(fuzz->received),
	};
	int error = socket_receive(end->fd, &message, MSG_DONTWAIT);

	if (error == -EAGAIN)
		return;
	if (error) {
		expect(fuzz, error == -EPIPE, "a reply of a wrong size");
		close_end(end);
		return;
	}
	fuzz->replies++;
	fuzz->errors += reply.error != 0;
	expect(fuzz, reply.error <= 0 && reply.error > -4096, "no error");
	expect(fuzz, !reply.error || !message.fds_count,
		"descriptors with an error");
	if (!reply.error)
		move_on(end);
	if (message.fds_count == 2) {
		end->memory_fd = message.fds[0];
		end->notice = message.fds[1];
	} else if (message.fds_count) {
		keep_fd(fuzz, message.fds[0],
			end->type == SOCKET_SHARE ? SHARE : PART);
	}
}

/* Mostly small numbers, which name something now and then. */
static uint64_t draw_number(struct fuzz *fuzz, uint32_t type)
{
	/* objects are numbered from 1 on */
	if (type >= SOCKET_CONTAINER_DESTROY && draw(fuzz, 8))
		return 1 + draw(fuzz, 3);
	switch (draw(fuzz, 16)) {
	case 0:
		return fuzz->course.random;
	case 1:
		return UINT32_MAX - draw(fuzz, 2);
	default:
		return draw(fuzz, FRAMES + 2);
	}
}

/* In pages, or in bytes. */
static uint64_t draw_offset(struct fuzz *fuzz, uint32_t type)
{
	bool bytes = type == SOCKET_FILL || type == SOCKET_READ ||
		     type == SOCKET_SHARE_FILL || type == SOCKET_SHARE_READ;

	return bytes ? draw(fuzz, 5 * PAGE) : draw(fuzz, 5);
}

/* One that there is at this stage, mostly. */
static uint32_t draw_type(struct fuzz *fuzz, enum kind kind)
{
	if (draw(fuzz, 400) == 0)
		return draw(fuzz, SOCKET_REQUESTS + 1);
	switch (kind) {
	case NEW:
	case PART:
		return SOCKET_HELLO;
	case CONTROL:
		if (draw(fuzz, 6) == 0)
			return SOCKET_TASK;
		if (draw(fuzz, 3) == 0)
			return SOCKET_CONTAINER_CREATE + 2 * draw(fuzz, 2);
		return SOCKET_STATE +
		       draw(fuzz, SOCKET_SHARE_HELLO - SOCKET_STATE);
	case TASK:
		if (draw(fuzz, 4) == 0)
			return draw(fuzz, 2) ? SOCKET_ALLOCATE : SOCKET_TAKE;
		return SOCKET_TASK_END +
		       draw(fuzz, SOCKET_SHARE_HELLO - SOCKET_TASK_END);
	case SHARE:
		return SOCKET_SHARE_HELLO;
	default:
		return SOCKET_SHARE_FILL +
		       draw(fuzz, SOCKET_REQUESTS - SOCKET_SHARE_FILL);
	}
}

/* Which fields a type has a use for, as the protocol has it. */
static void draw_request(
	struct fuzz *fuzz, struct socket_request *request, enum kind kind)
{
	uint32_t type = draw_type(fuzz, kind);
	bool hello = type == SOCKET_HELLO || type == SOCKET_SHARE_HELLO;

	*request = (struct socket_request){.type = type};
	if (hello)
		request->flags = SOCKET_VERSION;
	else if (type == SOCKET_ALLOCATE || type == SOCKET_DEALLOCATE ||
		 type == SOCKET_GIVE)
		request->flags = draw(fuzz, 2) ? draw(fuzz, 4) : 0;
	else if (type == SOCKET_TAKE || type == SOCKET_FORGET)
		request->flags = draw(fuzz, 2);
	if (hello)
		request->value = SOCKET_MAGIC;
	if (type == SOCKET_HELLO)
		request->number = kind == PART ? 0 : 1 + draw(fuzz, 6);
	if (hello)
		return;
	if (type == SOCKET_HOLD || type == SOCKET_SHARE)
		request->flags = 1 + draw(fuzz, 3);
	if (type != SOCKET_STATE && type != SOCKET_TAKE &&
		type != SOCKET_TASK_END && type != SOCKET_CONTAINER_CREATE &&
		type != SOCKET_UNLOCK && type != SOCKET_COPY &&
		type < SOCKET_SHARE_FILL)
		request->number = draw_number(fuzz, type);
	if (type >= SOCKET_ALLOCATE && type <= SOCKET_UNPIN &&
		type != SOCKET_FILL && type != SOCKET_COPY &&
		type != SOCKET_UNHOLD)
		request->other = 1 + draw(fuzz, 4);
	if ((type >= SOCKET_ALLOCATE && type <= SOCKET_UNPIN &&
		    type != SOCKET_COPY && type != SOCKET_UNHOLD) ||
		(type >= SOCKET_SHARE_FILL && type <= SOCKET_LOCK))
		request->offset = draw_offset(fuzz, type);
	if (type == SOCKET_SHARE_READ || type == SOCKET_LOCK)
		request->other = draw(fuzz, 4);
	if (type == SOCKET_SHARE || type == SOCKET_LOCK)
		request->value = draw(fuzz, NOTICE_NS);
	if (draw(fuzz, 800) == 0)
		((unsigned char *)request)[draw(fuzz, sizeof(*request))] ^=
			1 << draw(fuzz, 8);
}

/* Ranges that mostly are as many pages on both sides. */
static size_t draw_copy(struct fuzz *fuzz)
{
	struct socket_copy copy = {
		.from = draw(fuzz, 4),
		.to = draw(fuzz, 4),
		.from_count = 1 + draw(fuzz, 2),
		.to_count = 1 + draw(fuzz, 2),
	};
	struct socket_range range;
	uint32_t i;

	memcpy(fuzz->data, &copy, sizeof(copy));
	for (i = 0; i < copy.from_count + copy.to_count; i++) {
		range = (struct socket_range){
			.offset = draw(fuzz, 6),
			.pages = 1,
			.zero = draw(fuzz, 50) == 0,
		};
		memcpy(fuzz->data + sizeof(copy) + i * sizeof(range), &range,
			sizeof(range));
	}
	return sizeof(copy) + i * sizeof(range) + (draw(fuzz, 40) == 0);
}

static void send_request(struct fuzz *fuzz, struct end *end)
{
	struct socket_request request;
	struct socket_message message = {
		.record = &request,
		.record_bytes = sizeof(request),
		.data = fuzz->data,
	};

	draw_request(fuzz, &request, end->kind);
	end->type = request.type;
	if (request.type == SOCKET_COPY)
		message.data_bytes = draw_copy(fuzz);
	else if (request.type == SOCKET_FILL ||
		 request.type == SOCKET_SHARE_FILL)
		message.data_bytes = 1 + draw(fuzz, 3 * PAGE);
	if (draw(fuzz, 800) == 0)
		message.record_bytes = 1 + draw(fuzz, sizeof(request));
	if (draw(fuzz, 800) == 0)
		message.data_bytes = draw(fuzz, 100);
	if (draw(fuzz, 800) == 0) {
		message.fds_count = 1 + draw(fuzz, 2);
		message.fds[0] = message.fds[1] = end->fd;
	}
	(void)socket_send(end->fd, &message, MSG_DONTWAIT);
}

/* A page that the client may hold, and may not. */
static void touch_memory(struct fuzz *fuzz, struct end *end)
{
	char byte = 1;
	off_t at = (off_t)draw(fuzz, FRAMES + 1) * PAGE;

	if (end->memory_fd >= 0 && draw(fuzz, 100) == 0)
		(void)!pwrite(end->memory_fd, &byte, 1, at);
}

static void step(struct fuzz *fuzz)
{
	struct end *end = &fuzz->ends[draw(fuzz, ENDS)];
	unsigned i;

	if (end->fd < 0)
		connect_end(fuzz, end);
	else if (draw(fuzz, 80) == 0)
		close_end(end);
	if (end->fd < 0)
		return;
	/* now and then the next one before the reply */
	do {
		send_request(fuzz, end);
	} while (draw(fuzz, 8) == 0);
	touch_memory(fuzz, end);
	/* some do not read what they are told */
	for (i = 0; i < ENDS; i++) {
		run_server(fuzz);
		if (fuzz->ends[i].fd >= 0 && draw(fuzz, 4))
			receive(fuzz, &fuzz->ends[i]);
	}
}

static unsigned open_fds(void)
{
	DIR *folder = opendir("/proc/self/fd");
	unsigned count = 0;

	while (folder && readdir(folder))
		count++;
	if (folder)
		closedir(folder);
	return count;
}

static void finish(struct fuzz *fuzz)
{
	struct server_frames frames;
	unsigned i;

	for (i = 0; i < ENDS; i++)
		close_end(&fuzz->ends[i]);
	/* sockets in messages that nobody read stand for something too */
	for (i = 0; i < 10 * ENDS; i++)
		run_server(fuzz);
	server_frames(physmem_server_core(fuzz->server), &frames);
	expect(fuzz, !frames.held && !frames.contained, "frames are lost");
	expect(fuzz, physmem_server_clients(fuzz->server, NULL, 0) == 0,
		"clients are left");
	physmem_server_destroy(fuzz->server);
}

int main(int argc, char **argv)
{
	struct physmem_server_config config = {
		.frames = FRAMES,
		.page_bytes = PAGE,
		.peers_max = 2 * ENDS,
		.notice_ns = NOTICE_NS,
		.grace_ns = NOTICE_NS,
		.ended = note_end,
	};
	struct fuzz *fuzz = calloc(1, sizeof(*fuzz));
	unsigned fds = open_fds();
	unsigned i;

	if (!fuzz)
		return 1;
	fuzz->course = course_start(argc, argv, STEPS);
	config.context = fuzz;
	expect(fuzz, !physmem_server_create(&config, &fuzz->server), "server");
	for (i = 0; i < ENDS; i++)
		fuzz->ends[i] = (struct end){-1, -1, -1, NEW, 0};
	while (course_next(&fuzz->course))
		step(fuzz);
	finish(fuzz);
	expect(fuzz, open_fds() == fds, "descriptors are left");
	printf("physmem-socket-fuzz: %llu replies, %llu of them errors; %llu "
	       "ended:",
		(unsigned long long)fuzz->replies,
		(unsigned long long)fuzz->errors,
		(unsigned long long)fuzz->ended);
	for (i = 1; i < REASONS; i++)
		printf(" %llu", (unsigned long long)fuzz->reasons[i]);
	putchar('\n');
	free(fuzz);
	return 0;
}
