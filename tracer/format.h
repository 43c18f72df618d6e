/*
 * What lies where in an .spt file; doc/trace-format.md tells it in prose.
 *
 *	+--------+---------+---------+-- ... --+-------------------+------+
 *	| header | block 0 | block 1 |         | index: a record a | tail |
 *	| + text |         |         |         | block             |      |
 *	+--------+---------+---------+-- ... --+-------------------+------+
 *	           |
 *	           +-> header | pages | events | counts     (each zstd's)
 *
 * All little-endian.  Every byte is under a checksum (XXH64): headers, index
 * and tail hold their own, a block's header holds those of its sections.
 *
 * What is here is version 2, which is what is written.  Version 1 is read:
 * format_load_* turn its records into these (format-1.c).
 */
#ifndef TRACER_FORMAT_H
#define TRACER_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#include "tracer/codec.h"
#include "tracer/trace.h"
#include "tracer/varint.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "records are written as they lie in memory: little-endian only"
#endif

#define FORMAT_VERSION 2
#define FORMAT_STRING_MAX (1u << 20) /* program, arguments, tool: each */
#define FORMAT_FLAG_WRITES 1u	     /* reads and writes are told apart */
#define FORMAT_FLAG_NO_COUNTS 2u     /* the lengths of runs are not known */

/* PNG's trick: a byte above 127, both line ends and an end of file, so that
 * whatever takes the file for text is found out at once. */
#define FORMAT_MAGIC "\211SPT\r\n\032\n"
#define FORMAT_BLOCK_MAGIC "SPTBLOCK"
#define FORMAT_INDEX_MAGIC "SPTINDEX"
#define FORMAT_TAIL_MAGIC "SPT-TAIL"
#define FORMAT_MAGIC_BYTES 8

struct format_header {
	char magic[FORMAT_MAGIC_BYTES];
	uint32_t version;
	uint32_t page_bytes;
	uint32_t header_bytes; /* this and the strings behind it */
	uint32_t flags;
	uint64_t date_s;
	uint32_t program_bytes, arguments_bytes, tool_bytes; /* no NULs */
	uint32_t process;
	uint32_t reduction; /* K, at least 1 */
	uint32_t fidelity;  /* enum trace_fidelity */
	uint64_t period;
	uint64_t checksum; /* of header (this field 0) and strings */
};
_Static_assert(sizeof(struct format_header) == 72, "on disk");

enum format_section { SECTION_PAGES, SECTION_EVENTS, SECTION_COUNTS, SECTIONS };

struct format_block {
	char magic[FORMAT_MAGIC_BYTES];
	uint32_t block_bytes;	 /* this header and its sections */
	uint32_t previous_bytes; /* block_bytes of the block before, or 0 */
	uint64_t number;
	uint64_t first_event, first_reference;
	uint64_t references, uncounted; /* the latter: in no event's count */
	uint32_t events, reads, writes, instructions, kernel;
	uint32_t first_page, new_pages;
	uint32_t section_bytes[SECTIONS]; /* in the file */
	uint32_t pages_bytes;		  /* of section 0, plain */
	uint32_t value_bytes;		  /* section 1, plain: tokens (one an */
	uint32_t region_bytes;		  /* event), values, kinds (one a */
					  /* kernel event), regions */
	uint32_t counts_bytes;		  /* of section 2, plain */
	uint32_t regions;
	uint32_t zero;
	uint64_t section_checksum[SECTIONS];
	uint64_t checksum; /* of all above */
};
_Static_assert(sizeof(struct format_block) == 152, "on disk");

struct format_index {
	char magic[FORMAT_MAGIC_BYTES];
	uint64_t blocks;
	uint64_t checksum;
};
_Static_assert(sizeof(struct format_index) == 24, "on disk");

struct format_record {
	uint64_t offset; /* of the block in the file */
	uint64_t first_event, first_reference;
	uint32_t block_bytes;
	uint32_t checksum; /* low half, seeded with the block's number */
};
_Static_assert(sizeof(struct format_record) == 32, "on disk");

/* Sums over blocks. */
struct format_totals {
	uint64_t blocks, events, references, pages, regions;
	uint64_t reads, writes, instructions, kernel;
};

struct format_ending {
	uint64_t loads, stores, fetches, kernel, skipped;
	uint64_t stopped; /* 0, 1 */
};

struct format_tail {
	uint64_t file_bytes;
	uint64_t index_offset; /* of struct format_index */
	struct format_totals totals;
	struct format_ending ending;
	char magic[FORMAT_MAGIC_BYTES];
	uint64_t checksum;
};
_Static_assert(sizeof(struct format_tail) == 152, "on disk");

/* Bounds that a reader can rely on when it sizes its memory. */
#define FORMAT_PAGES_BYTES_MAX (TRACE_BLOCK_EVENTS * VARINT_BYTES_MAX)
#define FORMAT_VALUE_BYTES_MAX (TRACE_BLOCK_EVENTS * CODEC_VALUE_BYTES)
#define FORMAT_REGION_BYTES_MAX (1u << 20)
#define FORMAT_REGION_NAME_MAX 4096u
/* What a region takes besides its name, at least and at most: its event, two
 * bytes, and 8 numbers. */
#define FORMAT_REGION_BYTES_MIN 7u /* in version 1: 4 numbers */
#define FORMAT_REGION_BYTES_MOST (2u + 9u * VARINT_BYTES_MAX)
/* One count byte, one escape (5) and one thread switch (3 + 5) an event. */
#define FORMAT_COUNTS_BYTES_MAX (TRACE_BLOCK_EVENTS * 14u)
/* Far above what the four plain streams need, packed by zstd at its worst. */
#define FORMAT_BLOCK_BYTES_MAX (10u << 20)
_Static_assert(FORMAT_PAGES_BYTES_MAX + FORMAT_VALUE_BYTES_MAX +
			       FORMAT_REGION_BYTES_MAX +
			       FORMAT_COUNTS_BYTES_MAX +
			       2 * TRACE_BLOCK_EVENTS + (1u << 16) <
		       FORMAT_BLOCK_BYTES_MAX,
	"a whole block fits");

/* In the counts section: a count below is stored as count - 1; this byte
 * says that count - FORMAT_COUNT_ESCAPE - 1 follows as a varint. */
#define FORMAT_COUNT_ESCAPE 255u

/* In a region's protection byte, above the three bits of protection. */
#define FORMAT_REGION_ANONYMOUS 8u

void format_seal_block(struct format_block *block);
void format_seal_record(struct format_record *record, uint64_t number);
void format_seal_index(struct format_index *index);
void format_seal_tail(struct format_tail *tail);

/* How many bytes the records of a version take. */
struct format_sizes {
	size_t header, block, tail;
};
/* NULL: no such version. */
const struct format_sizes *format_sizes(uint32_t version);

/*
 * Each takes one record of a file of that VERSION, as it lies there, and
 * checks it on its own: magic, checksum, and every bound that a reader relies
 * on.  NULL, or what is wrong.
 */
/* BYTES are there of it.  The checksum is not looked at. */
const char *format_load_header(
	const void *raw, size_t bytes, struct format_header *out);
const char *format_load_block(
	uint32_t version, const void *raw, struct format_block *out);
const char *format_load_tail(
	uint32_t version, const void *raw, struct format_tail *out);

/* The same for what is alike in all versions. */
const char *format_check_record(
	const struct format_record *record, uint64_t number);
const char *format_check_index(
	const struct format_index *index, uint64_t blocks);
/* The tail against the size of its file and of the header in it. */
const char *format_check_tail(const struct format_tail *tail, uint32_t version,
	uint64_t file_bytes, uint64_t header_bytes);

/* RAW: the header as it lies in the file; STRINGS: the STRING_BYTES bytes
 * behind it. */
uint64_t format_header_checksum(uint32_t version, const void *raw,
	const void *strings, size_t string_bytes);

/* Does the block go on where TOTALS end?  If so it is added to them. */
const char *format_add_block(
	struct format_totals *totals, const struct format_block *block);

/* Version 1's records as version 2's; its checksums stay behind. */
extern const struct format_sizes format_1_sizes;
void format_1_header(const void *raw, struct format_header *out);
void format_1_block(const void *raw, struct format_block *out);
void format_1_tail(const void *raw, struct format_tail *out);

#endif
