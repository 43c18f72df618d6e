/* --only: which pages are meant by names, patterns and ranges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "replay/only-option.h"
#include "replay/test/lab.h"

enum { PAGES = 9 };

/* What page I, at address I * 0x1000, is called; the heap has two. */
static const struct {
	uint8_t kind;
	const char *name;
} regions[PAGES] = {
	{0, ""}, /* nothing is said of it */
	{TRACE_REGION_MAP, ""},
	{TRACE_REGION_MAP, "[anon:rows]"},
	{TRACE_REGION_MAP, "[anon:row_index]"},
	{TRACE_REGION_MAP, "/lib/libc.so.6"},
	{TRACE_REGION_MAP, "/srv/log.db"},
	{TRACE_REGION_STACK, ""},
	{TRACE_REGION_BRK, ""},
	{0, ""},
};

static void write_trace(const char *path)
{
	const struct trace_writer_options options = lab_options(0);
	struct trace_writer *writer;
	struct message message;

	assert_int_equal(
		trace_writer_open(path, &options, &writer, &message), 0);
	for (unsigned i = 0; i < PAGES; i++) {
		struct trace_region region = {.kind = regions[i].kind,
			.start = i * 0x1000,
			.end = (i + 1) * 0x1000,
			.anonymous = regions[i].name[0] != '/',
			.name = regions[i].name};

		if (region.kind == TRACE_REGION_BRK)
			region.end += 0x1000;
		if (region.kind)
			assert_int_equal(
				trace_writer_region(writer, &region), 0);
	}
	for (unsigned i = 0; i < 5 * PAGES; i++)
		assert_int_equal(trace_writer_add(writer, i * 4 % PAGES,
					 TRACE_READ, 1, 0),
			0);
	assert_int_equal(trace_writer_finish(writer, &message), 0);
}

/* A bit a page that TEXT leaves; 0: an error of only_use. */
static unsigned left_by(const char *path, const char *text)
{
	struct only_option option = {.count = 0};
	struct trace_reader *reader;
	struct message message;
	const uint64_t *vpn;
	unsigned left = 0;

	assert_int_equal(only_parse(text, &option, &message), 0);
	if (only_open(&option, path, false, NULL, &reader, &message)) {
		assert_non_null(strstr(message.text, path));
		return 0;
	}
	assert_int_equal(trace_reader_load_pages(reader, &vpn, &message), 0);
	for (unsigned i = 0; i < trace_reader_info(reader)->pages; i++)
		left |= 1u << vpn[i];
	trace_reader_close(reader);
	return left;
}

static void names_mean_pages(void **state)
{
	static const struct {
		const char *text;
		unsigned pages;
	} cases[] = {
		{"anon", 1 << 1 | 1 << 2 | 1 << 3},
		{"[anon]", 1 << 1 | 1 << 2 | 1 << 3},
		{"anon:rows", 1 << 2},
		{"[anon:rows]", 1 << 2},
		{"anon:row*", 1 << 2 | 1 << 3},
		{"[anon:row?]", 1 << 2},
		{"anon:row", 0},
		{"ano", 0},
		{"heap", 1 << 7 | 1 << 8},
		{"stack,heap", 1 << 6 | 1 << 7 | 1 << 8},
		{"libc.so.6", 1 << 4},
		{"/lib/*", 1 << 4},
		{"*.db", 1 << 5},
		{"[kl]og.db", 1 << 5},
		{"rows", 0},
		{"nothing,*.db", 1 << 5},
		{"0-0x1000", 1 << 0},
		{"*.db,0x1000-0x3000", 1 << 1 | 1 << 2 | 1 << 5},
		{"nothing", 0},
		{"0x100000-0x200000", 0},
	};
	char path[] = "only-option-test-XXXXXX";

	(void)state;
	close(mkstemp(path));
	write_trace(path);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned left = left_by(path, cases[i].text);

		if (left != cases[i].pages)
			fail_msg("%s: pages %#x, expected %#x", cases[i].text,
				left, cases[i].pages);
	}
	unlink(path);
}

/* A place that is mapped again and again is one range. */
static void many_maps_are_few_ranges(void **state)
{
	char path[] = "only-option-test-XXXXXX";
	const struct trace_writer_options options = {.program = "only",
		.arguments = "",
		.tool = "test",
		.page_bytes = 4096};
	struct trace_writer *writer;
	struct message message;

	(void)state;
	close(mkstemp(path));
	assert_int_equal(
		trace_writer_open(path, &options, &writer, &message), 0);
	for (unsigned i = 0; i < 1000; i++) {
		/* in two runs of eight pages, which do not touch */
		unsigned page = i * 5 % 16 / 8 * 12 + i * 5 % 8;
		const struct trace_region region = {.kind = TRACE_REGION_MAP,
			.start = page * 0x1000,
			.end = (page + 1) * 0x1000,
			.anonymous = true,
			.name = ""};

		assert_int_equal(trace_writer_region(writer, &region), 0);
		assert_int_equal(
			trace_writer_add(writer, i * 7 % 24, TRACE_READ, 1, 0),
			0);
	}
	assert_int_equal(trace_writer_finish(writer, &message), 0);
	assert_int_equal(left_by(path, "anon"), 0xff0ff);
	unlink(path);
}

static void what_is_wrong_is_refused(void **state)
{
	static const char *const texts[] = {"", "heap,", ",heap", "7", "0x1000",
		"0x2000-0x1000", "0x1000-", "1-2,x,3-"};
	char text[2 * ONLY_NAME_BYTES];
	struct message message;

	(void)state;
	for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct only_option option = {.count = 0};

		assert_int_equal(
			only_parse(texts[i], &option, &message), -EINVAL);
		assert_true(*message.text);
	}
	for (unsigned names = 1; names <= ONLY_NAMES_MAX + 1; names++) {
		struct only_option option = {.count = 0};

		for (unsigned i = 0; i < names; i++)
			strcpy(&text[2 * i], i + 1 < names ? "a," : "a");
		assert_int_equal(only_parse(text, &option, &message),
			names <= ONLY_NAMES_MAX ? 0 : -EINVAL);
	}
	for (unsigned bytes = ONLY_NAME_BYTES - 1; bytes <= ONLY_NAME_BYTES;
		bytes++) {
		struct only_option option = {.count = 0};

		memset(text, 'a', bytes);
		text[bytes] = '\0';
		assert_int_equal(only_parse(text, &option, &message),
			bytes < ONLY_NAME_BYTES ? 0 : -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_mean_pages),
		cmocka_unit_test(many_maps_are_few_ranges),
		cmocka_unit_test(what_is_wrong_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
