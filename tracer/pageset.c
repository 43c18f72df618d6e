/*
 * Open addressing with linear probing over 4-byte slots that hold id + 1; the
 * key is looked up in the array of page numbers by id.  That is two cache
 * misses where 12-byte slots would have one, and half their memory; both are
 * started ahead:
 *
 *	page i + 2 * AHEAD   fetch its slot
 *	page i + AHEAD       read the slot, fetch the page number it leads to
 *	page i               look it up
 *
 * Programs touch few pages at a time, so before all that a part of the pages
 * is looked up in a small table of recent ones, without a branch a page, and
 * only those that are not there take the long way.
 */
#include "tracer/pageset.h"

#include <errno.h>
#include <stdlib.h>

#include "tracer/trace.h"

#define SLOTS_FIRST 4096u
#define AHEAD 12u
#define RECENT 1024u /* 16 KiB, half of a first-level cache */
#define PART 2048u

struct pageset {
	uint32_t *slot; /* id + 1, 0: free */
	uint64_t slots; /* a power of two, at most 3/4 taken */
	uint64_t *vpn;	/* [capacity] by id */
	uint32_t count, capacity;
	struct recent {
		uint64_t vpn;
		uint32_t id;
	} recent[RECENT]; /* by the lowest bits of the page number */
};

int pageset_create(struct pageset **out)
{
	struct pageset *set = calloc(1, sizeof(*set));

	if (!set)
		return -ENOMEM;
	/* Nothing is there: no page number has other lowest bits. */
	for (uint32_t i = 0; i < RECENT; i++)
		set->recent[i].vpn = i + 1;
	set->slots = SLOTS_FIRST;
	set->capacity = SLOTS_FIRST / 4 * 3;
	set->slot = calloc(set->slots, sizeof(*set->slot));
	set->vpn = malloc(set->capacity * sizeof(*set->vpn));
	if (!set->slot || !set->vpn) {
		pageset_destroy(set);
		return -ENOMEM;
	}
	*out = set;
	return 0;
}

void pageset_destroy(struct pageset *set)
{
	if (!set)
		return;
	free(set->slot);
	free(set->vpn);
	free(set);
}

uint32_t pageset_count(const struct pageset *set)
{
	return set->count;
}

const uint64_t *pageset_pages(const struct pageset *set)
{
	return set->vpn;
}

/* Fibonacci hashing: neighbours spread, and the best bits are the top ones. */
static uint64_t hash(uint64_t vpn)
{
	vpn *= UINT64_C(0x9e3779b97f4a7c15);
	return vpn ^ vpn >> 32;
}

static void fill_slots(const struct pageset *set, uint32_t *slot, uint64_t mask)
{
	for (uint32_t id = 0; id < set->count; id++) {
		uint64_t at = hash(set->vpn[id]) & mask;

		if (set->count - id > AHEAD)
			__builtin_prefetch(
				&slot[hash(set->vpn[id + AHEAD]) & mask], 1);
		while (slot[at])
			at = (at + 1) & mask;
		slot[at] = id + 1;
	}
}

static int grow(struct pageset *set)
{
	uint64_t slots = 2 * set->slots;
	uint64_t capacity = slots / 4 * 3;
	uint64_t *vpn;
	uint32_t *slot;

	if (set->count >= TRACE_PAGES_MAX)
		return -EOVERFLOW;
	if (capacity > TRACE_PAGES_MAX)
		capacity = TRACE_PAGES_MAX;
	vpn = realloc(set->vpn, capacity * sizeof(*vpn));
	if (!vpn)
		return -ENOMEM;
	set->vpn = vpn;
	slot = calloc(slots, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	fill_slots(set, slot, slots - 1);
	free(set->slot);
	set->slot = slot;
	set->slots = slots;
	set->capacity = (uint32_t)capacity;
	return 0;
}

static int add(struct pageset *set, uint64_t vpn, uint32_t *id_out)
{
	uint64_t at = hash(vpn) & (set->slots - 1);

	while (set->slot[at] && set->vpn[set->slot[at] - 1] != vpn)
		at = (at + 1) & (set->slots - 1);
	if (!set->slot[at]) {
		if (set->count == set->capacity) {
			int error = grow(set);

			return error ? error : add(set, vpn, id_out);
		}
		set->vpn[set->count] = vpn;
		set->slot[at] = ++set->count;
	}
	*id_out = set->slot[at] - 1;
	return 0;
}

static void fetch_slot(const struct pageset *set, uint64_t vpn)
{
	__builtin_prefetch(&set->slot[hash(vpn) & (set->slots - 1)]);
}

static void fetch_page(const struct pageset *set, uint64_t vpn)
{
	uint32_t id_plus_1 = set->slot[hash(vpn) & (set->slots - 1)];

	__builtin_prefetch(&set->vpn[id_plus_1 ? id_plus_1 - 1 : 0]);
}

/* The ids of pages used lately; *LEFT lists the others.  Returns how many. */
static uint32_t number_recent(const struct pageset *set, const uint64_t *vpn,
	uint32_t count, uint32_t *id_out, uint32_t *left)
{
	uint32_t left_count = 0;

	for (uint32_t i = 0; i < count; i++) {
		const struct recent *recent = &set->recent[vpn[i] % RECENT];

		id_out[i] = recent->id;
		left[left_count] = i;
		left_count += recent->vpn != vpn[i];
	}
	return left_count;
}

/* The long way, for those of VPN that are listed in LEFT. */
static int number_left(struct pageset *set, const uint64_t *vpn,
	const uint32_t *left, uint32_t count, uint32_t *id_out)
{
	for (uint32_t i = 0; i < count; i++) {
		uint64_t page = vpn[left[i]];
		int error;

		if (count - i > 2 * AHEAD)
			fetch_slot(set, vpn[left[i + 2 * AHEAD]]);
		if (count - i > AHEAD)
			fetch_page(set, vpn[left[i + AHEAD]]);
		error = add(set, page, &id_out[left[i]]);
		if (error)
			return error;
		set->recent[page % RECENT] =
			(struct recent){page, id_out[left[i]]};
	}
	return 0;
}

int pageset_number(struct pageset *set, const uint64_t *vpn, uint32_t count,
	uint32_t *id_out)
{
	uint32_t left[PART];

	while (count > 0) {
		uint32_t part = count < PART ? count : PART;
		uint32_t left_count =
			number_recent(set, vpn, part, id_out, left);
		int error = number_left(set, vpn, left, left_count, id_out);

		if (error)
			return error;
		vpn += part;
		id_out += part;
		count -= part;
	}
	return 0;
}
