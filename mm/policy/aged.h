/*
 * Lists of frames by age, between which frames move with their age.
 *
 * Each frame is in one list at most.  A list is a ring that its head closes;
 * the heads are links like the others, behind them:
 *
 *	links: [ frame 0 | frame 1 | ... | head of list 0 | head of list 1 ... ]
 *
 *	head.older -> newest -> ... -> oldest -> head
 *
 * A frame that moves is put at the list's newest end all the same, and the
 * list is sorted when it is next asked for its oldest: hints move many frames
 * at once.  So a move is O(1), and O(log frames) a frame after many.
 *
 * Invariants
 * 1. Each frame in a list is linked both ways, and in[frame] is that list.
 * 2. A list that is not marked as unsorted has its frames by last use.
 */
#ifndef MM_POLICY_AGED_H
#define MM_POLICY_AGED_H

#include "mm/policy.h"

enum { AGED_LISTS_MAX = 2 * RANKS };

struct aged_link {
	uint64_t used;	       /* number of the last use */
	uint32_t newer, older; /* frames; the list's head closes the ring */
};

struct aged {
	struct aged_link *links; /* [frames + lists]: the heads come last */
	uint8_t *in;		 /* [frames] the list, of those in one */
	uint64_t uses;
	uint32_t frames;
	unsigned lists;
	bool unsorted[AGED_LISTS_MAX];
};

/* 0 or -ENOMEM.  aged_fini: also of zeros. */
int aged_init(struct aged *aged, uint32_t frames, unsigned lists);
void aged_fini(struct aged *aged);
/* Puts an unsorted list in order. */
void aged_sort(struct aged *aged, unsigned list);
/* NULL, or which invariant does not hold of LIST, whose frames are MEMBERs;
 * adds how many there are to *COUNT. */
const char *aged_check(const struct aged *aged, unsigned list,
	const uint8_t *member, uint32_t *count);

static inline void aged_remove(struct aged *aged, uint32_t frame)
{
	struct aged_link *link = &aged->links[frame];

	aged->links[link->newer].older = link->older;
	aged->links[link->older].newer = link->newer;
}

/* At the newest end. */
static inline void aged_link(struct aged *aged, uint32_t frame, uint8_t list)
{
	uint32_t head = aged->frames + list;
	uint32_t older = aged->links[head].older;
	struct aged_link *link = &aged->links[frame];

	aged->in[frame] = list;
	link->newer = head;
	link->older = older;
	aged->links[head].older = frame;
	aged->links[older].newer = frame;
}

/* The frame, which is in no list, is used now. */
static inline void aged_use(struct aged *aged, uint32_t frame, uint8_t list)
{
	aged->links[frame].used = ++aged->uses;
	aged_link(aged, frame, list);
}

/* To another list, with its age: it may be older than those it comes to. */
static inline void aged_move(struct aged *aged, uint32_t frame, uint8_t list)
{
	uint32_t newest = aged->links[aged->frames + list].older;

	aged_remove(aged, frame);
	if (aged->links[newest].used > aged->links[frame].used)
		aged->unsorted[list] = true;
	aged_link(aged, frame, list);
}

/* FRAME_NONE: the list is empty. */
static inline uint32_t aged_oldest(struct aged *aged, unsigned list)
{
	uint32_t head = aged->frames + list;

	if (aged->links[head].newer == head)
		return FRAME_NONE;
	if (aged->unsorted[list])
		aged_sort(aged, list);
	return aged->links[head].newer; /* the ring's other end */
}

/* The next newer one in its list; FRAME_NONE: it is the newest. */
static inline uint32_t aged_newer(const struct aged *aged, uint32_t frame)
{
	uint32_t newer = aged->links[frame].newer;

	return newer < aged->frames ? newer : FRAME_NONE;
}

#endif
