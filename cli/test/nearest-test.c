/* Suggestions for names that were typed wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cli/nearest.h"

static const char *const names[] = {"record", "replay", "import", "info"};

static const char *nearest(const char *typed)
{
	return nearest_name(typed, names, 4);
}

static void test_one_edit(void **state)
{
	(void)state;
	assert_string_equal(nearest("rceord"), "record");  /* swapped */
	assert_string_equal(nearest("recor"), "record");   /* left out */
	assert_string_equal(nearest("repplay"), "replay"); /* put in */
	assert_string_equal(nearest("inpo"), "info");	   /* changed */
	assert_string_equal(nearest("Import"), "import");
	assert_string_equal(nearest("import"), "import");
}

static void test_the_nearest_wins(void **state)
{
	static const char *const near[] = {"lru-hints", "lru", "lfu"};

	(void)state;
	assert_string_equal(nearest_name("lry", near, 3), "lru");
	assert_string_equal(nearest_name("lfu", near, 3), "lfu");
	/* both are one edit away: the first */
	assert_string_equal(nearest_name("lu", near, 3), "lru");
}

static void test_nothing_near(void **state)
{
	(void)state;
	assert_null(nearest("plot"));
	assert_null(nearest(""));
	assert_null(nearest("a-name-that-is-longer-than-any-that-there-is"));
	assert_null(nearest_name("record", names, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_edit),
		cmocka_unit_test(test_the_nearest_wins),
		cmocka_unit_test(test_nothing_near),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
