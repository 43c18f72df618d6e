/*
 * What lies behind paged memory: see backing.h.
 *
 * One anonymous store backs all anonymous memory, each page at the offset
 * that its address gives, so that a page has one place in it for good.
 */
#include <config.h>

#include "live/backing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"
#include "live/descriptors.h"
#include "live/live.h"
#include "live/process.h"
#include "mm/selfpage.h"

enum {
	PAGE = 4096,
	STORES_MAX = 1024, /* files that are mapped at a time, and one */
	MAPS_MAX = 1 << 16,
};

/* A file that is mapped privately. */
struct backed_file {
	struct backed_file *next;
	struct selfpage_store *store;
	int fd;
};

static struct {
	struct selfpage_store *anonymous;
	struct backed_file *files;
	pid_t logger; /* the process whose log is open; or 0 */
} backing;

static unsigned to_access(int protection)
{
	return (protection & PROT_READ ? SELFPAGE_READ : 0) |
	       (protection & PROT_WRITE ? SELFPAGE_READ | SELFPAGE_WRITE : 0);
}

/* ---- the start ---- */

static int open_stores(const struct live_shared *shared)
{
	int swap, copies, error;

	error = file_open_nameless(shared->swap_folder, &swap);
	if (!error)
		error = file_open_nameless(shared->swap_folder, &copies);
	if (!error)
		error = selfpage_store_open_anonymous(live.pager, swap,
			shared->swap_bytes, &backing.anonymous);
	if (!error)
		error = selfpage_use_swap(
			live.pager, copies, shared->swap_bytes);
	return error;
}

/*
 * Of this process alone: what it forks does not go on with it, and of programs
 * that are followed it is the first one's.
 */
static int start_log(struct live_shared *shared)
{
	int fd = __atomic_exchange_n(&shared->log_fd, -1, __ATOMIC_RELAXED);
	int kept, error;

	if (fd < 0)
		return 0;
	kept = descriptor_keep(fd);
	close(fd);
	error = kept < 0 ? kept : selfpage_log_start(live.pager, kept);
	if (error)
		live_say("the log cannot be begun: %s", strerror(-error));
	else
		backing.logger = getpid();
	return error;
}

void backing_end_log(void)
{
	int error;

	if (backing.logger != getpid() || process_is_guest())
		return;
	backing.logger = 0;
	error = selfpage_log_stop(live.pager);
	if (error)
		live_say("--log: %s: the log goes as far as it did, the "
			 "program went on",
			strerror(-error));
}

static int start_pager(struct live_shared *shared)
{
	const struct selfpage_config config = {
		.config_bytes = sizeof(config),
		.frames = shared->frames,
		.policy = shared->policy,
		.policy_values = shared->policy_values,
		.policy_values_count = shared->policy_values_count,
		.policy_seed = shared->policy_seed,
		.stores_max = STORES_MAX,
		.read_ahead = SELFPAGE_NO_READ_AHEAD,
		.private_max = STORES_MAX,
		.live = shared->backend,
		.victim_batch = shared->victim_batch,
		.clean_ahead = shared->clean_ahead,
	};
	int error = selfpage_create(&config, &live.pager);

	if (!error)
		error = start_log(shared);
	if (!error)
		error = selfpage_space_create(
			live.pager, MAPS_MAX, &live.space);
	return error ? error : open_stores(shared);
}

int backing_start(void)
{
	return live.shared->frames > 0 ? start_pager(live.shared) : 0;
}

/* ---- the pager ---- */

/* Files that nothing maps any more. */
static void close_files(void)
{
	struct backed_file **at = &backing.files;

	while (*at) {
		struct backed_file *file = *at;

		if (selfpage_store_discard(file->store)) {
			at = &file->next;
			continue;
		}
		*at = file->next;
		close(file->fd);
		free(file);
	}
}

static int open_file(int fd, struct backed_file **out)
{
	struct backed_file *file = malloc(sizeof(*file));
	int error = -ENOMEM;

	if (!file)
		return error;
	file->fd = descriptor_keep(fd);
	if (file->fd < 0)
		error = file->fd;
	else
		error = selfpage_store_open_file(
			live.pager, file->fd, &file->store);
	if (error) {
		if (file->fd >= 0)
			close(file->fd);
		free(file);
		return error;
	}
	file->next = backing.files;
	backing.files = file;
	*out = file;
	return 0;
}

static int map_pager(uint64_t address, uint64_t bytes, int protection, int fd,
	uint64_t offset)
{
	struct selfpage_request request = {
		.request_bytes = sizeof(request),
		.store = backing.anonymous,
		.offset = address - LIVE_HEAP_BASE,
		.bytes = bytes,
		.address = address,
		.protection = to_access(protection),
		.flags = SELFPAGE_EXACT,
	};
	struct backed_file *file;
	int error;

	if (fd >= 0) {
		error = open_file(fd, &file);
		if (error)
			return error;
		request.store = file->store;
		request.offset = offset;
		request.flags |= SELFPAGE_PRIVATE;
	}
	error = selfpage_map_request(live.space, &request, NULL);
	if (error)
		close_files();
	return error;
}

static int unmap_pager(uint64_t address, uint64_t bytes)
{
	int error = selfpage_discard(live.space, address, bytes);

	if (!error)
		error = selfpage_unmap(live.space, address, bytes);
	close_files();
	return error;
}

static int advise_pager(uint64_t address, uint64_t bytes, int advice)
{
	static const struct {
		int from;
		enum selfpage_advice to;
	} known[] = {
		{MADV_NORMAL, SELFPAGE_NORMAL},
		{MADV_RANDOM, SELFPAGE_RANDOM},
		{MADV_SEQUENTIAL, SELFPAGE_SEQUENTIAL},
		{MADV_WILLNEED, SELFPAGE_WILL_NEED},
		{MADV_COLD, SELFPAGE_COLD},
		{MADV_PAGEOUT, SELFPAGE_DONT_NEED},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].from == advice)
			return selfpage_advise(
				live.space, address, bytes, known[i].to, 0);
	return 0;
}

static int look_pager(uint64_t address, uint64_t bytes, uint8_t *states)
{
	int error = selfpage_look(live.space, address, bytes, states);

	for (uint64_t i = 0; !error && i < bytes / PAGE; i++)
		states[i] = (states[i] & SELFPAGE_RESIDENT) != 0;
	return error;
}

/* ---- the system ---- */

static int map_system(uint64_t address, uint64_t bytes, int protection, int fd,
	uint64_t offset)
{
	int flags = MAP_PRIVATE | MAP_NORESERVE | MAP_FIXED_NOREPLACE |
		    (fd < 0 ? MAP_ANONYMOUS : 0);
	long place = live_call(SYS_mmap, address, bytes, protection, flags,
		(uint64_t)fd, offset);

	return place < 0 && place > -PAGE ? (int)place : 0;
}

static int call_system(long number, uint64_t address, uint64_t bytes, long word)
{
	return live_call(number, address, bytes, word, 0, 0, 0);
}

/* ---- the one or the other ---- */

int backing_map(uint64_t address, uint64_t bytes, int protection, int fd,
	uint64_t offset)
{
	if (live.pager)
		return map_pager(address, bytes, protection, fd, offset);
	return map_system(address, bytes, protection, fd, offset);
}

int backing_unmap(uint64_t address, uint64_t bytes)
{
	return live.pager ? unmap_pager(address, bytes)
			  : call_system(SYS_munmap, address, bytes, 0);
}

int backing_protect(uint64_t address, uint64_t bytes, int protection)
{
	if (live.pager)
		return selfpage_protect(
			live.space, address, bytes, to_access(protection));
	return call_system(SYS_mprotect, address, bytes, protection);
}

int backing_discard(uint64_t address, uint64_t bytes)
{
	return live.pager ? selfpage_discard(live.space, address, bytes)
			  : call_system(
				    SYS_madvise, address, bytes, MADV_DONTNEED);
}

int backing_advise(uint64_t address, uint64_t bytes, int advice)
{
	if (live.pager)
		return advise_pager(address, bytes, advice);
	return call_system(SYS_madvise, address, bytes, advice);
}

int backing_fault_in(uint64_t address, uint64_t bytes, bool write)
{
	if (!live.pager)
		return 0;
	return selfpage_fault_in(live.space, (const void *)address, bytes,
		SELFPAGE_READ | (write ? SELFPAGE_WRITE : 0));
}

int backing_look(uint64_t address, uint64_t bytes, uint8_t *states)
{
	if (live.pager)
		return look_pager(address, bytes, states);
	return live_call(
		SYS_mincore, address, bytes, (uint64_t)states, 0, 0, 0);
}
