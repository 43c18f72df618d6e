/* Hint files: each form, and each mistake with its line and its words. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "replay/hints.h"

static int read_bytes(const char *text, size_t length, struct hints *out,
	struct message *message)
{
	FILE *stream = fmemopen((void *)text, length, "r");
	int status;

	assert_non_null(stream);
	status = hints_read(stream, "f.hints", out, message);
	fclose(stream);
	return status;
}

static void read_good(const char *text, struct hints *out)
{
	struct message message = {0};

	if (read_bytes(text, strlen(text), out, &message))
		fail_msg("%s", message.text);
}

static void each_hint(void **state)
{
	static const char *const names[] = {"normal", "random", "sequential",
		"read-once", "will-need", "dont-need", "cold", "pin", "unpin"};
	struct hints hints;

	(void)state;
	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char text[64];

		snprintf(text, sizeof(text), "[heap] %s\n", names[i]);
		read_good(text, &hints);
		assert_int_equal(hints.count, 1);
		assert_int_equal(hints.hint[0].advice, i);
		assert_string_equal(hints.hint[0].region, "[heap]");
		assert_int_equal(hints.hint[0].event, 0);
		assert_string_equal(hints_advice_name(i), names[i]);
		hints_free(&hints);
	}
	read_good("* priority 7", &hints);
	assert_int_equal(hints.hint[0].advice, ADVICE_PRIORITY);
	assert_int_equal(hints.hint[0].value, 7);
	assert_int_equal(hints.hint[0].start, 0);
	assert_int_equal(hints.hint[0].end, UINT64_MAX);
	assert_null(hints.hint[0].region);
	hints_free(&hints);
}

static void places(void **state)
{
	struct hints hints;

	(void)state;
	read_good("0x1000-0X7fFf0000 pin\n"
		  "\t\"/a b/c\\\"d\\\\e\"  cold  # said so\r\n"
		  "\n  # only a comment\n"
		  "\"*\" cold\n\"0x1-0x2\" cold\n\"@5\" cold\n"
		  "x#y cold # the first is part of the name",
		&hints);
	assert_int_equal(hints.count, 6);
	assert_int_equal(hints.hint[0].start, 0x1000);
	assert_int_equal(hints.hint[0].end, 0x7fff0000);
	assert_null(hints.hint[0].region);
	assert_string_equal(hints.hint[1].region, "/a b/c\"d\\e");
	assert_int_equal(hints.hint[1].line, 2);
	assert_string_equal(hints.hint[2].region, "*");
	assert_int_equal(hints.hint[2].line, 5);
	assert_string_equal(hints.hint[3].region, "0x1-0x2");
	assert_string_equal(hints.hint[4].region, "@5");
	assert_string_equal(hints.hint[5].region, "x#y");
	hints_free(&hints);
}

static void assert_part(const struct hint *hint, const char *region,
	uint64_t from, uint64_t to, bool share)
{
	assert_string_equal(hint->region, region);
	assert_int_equal(hint->part.from, from);
	assert_int_equal(hint->part.to, to);
	assert_int_equal(hint->part.share, share);
}

static void parts(void **state)
{
	struct hints hints;

	(void)state;
	read_good("[heap]+0x1000-64KiB cold\n"
		  "[anon:a]+4096-3TiB cold\n"
		  "\"a b+1\"+0%-12.5% cold\n"
		  "libstdc++.so.6+99.9999%-100% cold\n"
		  "libstdc++.so.6 cold\n"
		  "\"a+1-2\" cold\n",
		&hints);
	assert_part(&hints.hint[0], "[heap]", 4096, 65536, false);
	assert_part(&hints.hint[1], "[anon:a]", 4096, UINT64_C(3) << 40, false);
	assert_part(&hints.hint[2], "a b+1", 0, 125000, true);
	assert_part(&hints.hint[3], "libstdc++.so.6", 999999, 1000000, true);
	assert_part(&hints.hint[4], "libstdc++.so.6", 0, UINT64_MAX, false);
	assert_part(&hints.hint[5], "a+1-2", 0, UINT64_MAX, false);
	assert_true(map_part_is_whole(&hints.hint[4].part));
	assert_false(map_part_is_whole(&hints.hint[3].part));
	hints_free(&hints);
}

/* Ten pages: shares go by where a page begins, bytes by whether it is hit. */
static void pages_of_parts(void **state)
{
	static const struct {
		struct map_part part;
		uint64_t first, end;
	} cases[] = {
		{{0, UINT64_MAX, false}, 0, 10},
		{{0, MAP_PART_ALL, true}, 0, 10},
		{{0, 1, true}, 0, 1},
		{{1, 100000, true}, 1, 1},
		{{0, 250000, true}, 0, 3},
		{{250000, 300000, true}, 3, 3},
		{{250000, 300001, true}, 3, 4},
		{{999999, MAP_PART_ALL, true}, 10, 10},
		{{900000, MAP_PART_ALL, true}, 9, 10},
		{{4095, 4097, false}, 0, 2},
		{{4096, 8192, false}, 1, 2},
		{{40960, 81920, false}, 10, 10},
		{{36864, 81920, false}, 9, 10},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uint64_t first, end;

		map_part_pages(&cases[i].part, 10, 4096, &first, &end);
		assert_int_equal(first, cases[i].first);
		assert_int_equal(end, cases[i].end);
	}
}

/* Those of marks come last, in the file's order. */
static void marks(void **state)
{
	struct hints hints;

	(void)state;
	read_good("@sorted * cold\n@7 * pin\n@\"pass \\\"2\" [heap] unpin\n"
		  "@-1 * cold\n@\"12\" * cold\n* cold\n",
		&hints);
	assert_int_equal(hints.count, 6);
	assert_int_equal(hints.timed, 2);
	assert_int_equal(hints.hint[0].line, 6);
	assert_int_equal(hints.hint[1].event, 7);
	assert_null(hints.hint[1].mark);
	assert_string_equal(hints.hint[2].mark, "sorted");
	assert_string_equal(hints.hint[3].mark, "pass \"2");
	assert_string_equal(hints.hint[4].mark, "-1");
	assert_string_equal(hints.hint[5].mark, "12");
	assert_int_equal(hints.hint[5].event, 0);
	hints_free(&hints);
}

/* By event; in the file's order where that is the same. */
static void sorted(void **state)
{
	static const uint32_t lines[] = {2, 4, 6, 3, 5, 1};
	struct hints hints;

	(void)state;
	read_good("@18446744073709551615 * cold\n"
		  "* cold\n@0x10 * cold\n@0 * pin\n@16 * cold\n* unpin\n",
		&hints);
	assert_int_equal(hints.count, 6);
	for (int i = 0; i < 6; i++)
		assert_int_equal(hints.hint[i].line, lines[i]);
	assert_int_equal(hints.hint[5].event, UINT64_MAX);
	assert_int_equal(hints.hint[3].event, 16);
	hints_free(&hints);
}

static void nothing_in_it(void **state)
{
	struct hints hints;

	(void)state;
	read_good("# nothing\n\n   \n", &hints);
	assert_int_equal(hints.count, 0);
	assert_null(hints.hint);
	hints_free(&hints);
	assert_int_equal(hints_load("/dev/null", &hints, NULL), 0);
	hints_free(&hints);
	assert_int_equal(hints.count, 0);
}

static void mistakes(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"* pin\n* pinn\n",
			"f.hints:2: found 'pinn', expected a hint (normal"},
		{"\n\n[heap]\n",
			"f.hints:3: found the end of the line, expected a "
			"hint"},
		{"[heap] # pin\n", "f.hints:1: found the end of the line"},
		{"@ * pin", "f.hints:1: found '@', expected @ and the number"},
		{"@0x * pin", "found '@0x', expected @"},
		{"@12a * pin", "found '@12a', expected @"},
		{"@\"\" * pin", "found '@\"\"', expected @ and the number of "
				"an event, or a mark"},
		{"@\"a\"+1 * pin", "found '+', expected a blank after"},
		{"[heap]+0x10 pin", "found '[heap]+0x10', expected +START-END"},
		{"[heap]+0-50% pin", "expected +START-END behind a name"},
		{"[heap]+0%-101% pin", "expected +START-END"},
		{"[heap]+0%-100.0001% pin", "expected +START-END"},
		{"[heap]+0%-1.23456% pin", "expected +START-END"},
		{"[heap]+0%-1kib pin", "expected +START-END"},
		{"[heap]+0-99999999999TiB pin", "expected +START-END"},
		{"[heap]+5%-5% pin", "an END above its START"},
		{"[heap]+4KiB-4096 pin", "an END above its START"},
		{"\"a b\"+x pin", "found '\"a b\"+x', expected +START-END"},
		{"*+0%-50% pin", "expected the name of a region before +"},
		{"+0%-50% pin", "expected the name of a region"},
		{"@18446744073709551616 * pin", "below 2^64"},
		{"@0x10000000000000000 * pin", "below 2^64"},
		{"@1 @2 * pin", "found '@2', expected a place"},
		{"@1", "found the end of the line, expected a place"},
		{"0x1000 pin", "found '0x1000', expected 0xSTART-0xEND"},
		{"0x1000- pin", "expected 0xSTART-0xEND"},
		{"0x1000-2000 pin", "expected 0xSTART-0xEND"},
		{"0x1000-0x2000k pin", "expected 0xSTART-0xEND"},
		{"0x-0x2000 pin", "expected 0xSTART-0xEND"},
		{"0x10000000000000000-0x2 pin", "expected 0xSTART-0xEND"},
		{"0x2000-0x2000 pin", "an END above its START"},
		{"* priority", "end of the line, expected a priority from 0"},
		{"* priority 8", "found '8', expected a priority from 0 to 7"},
		{"* priority -1", "found '-1', expected a priority"},
		{"* priority 10", "found '10', expected a priority"},
		{"* pin 3", "found '3', expected the end of the line"},
		{"* \"pin\"", "found '\"pin\"', expected a hint"},
		{"\"/a b pin", "found '\"/a b pin', expected a closing"},
		{"\"a\\", "expected a closing double quote"},
		{"\"a\"b pin", "found 'b', expected a blank"},
		{"\"\" pin", "expected the name of a region"},
		{"\x1b[31m \x07 pin", "found '\\x07', expected a hint"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct message message = {0};
		struct hints hints;

		assert_int_equal(
			read_bytes(cases[i].text, strlen(cases[i].text), &hints,
				&message),
			-EINVAL);
		if (!strstr(message.text, cases[i].message))
			fail_msg("'%s' lacks '%s'", message.text,
				cases[i].message);
		assert_int_equal(hints.count, 0);
		assert_null(hints.hint);
	}
}

static void zero_bytes_and_long_words(void **state)
{
	static char text[3000];
	struct message message;
	struct hints hints;

	(void)state;
	assert_int_equal(
		read_bytes("a\0b pin\n", 8, &hints, &message), -EINVAL);
	assert_string_equal(message.text,
		"f.hints:1: found 'a\\x00b', expected the name of a region");
	memset(text, '\x01', sizeof(text));
	memcpy(text, "0x", 2);
	assert_int_equal(
		read_bytes(text, sizeof(text), &hints, &message), -EINVAL);
	assert_non_null(strstr(message.text, "\\x01...', expected"));
}

static void files(void **state)
{
	char path[] = "hints-test-XXXXXX";
	struct message message;
	struct hints hints;
	int descriptor = mkstemp(path);

	(void)state;
	assert_true(descriptor >= 0);
	assert_int_equal(write(descriptor, "* pin\n* x", 9), 9);
	close(descriptor);
	assert_int_equal(hints_load(path, &hints, &message), -EINVAL);
	assert_int_equal(strncmp(message.text, path, strlen(path)), 0);
	assert_non_null(strstr(message.text, ":2: found 'x'"));
	unlink(path);
	assert_int_equal(hints_load(path, &hints, &message), -ENOENT);
	assert_non_null(strstr(message.text, path));
	assert_int_equal(hints_load("/", &hints, &message), -EISDIR);
}

static void names(void **state)
{
	struct hints hints;

	(void)state;
	read_good("libc.so cold\n/lib/libc.so cold\n[heap] cold\n* cold\n",
		&hints);
	assert_true(hint_names(&hints.hint[0], "/lib/libc.so"));
	assert_true(hint_names(&hints.hint[0], "libc.so"));
	assert_false(hint_names(&hints.hint[0], "/lib/xlibc.so"));
	assert_false(hint_names(&hints.hint[0], "/libc.so/x"));
	assert_true(hint_names(&hints.hint[1], "/lib/libc.so"));
	assert_false(hint_names(&hints.hint[1], "/usr/lib/libc.so"));
	assert_true(hint_names(&hints.hint[2], "[heap]"));
	assert_false(hint_names(&hints.hint[2], ""));
	assert_false(hint_names(&hints.hint[3], "*"));
	hints_free(&hints);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_hint),
		cmocka_unit_test(places),
		cmocka_unit_test(parts),
		cmocka_unit_test(pages_of_parts),
		cmocka_unit_test(marks),
		cmocka_unit_test(sorted),
		cmocka_unit_test(nothing_in_it),
		cmocka_unit_test(mistakes),
		cmocka_unit_test(zero_bytes_and_long_words),
		cmocka_unit_test(files),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
