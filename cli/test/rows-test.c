/* Rows in the three formats: escaping, alignment, streams that fail. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "cli/rows.h"

static const struct rows_column columns[] = {
	{"trace", "trace", 6, true},
	{"faults", "faults", 8, false},
	{"source", NULL, 0, true},
	{"rate", "rate", 3, false},
};

/* What is written, in memory. */
struct sink {
	FILE *stream;
	char *text;
	size_t size;
};

static void open_sink(struct sink *sink)
{
	sink->stream = open_memstream(&sink->text, &sink->size);
	assert_non_null(sink->stream);
}

static void close_sink(struct sink *sink, const char *expected)
{
	fclose(sink->stream);
	assert_string_equal(sink->text, expected);
	free(sink->text);
}

static struct rows *start(FILE *stream, enum rows_format format)
{
	struct rows *rows;

	assert_int_equal(rows_start(stream, format, columns, 4, &rows), 0);
	return rows;
}

static int add_row(struct rows *rows, const char *trace, uint64_t faults)
{
	rows_text(rows, trace);
	rows_count(rows, faults);
	rows_text(rows, "tsc");
	rows_real(rows, faults / 4.0, 2);
	return rows_end(rows);
}

static void test_csv(void **state)
{
	struct sink sink;
	struct rows *rows;

	(void)state;
	open_sink(&sink);
	rows = start(sink.stream, ROWS_AUTO); /* no terminal: CSV */
	assert_int_equal(add_row(rows, "plain", 3), 0);
	assert_int_equal(add_row(rows, "a,b", UINT64_MAX), 0);
	assert_int_equal(add_row(rows, "say \"so\"", 0), 0);
	assert_int_equal(add_row(rows, "two\nlines", 0), 0);
	assert_int_equal(add_row(rows, " x", 0), 0);
	assert_int_equal(add_row(rows, "\xc3\xa4\xff", 0), 0);
	rows_text(rows, "");
	rows_none(rows);
	rows_text(rows, NULL);
	rows_real(rows, NAN, 2);
	assert_int_equal(rows_end(rows), 0);
	assert_int_equal(rows_finish(rows), 0);
	close_sink(&sink, "trace,faults,source,rate\n"
			  "plain,3,tsc,0.75\n"
			  "\"a,b\",18446744073709551615,tsc,"
			  "4611686018427387904.00\n"
			  "\"say \"\"so\"\"\",0,tsc,0.00\n"
			  "\"two\nlines\",0,tsc,0.00\n"
			  "\" x\",0,tsc,0.00\n"
			  "\xc3\xa4\xff,0,tsc,0.00\n"
			  "\"\",,,\n");
}

/* A hidden column is missing in the table, and in nothing else. */
static void test_hidden(void **state)
{
	struct sink sink;
	struct rows *rows;

	(void)state;
	open_sink(&sink);
	rows = start(sink.stream, ROWS_CSV);
	rows_hide(rows, "faults");
	assert_int_equal(add_row(rows, "a", 3), 0);
	assert_int_equal(rows_finish(rows), 0);
	close_sink(&sink, "trace,faults,source,rate\na,3,tsc,0.75\n");
	open_sink(&sink);
	rows = start(sink.stream, ROWS_TABLE);
	rows_hide(rows, "faults");
	assert_int_equal(add_row(rows, "a", 3), 0);
	assert_int_equal(rows_finish(rows), 0);
	fclose(sink.stream);
	assert_null(strstr(sink.text, "faults"));
	assert_null(strchr(sink.text, '3'));
	assert_non_null(strstr(sink.text, "0.75"));
	free(sink.text);
}

static void test_json(void **state)
{
	struct sink sink;
	struct rows *rows;

	(void)state;
	open_sink(&sink);
	rows = start(sink.stream, ROWS_JSON);
	assert_int_equal(add_row(rows, "\"\\\n\t\x01\x7f", 3), 0);
	assert_int_equal(add_row(rows, "\xe2\x82\xac \xff\xc3!", 0), 0);
	rows_text(rows, NULL);
	rows_none(rows);
	rows_none(rows);
	rows_real(rows, INFINITY, 2);
	assert_int_equal(rows_end(rows), 0);
	assert_int_equal(rows_finish(rows), 0);
	close_sink(&sink,
		"[\n"
		"{\"trace\": \"\\\"\\\\\\u000a\\u0009\\u0001\\u007f\", "
		"\"faults\": 3, \"source\": \"tsc\", \"rate\": 0.75},\n"
		"{\"trace\": \"\xe2\x82\xac \xef\xbf\xbd\xef\xbf\xbd!\", "
		"\"faults\": 0, \"source\": \"tsc\", \"rate\": 0.00},\n"
		"{\"trace\": null, "
		"\"faults\": null, \"source\": null, \"rate\": null}\n"
		"]\n");
}

static void test_table(void **state)
{
	struct sink sink;
	struct rows *rows;

	(void)state;
	open_sink(&sink);
	rows = start(sink.stream, ROWS_TABLE);
	assert_int_equal(add_row(rows, "sort", 3), 0);
	assert_int_equal(add_row(rows, "\xc3\xa4\xc3\xa4", 12345), 0);
	assert_int_equal(add_row(rows, "a\x1b[2Jlong\xff", 3), 0);
	rows_none(rows);
	rows_none(rows);
	rows_none(rows);
	rows_none(rows);
	assert_int_equal(rows_end(rows), 0);
	assert_int_equal(rows_finish(rows), 0);
	close_sink(&sink, "trace     faults  rate\n"
			  "sort           3  0.75\n"
			  "\xc3\xa4\xc3\xa4         12345  3086.25\n"
			  "a?[2Jlong?         3  0.75\n"
			  "-              -     -\n");
}

static void test_no_rows(void **state)
{
	static const char *const expected[] = {
		[ROWS_TABLE] = "trace     faults  rate\n",
		[ROWS_CSV] = "trace,faults,source,rate\n",
		[ROWS_JSON] = "[\n]\n",
	};

	(void)state;
	for (enum rows_format format = ROWS_TABLE; format <= ROWS_JSON;
		format++) {
		struct sink sink;

		open_sink(&sink);
		assert_int_equal(rows_finish(start(sink.stream, format)), 0);
		close_sink(&sink, expected[format]);
	}
}

/* Each row is out when rows_end returns, and half a row never is. */
static void test_flushed_row_by_row(void **state)
{
	struct sink sink;
	struct rows *rows;

	(void)state;
	open_sink(&sink);
	rows = start(sink.stream, ROWS_CSV);
	assert_int_equal(add_row(rows, "a", 1), 0);
	assert_string_equal(
		sink.text, "trace,faults,source,rate\na,1,tsc,0.25\n");
	rows_text(rows, "half");
	fflush(sink.stream);
	assert_null(strstr(sink.text, "half"));
	assert_int_equal(rows_finish(rows), 0);
	close_sink(&sink, "trace,faults,source,rate\na,1,tsc,0.25\n");
}

static void test_full_disk(void **state)
{
	FILE *full = fopen("/dev/full", "w");
	struct rows *rows;

	(void)state;
	assert_non_null(full);
	rows = start(full, ROWS_CSV);
	assert_int_equal(add_row(rows, "a", 1), -ENOSPC);
	assert_int_equal(add_row(rows, "b", 2), -ENOSPC);
	assert_int_equal(rows_finish(rows), -ENOSPC);
	fclose(full);
}

static void test_closed_stream(void **state)
{
	FILE *stream = fopen("/dev/null", "w");
	struct rows *rows;

	(void)state;
	assert_non_null(stream);
	close(fileno(stream));
	rows = start(stream, ROWS_JSON);
	assert_int_equal(add_row(rows, "a", 1), -EBADF);
	assert_int_equal(rows_finish(rows), -EBADF);
	fclose(stream);
}

static void test_long_row(void **state)
{
	struct rows_column column = {"text", "text", 0, true};
	char *text = malloc(100001);
	struct sink sink;
	struct rows *rows;

	(void)state;
	memset(text, 'x', 100000);
	text[100000] = '\0';
	open_sink(&sink);
	assert_int_equal(
		rows_start(sink.stream, ROWS_CSV, &column, 1, &rows), 0);
	rows_text(rows, text);
	assert_int_equal(rows_end(rows), 0);
	assert_int_equal(rows_finish(rows), 0);
	fclose(sink.stream);
	assert_int_equal(sink.size, 5 + 100000 + 1);
	free(sink.text);
	free(text);
}

static void test_format_names(void **state)
{
	enum rows_format format = ROWS_AUTO;

	(void)state;
	assert_int_equal(rows_parse_format("table", &format), 0);
	assert_int_equal(format, ROWS_TABLE);
	assert_int_equal(rows_parse_format("csv", &format), 0);
	assert_int_equal(format, ROWS_CSV);
	assert_int_equal(rows_parse_format("json", &format), 0);
	assert_int_equal(format, ROWS_JSON);
	assert_int_equal(rows_parse_format("CSV", &format), -EINVAL);
	assert_int_equal(rows_parse_format("", &format), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_csv),
		cmocka_unit_test(test_hidden),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_no_rows),
		cmocka_unit_test(test_flushed_row_by_row),
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_closed_stream),
		cmocka_unit_test(test_long_row),
		cmocka_unit_test(test_format_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
