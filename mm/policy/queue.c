/* The queue of frames behind lru, fifo and clock: see queue.h. */
#include "mm/policy/queue.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/memory.h"

enum {
	LOOK_AHEAD = 48, /* entries: some evictions ahead */
	LOG_AHEAD = 192,
};

int queue_init(struct queue *queue, uint32_t frames)
{
	uint64_t capacity = 4096; /* so that short queues seldom compact */

	while (capacity < 4 * (uint64_t)frames)
		capacity *= 2;
	memset(queue, 0, sizeof(*queue));
	if (capacity > UINT32_MAX / 2)
		return -ENOMEM;
	queue->mask = capacity - 1;
	queue->frames = frames;
	queue->log = memory_map(capacity * sizeof(*queue->log));
	queue->place = memory_map(frames * sizeof(*queue->place));
	if (!queue->log || !queue->place) {
		queue_fini(queue);
		return -ENOMEM;
	}
	return 0;
}

void queue_fini(struct queue *queue)
{
	memory_unmap(
		queue->log, ((size_t)queue->mask + 1) * sizeof(*queue->log));
	memory_unmap(queue->place, queue->frames * sizeof(*queue->place));
}

static inline void look_ahead(const struct queue *queue, uint32_t at)
{
	uint32_t frame = queue->log[(at + LOOK_AHEAD) & queue->mask];

	/* Past the head lies whatever was there: only its address is used,
	 * and a prefetch of any address does no harm. */
	__builtin_prefetch(&queue->place[frame]);
	__builtin_prefetch(&queue->log[(at + LOG_AHEAD) & queue->mask]);
	/* GCC holds a function that only loads ahead to be without effect,
	 * and drops the calls of it */
	__asm__ volatile("");
}

/* Of the entries from AT on the first that is not stale; the head if all are */
static uint32_t first_live(const struct queue *queue, uint32_t at)
{
	uint32_t frame;

	for (; at != queue->head; at++) {
		look_ahead(queue, at);
		frame = queue->log[at & queue->mask];
		if (frame != FRAME_NONE && queue->place[frame] == at)
			break;
	}
	return at;
}

/* Live entries move towards the tail, in order, over the stale ones. */
void queue_compact(struct queue *queue)
{
	uint32_t to = queue->tail;
	uint32_t at, frame;

	for (at = queue->tail; at != queue->head; at++) {
		look_ahead(queue, at);
		frame = queue->log[at & queue->mask];
		if (frame == FRAME_NONE || queue->place[frame] != at)
			continue;
		queue->log[to & queue->mask] = frame;
		queue->place[frame] = to++;
	}
	queue->head = to;
	queue->guess[0] = queue->guess[1] = queue->tail;
}

uint32_t queue_pop(struct queue *queue)
{
	uint32_t at = first_live(queue, queue->tail);

	queue->tail = at;
	if (at == queue->head)
		return FRAME_NONE;
	queue->tail++;
	queue->size--;
	return queue->log[at & queue->mask];
}

/* Whether A, which lies at most a log's length off, is before B. */
static bool is_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

uint32_t queue_guess(struct queue *queue, unsigned which)
{
	uint32_t from = which ? queue->guess[0] + 1 : queue->tail;

	/* what it was may have gone stale, or been popped, since */
	if (is_before(queue->guess[which], from))
		queue->guess[which] = from;
	if (is_before(queue->head, queue->guess[which]))
		return FRAME_NONE;
	queue->guess[which] = first_live(queue, queue->guess[which]);
	if (queue->guess[which] == queue->head)
		return FRAME_NONE;
	return queue->log[queue->guess[which] & queue->mask];
}

uint32_t queue_upcoming(
	const struct queue *queue, uint32_t *frames, uint32_t most)
{
	uint32_t count = 0;
	uint32_t at = queue->tail;

	while (count < most && (at = first_live(queue, at)) != queue->head)
		frames[count++] = queue->log[at++ & queue->mask];
	return count;
}

void queue_remove(struct queue *queue, uint32_t frame)
{
	queue->log[queue->place[frame] & queue->mask] = FRAME_NONE;
	queue->size--;
}

const char *queue_check(const struct queue *queue, const uint8_t *member)
{
	uint32_t live = 0, expected = 0;
	uint32_t at, frame;

	if (queue->head - queue->tail > queue->mask + 1)
		return "queue: the log is longer than its capacity";
	for (at = queue->tail; at != queue->head; at++) {
		frame = queue->log[at & queue->mask];
		if (frame == FRAME_NONE)
			continue;
		if (frame >= queue->frames)
			return "queue: a frame that does not exist";
		if (queue->place[frame] != at)
			continue;
		if (!member[frame])
			return "queue: holds a frame it was not given";
		live++;
	}
	for (frame = 0; frame < queue->frames; frame++)
		expected += !!member[frame];
	if (live != queue->size)
		return "queue: size is not the number of live entries";
	if (live != expected)
		return "queue: has lost a frame";
	return NULL;
}
