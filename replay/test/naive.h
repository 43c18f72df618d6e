/*
 * Replacement policies in their plainest form, written from their
 * definitions, to hold the real ones against.  Demand paging from a cold
 * start: a page comes in when it is referenced and is not there, into a free
 * frame if one is left, else in the place of a victim.
 *
 * lru	 the victim was used longest ago
 * fifo	 the victim came in longest ago
 * clock the hand goes round the frames; a set referenced bit is cleared and
 *	 passed over; the victim is the first with a clear bit, and the hand
 *	 moves on behind it.  A use sets the bit; coming in sets it if
 *	 bit_at_load
 * opt	 the victim's next use is furthest away, or never comes.  Among those
 *	 that are never used again it is the one whose last use is the
 *	 oldest: that changes no fault count, but settles the write-backs
 *
 * sfifo pages come into the first list, the oldest of which goes to the second
 *	 when there are more than two thirds of the frames (33 % in the second,
 *	 rounded down) in it; one used in the second comes to the first anew,
 *	 a soft fault.  The victim is the oldest in the second, else the first
 *
 * A write makes a page dirty until it is evicted: that is a write-back, and
 * later faults on the page bring its data back.  What is dirty at the end is
 * not counted.  O(references x frames), and O(references^2) to find the next
 * uses.
 */
#ifndef REPLAY_TEST_NAIVE_H
#define REPLAY_TEST_NAIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

enum naive_policy {
	NAIVE_LRU,
	NAIVE_FIFO,
	NAIVE_CLOCK,
	NAIVE_OPT,
	NAIVE_SFIFO,
};

struct naive_trace {
	const uint32_t *page; /* [references] */
	const bool *write;    /* [references], or NULL: all are reads */
	size_t references;
};

struct naive_result {
	uint64_t faults, writebacks;
	uint64_t zero_faults; /* of the faults, on pages never written back */
	/* set bits that clock finds, but for the one that coming in set */
	uint64_t harvested;
	uint64_t soft_faults; /* uses of what sfifo has in its second list */
};

struct naive_frame {
	uint32_t page;
	size_t came, used; /* numbers of references */
	bool second;	   /* of sfifo's lists; it came there at `came` */
	bool referenced, dirty;
	bool seen; /* its bit was looked at since it came in */
};

static inline size_t naive_next_use(
	const struct naive_trace *trace, uint32_t page, size_t after)
{
	size_t next = after + 1;

	while (next < trace->references && trace->page[next] != page)
		next++;
	return next;
}

static inline uint32_t naive_victim(enum naive_policy policy,
	const struct naive_trace *trace, struct naive_frame *frame,
	uint32_t frames, uint32_t *hand, size_t now, uint64_t *harvested)
{
	uint32_t victim = 0;
	size_t furthest = 0;

	if (policy == NAIVE_CLOCK) {
		while (frame[*hand].referenced) {
			*harvested += frame[*hand].seen;
			frame[*hand].seen = true;
			frame[*hand].referenced = false;
			*hand = (*hand + 1) % frames;
		}
		victim = *hand;
		*hand = (*hand + 1) % frames;
		return victim;
	}
	for (uint32_t i = 0; i < frames; i++) {
		if (policy == NAIVE_OPT) {
			size_t next = naive_next_use(trace, frame[i].page, now);

			/* two pages are only used at once when never */
			if (next > furthest ||
				(next == furthest &&
					frame[i].used < frame[victim].used)) {
				furthest = next;
				victim = i;
			}
		} else if (policy == NAIVE_LRU) {
			if (frame[i].used < frame[victim].used)
				victim = i;
		} else if (frame[i].second != frame[victim].second) {
			if (frame[i].second)
				victim = i;
		} else if (frame[i].came < frame[victim].came) {
			victim = i;
		}
	}
	return victim;
}

/* A page has come into sfifo's first list, of FRAMES of which FILLED are. */
static inline void naive_overflow(
	struct naive_frame *frame, uint32_t frames, uint32_t filled, size_t now)
{
	uint32_t most = frames - (uint32_t)(0.33 * frames);
	uint32_t first = 0, oldest = UINT32_MAX;

	for (uint32_t i = 0; i < filled; i++) {
		if (frame[i].second)
			continue;
		first++;
		if (oldest == UINT32_MAX || frame[i].came < frame[oldest].came)
			oldest = i;
	}
	if (first <= most)
		return;
	frame[oldest].second = true;
	frame[oldest].came = now;
}

static inline size_t naive_pages(const struct naive_trace *trace)
{
	size_t pages = 1;

	for (size_t i = 0; i < trace->references; i++)
		if (trace->page[i] >= pages)
			pages = trace->page[i] + (size_t)1;
	return pages;
}

/* 0, or -1 without memory */
static inline int naive_replay(enum naive_policy policy, bool bit_at_load,
	const struct naive_trace *trace, uint32_t frames,
	struct naive_result *out)
{
	struct naive_frame *frame = calloc(frames, sizeof(*frame));
	bool *written = calloc(naive_pages(trace), sizeof(*written));
	uint32_t filled = 0, hand = 0, at;

	*out = (struct naive_result){0};
	if (!frame || !written) {
		free(frame);
		free(written);
		return -1;
	}
	for (size_t now = 0; now < trace->references; now++) {
		for (at = 0; at < filled; at++)
			if (frame[at].page == trace->page[now])
				break;
		if (at < filled) {
			frame[at].referenced = true;
			if (frame[at].second) {
				out->soft_faults++;
				frame[at].second = false;
				frame[at].came = now;
				naive_overflow(frame, frames, filled, now);
			}
		} else {
			out->faults++;
			out->zero_faults += !written[trace->page[now]];
			if (filled < frames) {
				at = filled++;
			} else {
				at = naive_victim(policy, trace, frame, frames,
					&hand, now, &out->harvested);
				out->writebacks += frame[at].dirty;
				written[frame[at].page] |= frame[at].dirty;
			}
			frame[at] =
				(struct naive_frame){.page = trace->page[now],
					.came = now,
					.referenced = bit_at_load,
					.seen = !bit_at_load};
			if (policy == NAIVE_SFIFO)
				naive_overflow(frame, frames, filled, now);
		}
		frame[at].used = now;
		if (trace->write && trace->write[now])
			frame[at].dirty = true;
	}
	free(frame);
	free(written);
	return 0;
}

/*
 * LRU's faults at every size, by another road.  The stack distance of a
 * reference is the number of distinct pages from the last reference to its
 * page up to itself: how many frames it takes for it to hit.  It is counted
 * in a Fenwick tree over time, in which each page's last use is marked.
 *
 *	sum of the marks in (last use, now) + 1
 *
 * FAULTS has PAGES + 1 entries: FAULTS[m] is for m frames, FAULTS[0] the
 * number of references.  O(references log references).
 */
static inline void naive_marks_add(
	int32_t *tree, size_t size, size_t at, int32_t change)
{
	for (at++; at <= size; at += at & -at)
		tree[at] += change;
}

static inline int64_t naive_marks_up_to(const int32_t *tree, size_t at)
{
	int64_t sum = 0;

	for (at++; at; at -= at & -at)
		sum += tree[at];
	return sum;
}

static inline int naive_lru_curve(
	const struct naive_trace *trace, uint32_t pages, uint64_t *faults)
{
	const size_t size = trace->references;
	int32_t *tree = calloc(size + 1, sizeof(*tree));
	size_t *last = calloc(pages, sizeof(*last)); /* + 1; 0: never */

	if (!tree || !last) {
		free(tree);
		free(last);
		return -1;
	}
	for (uint32_t m = 0; m <= pages; m++)
		faults[m] = 0;
	for (size_t now = 0; now < size; now++) {
		uint32_t page = trace->page[now];

		if (last[page]) {
			size_t before = last[page] - 1;
			int64_t distance = naive_marks_up_to(tree, now) -
					   naive_marks_up_to(tree, before) + 1;

			faults[distance - 1]++; /* most frames it misses in */
			naive_marks_add(tree, size, before, -1);
		} else {
			faults[pages]++;
		}
		naive_marks_add(tree, size, now, 1);
		last[page] = now + 1;
	}
	for (uint32_t m = pages; m-- > 0;)
		faults[m] += faults[m + 1];
	free(tree);
	free(last);
	return 0;
}

#endif
