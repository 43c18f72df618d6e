/*
 * Containers: pages by offset, over guaranteed frames of the server
 * (server.h), that can be filled, shared with others for limited access,
 * mapped, and copied without a byte's being moved.
 *
 *    offset   0   1   2   3       7   8     pages of container A
 *             |   |   |   |       |   |
 *             f9  f4  -   f4      f2  f7    "-": zeros, it has no frame yet
 *                 |       |
 *    offset      30      31                 pages of container B, copies
 *
 * A page is allocated by its owner: one frame of what the container's
 * control guarantees is reserved for it.  It reads as zeros, and takes a
 * frame from the server when it is first written.  A copy is logical: both
 * pages show one frame until one of them is written.  As each page has a
 * frame reserved, also the one that shares another's, writing never fails
 * for want of memory.
 *
 * Rules
 * 1. What is reserved and has no frame yet is free or soft.  It can hold soft
 *    references, but is given to no task.
 * 2. Frames that are missing when pages are allocated are asked back from
 *    the tasks that have extra ones, by rules 3 and 4 of server.h.
 * 3. A page that has a window, or is pinned, keeps its frame and can't be
 *    deallocated.
 *    a. A page with a window to be written shares its frame with none:
 *       making the window gives it one of its own, and a copy of it is made
 *       by moving the bytes.
 *    b. At most one page of a frame has windows or is pinned; a second one
 *       is given a frame of its own first.
 *    c. When such a page is written, those that share its frame get another.
 * 4. A share is a weak capability: its holder can read and fill what is
 *    there, as it was allowed to, and lock it for a bounded time; it can't
 *    allocate, deallocate, map, pin or share.
 * 5. While a lock holds, only its share's holder can touch the pages, and
 *    the owner can't take the share back.  It ends by container_unlock, at
 *    its deadline, or with the share.
 * 6. Two containers whose controls have not the same memory share no frames:
 *    copies between them move the bytes.
 *
 * 7. If a control is revoked (control_revoke), its containers have no pages
 *    any more, their shares are revoked, and their windows show zeros.  Both
 *    containers and windows are still to be given back by who has them.
 *
 * Calls are all or nothing unless they say otherwise: after an error nothing
 * has changed.  Threads may call anything at any time; container_read and
 * container_fill are one step for each page, not for all of them.  An owner
 * must not use a container while it destroys it, nor a holder a share that
 * it drops.
 *
 * Invariants (server_check proves them)
 * 1. A page has no frame, or a contained one that lists it, once; a contained
 *    frame is listed by one page at least, all of one memory.
 * 2. The frames that are contained are no more than those reserved, and what
 *    is reserved beyond them is free or soft.
 * 3. All controls' guarantees and what containers have reserved sum up to
 *    all frames.
 * 4. 3a and 3b.
 * 5. A page is found by its container and offset.
 */
#ifndef MM_CONTAINER_H
#define MM_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mm/server.h"

struct container;
struct container_share;
struct container_window;

/* Offsets of pages are below. */
#define CONTAINER_OFFSET_MAX (UINT64_C(1) << 40)

enum container_flag {
	CONTAINER_PARTIAL = 1,
	CONTAINER_SQUASH = 2,
};

enum container_right {
	CONTAINER_READ = 1,
	CONTAINER_FILL = 2,
};

struct container_range {
	uint64_t offset; /* pages */
	uint32_t pages;
};

/* How far a call came. */
struct container_told {
	uint32_t pages;	   /* done */
	uint64_t deadline; /* of -EAGAIN and -EBUSY: when to try again */
};

struct container_share_config {
	unsigned rights;   /* set of CONTAINER_READ and _FILL */
	uint64_t lock_max; /* of the server's clock; 0: it can't lock */
};

/* One end of a copy: whose pages, and which. */
struct container_end {
	struct container *container;   /* the owner's; or NULL: */
	struct container_share *share; /* a holder's */
	const struct container_range *ranges;
	uint32_t count;
};

/*
 * The memory that a control's containers are in, if it is not the server's:
 * the file that belongs to a task in another process, for one.
 */
struct container_memory {
	/* the data of a frame, page_bytes long */
	void *(*data)(void *context, uint32_t frame);
	/* FRAME is no container's any more: it may be forgotten, so that
	 * another memory can have it.  The server's lock is held.  Or NULL. */
	void (*leave)(void *context, uint32_t frame);
	void *context;
	int file; /* its page N is frame N; -1: none, so there are no windows */
};

/*
 * Containers of CONTROL, and of controls that are split from it later, are in
 * MEMORY, which stays the caller's.  -EBUSY: there are containers already.
 * Without it they are in server_config's memory.
 */
int control_set_memory(
	struct control *control, const struct container_memory *memory);

/* An empty container of CONTROL. -ENOMEM; -EINVAL: the memory has no data. */
int container_create(struct control *control, struct container **out);

/*
 * What it has reserved is guaranteed by its control again.  Its shares are
 * revoked; whoever shared them must not name them again.  -EBUSY: there are
 * windows, pins or a lock.
 */
int container_destroy(struct container *container);

/* Pages that are there; frames reserved: for them, and for those that
 * container_allocate waits for. */
void container_counts(struct container *container, uint32_t *pages_out,
	uint32_t *reserved_out);

/*
 * The pages of RANGE are there, and are zeros; a frame each moves from the
 * control's guarantee (as with control_split: the task's dirty pages may be
 * written back, and its pins or a failed write-back may forbid it).
 *
 * -EEXIST: a page is there already.  With CONTAINER_SQUASH such pages are
 * emptied instead.
 * -EBUSY: a page to be emptied is locked; or the task's pins.
 * -ENOMEM: the control guarantees too few frames.
 * -EAGAIN: it does, but others hold them as extra ones and were asked to
 * return them by TOLD's deadline.  No page has been made; what was missing
 * stays reserved, so that the next call gets it.  A call with no pages gives
 * that up.
 * -EKEYREVOKED: the control was revoked.
 * -EINVAL: the range or the flags.
 *
 * With CONTAINER_PARTIAL pages are made in order up to the first that can't
 * be: TOLD (may be NULL) says how many there were, and the return value why
 * there were no more.  O(pages), and a look at every task for every frame
 * that is missing.
 */
int container_allocate(struct container *container,
	struct container_range range, unsigned flags,
	struct container_told *told);

/*
 * The pages of RANGE are gone, and their frames guaranteed by the control
 * again.  -ENOENT: one is not there; with CONTAINER_PARTIAL it is skipped,
 * and TOLD (may be NULL) says how many were there.  -EBUSY: one has a window,
 * is pinned or locked.
 */
int container_deallocate(struct container *container,
	struct container_range range, unsigned flags,
	struct container_told *told);

/*
 * BYTES at byte AT of the container, from or to DATA.  -ENOENT: a page is not
 * there; -EBUSY: a page is locked.  Both are looked for first; if another
 * thread takes a page away or locks it meanwhile, a part is done.
 */
int container_fill(struct container *container, uint64_t at, const void *data,
	size_t bytes);
int container_read(
	struct container *container, uint64_t at, void *data, size_t bytes);

/*
 * Copies, logical wherever the rules allow it.  The pages of all ranges of
 * FROM, in order, are what those of TO, in order, show then; both are as many
 * pages.  Pages of TO must be allocated, and what was in them is gone.
 * Ranges may overlap: it is as if all of FROM were read first and then
 * written in order.
 *
 * -ENOENT: a page is not there; -EBUSY: one is locked by another; -EINVAL:
 * the ranges, or FROM and TO are not as many pages, or more than there are
 * frames; -ENOMEM: no memory for the work; -EPERM, -EKEYREVOKED: a share's,
 * which needs CONTAINER_READ in FROM and CONTAINER_FILL in TO.  O(pages).
 */
int container_scatter_gather(
	const struct container_end *from, const struct container_end *to);

/* The same from one range to another, ... */
int container_copy(struct container *from, uint64_t from_offset,
	struct container *to, uint64_t to_offset, uint32_t pages);
/* ... from one range to several, ... */
int container_copy_scatter(struct container *from, uint64_t from_offset,
	struct container *to, const struct container_range *ranges,
	uint32_t count);
/* ... and from several to one. */
int container_gather(struct container *from,
	const struct container_range *ranges, uint32_t count,
	struct container *to, uint64_t to_offset);

/*
 * A window on the pages of RANGE, to be read, or to be read and written if
 * ACCESS has PROTECT_WRITE (physmem.h).  They keep their frames until
 * container_unmap.  -ENOENT: a page is not there; -EBUSY: one is locked;
 * -EINVAL: no pages, or no PROTECT_READ; -ENOMEM; and of container_map alone:
 * -ENODEV: the memory has no file, or its pages are not the system's.
 */
int container_map(struct container *container, struct container_range range,
	unsigned access, struct container_window **out);
/* The same for someone who maps the frames himself: it has no address. */
int container_hold(struct container *container, struct container_range range,
	unsigned access, struct container_window **out);
void container_unmap(struct container_window *window);

/* Where the first page is, the others behind it; NULL: container_hold's. */
void *container_window_address(const struct container_window *window);
/* The frame of each page. */
const uint32_t *container_window_frames(const struct container_window *window);

/*
 * Pages of RANGE keep their frames until they are unpinned as many times.
 * -ENOENT: a page is not there; -EBUSY: one is locked; -EOVERFLOW: it was
 * pinned too often.  container_unpin: -EINVAL: one is not pinned.
 */
int container_pin(struct container *container, struct container_range range);
int container_unpin(struct container *container, struct container_range range);

/*
 * Another's access to all of CONTAINER.  It is named by two: by the owner
 * until container_revoke (or the container's end), and by the holder until
 * container_share_drop.  -EINVAL: rights that there are not, or none;
 * -ENOMEM.
 */
int container_share(struct container *container,
	const struct container_share_config *config,
	struct container_share **out);

/* The owner's: every call of the holder then says -EKEYREVOKED.  -EBUSY: it
 * has a lock, until TOLD's (may be NULL) deadline at the latest. */
int container_revoke(
	struct container_share *share, struct container_told *told);

/* The holder's: its lock ends, and it must not name it again. */
void container_share_drop(struct container_share *share);

/* As container_fill and container_read; also -EPERM, -EKEYREVOKED. */
int container_share_fill(struct container_share *share, uint64_t at,
	const void *data, size_t bytes);
int container_share_read(
	struct container_share *share, uint64_t at, void *data, size_t bytes);

/*
 * No other than the holder can touch the pages of RANGE for DURATION of the
 * server's clock.  -EINVAL: no pages, or longer than the share's lock_max;
 * -ENOENT: a page is not there; -EBUSY: one has a window, or another's lock,
 * or this share has a lock already; -EKEYREVOKED.
 */
int container_lock(struct container_share *share, struct container_range range,
	uint64_t duration);

/* Ends it.  -ETIMEDOUT: the deadline has done so before, others may have
 * touched the pages; -EINVAL: there was none; -EKEYREVOKED. */
int container_unlock(struct container_share *share);

#endif
