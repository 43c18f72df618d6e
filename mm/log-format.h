/*
 * What lies where in a pager's log; doc/log-format.md tells it in prose.
 *
 *	+--------+---------+---------+-- ... --+------------------+
 *	| header | block 0 | block 1 |         | the last one has |
 *	+--------+---------+---------+         | WATCH_STOP       |
 *	           |                           +------------------+
 *	           +-> header | records, 16 bytes each (mm/watch.h)
 *
 * All little-endian.  Every byte is under a checksum.  A log without a
 * WATCH_STOP was cut off: it is good up to its last whole block.
 */
#ifndef MM_LOG_FORMAT_H
#define MM_LOG_FORMAT_H

#include <stdint.h>

#include "mm/watch.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "records are written as they lie in memory: little-endian only"
#endif

/* A byte above 127, both line ends and an end of file: whatever takes the
 * file for text is found out at once. */
#define LOG_MAGIC "\211SPL\r\n\032\n"
#define LOG_BLOCK_MAGIC "SPLBLOCK"

enum {
	LOG_VERSION = 1,
	LOG_MAGIC_BYTES = 8,
	LOG_POLICY_BYTES = 32, /* of a name, NULs at its end */
	LOG_BLOCK_RECORDS = 4094,
};

enum {
	LOG_THREADS = 1,
	LOG_BIT_AT_LOAD = 2,
	LOG_TRACK_WRITES = 4,
	LOG_PROTECTS = 8, /* its backend has `protect` */
	LOG_DATA_MOVES = 16,
};

/* How the pager was made. */
struct log_header {
	char magic[LOG_MAGIC_BYTES];
	uint32_t version;
	uint32_t header_bytes;
	uint32_t flags; /* set of LOG_ */
	uint32_t page_bytes;
	uint32_t frames;
	uint32_t mappings_max, stores_max, shadows_max;
	uint32_t read_ahead_max;
	uint32_t victim_batch, clean_ahead;
	uint32_t values_count;
	uint64_t seed;
	char policy[LOG_POLICY_BYTES];
	double values[POLICY_PARAMETERS_MAX]; /* of its parameters */
	uint64_t checksum;		      /* of all above */
};
_Static_assert(sizeof(struct log_header) == 232, "on disk");

struct log_block {
	char magic[LOG_MAGIC_BYTES];
	uint64_t first;	  /* number of its first record */
	uint32_t records; /* 1 .. LOG_BLOCK_RECORDS */
	uint32_t zero;
	uint64_t checksum; /* of all above and the records */
};
_Static_assert(sizeof(struct log_block) == 32, "on disk");

/* Of WORDS words, after what gave BEFORE (0: nothing).  Each step can be
 * undone, so any one word that changes changes it. */
static inline uint64_t log_checksum(
	uint64_t before, const void *data, size_t words)
{
	const uint64_t *word = data;
	uint64_t sum = before ^ UINT64_C(0x9e3779b97f4a7c15);

	for (size_t i = 0; i < words; i++) {
		sum = (sum ^ word[i]) * UINT64_C(0xd6e8feb86659fd93);
		sum ^= sum >> 32;
	}
	return sum;
}

static inline uint64_t log_header_checksum(const struct log_header *header)
{
	return log_checksum(0, header, sizeof(*header) / 8 - 1);
}

static inline uint64_t log_block_checksum(
	const struct log_block *block, const struct watch_record *records)
{
	uint64_t sum = log_checksum(0, block, sizeof(*block) / 8 - 1);

	return log_checksum(sum, records, block->records * 2ul);
}

#endif
