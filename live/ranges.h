/*
 * Which addresses of an area are mapped, and as what.
 *
 * Ranges lie in rising order and do not overlap; two that touch and are of one
 * kind may be one or two.  A place for a new one is the lowest that is free,
 * so that the same calls give the same addresses.
 */
#ifndef LIVE_RANGES_H
#define LIVE_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum range_kind {
	RANGE_ANONYMOUS,
	RANGE_FILE,    /* private, of a file */
	RANGE_FOREIGN, /* the system's: mapped over ours */
};

struct range {
	uint64_t start, end; /* bytes, [start, end) */
	enum range_kind kind;
};

struct ranges {
	uint64_t base, end;  /* the area */
	struct range *range; /* [count] */
	size_t count, room;
};

void ranges_init(struct ranges *ranges, uint64_t base, uint64_t bytes);
void ranges_fini(struct ranges *ranges);

/* The lowest free BYTES bytes; false: there are none.  O(ranges). */
bool ranges_find_place(
	const struct ranges *ranges, uint64_t bytes, uint64_t *start_out);

/* The first range that ends after ADDRESS; NULL: none.  O(log ranges). */
const struct range *ranges_find(const struct ranges *ranges, uint64_t address);

/* Whether nothing, or all, of [START, END) is mapped. */
bool ranges_are_free(const struct ranges *ranges, uint64_t start, uint64_t end);
bool ranges_cover(const struct ranges *ranges, uint64_t start, uint64_t end);

/* So many more ranges will fit. -ENOMEM. */
int ranges_reserve(struct ranges *ranges, size_t more);

/* Adds [START, END), which is free; one must fit.  O(ranges). */
void ranges_add(struct ranges *ranges, uint64_t start, uint64_t end,
	enum range_kind kind);

/* What was in [START, END) is free; one more must fit, as it may split one.
 * O(ranges). */
void ranges_remove(struct ranges *ranges, uint64_t start, uint64_t end);

/* NULL, or which invariant does not hold. */
const char *ranges_check(const struct ranges *ranges);

#endif
