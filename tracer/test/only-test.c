/*
 * A part of a trace is what one would be that was recorded of that part: the
 * same events, pages, sums and region events, whatever its blocks are.
 */
#include <config.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tracer/random.h"
#include "tracer/trace.h"

enum { EVENTS = 4000, PAGES = 60, SEEDS = 40, PAGE = 4096 };

static const struct trace_range ranges[] = {
	{8 * PAGE, 17 * PAGE}, {40 * PAGE + 100, 41 * PAGE + 1}};

static bool is_kept(uint64_t vpn)
{
	return (vpn >= 8 && vpn < 17) || vpn == 40 || vpn == 41;
}

static int enter_folder(void **state)
{
	char *folder = strdup("/tmp/only-test-XXXXXX");

	*state = folder;
	return folder && mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave_folder(void **state)
{
	int error = chdir("/") || rmdir(*state);

	free(*state);
	return error;
}

/* The trace of SEED, or of what is kept of it. */
static void write_trace(const char *path, uint64_t seed, bool kept)
{
	const struct trace_writer_options options = {
		.page_bytes = PAGE,
		.has_writes = true,
		.block_events = kept ? 0 : 64 + seed * 16,
	};
	struct trace_writer *writer;
	struct message message;
	unsigned i;

	assert_int_equal(
		trace_writer_open(path, &options, &writer, &message), 0);
	for (i = 0; i < EVENTS; i++) {
		uint64_t draw = random_next(&seed);
		uint64_t vpn = (draw >> 8) % (draw & 1 ? PAGES : 12);
		const struct trace_region region = {
			.kind = TRACE_REGION_MAP,
			.start = i * PAGE,
			.end = (i + 1) * PAGE,
			.name = "",
		};

		if (draw >> 58 == 0)
			assert_int_equal(
				trace_writer_region(writer, &region), 0);
		if (kept && !is_kept(vpn))
			continue;
		assert_int_equal(
			trace_writer_add(writer, vpn, 1 + (draw >> 20) % 7,
				1 + (draw >> 30) % 300, draw >> 62),
			0);
	}
	assert_int_equal(trace_writer_finish(writer, &message), 0);
}

/* A trace read through, runs over the ends of blocks joined. */
struct read {
	unsigned events, regions;
	uint64_t references, numbered;
	struct {
		uint64_t vpn;
		uint32_t kinds, count, thread;
	} event[EVENTS];
	struct trace_region region[EVENTS];
	unsigned region_event[EVENTS]; /* joined events before it */
};

static void take_event(struct read *read, const struct trace_block *block,
	uint32_t i, const uint64_t *vpn, bool stands_alone)
{
	unsigned last = read->events - 1;

	read->references += block->count[i];
	if (!stands_alone && read->event[last].vpn == vpn[block->page[i]] &&
		read->event[last].thread == block->thread[i]) {
		read->event[last].kinds |= block->kinds[i];
		read->event[last].count += block->count[i];
		return;
	}
	read->event[read->events].vpn = vpn[block->page[i]];
	read->event[read->events].kinds = block->kinds[i];
	read->event[read->events].count = block->count[i];
	read->event[read->events++].thread = block->thread[i];
}

static void take_block(struct read *read, const struct trace_block *block,
	const uint64_t *vpn, bool *stands_alone)
{
	uint32_t i, next = 0;

	assert_int_equal(block->first_event, read->numbered);
	assert_int_equal(block->first_reference, read->references);
	for (i = 0; i <= block->events; i++) {
		for (; next < block->regions &&
			block->region[next].event == block->first_event + i;
			next++) {
			read->region_event[read->regions] = read->events;
			read->region[read->regions++] = block->region[next];
			*stands_alone = true;
		}
		if (i == block->events)
			break;
		take_event(read, block, i, vpn, *stands_alone);
		*stands_alone = false;
	}
	assert_int_equal(next, block->regions);
	read->numbered += block->events;
}

static struct read *read_trace(const char *path, bool only)
{
	struct read *read = calloc(1, sizeof(*read));
	const struct trace_info *info;
	struct trace_reader *reader;
	struct trace_block block;
	struct message message;
	bool stands_alone = true;
	const uint64_t *vpn;
	uint64_t number;

	assert_non_null(read);
	assert_int_equal(trace_reader_open(path, true, &reader, &message), 0);
	if (only)
		assert_int_equal(
			trace_reader_only(reader, ranges, 2, &message), 0);
	info = trace_reader_info(reader);
	assert_int_equal(trace_reader_load_pages(reader, &vpn, &message), 0);
	for (number = 0; number < info->blocks; number++) {
		assert_int_equal(
			trace_reader_read(reader, number, &block, &message), 0);
		take_block(read, &block, vpn, &stands_alone);
	}
	assert_int_equal(info->events, read->numbered);
	assert_int_equal(info->references, read->references);
	assert_int_equal(info->pages, 11);
	trace_reader_close(reader);
	return read;
}

static void test_same(void **state)
{
	uint64_t seed;
	unsigned i;

	(void)state;
	for (seed = 0; seed < SEEDS; seed++) {
		struct read *want, *got;

		write_trace("whole.spt", seed, false);
		write_trace("part.spt", seed, true);
		want = read_trace("part.spt", false);
		got = read_trace("whole.spt", true);
		assert_int_equal(got->references, want->references);
		assert_int_equal(got->events, want->events);
		assert_memory_equal(
			got->event, want->event, sizeof(got->event));
		assert_int_equal(got->regions, want->regions);
		for (i = 0; i < got->regions; i++) {
			assert_int_equal(
				got->region[i].start, want->region[i].start);
			assert_int_equal(
				got->region_event[i], want->region_event[i]);
		}
		free(want);
		free(got);
	}
	unlink("whole.spt");
	unlink("part.spt");
}

/* Counts that were not asked for are not given, and all else is the same. */
static void test_without_counts(void **state)
{
	struct trace_reader *reader;
	struct trace_block block;
	struct message message;

	(void)state;
	write_trace("whole.spt", 1, false);
	assert_int_equal(
		trace_reader_open("whole.spt", false, &reader, &message), 0);
	assert_int_equal(trace_reader_only(reader, ranges, 2, &message), 0);
	assert_int_equal(trace_reader_read(reader, 3, &block, &message), 0);
	assert_null(block.count);
	assert_true(block.references > block.events);
	trace_reader_close(reader);
	unlink("whole.spt");
}

static void test_nothing(void **state)
{
	const struct trace_range nowhere = {1000 * PAGE, 2000 * PAGE};
	struct trace_reader *reader;
	struct message message;

	(void)state;
	write_trace("whole.spt", 1, false);
	assert_int_equal(
		trace_reader_open("whole.spt", false, &reader, &message), 0);
	assert_int_equal(
		trace_reader_only(reader, &nowhere, 1, &message), -EINVAL);
	assert_non_null(strstr(message.text, "none of its references"));
	trace_reader_close(reader);
	unlink("whole.spt");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_without_counts),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
