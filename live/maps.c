/* The program's maps: see maps.h. */
#include <config.h>

#include "live/maps.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "live/backing.h"
#include "live/heap.h"
#include "live/live.h"
#include "live/names.h"
#include "live/ranges.h"

enum { PAGE = 4096 };

static struct {
	pthread_mutex_t lock; /* guards all */
	struct ranges ranges;
} maps = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- the heap ---- */

static bool discard_heap(void *context, uintptr_t address, size_t bytes)
{
	int error;

	(void)context;
	live_enter();
	error = backing_discard(address, bytes);
	live_leave();
	return error == 0;
}

int maps_start(void)
{
	int error = backing_map(
		LIVE_HEAP_BASE, LIVE_HEAP_BYTES, PROT_READ | PROT_WRITE, -1, 0);

	ranges_init(&maps.ranges, LIVE_MAPS_BASE, LIVE_MAPS_BYTES);
	if (!error)
		error = names_start();
	if (error)
		return error;
	live.heap_named = LIVE_HEAP_BASE;
	return heap_create(LIVE_HEAP_BASE, LIVE_HEAP_BYTES / HEAP_PAGE,
		discard_heap, NULL, &live.heap);
}

/* ---- which are paged ---- */

void maps_lock(void)
{
	pthread_mutex_lock(&maps.lock);
}

void maps_unlock(void)
{
	pthread_mutex_unlock(&maps.lock);
}

static uint64_t round_up(uint64_t bytes)
{
	return (bytes + PAGE - 1) & -(uint64_t)PAGE;
}

static bool is_in_area(uint64_t address, uint64_t bytes)
{
	return address - LIVE_MAPS_BASE < LIVE_MAPS_BYTES &&
	       bytes <= LIVE_MAPS_BASE + LIVE_MAPS_BYTES - address;
}

static bool is_in_heap(uint64_t address, uint64_t bytes)
{
	return address - LIVE_HEAP_BASE < LIVE_HEAP_BYTES &&
	       bytes <= LIVE_HEAP_BASE + LIVE_HEAP_BYTES - address;
}

bool maps_are_paged(uint64_t address)
{
	const struct range *range;
	bool paged;

	if (is_in_heap(address, 1))
		return true;
	if (!is_in_area(address, 1))
		return false;
	maps_lock();
	range = ranges_find(&maps.ranges, address);
	paged = range && range->start <= address &&
		range->kind != RANGE_FOREIGN;
	maps_unlock();
	return paged;
}

/* A kind of map that can be paged. */
static bool can_be_paged(const struct maps_request *request)
{
	const int system_only =
		MAP_STACK | MAP_GROWSDOWN | MAP_HUGETLB | MAP_32BIT;
	struct stat status;

	if ((request->flags & MAP_TYPE) != MAP_PRIVATE ||
		request->flags & system_only ||
		request->protection & ~(PROT_READ | PROT_WRITE) ||
		request->bytes == 0 || request->bytes > LIVE_MAPS_BYTES ||
		request->offset % PAGE != 0)
		return false;
	if (request->flags & MAP_FIXED || request->flags & MAP_FIXED_NOREPLACE)
		return is_in_area(request->address, request->bytes) &&
		       request->address % PAGE == 0;
	return request->flags & MAP_ANONYMOUS ||
	       (fstat(request->fd, &status) == 0 && S_ISREG(status.st_mode));
}

/* ---- the calls, with the lock held ---- */

/* What is mapped in [START, END): paged memory goes back to the pager. */
static int unmap_ranges(uint64_t start, uint64_t end)
{
	int error = ranges_reserve(&maps.ranges, 1);
	const struct range *range;
	uint64_t at = start;

	while (!error && (range = ranges_find(&maps.ranges, at)) != NULL &&
		range->start < end) {
		uint64_t from = range->start > start ? range->start : start;
		uint64_t to = range->end < end ? range->end : end;

		if (range->kind == RANGE_FOREIGN)
			error = live_call(
				SYS_munmap, from, to - from, 0, 0, 0, 0);
		else
			error = backing_unmap(from, to - from);
		if (!error) {
			ranges_remove(&maps.ranges, from, to);
			names_unmap(from, to - from);
		}
		at = to;
	}
	return error;
}

/* Where a new map is to lie. */
static int place(
	const struct maps_request *request, uint64_t bytes, uint64_t *start_out)
{
	uint64_t address = request->address;

	if (!(request->flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)))
		return ranges_find_place(&maps.ranges, bytes, start_out)
			       ? 0
			       : -ENOMEM;
	*start_out = address;
	if (ranges_are_free(&maps.ranges, address, address + bytes))
		return 0;
	if (request->flags & MAP_FIXED_NOREPLACE)
		return -EEXIST;
	return unmap_ranges(address, address + bytes);
}

static int64_t map_paged(const struct maps_request *request)
{
	uint64_t bytes = round_up(request->bytes), start;
	bool anonymous = request->flags & MAP_ANONYMOUS;
	int error = ranges_reserve(&maps.ranges, 2);

	if (!error)
		error = place(request, bytes, &start);
	if (!error)
		error = backing_map(start, bytes, request->protection,
			anonymous ? -1 : request->fd, request->offset);
	if (error)
		return error;
	ranges_add(&maps.ranges, start, start + bytes,
		anonymous ? RANGE_ANONYMOUS : RANGE_FILE);
	if (!anonymous || request->name)
		names_map(start, bytes, anonymous ? -1 : request->fd,
			request->name);
	return start;
}

static int64_t map_system(const struct maps_request *request)
{
	return live_call(SYS_mmap, request->address, request->bytes,
		request->protection, request->flags, request->fd,
		request->offset);
}

/* The system's, over what is ours: the place stays taken. */
static int64_t map_foreign(const struct maps_request *request)
{
	uint64_t end = request->address + round_up(request->bytes);
	int64_t place;
	int error = ranges_reserve(&maps.ranges, 2);

	if (!error)
		error = unmap_ranges(request->address, end);
	if (error)
		return error;
	place = map_system(request);
	if (place >= 0)
		ranges_add(&maps.ranges, request->address, end, RANGE_FOREIGN);
	return place;
}

int64_t maps_map(const struct maps_request *request)
{
	int64_t place;

	live_enter();
	maps_lock();
	if (can_be_paged(request))
		place = map_paged(request);
	else if (request->flags & MAP_FIXED &&
		 is_in_area(request->address, request->bytes))
		place = map_foreign(request);
	else
		place = map_system(request);
	maps_unlock();
	live_leave();
	return place;
}

int maps_unmap(uint64_t address, uint64_t bytes)
{
	int error;

	if (address % PAGE || bytes == 0)
		return -EINVAL;
	if (!is_in_area(address, bytes))
		return live_call(SYS_munmap, address, bytes, 0, 0, 0, 0);
	live_enter();
	maps_lock();
	error = unmap_ranges(address, address + round_up(bytes));
	maps_unlock();
	live_leave();
	return error;
}

/* Whether all of it is paged memory, of one kind in the area of maps. */
static bool is_paged(uint64_t address, uint64_t bytes)
{
	const struct range *range;

	if (is_in_heap(address, bytes))
		return true;
	if (!is_in_area(address, bytes))
		return false;
	range = ranges_find(&maps.ranges, address);
	return range && range->kind != RANGE_FOREIGN;
}

int maps_protect(uint64_t address, uint64_t bytes, int protection)
{
	int error;

	live_enter();
	maps_lock();
	if (!is_paged(address, bytes))
		error = live_call(
			SYS_mprotect, address, bytes, protection, 0, 0, 0);
	else if (protection & ~(PROT_READ | PROT_WRITE)) {
		live_say("mprotect: paged memory can't be made executable: "
			 "the program was told EACCES");
		error = -EACCES;
	} else
		error = backing_protect(address, round_up(bytes), protection);
	maps_unlock();
	live_leave();
	return error;
}

void maps_name(uint64_t address, uint64_t bytes, const char *name)
{
	uint64_t at = address & -(uint64_t)PAGE;
	uint64_t end = round_up(address + bytes);
	const struct range *range;

	maps_lock();
	while (at < end && (range = ranges_find(&maps.ranges, at)) != NULL &&
		range->start < end) {
		uint64_t from = range->start > at ? range->start : at;

		at = range->end < end ? range->end : end;
		if (range->kind == RANGE_ANONYMOUS)
			names_give(from, at - from, name);
	}
	maps_unlock();
}

static int advise_paged(uint64_t address, uint64_t bytes, int advice)
{
	switch (advice) {
	case MADV_DONTNEED:
	case MADV_FREE:
	case MADV_REMOVE:
		return backing_discard(address, bytes);
	default:
		return backing_advise(address, bytes, advice);
	}
}

int maps_advise(uint64_t address, uint64_t bytes, int advice)
{
	int error;

	live_enter();
	maps_lock();
	if (!is_paged(address, bytes))
		error = live_call(SYS_madvise, address, bytes, advice, 0, 0, 0);
	else if (address % PAGE)
		error = -EINVAL;
	else
		error = advise_paged(address, round_up(bytes), advice);
	maps_unlock();
	live_leave();
	return error;
}

/* ---- mremap: in place, or copied ---- */

/* Makes a paged, anonymous map longer where it is. */
static bool grow_in_place(uint64_t end, uint64_t more)
{
	if (!ranges_are_free(&maps.ranges, end, end + more) ||
		backing_map(end, more, PROT_READ | PROT_WRITE, -1, 0))
		return false;
	ranges_add(&maps.ranges, end, end + more, RANGE_ANONYMOUS);
	return true;
}

static int64_t move_away(uint64_t address, uint64_t old_bytes, uint64_t bytes)
{
	const struct maps_request request = {
		.bytes = bytes,
		.protection = PROT_READ | PROT_WRITE,
		.flags = MAP_PRIVATE | MAP_ANONYMOUS,
		.fd = -1,
	};
	int error = backing_protect(address, old_bytes, PROT_READ | PROT_WRITE);
	int64_t new = error ? error : map_paged(&request);

	if (new < 0)
		return new;
	names_move(address, new, bytes);
	memcpy((void *)new, (const void *)address,
		old_bytes < bytes ? old_bytes : bytes);
	unmap_ranges(address, address + old_bytes);
	return new;
}

static int64_t move_paged(
	uint64_t address, uint64_t old_bytes, uint64_t bytes, int flags)
{
	int error = ranges_reserve(&maps.ranges, 2);
	const struct range *range = ranges_find(&maps.ranges, address);

	if (error)
		return error;
	if (!ranges_cover(&maps.ranges, address, address + old_bytes))
		return -EFAULT;
	if (bytes < old_bytes)
		error = unmap_ranges(address + bytes, address + old_bytes);
	if (bytes <= old_bytes)
		return error ? error : (int64_t)address;
	if (range->kind != RANGE_ANONYMOUS || flags & MREMAP_FIXED) {
		live_say("mremap: this kind of paged memory can't be moved or "
			 "made longer: the program was told ENOMEM");
		return -ENOMEM;
	}
	if (grow_in_place(address + old_bytes, bytes - old_bytes)) {
		names_move(address, address, bytes);
		return address;
	}
	if (!(flags & MREMAP_MAYMOVE))
		return -ENOMEM;
	return move_away(address, old_bytes, bytes);
}

int64_t maps_move(uint64_t address, uint64_t old_bytes, uint64_t bytes,
	int flags, uint64_t wanted)
{
	int64_t place;

	live_enter();
	maps_lock();
	if (!is_paged(address, old_bytes ? old_bytes : 1))
		place = live_call(SYS_mremap, address, old_bytes, bytes, flags,
			wanted, 0);
	else if (address % PAGE || bytes == 0 || old_bytes == 0 ||
		 is_in_heap(address, old_bytes))
		place = -EINVAL;
	else
		place = move_paged(
			address, round_up(old_bytes), round_up(bytes), flags);
	maps_unlock();
	live_leave();
	return place;
}
