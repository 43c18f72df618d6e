/*
 * The line of time that OPT's stack distances are found on: which slots are
 * alive, and the excess of each of them (opt-depth.h), as a tree of nodes.
 *
 * A node's number for a child is the least excess in it, less what the nodes
 * above say already: so what a slot's excess is, the numbers on the way to it
 * sum up to.
 *
 *	            [ 0 3 . 0 ]           excess of the slots:
 *	    ______/   |       \____
 *	[ 1 0 . 2 ] [ 0 1 0 4 ] [ 0 . 1 0 ]
 *	                                1 0 . 2 | 3 4 3 7 | . | 0 . 1 0
 *
 * The first slot without excess after another one is then found by bits
 * alone, those of the zeros: one way up, one way down.  A change of all slots
 * from one to another touches the nodes on the ways to the two.
 *
 * Invariants (opt_line_check proves them)
 * 1. The least of a node's live numbers is 0.
 * 2. A node's bit is live if there is an alive slot below; zero, if it is live
 *    and its number is 0.
 */
#ifndef REPLAY_OPT_LINE_H
#define REPLAY_OPT_LINE_H

#include <stdint.h>

#include "replay/opt-node.h"

struct opt_bits {
	uint16_t live, zero;
};

struct opt_level {
	struct opt_node *nodes;
	struct opt_bits *bits;
	uint32_t count;
};

struct opt_line {
	struct opt_level level[OPT_LEVELS_MAX]; /* [0]: of slots */
	unsigned levels;			/* the last is one node */
	uint32_t slots;
};

/* SLOTS, none alive.  -ENOMEM. */
int opt_line_init(struct opt_line *line, uint32_t slots);
void opt_line_fini(struct opt_line *line);

/*
 * Moves what is alive to the start of time, in order.  MARKER[COUNT] are slots,
 * each of which becomes that of the first alive one from there on; what they
 * and the alive slots come to is the excess.  MOVED is told of each alive slot
 * that it has moved.  Returns the next free slot.
 */
uint32_t opt_line_move_together(struct opt_line *line, uint32_t *marker,
	uint32_t count,
	void (*moved)(void *context, uint32_t from, uint32_t to),
	void *context);

/* NULL, or what does not hold, with MARKER[COUNT] as above.  O(slots). */
const char *opt_line_check(
	const struct opt_line *line, const uint32_t *marker, uint32_t count);

/* ---- what every use does ---- */

/* SLOT, after all others, is alive, without excess.  The one before it must
 * be alive, or there is none. */
static inline void opt_line_append(struct opt_line *line, uint32_t slot)
{
	unsigned level, at;

	for (level = 0; level < line->levels; level++) {
		struct opt_level *in = &line->level[level];

		at = slot % OPT_WIDTH;
		slot /= OPT_WIDTH;
		in->nodes[slot].excess[at] = 0;
		in->bits[slot].live |= 1u << at;
		in->bits[slot].zero |= 1u << at;
		if (at) /* it was alive, and without excess, before */
			break;
	}
}

/* The first alive slot after SLOT without excess.  There must be one. */
static inline uint32_t opt_line_balance(
	const struct opt_line *line, uint32_t slot)
{
	uint32_t found = 0;
	unsigned found_level = OPT_LEVELS_MAX, level, later = 0;

	for (level = 0; level < line->levels; level++) {
		unsigned at = slot % OPT_WIDTH, zero, here;

		slot /= OPT_WIDTH;
		zero = line->level[level].bits[slot].zero;
		/* what was found has excess here */
		if (level && !(zero >> at & 1))
			found_level = OPT_LEVELS_MAX;
		here = zero & OPT_ALL << 1 << at;
		if (found_level == OPT_LEVELS_MAX && here) {
			found_level = level;
			found = slot;
			later = here;
		}
	}
	found = found * OPT_WIDTH + __builtin_ctz(later);
	for (level = found_level; level--;)
		found = found * OPT_WIDTH +
			__builtin_ctz(line->level[level].bits[found].zero);
	return found;
}

/* Child AT of node NUMBER has changed by CHANGE, or by OPT_NONE: it is alive
 * no more. */
static inline void opt_line_change_child(
	struct opt_level *in, uint32_t number, unsigned at, int32_t change)
{
	if (change == OPT_NONE)
		in->bits[number].live &= ~(1u << at);
	else if (change)
		opt_node_add(&in->nodes[number], 1u << at, change);
}

/* After changes in node NUMBER: makes it as it must be again, and tells what
 * its parent has to change of it. */
static inline int32_t opt_line_settle(struct opt_level *in, uint32_t number)
{
	struct opt_node *node = &in->nodes[number];
	struct opt_bits *bits = &in->bits[number];
	unsigned below, zero = opt_node_zeros(node, bits->live, &below);
	int32_t least = 0;

	if (!zero || below) {
		least = opt_node_least(node, bits->live);
		if (least != OPT_NONE) {
			opt_node_add(node, bits->live, -least);
			zero = opt_node_zeros(node, bits->live, &below);
		}
	}
	bits->zero = zero;
	return least;
}

/* The slot ALIVE is so no more, and the marker in slot MARKER goes to the end
 * of time. */
static inline void opt_line_take(
	struct opt_line *line, uint32_t alive, uint32_t marker)
{
	/* all from the first to before the last */
	uint32_t first = marker < alive ? marker : alive;
	uint32_t last = marker < alive ? alive : marker;
	int32_t change = marker < alive ? 1 : -1;
	int32_t first_change = 0, last_change = 0;
	struct opt_level *in = line->level;
	unsigned first_at = first % OPT_WIDTH, last_at = last % OPT_WIDTH;
	unsigned from = OPT_ALL << first_at, to = (1u << last_at) - 1;

	in->bits[alive / OPT_WIDTH].live &= ~(1u << alive % OPT_WIDTH);
	first /= OPT_WIDTH;
	last /= OPT_WIDTH;
	while (first != last) {
		opt_line_change_child(in, first, first_at, first_change);
		opt_node_add(
			&in->nodes[first], from & in->bits[first].live, change);
		first_change = opt_line_settle(in, first);
		opt_line_change_child(in, last, last_at, last_change);
		opt_node_add(
			&in->nodes[last], to & in->bits[last].live, change);
		last_change = opt_line_settle(in, last);
		in++;
		first_at = first % OPT_WIDTH;
		last_at = last % OPT_WIDTH;
		from = OPT_ALL << 1 << first_at;
		to = (1u << last_at) - 1;
		first /= OPT_WIDTH;
		last /= OPT_WIDTH;
	}
	opt_line_change_child(in, last, last_at, last_change);
	opt_line_change_child(in, first, first_at, first_change);
	opt_node_add(
		&in->nodes[first], from & to & in->bits[first].live, change);
	first_change = opt_line_settle(in, first);
	while (first_change) {
		in++;
		first_at = first % OPT_WIDTH;
		first /= OPT_WIDTH;
		opt_line_change_child(in, first, first_at, first_change);
		first_change = opt_line_settle(in, first);
	}
}

/* Starts loading what the above will touch of SLOT. */
static inline void opt_line_look_ahead(
	const struct opt_line *line, uint32_t slot)
{
	__builtin_prefetch(&line->level[0].nodes[slot / OPT_WIDTH], 1);
	__builtin_prefetch(&line->level[0].bits[slot / OPT_WIDTH], 1);
}

#endif
