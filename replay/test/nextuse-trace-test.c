/* Next uses of a trace that was written and is read by the real reader. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "replay/nextuse.h"

#define EVENTS (2 * TRACE_BLOCK_EVENTS + 12345)
#define PAGES 1000

/* A walk over PAGES pages that never stays: each reference is an event. */
static uint64_t walk(uint64_t at, uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (at + 1 + (*state >> 33) % (PAGES - 1)) % PAGES;
}

static void write_trace(const char *path)
{
	struct trace_writer_options options = {.program = "walk",
		.arguments = "",
		.tool = "test",
		.page_bytes = 4096};
	struct trace_writer *writer;
	struct message message;
	uint64_t at = 0, state = 9;

	assert_int_equal(
		trace_writer_open(path, &options, &writer, &message), 0);
	for (uint32_t i = 0; i < EVENTS; i++) {
		at = walk(at, &state);
		assert_int_equal(trace_writer_add(writer, 0x7f000 + at,
					 TRACE_READ, 1, 0),
			0);
	}
	assert_int_equal(trace_writer_finish(writer, &message), 0);
}

/* Forward and naive: who was waiting for this page is told it is here. */
static uint64_t *expected_next(void)
{
	uint64_t *next = malloc(EVENTS * sizeof(*next));
	uint64_t waiting[PAGES], at = 0, state = 9;

	assert_non_null(next);
	for (uint32_t page = 0; page < PAGES; page++)
		waiting[page] = UINT64_MAX;
	for (uint32_t i = 0; i < EVENTS; i++) {
		at = walk(at, &state);
		if (waiting[at] != UINT64_MAX)
			next[waiting[at]] = i;
		next[i] = NEXTUSE_NEVER;
		waiting[at] = i;
	}
	return next;
}

static void check(struct trace_reader *reader, uint32_t far_limit)
{
	struct nextuse_options options = {.far_limit = far_limit};
	uint64_t *got = malloc(EVENTS * sizeof(*got));
	uint64_t *want = expected_next();
	struct nextuse *nextuse;
	struct message message;

	assert_non_null(got);
	assert_int_equal(
		nextuse_build(reader, &options, &nextuse, &message), 0);
	assert_int_equal(nextuse_read(nextuse, 0, EVENTS, got, &message), 0);
	assert_memory_equal(got, want, EVENTS * sizeof(*got));
	nextuse_close(nextuse);
	free(got);
	free(want);
}

/* Runs of 1 to 5 references each: how far next uses are in references. */
static void in_references(void **state)
{
	char path[] = "nextuse-trace-test-XXXXXX";
	struct trace_writer_options options = {.program = "walk",
		.arguments = "",
		.tool = "test",
		.page_bytes = 4096};
	uint64_t waiting[PAGES], ended[PAGES], at = 0, draw = 9, time = 0;
	uint64_t *want = malloc(EVENTS * sizeof(*want));
	uint64_t *got = malloc(EVENTS * sizeof(*got));
	struct trace_writer *writer;
	struct trace_reader *reader;
	struct nextuse *nextuse;
	struct message message;

	(void)state;
	assert_true(want && got);
	memset(waiting, 0xff, sizeof(waiting));
	close(mkstemp(path));
	assert_int_equal(
		trace_writer_open(path, &options, &writer, &message), 0);
	for (uint32_t i = 0; i < EVENTS; i++) {
		uint32_t run = 1 + i % 5;

		at = walk(at, &draw);
		assert_int_equal(trace_writer_add(writer, 0x7f000 + at,
					 TRACE_READ, run, 0),
			0);
		if (waiting[at] != UINT64_MAX)
			want[waiting[at]] = time - ended[at];
		want[i] = NEXTUSE_NEVER;
		waiting[at] = i;
		time += run;
		ended[at] = time - 1;
	}
	assert_int_equal(trace_writer_finish(writer, &message), 0);
	assert_int_equal(trace_reader_open(path, true, &reader, &message), 0);
	unlink(path);
	for (uint32_t limit = 0; limit <= 8 * PAGES; limit += 4 * PAGES) {
		struct nextuse_options references = {
			.references = true, .far_limit = limit};

		assert_int_equal(
			nextuse_build(reader, &references, &nextuse, &message),
			0);
		assert_int_equal(
			nextuse_read(nextuse, 0, EVENTS, got, &message), 0);
		assert_memory_equal(got, want, EVENTS * sizeof(*got));
		nextuse_close(nextuse);
	}
	trace_reader_close(reader);
	free(want);
	free(got);
}

static void real_trace(void **state)
{
	char path[] = "nextuse-trace-test-XXXXXX";
	struct trace_reader *reader;
	struct message message;

	(void)state;
	close(mkstemp(path));
	write_trace(path);
	assert_int_equal(trace_reader_open(path, false, &reader, &message), 0);
	unlink(path);
	assert_int_equal(trace_reader_info(reader)->events, EVENTS);
	assert_true(trace_reader_info(reader)->blocks >= 3);
	check(reader, 0);
	check(reader, 2 * PAGES);
	trace_reader_close(reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_trace),
		cmocka_unit_test(in_references),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
