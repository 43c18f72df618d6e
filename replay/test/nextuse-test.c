/* Next uses against their definition, over blocks, limits and failures. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "replay/nextuse.h"
#include "replay/test/fake-trace.h"

#define EVENTS 5000

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* The definition: look forward until the page comes again. */
static uint64_t naive_next(const uint32_t *page, uint64_t events, uint64_t i)
{
	for (uint64_t j = i + 1; j < events; j++)
		if (page[j] == page[i])
			return j;
	return NEXTUSE_NEVER;
}

static void assert_all(struct nextuse *nextuse, const uint32_t *page,
	uint32_t events, uint32_t at_once)
{
	uint64_t *out = malloc(sizeof(*out) * at_once);
	struct message message;

	assert_non_null(out);
	for (uint32_t first = 0; first < events; first += at_once) {
		uint32_t count =
			events - first < at_once ? events - first : at_once;

		assert_int_equal(
			nextuse_read(nextuse, first, count, out, &message), 0);
		for (uint32_t i = 0; i < count; i++)
			assert_int_equal(
				out[i], naive_next(page, events, first + i));
	}
	free(out);
}

/* Pages by a random walk with jumps: near and far uses, and some once only. */
static uint32_t random_trace(uint64_t *state, uint32_t *page, uint32_t events)
{
	uint32_t pages = 1 + next_random(state) % 300;
	uint32_t at = 0;

	for (uint32_t i = 0; i < events; i++) {
		uint64_t dice = next_random(state) % 8;

		if (dice == 0)
			at = next_random(state) % pages;
		else if (dice < 4)
			at = (at + 1) % pages;
		page[i] = at;
	}
	return pages;
}

static void matches_definition(void **state)
{
	static const uint32_t block_sizes[] = {1, 7, 33, 1000, EVENTS};
	static const uint32_t limits[] = {0, 1, 2, 50, 400};
	static uint32_t page[EVENTS];
	uint64_t seed = 20240611;

	(void)state;
	for (int round = 0; round < 25; round++) {
		uint32_t events = 1 + next_random(&seed) % (EVENTS / 2);
		struct nextuse_options options = {
			.far_limit = limits[round % 5]};
		struct trace_reader reader;
		struct nextuse *nextuse;
		struct message message;
		uint32_t pages = random_trace(&seed, page, events);

		fake_trace(
			&reader, page, events, pages, block_sizes[round / 5]);
		assert_int_equal(
			nextuse_build(&reader, &options, &nextuse, &message),
			0);
		assert_int_equal(reader.reads, reader.info.blocks);
		assert_all(nextuse, page, events, 1 + round * 100);
		if (!options.far_limit)
			assert_int_equal(
				nextuse_file_bytes(nextuse), events * 4);
		nextuse_close(nextuse);
	}
}

static void drawn_example(void **state)
{
	static const uint32_t page[] = {0, 1, 0, 2, 1, 0};
	static const uint64_t next[] = {
		2, 4, 5, NEXTUSE_NEVER, NEXTUSE_NEVER, NEXTUSE_NEVER};
	struct trace_reader reader;
	struct nextuse *nextuse;
	struct message message;
	uint64_t out[6];

	(void)state;
	fake_trace(&reader, page, 6, 3, 4);
	assert_int_equal(nextuse_build(&reader, NULL, &nextuse, &message), 0);
	assert_int_equal(nextuse_read(nextuse, 0, 6, out, &message), 0);
	assert_memory_equal(out, next, sizeof(next));
	nextuse_close(nextuse);
}

/* Far records are found in any order, through more than one buffer. */
static void far_in_any_order(void **state)
{
	struct nextuse_options options = {.far_limit = 1};
	static uint32_t page[EVENTS];
	struct trace_reader reader;
	struct nextuse *nextuse;
	struct message message;
	uint64_t seed = 7, out;

	(void)state;
	random_trace(&seed, page, EVENTS);
	fake_trace(&reader, page, EVENTS, 301, 64);
	assert_int_equal(
		nextuse_build(&reader, &options, &nextuse, &message), 0);
	assert_true(nextuse_file_bytes(nextuse) > EVENTS * 4 + 300 * 16);
	for (int i = 0; i < 2000; i++) {
		uint64_t event = next_random(&seed) % EVENTS;

		assert_int_equal(
			nextuse_read(nextuse, event, 1, &out, &message), 0);
		assert_int_equal(out, naive_next(page, EVENTS, event));
	}
	nextuse_close(nextuse);
}

/* The progress call ends the pass. */
static int stop_after(void *context, uint64_t events_done)
{
	return events_done >= *(uint64_t *)context;
}

static void stops_when_told(void **state)
{
	static uint32_t page[1000];
	uint64_t stop = 300;
	struct nextuse_options options = {
		.progress = stop_after, .progress_context = &stop};
	struct trace_reader reader;
	struct nextuse *nextuse;
	struct message message;

	(void)state;
	fake_trace(&reader, page, 1000, 1, 100);
	assert_int_equal(nextuse_build(&reader, &options, &nextuse, &message),
		-ECANCELED);
	assert_null(nextuse);
	assert_int_equal(reader.reads, 3);
}

static void empty_trace(void **state)
{
	struct trace_reader reader;
	struct nextuse *nextuse;
	struct message message;

	(void)state;
	fake_trace(&reader, NULL, 0, 0, 10);
	assert_int_equal(nextuse_build(&reader, NULL, &nextuse, &message), 0);
	assert_int_equal(nextuse_file_bytes(nextuse), 0);
	nextuse_close(nextuse);
}

static void bad_blocks(void **state)
{
	uint32_t page[100] = {0};
	struct trace_reader reader;
	struct nextuse *nextuse;
	struct message message;

	(void)state;
	fake_trace(&reader, page, 100, 1, 10);
	reader.fails_at = 4;
	assert_int_equal(
		nextuse_build(&reader, NULL, &nextuse, &message), -EINVAL);
	assert_string_equal(message.text, "fake.spt: bad block");
	fake_trace(&reader, page, 100, 1, 10);
	page[55] = 1; /* there is only page 0 */
	assert_int_equal(
		nextuse_build(&reader, NULL, &nextuse, &message), -EINVAL);
	assert_non_null(strstr(message.text, "fake.spt: block 5:"));
}

static int count_files(const char *folder)
{
	DIR *open = opendir(folder);
	int count = 0;

	assert_non_null(open);
	while (readdir(open))
		count++;
	closedir(open);
	return count - 2;
}

/* Nothing to see in the folder while it lives, nor after. */
static void leaves_nothing(void **state)
{
	char folder[] = "nextuse-test-XXXXXX";
	struct nextuse_options options = {.far_limit = 1};
	static uint32_t page[EVENTS];
	struct trace_reader reader;
	struct nextuse *nextuse;
	struct message message;
	uint64_t seed = 3;
	int descriptors = count_files("/proc/self/fd");

	(void)state;
	assert_non_null(mkdtemp(folder));
	options.folder = folder;
	random_trace(&seed, page, EVENTS);
	fake_trace(&reader, page, EVENTS, 301, 64);
	assert_int_equal(
		nextuse_build(&reader, &options, &nextuse, &message), 0);
	assert_int_equal(count_files(folder), 0);
	assert_int_equal(count_files("/proc/self/fd"), descriptors + 2);
	nextuse_close(nextuse);
	assert_int_equal(count_files("/proc/self/fd"), descriptors);
	reader.fails_at = 3;
	assert_int_equal(
		nextuse_build(&reader, &options, &nextuse, &message), -EINVAL);
	assert_int_equal(count_files(folder), 0);
	assert_int_equal(count_files("/proc/self/fd"), descriptors);
	assert_int_equal(rmdir(folder), 0);
}

static void folder_missing(void **state)
{
	struct nextuse_options options = {.folder = "/nonexistent/folder"};
	struct trace_reader reader;
	struct nextuse *nextuse;
	struct message message;
	uint32_t page[1] = {0};

	(void)state;
	fake_trace(&reader, page, 1, 1, 1);
	assert_int_equal(
		nextuse_build(&reader, &options, &nextuse, &message), -ENOENT);
	assert_non_null(strstr(message.text, "/nonexistent/folder"));
	assert_non_null(strstr(message.text, "TMPDIR"));
}

/* A trace that no disk has room for is refused before any work. */
static void no_room(void **state)
{
	struct nextuse_options options = {.folder = "/tmp"};
	struct trace_reader reader;
	struct nextuse *nextuse;
	struct message message;

	(void)state;
	fake_trace(&reader, NULL, UINT64_C(1) << 52, 1, 1u << 18);
	assert_int_equal(
		nextuse_build(&reader, &options, &nextuse, &message), -ENOSPC);
	assert_non_null(strstr(message.text, "/tmp"));
	assert_non_null(strstr(message.text, "17179869184.0 MiB"));
	assert_int_equal(reader.reads, 0);
}

/* A limit on file size stands in for whatever else can stop a write. */
static void write_fails(void **state)
{
	static uint32_t page[EVENTS];
	struct rlimit before, low;
	struct trace_reader reader;
	struct nextuse *nextuse;
	struct message message;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	low = before;
	low.rlim_cur = 1000;
	fake_trace(&reader, page, EVENTS, 1, 64);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
	assert_int_equal(
		nextuse_build(&reader, NULL, &nextuse, &message), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_non_null(strstr(message.text, "next uses"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(drawn_example),
		cmocka_unit_test(matches_definition),
		cmocka_unit_test(far_in_any_order),
		cmocka_unit_test(stops_when_told),
		cmocka_unit_test(empty_trace),
		cmocka_unit_test(bad_blocks),
		cmocka_unit_test(leaves_nothing),
		cmocka_unit_test(folder_missing),
		cmocka_unit_test(no_room),
		cmocka_unit_test(write_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
