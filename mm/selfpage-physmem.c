/* The public library: frames for the pagers of a process, and serving them to
 * others. */
#define _GNU_SOURCE /* memfd_create */
#include "mm/selfpage-physmem-internal.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "mm/physmem-server.h"
#include "mm/physmem-socket.h"

enum {
	FRAMES_MAX = 1 << 28,
	PAGE_BYTES_USUAL = 4096,
	NOTICE_MS_USUAL = 100,
	GRACE_MS_USUAL = 1000,
	MS_MAX = 1 << 30,
	MODE_USUAL = 0600,
	MODE_MAX = 0777,
	CLIENTS_MAX = 1000,
	TICKS_PER_NOTICE = 4,
	NS_PER_MS = 1000000,
	NS_PER_S = 1000000000,
};

/* CONFIG with what was left 0, if it makes sense. */
static int complete(const struct selfpage_physmem_config *config,
	struct selfpage_physmem_config *out)
{
	unsigned long system = (unsigned long)sysconf(_SC_PAGESIZE);

	if (!config || config->config_bytes != sizeof(*config))
		return -EINVAL;
	*out = *config;
	out->page_bytes = out->page_bytes ? out->page_bytes : PAGE_BYTES_USUAL;
	out->notice_ms = out->notice_ms ? out->notice_ms : NOTICE_MS_USUAL;
	out->grace_ms = out->grace_ms ? out->grace_ms : GRACE_MS_USUAL;
	out->mode = out->mode ? out->mode : MODE_USUAL;
	if (!out->frames || out->frames > FRAMES_MAX ||
		out->page_bytes % system ||
		out->page_bytes & (out->page_bytes - 1) ||
		out->page_bytes > SOCKET_PAGE_BYTES_MAX ||
		out->notice_ms > MS_MAX || out->grace_ms > MS_MAX ||
		out->mode > MODE_MAX)
		return -EINVAL;
	return 0;
}

/* Takes what is late, until physmem->ends. */
static void *keep_time(void *context)
{
	struct selfpage_physmem *physmem = context;
	uint64_t every =
		(uint64_t)physmem->notice_ms * NS_PER_MS / TICKS_PER_NOTICE;
	struct timespec at;

	pthread_mutex_lock(&physmem->lock);
	while (!physmem->ends) {
		clock_gettime(CLOCK_MONOTONIC, &at);
		at.tv_nsec += (long)(every % NS_PER_S);
		at.tv_sec += (time_t)(every / NS_PER_S) + at.tv_nsec / NS_PER_S;
		at.tv_nsec %= NS_PER_S;
		pthread_cond_clockwait(
			&physmem->wake, &physmem->lock, CLOCK_MONOTONIC, &at);
		pthread_mutex_unlock(&physmem->lock);
		(void)server_tick(physmem->server);
		pthread_mutex_lock(&physmem->lock);
	}
	pthread_mutex_unlock(&physmem->lock);
	return NULL;
}

static void *frame_data(void *context, uint32_t frame)
{
	struct selfpage_physmem *physmem = context;

	return physmem->arena + (size_t)frame * physmem->page_bytes;
}

static int make_arena(struct selfpage_physmem *physmem)
{
	size_t bytes = (size_t)physmem->frames * physmem->page_bytes;
	void *arena;

	physmem->file = memfd_create("selfpage-frames", MFD_CLOEXEC);
	if (physmem->file < 0 || ftruncate(physmem->file, (off_t)bytes))
		return -errno;
	arena = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
		physmem->file, 0);
	if (arena == MAP_FAILED)
		return -errno;
	physmem->arena = arena;
	physmem->memory = (struct container_memory){
		.data = frame_data,
		.context = physmem,
		.file = physmem->file,
	};
	return 0;
}

/* Of one whose clock does not run. */
static void free_physmem(struct selfpage_physmem *physmem)
{
	if (physmem->server)
		(void)server_destroy(physmem->server);
	if (physmem->arena)
		munmap(physmem->arena,
			(size_t)physmem->frames * physmem->page_bytes);
	if (physmem->file >= 0)
		close(physmem->file);
	pthread_mutex_destroy(&physmem->lock);
	pthread_cond_destroy(&physmem->wake);
	free(physmem);
}

PUBLIC int selfpage_physmem_create(const struct selfpage_physmem_config *config,
	struct selfpage_physmem **physmem_out)
{
	struct selfpage_physmem_config whole;
	struct server_config core = {.now = physmem_now};
	struct selfpage_physmem *physmem;
	int error = complete(config, &whole);

	if (error || !physmem_out)
		return -EINVAL;
	physmem = calloc(1, sizeof(*physmem));
	if (!physmem)
		return -ENOMEM;
	physmem->frames = whole.frames;
	physmem->page_bytes = whole.page_bytes;
	physmem->notice_ms = whole.notice_ms;
	physmem->file = -1;
	pthread_mutex_init(&physmem->lock, NULL);
	pthread_cond_init(&physmem->wake, NULL);
	core.frames = whole.frames;
	core.page_bytes = whole.page_bytes;
	core.notice = (uint64_t)whole.notice_ms * NS_PER_MS;
	error = make_arena(physmem);
	if (!error)
		error = server_create(&core, &physmem->server);
	if (!error)
		error = control_set_memory(
			server_root(physmem->server), &physmem->memory);
	if (!error)
		error = -pthread_create(
			&physmem->clock, NULL, keep_time, physmem);
	if (error) {
		free_physmem(physmem);
		return error;
	}
	*physmem_out = physmem;
	return 0;
}

PUBLIC int selfpage_physmem_destroy(struct selfpage_physmem *physmem)
{
	bool busy;

	if (!physmem)
		return -EINVAL;
	pthread_mutex_lock(&physmem->lock);
	busy = physmem->controls;
	physmem->ends = !busy;
	pthread_cond_signal(&physmem->wake);
	pthread_mutex_unlock(&physmem->lock);
	if (busy)
		return -EBUSY;
	pthread_join(physmem->clock, NULL);
	free_physmem(physmem);
	return 0;
}

PUBLIC int selfpage_physmem_read_counts(struct selfpage_physmem *physmem,
	struct selfpage_physmem_counts *counts_out, size_t counts_bytes)
{
	struct server_frames frames;
	struct server_counts counts;

	if (!physmem || !counts_out || counts_bytes != sizeof(*counts_out))
		return -EINVAL;
	server_frames(physmem->server, &frames);
	server_counts(physmem->server, &counts);
	*counts_out = (struct selfpage_physmem_counts){
		.free = frames.free,
		.soft = frames.soft,
		.held = frames.held,
		.contained = frames.contained,
		.returned = counts.returned,
		.taken = counts.taken,
		.had_back = counts.had_back,
		.reused = counts.reused,
	};
	return 0;
}

PUBLIC const char *selfpage_physmem_check(struct selfpage_physmem *physmem)
{
	return physmem ? server_check(physmem->server)
		       : "selfpage: there is no physmem";
}

PUBLIC int selfpage_physmem_serve(
	const struct selfpage_physmem_config *config, int stop_fd)
{
	struct selfpage_physmem_config whole;
	struct physmem_server_config served = {.peers_max = CLIENTS_MAX};
	struct physmem_server *server;
	int error = complete(config, &whole);

	if (error || !whole.path || stop_fd < 0)
		return -EINVAL;
	served.frames = whole.frames;
	served.page_bytes = whole.page_bytes;
	served.path = whole.path;
	served.mode = whole.mode;
	served.notice_ns = (uint64_t)whole.notice_ms * NS_PER_MS;
	served.grace_ns = (uint64_t)whole.grace_ms * NS_PER_MS;
	error = physmem_server_create(&served, &server);
	if (error)
		return error;
	error = physmem_server_run(server, stop_fd);
	physmem_server_destroy(server);
	return error;
}
