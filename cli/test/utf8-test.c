/* What is UTF-8 and what is not, at each border of the definition. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cli/utf8.h"

static void test_borders(void **state)
{
	static const struct {
		const char *text;
		size_t length;
	} cases[] = {
		{"\x01", 1},
		{"\x7f", 1},
		{"\x80", 0}, /* a continuation by itself */
		{"\xbf", 0},
		{"\xc0\x80", 0}, /* overlong zero */
		{"\xc1\xbf", 0}, /* overlong */
		{"\xc2\x80", 2}, /* U+0080 */
		{"\xdf\xbf", 2}, /* U+07FF */
		{"\xe0\x9f\xbf", 0},
		{"\xe0\xa0\x80", 3}, /* U+0800 */
		{"\xed\x9f\xbf", 3}, /* U+D7FF */
		{"\xed\xa0\x80", 0}, /* a surrogate */
		{"\xee\x80\x80", 3}, /* U+E000 */
		{"\xef\xbf\xbf", 3}, /* U+FFFF */
		{"\xf0\x8f\xbf\xbf", 0},
		{"\xf0\x90\x80\x80", 4}, /* U+10000 */
		{"\xf4\x8f\xbf\xbf", 4}, /* U+10FFFF */
		{"\xf4\x90\x80\x80", 0},
		{"\xf5\x80\x80\x80", 0},
		{"\xff", 0},
		{"\xc3", 0}, /* cut short */
		{"\xe2\x82", 0},
		{"\xf0\x9f\x98", 0},
		{"\xc3(", 0},
		{"\xe2\x82(", 0},
		{"\xf0\x9f\x98(", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (utf8_length(cases[i].text) != cases[i].length)
			fail_msg("case %zu", i);
	}
}

static void test_columns(void **state)
{
	(void)state;
	assert_int_equal(utf8_columns(""), 0);
	assert_int_equal(utf8_columns("abc"), 3);
	assert_int_equal(utf8_columns("a\xc3\xa4\xe2\x82\xac"), 3);
	assert_int_equal(utf8_columns("\xff\xc3z"), 3);
}

static void test_visible(void **state)
{
	(void)state;
	assert_true(utf8_is_visible("a"));
	assert_true(utf8_is_visible(" "));
	assert_true(utf8_is_visible("\xc2\xa0"));
	assert_false(utf8_is_visible("\x1b[2J"));
	assert_false(utf8_is_visible("\x7f"));
	assert_false(utf8_is_visible("\xc2\x9b")); /* one-byte escape [ */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_borders),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_visible),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
