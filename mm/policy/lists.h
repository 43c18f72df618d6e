/*
 * Doubly linked lists of nodes, each of which is in one list at most.
 *
 * Nodes are numbers: frames, or slots of keys.h, or both.  A list is a ring
 * that its head closes, and the heads are links like the others, behind them:
 *
 *	links: [ node 0 | node 1 | ... | head of list 0 | head of list 1 ... ]
 *
 *	newest                          oldest
 *	head.older -> node -> node -> node -> head
 *
 * Invariants
 * 1. A node is in list L iff in[node] == L + 1, and is linked both ways.
 * 2. size[L] is the number of nodes in list L.
 */
#ifndef MM_POLICY_LISTS_H
#define MM_POLICY_LISTS_H

#include <stdint.h>

#include "mm/policy.h"

enum { LISTS_MAX = 16 };

struct lists_link {
	uint32_t newer, older;
};

struct lists {
	struct lists_link *links; /* [nodes + count] */
	uint8_t *in;		  /* [nodes] list + 1; 0: in none */
	uint32_t nodes;
	unsigned count;
	uint32_t size[LISTS_MAX];
};

/* COUNT lists for NODES nodes; 0 or -ENOMEM.  lists_fini: also of zeros. */
int lists_init(struct lists *lists, uint32_t nodes, unsigned count);
void lists_fini(struct lists *lists);
/* NULL, or which invariant does not hold.  O(nodes in lists). */
const char *lists_check(const struct lists *lists);
/* NULL if just those frames that are MEMBERs are in lists; nodes = frames. */
const char *lists_check_members(
	const struct lists *lists, const uint8_t *member);

/* Puts NODE, which is in no list, between NEWER and the one after it. */
static inline void lists_link(
	struct lists *lists, unsigned list, uint32_t newer, uint32_t node)
{
	uint32_t older = lists->links[newer].older;

	lists->links[node] = (struct lists_link){newer, older};
	lists->links[newer].older = node;
	lists->links[older].newer = node;
	lists->in[node] = list + 1;
	lists->size[list]++;
}

static inline uint32_t lists_head(const struct lists *lists, unsigned list)
{
	return lists->nodes + list;
}

static inline void lists_push(struct lists *lists, unsigned list, uint32_t node)
{
	lists_link(lists, list, lists_head(lists, list), node);
}

static inline bool lists_has(
	const struct lists *lists, unsigned list, uint32_t node)
{
	return lists->in[node] == list + 1;
}

static inline void lists_remove(struct lists *lists, uint32_t node)
{
	struct lists_link link = lists->links[node];

	lists->links[link.newer].older = link.older;
	lists->links[link.older].newer = link.newer;
	lists->size[lists->in[node] - 1]--;
	lists->in[node] = 0;
}

/* To the newest end of LIST, from whichever it is in. */
static inline void lists_move(struct lists *lists, unsigned list, uint32_t node)
{
	lists_remove(lists, node);
	lists_push(lists, list, node);
}

/* NODE, which is in no list, takes the place of OLD, which then is in none. */
static inline void lists_replace(
	struct lists *lists, uint32_t old, uint32_t node)
{
	unsigned list = lists->in[old] - 1;
	uint32_t newer = lists->links[old].newer;

	lists_remove(lists, old);
	lists_link(lists, list, newer, node);
}

/* The MOST oldest nodes of LIST, or all, into NODES; returns how many. */
uint32_t lists_upcoming(const struct lists *lists, unsigned list,
	uint32_t *nodes, uint32_t most);

/* FRAME_NONE: the list is empty.  So lists_newest. */
static inline uint32_t lists_oldest(const struct lists *lists, unsigned list)
{
	uint32_t node = lists->links[lists_head(lists, list)].newer;

	return node < lists->nodes ? node : FRAME_NONE;
}

static inline uint32_t lists_newest(const struct lists *lists, unsigned list)
{
	uint32_t node = lists->links[lists_head(lists, list)].older;

	return node < lists->nodes ? node : FRAME_NONE;
}

/* The one before NODE in its list; FRAME_NONE: NODE is the newest. */
static inline uint32_t lists_newer(const struct lists *lists, uint32_t node)
{
	uint32_t newer = lists->links[node].newer;

	return newer < lists->nodes ? newer : FRAME_NONE;
}

#endif
