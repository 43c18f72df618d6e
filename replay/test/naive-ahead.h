/*
 * fifo, lru and sfifo that evict in batches and write ahead of need, in their
 * plainest form, to hold replays against.
 *
 * Pages stand in a line, the next victim first: by arrival (fifo), by last use
 * (lru), or the second list and then the first (sfifo), each by arrival there.
 * When a page comes and all frames are full, the first BATCH leave; a dirty
 * one is written.  If AHEAD / 2 (rounded up) have left since the last look, or
 * there was none, the first AHEAD that are left are looked at: a dirty one is
 * written and unmapped.  The use of a page that is not mapped is a soft fault.
 * O(references x frames).
 */
#ifndef REPLAY_TEST_NAIVE_AHEAD_H
#define REPLAY_TEST_NAIVE_AHEAD_H

#include <string.h>

#include "replay/test/naive.h"

struct naive_ahead {
	enum naive_policy policy;
	uint32_t frames, batch, ahead;
};

struct naive_ahead_result {
	uint64_t faults, zero_faults, soft_faults, writebacks, cleaned,
		evictions;
};

struct naive_page {
	uint32_t page;
	bool dirty, mapped;
};

/* The line; the first SECOND of COUNT are in sfifo's second list. */
struct naive_line {
	struct naive_page *page;
	uint32_t count, second;
};

static inline struct naive_page naive_take(struct naive_line *line, uint32_t at)
{
	struct naive_page taken = line->page[at];

	line->count--;
	line->second -= at < line->second;
	memmove(&line->page[at], &line->page[at + 1],
		(line->count - at) * sizeof(taken));
	return taken;
}

/* To the end of the line; the oldest of sfifo's first list may leave that. */
static inline void naive_put(struct naive_line *line,
	const struct naive_ahead *how, struct naive_page page)
{
	uint32_t most = how->frames - (uint32_t)(0.33 * how->frames);

	line->page[line->count++] = page;
	if (how->policy == NAIVE_SFIFO && line->count - line->second > most)
		line->page[line->second++].mapped = false;
}

static inline void naive_leave(struct naive_line *line,
	const struct naive_ahead *how, bool *written, uint64_t *next_look,
	struct naive_ahead_result *out)
{
	for (uint32_t i = 0; i < how->batch && line->count; i++) {
		struct naive_page gone = naive_take(line, 0);

		out->evictions++;
		out->writebacks += gone.dirty;
		written[gone.page] |= gone.dirty;
	}
	if (!how->ahead || out->evictions < *next_look)
		return;
	*next_look = out->evictions + (how->ahead + 1) / 2;
	for (uint32_t i = 0; i < how->ahead && i < line->count; i++) {
		if (!line->page[i].dirty)
			continue;
		out->cleaned++;
		written[line->page[i].page] = true;
		line->page[i].dirty = line->page[i].mapped = false;
	}
}

static inline void naive_use(struct naive_line *line,
	const struct naive_ahead *how, uint32_t at, bool write,
	struct naive_ahead_result *out)
{
	struct naive_page used = line->page[at];
	bool moves = how->policy == NAIVE_LRU ||
		     (how->policy == NAIVE_SFIFO && at < line->second);

	out->soft_faults += !used.mapped;
	used.mapped = true;
	used.dirty |= write;
	if (!moves) {
		line->page[at] = used;
		return;
	}
	(void)naive_take(line, at);
	naive_put(line, how, used);
}

/* 0, or -1 without memory */
static inline int naive_ahead_replay(const struct naive_ahead *how,
	const struct naive_trace *trace, struct naive_ahead_result *out)
{
	struct naive_line line = {
		.page = calloc(how->frames + 1, sizeof(*line.page))};
	bool *written = calloc(naive_pages(trace), sizeof(*written));
	int error = line.page && written ? 0 : -1;
	uint64_t next_look = 0;

	*out = (struct naive_ahead_result){0};
	for (size_t now = 0; !error && now < trace->references; now++) {
		uint32_t page = trace->page[now], at = 0;
		bool write = trace->write && trace->write[now];

		while (at < line.count && line.page[at].page != page)
			at++;
		if (at < line.count) {
			naive_use(&line, how, at, write, out);
			continue;
		}
		out->faults++;
		out->zero_faults += !written[page];
		if (line.count == how->frames)
			naive_leave(&line, how, written, &next_look, out);
		naive_put(&line, how, (struct naive_page){page, write, true});
	}
	free(line.page);
	free(written);
	return error;
}

#endif
