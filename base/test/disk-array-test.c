/* Arrays that go from memory to disk. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/disk-array.h"

enum { NUMBERS = 3000000 };

static uint64_t mix(uint64_t number)
{
	return (number + 1) * UINT64_C(0x9e3779b97f4a7c15);
}

/* What was written stays through all sizes; what was not is 0. */
static void test_grows(void **state)
{
	struct disk_array array = {0};
	struct message message;
	uint64_t *numbers, i;
	unsigned moves = 0;
	size_t bytes = 0;

	(void)state;
	for (i = 0; i < NUMBERS; i++) {
		assert_int_equal(disk_array_grow(&array,
					 (i + 1) * sizeof(*numbers), &message),
			0);
		numbers = array.data;
		assert_true(array.bytes >= (i + 1) * sizeof(*numbers));
		moves += array.bytes != bytes;
		bytes = array.bytes;
		assert_int_equal(numbers[i], 0);
		numbers[i] = mix(i);
	}
	for (i = 0; i < NUMBERS; i++)
		assert_int_equal(numbers[i], mix(i));
	/* memory, the file, and that some times larger */
	assert_in_range(moves, 3, 12);
	disk_array_free(&array);
	assert_null(array.data);
	/* at once */
	assert_int_equal(disk_array_grow(&array, 5000001, &message), 0);
	assert_int_equal(((char *)array.data)[5000000], 0);
	disk_array_free(&array);
	disk_array_free(&array);
}

/* FOLDER has no room for a file: what was there stays. */
static void fails(const char *folder, int error)
{
	struct disk_array array = {0};
	struct message message;
	const char *before = getenv("TMPDIR");
	char *usual = before ? strdup(before) : NULL;

	assert_int_equal(disk_array_grow(&array, 1, &message), 0);
	memset(array.data, 7, array.bytes);
	setenv("TMPDIR", folder, 1);
	assert_int_equal(disk_array_grow(&array, 5000000, &message), error);
	assert_memory_equal(message.text, folder, strlen(folder));
	assert_non_null(strstr(message.text, strerror(-error)));
	assert_int_equal(((char *)array.data)[array.bytes - 1], 7);
	disk_array_free(&array);
	if (usual)
		setenv("TMPDIR", usual, 1);
	else
		unsetenv("TMPDIR");
	free(usual);
}

static void test_no_folder(void **state)
{
	(void)state;
	fails("./no-such-folder", -ENOENT);
}

/* The first file of more than 3 MB can't be made; then one can't grow. */
static void test_no_room(void **state)
{
	struct rlimit before, little;
	struct disk_array array = {0};
	struct message message;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	little = before;
	little.rlim_cur = 3000000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
	fails(".", -EFBIG);
	assert_int_equal(disk_array_grow(&array, 2000000, &message), 0);
	memset(array.data, 7, 2000000);
	assert_int_equal(disk_array_grow(&array, 5000000, &message), -EFBIG);
	assert_int_equal(((char *)array.data)[1999999], 7);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(disk_array_grow(&array, 5000000, &message), 0);
	assert_int_equal(((char *)array.data)[1999999], 7);
	disk_array_free(&array);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grows),
		cmocka_unit_test(test_no_folder),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
