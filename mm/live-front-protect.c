/*
 * The front for systems without userfaultfd: the frames are pages of a file in
 * memory, which is mapped twice: as a whole, where stores read and write, and
 * page by page where it is shown.
 *
 *   slots (all of the file)   |  0  |  1  |  2  |  3  |
 *                                |           |
 *   addresses             | none | 0 r | none | 2 rw | none ...
 *
 * A slot is a frame's for ever, and is in memory from its first use on.  A
 * frame can be shown in many places.  Each page that is shown is a map of the
 * system's own, of which a process can have some 65000.
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mm/physmem-live.h"
#include "mm/policy.h"

static size_t slots_bytes(const struct live *live)
{
	return (size_t)live->slots_count * LIVE_PAGE_BYTES;
}

static int prot(unsigned protection)
{
	return (protection & PROTECT_READ ? PROT_READ : 0) |
	       (protection & PROTECT_WRITE ? PROT_WRITE : 0);
}

static void *op_data(void *backend, uint32_t number)
{
	struct live *live = backend;
	struct live_frame *frame = &live->frames[number];

	if (frame->slot == SLOT_NONE) {
		frame->slot = number;
		live_note(live, 1);
	}
	return live_slot(live, number);
}

static int show(
	struct live *live, uint64_t page, uint32_t number, unsigned protection)
{
	void *start = mmap(live_address(page), LIVE_PAGE_BYTES,
		prot(protection), MAP_SHARED | MAP_FIXED, live->file,
		(off_t)number * LIVE_PAGE_BYTES);

	return start == MAP_FAILED ? -errno : 0;
}

static int hide(uint64_t page)
{
	void *start = mmap(live_address(page), LIVE_PAGE_BYTES, PROT_NONE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);

	return start == MAP_FAILED ? -errno : 0;
}

static void op_map(void *backend, const struct mapping *mapping,
	uint32_t number, unsigned protection)
{
	struct live *live = backend;
	int error = show(live, mapping->page, number, protection);

	if (error) {
		live->failed = error;
		live->failed_page = mapping->page;
		return;
	}
	live->counts.moves_in++;
	physmem_memory_ops.map(live->table, mapping, number, protection);
}

static void op_protect(void *backend, const struct mapping *mapping,
	uint32_t number, unsigned protection)
{
	struct live *live = backend;
	const struct memory_entry *entry =
		memory_find(live->table, mapping->as, mapping->page);

	/* it was hidden by a look at its bits */
	if (!entry || mprotect(live_address(mapping->page), LIVE_PAGE_BYTES,
			      prot(protection)))
		op_map(backend, mapping, number, protection);
	else
		physmem_memory_ops.map(
			live->table, mapping, number, protection);
}

static unsigned op_unmap(void *backend, const struct mapping *mapping)
{
	struct live *live = backend;

	if (!memory_find(live->table, mapping->as, mapping->page))
		return 0;
	/* what splits no map can always be done */
	if (hide(mapping->page))
		(void)mprotect(live_address(mapping->page), LIVE_PAGE_BYTES,
			PROT_NONE);
	live->counts.moves_out++;
	return physmem_memory_ops.unmap(live->table, mapping);
}

/* It is shown: so it was used since it was looked at last.  It is not any
 * more, so that its next use is seen too. */
static unsigned op_harvest(void *backend, const struct mapping *mapping)
{
	struct live *live = backend;

	if (!memory_find(live->table, mapping->as, mapping->page))
		return 0;
	return op_unmap(backend, mapping) | BIT_REFERENCED;
}

static void forget(struct live *live, uint32_t number)
{
	struct live_frame *frame = &live->frames[number];

	if (frame->slot == SLOT_NONE)
		return;
	(void)madvise(live_slot(live, number), LIVE_PAGE_BYTES, MADV_REMOVE);
	frame->slot = SLOT_NONE;
	live_note(live, -1);
}

static void settle(struct live *live)
{
	(void)live;
}

/* How many maps a process can have. */
static uint32_t maps_max(void)
{
	unsigned long maps = 65530;
	FILE *file = fopen("/proc/sys/vm/max_map_count", "re");

	if (!file)
		return maps;
	if (fscanf(file, "%lu", &maps) != 1)
		maps = 65530;
	fclose(file);
	return maps < UINT32_MAX ? maps : UINT32_MAX;
}

static int open_file(const struct live *live, int *out)
{
	int fd = memfd_create("frames", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)slots_bytes(live))) {
		close(fd);
		return -errno;
	}
	*out = fd;
	return 0;
}

static int protect_front_open(struct live *live)
{
	uint32_t maps = maps_max();
	void *slots;
	int error;

	/* two for each frame and its neighbour, and the program's own */
	if (live->frames_count > maps / 2 - maps / 16)
		return -ENOMEM;
	error = open_file(live, &live->file);
	if (error)
		return error;
	slots = mmap(NULL, slots_bytes(live), PROT_READ | PROT_WRITE,
		MAP_SHARED, live->file, 0);
	if (slots == MAP_FAILED)
		return -ENOMEM;
	live->slots = slots;
	return 0;
}

static void protect_front_close(struct live *live)
{
	if (live->slots)
		munmap(live->slots, slots_bytes(live));
	if (live->file >= 0)
		close(live->file);
}

/* What is reserved can't be touched. */
static int protect_front_cover(struct live *live, void *start, size_t bytes)
{
	(void)live;
	(void)start;
	(void)bytes;
	return 0;
}

/* A file in memory is not copied by a fork: the child gets one of its own. */
static int protect_front_before_fork(struct live *live)
{
	int error = open_file(live, &live->child_file);
	ssize_t done;
	uint32_t i;

	for (i = 0; i < live->frames_count && !error; i++) {
		if (live->frames[i].slot == SLOT_NONE)
			continue;
		done = pwrite(live->child_file, live_slot(live, i),
			LIVE_PAGE_BYTES, (off_t)i * LIVE_PAGE_BYTES);
		if (done != LIVE_PAGE_BYTES)
			error = done < 0 ? -errno : -ENOSPC;
	}
	return error;
}

static void protect_front_after_fork(struct live *live)
{
	if (live->child_file >= 0)
		close(live->child_file);
	live->child_file = -1;
}

static int protect_front_begin_child(struct live *live)
{
	void *slots =
		mmap(live->slots, slots_bytes(live), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_FIXED, live->child_file, 0);

	if (slots == MAP_FAILED)
		return -errno;
	close(live->file);
	live->file = live->child_file;
	live->child_file = -1;
	return 0;
}

static int protect_front_end_child(struct live *live)
{
	const struct memory_entry *entry;
	int error = 0;
	uint32_t i;

	for (i = 0; i < live->table->entries_max && !error; i++) {
		entry = &live->table->entries[i];
		if (entry->as)
			error = show(live, entry->page, entry->frame,
				entry->protection);
	}
	return error;
}

static const char *protect_front_check(const struct live *live)
{
	const struct memory_entry *entry;
	uint32_t i, kept = 0;

	for (i = 0; i < live->frames_count; i++)
		kept += live->frames[i].slot != SLOT_NONE;
	if (kept != live->resident)
		return "live: pages in memory are not counted right";
	for (i = 0; i < live->table->entries_max; i++) {
		entry = &live->table->entries[i];
		if (entry->as && live->frames[entry->frame].slot == SLOT_NONE)
			return "live: a frame is shown that was never filled";
	}
	return NULL;
}

const struct live_front live_front_protect = {
	.name = "mprotect",
	.signal = SIGSEGV,
	.protection = PROT_NONE,
	.physmem =
		{
			.data = op_data,
			.map = op_map,
			.unmap = op_unmap,
			.harvest = op_harvest,
			.prefetch = live_prefetch,
			.translate = live_translate,
			.protect = op_protect,
		},
	.forget = forget,
	.settle = settle,
	.open = protect_front_open,
	.close = protect_front_close,
	.cover = protect_front_cover,
	.before_fork = protect_front_before_fork,
	.after_fork = protect_front_after_fork,
	.begin_child = protect_front_begin_child,
	.end_child = protect_front_end_child,
	.check = protect_front_check,
};
