/* Which pages are in frames that were given back: see server-task-internal.h.
 */
#include "mm/server-task-internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int soft_init(struct soft *soft, uint32_t frames)
{
	uint32_t buckets = 1;

	while (buckets < frames && buckets < UINT32_C(1) << 31)
		buckets *= 2;
	soft->frames = frames;
	soft->buckets_mask = buckets - 1;
	soft->entries = calloc(frames, sizeof(*soft->entries));
	soft->buckets = malloc(buckets * sizeof(*soft->buckets));
	if (!soft->entries || !soft->buckets) {
		soft_fini(soft);
		return -ENOMEM;
	}
	memset(soft->buckets, 0xff, buckets * sizeof(*soft->buckets));
	return 0;
}

void soft_fini(struct soft *soft)
{
	free(soft->entries);
	free(soft->buckets);
	memset(soft, 0, sizeof(*soft));
}

static uint32_t *bucket_of(
	const struct soft *soft, const struct store *store, uint64_t offset)
{
	uint64_t key = ((uintptr_t)store >> 4) * UINT64_C(0x9e3779b97f4a7c15);

	key = (key ^ offset) * UINT64_C(0xd6e8feb86659fd93);
	return &soft->buckets[(uint32_t)(key >> 32) & soft->buckets_mask];
}

uint32_t soft_find(
	const struct soft *soft, const struct store *store, uint64_t offset)
{
	const struct soft_entry *entry;
	uint32_t at = *bucket_of(soft, store, offset);

	for (; at != FRAME_NONE; at = entry->next) {
		entry = &soft->entries[at];
		if (entry->store == store && entry->offset == offset)
			break;
	}
	return at;
}

void soft_add(struct soft *soft, const struct pager_removed *removed)
{
	uint32_t *bucket = bucket_of(soft, removed->store, removed->offset);

	soft->entries[removed->frame] = (struct soft_entry){
		.store = removed->store,
		.offset = removed->offset,
		.next = *bucket,
	};
	*bucket = removed->frame;
	soft->count++;
}

void soft_remove(struct soft *soft, uint32_t frame)
{
	struct soft_entry *entry = &soft->entries[frame];
	uint32_t *link;

	if (!entry->store)
		return;
	link = bucket_of(soft, entry->store, entry->offset);
	while (*link != frame)
		link = &soft->entries[*link].next;
	*link = entry->next;
	entry->store = NULL;
	soft->count--;
}

const char *soft_check(const struct soft *soft)
{
	uint32_t count = 0, found = 0;
	uint32_t i, at;

	for (i = 0; i < soft->frames; i++)
		count += soft->entries[i].store != NULL;
	if (count != soft->count)
		return "task: the soft frames are miscounted";

	for (i = 0; i < soft->frames; i++) {
		const struct soft_entry *entry = &soft->entries[i];

		if (entry->store &&
			soft_find(soft, entry->store, entry->offset) != i)
			return "task: two soft frames hold one page";
	}
	for (i = 0; i <= soft->buckets_mask; i++)
		for (at = soft->buckets[i]; at != FRAME_NONE;
			at = soft->entries[at].next)
			if (++found > count || !soft->entries[at].store)
				return "task: what is not soft is found";
	return found == count ? NULL : "task: a soft frame is not found";
}
