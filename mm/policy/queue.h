/*
 * A queue of frames in the order of their last touch, as a log.
 *
 *      tail                                    head
 *       |                                       |
 *   ... [ 7 | 3 | 7 | 9 | 3 | 5 | 7 ]           next touch goes here
 *         x   x   x       live        (x: stale, the frame was touched later)
 *
 * To touch a frame is to append it and to note where it now stands; what the
 * log said of it before is stale and skipped when the tail comes by.  So a
 * touch is one random write, and no list is relinked.  When the log is full
 * its live entries are moved together; as it is at least four times as long
 * as there are frames, that costs each touch at most a look and a third.
 *
 * Invariants
 * 1. A frame is in the queue iff log[place[frame] & mask] == frame and
 *    place[frame] lies in [tail, head).
 * 2. head - tail <= capacity.
 * 3. size is the number of frames for which 1 holds.
 * 4. Entries in [tail, guess[0]) and (guess[0], guess[1]) are stale, if
 *    guess[0] >= tail and guess[1] > guess[0].
 */
#ifndef MM_POLICY_QUEUE_H
#define MM_POLICY_QUEUE_H

#include <stdint.h>

#include "mm/policy.h"

struct queue {
	uint32_t *log;	 /* [mask + 1] frame, or FRAME_NONE where removed */
	uint32_t *place; /* [frames] where in the log it was put last */
	uint32_t mask;
	uint32_t frames;
	uint32_t head, tail; /* count on and wrap */
	uint32_t guess[2];   /* where the next two victims stand, perhaps */
	uint32_t size;
};

int queue_init(struct queue *queue, uint32_t frames);
void queue_fini(struct queue *queue);
void queue_compact(struct queue *queue);

/* Makes room for COUNT touches; COUNT must be at most the frames. */
static inline void queue_reserve(struct queue *queue, uint32_t count)
{
	if (queue->head - queue->tail > queue->mask + 1 - count)
		queue_compact(queue);
}

/* To the head, wherever it stood before; room must be reserved. */
static inline void queue_touch(struct queue *queue, uint32_t frame)
{
	queue->log[queue->head & queue->mask] = frame;
	queue->place[frame] = queue->head++;
}

static inline void queue_push(struct queue *queue, uint32_t frame)
{
	queue_reserve(queue, 1);
	queue_touch(queue, frame);
	queue->size++;
}

/* The frame whose last touch is the oldest leaves; FRAME_NONE if empty. */
uint32_t queue_pop(struct queue *queue);

/* Undoes the queue_pop before it: nothing was called in between. */
static inline void queue_unpop(struct queue *queue)
{
	queue->tail--;
	queue->size++;
}

/*
 * The frame that would leave next (0), or after that one (1), if nothing is
 * touched until then; FRAME_NONE: there is none.  O(1) amortised: looks at
 * each entry once more.
 */
uint32_t queue_guess(struct queue *queue, unsigned which);

/* The next MOST that would leave, or all, into FRAMES; returns how many.
 * O(entries up to the last of them). */
uint32_t queue_upcoming(
	const struct queue *queue, uint32_t *frames, uint32_t most);

/* What stands AHEAD entries behind the tail, stale or not. */
static inline uint32_t queue_peek(const struct queue *queue, uint32_t ahead)
{
	if (queue->head - queue->tail <= ahead)
		return FRAME_NONE;
	return queue->log[(queue->tail + ahead) & queue->mask];
}

void queue_remove(struct queue *queue, uint32_t frame);
const char *queue_check(const struct queue *queue, const uint8_t *member);

#endif
