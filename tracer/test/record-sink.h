/* A sink that keeps what it is given: for the tests of parsers. */
#ifndef TRACER_TEST_RECORD_SINK_H
#define TRACER_TEST_RECORD_SINK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tracer/import-runs.h"

struct kept_run {
	struct run run;
	uint32_t thread;
};

struct kept {
	struct kept_run *run; /* joined as the trace writer joins them */
	size_t runs, room;
	uint64_t references;
	char regions[8192]; /* one line each */
	char talk[1024];    /* one line each */
	int fail;	    /* what add returns instead */
};

static inline int kept_add(
	void *context, const struct run *runs, size_t count, uint32_t thread)
{
	struct kept *kept = context;

	if (kept->fail != 0)
		return kept->fail;
	for (size_t i = 0; i < count; i++) {
		struct kept_run *last =
			kept->runs == 0 ? NULL : &kept->run[kept->runs - 1];

		kept->references += runs[i].count;
		if (last != NULL && last->run.vpn == runs[i].vpn &&
			last->thread == thread) {
			last->run.count += runs[i].count;
			last->run.kinds |= runs[i].kinds;
			continue;
		}
		if (kept->runs == kept->room) {
			kept->room = kept->room * 2 + 64;
			kept->run = realloc(
				kept->run, kept->room * sizeof(*kept->run));
			if (kept->run == NULL)
				abort();
		}
		kept->run[kept->runs++] = (struct kept_run){runs[i], thread};
	}
	return 0;
}

static inline int kept_region(void *context, const struct trace_region *region)
{
	struct kept *kept = context;
	size_t used = strlen(kept->regions);

	snprintf(kept->regions + used, sizeof(kept->regions) - used,
		"%zu: %d %llx-%llx +%llx %d%s %s\n", kept->runs, region->kind,
		(unsigned long long)region->start,
		(unsigned long long)region->end,
		(unsigned long long)region->offset, region->protection,
		region->anonymous ? "a" : "", region->name);
	return 0;
}

static inline void kept_talk(void *context, const char *line, size_t bytes)
{
	struct kept *kept = context;
	size_t used = strlen(kept->talk);

	snprintf(kept->talk + used, sizeof(kept->talk) - used, "%.*s\n",
		(int)bytes, line);
}

static inline struct run_sink kept_sink(struct kept *kept)
{
	return (struct run_sink){kept, kept_add, kept_region, kept_talk};
}

static inline void kept_free(struct kept *kept)
{
	free(kept->run);
	*kept = (struct kept){0};
}

/* TEXT in memory of its own that ends with the padding, so that a sanitizer
 * sees every byte read too far. */
static inline char *padded(const char *text, size_t bytes)
{
	char *copy = malloc(bytes + PARSE_PADDING);

	if (copy == NULL)
		abort();
	memcpy(copy, text, bytes);
	/* Padding that would look like lines. */
	for (size_t i = 0; i < PARSE_PADDING; i++)
		copy[bytes + i] = " S 04000000,8\n"[i % 14];
	return copy;
}

#endif
