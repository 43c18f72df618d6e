/* What the containers' own files share.  The server's lock guards all of it,
 * and is held by whoever calls what is declared here. */
#ifndef MM_CONTAINER_INTERNAL_H
#define MM_CONTAINER_INTERNAL_H

#include "mm/container.h"
#include "mm/server-internal.h"

#define PAGE_NONE UINT32_MAX

/* A page; those that show one frame are a ring. */
struct container_page {
	struct container *container; /* NULL: free */
	uint64_t offset;
	uint32_t frame; /* FRAME_NONE: zeros */
	uint32_t next;	/* of the ring, or of the free pages */
	uint32_t previous;
	uint32_t windows;
	uint32_t writers; /* of the windows, those that write */
	uint32_t pins;
	bool named; /* it is among the pages that a copy goes to */
};

/* What the containers know of a frame; all zeros if it is not contained. */
struct container_frame {
	uint32_t first; /* one of its pages: the one that is held, if any */
	uint32_t pages;
	uint32_t borrowed; /* besides, by a copy that is under way */
};

struct container {
	struct server *server;
	struct control *control; /* NULL: it was revoked, and has no pages */
	struct container *next;
	struct container_share *shares;
	struct container_window *windows;
	const struct container_memory *memory;
	uint32_t number;  /* no other's: it is in the keys of its pages */
	uint32_t pages;	  /* that are there, each reserves a frame */
	uint32_t claimed; /* frames reserved for pages to come */
	struct container_memory own; /* if its control has none */
};

struct container_window {
	struct container *container; /* NULL: its control was revoked */
	struct container_window *next;
	struct server *server;
	struct container_range range;
	unsigned access;
	char *address; /* NULL: container_hold's */
	uint32_t frames[];
};

struct container_share {
	struct server *server;
	struct container *container; /* NULL: revoked */
	struct container_share *next;
	struct container_share_config config;
	bool dropped;
	struct container_range locked; /* pages: 0, none */
	uint64_t deadline;
};

/* Who calls, and when. */
struct container_view {
	struct container *container;	     /* NULL: see view_enter */
	const struct container_share *share; /* NULL: the owner */
	uint64_t now;
};

static inline struct container_page *container_page(
	const struct container *container, uint32_t page)
{
	return &container->server->containers.pages[page];
}

static inline bool page_is_held(const struct container_page *page)
{
	return page->windows || page->pins;
}

static inline uint64_t server_now(const struct server *server)
{
	return server->config.now(server->config.context);
}

/* What an owner or a holder sees; before the lock is taken. */

static inline struct container_view view_of_owner(struct container *container)
{
	return (struct container_view){
		container, NULL, server_now(container->server)};
}

static inline struct container_view view_of_holder(
	const struct container_share *share)
{
	return (struct container_view){NULL, share, server_now(share->server)};
}

/* The containers of CONTROL, which is revoked, have nothing any more. */
void containers_cut(struct control *control);

/* Pages, mm/container-pages.c. */

/* For the first container of a server. -ENOMEM. */
int containers_init(struct server *server);
void containers_fini(struct server *server);

static inline bool range_is_good(struct container_range range)
{
	return range.offset <= CONTAINER_OFFSET_MAX &&
	       range.pages <= CONTAINER_OFFSET_MAX - range.offset;
}

/* The page at OFFSET, or PAGE_NONE. */
uint32_t page_find(const struct container *container, uint64_t offset);
/* The first page from OFFSET up to, not including, END; or PAGE_NONE. */
uint32_t page_find_from(
	const struct container *container, uint64_t offset, uint64_t end);
/* 0, or -ENOENT: a page from START up to END is not there. */
int pages_are_there(
	const struct container *container, uint64_t start, uint64_t end);
/* A page of zeros that was not there; a frame must be reserved for it. */
void page_make(struct container *container, uint64_t offset);
/* It is gone; what was reserved for it is its owner's to give away. */
void page_unmake(struct container *container, uint32_t page);

void *page_data(const struct container *container, uint32_t page);
/* The page reads as zeros. */
void page_empty(struct container *container, uint32_t page);
/* The page has a frame that no other page has, to be written; with what it
 * showed before, unless ALL of it is to be written. */
void page_own(struct container *container, uint32_t page, bool all);
/* The page has a frame, of which no other page is held: it can be held. */
void page_settle(struct container *container, uint32_t page);
/* The page shows FRAME, which is in the same memory, and no longer its own. */
void page_show(struct container *container, uint32_t page, uint32_t frame);

/* FRAME, unless it is FRAME_NONE, is not released until it is returned. */
void frame_borrow(struct server *server, uint32_t frame);
void frame_return(struct container *container, uint32_t frame);

/* Locks, mm/container-share.c. */

/*
 * 0, or -EBUSY: a page from START up to END is locked by another than VIEW's
 * share; *DEADLINE_OUT (may be NULL): until when.
 */
int pages_are_open(const struct container_view *view, uint64_t start,
	uint64_t end, uint64_t *deadline_out);
/* A holder's view has its container from here on; 0, or -EKEYREVOKED, or
 * -EPERM: RIGHT is missing. */
int view_enter(struct container_view *view, unsigned right);
/* Ends CONTAINER's shares: the holders are told when they call. */
void shares_end(struct container *container);

/* Takes the pages from WINDOW, which shows zeros then. */
void window_cut(struct container_window *window);

/* What the invariants of container.h say, mm/container-check.c. */
const char *containers_check(const struct server *server);

#endif
