/* Numbers and memory sizes as typed: what is taken, what is refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "cli/number.h"

static void test_numbers(void **state)
{
	static const struct {
		const char *text;
		uint64_t value;
	} cases[] = {
		{"0", 0},
		{"1000", 1000},
		{"0x3e8", 1000},
		{"0XFf", 255},
		{"007", 7},
		{"64k", 64000},
		{"64M", 64000000},
		{"64G", 64000000000},
		{"2T", 2000000000000},
		{"64KiB", 65536},
		{"64MiB", 67108864},
		{"64GiB", 68719476736},
		{"1TiB", 1ull << 40},
		{"512B", 512},
		{"4kB", 4000},
		{"18446744073709551615", UINT64_MAX},
		{"0xffffffffffffffff", UINT64_MAX},
		{"16777215TiB", 16777215ull << 40},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t value = 99;

		if (number_parse(cases[i].text, &value) != 0 ||
			value != cases[i].value)
			fail_msg("%s", cases[i].text);
	}
}

static void test_refused_numbers(void **state)
{
	static const char *const wrong[] = {"", " 1", "1 ", "-1", "+1", "k",
		"1.5", "1K", "1kib", "1e6", "0x", "0x10k", "12a", "KiB", "nan",
		"1,000", "5%", "1kk"};
	static const char *const large[] = {"18446744073709551616",
		"0x10000000000000000", "16777216TiB", "99999999999999999999999",
		"18446744073709551615k"};
	uint64_t value = 99;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (number_parse(wrong[i], &value) != -EINVAL)
			fail_msg("'%s'", wrong[i]);
	for (size_t i = 0; i < sizeof(large) / sizeof(large[0]); i++)
		if (number_parse(large[i], &value) != -ERANGE)
			fail_msg("'%s'", large[i]);
	assert_int_equal(value, 99);
}

static void test_frames(void **state)
{
	struct frames_spec *specs;
	unsigned count;
	const char *bad;

	(void)state;
	assert_int_equal(
		frames_parse("100,64MiB,25%,0.5%,1.5k", &specs, &count, &bad),
		0);
	assert_int_equal(count, 5);
	assert_int_equal(specs[0].unit, FRAMES_COUNT);
	assert_int_equal(frames_resolve(&specs[0], 7, 4096), 100);
	assert_int_equal(specs[1].unit, FRAMES_BYTES);
	assert_int_equal(frames_resolve(&specs[1], 7, 4096), 16384);
	assert_int_equal(specs[2].unit, FRAMES_SHARE);
	assert_int_equal(frames_resolve(&specs[2], 1000, 4096), 250);
	assert_int_equal(frames_resolve(&specs[3], 1000, 4096), 5);
	assert_int_equal(frames_resolve(&specs[4], 7, 4096), 1500);
	free(specs);
}

static void test_rounding(void **state)
{
	const struct frames_spec third = {FRAMES_SHARE, 1.0 / 3};
	const struct frames_spec all = {FRAMES_SHARE, 1};
	const struct frames_spec bytes = {FRAMES_BYTES, 8191};
	const struct frames_spec byte = {FRAMES_BYTES, 1};

	(void)state;
	assert_int_equal(frames_resolve(&third, 100, 4096), 33);
	assert_int_equal(frames_resolve(&third, 5, 4096), 2);
	assert_int_equal(frames_resolve(&third, 1, 4096), 1);
	assert_int_equal(frames_resolve(&third, 0, 4096), 1);
	assert_int_equal(frames_resolve(&all, 4294967293, 4096), 4294967293);
	assert_int_equal(frames_resolve(&bytes, 9, 4096), 1);
	assert_int_equal(frames_resolve(&byte, 9, 4096), 1);
}

static void test_refused_frames(void **state)
{
	/* a list, and where in it the size stands that is wrong */
	static const struct {
		const char *text;
		size_t place;
	} cases[] = {
		{"", 0},
		{"0", 0},
		{"10,0", 3},
		{"10,", 3},
		{",10", 0},
		{"10,,20", 3},
		{"10, 20", 3},
		{"0%", 0},
		{"0.0%", 0},
		{"101%", 0},
		{"1.5", 0},
		{"10,20,-5", 6},
		{"1x,2", 0},
		{"5%%", 0},
		{".5%", 0},
		{"5.%", 0},
		{"inf", 0},
		{"9007199254740993000", 0},
		{"1,2,3,oops,5", 6},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct frames_spec *specs;
		unsigned count;
		const char *bad;

		if (frames_parse(cases[i].text, &specs, &count, &bad) !=
				-EINVAL ||
			bad != cases[i].text + cases[i].place)
			fail_msg("'%s'", cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_refused_numbers),
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_rounding),
		cmocka_unit_test(test_refused_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
