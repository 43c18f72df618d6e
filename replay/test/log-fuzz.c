/*
 * Logs that no pager has written: what verify makes of them.
 *
 *	log-fuzz [seed [steps]]
 *
 * Each step changes some records of a true log, or bytes anywhere, cuts it, or
 * joins parts of it, mostly with the checksums made right again.  It must be
 * refused with a message, or found to differ, or be equal as far as it goes;
 * without a crash, and without an end that does not come.
 */
#include "config.h"

#include "replay/verify.h"

#include <sys/mman.h>
#include <unistd.h>

#include "replay/test/live-program.h"

enum {
	LOGS = 6,
	BYTES_MAX = 1 << 20,
	STEP_SECONDS = 30, /* one that takes longer hangs */
	FRAMES_MAX = 1 << 12,
	TABLES_MAX = 1 << 16,
};

struct text {
	char data[BYTES_MAX];
	size_t bytes;
};

static void die(const char *what)
{
	fprintf(stderr, "log-fuzz: %s\n", what);
	abort();
}

static void make_log(struct text *out, unsigned number, uint64_t seed)
{
	static const char *const policies[LOGS] = {
		"lru", "clock", "fifo", "sfifo", "random", "lru-hints"};
	const struct live_options options = {
		.policy = policies[number],
		.seed = seed + number,
		.frames = 6 + 9 * number,
		.threads = number % 2 ? 4 : 1,
		.steps = 400,
		.hooks = number % 3 == 0,
		.fails = true,
	};
	int fd = memfd_create("log", MFD_CLOEXEC);
	struct selfpage_counts counts;
	ssize_t bytes;

	if (fd < 0 || live_run(&options, fd, &counts))
		die("the program failed");
	bytes = pread(fd, out->data, BYTES_MAX, 0);
	if (bytes <= 0 || bytes == BYTES_MAX)
		die("the log is too long");
	out->bytes = bytes;
	close(fd);
}

/* Where the block at OFFSET ends, or 0. */
static size_t block_end(const struct text *log, size_t offset)
{
	const struct log_block *block =
		(const struct log_block *)(log->data + offset);

	if (offset + sizeof(*block) > log->bytes ||
		block->records > LOG_BLOCK_RECORDS)
		return 0;
	offset += sizeof(*block) + block->records * sizeof(struct watch_record);
	return offset <= log->bytes ? offset : 0;
}

static void seal(struct text *log)
{
	struct log_header *header = (struct log_header *)log->data;
	size_t offset = sizeof(*header), end;

	header->checksum = log_header_checksum(header);
	for (; (end = block_end(log, offset)); offset = end) {
		struct log_block *block =
			(struct log_block *)(log->data + offset);

		block->checksum = log_block_checksum(
			block, (const struct watch_record *)(block + 1));
	}
}

/* A record at some place; what lies between blocks may be hit too. */
static struct watch_record *draw_record(struct text *log, uint64_t *random)
{
	size_t records = (log->bytes - sizeof(struct log_header)) /
			 sizeof(struct watch_record);

	return (struct watch_record *)(log->data + sizeof(struct log_header)) +
	       random_below(random, records);
}

static void change_record(struct text *log, uint64_t *random)
{
	struct watch_record *record = draw_record(log, random);
	uint64_t draw = random_next(random);

	switch (draw % 8) {
	case 0:
		record->kind = (draw >> 8) % (WATCH_KINDS + 1);
		break;
	case 1:
		record->lane = (draw >> 8) % 6;
		break;
	case 2:
		record->detail = draw >> 8;
		break;
	case 3:
		record->number = (draw >> 8) % 64;
		break;
	case 4:
		record->value ^= UINT64_C(1) << (draw >> 8) % 64;
		break;
	case 5:
		record->value = (draw >> 8) % 512;
		break;
	case 6:
		*record = *draw_record(log, random);
		break;
	default:
		record->detail ^= 1 << (draw >> 8) % 4;
		break;
	}
}

/* No memory is asked for that a test should not take. */
static bool is_small(const struct text *log)
{
	const struct log_header *header = (const struct log_header *)log->data;
	const struct watch_record *record =
		(const struct watch_record *)(header + 1);
	const char *end = log->data + log->bytes;

	if (header->frames > FRAMES_MAX || header->mappings_max > TABLES_MAX ||
		header->stores_max > TABLES_MAX ||
		header->shadows_max > TABLES_MAX)
		return false;
	for (; (const char *)(record + 1) <= end; record++)
		if (record->kind == WATCH_SPACE && record->value > TABLES_MAX)
			return false;
	return true;
}

static void change(struct text *log, uint64_t *random)
{
	uint64_t draw = random_next(random);
	unsigned i;

	for (i = 0; i <= (draw & 3); i++)
		change_record(log, random);
	if ((draw >> 8) % 8 == 0)
		log->data[random_below(random, log->bytes)] ^=
			1 << (draw >> 16) % 8;
	if ((draw >> 24) % 8 == 0)
		log->bytes = sizeof(struct log_header) +
			     random_below(random,
				     log->bytes - sizeof(struct log_header));
	if ((draw >> 32) % 16 == 0)
		((struct log_header *)log->data)->frames =
			1 + (draw >> 40) % 64;
	if ((draw >> 48) % 8)
		seal(log);
}

static void verify(const struct text *text)
{
	const struct verify_config config = {.check = true};
	struct verify_result result;
	struct log_reader *log;
	struct message message = {""};
	char path[64];
	int fd = memfd_create("changed", MFD_CLOEXEC);
	int error;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fd < 0 ||
		write(fd, text->data, text->bytes) != (ssize_t)text->bytes)
		die("no file");
	alarm(STEP_SECONDS);
	error = log_open(path, &log, &message);
	if (!error) {
		error = verify_run(log, &config, &result, &message);
		log_close(log);
		if (!error && !result.equal && !*result.difference.text)
			die("it differs, and nobody says how");
	}
	alarm(0);
	close(fd);
	if (error && !*message.text)
		die("an error without a message");
}

int main(int argc, char **argv)
{
	static struct text logs[LOGS], text;
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	uint64_t steps = argc > 2 ? strtoull(argv[2], NULL, 0) : 1000;
	uint64_t random = seed, step;
	unsigned i;

	printf("log-fuzz: seed %llu\n", (unsigned long long)seed);
	fflush(stdout);
	for (i = 0; i < LOGS; i++)
		make_log(&logs[i], i, seed);
	for (step = 0; step < steps; step++) {
		const struct text *from = &logs[random_below(&random, LOGS)];

		memcpy(text.data, from->data, from->bytes);
		text.bytes = from->bytes;
		change(&text, &random);
		if (is_small(&text))
			verify(&text);
	}
	return 0;
}
