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
#include "tracer/random.h"
#include "tracer/test/record-sink.h"

/* What the importer makes of TEXT: 0 or -errno; MESSAGE and KEPT are
 * filled. */
static int parse(const struct import_options *options, const void *text,
	size_t bytes, struct kept *kept, struct message *message)
{
	struct run_sink sink = kept_sink(kept);
	struct importer *importer;
	char *copy = padded(text, bytes);

	message->text[0] = '\0';
	*kept = (struct kept){0};
	assert_int_equal(importer_open(options, &sink, &importer, message), 0);
	int error = importer_feed(importer, copy, bytes, message);

	importer_close(importer);
	free(copy);
	return error;
}

static struct import_options options_of(enum import_format format)
{
	return (struct import_options){
		.format = format, .name = "f.txt", .page_bytes = 4096};
}

/* EXPECTED: "page kinds count, ..." */
static void expect_with(const struct import_options *options, const void *text,
	size_t bytes, const char *expected)
{
	struct kept kept;
	struct message message;
	char found[1024] = "";

	if (parse(options, text, bytes, &kept, &message) != 0)
		fail_msg("%s", message.text);
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

static void expect(
	enum import_format format, const char *text, const char *expected)
{
	struct import_options options = options_of(format);

	expect_with(&options, text, strlen(text), expected);
}

static void expect_bad_with(const struct import_options *options,
	const void *text, size_t bytes, const char *said)
{
	struct kept kept;
	struct message message;

	assert_int_equal(parse(options, text, bytes, &kept, &message), -EINVAL);
	if (strstr(message.text, said) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", said, message.text);
	kept_free(&kept);
}

static void expect_bad(
	enum import_format format, const char *text, const char *said)
{
	struct import_options options = options_of(format);

	expect_bad_with(&options, text, strlen(text), said);
}

/* What is handed over are the references, in runs as long as they can be. */
static void test_runs(void **state)
{
	enum { REFERENCES = 20000 };
	static uint64_t vpn[REFERENCES];
	static struct runs runs;
	struct kept kept = {0};
	const struct run_sink sink = kept_sink(&kept);
	uint64_t random = 17;
	size_t at = 0;

	(void)state;
	runs_init(&runs, &sink);
	for (unsigned i = 0; i < REFERENCES; i++) {
		vpn[i] = random_below(&random, 3);
		if (runs_full(&runs))
			assert_int_equal(runs_flush(&runs), 0);
		runs_add(&runs, vpn[i], TRACE_READ, 1);
		if (i % 50 == 0 || runs_full(&runs))
			runs_check(&runs);
	}
	assert_int_equal(runs_flush(&runs), 0);
	runs_check(&runs);
	for (size_t i = 0; i < kept.runs; i++)
		for (uint32_t k = 0; k < kept.run[i].run.count; k++)
			assert_int_equal(kept.run[i].run.vpn, vpn[at++]);
	assert_int_equal(at, REFERENCES);
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

static void expect_csv(
	const char *columns, const char *text, const char *expected)
{
	struct import_options options = options_of(IMPORT_CSV);

	options.columns = columns;
	expect_with(&options, text, strlen(text), expected);
}

static void expect_bad_csv(
	const char *columns, const char *text, const char *said)
{
	struct import_options options = options_of(IMPORT_CSV);

	options.columns = columns;
	expect_bad_with(&options, text, strlen(text), said);
}

static void test_csv(void **state)
{
	(void)state;
	expect_csv(NULL, "# x\n\ntime,Page,rw\n1,7,r\n2, 0x8 ,W\r\n3,8,0\n",
		"7 1 1, 8 3 2");
	expect_csv(NULL, "size;addr\n4;4094\n0;8192\n1;\"12288\" \n",
		"0 1 1, 1 1 1, 2 1 1, 3 1 1");
	expect_csv(NULL, "obj_id\tsize\n5\t100000\n", "5 1 1");
	expect_csv("page=2,write=3", "9,1,store\n9,2,ifetch\n9,3,m\n",
		"1 2 1, 2 4 1, 3 3 1");
	expect_csv("page=2", "a,b\n9,1\n9,2\n", "1 1 1, 2 1 1");
	expect_csv("page=b", "a,b\n9,1\n9,2\n", "1 1 1, 2 1 1");
	expect_bad_csv(NULL, "a,b\n1,2\n",
		"f.txt:1: found \"a,b\", expected names of columns");
	expect_bad_csv("page=c", "a,b\n", "expected the names of the columns");
	expect_bad_csv(NULL, "page,op\n1,q\n",
		"f.txt:2: found \"1,q\", "
		"expected r, w or i");
	expect_bad_csv(NULL, "page,op\nx,r\n", "column 'page'");
	expect_bad_csv(NULL, "page,op\n\"1,r\n", "double quotes");
	expect_bad_csv(NULL, "page,op\n\"1\"2,r\n", "double quotes");
	expect_bad_csv(NULL, "time,page\n5\n", "as many columns");
	expect_bad_csv(NULL, "address,size\n1,99999999999\n", "4 GiB");
	expect_bad_csv(NULL, "address,size\n18446744073709551615,2\n", "2^64");
}

static void test_csv_columns(void **state)
{
	static const char *const bad[] = {"page", "page=", "pag=1", "=1",
		"page=0", "page=256", "page=1000", "page=1,page=2", "write=1",
		"page=1,address=2", "page=1,,write=2"};
	struct import_options options = options_of(IMPORT_CSV);
	struct run_sink sink = {0};
	struct message message;
	struct importer *importer;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		options.columns = bad[i];
		if (importer_open(&options, &sink, &importer, &message) !=
			-EINVAL)
			fail_msg("--columns %s was taken", bad[i]);
		assert_non_null(strstr(message.text, "--columns"));
	}
}

static void test_perf(void **state)
{
	(void)state;
	expect(IMPORT_PERF,
		"# header\n"
		"  ls 41 11.80:  1 page-faults:  1000 ffffffff8175336a x "
		"([k])\n"
		"\tffffffff81 callchain\n\n"
		" a b 1.5: 41/42 [001] 11.80: page-faults:u:  a001\n"
		" ls 41 11.8: exceptions:page_fault_user: address=0x5001 "
		"ip=0x1 "
		"error_code=0x6\n"
		" ls 41 11.8: exceptions:page_fault_user: address=0x6001 "
		"ip=0x1 "
		"error_code=0x14\n"
		" ls 41 11.8: cpu/mem-stores/P: 7000 0\n"
		" ls 41 11.8: 3 ibs_op//: 8000 5 |OP STORE|LVL L1 hit|\n"
		" ls 41 11.8: 3 ibs_op//: 0 5 |OP N/A|\n"
		" ls 41 11.8: 3 mem:u: ffffffff81000000 |OP LOAD|\n"
		" ls 41 11.8: PERF_RECORD_MMAP2 41/41: [0x5(0x1) @ 0 0]: r-\n"
		" 41 11.8: mem-loads:  9000\n",
		"1 1 1, 10 1 1, 5 2 1, 6 4 1, 7 2 1, 8 2 1, 9 1 1");
	expect_bad(IMPORT_PERF, "ls 41 page-faults: 1000\n",
		"f.txt:1: found \"ls 41 page-faults: 1000\", expected [COMM");
	expect_bad(IMPORT_PERF, "ls 41 1.5: page-faults: \n", "expected [COMM");
	expect_bad(IMPORT_PERF, "ls 41 1.5: page-faults: 12x\n", "f.txt:1");
	expect_bad(IMPORT_PERF, "ls 41 1.5: page-faults 12\n", "f.txt:1");
	expect_bad(IMPORT_PERF, "ls 41 1.5:\n", "f.txt:1");
}

static void test_blkparse(void **state)
{
	struct import_options options = options_of(IMPORT_BLKPARSE);
	static const char text[] =
		"  8,0    3   11  0.009507758   697  Q   W 16 + 8 [kjournald]\n"
		"  8,0    3   11  0.009507758   697  G   W 16 + 8 [kjournald]\n"
		"  8,0    3   11  0.009507758   697  P   N [kjournald]\n"
		"  8,0    3   12  0.1   697  Q FWS 24 + 1 [k]\n"
		"  8,0    3   12  0.1   697  Q FWS [k]\n"
		"  8,0    3   12  0.1   697  Q   R 36 [a b [x]]\n"
		"  8,0    3   12  0.1   697  Q  FN [a b [x]]\n"
		"  8,0    3   12  0.1   697  Q  D 24 + 8 [k]\n"
		"  8,16   3   13  0.2   1  Q RA 9 + 16 [k]\n"
		"  8,0    3   14  0.3   2  C R 32 + 8 [0]\n"
		"  8,0    3   14  0.3   0  m N cfq699 insert_request\n"
		"CPU0 (sda):\n Reads Queued:  0, 0KiB\nTotal (8,0):\n";

	(void)state;
	expect_with(&options, text, sizeof(text) - 1,
		"2 2 1, 3 2 1, 1152921504606846977 1 1, "
		"1152921504606846978 1 1, 1152921504606846979 1 1");
	options.action = 'C';
	expect_with(&options, text, sizeof(text) - 1, "4 1 1");
	expect_bad(IMPORT_BLKPARSE, "8,0 3 1 0.1 697 Q W 16 + x\n",
		"f.txt:1: found \"8,0 3 1 0.1 697 Q W 16 + x\", expected DISK");
	expect_bad(IMPORT_BLKPARSE, "8 3 1 0.1 697 Q W 16 + 8\n", "f.txt:1:");
	expect_bad(IMPORT_BLKPARSE, "8,0 3 1 0.1 697\n", "f.txt:1:");
	expect_bad(IMPORT_BLKPARSE,
		"8,0 3 1 0.1 697 Q R 9999999999999999 + 1\n", "2^51");
}

static void test_oracle(void **state)
{
	struct import_options options = options_of(IMPORT_ORACLE);
	static const char text[] = "\1\0\0\0"
				   "\7\0\0\0\0\0\0\0"
				   "\1\0\0\0"
				   "\2\0\0\0\0\0\0\0"
				   "\1\0\0\0"
				   "\7\0\0\0\0\0\0\0"
				   "\1\0\0\0"
				   "\xff\xff\xff\xff\xff\xff\xff\xff"
				   "\1\0\0\0"
				   "\6\0\0\0\0\0\0\0"
				   "\0\0\0\0"
				   "\xff\xff\xff\xff\xff\xff\xff\xff"
				   "\1\0\0\0"
				   "\0\0\0\0\0\0\0\x80"
				   "\1\0\0\0"
				   "\xff\xff\xff\xff\xff\xff\xff\xff"
				   "\1\0\0\0"
				   "\0\0\0\0\0\0\0\x80"
				   "\1\0\0\0"
				   "\xfe\xff\xff\xff\xff\xff\xff\xff";

	(void)state;
	expect_with(&options, text, 96, "7 1 2, 9223372036854775808 1 1");
	expect_bad_with(&options, text, 120,
		"f.txt: byte 96: found a next request number -2, expected -1");
	expect_bad_with(&options, text, 50,
		"f.txt: byte 50: the file ends in a record, expected 24 bytes");
}

struct drmemtrace {
	uint16_t type, size;
	uint64_t value;
} __attribute__((packed));

static void expect_records(const struct drmemtrace *record, size_t count,
	const char *expected, const char *said)
{
	struct import_options options = options_of(IMPORT_DRMEMTRACE);

	if (expected != NULL)
		expect_with(
			&options, record, count * sizeof(*record), expected);
	else
		expect_bad_with(
			&options, record, count * sizeof(*record), said);
}

static void test_drmemtrace(void **state)
{
	struct drmemtrace good[] = {{25, 0, 6}, {28, 12, 6}, {28, 9, 0x40},
		{22, 0, 5}, {24, 0, 5}, {47, 3, 0x9090}, {10, 3, 0x1ffe},
		{17, 2, 0x0404}, {0, 8, 0x3000}, {1, 8, 0x3ff8},
		{2, 8, 0x99000}, {29, 3, 0x99000}, {28, 27, 1},
		{10, 3, 0x99000}, {0, 8, 0x99000}, {28, 28, 1}, {48, 2, 0x5000},
		{1, 4, 0x5ffe}, {23, 0, 5}, {26, 0, 0}};
	struct drmemtrace raw[] = {{0, 8, 5}};
	struct drmemtrace newer[] = {{25, 0, 7}};
	struct drmemtrace narrow[] = {{25, 0, 4}, {28, 9, 0x20}};
	struct drmemtrace strange[] = {{25, 0, 4}, {50, 0, 1}};
	struct drmemtrace two[] = {{25, 0, 4}, {24, 0, 1}, {24, 0, 2}};
	struct drmemtrace bundle[] = {{25, 0, 4}, {17, 9, 1}};
	struct drmemtrace wrap[] = {{25, 0, 4}, {0, 2, UINT64_MAX}};

	(void)state;
	expect_records(good, sizeof(good) / sizeof(*good),
		"1 4 1, 2 4 3, 3 3 2, 5 6 2, 6 2 1", NULL);
	expect_records(raw, 1, NULL,
		"f.txt: byte 0: found 00 00 08 00 05 00 00 00 00 00 00 00, "
		"expected a header first");
	expect_records(newer, 1, NULL,
		"found version 7, expected version 2 to 6 of drmemtrace");
	expect_records(narrow, 2, NULL,
		"byte 12: found a 32-bit program's trace, expected a 64-bit");
	expect_records(strange, 2, NULL, "byte 12: found a record of type 50");
	expect_records(two, 3, NULL,
		"byte 24: found records of process 2 behind process 1's");
	expect_records(bundle, 2, NULL, "a bundle of at most 8");
	expect_records(wrap, 2, NULL, "2^64");
}

/* ---- what the start tells ---- */

static struct import_traits traits_of(
	enum import_format format, const char *text)
{
	struct import_options options = options_of(format);
	struct run_sink sink = {0};
	struct message message;
	struct importer *importer;

	assert_int_equal(
		importer_open(&options, &sink, &importer, &message), 0);
	struct import_traits traits =
		importer_traits(importer, text, strlen(text));

	importer_close(importer);
	return traits;
}

static void test_traits(void **state)
{
	static const char fault[] = "ls 4 1.5: 1 page-faults: 1000\n";
	static const char exception[] =
		"ls 4 1.5: x:page_fault_user: address=0x1 error_code=0x4\n";
	static const char load[] = "ls 4 1.5: 1 cpu/mem-loads/P: 1000\n";

	(void)state;
	assert_false(traits_of(IMPORT_PAGES, "# w\n1\n2\n").has_writes);
	assert_true(traits_of(IMPORT_PAGES, "1\n2 w\r\n").has_writes);
	assert_false(traits_of(IMPORT_LIRS, "1\n").has_writes);
	assert_true(traits_of(IMPORT_LACKEY, "").has_writes);
	assert_true(traits_of(IMPORT_ADDRESS, "").has_writes);
	assert_true(traits_of(IMPORT_CSV, "#\npage,rw\n").has_writes);
	assert_false(traits_of(IMPORT_CSV, "page,x\n").has_writes);
	assert_int_equal(traits_of(IMPORT_CSV, "page,x\n").fidelity,
		TRACE_EVERY_REFERENCE);
	assert_false(traits_of(IMPORT_PERF, fault).has_writes);
	assert_true(traits_of(IMPORT_PERF, exception).has_writes);
	assert_true(traits_of(IMPORT_PERF, load).has_writes);
	assert_int_equal(
		traits_of(IMPORT_PERF, fault).fidelity, TRACE_FIRST_TOUCHES);
	assert_int_equal(traits_of(IMPORT_PERF, load).fidelity, TRACE_SAMPLED);
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
	int error = input_open(input_path, 0, &input, message);

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
		input_open("/nonexistent/x", 0, &input, &message), -ENOENT);
	assert_non_null(strstr(message.text, "/nonexistent/x: No such file"));
	assert_int_equal(input_open("/", 0, &input, &message), -EISDIR);
}

/* Records: in whole ones, the last piece as it is. */
static void test_records(void **state)
{
	size_t bytes = (3u << 20) + 5, got, pieces = 0;
	char *data = calloc(1, bytes);
	struct message message;
	struct input *input;
	const char *text;

	(void)state;
	assert_non_null(data);
	data[0] = 1;
	write_file(data, bytes);
	assert_int_equal(input_open(input_path, 24, &input, &message), 0);
	for (size_t at = 0;; at += got) {
		assert_int_equal(input_read(input, &text, &got, &message), 0);
		if (got == 0) {
			assert_int_equal(at, bytes);
			break;
		}
		assert_memory_equal(text, data + at, got);
		assert_true(got % 24 == 0 || at + got == bytes);
		pieces++;
	}
	assert_true(pieces > 2);
	input_close(input);
	unlink(input_path);
	free(data);
}

/* What would take gigabytes, or cannot be read, is refused in words. */
static void test_refused(void **state)
{
	static const char zip[] = "PK\3\4....", spt[] = "\211SPT\r\n\032\n....";
	struct message message;
	size_t bytes;

	(void)state;
	write_file(zip, sizeof(zip));
	assert_null(read_text(&bytes, &message));
	assert_non_null(strstr(message.text, "is a zip archive, expected"));
	write_file(spt, sizeof(spt));
	assert_null(read_text(&bytes, &message));
	assert_non_null(strstr(message.text, "nothing to import"));

	lzma_options_lzma options;
	lzma_filter filters[] = {
		{LZMA_FILTER_LZMA2, &options}, {LZMA_VLI_UNKNOWN, NULL}};
	uint8_t packed[256];
	size_t used = 0;

	assert_false(lzma_lzma_preset(&options, 0));
	options.dict_size = 64u << 10;
	assert_int_equal(lzma_stream_buffer_encode(filters, LZMA_CHECK_CRC32,
				 NULL, (const uint8_t *)"1\n", 2, packed, &used,
				 sizeof(packed)),
		LZMA_OK);
	/* The dictionary's size stands in a block's header, behind the
	 * stream's 12 bytes: 4 GiB of it, and the header's checksum anew. */
	size_t header_bytes = (packed[12] + 1u) * 4, at = 12;

	while (packed[at] != 0x21)
		at++;
	packed[at + 2] = 40;
	uint32_t checksum = lzma_crc32(packed + 12, header_bytes - 4, 0);

	memcpy(packed + 12 + header_bytes - 4, &checksum, 4);
	write_file(packed, used);
	assert_null(read_text(&bytes, &message));
	if (strstr(message.text, "asks for more memory") == NULL)
		fail_msg("%s", message.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_runs),
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_lirs),
		cmocka_unit_test(test_arc),
		cmocka_unit_test(test_address),
		cmocka_unit_test(test_lackey),
		cmocka_unit_test(test_csv),
		cmocka_unit_test(test_csv_columns),
		cmocka_unit_test(test_perf),
		cmocka_unit_test(test_blkparse),
		cmocka_unit_test(test_oracle),
		cmocka_unit_test(test_drmemtrace),
		cmocka_unit_test(test_traits),
		cmocka_unit_test(test_compressed),
		cmocka_unit_test(test_input_ends),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_no_file),
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
