/* The rows of LRU's curve as it is estimated from a sample. */
#ifndef REPLAY_CURVE_SAMPLE_H
#define REPLAY_CURVE_SAMPLE_H

#include "cli/number.h"
#include "cli/rows.h"
#include "replay/sample.h"

struct curve_sample {
	struct sample_config sample;
	const char *trace; /* its path: rows call it by its name */
	/* NULL: all that differ, from the fewest of which something is told */
	const struct frames_spec *frames;
	unsigned frames_count;
	struct rows *rows;
};

/* How many pages were drawn goes to PAGES_OUT.  0; -EINVAL: a size of which
 * nothing is told; what writing or sample_run gave; with a message. */
int curve_sample_run(struct trace_reader *reader,
	const struct curve_sample *config, uint32_t *pages_out,
	struct message *message);

#endif
