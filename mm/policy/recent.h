/*
 * The short while in which a read-once page is used: it is over when RECENT
 * other such pages were used since.
 */
#ifndef MM_POLICY_RECENT_H
#define MM_POLICY_RECENT_H

#include "mm/policy.h"

enum { RECENT = 4 };

struct recent {
	uint32_t frame[RECENT]; /* the one used last comes first */
	unsigned count;
};

static inline bool recent_has(const struct recent *recent, uint32_t frame)
{
	unsigned i;

	for (i = 0; i < recent->count; i++)
		if (recent->frame[i] == frame)
			return true;
	return false;
}

/* Forgets FRAME, which is one of them. */
static inline void recent_forget(struct recent *recent, uint32_t frame)
{
	unsigned i = 0;

	while (recent->frame[i] != frame)
		i++;
	recent->count--;
	for (; i < recent->count; i++)
		recent->frame[i] = recent->frame[i + 1];
}

/* FRAME, which is none of them, is the latest now.  Whose short while is over
 * then; or FRAME_NONE. */
static inline uint32_t recent_note(struct recent *recent, uint32_t frame)
{
	uint32_t over = FRAME_NONE;
	unsigned i;

	if (recent->count == RECENT)
		over = recent->frame[--recent->count];
	for (i = recent->count++; i; i--)
		recent->frame[i] = recent->frame[i - 1];
	recent->frame[0] = frame;
	return over;
}

#endif
