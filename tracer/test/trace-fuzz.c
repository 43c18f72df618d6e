/*
 * Damaged and hostile traces: the reader must neither crash nor give out what
 * was never written.
 *
 *	trace-fuzz [SEED] [STEPS]
 *
 * Each step takes a valid trace and either damages its bytes, which the
 * checksums must find, or forges it: changes plain sections, headers, index
 * or tail and computes the checksums anew, so that only the reader's own
 * bounds are in the way.  A trace of version 1 of the format is forged, too,
 * if it is found (in $srcdir).
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>
#include <zstd.h>

#include "tracer/format.h"
#include "tracer/random.h"
#include "tracer/test/sample.h"

#define FILE_BYTES_MAX (1u << 20)
#define PLAIN_BYTES_MAX (1u << 18)
#define BLOCKS_MAX 64

struct fuzz {
	uint64_t seed;
	struct sample *sample;
	uint8_t *valid, *file; /* [FILE_BYTES_MAX] */
	size_t valid_bytes, file_bytes;
	uint8_t *old; /* of version 1 */
	size_t old_bytes;
	char path[32];
	unsigned refused, read, differing;
};

static uint64_t below(struct fuzz *fuzz, uint64_t most)
{
	return random_below(&fuzz->seed, most);
}

static void fail(const struct fuzz *fuzz, const char *what)
{
	fprintf(stderr, "trace-fuzz: %s (the trace is kept: %s)\n", what,
		fuzz->path);
	exit(1);
}

/* ---- damage ---- */

static void damage(struct fuzz *fuzz)
{
	unsigned times = 1 + (unsigned)below(fuzz, 4);

	memcpy(fuzz->file, fuzz->valid, fuzz->valid_bytes);
	fuzz->file_bytes = fuzz->valid_bytes;
	while (times-- > 0) {
		size_t at = below(fuzz, fuzz->file_bytes);
		size_t bytes = below(fuzz, 64);

		if (bytes > fuzz->file_bytes - at)
			bytes = fuzz->file_bytes - at;
		switch (below(fuzz, 6)) {
		case 0: /* cut */
			fuzz->file_bytes = at + 1;
			break;
		case 1: /* take out */
			fuzz->file_bytes -= bytes;
			memmove(fuzz->file + at, fuzz->file + at + bytes,
				fuzz->file_bytes - at);
			fuzz->file_bytes += fuzz->file_bytes == 0;
			break;
		case 2: /* copy */
			memmove(fuzz->file + below(fuzz, fuzz->file_bytes -
								 bytes + 1),
				fuzz->file + at, bytes);
			break;
		case 3:
			memset(fuzz->file + at, (int)below(fuzz, 256), bytes);
			break;
		default:
			fuzz->file[at] ^= (uint8_t)(1u << below(fuzz, 8));
		}
	}
}

/* ---- forgery ---- */

static uint64_t edge(struct fuzz *fuzz)
{
	static const uint64_t edges[] = {0, 1, 127, 128, 255, 256, 65535,
		TRACE_BLOCK_EVENTS, TRACE_BLOCK_EVENTS + 1, INT32_MAX,
		UINT32_MAX - 2, UINT32_MAX, (uint64_t)UINT32_MAX + 1, INT64_MAX,
		UINT64_MAX};

	return edges[below(fuzz, sizeof(edges) / sizeof(*edges))];
}

/* Changes BYTES at DATA here and there. */
static void forge_bytes(struct fuzz *fuzz, uint8_t *data, size_t bytes)
{
	unsigned times = 1 + (unsigned)below(fuzz, 3);

	while (bytes > 0 && times-- > 0) {
		size_t at = below(fuzz, bytes);

		data[at] = below(fuzz, 2) ? (uint8_t)edge(fuzz)
					  : (uint8_t)below(fuzz, 256);
	}
}

/* Changes one aligned word of a record. */
static void forge_words(struct fuzz *fuzz, void *record, size_t bytes)
{
	uint32_t value;
	uint8_t *at = (uint8_t *)record + 4 * below(fuzz, bytes / 4);

	memcpy(&value, at, sizeof(value));
	switch (below(fuzz, 4)) {
	case 0:
		value++;
		break;
	case 1:
		value--;
		break;
	case 2:
		value = (uint32_t)edge(fuzz);
		break;
	default:
		value = (uint32_t)random_next(&fuzz->seed);
	}
	memcpy(at, &value, sizeof(value));
}

/* Packs the section at FROM anew, changed, behind what the file has. */
static void forge_section(struct fuzz *fuzz, struct format_block *block,
	unsigned section, const uint8_t *from)
{
	static uint8_t plain[PLAIN_BYTES_MAX];
	uint8_t *to = fuzz->file + fuzz->file_bytes;
	size_t bytes, packed;

	bytes = ZSTD_decompress(
		plain, sizeof(plain), from, block->section_bytes[section]);
	if (block->section_bytes[section] == 0)
		bytes = 0;
	if (ZSTD_isError(bytes))
		fail(fuzz, "cannot unpack a section");
	if (below(fuzz, 4) == 0)
		forge_bytes(fuzz, plain, bytes);
	if (bytes > 1 && below(fuzz, 16) == 0)
		bytes--;
	packed = ZSTD_compress(
		to, FILE_BYTES_MAX - fuzz->file_bytes, plain, bytes, 1);
	if (below(fuzz, 16) == 0)
		forge_bytes(fuzz, to, packed);
	block->section_bytes[section] = (uint32_t)packed;
	block->section_checksum[section] = XXH64(to, packed, 0);
	block->block_bytes += (uint32_t)packed;
	fuzz->file_bytes += packed;
}

/* The block at AT, forged, goes behind what the file has. */
static void forge_block(struct fuzz *fuzz, size_t at,
	struct format_record *record, struct format_totals *totals)
{
	struct format_block block;
	const uint8_t *from = fuzz->valid + at + sizeof(block);
	size_t start = fuzz->file_bytes;

	memcpy(&block, fuzz->valid + at, sizeof(block));
	block.previous_bytes = block.number > 0 ? record[-1].block_bytes : 0;
	block.block_bytes = sizeof(block);
	fuzz->file_bytes += sizeof(block);
	for (unsigned i = 0; i < SECTIONS; i++) {
		size_t bytes = block.section_bytes[i];

		forge_section(fuzz, &block, i, from);
		from += bytes;
	}
	if (below(fuzz, 4) == 0)
		forge_words(fuzz, &block, sizeof(block));
	format_seal_block(&block);
	memcpy(fuzz->file + start, &block, sizeof(block));
	*record = (struct format_record){
		.offset = start,
		.first_event = block.first_event,
		.first_reference = block.first_reference,
		.block_bytes = block.block_bytes,
	};
	format_add_block(totals, &block);
}

static void append(struct fuzz *fuzz, const void *data, size_t bytes)
{
	memcpy(fuzz->file + fuzz->file_bytes, data, bytes);
	fuzz->file_bytes += bytes;
}

static void forge(struct fuzz *fuzz)
{
	struct format_header header;
	struct format_tail valid, tail = {.file_bytes = 0};
	struct format_index index = {.blocks = 0};
	struct format_record record[BLOCKS_MAX];
	size_t at;

	memcpy(&header, fuzz->valid, sizeof(header));
	memcpy(&valid, fuzz->valid + fuzz->valid_bytes - sizeof(valid),
		sizeof(valid));
	fuzz->file_bytes = 0;
	append(fuzz, fuzz->valid, header.header_bytes);
	at = header.header_bytes;
	for (unsigned i = 0; i < valid.totals.blocks; i++) {
		struct format_block block;

		memcpy(&block, fuzz->valid + at, sizeof(block));
		forge_block(fuzz, at, &record[i], &tail.totals);
		at += block.block_bytes;
	}
	if (below(fuzz, 8) == 0) /* no end */
		return;
	tail.index_offset = fuzz->file_bytes;
	index.blocks = valid.totals.blocks;
	format_seal_index(&index);
	append(fuzz, &index, sizeof(index));
	for (unsigned i = 0; i < valid.totals.blocks; i++) {
		if (below(fuzz, 64) == 0)
			forge_words(fuzz, &record[i], sizeof(record[i]));
		format_seal_record(&record[i], i);
		append(fuzz, &record[i], sizeof(record[i]));
	}
	tail.totals = below(fuzz, 2) ? tail.totals : valid.totals;
	tail.file_bytes = fuzz->file_bytes + sizeof(tail);
	if (below(fuzz, 8) == 0)
		forge_words(fuzz, &tail, sizeof(tail));
	format_seal_tail(&tail);
	append(fuzz, &tail, sizeof(tail));
}

/* ---- version 1 ---- */

#define OLD_TRACE "tracer/test/data/version-1.spt"

/* Where its blocks begin, its index last. */
static unsigned find_old_blocks(const struct fuzz *fuzz, size_t *at)
{
	unsigned blocks = 0;
	uint32_t bytes;

	memcpy(&bytes, fuzz->old + 16, sizeof(bytes)); /* the header's */
	at[0] = bytes;
	while (blocks < BLOCKS_MAX - 1 &&
		memcmp(fuzz->old + at[blocks], FORMAT_BLOCK_MAGIC,
			FORMAT_MAGIC_BYTES) == 0) {
		memcpy(&bytes, fuzz->old + at[blocks] + FORMAT_MAGIC_BYTES,
			sizeof(bytes));
		at[blocks + 1] = at[blocks] + bytes;
		blocks++;
	}
	return blocks;
}

/* Changes a record that ends in the checksum of what is before it. */
static void forge_record(struct fuzz *fuzz, uint8_t *record, size_t bytes)
{
	uint64_t checksum;

	forge_words(fuzz, record, bytes - sizeof(checksum));
	checksum = XXH64(record, bytes - sizeof(checksum), 0);
	memcpy(record + bytes - sizeof(checksum), &checksum, sizeof(checksum));
}

static void forge_old(struct fuzz *fuzz)
{
	size_t at[BLOCKS_MAX];
	unsigned blocks = find_old_blocks(fuzz, at);
	size_t tail = fuzz->old_bytes - format_1_sizes.tail;

	memcpy(fuzz->file, fuzz->old, fuzz->old_bytes);
	fuzz->file_bytes = fuzz->old_bytes;
	if (below(fuzz, 4) == 0)
		forge_record(fuzz, fuzz->file + tail, format_1_sizes.tail);
	else
		forge_record(fuzz, fuzz->file + at[below(fuzz, blocks)],
			format_1_sizes.block);
	if (below(fuzz, 2)) /* no end */
		fuzz->file_bytes = at[blocks];
}

static void read_old(struct fuzz *fuzz)
{
	const char *folder = getenv("srcdir");
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/" OLD_TRACE, folder ? folder : ".");
	file = fopen(path, "rb");
	if (!file) {
		printf("no %s: version 1 is left out\n", path);
		return;
	}
	fuzz->old_bytes = fread(fuzz->old, 1, FILE_BYTES_MAX, file);
	fclose(file);
}

/* ---- steps ---- */

static void write_file(const struct fuzz *fuzz)
{
	int fd = open(fuzz->path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, fuzz->file, fuzz->file_bytes) !=
			      (ssize_t)fuzz->file_bytes)
		fail(fuzz, "cannot write");
	close(fd);
}

static void read_valid(struct fuzz *fuzz)
{
	int fd = open(fuzz->path, O_RDONLY);
	ssize_t bytes = read(fd, fuzz->valid, FILE_BYTES_MAX);

	if (fd < 0 || bytes <= 0)
		fail(fuzz, "cannot read");
	close(fd);
	fuzz->valid_bytes = (size_t)bytes;
}

static void renew_sample(struct fuzz *fuzz)
{
	struct message message = {""};
	uint32_t events = (uint32_t)below(fuzz, 400);
	uint32_t block_events = events / 16 + 1 + (uint32_t)below(fuzz, 100);

	if (fuzz->sample)
		sample_destroy(fuzz->sample);
	fuzz->sample = sample_create(random_next(&fuzz->seed), events);
	if (sample_write(fuzz->sample, fuzz->path, block_events, &message))
		fail(fuzz, message.text);
	read_valid(fuzz);
}

static void step(struct fuzz *fuzz)
{
	bool is_old = fuzz->old_bytes > 0 && below(fuzz, 4) == 0;
	bool is_forged = is_old || below(fuzz, 2);
	struct message message = {""};
	uint64_t events;
	int error;

	if (is_old)
		forge_old(fuzz);
	else if (is_forged)
		forge(fuzz);
	else
		damage(fuzz);
	write_file(fuzz);
	error = sample_read(fuzz->sample, fuzz->path, &events, &message);
	if (error && !message.text[0])
		fail(fuzz, "an error without a message");
	if (error == -EDOM && !is_forged)
		fail(fuzz, message.text);
	if (error && error != -EINVAL && error != -EDOM)
		fail(fuzz, message.text);
	fuzz->refused += error == -EINVAL;
	fuzz->differing += error == -EDOM;
	fuzz->read += error == 0;
}

int main(int argc, char **argv)
{
	struct fuzz fuzz = {.path = "/tmp/trace-fuzz-XXXXXX"};
	uint64_t seed = (uint64_t)time(NULL);
	unsigned long steps = 4000;
	int fd;

	if (argc > 1)
		seed = strtoull(argv[1], NULL, 0);
	if (argc > 2)
		steps = strtoul(argv[2], NULL, 0);
	printf("trace-fuzz %" PRIu64 " %lu\n", seed, steps);
	fflush(stdout);
	fuzz.seed = seed;
	fuzz.valid = malloc(FILE_BYTES_MAX);
	fuzz.file = malloc(FILE_BYTES_MAX);
	fd = mkostemp(fuzz.path, O_CLOEXEC);
	fuzz.old = malloc(FILE_BYTES_MAX);
	if (!fuzz.valid || !fuzz.file || !fuzz.old || fd < 0)
		fail(&fuzz, "cannot start");
	close(fd);
	read_old(&fuzz);
	for (unsigned long i = 0; i < steps; i++) {
		if (i % 50 == 0)
			renew_sample(&fuzz);
		step(&fuzz);
	}
	printf("%u refused, %u read, %u forged ones read as something else\n",
		fuzz.refused, fuzz.read, fuzz.differing);
	unlink(fuzz.path);
	sample_destroy(fuzz.sample);
	free(fuzz.valid);
	free(fuzz.file);
	free(fuzz.old);
	return 0;
}
