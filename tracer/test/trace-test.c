/* The trace format: what is written comes back, or an error says where. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tracer/format.h"
#include "tracer/random.h"
#include "tracer/test/sample.h"
#include "tracer/trace.h"

static const struct trace_writer_options plain = {.page_bytes = 4096};

/* A folder of our own; every test makes and removes its files in it. */
static int enter_folder(void **state)
{
	char *folder = strdup("/tmp/trace-test-XXXXXX");

	*state = folder;
	return folder && mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave_folder(void **state)
{
	int error = chdir("/") || rmdir(*state);

	free(*state);
	return error;
}

static uint8_t *read_file(const char *path, size_t *bytes_out)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data;
	long bytes;

	assert_non_null(file);
	fseek(file, 0, SEEK_END);
	bytes = ftell(file);
	rewind(file);
	data = malloc((size_t)bytes + 1);
	assert_int_equal(fread(data, 1, (size_t)bytes, file), bytes);
	fclose(file);
	*bytes_out = (size_t)bytes;
	return data;
}

static void write_file(const char *path, const void *data, size_t bytes)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, bytes), bytes);
	close(fd);
}

static bool is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

/* ---- round trips ---- */

static void round_trip(uint32_t events, uint32_t block_events)
{
	struct sample *sample = sample_create(events + 7, events);
	struct message message = {""};
	uint64_t read;

	assert_int_equal(sample_write(sample, "T", block_events, &message), 0);
	assert_false(is_there("T.part"));
	if (sample_read(sample, "T", &read, &message))
		fail_msg("%u events: %s", events, message.text);
	assert_int_equal(read, sample->events);
	unlink("T");
	sample_destroy(sample);
}

static void test_round_trips(void **state)
{
	(void)state;
	for (uint32_t events = 0; events < 40; events++)
		round_trip(events, 8);
	round_trip(1000, 1);
	round_trip(5000, 64);
	round_trip(20000, 0);
	round_trip(TRACE_BLOCK_EVENTS + 3, 0);
}

static void test_info(void **state)
{
	struct sample *sample = sample_create(1, 290);
	uint64_t references = 0, kinds[4] = {0};
	struct trace_reader *reader;
	const struct trace_info *info;

	(void)state;
	assert_int_equal(sample_write(sample, "T", 100, NULL), 0);
	assert_int_equal(trace_reader_open("T", false, &reader, NULL), 0);
	info = trace_reader_info(reader);
	for (uint32_t i = 0; i < sample->events; i++) {
		references += sample->event[i].count;
		for (unsigned k = 0; k < 4; k++)
			kinds[k] += sample->event[i].kinds >> k & 1;
	}
	assert_string_equal(info->path, "T");
	assert_string_equal(info->program, "sample");
	assert_string_equal(info->arguments, "-a 'b c'");
	assert_string_equal(info->tool, "test 1");
	assert_int_equal(info->date_s, 1700000000);
	assert_int_equal(info->page_bytes, 4096);
	assert_int_equal(info->events, sample->events);
	assert_int_equal(info->references, references);
	assert_int_equal(info->reads, kinds[0]);
	assert_int_equal(info->writes, kinds[1]);
	assert_int_equal(info->instructions, kinds[2]);
	assert_int_equal(info->kernel, kinds[3]);
	assert_int_equal(info->regions, sample->regions);
	assert_int_equal(info->blocks, 3);
	assert_true(info->has_writes);
	assert_false(info->truncated);
	trace_reader_close(reader);
	unlink("T");
	sample_destroy(sample);
}

/* Blocks do not depend on each other, nor on the dictionary. */
static void test_any_order(void **state)
{
	struct sample *sample = sample_create(2, 2000);
	struct trace_reader *reader;
	struct trace_block block;
	const struct trace_info *info;
	const uint64_t *vpn, *again;
	uint64_t seed = 3;

	(void)state;
	assert_int_equal(sample_write(sample, "T", 50, NULL), 0);
	assert_int_equal(trace_reader_open("T", false, &reader, NULL), 0);
	info = trace_reader_info(reader);
	for (unsigned i = 0; i < 300; i++) {
		uint64_t number = random_next(&seed) % info->blocks;

		vpn = NULL;
		if (i >= 50)
			assert_int_equal(
				trace_reader_load_pages(reader, &vpn, NULL), 0);
		assert_int_equal(
			trace_reader_read(reader, number, &block, NULL), 0);
		assert_null(block.count);
		assert_null(block.thread);
		assert_null(sample_compare(sample, &block, vpn));
		assert_int_equal(block.first_event, number * 50);
	}
	assert_int_equal(trace_reader_load_pages(reader, &again, NULL), 0);
	assert_ptr_equal(vpn, again);
	assert_int_equal(
		trace_reader_read(reader, info->blocks, &block, NULL), -EINVAL);
	trace_reader_close(reader);
	unlink("T");
	sample_destroy(sample);
}

/* Runs: kinds are ORed, counts added up, and what cannot be joined is not. */
static void test_joins(void **state)
{
	static const struct sample_event expected[] = {
		{5, 7, 6, 0},
		{5, 2 | TRACE_KERNEL, 2, 0},
		{5, 1, 1, 0},
		{5, 1, UINT32_MAX, 1},
		{5, 1, 2, 1},
		{6, 1, UINT32_MAX, 1},
		{6, 2, 1, 1},
		{6, 2, 1, 1},
	};
	struct trace_region region = {.kind = TRACE_REGION_BRK, .end = 1};
	struct trace_writer *writer;
	struct trace_reader *reader;
	struct trace_block block;

	(void)state;
	assert_int_equal(trace_writer_open("T", &plain, &writer, NULL), 0);
	trace_writer_add(writer, 5, 1, 1, 0);
	trace_writer_add(writer, 5, 2, 2, 0);
	trace_writer_add(writer, 5, 4, 3, 0);
	trace_writer_add(writer, 5, 2 | TRACE_KERNEL, 1, 0);
	trace_writer_add(writer, 5, 2 | TRACE_KERNEL, 1, 0);
	trace_writer_add(writer, 5, 1, 1, 0);
	trace_writer_add(writer, 5, 1, UINT32_MAX, 1);
	trace_writer_add(writer, 5, 1, 2, 1);
	trace_writer_add(writer, 6, 1, UINT32_MAX - 1, 1);
	trace_writer_add(writer, 6, 1, 1, 1);
	trace_writer_add(writer, 6, 2, 1, 1);
	trace_writer_region(writer, &region);
	trace_writer_add(writer, 6, 2, 1, 1);
	assert_int_equal(trace_writer_finish(writer, NULL), 0);
	assert_int_equal(trace_reader_open("T", true, &reader, NULL), 0);
	assert_int_equal(trace_reader_read(reader, 0, &block, NULL), 0);
	assert_int_equal(block.events, 8);
	for (unsigned i = 0; i < 8; i++) {
		assert_int_equal(block.page[i], expected[i].vpn - 5);
		assert_int_equal(block.kinds[i], expected[i].kinds);
		assert_int_equal(block.count[i], expected[i].count);
		assert_int_equal(block.thread[i], expected[i].thread);
	}
	assert_int_equal(block.regions, 1);
	assert_int_equal(block.region[0].event, 7);
	trace_reader_close(reader);
	unlink("T");
}

/* So many names that the blocks are full of regions, not of events. */
static void test_many_regions(void **state)
{
	static char name[5000];
	struct trace_region region = {
		.kind = TRACE_REGION_MAP, .start = 1, .end = 2, .name = name};
	struct trace_writer *writer;
	struct trace_reader *reader;
	struct trace_block block;
	const struct trace_info *info;
	uint64_t regions = 0;

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	assert_int_equal(trace_writer_open("T", &plain, &writer, NULL), 0);
	for (unsigned i = 0; i < 1000; i++) {
		region.offset = i;
		assert_int_equal(trace_writer_region(writer, &region), 0);
	}
	assert_int_equal(trace_writer_finish(writer, NULL), 0);
	assert_int_equal(trace_reader_open("T", true, &reader, NULL), 0);
	info = trace_reader_info(reader);
	assert_in_range(info->blocks, 3, 6);
	for (uint64_t i = 0; i < info->blocks; i++) {
		assert_int_equal(trace_reader_read(reader, i, &block, NULL), 0);
		assert_int_equal(block.events, 0);
		for (uint32_t j = 0; j < block.regions; j++) {
			assert_int_equal(block.region[j].offset, regions++);
			assert_int_equal(strlen(block.region[j].name),
				FORMAT_REGION_NAME_MAX);
		}
	}
	assert_int_equal(regions, 1000);
	trace_reader_close(reader);
	unlink("T");
}

/* What the writer is told of the trace comes back. */
static void test_worth(void **state)
{
	const struct trace_writer_options options = {
		.page_bytes = 16384,
		.process = 4711,
		.fidelity = TRACE_SAMPLED,
		.period = 1009,
		.no_counts = true,
		.reduced = 9,
		.reduce = 3,
	};
	const struct trace_ending ending = {1, 2, 3, 4, 5, true};
	struct trace_writer *writer;
	struct trace_reader *reader;
	const struct trace_info *info;
	struct trace_block block;

	(void)state;
	assert_int_equal(trace_writer_open("T", &options, &writer, NULL), 0);
	trace_writer_left_out(writer, 100);
	trace_writer_add_touches(writer,
		(struct trace_touch[]){
			{8, 1, TRACE_READ}, {9, 1, TRACE_WRITE | TRACE_KERNEL}},
		2, 3);
	trace_writer_left_out(writer, 1000);
	trace_writer_set_ending(writer, &ending);
	assert_int_equal(trace_writer_finish(writer, NULL), 0);
	assert_int_equal(trace_reader_open("T", true, &reader, NULL), 0);
	info = trace_reader_info(reader);
	assert_int_equal(info->version, 2);
	assert_int_equal(info->process, 4711);
	assert_int_equal(info->fidelity, TRACE_SAMPLED);
	assert_int_equal(info->period, 1009);
	assert_int_equal(info->reduction, 9);
	assert_int_equal(info->references, 1102);
	assert_int_equal(info->kernel, 1);
	assert_true(info->no_counts);
	assert_false(info->has_writes);
	assert_int_equal(info->ending.loads, 1);
	assert_int_equal(info->ending.stores, 2);
	assert_int_equal(info->ending.fetches, 3);
	assert_int_equal(info->ending.kernel, 4);
	assert_int_equal(info->ending.skipped, 5);
	assert_true(info->ending.stopped);
	assert_int_equal(trace_reader_read(reader, 0, &block, NULL), 0);
	assert_int_equal(block.references, 1102);
	assert_int_equal(block.events, 2);
	assert_int_equal(block.kinds[1], TRACE_WRITE | TRACE_KERNEL);
	assert_int_equal(block.thread[1], 3);
	trace_reader_close(reader);
	unlink("T");
}

/* The same bytes, however many threads pack them. */
static void test_threads(void **state)
{
	struct trace_writer_options options = {
		.page_bytes = 4096, .block_events = 50};
	size_t bytes[2];
	uint8_t *data[2];

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct trace_writer *writer;
		uint64_t seed = 17;

		options.threads = 3 * i;
		assert_int_equal(
			trace_writer_open("T", &options, &writer, NULL), 0);
		for (unsigned j = 0; j < 20000; j++)
			trace_writer_add(writer, random_next(&seed) % 900,
				TRACE_READ, 1, 0);
		assert_int_equal(trace_writer_finish(writer, NULL), 0);
		data[i] = read_file("T", &bytes[i]);
		unlink("T");
	}
	assert_int_equal(bytes[0], bytes[1]);
	assert_memory_equal(data[0], data[1], bytes[0]);
	free(data[0]);
	free(data[1]);
}

/* ---- files that are not whole ---- */

static void test_cut_anywhere(void **state)
{
	struct sample *sample = sample_create(4, 120);
	struct message message;
	uint64_t events, before = 0;
	size_t bytes, header;
	uint8_t *data;

	(void)state;
	assert_int_equal(sample_write(sample, "T", 20, NULL), 0);
	data = read_file("T", &bytes);
	memcpy(&header, &((struct format_header *)data)->header_bytes, 4);
	header &= UINT32_MAX;
	for (size_t cut = 0; cut < bytes; cut++) {
		int error;

		write_file("C", data, cut);
		message.text[0] = '\0';
		error = sample_read(sample, "C", &events, &message);
		if (cut < header) {
			assert_int_equal(error, -EINVAL);
			assert_non_null(strstr(message.text, "C: "));
			continue;
		}
		if (error)
			fail_msg("cut at %zu: %s", cut, message.text);
		assert_true(events >= before);
		before = events;
	}
	assert_int_equal(before, sample->events);
	free(data);
	unlink("T");
	unlink("C");
	sample_destroy(sample);
}

/* Every byte counts: changed, it is found out, and the message says where. */
static void test_flip_anywhere(void **state)
{
	struct sample *sample = sample_create(5, 120);
	struct message message;
	uint64_t events;
	size_t bytes;
	uint8_t *data;

	(void)state;
	assert_int_equal(sample_write(sample, "T", 20, NULL), 0);
	data = read_file("T", &bytes);
	for (size_t at = 0; at < bytes; at++) {
		int error;

		data[at] ^= (uint8_t)(1u << at % 8);
		write_file("C", data, bytes);
		data[at] ^= (uint8_t)(1u << at % 8);
		message.text[0] = '\0';
		error = sample_read(sample, "C", &events, &message);
		if (error != -EINVAL)
			fail_msg("byte %zu of %zu: %d: %s", at, bytes, error,
				message.text);
		assert_memory_equal(message.text, "C: ", 3);
		assert_true(strstr(message.text, "block") ||
			    strstr(message.text, "byte"));
	}
	free(data);
	unlink("T");
	unlink("C");
	sample_destroy(sample);
}

/* A crash may leave zeros where the last blocks should be. */
static void test_zeros_at_the_end(void **state)
{
	static const uint8_t zeros[5000];
	struct sample *sample = sample_create(6, 100);
	struct trace_writer *writer;
	struct message message;
	uint64_t events;
	size_t bytes;
	uint8_t *data;

	(void)state;
	assert_int_equal(sample_write(sample, "T", 20, NULL), 0);
	data = read_file("T", &bytes);
	data = realloc(data, bytes + sizeof(zeros));
	for (size_t at = bytes - 1; at > 0; at--)
		if (memcmp(data + at, FORMAT_INDEX_MAGIC, 8) == 0) {
			memcpy(data + at, zeros, sizeof(zeros));
			write_file("C", data, at + sizeof(zeros));
			break;
		}
	if (sample_read(sample, "C", &events, &message))
		fail_msg("%s", message.text);
	assert_int_equal(events, sample->events);
	assert_int_equal(trace_writer_open("D", &plain, &writer, NULL), 0);
	trace_writer_abort(writer, true);
	assert_int_equal(sample_read(sample, "D.part", &events, NULL), 0);
	assert_int_equal(events, 0);
	free(data);
	unlink("T");
	unlink("C");
	unlink("D.part");
	sample_destroy(sample);
}

static void refuse(const char *path, int expected, const char *text)
{
	struct message message = {""};
	struct trace_reader *reader;

	assert_int_equal(
		trace_reader_open(path, true, &reader, &message), expected);
	assert_memory_equal(message.text, path, strlen(path));
	if (!strstr(message.text, text))
		fail_msg("'%s' is not in '%s'", text, message.text);
}

static void test_not_traces(void **state)
{
	static const char text[] =
		"It was the best of times, it was the worst of times, it was "
		"the age of wisdom, it was the age of foolishness\n";

	(void)state;
	refuse("none", -ENOENT, "No such file");
	refuse(".", -EINVAL, "not a regular file");
	write_file("E", "", 0);
	refuse("E", -EINVAL, "empty");
	write_file("E", text, sizeof(text) - 1);
	refuse("E", -EINVAL, "not a page-reference trace");
	write_file("E", text, 1);
	refuse("E", -EINVAL, "not a page-reference trace");
	assert_int_equal(unlink("E"), 0);
	assert_int_equal(mkfifo("E", 0600), 0);
	refuse("E", -EINVAL, "not a regular file");
	unlink("E");
}

/* ---- forged files: the checksums are right ---- */

/* The first block of a trace, without the end of the file. */
static struct format_block *first_block(uint8_t *data, size_t *end_out)
{
	struct format_header header;
	struct format_block *block = malloc(sizeof(*block));

	memcpy(&header, data, sizeof(header));
	memcpy(block, data + header.header_bytes, sizeof(*block));
	*end_out = header.header_bytes + block->block_bytes;
	return block;
}

static void refuse_block(const struct format_block *block, size_t field,
	uint64_t value, size_t bytes)
{
	struct format_block forged = *block;
	struct format_block loaded;

	memcpy((char *)&forged + field, &value, bytes);
	format_seal_block(&forged);
	if (!format_load_block(FORMAT_VERSION, &forged, &loaded))
		fail_msg("byte %zu of a block's header may be %llx", field,
			(unsigned long long)value);
}

#define REFUSE(block, field, value)                                            \
	refuse_block(block, offsetof(struct format_block, field), value,       \
		sizeof((block)->field))

/* What a reader sizes its memory by has a limit. */
static void test_forged_sizes(void **state)
{
	struct sample *sample = sample_create(9, 100);
	struct format_block *block;
	struct format_block loaded;
	uint8_t *data;
	size_t bytes;

	(void)state;
	assert_int_equal(sample_write(sample, "T", 0, NULL), 0);
	data = read_file("T", &bytes);
	block = first_block(data, &bytes);
	assert_null(format_load_block(FORMAT_VERSION, block, &loaded));
	REFUSE(block, events, TRACE_BLOCK_EVENTS + 1);
	REFUSE(block, reads, block->events + 1);
	REFUSE(block, writes, block->events + 1);
	REFUSE(block, instructions, block->events + 1);
	REFUSE(block, kernel, block->events + 1);
	REFUSE(block, new_pages, block->events + 1);
	REFUSE(block, first_page, TRACE_PAGES_MAX);
	REFUSE(block, references, block->events - 1);
	REFUSE(block, references, UINT64_MAX);
	REFUSE(block, uncounted, block->references - block->events + 1);
	REFUSE(block, zero, 1);
	REFUSE(block, pages_bytes, block->new_pages * VARINT_BYTES_MAX + 1);
	REFUSE(block, pages_bytes, UINT32_MAX);
	REFUSE(block, value_bytes, block->events * CODEC_VALUE_BYTES + 1);
	REFUSE(block, value_bytes, UINT32_MAX);
	REFUSE(block, region_bytes, FORMAT_REGION_BYTES_MAX + 1);
	REFUSE(block, regions, block->region_bytes);
	REFUSE(block, counts_bytes, FORMAT_COUNTS_BYTES_MAX + 1);
	REFUSE(block, section_bytes[1], UINT32_MAX);
	REFUSE(block, block_bytes, block->block_bytes + 1);
	block->section_bytes[0] += FORMAT_BLOCK_BYTES_MAX;
	REFUSE(block, block_bytes, block->block_bytes + FORMAT_BLOCK_BYTES_MAX);
	free(block);
	free(data);
	unlink("T");
	sample_destroy(sample);
}

/* A header that counts one reference more than its block has. */
static void test_forged_references(void **state)
{
	struct sample *sample = sample_create(10, 100);
	struct message message = {""};
	struct format_block *block;
	uint64_t events;
	uint8_t *data;
	size_t bytes;

	(void)state;
	assert_int_equal(sample_write(sample, "T", 0, NULL), 0);
	data = read_file("T", &bytes);
	block = first_block(data, &bytes);
	write_file("C", data, bytes);
	assert_int_equal(sample_read(sample, "C", &events, NULL), 0);
	block->references++;
	format_seal_block(block);
	memcpy(data + bytes - block->block_bytes, block, sizeof(*block));
	write_file("C", data, bytes);
	assert_int_equal(sample_read(sample, "C", &events, &message), -EINVAL);
	assert_non_null(strstr(message.text, "counts"));
	free(block);
	free(data);
	unlink("T");
	unlink("C");
	sample_destroy(sample);
}

/* ---- writing that fails ---- */

static void write_until_error(struct trace_writer *writer)
{
	uint64_t seed = 8;

	for (unsigned i = 0; i < 3000000; i++)
		if (trace_writer_add(writer, random_next(&seed), 1, 1, 0))
			return;
	fail_msg("no error");
}

static void limit_file(rlim_t bytes)
{
	struct rlimit limit = {bytes, RLIM_INFINITY};

	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void test_full_disk(void **state)
{
	const struct trace_writer_options threads = {
		.page_bytes = 4096, .threads = 2};
	struct message message = {""};
	struct trace_writer *writer;
	struct trace_reader *reader;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(trace_writer_open("T", &plain, &writer, NULL), 0);
	limit_file(4 << 20);
	write_until_error(writer);
	assert_int_equal(trace_writer_add(writer, 1, 1, 1, 0), -EFBIG);
	limit_file(RLIM_INFINITY);
	assert_int_equal(trace_writer_finish(writer, &message), -EFBIG);
	assert_memory_equal(message.text, "T.part: ", 8);
	assert_non_null(strstr(message.text, "kept"));
	assert_false(is_there("T"));
	assert_int_equal(
		trace_reader_open("T.part", true, &reader, &message), 0);
	assert_true(trace_reader_info(reader)->truncated);
	assert_true(trace_reader_info(reader)->blocks >= 1);
	trace_reader_close(reader);

	assert_int_equal(trace_writer_open("T", &plain, &writer, NULL), 0);
	trace_writer_add(writer, 1, 1, 1, 0);
	limit_file(60);
	assert_int_equal(trace_writer_finish(writer, &message), -EFBIG);
	limit_file(8);
	assert_int_equal(
		trace_writer_open("U", &plain, &writer, &message), -EFBIG);
	limit_file(RLIM_INFINITY);
	assert_false(is_there("U.part"));
	unlink("T.part");

	assert_int_equal(trace_writer_open("T", &threads, &writer, NULL), 0);
	limit_file(4 << 20);
	write_until_error(writer);
	limit_file(RLIM_INFINITY);
	assert_int_equal(trace_writer_finish(writer, &message), -EFBIG);
	assert_int_equal(
		trace_reader_open("T.part", true, &reader, &message), 0);
	assert_true(trace_reader_info(reader)->blocks >= 1);
	trace_reader_close(reader);
	unlink("T.part");
}

static void refuse_writing(const char *path,
	const struct trace_writer_options *options, int expected)
{
	struct message message = {""};
	struct trace_writer *writer;

	assert_int_equal(
		trace_writer_open(path, options, &writer, &message), expected);
	assert_memory_equal(message.text, path, strlen(path));
}

static void test_bad_targets(void **state)
{
	const struct trace_writer_options odd = {.page_bytes = 1000};
	struct trace_writer *writer;

	(void)state;
	refuse_writing("/dev/null", &plain, -EINVAL);
	refuse_writing("none/T", &plain, -ENOENT);
	refuse_writing("T", &odd, -EINVAL);
	assert_int_equal(trace_writer_open("T", &plain, &writer, NULL), 0);
	refuse_writing("T", &plain, -EBUSY);
	trace_writer_abort(writer, false);
	assert_false(is_there("T.part"));
	assert_false(is_there("T"));
}

static void test_bad_events(void **state)
{
	struct trace_region region = {.kind = TRACE_REGION_LAST + 1};
	struct message message;
	struct trace_writer *writer;

	(void)state;
	assert_int_equal(trace_writer_open("T", &plain, &writer, NULL), 0);
	assert_int_equal(trace_writer_add(writer, 1, 0, 1, 0), -EINVAL);
	assert_int_equal(trace_writer_add(writer, 1, 1, 1, 0), -EINVAL);
	assert_int_equal(trace_writer_finish(writer, &message), -EINVAL);
	unlink("T.part");
	assert_int_equal(trace_writer_open("T", &plain, &writer, NULL), 0);
	assert_int_equal(trace_writer_add(writer, 1, 1, 0, 0), -EINVAL);
	trace_writer_abort(writer, false);
	assert_int_equal(trace_writer_open("T", &plain, &writer, NULL), 0);
	assert_int_equal(
		trace_writer_add(writer, 1, TRACE_KERNEL, 1, 0), -EINVAL);
	trace_writer_abort(writer, false);
	assert_int_equal(trace_writer_open("T", &plain, &writer, NULL), 0);
	assert_int_equal(trace_writer_add(writer, 1, 17, 1, 0), -EINVAL);
	trace_writer_abort(writer, false);
	assert_int_equal(trace_writer_open("T", &plain, &writer, NULL), 0);
	assert_int_equal(trace_writer_region(writer, &region), -EINVAL);
	trace_writer_abort(writer, false);
	assert_false(is_there("T.part"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trips),
		cmocka_unit_test(test_info),
		cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_joins),
		cmocka_unit_test(test_many_regions),
		cmocka_unit_test(test_worth),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_cut_anywhere),
		cmocka_unit_test(test_flip_anywhere),
		cmocka_unit_test(test_zeros_at_the_end),
		cmocka_unit_test(test_not_traces),
		cmocka_unit_test(test_forged_sizes),
		cmocka_unit_test(test_forged_references),
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_bad_targets),
		cmocka_unit_test(test_bad_events),
	};

	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
