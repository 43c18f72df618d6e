/*
 * Open addressing with linear probing over 4-byte slots that hold id + 1; the
 * key is looked up in the array of page numbers by id.  That is two cache
 * misses where 12-byte slots would have one, and half their memory.  Most
 * look-ups see neither: a small direct-mapped table of the latest pages
 * answers first.
 */
#include <config.h>

#include "tracer/pageset.h"

#include <errno.h>
#include <stdlib.h>

#include "tracer/trace.h"

#define LATEST 4096u /* 64 KiB: in the second-level cache, most in the first */
#define SLOTS_FIRST 4096u

struct latest {
	uint64_t vpn;
	uint32_t id_plus_1; /* 0: none */
};

struct pageset {
	uint32_t *slot; /* id + 1, 0: free */
	uint64_t slots; /* a power of two, at most 3/4 taken */
	uint64_t *vpn;	/* [capacity] by id */
	uint32_t count, capacity;
	struct latest latest[LATEST];
};

int pageset_create(struct pageset **out)
{
	struct pageset *set = calloc(1, sizeof(*set));

	if (!set)
		return -ENOMEM;
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

int pageset_add(struct pageset *set, uint64_t vpn, uint32_t *id_out)
{
	struct latest *latest = &set->latest[vpn % LATEST];
	uint64_t at;

	if (latest->vpn == vpn && latest->id_plus_1) {
		*id_out = latest->id_plus_1 - 1;
		return 0;
	}
	at = hash(vpn) & (set->slots - 1);
	while (set->slot[at] && set->vpn[set->slot[at] - 1] != vpn)
		at = (at + 1) & (set->slots - 1);
	if (!set->slot[at]) {
		if (set->count == set->capacity) {
			int error = grow(set);

			if (error)
				return error;
			at = hash(vpn) & (set->slots - 1);
			while (set->slot[at])
				at = (at + 1) & (set->slots - 1);
		}
		set->vpn[set->count] = vpn;
		set->slot[at] = ++set->count;
	}
	latest->vpn = vpn;
	latest->id_plus_1 = set->slot[at];
	*id_out = set->slot[at] - 1;
	return 0;
}
