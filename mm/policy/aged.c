/* Lists of frames by age: see aged.h. */
#include "mm/policy/aged.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int aged_init(struct aged *aged, uint32_t frames, unsigned lists)
{
	uint32_t head;

	*aged = (struct aged){
		.links = calloc((size_t)frames + lists, sizeof(*aged->links)),
		.in = calloc(frames, 1),
		.frames = frames,
		.lists = lists,
	};
	if (!aged->links || !aged->in) {
		aged_fini(aged);
		return -ENOMEM;
	}
	for (head = frames; head < frames + lists; head++)
		aged->links[head] = (struct aged_link){0, head, head};
	return 0;
}

void aged_fini(struct aged *aged)
{
	free(aged->links);
	free(aged->in);
	memset(aged, 0, sizeof(*aged));
}

/* Two rows along `newer`, ended by FRAME_NONE, into one by last use. */
static uint32_t merge(struct aged *aged, uint32_t a, uint32_t b)
{
	uint32_t first = FRAME_NONE;
	uint32_t *end = &first;

	while (a != FRAME_NONE && b != FRAME_NONE) {
		uint32_t *from =
			aged->links[a].used < aged->links[b].used ? &a : &b;

		*end = *from;
		end = &aged->links[*from].newer;
		*from = *end;
	}
	*end = a != FRAME_NONE ? a : b;
	return first;
}

/* Merge sort; bins[i] holds a sorted row of 2^i frames, or none. */
void aged_sort(struct aged *aged, unsigned list)
{
	struct aged_link *links = aged->links;
	uint32_t head = aged->frames + list;
	uint32_t at = links[head].newer, older = head;
	uint32_t bins[32], next;
	unsigned i;

	for (i = 0; i < 32; i++)
		bins[i] = FRAME_NONE;
	for (; at != head; at = next) {
		next = links[at].newer;
		links[at].newer = FRAME_NONE;
		for (i = 0; bins[i] != FRAME_NONE; i++) {
			at = merge(aged, bins[i], at);
			bins[i] = FRAME_NONE;
		}
		bins[i] = at;
	}
	for (at = FRAME_NONE, i = 0; i < 32; i++)
		at = merge(aged, bins[i], at);
	for (; at != FRAME_NONE; older = at, at = links[at].newer) {
		links[older].newer = at;
		links[at].older = older;
	}
	links[older].newer = head;
	links[head].older = older;
	aged->unsorted[list] = false;
}

const char *aged_check(const struct aged *aged, unsigned list,
	const uint8_t *member, uint32_t *count)
{
	const struct aged_link *links = aged->links;
	uint32_t head = aged->frames + list;
	uint64_t used = UINT64_MAX;
	uint32_t frame;

	for (frame = links[head].older; frame != head;
		frame = links[frame].older) {
		if (frame >= aged->frames)
			return "aged: a ring runs into another's head";
		if (links[links[frame].older].newer != frame)
			return "aged: links do not agree";
		if (links[frame].used >= used && !aged->unsorted[list])
			return "aged: a list out of order";
		used = links[frame].used;
		if (aged->in[frame] != list)
			return "aged: a frame in another list's ring";
		if (!member[frame])
			return "aged: holds a frame it was not given";
		if (++*count > aged->frames)
			return "aged: more frames than there are";
	}
	return NULL;
}
