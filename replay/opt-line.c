/* OPT's line of time.  See opt-line.h. */
#pragma GCC target("popcnt") /* every x86-64 since 2008 */

#include "replay/opt-line.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

int opt_line_init(struct opt_line *line, uint32_t slots)
{
	uint64_t nodes = slots;

	memset(line, 0, sizeof(*line));
	line->slots = slots;
	do {
		struct opt_level *in = &line->level[line->levels++];

		nodes = (nodes + OPT_WIDTH - 1) / OPT_WIDTH;
		in->count = nodes;
		in->nodes = memory_map(nodes * sizeof(*in->nodes));
		in->bits = memory_map(nodes * sizeof(*in->bits));
		if (!in->nodes || !in->bits) {
			opt_line_fini(line);
			return -ENOMEM;
		}
	} while (nodes > 1);
	return 0;
}

void opt_line_fini(struct opt_line *line)
{
	unsigned level;

	for (level = 0; level < line->levels; level++) {
		struct opt_level *in = &line->level[level];

		memory_unmap(in->nodes, in->count * sizeof(*in->nodes));
		memory_unmap(in->bits, in->count * sizeof(*in->bits));
	}
	line->levels = 0;
}

/* The numbers of level LEVEL, one after the other. */
static int32_t *numbers_of(const struct opt_line *line, unsigned level)
{
	return line->level[level].nodes->excess;
}

/* How many alive slots are before each node of slots: kept for now in the
 * level above, which is to be made anew. */
static int32_t *rank_nodes(struct opt_line *line)
{
	const struct opt_bits *bits = line->level[0].bits;
	int32_t *rank = numbers_of(line, 1), sum = 0;
	uint32_t node;

	for (node = 0; node < line->level[0].count; node++) {
		rank[node] = sum;
		sum += __builtin_popcount(bits[node].live);
	}
	return rank;
}

/* Slots up to ALIVE are alive; their excess is what markers and they come
 * to, from the last on, which has none. */
static void sum_excess(struct opt_line *line, const uint32_t *marker,
	uint32_t count, uint32_t alive)
{
	int32_t *at = numbers_of(line, 0), excess = 0, here;
	uint32_t i, slot;

	memset(at, 0, alive * sizeof(*at));
	for (i = 0; i < count; i++)
		at[marker[i]]++;
	for (slot = alive; slot--;) {
		here = at[slot];
		at[slot] = excess;
		excess += here - 1;
	}
}

/* The level LEVEL, whose numbers for CHILDREN children are set, becomes as it
 * must be; so do the numbers above. */
static void settle_level(
	struct opt_line *line, unsigned level, uint32_t children)
{
	struct opt_level *in = &line->level[level];
	uint32_t node;

	for (node = 0; node < in->count; node++) {
		uint32_t first = node * OPT_WIDTH;
		int32_t least;

		in->bits[node].live = 0;
		in->bits[node].zero = 0;
		if (first >= children)
			continue;
		in->bits[node].live = children - first >= OPT_WIDTH
					      ? OPT_ALL
					      : (1u << (children - first)) - 1;
		least = opt_line_settle(in, node);
		if (level + 1 < line->levels)
			numbers_of(line, level + 1)[node] = least;
	}
}

uint32_t opt_line_move_together(struct opt_line *line, uint32_t *marker,
	uint32_t count,
	void (*moved)(void *context, uint32_t from, uint32_t to), void *context)
{
	const struct opt_bits *bits = line->level[0].bits;
	const int32_t *rank = rank_nodes(line);
	uint32_t alive = 0, node, i, children;
	unsigned level;

	for (i = 0; i < count; i++) {
		unsigned before = (1u << marker[i] % OPT_WIDTH) - 1;

		node = marker[i] / OPT_WIDTH;
		marker[i] = rank[node] +
			    __builtin_popcount(bits[node].live & before);
	}
	for (node = 0; node < line->level[0].count; node++) {
		unsigned live = bits[node].live;

		for (; live; live &= live - 1)
			moved(context, node * OPT_WIDTH + __builtin_ctz(live),
				alive++);
	}
	sum_excess(line, marker, count, alive);
	children = alive;
	for (level = 0; level < line->levels; level++) {
		settle_level(line, level, children);
		children = (children + OPT_WIDTH - 1) / OPT_WIDTH;
	}
	return alive;
}

/* Child AT of LEVEL, counted over the level. */
static bool is_live(const struct opt_line *line, unsigned level, uint32_t at)
{
	return line->level[level].bits[at / OPT_WIDTH].live >> at % OPT_WIDTH &
	       1;
}

static const char *check_node(
	const struct opt_line *line, unsigned level, uint32_t number)
{
	const struct opt_level *in = &line->level[level];
	struct opt_bits bits = in->bits[number];
	unsigned below, at;

	if (opt_node_zeros(&in->nodes[number], bits.live, &below) != bits.zero)
		return "a node's zeros are not where its bits say";
	if (below || (bits.live && !bits.zero))
		return "a node's least number is not 0";
	if (level + 1 < line->levels &&
		is_live(line, level + 1, number) != !!bits.live)
		return "a node's parent does not know whether it is alive";
	for (at = 0; level && at < OPT_WIDTH; at++) {
		uint32_t child = number * OPT_WIDTH + at;

		if (bits.live >> at & 1 &&
			child >= line->level[level - 1].count)
			return "a child that there is not is alive";
	}
	return NULL;
}

/* What the nodes on the way to SLOT say. */
static int32_t excess_of(const struct opt_line *line, uint32_t slot)
{
	int32_t sum = 0;
	unsigned level;

	for (level = 0; level < line->levels; level++) {
		sum += numbers_of(line, level)[slot];
		slot /= OPT_WIDTH;
	}
	return sum;
}

static const char *check_excess(
	const struct opt_line *line, const uint32_t *marker, uint32_t count)
{
	int32_t *weight = calloc(line->slots, sizeof(*weight)), excess = 0;
	const char *broken = NULL;
	uint32_t i, slot;

	if (!weight)
		return "there is too little memory to check it";
	for (i = 0; i < count; i++)
		weight[marker[i]]++;
	for (slot = line->slots; slot--;) {
		if (is_live(line, 0, slot) && excess_of(line, slot) != excess)
			broken = "a slot's excess is not what it should be";
		excess += weight[slot] - is_live(line, 0, slot);
	}
	free(weight);
	return broken;
}

const char *opt_line_check(
	const struct opt_line *line, const uint32_t *marker, uint32_t count)
{
	const char *broken;
	unsigned level;
	uint32_t at;

	for (level = 0; level < line->levels; level++)
		for (at = 0; at < line->level[level].count; at++) {
			broken = check_node(line, level, at);
			if (broken)
				return broken;
		}
	return check_excess(line, marker, count);
}
