/*
 * The tree of gaps: see gaps.h.
 *
 * A change goes down from the root, notes the links that it came by, changes
 * what it found, and goes back up the same links: each node there learns its
 * height and fit[] anew, and where one side has become two higher than the
 * other, it is turned:
 *
 *         b                a
 *        / \              / \
 *       a   3    <->     1   b
 *      / \                  / \
 *     1   2                2   3
 *
 * If it is the inner one (2) that is too high, its top is turned out first.
 * Nobody holds a node's number, so that a gap can move to another node: when
 * one with two sides goes, the next higher gap takes its node.
 */
#include "mm/gaps.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX

/* An AVL tree of 2^32 nodes is at most 1.44 x 32 levels high. */
enum { DEPTH_MAX = 48 };

static const unsigned class_shifts[GAPS_CLASSES] = {0, 9, 18};

/* The links from the root's to the one in hand. */
struct path {
	uint32_t *links[DEPTH_MAX];
	unsigned depth;
};

int gaps_init(struct gaps *gaps, uint64_t pages, uint32_t gaps_max)
{
	*gaps = (struct gaps){
		.pages = pages,
		.nodes_max = gaps_max,
		.free = NONE,
		.root = NONE,
	};
	gaps->nodes = calloc(gaps_max, sizeof(*gaps->nodes));
	if (!gaps->nodes)
		return -ENOMEM;
	return gaps_give(gaps, 0, pages);
}

void gaps_fini(struct gaps *gaps)
{
	free(gaps->nodes);
	memset(gaps, 0, sizeof(*gaps));
}

/* Rounds up to a multiple of ALIGN; past the largest number: that. */
static uint64_t aligned(uint64_t page, uint64_t align)
{
	uint64_t up = (page + align - 1) & ~(align - 1);

	return up < page ? UINT64_MAX : up;
}

/* How many pages fit into [START, END) from a multiple of ALIGN on. */
static uint64_t room(uint64_t start, uint64_t end, uint64_t align)
{
	uint64_t first = aligned(start, align);

	return first < end ? end - first : 0;
}

static uint8_t height_of(const struct gaps *gaps, uint32_t node)
{
	return node == NONE ? 0 : gaps->nodes[node].height;
}

static uint64_t fit_of(const struct gaps *gaps, uint32_t node, unsigned class)
{
	return node == NONE ? 0 : gaps->nodes[node].fit[class];
}

/* What NODE's gap and its two sides make of it. */
static uint8_t height_from_sides(
	const struct gaps *gaps, const struct gap *node)
{
	uint8_t low = height_of(gaps, node->side[0]);
	uint8_t high = height_of(gaps, node->side[1]);

	return 1 + (low > high ? low : high);
}

static uint64_t fit_from_sides(
	const struct gaps *gaps, const struct gap *node, unsigned class)
{
	uint64_t own = room(
		node->start, node->end, UINT64_C(1) << class_shifts[class]);
	uint64_t low = fit_of(gaps, node->side[0], class);
	uint64_t high = fit_of(gaps, node->side[1], class);
	uint64_t sides = low > high ? low : high;

	return own > sides ? own : sides;
}

static void learn(struct gaps *gaps, uint32_t number)
{
	struct gap *node = &gaps->nodes[number];
	unsigned class;

	node->height = height_from_sides(gaps, node);
	for (class = 0; class < GAPS_CLASSES; class ++)
		node->fit[class] = fit_from_sides(gaps, node, class);
}

/* The node at LINK goes down to its side !UP, and that on side UP comes up. */
static void turn(struct gaps *gaps, uint32_t *link, unsigned up)
{
	uint32_t down = *link;
	uint32_t top = gaps->nodes[down].side[up];

	gaps->nodes[down].side[up] = gaps->nodes[top].side[!up];
	gaps->nodes[top].side[!up] = down;
	*link = top;
	learn(gaps, down);
	learn(gaps, top);
}

static void balance(struct gaps *gaps, uint32_t *link)
{
	struct gap *node = &gaps->nodes[*link];
	int lean =
		height_of(gaps, node->side[1]) - height_of(gaps, node->side[0]);
	unsigned high = lean > 0;
	const struct gap *side;

	if (lean >= -1 && lean <= 1)
		return;
	side = &gaps->nodes[node->side[high]];
	if (height_of(gaps, side->side[!high]) >
		height_of(gaps, side->side[high]))
		turn(gaps, &node->side[high], !high);
	turn(gaps, link, high);
}

/* Back up to the root. */
static void repair(struct gaps *gaps, const struct path *path)
{
	unsigned level = path->depth;

	while (level-- > 0) {
		uint32_t *link = path->links[level];

		if (*link == NONE)
			continue;
		learn(gaps, *link);
		balance(gaps, link);
	}
}

static uint32_t *step(struct path *path, uint32_t *link)
{
	assert(path->depth < DEPTH_MAX);
	path->links[path->depth++] = link;
	return link;
}

/* Goes down to the gap that starts at START; else to where it would be. */
static uint32_t *descend(struct gaps *gaps, uint64_t start, struct path *path)
{
	uint32_t *link;

	path->depth = 0;
	link = step(path, &gaps->root);
	while (*link != NONE && gaps->nodes[*link].start != start) {
		struct gap *node = &gaps->nodes[*link];

		link = step(path, &node->side[start > node->start]);
	}
	return link;
}

static int insert(struct gaps *gaps, uint64_t start, uint64_t end)
{
	uint32_t number = gaps->free;
	struct path path;

	if (number != NONE)
		gaps->free = gaps->nodes[number].side[0];
	else if (gaps->nodes_used < gaps->nodes_max)
		number = gaps->nodes_used++;
	else
		return -ENOMEM;
	gaps->nodes[number] = (struct gap){
		.start = start,
		.end = end,
		.side = {NONE, NONE},
	};
	*descend(gaps, start, &path) = number;
	repair(gaps, &path);
	gaps->count++;
	return 0;
}

static void remove_at(struct gaps *gaps, uint64_t start)
{
	struct path path;
	uint32_t *link = descend(gaps, start, &path);
	struct gap *node = &gaps->nodes[*link];
	uint32_t number;

	if (node->side[0] != NONE && node->side[1] != NONE) {
		const struct gap *next;

		link = step(&path, &node->side[1]);
		while (gaps->nodes[*link].side[0] != NONE)
			link = step(&path, &gaps->nodes[*link].side[0]);
		next = &gaps->nodes[*link];
		node->start = next->start;
		node->end = next->end;
		node = &gaps->nodes[*link];
	}
	number = *link;
	*link = node->side[node->side[0] == NONE];
	node->side[0] = gaps->free;
	gaps->free = number;
	gaps->count--;
	repair(gaps, &path);
}

/* The gap at FROM becomes [START, END), which has the same neighbours. */
static void change(
	struct gaps *gaps, uint64_t from, uint64_t start, uint64_t end)
{
	struct path path;
	struct gap *node = &gaps->nodes[*descend(gaps, from, &path)];

	node->start = start;
	node->end = end;
	repair(gaps, &path);
}

/* The gap with the highest start <= PAGE, or NULL. */
static const struct gap *at_or_below(const struct gaps *gaps, uint64_t page)
{
	const struct gap *found = NULL;
	uint32_t number = gaps->root;

	while (number != NONE) {
		const struct gap *node = &gaps->nodes[number];

		if (node->start <= page)
			found = node;
		number = node->side[node->start <= page];
	}
	return found;
}

bool gaps_are_free(const struct gaps *gaps, uint64_t start, uint64_t end)
{
	const struct gap *gap = at_or_below(gaps, start);

	return gap && end <= gap->end;
}

bool gaps_have(const struct gaps *gaps, uint64_t start, uint64_t end)
{
	const struct gap *gap = at_or_below(gaps, start);

	return gap && gap->start == start && gap->end == end;
}

int gaps_take(struct gaps *gaps, uint64_t start, uint64_t end)
{
	const struct gap *gap = at_or_below(gaps, start);
	uint64_t gap_start, gap_end;
	int error;

	assert(gap && start < end && end <= gap->end);
	gap_start = gap->start;
	gap_end = gap->end;
	if (start == gap_start && end == gap_end) {
		remove_at(gaps, gap_start);
		return 0;
	}
	if (start == gap_start) {
		change(gaps, gap_start, end, gap_end);
		return 0;
	}
	if (end < gap_end) {
		error = insert(gaps, end, gap_end);
		if (error)
			return error;
	}
	change(gaps, gap_start, gap_start, start);
	return 0;
}

int gaps_give(struct gaps *gaps, uint64_t start, uint64_t end)
{
	const struct gap *low = at_or_below(gaps, start);
	const struct gap *high = at_or_below(gaps, end);
	uint64_t low_start, high_end;

	assert(start < end && end <= gaps->pages);
	assert(!low || low->end <= start);
	/* those that it touches become one with it */
	if (low && low->end < start)
		low = NULL;
	if (high && high->start != end)
		high = NULL;
	if (!low && !high)
		return insert(gaps, start, end);
	low_start = low ? low->start : start;
	high_end = high ? high->end : end;
	if (!low) {
		change(gaps, end, start, high_end);
		return 0;
	}
	if (high)
		remove_at(gaps, end);
	change(gaps, low_start, low_start, high_end);
	return 0;
}

struct search {
	uint64_t floor, pages, align;
	unsigned class; /* what leads */
	uint64_t start; /* found */
};

/*
 * The lowest fit among NODE and below.  A side that lies above the floor as
 * a whole and promises enough has enough, unless the alignment is one
 * between the classes.  So all but the sides along the way to the floor are
 * entered with success or not at all.
 */
static bool find_below(
	const struct gaps *gaps, uint32_t number, struct search *search)
{
	const struct gap *node;
	uint64_t start;

	if (fit_of(gaps, number, search->class) < search->pages)
		return false;
	node = &gaps->nodes[number];
	if (node->start > search->floor &&
		find_below(gaps, node->side[0], search))
		return true;
	start = node->start > search->floor ? node->start : search->floor;
	if (room(start, node->end, search->align) >= search->pages) {
		search->start = aligned(start, search->align);
		return true;
	}
	return find_below(gaps, node->side[1], search);
}

bool gaps_find(const struct gaps *gaps, uint64_t floor, uint64_t pages,
	uint64_t align_pages, uint64_t *start_out)
{
	struct search search = {
		.floor = floor,
		.pages = pages,
		.align = align_pages,
	};

	while (search.class + 1 < GAPS_CLASSES &&
		align_pages >> class_shifts[search.class + 1])
		search.class += 1;
	if (!find_below(gaps, gaps->root, &search))
		return false;
	*start_out = search.start;
	return true;
}

struct check {
	const struct gaps *gaps;
	uint64_t end; /* of the gap before */
	uint32_t count;
};

static const char *check_node(struct check *check, const struct gap *node)
{
	const struct gaps *gaps = check->gaps;
	int lean =
		height_of(gaps, node->side[1]) - height_of(gaps, node->side[0]);
	unsigned class;

	if (node->start >= node->end)
		return "gaps: an empty one";
	if (check->count && node->start <= check->end)
		return "gaps: two overlap, touch or are in the wrong order";
	if (node->end > gaps->pages)
		return "gaps: one is past the end";
	if (lean < -1 || lean > 1)
		return "gaps: a side is too high";
	if (node->height != height_from_sides(gaps, node))
		return "gaps: a height is wrong";
	for (class = 0; class < GAPS_CLASSES; class ++)
		if (node->fit[class] != fit_from_sides(gaps, node, class))
			return "gaps: what fits below is wrong";
	return NULL;
}

/* DEPTH ends a walk round in circles. */
static const char *check_below(
	struct check *check, uint32_t number, unsigned depth)
{
	const struct gap *node;
	const char *why;

	if (number == NONE)
		return NULL;
	if (number >= check->gaps->nodes_used || !depth)
		return "gaps: a link to no node";
	node = &check->gaps->nodes[number];
	why = check_below(check, node->side[0], depth - 1);
	if (!why)
		why = check_node(check, node);
	if (why)
		return why;
	check->end = node->end;
	check->count++;
	return check_below(check, node->side[1], depth - 1);
}

const char *gaps_check(const struct gaps *gaps)
{
	struct check check = {.gaps = gaps};
	const char *why = check_below(&check, gaps->root, DEPTH_MAX);
	uint32_t number = gaps->free;
	uint32_t free_count = 0;

	if (why)
		return why;
	if (check.count != gaps->count)
		return "gaps: the count is wrong";
	for (; number != NONE; number = gaps->nodes[number].side[0])
		if (number >= gaps->nodes_used ||
			free_count++ == gaps->nodes_used)
			return "gaps: the free list is wrong";
	if (free_count + gaps->count != gaps->nodes_used)
		return "gaps: a node is lost";
	return NULL;
}
