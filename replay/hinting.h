/*
 * Gives a replay's hints to the pager: when their event or mark comes, and to
 * maps that come after them.
 */
#ifndef REPLAY_HINTING_H
#define REPLAY_HINTING_H

#include "replay/hints.h"
#include "replay/space.h"

struct hinting;

/* HINTS as they were read; they and SPACE outlive it. -ENOMEM. */
int hinting_create(
	struct space *space, const struct hints *hints, struct hinting **out);
void hinting_destroy(struct hinting *hinting); /* NULL is fine */

/* The event of the next hint that is not yet given; UINT64_MAX: none. */
uint64_t hinting_next(const struct hinting *hinting);

/* Gives those for events up to AT. */
int hinting_apply(
	struct hinting *hinting, uint64_t at, struct message *message);

/* Gives those for MARK, which the program has said. */
int hinting_mark(
	struct hinting *hinting, const char *mark, struct message *message);

#endif
