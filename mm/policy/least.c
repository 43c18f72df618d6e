/* The frame of the least key: see least.h. */
#include "mm/policy/least.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int least_init(struct least *least, uint32_t frames)
{
	*least = (struct least){
		.heap = calloc(frames, sizeof(*least->heap)),
		.key = calloc(frames, sizeof(*least->key)),
		.at = malloc(frames * sizeof(*least->at)),
		.frames = frames,
	};
	if (!least->heap || !least->key || !least->at) {
		least_fini(least);
		return -ENOMEM;
	}
	memset(least->at, 0xff, frames * sizeof(*least->at));
	return 0;
}

void least_fini(struct least *least)
{
	free(least->heap);
	free(least->key);
	free(least->at);
	memset(least, 0, sizeof(*least));
}

static void put(struct least *least, uint32_t i, struct least_entry entry)
{
	least->heap[i] = entry;
	least->at[entry.frame] = i;
}

/* ENTRY takes the free place I, or one above it. */
static void sift_up(struct least *least, uint32_t i, struct least_entry entry)
{
	uint32_t parent;

	for (; i; i = parent) {
		parent = (i - 1) / 2;
		if (!least_is_less(entry.key, least->heap[parent].key))
			break;
		put(least, i, least->heap[parent]);
	}
	put(least, i, entry);
}

/* ENTRY takes the free place I, or one below it. */
static void sift_down(struct least *least, uint32_t i, struct least_entry entry)
{
	const struct least_entry *heap = least->heap;
	uint64_t child; /* 2 * i + 2 may be larger than 32 bits hold */

	while ((child = 2 * (uint64_t)i + 1) < least->size) {
		if (child + 1 < least->size &&
			least_is_less(heap[child + 1].key, heap[child].key))
			child++;
		if (!least_is_less(heap[child].key, entry.key))
			break;
		put(least, i, heap[child]);
		i = child;
	}
	put(least, i, entry);
}

void least_insert(struct least *least, uint32_t frame, struct least_key key)
{
	least->key[frame] = key;
	sift_up(least, least->size++, (struct least_entry){key, frame});
}

void least_remove(struct least *least, uint32_t frame)
{
	uint32_t i = least->at[frame];
	struct least_entry last = least->heap[--least->size];

	least->at[frame] = FRAME_NONE;
	if (i == least->size)
		return;
	if (least_is_less(last.key, least->heap[i].key))
		sift_up(least, i, last);
	else
		sift_down(least, i, last);
}

uint32_t least_find(struct least *least)
{
	struct least_entry root;

	while (least->size) {
		root = least->heap[0];
		if (!least_is_less(root.key, least->key[root.frame]))
			return root.frame;
		root.key = least->key[root.frame];
		sift_down(least, 0, root);
	}
	return FRAME_NONE;
}

const char *least_check(const struct least *least, const uint8_t *member)
{
	const struct least_entry *heap = least->heap;
	uint32_t i, held = 0;

	for (i = 0; i < least->size; i++) {
		if (least->at[heap[i].frame] != i)
			return "least: a frame's place is another";
		if (least_is_less(least->key[heap[i].frame], heap[i].key))
			return "least: a key that fell";
		if (i && least_is_less(heap[i].key, heap[(i - 1) / 2].key))
			return "least: the heap is out of order";
	}
	for (i = 0; i < least->frames; i++) {
		if (!!member[i] != (least->at[i] != FRAME_NONE))
			return "least: frames held are not the frames given";
		held += !!member[i];
	}
	return held == least->size ? NULL : "least: its size is wrong";
}
