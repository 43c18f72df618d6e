/*
 * Importers: the first byte is the format, the second its options, the third
 * where the text is cut.  Fed in one piece and in two, it must come out as the
 * same references, or be refused in the same words.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tracer/import.h"
#include "tracer/oracle.h"
#include "tracer/test/input-harness.h"

#define PREFIX_BYTES 3
/* More would only take time: one line of arc may stand for 2^32. */
#define REFERENCES_MAX (1u << 16)

static const uint32_t page_sizes[] = {4096, 64, 1u << 30, 1u << 16};
static const char *const columns[] = {NULL, "page=1", "page=2,write=1",
	"address=a,size=b", "page=x,thread=2", "address=1,size=2,write=3",
	"page=255", "address=addr"};

/* Runs as the trace writer joins them, as a sum. */
struct seen {
	struct run last;
	uint32_t thread;
	uint64_t hash, references, regions;
};

static void mix(struct seen *seen, uint64_t value)
{
	seen->hash = (seen->hash ^ value) * 0x9e3779b97f4a7c15u;
	seen->hash ^= seen->hash >> 29;
}

static void see_last(struct seen *seen)
{
	mix(seen, seen->last.vpn);
	mix(seen, (uint64_t)seen->last.count << 32 | seen->last.kinds);
	mix(seen, seen->thread);
}

static int see(
	void *context, const struct run *runs, size_t count, uint32_t thread)
{
	struct seen *seen = context;

	HARNESS_CHECK(count > 0 && count <= RUNS_MAX);
	for (size_t i = 0; i < count; i++) {
		HARNESS_CHECK(runs[i].count > 0);
		HARNESS_CHECK(
			runs[i].kinds > 0 && runs[i].kinds <= TRACE_KINDS);
		seen->references += runs[i].count;
		if (runs[i].vpn == seen->last.vpn && thread == seen->thread &&
			seen->last.count > 0) {
			seen->last.count += runs[i].count;
			seen->last.kinds |= runs[i].kinds;
			continue;
		}
		see_last(seen);
		seen->last = runs[i];
		seen->thread = thread;
	}
	return seen->references > REFERENCES_MAX ? -ENOSPC : 0;
}

static int see_region(void *context, const struct trace_region *region)
{
	struct seen *seen = context;

	HARNESS_CHECK(region->name != NULL);
	HARNESS_CHECK(region->end >= region->start);
	see_last(seen);
	seen->last.count = 0;
	mix(seen, region->start);
	mix(seen, region->end);
	mix(seen, region->kind);
	mix(seen, strlen(region->name));
	seen->regions++;
	return 0;
}

static void ignore(void *context, const char *line, size_t bytes)
{
	struct seen *seen = context;

	HARNESS_CHECK(memchr(line, '\n', bytes) == NULL);
	(void)seen;
}

/* TEXT in memory of its own, so that a sanitizer sees what is read beyond. */
static int feed(struct importer *importer, const uint8_t *text, size_t bytes,
	struct message *message)
{
	char *copy = malloc(bytes + PARSE_PADDING);

	HARNESS_CHECK(copy != NULL);
	memcpy(copy, text, bytes);
	memset(copy + bytes, '1', PARSE_PADDING);
	int error =
		bytes > 0 ? importer_feed(importer, copy, bytes, message) : 0;

	free(copy);
	return error;
}

/* Where a piece may end at AT or before. */
static size_t cut_at(
	enum import_format format, const uint8_t *text, size_t bytes, size_t at)
{
	size_t record_bytes = import_format_record_bytes(format);

	if (at > bytes)
		at = bytes;
	if (record_bytes > 0)
		return at - at % record_bytes;
	while (at > 0 && text[at - 1] != '\n')
		at--;
	return at;
}

static int run_once(const struct import_options *options, const uint8_t *text,
	size_t bytes, size_t cut, struct seen *seen, struct message *message)
{
	struct run_sink sink = {seen, see, see_region, ignore};
	struct importer *importer;
	int error = importer_open(options, &sink, &importer, message);

	*seen = (struct seen){.hash = 1};
	if (error != 0)
		return error;
	importer_traits(importer, (const char *)text, bytes);
	error = feed(importer, text, cut, message);
	if (error == 0)
		error = feed(importer, text + cut, bytes - cut, message);
	see_last(seen);
	importer_close(importer);
	HARNESS_CHECK(error != -EINVAL ||
		      strncmp(message->text, "fuzz:", 5) == 0 ||
		      strncmp(message->text, "--columns", 9) == 0);
	return error;
}

static int run_import(const uint8_t *data, size_t bytes)
{
	struct message whole = {""}, pieces = {""};
	struct seen one, two;

	if (bytes < PREFIX_BYTES)
		return 1;
	struct import_options options = {
		.format = data[0] % IMPORT_FORMATS,
		.name = "fuzz",
		.page_bytes = page_sizes[data[1] & 3],
		.columns = columns[data[1] >> 2 & 7],
		.action = "\0QDC"[data[1] >> 5 & 3],
	};
	size_t text_bytes = bytes - PREFIX_BYTES;
	uint8_t *text = malloc(text_bytes + 1);

	HARNESS_CHECK(text != NULL);
	memcpy(text, data + PREFIX_BYTES, text_bytes);
	if (import_format_record_bytes(options.format) == 0 && text_bytes > 0 &&
		text[text_bytes - 1] != '\n')
		text[text_bytes++] = '\n';
	size_t cut = cut_at(
		options.format, text, text_bytes, text_bytes * data[2] / 255);
	int error = run_once(&options, text, text_bytes, 0, &one, &whole);
	int again = run_once(&options, text, text_bytes, cut, &two, &pieces);

	/* Where the sink is full, pieces end at other places. */
	if (error != -ENOSPC && again != -ENOSPC) {
		HARNESS_CHECK(error == again);
		HARNESS_CHECK(strcmp(whole.text, pieces.text) == 0);
		HARNESS_CHECK(error != 0 || one.hash == two.hash);
		HARNESS_CHECK(error != 0 || one.references == two.references);
	}
	free(text);
	return error;
}

/* ---- seeds ---- */

static const char *const texts[IMPORT_FORMATS] = {
	[IMPORT_PAGES] = "# x\n1\n2 r\n0x1f w\n\n18446744073709551615\n",
	[IMPORT_LIRS] = "1\n*\n1\n30\n",
	[IMPORT_ARC] = "5 3 0 1\n4096 16 0 2\n",
	[IMPORT_ADDRESS] = "l 0x1fffff50 1\ns 0x1fffff58 6\n",
	[IMPORT_LACKEY] =
		"==7== Lackey\nI  04001090,3\n L 1ffefffe7e,1\n S 04222ffe,4\n"
		" M 0421c7cc,4\n--9--   SCHED[2]:  acquired lock (x)\n"
		"SYSCALL[9,1](9) sys_mmap ( 0x0, 8000, 5, 2, 3, 4096 ) --> "
		"[pre-success] Success(0x4838000) \n"
		"SYSCALL[9,1](25) sys_mremap ( 0x4838000, 8192, 16384, 0x1 ) "
		"--> [pre-success] Success(0x4830000) \n"
		"SYSCALL[9,1](10) sys_mprotect ( 0x4838000, 4096, 3 )[sync] "
		"--> Success(0x0) \n"
		"SYSCALL[9,1](11) sys_munmap ( 0x4839000, 4096 )[sync] --> "
		"Success(0x0) \n"
		"SYSCALL[9,2](257) sys_openat ( 4294967196, 0x40(/a), 0 ) --> "
		"[async] ... \nSYSCALL[9,2](257) ... [async] --> "
		"Success(0x3) \nSYSCALL[9,1](12) sys_brk ( 0x4056000 ) --> "
		"[pre-success] Success(0x4056000) \n"
		"SYSCALL[9,1](59) sys_execve ( 0x10(/bin/x), 0x1, 0x1 )\n",
	[IMPORT_CSV] = "time,page,op,tid\n1,7,r,2\n2,\"0x8\", W ,3\n",
	[IMPORT_PERF] =
		"# h\n  ls 41 11.80:  1 page-faults:  7f1000 ffffffff81 x "
		"([k])\n"
		"\tffffffff81 chain\n a b 41/42 [001] 11.80: faults:u:  a001\n"
		"ls 41 11.8: e:page_fault_user: address=0x5001 ip=0x1 "
		"error_code=0x6\nls 4 1.8: 3 mem-loads/P: 8000 |OP LOAD|\n"
		"ls 41 11.8: PERF_RECORD_MMAP2 41/41: [0x5(0x1) @ 0 0]: r-\n",
	[IMPORT_BLKPARSE] =
		"  8,0    3   11  0.0095   697  Q   W 16 + 8 [kj]\n"
		"  8,0    3   12  0.1   697  Q FWS [k]\n"
		"  8,16   3   13  0.2   1  Q RA 9 + 16 [k]\nCPU0 (sda):\n",
};

static size_t put_oracle(uint8_t *out)
{
	struct oracle_record record = {1, 7, 4096, 2};

	for (int i = 0; i < 3; i++) {
		memcpy(out + i * sizeof(record), &record, sizeof(record));
		record.next = i == 0 ? 3 : -1;
	}
	return 3 * sizeof(record);
}

static size_t put_drmemtrace(uint8_t *out)
{
	static const struct {
		uint16_t type, size;
		uint64_t value;
	} __attribute__((packed))
	records[] = {{25, 0, 4}, {28, 12, 4}, {28, 9, 0x40}, {22, 0, 7},
		{24, 0, 7}, {47, 3, 1}, {10, 3, 0x1ffe}, {17, 2, 0x0404},
		{0, 8, 0x3ffc}, {1, 8, 0x5000}, {28, 27, 1}, {0, 8, 0x9000},
		{28, 28, 1}, {48, 2, 0x99}, {26, 0, 0}};

	memcpy(out, records, sizeof(records));
	return sizeof(records);
}

static size_t seed_import(unsigned number, uint8_t *out, size_t room)
{
	enum import_format format = number % IMPORT_FORMATS;
	size_t bytes;

	if (number >= 2 * IMPORT_FORMATS || room < 2048)
		return 0;
	out[0] = (uint8_t)format;
	out[1] = number < IMPORT_FORMATS ? 0 : 1 << 2 | 1 | 1 << 5;
	out[2] = 100;
	if (format == IMPORT_ORACLE)
		bytes = put_oracle(out + PREFIX_BYTES);
	else if (format == IMPORT_DRMEMTRACE)
		bytes = put_drmemtrace(out + PREFIX_BYTES);
	else
		bytes = (size_t)snprintf((char *)out + PREFIX_BYTES,
			room - PREFIX_BYTES, "%s", texts[format]);
	return PREFIX_BYTES + bytes;
}

const struct harness harness_import = {"import", run_import, seed_import};
