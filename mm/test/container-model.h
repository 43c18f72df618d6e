/*
 * The naive model of container-fuzz: each page's bytes; what each control
 * guarantees and each container has claimed; windows, pins, shares and locks;
 * and of each page a number that says which others must show the same frame,
 * by the rules of container.h done page by page.
 */
#ifndef MM_TEST_CONTAINER_MODEL_H
#define MM_TEST_CONTAINER_MODEL_H

#include "base/test/course.h"
#include "mm/test/container-world.h"

enum {
	FRAMES = 40,
	CONTROLS = 3, /* each may have a task in the seat of its number */
	CONTAINERS = 5,
	PAGES = 10,
	WINDOWS = 4,
	SHARES = 4,
	WORDS = 12, /* pages of a task that are used */
	RANGES = 3,
};

/* A page, and which others must show the same frame. */
struct model_page {
	bool there;
	char bytes[PAGE];
	uint64_t id; /* of its frame; 0: zeros without one */
	uint32_t pins, windows, writers;
	uint32_t frame; /* that it had when it was first held */
};

struct model_container {
	struct container *container; /* NULL: there is none */
	int control;		     /* -1: revoked */
	uint32_t claimed;
	struct model_page pages[PAGES];
};

struct model_window {
	struct container_window *window;
	unsigned container;
	uint64_t offset;
	uint32_t pages;
	bool writes, cut;
};

struct model_share {
	struct container_share *share; /* NULL: there is none */
	int container;		       /* -1: revoked */
	bool dropped;
	unsigned rights;
	uint64_t lock_max, deadline;
	struct container_range locked;
};

struct fuzz {
	struct course course;
	uint64_t id;
	struct server_machine *machine;
	struct control *controls[CONTROLS];
	uint32_t guarantees[CONTROLS];
	struct container_memory memory; /* of the last control */
	char aside[FRAMES][PAGE];
	struct model_container containers[CONTAINERS];
	struct model_window windows[WINDOWS];
	struct model_share shares[SHARES];
	uint64_t words[CONTROLS][WORDS]; /* of the tasks */
	uint64_t waits, copies, shared, moved, busy, no_memory, failed;
};

/* A copy under way: what goes where, page by page. */
struct copy {
	unsigned from, to; /* containers */
	struct container_range sources[RANGES], targets[RANGES];
	uint64_t from_pages[PAGES * RANGES], to_pages[PAGES * RANGES];
	uint32_t pages;
};

void must_be(
	const struct fuzz *fuzz, int error, int expected, const char *what);

bool is_held(const struct model_page *page);

/* The frame of PAGE is only its own: it, or all others, get a new one. */
void own(struct fuzz *fuzz, struct model_page *page);

/* The page can be held: it has a frame that no other that is held has. */
void settle(struct fuzz *fuzz, struct model_page *page);

void empty(struct fuzz *fuzz, struct model_page *page);

/* The time until which SHARE (-1: the owner) can't touch the page; 0: it
 * can. */
uint64_t locked_until(const struct fuzz *fuzz, unsigned container,
	uint64_t offset, int share);

/* 0, or why SHARE can't touch the pages. */
int may_touch(const struct fuzz *fuzz, unsigned container,
	struct container_range range, int share);

uint32_t count_pages(const struct model_container *container);

/* Frames that new pages may get. */
uint32_t there(const struct fuzz *fuzz);

void compare(struct fuzz *fuzz);

void model_copy(struct fuzz *fuzz, const struct copy *copy);

/* What the copy is to return. */
int may_copy(struct fuzz *fuzz, const struct copy *copy, int from_share,
	int to_share);

/* Up to MOST pages; most often those that the container has. */
struct container_range draw_range(
	struct fuzz *fuzz, unsigned number, uint32_t most);

/* RANGES ranges of the container, PAGES pages in all if there are as many in
 * what is drawn; the pages in OFFSETS.  Returns how many. */
uint32_t draw_ranges(struct fuzz *fuzz, unsigned container, uint32_t pages,
	struct container_range *ranges, uint64_t *offsets);

/* What is beyond PAGES pages is cut off. */
void cut_ranges(struct container_range *ranges, uint32_t pages);

#endif
