/* What the files of the public library share: selfpage*.c. */
#ifndef MM_SELFPAGE_INTERNAL_H
#define MM_SELFPAGE_INTERNAL_H

#include "mm/pager-internal.h"
#include "mm/physmem-memory.h"
#include "mm/selfpage.h"

/* The only names that the shared library shows; all else is hidden. */
#define PUBLIC __attribute__((visibility("default")))

struct selfpage {
	struct pager *pager; /* its lock guards all of this */
	struct memory memory;
	/* of a pager whose frames are a control's; or NULL */
	struct server_task *task; /* has the pager */
	struct selfpage_control *control;
	struct connection *connection; /* if they are a server's */
	struct physmem_ops remote_ops; /* those of memory, and page_out */
	struct selfpage_space *spaces;
	struct selfpage_store *stores;
	uint32_t spaces_count, stores_count, stores_max;
	struct swap *swap; /* of the copies of private maps; or NULL */
	void *swap_file;   /* a FILE of its own, or NULL */
	uint32_t swap_pages;
	struct selfpage_live *live; /* of one with real memory; or NULL */
	struct pager_log *log;	    /* or NULL */
	struct hooks hooks;
	struct selfpage_hooks program; /* what the program gave for them */
};

struct selfpage_space {
	struct as as;
	struct selfpage *owner;
	struct selfpage_space *next;
	uint32_t borrows; /* not yet given back */
};

struct selfpage_store {
	struct store *store;
	struct selfpage *owner;
	struct selfpage_store *next;
	void *swap_file; /* a FILE of its own, or NULL */
	int swap_fd;	 /* -1: none */
	int swap_copy;	 /* for a child that is being forked; or -1 */
};

/* Whole pages of an address space. */
struct range {
	uint64_t start, pages;
};

/* -EINVAL: no space, empty, no whole pages, past the last address. */
int selfpage_range(const struct selfpage_space *space, uint64_t address,
	uint64_t bytes, struct range *out);

/* The swap file FD, or a temporary one with -1 that goes to *FILE_OUT, and the
 * pages that BYTES_MAX bytes are.  -EINVAL, -EBADF, -errno of its making. */
int selfpage_swap_file(const struct selfpage *self, uint64_t bytes_max, int *fd,
	void **file_out, uint32_t *pages_out);

/* One borrow of the frame fewer, of those that pager_borrow gave. */
void selfpage_end_borrow(struct selfpage *self, uint32_t number);

/* A set of SELFPAGE_RESIDENT and what follows it, of the frame. */
unsigned selfpage_frame_state(const struct selfpage *self, uint32_t number);

/* Pagers whose frames come from a control, selfpage-task.c.  The others can be
 * given to these calls too. */

/* SELF, whose memory is made, has a pager and a task as they say. */
int selfpage_make_task(struct selfpage *self, const struct pager_config *pager,
	const struct selfpage_config *config);
void selfpage_end_task(struct selfpage *self);
/* PAGES more can be pinned, if the control guarantees so many. */
void selfpage_take_for_pins(struct selfpage *self, uint64_t pages);
/* A page more can be borrowed, if that can be. */
void selfpage_make_room(struct selfpage *self);
/* The pager's lock is held in what follows, and given up meanwhile. */
int selfpage_fault(struct selfpage *self, struct fault *fault);
/* The frame has become dirty unseen. */
void selfpage_note_dirty(struct selfpage *self, uint32_t frame);
/* -ECONNABORTED: what was last read of frames' memory was not theirs. */
int selfpage_is_intact(const struct selfpage *self);

/* Opens a shadow of a private map: pager_config.open_shadow. */
int selfpage_open_shadow(void *context, struct btree_pool *pool, uint64_t pages,
	struct store **out);

#endif
