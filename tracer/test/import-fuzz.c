/*
 * Random text for every importer, made together with what it must come out
 * as; then the same text with bytes changed, cut and put in, which must be
 * taken or refused, and never read past its end (run it under a sanitizer).
 * Arguments: [seed] [steps].
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tracer/import.h"
#include "tracer/oracle.h"
#include "tracer/test/record-sink.h"

#define LINES_MAX 300
#define TEXT_ROOM (LINES_MAX * 128)
#define PAGES_MAX (LINES_MAX * 8)

#define CHECK(condition)                                                       \
	do {                                                                   \
		if (!(condition))                                              \
			fail(__LINE__, #condition);                            \
	} while (0)

/* The text and its references one by one, as a plain reading gives them. */
struct sample {
	enum import_format format;
	char text[TEXT_ROOM];
	size_t bytes;
	struct run page[PAGES_MAX];
	size_t pages;
};

static void fail(int line, const char *what)
{
	fprintf(stderr, "import-fuzz.c:%d: not so: %s\n", line, what);
	exit(1);
}

static uint64_t random_next(uint64_t *state)
{
	uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

/* Of any length, small ones and repeats more often. */
static uint64_t random_number(uint64_t *state)
{
	uint64_t bits = random_next(state);

	if (bits & 1)
		return 0x4000 + (bits >> 1) % 3;
	return random_next(state) >> (bits >> 8) % 64;
}

static void put_page(
	struct sample *sample, uint64_t vpn, unsigned kinds, unsigned count)
{
	sample->page[sample->pages++] = (struct run){vpn, count, kinds};
}

static void put_lackey(struct sample *sample, char *line, uint64_t *state)
{
	static const char *const heads[] = {"I  ", " L ", " S ", " M "};
	static const unsigned kinds[] = {4, 1, 2, 3}, counts[] = {1, 1, 1, 2};
	static const unsigned sizes[] = {1, 2, 4, 8, 16, 32, 512, 5000};
	unsigned kind = random_next(state) % 4;
	uint64_t address = random_number(state);
	unsigned size = sizes[random_next(state) % 8];

	if (random_next(state) % 16 == 0) {
		sprintf(line, "==1== anything %" PRIx64, address);
		return;
	}
	if (random_next(state) % 4 == 0)
		address |= 0xff8;
	if (address + size - 1 < address)
		size = 1;
	sprintf(line, "%s%08" PRIx64 ",%u", heads[kind], address, size);
	for (uint64_t at = address >> 12; at <= (address + size - 1) >> 12;
		at++)
		put_page(sample, at, kinds[kind], counts[kind]);
}

static void put_csv(struct sample *sample, char *line, uint64_t *state)
{
	static const char *const words[] = {"r", "write", "2", "\"m\""};
	static const unsigned kinds[] = {1, 2, 4, 3};
	uint64_t number = random_number(state);
	unsigned kind = random_next(state) % 4;

	if (sample->bytes == 0) {
		strcpy(line, "x,op,\"page\"");
		return;
	}
	sprintf(line, "%d, %s ,%" PRIu64, (int)number, words[kind], number);
	put_page(sample, number, kinds[kind], 1);
}

static void put_perf(struct sample *sample, char *line, uint64_t *state)
{
	uint64_t address = random_number(state) >> 1;
	unsigned kind = random_next(state) % 3;

	address += address == 0;
	if (kind == 0)
		sprintf(line, "a b 7/7 [000] 1.5: 1 page-faults: %" PRIx64 " 9",
			address);
	else if (kind == 1)
		sprintf(line,
			"a 7 1.5: e:page_fault_user: address=0x%" PRIx64
			" error_code=0x6",
			address);
	else
		sprintf(line, "a 7 1.5: mem: %" PRIx64 " 5 |OP LOAD|", address);
	put_page(sample, address >> 12, kind == 1 ? 2 : 1, 1);
}

static void put_blkparse(struct sample *sample, char *line, uint64_t *state)
{
	uint64_t sector = random_number(state) >> 13;
	unsigned sectors = 1 + random_next(state) % 24;
	bool write = random_next(state) & 1;

	sprintf(line, "  8,0 1 2 0.5 7  Q %s %" PRIu64 " + %u [x]",
		write ? "FWS" : "RA", sector, sectors);
	for (uint64_t at = sector / 8; at <= (sector + sectors - 1) / 8; at++)
		put_page(sample, at, write ? 2 : 1, 1);
}

static void put_oracle(struct sample *sample, char *record, uint64_t *state)
{
	struct oracle_record oracle = {
		.time_s = (uint32_t)random_next(state),
		.object = random_number(state),
		.bytes = random_next(state) % 8,
		.next = (int64_t)(random_next(state) >> 1) - 1,
	};

	memcpy(record, &oracle, sizeof(oracle));
	if (oracle.bytes > 0)
		put_page(sample, oracle.object, 1, 1);
}

static void put_drmemtrace(struct sample *sample, char *record, uint64_t *state)
{
	static const unsigned kinds[] = {1, 2, 0, 4, 0, 0};
	static const uint16_t types[] = {0, 1, 2, 10, 23, 28};
	unsigned choice = random_next(state) % 6;
	struct {
		uint16_t type, size;
		uint64_t value;
	} __attribute__((packed)) made = {
		.type = types[choice],
		.size = 1 + random_next(state) % 16,
		.value = random_number(state) >> 1,
	};

	if (choice == 5)
		made.size = 2;
	if (sample->bytes == 0) {
		made.type = 25;
		made.value = 6;
		choice = 2;
	}
	memcpy(record, &made, sizeof(made));
	for (uint64_t at = made.value >> 12;
		kinds[choice] && at <= (made.value + made.size - 1) >> 12; at++)
		put_page(sample, at, kinds[choice], 1);
}

static void put_text(struct sample *sample, char *line, uint64_t *state)
{
	uint64_t number = random_number(state), choice = random_next(state);
	bool write = choice & 1;
	unsigned count = (choice >> 8) % 6;

	switch (sample->format) {
	case IMPORT_PAGES:
		sprintf(line, choice & 2 ? "0x%" PRIx64 "%s" : "%" PRIu64 "%s",
			number,
			write	     ? " w"
			: choice & 4 ? " r"
				     : "");
		put_page(sample, number, write ? 2 : 1, 1);
		break;
	case IMPORT_LIRS:
		sprintf(line, "%" PRIu64, number);
		put_page(sample, number, 1, 1);
		break;
	case IMPORT_ARC:
		if (number > UINT64_MAX - 8)
			number = 0;
		sprintf(line, "%" PRIu64 " %u 0 %d", number, count, 1);
		for (unsigned i = 0; i < count; i++)
			put_page(sample, number + i, 1, 1);
		break;
	default:
		sprintf(line, "%c 0x%" PRIx64 " %u", write ? 's' : 'l', number,
			count);
		put_page(sample, number >> 12, write ? 2 : 1, 1);
	}
}

/* One record at the end of the sample's text. */
static void put_record(struct sample *sample, uint64_t *state)
{
	static void (*const put[IMPORT_FORMATS])(
		struct sample *, char *, uint64_t *) = {
		[IMPORT_PAGES] = put_text,
		[IMPORT_LIRS] = put_text,
		[IMPORT_ARC] = put_text,
		[IMPORT_ADDRESS] = put_text,
		[IMPORT_LACKEY] = put_lackey,
		[IMPORT_ORACLE] = put_oracle,
		[IMPORT_CSV] = put_csv,
		[IMPORT_DRMEMTRACE] = put_drmemtrace,
		[IMPORT_PERF] = put_perf,
		[IMPORT_BLKPARSE] = put_blkparse,
	};
	size_t bytes = import_format_record_bytes(sample->format);
	char *end = sample->text + sample->bytes;

	memset(end, 0, 100);
	put[sample->format](sample, end, state);
	if (bytes == 0) {
		strcat(end, random_next(state) % 32 == 0 ? "\r\n" : "\n");
		bytes = strlen(end);
	}
	sample->bytes += bytes;
}

static void make_sample(struct sample *sample, uint64_t *state)
{
	unsigned lines = random_next(state) % LINES_MAX;

	sample->format = random_next(state) % IMPORT_FORMATS;
	sample->bytes = sample->pages = 0;
	for (unsigned i = 0; i < lines; i++)
		put_record(sample, state);
}

/* Where the piece of BYTES or more ends that begins at TEXT. */
static size_t whole_piece(enum import_format format, const char *text,
	size_t bytes, size_t text_bytes)
{
	size_t record_bytes = import_format_record_bytes(format);

	if (record_bytes > 0) {
		bytes += record_bytes - 1;
		bytes -= bytes % record_bytes;
		return bytes < text_bytes ? bytes : text_bytes;
	}
	const char *newline =
		memchr(text + bytes - 1, '\n', text_bytes - bytes + 1);

	CHECK(newline != NULL);
	return newline + 1 - text;
}

/* In pieces of whole records, each in memory of its own. */
static int feed(enum import_format format, const char *text, size_t bytes,
	struct kept *kept, uint64_t *state)
{
	struct run_sink sink = kept_sink(kept);
	struct importer *importer;
	struct message message = {""};
	int error = 0;

	struct import_options options = {
		.format = format, .name = "fuzz", .page_bytes = 4096};

	CHECK(importer_open(&options, &sink, &importer, &message) == 0);
	while (bytes > 0 && error == 0) {
		size_t piece = whole_piece(
			format, text, 1 + random_next(state) % bytes, bytes);
		char *copy = padded(text, piece);

		error = importer_feed(importer, copy, piece, &message);
		free(copy);
		text += piece;
		bytes -= piece;
	}
	if (error != 0)
		CHECK(strncmp(message.text, "fuzz:", 5) == 0);
	importer_close(importer);
	return error;
}

static void check_sample(const struct sample *sample, const struct kept *kept)
{
	size_t at = 0;

	for (size_t i = 0; i < kept->runs; i++) {
		struct run run = {sample->page[at].vpn, 0, 0};

		while (at < sample->pages && sample->page[at].vpn == run.vpn) {
			run.count += sample->page[at].count;
			run.kinds |= sample->page[at++].kinds;
		}
		CHECK(run.vpn == kept->run[i].run.vpn);
		CHECK(run.count == kept->run[i].run.count);
		CHECK(run.kinds == kept->run[i].run.kinds);
	}
	CHECK(at == sample->pages);
}

/* Some bytes of it other ones, often such that a parser knows. */
static void mutate(struct sample *sample, uint64_t *state)
{
	static const char known[] = "0123456789abcdefx,# \t\n\r*=->[]()IMSLrw";
	unsigned changes = 1 + random_next(state) % 8;

	for (unsigned i = 0; i < changes && sample->bytes > 1; i++) {
		uint64_t choice = random_next(state);
		size_t at = (choice >> 16) % (sample->bytes - 1);
		char *byte = &sample->text[at];

		if (choice % 8 == 0) {
			memmove(byte, byte + 1, sample->bytes - at - 1);
			sample->bytes--;
		} else if (choice % 8 < 4) {
			*byte = (char)(choice >> 8);
		} else {
			*byte = known[(choice >> 8) % (sizeof(known) - 1)];
		}
	}
	if (sample->bytes > 0 &&
		import_format_record_bytes(sample->format) == 0)
		sample->text[sample->bytes - 1] = '\n';
	/* A count in the billions is right, and takes too long here. */
	if (sample->format == IMPORT_ARC)
		for (size_t i = 8; i < sample->bytes; i++)
			if (strspn(sample->text + i - 8, "0123456789xabcdef") >
					6 &&
				sample->text[i] != '\n')
				sample->text[i] = '\n';
}

/* System calls of all kinds for the lines that are no references. */
static void talk_text(struct sample *sample, uint64_t *state)
{
	static const char *const lines[] = {
		"SYSCALL[9,1](9) sys_mmap ( 0x0, 8000, 5, 2, 3, 4096 ) --> "
		"[pre-success] Success(0x4838000) ",
		"SYSCALL[9,1](10) sys_mprotect ( 0x4838000, 4096, 3 )[sync] "
		"--> Success(0x0) ",
		"SYSCALL[9,1](9) sys_mmap ( 0x0, 9000, 0, 34, 4294967295, 0 ) "
		"--> [pre-success] Success(0x4839000) ",
		"SYSCALL[9,1](25) sys_mremap ( 0x4838000, 8192, 16384, 0x1 ) "
		"--> [pre-success] Success(0x4830000) ",
		"SYSCALL[9,1](11) sys_munmap ( 0x4839000, 4096 )[sync] --> "
		"Success(0x0) ",
		"SYSCALL[9,2](257) sys_openat ( 4294967196, 0x40(/a), 0 ) --> "
		"[async] ... ",
		"SYSCALL[9,2](257) ... [async] --> Success(0x3) ",
		"SYSCALL[9,1](12) sys_brk ( 0x4056000 ) --> [pre-success] "
		"Success(0x4056000) ",
		"SYSCALL[9,1](59) sys_execve ( 0x10(/bin/x), 0x1, 0x1 )",
		" --> [pre-success] Success(0x1b25) ",
		"--9--   SCHED[2]:  acquired lock (x)",
		"SYSCALL[9,1](33) sys_dup2 ( 3, 5 ) --> Success(0x5)",
	};
	unsigned count = random_next(state) % 64;

	sample->format = IMPORT_LACKEY;
	sample->bytes = sample->pages = 0;
	for (unsigned i = 0; i < count; i++)
		sample->bytes += sprintf(sample->text + sample->bytes, "%s\n",
			lines[random_next(state) %
				(sizeof(lines) / sizeof(*lines))]);
}

int main(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	uint64_t steps = argc > 2 ? strtoull(argv[2], NULL, 0) : 4000;
	uint64_t state = seed, refused = 0;
	struct sample *sample = malloc(sizeof(*sample));

	printf("import-fuzz: seed %" PRIu64 ", %" PRIu64 " steps\n", seed,
		steps);
	if (sample == NULL)
		return 1;
	for (uint64_t step = 0; step < steps; step++) {
		struct kept kept = {0};

		if (step % 4 == 3)
			talk_text(sample, &state);
		else
			make_sample(sample, &state);
		CHECK(feed(sample->format, sample->text, sample->bytes, &kept,
			      &state) == 0);
		check_sample(sample, &kept);
		kept_free(&kept);
		mutate(sample, &state);
		refused += feed(sample->format, sample->text, sample->bytes,
				   &kept, &state) != 0;
		kept_free(&kept);
	}
	printf("import-fuzz: %" PRIu64 " of %" PRIu64
	       " changed texts were refused\n",
		refused, steps);
	free(sample);
	/* A fuzzer whose changes are never seen does not test. */
	return steps >= 100 && (refused == 0 || refused == steps);
}
