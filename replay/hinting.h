/*
 * Gives hints to a pager: when their event or mark comes, and to maps that
 * come after them.  Replays and live programs do it this way.
 */
#ifndef REPLAY_HINTING_H
#define REPLAY_HINTING_H

#include "replay/hints.h"

struct hinting;

/* Who takes advice for pages: for [start, start + pages), all of it mapped.
 * What it returns but 0 ends what was asked for. */
struct hinting_pager {
	int (*advise)(void *context, uint64_t start, uint64_t pages,
		enum advice advice, unsigned value);
	void *context;
	uint32_t page_bytes;
};

/* Pages [start, end), that are called NAME from now on, of a map. */
struct hinting_map {
	uint64_t start, end;
	uint64_t map_start, map_end; /* of which shares are taken */
	const char *name;
};

/* HINTS as they were read; they outlive it. -ENOMEM. */
int hinting_create(const struct hinting_pager *pager, const struct hints *hints,
	struct hinting **out);
void hinting_destroy(struct hinting *hinting); /* NULL is fine */

/*
 * MAP is mapped, or has another name.  A map that begins where one of the same
 * name did has grown.  0; -ENOMEM; or what the pager gave, with a message.
 */
int hinting_map(struct hinting *hinting, const struct hinting_map *map,
	struct message *message);

/* Nothing is mapped at [START, END) any more. -ENOMEM: all is as it was. */
int hinting_unmap(struct hinting *hinting, uint64_t start, uint64_t end);

/* What PAGE is called; NULL: nothing is mapped there.  Until the next call. */
const char *hinting_find(const struct hinting *hinting, uint64_t page);

/* The event of the next hint that is not yet given; UINT64_MAX: none. */
uint64_t hinting_next(const struct hinting *hinting);

/* Gives those for events up to AT. */
int hinting_apply(
	struct hinting *hinting, uint64_t at, struct message *message);

/* Gives those for MARK, which the program has said. */
int hinting_mark(
	struct hinting *hinting, const char *mark, struct message *message);

#endif
