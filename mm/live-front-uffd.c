/*
 * The front by userfaultfd.
 *
 *            page-in            COPY, guarded; or MOVE, to be written
 *    store ----------> slot -------------------------------> address
 *          <----------      <-------------------------------
 *            page-out                     MOVE
 *
 * A page that is read comes by COPY, as what was moved could be written to
 * before it is guarded: what is left in the slot then is junk.  The next
 * victim that nobody has written to is dropped, rather than moved, and the
 * junk makes way for the page that comes: so a fault on a page that is only
 * read costs a COPY and a drop.
 *
 *   junk <= spare: one page, which the pager's frames are fewer than LIMIT.
 *   While a page is copied it is in memory twice, and there is no junk.
 *
 * As long as the process has one thread, nobody sees what is at an address for
 * a moment.  So the victim's page stays where it was, is written from there if
 * it is dirty, and goes to the new address by one MOVE: no page is freed, and
 * none allocated.  If it could be written to, the page that comes is read into
 * it before; else it is copied from a slot after.  The same with a page that
 * is to be shown no longer, but stays in memory: it goes to the address of the
 * one that comes, and the data of the two are exchanged.  Whichever of the two
 * is told of first waits for the other, to the end of the fault at most.
 *
 * With a limit of one page nothing is spare: the copy goes by a buffer that is
 * the front's own, and the slot is empty by then.
 *
 * A frame that is mapped in two places is shown in one of them: the last one
 * that was touched.
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "mm/physmem-live.h"
#include "mm/policy.h"

static void *shown_at(const struct live_frame *frame)
{
	return live_address(frame->page);
}

/* The page of slot SLOT, in memory, is of no use any more. */
static void leave_slot(struct live *live, uint32_t slot)
{
	if (live->junk_count < live->spare) {
		live->junk[live->junk_count++] = slot;
		return;
	}
	uffd_drop(live_slot(live, slot), LIVE_PAGE_BYTES);
	live->empty[live->empty_count++] = slot;
	live_note(live, -1);
}

/* A slot to be filled; there is always one. */
static uint32_t take_slot(struct live *live)
{
	if (live->junk_count)
		return live->junk[--live->junk_count];
	live_note(live, 1);
	return live->empty[--live->empty_count];
}

/* Room for a page that will be in memory twice. */
static void drop_junk(struct live *live)
{
	uint32_t slot;

	while (live->junk_count) {
		slot = live->junk[--live->junk_count];
		uffd_drop(live_slot(live, slot), LIVE_PAGE_BYTES);
		live->empty[live->empty_count++] = slot;
		live_note(live, -1);
	}
}

/* Removes the entry in the table, and that it is shown. */
static unsigned forget_shown(struct live *live, struct live_frame *frame)
{
	struct mapping mapping = {
		.as = (struct as *)frame->as,
		.page = frame->page,
	};

	frame->as = NULL;
	return physmem_memory_ops.unmap(live->table, &mapping);
}

/*
 * What can't be moved, as it was shared by a fork, is guarded, so that it
 * does not change, and copied.
 */
static void copy_out(struct live *live, struct live_frame *frame)
{
	void *page = shown_at(frame);

	(void)uffd_guard(&live->uffd, page, true);
	frame->slot = take_slot(live);
	memcpy(live_slot(live, frame->slot), page, LIVE_PAGE_BYTES);
	uffd_drop(page, LIVE_PAGE_BYTES);
	live_note(live, -1);
	live->counts.copies_out++;
}

/* The page of FRAME, at its address, goes to a slot. */
static void keep(struct live *live, struct live_frame *frame)
{
	uint32_t slot = live->empty[live->empty_count - 1];
	int error =
		uffd_move(&live->uffd, live_slot(live, slot), shown_at(frame));

	if (error && error != -ENOENT) {
		copy_out(live, frame);
		return;
	}
	/* -ENOENT: the program took it away by itself, there are zeros now */
	live->empty_count--;
	frame->slot = slot;
	live->counts.moves_out += !error;
}

/* The same for a frame that is shown. */
static unsigned move_out(struct live *live, struct live_frame *frame)
{
	keep(live, frame);
	return forget_shown(live, frame);
}

/* What is leaving stays no longer. */
static void end_leaving(struct live *live)
{
	if (live->leaving == LEAVING_NONE)
		return;
	if (live->leaving_frame != FRAME_NONE) {
		keep(live, &live->frames[live->leaving_frame]);
	} else {
		uffd_drop(live_address(live->leaving), LIVE_PAGE_BYTES);
		live_note(live, -1);
	}
	live->leaving = LEAVING_NONE;
	live->leaving_frame = FRAME_NONE;
}

/* A copy of the page goes from its slot to TO. */
static int copy_in(
	struct live *live, struct live_frame *frame, void *to, bool guarded)
{
	void *from = live_slot(live, frame->slot);
	int error;

	if (live->spare) {
		drop_junk(live);
		live_note(live, 1);
		error = uffd_copy(&live->uffd, to, from, guarded);
		if (error) {
			live_note(live, -1);
			return error;
		}
		leave_slot(live, frame->slot);
		return 0;
	}
	memcpy(live->bounce, from, LIVE_PAGE_BYTES);
	uffd_drop(from, LIVE_PAGE_BYTES);
	error = uffd_copy(&live->uffd, to, live->bounce, guarded);
	if (error)
		memcpy(from, live->bounce, LIVE_PAGE_BYTES);
	else
		live->empty[live->empty_count++] = frame->slot;
	return error;
}

/* A page was moved to TO.  A failure, which nothing is known to cause, undoes
 * that. */
static int guard_moved(struct live *live, void *to, void *from, bool guarded)
{
	int error = guarded ? uffd_guard(&live->uffd, to, true) : 0;

	if (error)
		(void)uffd_move(&live->uffd, from, to);
	else
		live->counts.moves_in++;
	return error;
}

static void exchange_data(void *one, void *other)
{
	char data[LIVE_PAGE_BYTES];

	memcpy(data, one, sizeof(data));
	memcpy(one, other, sizeof(data));
	memcpy(other, data, sizeof(data));
}

/* The page that is leaving goes to TO: with the data of frame NUMBER, or it
 * gets what is in its slot, in exchange for what another frame has there. */
static int refill(struct live *live, uint32_t number, void *to, bool guarded)
{
	uint32_t owner = live->leaving_frame, slot = live->frames[number].slot;
	void *from = live_address(live->leaving);
	int error = uffd_move(&live->uffd, to, from);

	if (error)
		return error;
	if (owner == FRAME_NONE)
		memcpy(to, live_slot(live, slot), LIVE_PAGE_BYTES);
	else if (owner != number)
		exchange_data(to, live_slot(live, slot));
	error = guard_moved(live, to, from, guarded);
	if (error) {
		if (owner != FRAME_NONE && owner != number)
			exchange_data(from, live_slot(live, slot));
		return error;
	}
	if (owner == FRAME_NONE)
		leave_slot(live, slot);
	else if (owner != number)
		live->frames[owner].slot = slot;
	live->leaving = LEAVING_NONE;
	live->leaving_frame = FRAME_NONE;
	return 0;
}

/* The page itself goes from its slot to TO. */
static int move_in(
	struct live *live, struct live_frame *frame, void *to, bool guarded)
{
	void *from = live_slot(live, frame->slot);
	int error = uffd_move(&live->uffd, to, from);

	if (!error)
		error = guard_moved(live, to, from, guarded);
	if (!error)
		live->empty[live->empty_count++] = frame->slot;
	return error;
}

/* The page goes to TO, by the cheapest way that is open. */
static int bring_in(struct live *live, uint32_t number, void *to, bool guarded)
{
	struct live_frame *frame = &live->frames[number];
	int error = -EBUSY;

	if (live->leaving != LEAVING_NONE && live_address(live->leaving) != to)
		error = refill(live, number, to, guarded);
	/* it has the data, or is where they are to be */
	if (error && (live->leaving_frame == number ||
			     live_address(live->leaving) == to))
		end_leaving(live);
	/* a copy would leave more junk, which takes longer to drop */
	if (error && (!guarded || (live->alone && live->junk_count)))
		error = move_in(live, frame, to, guarded);
	if (error) {
		error = copy_in(live, frame, to, guarded);
		if (error)
			return error;
		live->counts.copies_in++;
	}
	frame->slot = SLOT_NONE;
	return 0;
}

static void show(struct live *live, const struct live_coming *coming)
{
	struct live_frame *frame = &live->frames[coming->frame];
	bool guarded = !(coming->protection & PROTECT_WRITE);
	void *to = live_address(coming->mapping.page);
	int error;

	if (frame->as)
		error = uffd_guard(&live->uffd, to, guarded);
	else
		error = bring_in(live, coming->frame, to, guarded);
	if (error) {
		live->failed = error;
		live->failed_page = coming->mapping.page;
		return;
	}
	frame->as = coming->mapping.as;
	frame->page = coming->mapping.page;
	physmem_memory_ops.map(live->table, &coming->mapping, coming->frame,
		coming->protection);
}

/* What is coming waits no longer. */
static void end_coming(struct live *live)
{
	struct live_coming coming = live->coming;

	if (coming.frame == FRAME_NONE)
		return;
	live->coming.frame = FRAME_NONE;
	show(live, &coming);
}

/* Nobody is alone any more. */
static void settle(struct live *live)
{
	end_coming(live);
	end_leaving(live);
}

static void *op_data(void *backend, uint32_t number)
{
	struct live *live = backend;
	struct live_frame *frame = &live->frames[number];

	end_coming(live);
	if (live->leaving_frame == number && live->leaving_guarded)
		end_leaving(live);
	if (live->leaving_frame == number)
		return live_address(live->leaving);
	if (frame->as)
		move_out(live, frame);
	else if (frame->slot == SLOT_NONE)
		frame->slot = take_slot(live);
	return live_slot(live, frame->slot);
}

static void op_map(void *backend, const struct mapping *mapping,
	uint32_t number, unsigned protection)
{
	struct live *live = backend;
	struct live_frame *frame = &live->frames[number];
	struct live_coming coming = {number, protection, *mapping};

	end_coming(live);
	if (frame->as &&
		(frame->as != mapping->as || frame->page != mapping->page))
		move_out(live, frame);
	if (live->alone && live->leaving == LEAVING_NONE && !frame->as)
		live->coming = coming;
	else
		show(live, &coming);
}

/* The frame that is shown there, or NULL. */
static struct live_frame *find_shown(
	struct live *live, const struct mapping *mapping)
{
	const struct memory_entry *entry =
		memory_find(live->table, mapping->as, mapping->page);

	if (!entry && live->coming.frame != FRAME_NONE) {
		end_coming(live);
		entry = memory_find(live->table, mapping->as, mapping->page);
	}
	return entry ? &live->frames[entry->frame] : NULL;
}

/* The page stays where it is until another one comes, if it can.  OWNER has its
 * data from now on. */
static bool stay(struct live *live, struct live_frame *frame, uint32_t owner)
{
	const struct memory_entry *entry;

	if (!live->alone || live->leaving != LEAVING_NONE)
		return false;
	entry = memory_find(live->table, frame->as, frame->page);
	live->leaving = frame->page;
	live->leaving_frame = owner;
	live->leaving_guarded = !(entry->protection & PROTECT_WRITE);
	return true;
}

static unsigned op_unmap(void *backend, const struct mapping *mapping)
{
	struct live *live = backend;
	struct live_frame *frame = find_shown(live, mapping);
	unsigned bits;

	if (!frame)
		return 0;
	if (!stay(live, frame, frame - live->frames))
		keep(live, frame);
	bits = forget_shown(live, frame);
	end_coming(live);
	return bits;
}

/* It is shown: so it was used since it was looked at last.  It is not any
 * more, so that its next use is seen too. */
static unsigned op_harvest(void *backend, const struct mapping *mapping)
{
	if (!find_shown(backend, mapping))
		return 0;
	return op_unmap(backend, mapping) | BIT_REFERENCED;
}

static void op_leave(void *backend, uint32_t number, bool wanted)
{
	struct live *live = backend;
	struct live_frame *frame = &live->frames[number];

	end_coming(live);
	live->counts.drops += !wanted;
	if (frame->as && stay(live, frame, wanted ? number : FRAME_NONE)) {
		forget_shown(live, frame);
		return;
	}
	if (wanted)
		return;
	if (live->leaving_frame == number)
		live->leaving_frame = FRAME_NONE;
	if (frame->as && live->junk_count < live->spare)
		move_out(live, frame);
	if (frame->as) {
		uffd_drop(shown_at(frame), LIVE_PAGE_BYTES);
		live_note(live, -1);
		forget_shown(live, frame);
	} else if (frame->slot != SLOT_NONE) {
		leave_slot(live, frame->slot);
		frame->slot = SLOT_NONE;
	}
}

/* All that is dropped at once, so that other processors are told once. */
static void op_leave_many(
	void *backend, const uint32_t *numbers, unsigned count)
{
	struct live *live = backend;
	void *pages[UNMAPPINGS_MAX];
	unsigned dropped = 0, i;

	settle(live);
	for (i = 0; i < count; i++) {
		struct live_frame *frame = &live->frames[numbers[i]];

		if (frame->as) {
			pages[dropped++] = shown_at(frame);
			forget_shown(live, frame);
		} else if (frame->slot != SLOT_NONE) {
			pages[dropped++] = live_slot(live, frame->slot);
			live->empty[live->empty_count++] = frame->slot;
			frame->slot = SLOT_NONE;
		}
	}
	uffd_drop_many(pages, dropped);
	live_note(live, -(int)dropped);
	live->counts.drops += count;
}

static void forget(struct live *live, uint32_t number)
{
	op_leave(live, number, false);
}

static int uffd_front_cover(struct live *live, void *start, size_t bytes)
{
	return uffd_register(&live->uffd, start, bytes, true);
}

static int register_slots(struct live *live)
{
	return uffd_register(&live->uffd, live->slots,
		(size_t)live->slots_count * LIVE_PAGE_BYTES, false);
}

static int uffd_front_open(struct live *live)
{
	size_t bytes = (size_t)live->slots_count * LIVE_PAGE_BYTES;
	int error = uffd_open(&live->uffd);
	void *slots;

	if (error)
		return error;
	slots = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (slots == MAP_FAILED)
		return -ENOMEM;
	live->slots = slots;
	live->bounce = live->spare ? NULL : malloc(LIVE_PAGE_BYTES);
	if (!live->spare && !live->bounce)
		return -ENOMEM;
	(void)madvise(slots, bytes, MADV_NOHUGEPAGE);
	return register_slots(live);
}

static void uffd_front_close(struct live *live)
{
	uffd_close(&live->uffd);
	free(live->bounce);
	if (live->slots)
		munmap(live->slots,
			(size_t)live->slots_count * LIVE_PAGE_BYTES);
}

/* The child's memory is a copy of the parent's, as with any fork. */
static int uffd_front_before_fork(struct live *live)
{
	(void)live;
	return 0;
}

static void uffd_front_after_fork(struct live *live)
{
	(void)live;
}

static int uffd_front_begin_child(struct live *live)
{
	int error;

	uffd_close(&live->uffd);
	error = uffd_open(&live->uffd);
	return error ? error : register_slots(live);
}

/* A child's pages are there and not guarded. */
static int uffd_front_end_child(struct live *live)
{
	const struct memory_entry *entry;
	int error = 0;
	uint32_t i;

	for (i = 0; i < live->frames_count && !error; i++) {
		if (!live->frames[i].as)
			continue;
		entry = memory_find(
			live->table, live->frames[i].as, live->frames[i].page);
		if (!(entry->protection & PROTECT_WRITE))
			error = uffd_guard(
				&live->uffd, shown_at(&live->frames[i]), true);
	}
	return error;
}

static const char *uffd_front_check(const struct live *live)
{
	const struct memory_entry *entry;
	uint32_t i, entries = 0, shown = 0, kept = 0;

	for (i = 0; i < live->frames_count; i++) {
		const struct live_frame *frame = &live->frames[i];

		kept += frame->slot != SLOT_NONE;
		if (!frame->as)
			continue;
		if (frame->slot != SLOT_NONE)
			return "live: a page is shown and in a slot";
		entry = memory_find(live->table, frame->as, frame->page);
		if (!entry || entry->frame != i)
			return "live: a page is shown and not in the table";
		shown++;
	}
	for (i = 0; i < live->table->entries_max; i++)
		entries += live->table->entries[i].as != NULL;
	if (shown != entries)
		return "live: the table has what is not shown";
	if (kept + live->junk_count + live->empty_count != live->slots_count)
		return "live: a slot is lost";
	if (shown + kept + live->junk_count != live->resident)
		return "live: pages in memory are not counted right";
	if (live->junk_count > live->spare)
		return "live: too much junk";
	return NULL;
}

const struct live_front live_front_uffd = {
	.name = "userfaultfd",
	.signal = SIGBUS,
	.protection = PROT_READ | PROT_WRITE,
	.moves = true,
	.spare = 1,
	.physmem =
		{
			.data = op_data,
			.map = op_map,
			.unmap = op_unmap,
			.harvest = op_harvest,
			.prefetch = live_prefetch,
			.translate = live_translate,
			.protect = op_map,
			.leave = op_leave,
			.leave_many = op_leave_many,
		},
	.forget = forget,
	.settle = settle,
	.open = uffd_front_open,
	.close = uffd_front_close,
	.cover = uffd_front_cover,
	.before_fork = uffd_front_before_fork,
	.after_fork = uffd_front_after_fork,
	.begin_child = uffd_front_begin_child,
	.end_child = uffd_front_end_child,
	.check = uffd_front_check,
};
