/* The importers: every kind of line, the message for every bad one, and the
 * text out of files plain and compressed. */
#include <config.h>

#include <errno.h>
#include <lzma.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <cmocka.h>

#include "tracer/import-input.h"
#include "tracer/import.h"
#include "tracer/test/record-sink.h"

/* What FORMAT makes of TEXT: 0 or -errno; MESSAGE and KEPT are filled. */
static int parse(enum import_format format, const char *text, struct kept *kept,
	struct message *message)
{
	struct run_sink sink = kept_sink(kept);
	struct importer *importer;
	char *copy = padded(text, strlen(text));

	message->text[0] = '\0';
	*kept = (struct kept){0};
	assert_int_equal(
		importer_open(format, "f.txt", 4096, &sink, &importer), 0);
	int error = importer_feed(importer, copy, strlen(text), message);

	importer_close(importer);
	free(copy);
	return error;
}

/* EXPECTED: "page kinds count, ..." */
static void expect(
	enum import_format format, const char *text, const char *expected)
{
	struct kept kept;
	struct message message;
	char found[1024] = "";

	assert_int_equal(parse(format, text, &kept, &message), 0);
	for (size_t i = 0; i < kept.runs; i++) {
		const struct run *run = &kept.run[i].run;
		size_t used = strlen(found);

		snprintf(found + used, sizeof(found) - used, "%s%llu %u %u",
			i > 0 ? ", " : "", (unsigned long long)run->vpn,
			run->kinds, run->count);
	}
	assert_string_equal(found, expected);
	kept_free(&kept);
}

static void expect_bad(
	enum import_format format, const char *text, const char *said)
{
	struct kept kept;
	struct message message;

	assert_int_equal(parse(format, text, &kept, &message), -EINVAL);
	if (strstr(message.text, said) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", said, message.text);
	kept_free(&kept);
}

static void test_pages(void **state)
{
	(void)state;
	expect(IMPORT_PAGES, "1\n2 r\n# x\n\n  \n 3 w \n0x1F\tw\r\n7\n7 w\n",
		"1 1 1, 2 1 1, 3 2 1, 31 2 1, 7 3 2");
	expect(IMPORT_PAGES,
		"18446744073709551615\n0xffffffffffffffff\n"
		"00000000000000000000000000000005\n",
		"18446744073709551615 1 2, 5 1 1");
	expect_bad(IMPORT_PAGES, "1\n18446744073709551616\n",
		"f.txt:2: found \"18446744073709551616\", expected PAGE");
	expect_bad(IMPORT_PAGES, "0x10000000000000000\n", "f.txt:1: found");
	expect_bad(IMPORT_PAGES, "99999999999999999999999999\n", "f.txt:1:");
	expect_bad(IMPORT_PAGES, "1 x\n", "f.txt:1: found \"1 x\"");
	expect_bad(IMPORT_PAGES, "1 rw\n", "f.txt:1:");
	expect_bad(IMPORT_PAGES, "\n\n-1\n", "f.txt:3: found \"-1\"");
	expect_bad(IMPORT_PAGES, "0x\n", "f.txt:1:");
	expect_bad(IMPORT_PAGES, "1a\n", "f.txt:1:");
	expect_bad(IMPORT_PAGES, "\x1b[2J\n", "found \"?[2J\"");
}

static void test_lirs(void **state)
{
	(void)state;
	expect(IMPORT_LIRS, "1\n*\n1\r\n2\n***\n", "1 1 2, 2 1 1");
	expect_bad(IMPORT_LIRS, "1\n2 3\n",
		"f.txt:2: found \"2 3\", expected a page number");
	expect_bad(IMPORT_LIRS, "18446744073709551616\n", "below 2^64");
}

static void test_arc(void **state)
{
	(void)state;
	expect(IMPORT_ARC, "5 3 0 1\n7 1 0 2\n9 0 0 3\r\n",
		"5 1 1, 6 1 1, 7 1 2");
	expect(IMPORT_ARC, "18446744073709551615 1 0 0\n",
		"18446744073709551615 1 1");
	expect_bad(IMPORT_ARC, "5 3 0\n",
		"f.txt:1: found \"5 3 0\", expected START COUNT X X");
	expect_bad(IMPORT_ARC, "5 3 0 1 2\n", "f.txt:1:");
	expect_bad(IMPORT_ARC, "5 4294967296 0 0\n", "a COUNT below 2^32");
	expect_bad(IMPORT_ARC, "18446744073709551615 2 0 0\n",
		"START + COUNT below 2^64");
}

static void test_address(void **state)
{
	(void)state;
	expect(IMPORT_ADDRESS,
		"l 0x1fffff50 1\ns 0x1fffff58 6\nl 0x2000 0\r\ns 0x2fff\n",
		"131071 3 2, 2 3 2");
	expect_bad(IMPORT_ADDRESS, "m 0x1fffff50 1\n",
		"f.txt:1: found \"m 0x1fffff50 1\", expected l|s 0xADDRESS");
	expect_bad(IMPORT_ADDRESS, "l 1234 1\n", "f.txt:1:");
	expect_bad(IMPORT_ADDRESS, "l 0x 1\n", "f.txt:1:");
	expect_bad(IMPORT_ADDRESS, "l0x12 1\n", "f.txt:1:");
	expect_bad(IMPORT_ADDRESS, "l\n", "f.txt:1:");
	expect_bad(IMPORT_ADDRESS, "l 0x12 1 1\n", "f.txt:1:");
	expect_bad(IMPORT_ADDRESS, "l 0x10000000000000000 1\n", "2^64");
}

static void test_lackey(void **state)
{
	(void)state;
	expect(IMPORT_LACKEY,
		"==7== Lackey\n==7== \nI  04001090,3\n M 04002ffe,4\n",
		"16385 4 1, 16386 3 2, 16387 3 2");
	expect_bad(IMPORT_LACKEY, "==7== Lackey\nI  04001090,3\n\n L 0400\n",
		"f.txt:4: found \" L 0400\", expected a line of Lackey's");
}

static void test_has_writes(void **state)
{
	static const char reads[] = "# w\n1\n2\n";
	static const char both[] = "1\n2 w\r\n";

	(void)state;
	assert_false(import_has_writes(IMPORT_PAGES, reads, sizeof(reads) - 1));
	assert_true(import_has_writes(IMPORT_PAGES, both, sizeof(both) - 1));
	assert_false(import_has_writes(IMPORT_LIRS, both, sizeof(both) - 1));
	assert_true(import_has_writes(IMPORT_LACKEY, "", 0));
	assert_true(import_has_writes(IMPORT_ADDRESS, "", 0));
}

/* ---- input ---- */

static const char *const input_path = "import-parse-test.tmp";

static void write_file(const void *data, size_t bytes)
{
	FILE *file = fopen(input_path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, bytes, file), bytes);
	assert_int_equal(fclose(file), 0);
}

/* All of the file's text; NULL: an error with MESSAGE. */
static char *read_text(size_t *bytes_out, struct message *message)
{
	struct input *input;
	const char *text;
	char *all = NULL;
	size_t bytes, all_bytes = 0;
	int error = input_open(input_path, &input, message);

	assert_int_equal(error, 0);
	while ((error = input_read(input, &text, &bytes, message)) == 0 &&
		bytes > 0) {
		assert_int_equal(text[bytes - 1], '\n');
		all = realloc(all, all_bytes + bytes + 1);
		memcpy(all + all_bytes, text, bytes);
		all_bytes += bytes;
		all[all_bytes] = '\0';
	}
	input_close(input);
	unlink(input_path);
	*bytes_out = all_bytes;
	if (error == 0)
		return all;
	free(all);
	return NULL;
}

static char *some_text(size_t *bytes_out)
{
	char *text = malloc(4 << 20);
	size_t bytes = 0;
	unsigned seed = 1;

	while (bytes < (3 << 20)) {
		seed = seed * 1103515245 + 12345;
		bytes += sprintf(text + bytes, "%u\n", seed >> (seed >> 27));
	}
	*bytes_out = bytes;
	return text;
}

enum compression { PLAIN, GZIP, XZ, ZSTANDARD, COMPRESSIONS };

static size_t compress_text(enum compression compression, const char *text,
	size_t bytes, unsigned char *out, size_t room)
{
	z_stream zlib = {0};
	size_t used = 0;

	switch (compression) {
	case GZIP:
		deflateInit2(&zlib, 1, Z_DEFLATED, 15 + 16, 8, 0);
		zlib.next_in = (unsigned char *)text;
		zlib.avail_in = bytes;
		zlib.next_out = out;
		zlib.avail_out = room;
		assert_int_equal(deflate(&zlib, Z_FINISH), Z_STREAM_END);
		used = room - zlib.avail_out;
		deflateEnd(&zlib);
		return used;
	case XZ:
		assert_int_equal(
			lzma_easy_buffer_encode(0, LZMA_CHECK_CRC32, NULL,
				(const uint8_t *)text, bytes, out, &used, room),
			LZMA_OK);
		return used;
	case ZSTANDARD:
		return ZSTD_compress(out, room, text, bytes, 1);
	default:
		memcpy(out, text, bytes);
		return bytes;
	}
}

/* Each twice in a row, as `cat a.gz a.gz` makes it; cut; and damaged. */
static void test_compressed(void **state)
{
	size_t bytes, found_bytes, room = 16 << 20;
	char *text = some_text(&bytes);
	unsigned char *packed = malloc(room);
	struct message message = {""};

	(void)state;
	for (int kind = PLAIN; kind < COMPRESSIONS; kind++) {
		size_t used = compress_text(kind, text, bytes, packed, room);

		used += compress_text(
			kind, text, bytes, packed + used, room - used);
		write_file(packed, used);
		char *found = read_text(&found_bytes, &message);

		assert_int_equal(found_bytes, 2 * bytes);
		assert_memory_equal(found, text, bytes);
		assert_memory_equal(found + bytes, text, bytes);
		free(found);
		if (kind == PLAIN)
			continue;
		write_file(packed, used / 3);
		assert_null(read_text(&found_bytes, &message));
		assert_non_null(strstr(message.text, "ends too early"));
		memset(packed + used / 3, 0xff, 64);
		write_file(packed, used);
		assert_null(read_text(&found_bytes, &message));
		assert_non_null(strstr(message.text, "damaged"));
	}
	free(packed);
	free(text);
}

static void test_input_ends(void **state)
{
	struct message message = {""};
	size_t bytes;
	char *text, *long_line = malloc(3 << 20);

	(void)state;
	write_file("1\n2", 3);
	text = read_text(&bytes, &message);
	assert_string_equal(text, "1\n2\n");
	free(text);
	write_file("", 0);
	text = read_text(&bytes, &message);
	assert_null(text);
	assert_int_equal(bytes, 0);
	/* Exactly as much as the buffer holds, and no newline. */
	memset(long_line, '7', 3 << 20);
	for (size_t size = (1 << 20) - 1; size < (1 << 20) + 2; size++) {
		write_file(long_line, size);
		text = read_text(&bytes, &message);
		assert_int_equal(bytes, size + 1);
		free(text);
	}
	write_file(long_line, 3 << 20);
	text = read_text(&bytes, &message);
	assert_int_equal(bytes, (3 << 20) + 1);
	free(text);
	free(long_line);
}

static void test_too_long(void **state)
{
	struct message message = {""};
	size_t bytes, size = INPUT_LINE_MAX + 5;
	char *line = malloc(size);

	(void)state;
	memset(line, '7', size);
	write_file(line, size);
	assert_null(read_text(&bytes, &message));
	assert_non_null(strstr(message.text, "a line of more than 16 MiB"));
	free(line);
}

static void test_no_file(void **state)
{
	struct input *input;
	struct message message = {""};

	(void)state;
	assert_int_equal(
		input_open("/nonexistent/x", &input, &message), -ENOENT);
	assert_non_null(strstr(message.text, "/nonexistent/x: No such file"));
	assert_int_equal(input_open("/", &input, &message), -EISDIR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_lirs),
		cmocka_unit_test(test_arc),
		cmocka_unit_test(test_address),
		cmocka_unit_test(test_lackey),
		cmocka_unit_test(test_has_writes),
		cmocka_unit_test(test_compressed),
		cmocka_unit_test(test_input_ends),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
