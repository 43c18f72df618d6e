/*
 * libselfpage: frames that several pagers and processes share, containers,
 * and shares of them.  This is a part of selfpage.h, which includes it.
 */
#ifndef SELFPAGE_PHYSMEM_H
#define SELFPAGE_PHYSMEM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct selfpage;
struct selfpage_physmem;
struct selfpage_control;

/* ==== selfpage_physmem: frames shared by several pagers and processes ==== */

/*
 * Frames can be shared by the pagers of a process (selfpage_physmem_create),
 * and by those of several processes, which connect to a server
 * (selfpage_physmem_connect, selfpage_physmem_serve).  A control guarantees a
 * number of frames, and can be split; a pager that is made with it has these
 * whenever it needs them.  Frames that nobody needs just now are extra ones
 * for whoever does.  When they are missed, those who have most are asked to
 * return some; what they have not returned by the deadline is taken.
 *
 * So that extra frames can be taken at any time, pages that are pinned,
 * borrowed, dirty or mapped to be written fit into the guarantee: a page that
 * is written to may first have another one written back, and a pager whose
 * control guarantees nothing can only read.
 *
 * A client of a server that does not return frames by the deadline and some
 * time of grace is cut off, and so is one that uses memory which it was not
 * given.  A pager that was cut off, or whose server has gone, answers all
 * with -ECONNABORTED, and what was in its frames and not in its stores is
 * lost; if its server has just gone, stores can still be closed.
 *
 * After fork, a child must use nothing of its parent's connections.
 */

struct selfpage_physmem_config {
	size_t config_bytes; /* sizeof(struct selfpage_physmem_config) */
	uint32_t frames;     /* 1 .. 2^28 */
	uint32_t page_bytes; /* a power of two, a multiple of the system's page,
				up to 2^16; 0: 4096 */
	uint32_t notice_ms;  /* to return frames in; 0: 100 */
	uint32_t grace_ms;   /* served: and then, to be cut off; 0: 1000 */
	const char *path;    /* served: of the socket */
	unsigned mode;	     /* served: of the socket's file; 0: 0600 */
};

/* Where all frames are, and what has happened to them. */
struct selfpage_physmem_counts {
	uint64_t free, soft, held, contained;
	uint64_t returned; /* by pagers, asked or not */
	uint64_t taken;	   /* after a deadline */
	uint64_t had_back; /* with what was in them */
	uint64_t reused;   /* without */
};

/*
 * Makes frames for the pagers of this process.  `path`, `mode` and `grace_ms`
 * are not looked at.  Errors: -ENOMEM; -errno of making a memory file or a
 * thread.
 */
int selfpage_physmem_create(const struct selfpage_physmem_config *config,
	struct selfpage_physmem **physmem_out);

/* Frees them.  Errors: -EBUSY: there are controls. */
int selfpage_physmem_destroy(struct selfpage_physmem *physmem);

/* COUNTS_BYTES is sizeof(struct selfpage_physmem_counts). */
int selfpage_physmem_read_counts(struct selfpage_physmem *physmem,
	struct selfpage_physmem_counts *counts_out, size_t counts_bytes);

/*
 * Proves that the accounts add up, for tests.  Returns NULL, or a sentence
 * that says which invariant does not hold.
 */
const char *selfpage_physmem_check(struct selfpage_physmem *physmem);

/*
 * Serves frames to other processes at config->path, until STOP_FD can be
 * read; then all clients are cut off and the socket is removed.  A socket
 * that nobody listens to is replaced.  Errors: -EADDRINUSE: somebody does, or
 * the path is no socket; -ENAMETOOLONG; -ENOMEM; -errno of making the socket.
 */
int selfpage_physmem_serve(
	const struct selfpage_physmem_config *config, int stop_fd);

/* Makes a control for FRAMES frames that no other control guarantees.
 * Errors: -EINVAL: there are not so many; -ENOMEM. */
int selfpage_physmem_control(struct selfpage_physmem *physmem, uint32_t frames,
	struct selfpage_control **control_out);

/*
 * The same, of the frames of the server at PATH.  Errors: -ENOMEM: it has not
 * so many; -EPROTO: it is no such server, or of another version; -EINVAL; or
 * -errno of connecting.
 */
int selfpage_physmem_connect(const char *path, uint32_t frames,
	struct selfpage_control **control_out);

/*
 * Makes a control for FRAMES of the frames that CONTROL guarantees, which are
 * then that many fewer; pages of CONTROL's pager may have to be written back.
 * Errors: -EINVAL: it has not so many; -EBUSY: too many pages are pinned or
 * borrowed; -EMFILE: the server has too many clients; -ENOMEM; -ECONNABORTED;
 * or a store's.
 */
int selfpage_control_split(struct selfpage_control *control, uint32_t frames,
	struct selfpage_control **control_out);

/*
 * Destroys CONTROL: what it guarantees goes back to the one it was split
 * from.  Controls that were split from it lose all at once: what their pagers
 * have is written back, or with a server cut off.  They are still to be
 * destroyed.  Errors: -EBUSY: it has a pager or a container in this process,
 * or a pager below it has pages pinned or borrowed; or a store's.
 */
int selfpage_control_destroy(struct selfpage_control *control);

/*
 * Gives the socket that stands for CONTROL, which was split from a control of
 * a server and has not been used: to be sent to another process, or left to a
 * child, which opens it.  It is the caller's from now on, to be closed in this
 * process when it has been passed on; when the last copy is closed, what the
 * control guarantees goes back.  CONTROL is still to be destroyed.  Errors:
 * -EINVAL: it is no such control.
 */
int selfpage_control_fd(struct selfpage_control *control, int *fd_out);

/* The control that FD stands for; FD is the control's from now on.  Errors:
 * -EPROTO: it does not; -ENOMEM. */
int selfpage_control_open(int fd, struct selfpage_control **control_out);

/* How many frames it guarantees.  Errors: -ECONNABORTED. */
int selfpage_control_frames(
	struct selfpage_control *control, uint32_t *frames_out);

/* What a pager that has a control has of it, now. */
struct selfpage_frames {
	uint64_t guaranteed;
	uint64_t held;
	uint64_t extra; /* of those held */
	uint64_t asked; /* of these, are to be returned */
	uint64_t deadline;
	uint64_t kept; /* pages that only guaranteed frames may have */
};

/* FRAMES_BYTES is sizeof(struct selfpage_frames).  Errors: -ENOTSUP: the pager
 * has frames of its own; -ECONNABORTED. */
int selfpage_read_frames(struct selfpage *pager,
	struct selfpage_frames *frames_out, size_t frames_bytes);

/*
 * Asks for FRAMES more: first those that are guaranteed, then extra ones.
 * Tells how many there were at once; the others are asked back from those who
 * have more, and may be there when it asks again.  Pages that are used ask by
 * themselves, one at a time.  Asking for 0 gives up what was asked for.
 * Errors: -ENOTSUP; -ECONNABORTED.
 */
int selfpage_ask(struct selfpage *pager, uint32_t frames, uint32_t *given_out);

/*
 * Returns FRAMES frames: free ones, then those whose pages the policy
 * chooses, which are written back if they are dirty.  Until somebody needs
 * their frames, pages can be had back without being read.  RETURNED_OUT is
 * set in any case.  Errors: -ENOTSUP; -EBUSY: what is left is pinned or
 * borrowed, or there is none; or a store's.
 */
int selfpage_return(
	struct selfpage *pager, uint32_t frames, uint32_t *returned_out);

/* ==== selfpage_container: pages to fill, copy, map and share ==== */

/*
 * A container has pages at offsets, in frames that its control guarantees.
 * Pages are allocated by its owner; they are zeros until they are filled.
 * Copies are logical: both pages show one frame until one of them is written.
 * As each page has a frame reserved, writing never fails for want of memory.
 * A container can be shared with others, in this process or in another, who
 * can fill and read what is there, and lock it for a time.
 *
 * Offsets and sizes are in bytes, of whole pages but for fill and read.  All
 * calls are for containers of this process's frames and of a server's alike;
 * with a server's each fill and read takes a message for each 64 KiB.  After
 * an error nothing has changed, but where it says otherwise.  Errors of all:
 * -ECONNABORTED: the server is gone, or has cut the control off; -EKEYREVOKED:
 * the control was taken back; -EINVAL.
 */

struct selfpage_container;
struct selfpage_window; /* pages of a container, in memory */
struct selfpage_grant;	/* a share, in the hands of the owner */
struct selfpage_share;	/* and in those of its holder */

struct selfpage_range {
	uint64_t offset, bytes;
};

/* How far a call came.  May be NULL where it is asked for. */
struct selfpage_told {
	uint64_t bytes;	   /* done */
	uint64_t deadline; /* when to try again, ns of CLOCK_MONOTONIC; or 0 */
};

enum {
	/* Do what can be done, in order, up to what can't be. */
	SELFPAGE_PARTIAL = 1,
	/* Pages that are there are emptied. */
	SELFPAGE_SQUASH = 2,
};

/* Makes an empty container.  Errors: -ENOMEM; -EMFILE. */
int selfpage_container_create(struct selfpage_control *control,
	struct selfpage_container **container_out);

/*
 * Destroys it; its frames are guaranteed by its control again, and its shares
 * are revoked, and their grants are gone.  Errors: -EBUSY: pages are pinned,
 * locked or mapped.
 */
int selfpage_container_destroy(struct selfpage_container *container);

/*
 * Makes pages.  FLAGS: set of SELFPAGE_PARTIAL, SELFPAGE_SQUASH.  Errors:
 * -EEXIST: a page is there; -EBUSY: one to be emptied is locked, or the
 * pager's pages are pinned; -ENOMEM: the control guarantees too few frames;
 * -EAGAIN: others have to return them first, by TOLD's deadline: what was
 * missing stays reserved for another try, until one with no bytes.
 */
int selfpage_container_allocate(struct selfpage_container *container,
	const struct selfpage_range *range, unsigned flags,
	struct selfpage_told *told);

/*
 * Removes pages; SELFPAGE_PARTIAL: those that are there.  Errors: -ENOENT: one
 * is not there; -EBUSY: one is mapped, pinned or locked.
 */
int selfpage_container_deallocate(struct selfpage_container *container,
	const struct selfpage_range *range, unsigned flags,
	struct selfpage_told *told);

/*
 * Fills BYTES bytes from OFFSET on with DATA, or reads them.  Errors: -ENOENT:
 * a page is not there; -EBUSY: one is locked; of more than 64 KiB a part may
 * be done then.
 */
int selfpage_container_fill(struct selfpage_container *container,
	uint64_t offset, const void *data, size_t bytes);
int selfpage_container_read(struct selfpage_container *container,
	uint64_t offset, void *data, size_t bytes);

/*
 * The pages of all ranges of TO, which are there, show what those of FROM do,
 * in order: one range to one, one to several, several to one, several to
 * several.  Ranges may overlap, also in one container.  Errors: -ENOENT;
 * -EBUSY: one is locked; -EINVAL: they are not as many pages, or the
 * containers are of different controls of a server; -ENOMEM.
 */
int selfpage_container_copy(struct selfpage_container *from,
	uint64_t from_offset, struct selfpage_container *to, uint64_t to_offset,
	uint64_t bytes);
int selfpage_container_copy_scatter(struct selfpage_container *from,
	uint64_t from_offset, struct selfpage_container *to,
	const struct selfpage_range *ranges, uint32_t count);
int selfpage_container_gather(struct selfpage_container *from,
	const struct selfpage_range *ranges, uint32_t count,
	struct selfpage_container *to, uint64_t to_offset);
int selfpage_container_scatter_gather(struct selfpage_container *from,
	const struct selfpage_range *from_ranges, uint32_t from_count,
	struct selfpage_container *to, const struct selfpage_range *to_ranges,
	uint32_t to_count);

/*
 * Maps pages into memory; ACCESS: SELFPAGE_READ, with SELFPAGE_WRITE or
 * without.  They keep their frames until they are unmapped.  What is written
 * there is in the container at once.  Errors: -ENOENT; -EBUSY: one is locked;
 * -ENOMEM; -EINVAL also: more than 64 MiB of a server's.
 */
int selfpage_container_map(struct selfpage_container *container,
	const struct selfpage_range *range, unsigned access,
	struct selfpage_window **window_out);

/* Where the window's first page is; the others are behind it. */
void *selfpage_window_address(const struct selfpage_window *window);

/* Nothing may use its memory any more. */
int selfpage_container_unmap(struct selfpage_window *window);

/* Pages keep their frames until they are unpinned as often.  Errors: -ENOENT;
 * -EBUSY: one is locked; unpin: -EINVAL: one is not pinned. */
int selfpage_container_pin(struct selfpage_container *container,
	const struct selfpage_range *range);
int selfpage_container_unpin(struct selfpage_container *container,
	const struct selfpage_range *range);

/* ==== selfpage_share: containers shared with others ==== */

/*
 * Lets another have limited access to CONTAINER.  RIGHTS: set of
 * SELFPAGE_READ, SELFPAGE_WRITE (which is: to fill).  LOCK_MAX_MS: how long he
 * may lock pages at a time; 0: he can't.  Errors: -ENOMEM; -EMFILE: too many
 * clients.
 */
int selfpage_container_share(struct selfpage_container *container,
	unsigned rights, uint32_t lock_max_ms,
	struct selfpage_grant **grant_out);

/* The holder's end, for someone in this process; once.  Errors: -EINVAL: it
 * has been given. */
int selfpage_grant_open(
	struct selfpage_grant *grant, struct selfpage_share **share_out);

/* The holder's end of a server's container, as a socket for another process:
 * see selfpage_control_fd.  Once.  Errors: -EINVAL: it has been given, or is
 * not a server's. */
int selfpage_grant_fd(struct selfpage_grant *grant, int *fd_out);

/* The share is the holder's no more, and the grant is gone.  Errors: -EBUSY:
 * he has a lock, until TOLD's deadline at the latest. */
int selfpage_grant_revoke(
	struct selfpage_grant *grant, struct selfpage_told *told);

/* The share that FD stands for; FD is the share's from now on.  Errors:
 * -EPROTO: it does not; -ENOMEM. */
int selfpage_share_open(int fd, struct selfpage_share **share_out);

/* The holder needs it no more: its lock ends.  So it does if he ends, however
 * that is. */
int selfpage_share_close(struct selfpage_share *share);

/*
 * As selfpage_container_fill and _read.  Errors also: -EPERM: it is not
 * allowed; -EKEYREVOKED: the owner has revoked it, or is gone.
 */
int selfpage_share_fill(struct selfpage_share *share, uint64_t offset,
	const void *data, size_t bytes);
int selfpage_share_read(struct selfpage_share *share, uint64_t offset,
	void *data, size_t bytes);

/*
 * Locks pages for DURATION_MS: nobody else can touch them, nor the owner
 * revoke the share.  Errors: -EINVAL: longer than is allowed; -ENOENT;
 * -EBUSY: one is mapped by the owner or locked by another, or this share has
 * a lock; -EKEYREVOKED.
 */
int selfpage_share_lock(struct selfpage_share *share,
	const struct selfpage_range *range, uint32_t duration_ms);

/* Ends the lock.  Errors: -ETIMEDOUT: it has ended by itself, and others may
 * have touched the pages; -EINVAL: there was none; -EKEYREVOKED. */
int selfpage_share_unlock(struct selfpage_share *share);

#ifdef __cplusplus
}
#endif

#endif
