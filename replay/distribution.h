/*
 * How long the faults of each replay took: the rows that `selfpage replay
 * --distribution` writes, one for each length in the histogram.
 */
#ifndef REPLAY_DISTRIBUTION_H
#define REPLAY_DISTRIBUTION_H

#include <stdint.h>

#include "base/message.h"
#include "replay/histogram.h"

/* What a row says besides. */
struct distribution_row {
	const char *trace, *policy, *counter_source;
	uint64_t frames, pages;
};

struct distribution;

/* Makes the file PATH anew.  -errno with a message. */
int distribution_open(
	const char *path, struct distribution **out, struct message *message);

/* Adds the values of HISTOGRAM, in rising order.  -errno with a message. */
int distribution_add(struct distribution *distribution,
	const struct distribution_row *row, const struct histogram *histogram,
	struct message *message);

/* Ends the file and frees; NULL is fine.  -errno with a message. */
int distribution_close(
	struct distribution *distribution, struct message *message);

#endif
