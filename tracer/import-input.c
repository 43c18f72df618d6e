/*
 * The text of a file, compressed or not: see import-input.h.
 *
 *     file --read--> raw --decoder--> text: |whole lines | part of one|
 *                                           given to the caller, then
 *                                           the part moves to the front
 *
 * What decoders may take is bounded, as a few bytes can ask them for
 * gigabytes: xz gets XZ_BYTES_MAX (its -9 needs 65 MiB), zstd 128 MiB, which
 * is that library's own bound.
 */
#include <config.h>

#include "tracer/import-input.h"

#include <errno.h>
#include <fcntl.h>
#include <lzma.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "tracer/format.h"
#include "tracer/import-runs.h"

#define RAW_BYTES (256u << 10)
#define TEXT_BYTES (1u << 20)
#define XZ_BYTES_MAX (UINT64_C(256) << 20)

struct input;

/*
 * Decodes what is in raw into text, as much as fits.  0: more may follow
 * (or raw is used up); 1: the compressed data may end here; -EINVAL: it is
 * damaged; -ENOMEM.
 */
typedef int decode_function(struct input *input);

struct input {
	const char *name;
	size_t record_bytes; /* 0: lines */
	int file;
	bool close_file;
	bool raw_ended;	 /* the file has no more */
	bool may_end;	 /* what was decoded is complete so far */
	bool text_ended; /* and all of it is in text */
	uint64_t done_bytes, file_bytes;

	decode_function *decode; /* NULL until the first bytes are there */
	const char *compression;
	z_stream zlib;
	lzma_stream lzma;
	ZSTD_DCtx *zstd;

	size_t raw_at, raw_bytes;
	size_t given_bytes; /* of text: given to the caller, not needed now */
	size_t text_bytes, text_room;
	char *text; /* room, and PARSE_PADDING more */
	unsigned char raw[RAW_BYTES];
};

static size_t text_left(const struct input *input)
{
	return input->text_room - input->text_bytes;
}

static int decode_plain(struct input *input)
{
	size_t bytes = input->raw_bytes - input->raw_at;

	if (bytes > text_left(input))
		bytes = text_left(input);
	memcpy(input->text + input->text_bytes, input->raw + input->raw_at,
		bytes);
	input->raw_at += bytes;
	input->text_bytes += bytes;
	return 1;
}

static int decode_gzip(struct input *input)
{
	z_stream *zlib = &input->zlib;

	/* A file may be several gzip files in a row. */
	if (input->may_end && input->raw_at < input->raw_bytes &&
		zlib->total_in > 0 && inflateReset(zlib) != Z_OK)
		return -EINVAL;
	zlib->next_in = input->raw + input->raw_at;
	zlib->avail_in = input->raw_bytes - input->raw_at;
	zlib->next_out = (unsigned char *)input->text + input->text_bytes;
	zlib->avail_out = text_left(input);
	int status = inflate(zlib, Z_NO_FLUSH);

	input->raw_at = input->raw_bytes - zlib->avail_in;
	input->text_bytes = input->text_room - zlib->avail_out;
	if (status == Z_STREAM_END)
		return 1;
	return status == Z_OK || status == Z_BUF_ERROR ? 0
	       : status == Z_MEM_ERROR		       ? -ENOMEM
						       : -EINVAL;
}

static int decode_xz(struct input *input)
{
	lzma_stream *lzma = &input->lzma;

	lzma->next_in = input->raw + input->raw_at;
	lzma->avail_in = input->raw_bytes - input->raw_at;
	lzma->next_out = (unsigned char *)input->text + input->text_bytes;
	lzma->avail_out = text_left(input);
	lzma_ret status =
		lzma_code(lzma, input->raw_ended ? LZMA_FINISH : LZMA_RUN);

	input->raw_at = input->raw_bytes - lzma->avail_in;
	input->text_bytes = input->text_room - lzma->avail_out;
	if (status == LZMA_STREAM_END)
		return 1;
	return status == LZMA_OK || status == LZMA_BUF_ERROR ? 0
	       : status == LZMA_MEM_ERROR		     ? -ENOMEM
	       : status == LZMA_MEMLIMIT_ERROR		     ? -E2BIG
							     : -EINVAL;
}

static int decode_zstd(struct input *input)
{
	ZSTD_inBuffer in = {input->raw, input->raw_bytes, input->raw_at};
	ZSTD_outBuffer out = {input->text, input->text_room, input->text_bytes};
	size_t status = ZSTD_decompressStream(input->zstd, &out, &in);

	input->raw_at = in.pos;
	input->text_bytes = out.pos;
	if (ZSTD_isError(status))
		return ZSTD_getErrorCode(status) ==
				       ZSTD_error_frameParameter_windowTooLarge
			       ? -E2BIG
			       : -EINVAL;
	return status == 0;
}

static bool raw_begins(
	const struct input *input, const char *magic, size_t bytes)
{
	return input->raw_bytes >= bytes &&
	       memcmp(input->raw, magic, bytes) == 0;
}

/* What is known, but not read here. */
static int refuse_packed(const struct input *input, struct message *message)
{
	static const struct {
		const char *magic;
		size_t bytes;
		const char *name, *with;
	} known[] = {
		{"PK\3\4", 4, "a zip archive", "unzip -p"},
		{"BZh", 3, "compressed with bzip2", "bzip2 -dc"},
		{"\x04\x22\x4d\x18", 4, "compressed with lz4", "lz4 -dc"},
		{"\xff\x06\0\0sNaPpY", 10, "compressed with snappy",
			"snzip -dc"},
		{FORMAT_MAGIC, FORMAT_MAGIC_BYTES, "a trace of selfpage's own",
			NULL},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (raw_begins(input, known[i].magic, known[i].bytes))
			return message_set(message, -EINVAL,
				known[i].with != NULL
					? "%s: is %s, expected plain data or "
					  "gzip, xz or zstd: %s FILE | "
					  "selfpage import ... -"
					: "%s: is %s, there is nothing to "
					  "import",
				input->name, known[i].name, known[i].with);
	return 0;
}

/* By the first bytes, which are in raw. */
static int input_choose(struct input *input, struct message *message)
{
	bool room = true;

	input->decode = decode_plain;
	if (raw_begins(input, "\x1f\x8b\x08", 3)) {
		input->decode = decode_gzip;
		input->compression = "gzip";
		room = inflateInit2(&input->zlib, 15 + 16) == Z_OK;
	} else if (raw_begins(input,
			   "\xfd"
			   "7zXZ\0",
			   6)) {
		input->decode = decode_xz;
		input->compression = "xz";
		room = lzma_stream_decoder(&input->lzma, XZ_BYTES_MAX,
			       LZMA_CONCATENATED) == LZMA_OK;
	} else if (raw_begins(input, "\x28\xb5\x2f\xfd", 4)) {
		input->decode = decode_zstd;
		input->compression = "zstd";
		input->zstd = ZSTD_createDCtx();
		room = input->zstd != NULL;
	}
	if (!room)
		return message_set(
			message, -ENOMEM, "%s: out of memory", input->name);
	return refuse_packed(input, message);
}

/* Fills raw, which is used up; short only at the end of the file. */
static int raw_fill(struct input *input, struct message *message)
{
	input->raw_at = input->raw_bytes = 0;
	while (input->raw_bytes < RAW_BYTES && !input->raw_ended) {
		ssize_t got = read(input->file, input->raw + input->raw_bytes,
			RAW_BYTES - input->raw_bytes);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return message_set(message, -errno, "%s: %s",
				input->name, strerror(errno));
		input->raw_ended = got == 0;
		input->raw_bytes += got;
		input->done_bytes += got;
	}
	return 0;
}

static int input_decode(struct input *input, struct message *message)
{
	size_t raw_at = input->raw_at, text_bytes = input->text_bytes;
	int status = input->decode(input);

	if (status < 0)
		return message_set(message, status == -E2BIG ? -EINVAL : status,
			status == -ENOMEM ? "%s: out of memory for %s"
			: status == -E2BIG
				? "%s: the %s data asks for more memory than "
				  "is given it, near byte %llu of it: unpack "
				  "it first"
				: "%s: damaged %s data near byte %llu of it",
			input->name, input->compression,
			(unsigned long long)(input->done_bytes -
					     input->raw_bytes + input->raw_at));
	bool still = input->raw_at == raw_at && input->text_bytes == text_bytes;

	if (status == 1 || !still)
		input->may_end = status == 1;
	if (!still || !input->raw_ended || input->raw_at < input->raw_bytes)
		return 0;
	input->text_ended = true;
	if (!input->may_end)
		return message_set(message, -EINVAL,
			"%s: the %s data ends too early, after %llu bytes",
			input->name, input->compression,
			(unsigned long long)input->done_bytes);
	return 0;
}

/* Decodes until text is full, or there is no more. */
static int text_fill(struct input *input, struct message *message)
{
	while (text_left(input) > 0 && !input->text_ended) {
		int error = 0;

		if (input->raw_at == input->raw_bytes && !input->raw_ended)
			error = raw_fill(input, message);
		if (error == 0 && input->decode == NULL)
			error = input_choose(input, message);
		if (error == 0)
			error = input_decode(input, message);
		if (error != 0)
			return error;
	}
	return 0;
}

/* No newline in a full text: a longer one. */
static int text_grow(struct input *input, struct message *message)
{
	if (input->text_room >= INPUT_LINE_MAX)
		return message_set(message, -EINVAL,
			"%s: a line of more than %u MiB, expected text",
			input->name, INPUT_LINE_MAX >> 20);
	size_t room = input->text_room * 4;
	char *text = realloc(input->text, room + PARSE_PADDING);

	if (text == NULL)
		return message_set(
			message, -ENOMEM, "%s: out of memory", input->name);
	input->text = text;
	input->text_room = room;
	return 0;
}

/* Of what is in text, how much goes out: 0: more is needed for it. */
static size_t whole_bytes(const struct input *input)
{
	if (input->record_bytes > 0)
		return input->text_bytes -
		       input->text_bytes % input->record_bytes;
	const char *last = memrchr(input->text, '\n', input->text_bytes);

	return last != NULL ? (size_t)(last + 1 - input->text) : 0;
}

/* The last piece, which ends where the file does. */
static size_t last_bytes(struct input *input)
{
	/* A last line without newline: there is padding for one. */
	if (input->record_bytes == 0 && input->text_bytes > 0)
		input->text[input->text_bytes++] = '\n';
	return input->text_bytes;
}

int input_read(struct input *input, const char **text_out, size_t *bytes_out,
	struct message *message)
{
	input->text_bytes -= input->given_bytes;
	memmove(input->text, input->text + input->given_bytes,
		input->text_bytes);
	input->given_bytes = 0;
	*text_out = input->text;
	*bytes_out = 0;
	for (;;) {
		int error = text_fill(input, message);

		if (error != 0)
			return error;
		input->given_bytes = whole_bytes(input);
		if (input->given_bytes == 0 && input->text_ended)
			input->given_bytes = last_bytes(input);
		if (input->given_bytes > 0 || input->text_ended)
			break;
		error = text_grow(input, message);
		if (error != 0)
			return error;
	}
	*text_out = input->text;
	*bytes_out = input->given_bytes;
	return 0;
}

int input_open(const char *path, size_t record_bytes, struct input **out,
	struct message *message)
{
	struct input *input = calloc(1, sizeof(*input));
	struct stat status;

	if (input == NULL)
		return message_set(message, -ENOMEM, "out of memory");
	input->record_bytes = record_bytes;
	input->text = malloc(TEXT_BYTES + PARSE_PADDING);
	input->text_room = TEXT_BYTES;
	input->name = strcmp(path, "-") == 0 ? "(standard input)" : path;
	input->close_file = strcmp(path, "-") != 0;
	input->may_end = true;
	input->lzma = (lzma_stream)LZMA_STREAM_INIT;
	input->file = input->close_file ? open(path, O_RDONLY | O_CLOEXEC) : 0;
	int error = input->text == NULL ? -ENOMEM
		    : input->file < 0	? -errno
					: 0;

	if (error == 0 && fstat(input->file, &status) == 0) {
		if (S_ISDIR(status.st_mode))
			error = -EISDIR;
		if (S_ISREG(status.st_mode))
			input->file_bytes = status.st_size;
	}
	if (error != 0) {
		message_set(message, error, "%s: %s", input->name,
			strerror(-error));
		input_close(input);
		return error;
	}
	*out = input;
	return 0;
}

void input_close(struct input *input)
{
	if (input == NULL)
		return;
	inflateEnd(&input->zlib);
	lzma_end(&input->lzma);
	ZSTD_freeDCtx(input->zstd);
	if (input->close_file && input->file >= 0)
		close(input->file);
	free(input->text);
	free(input);
}

const char *input_name(const struct input *input)
{
	return input->name;
}

uint64_t input_done_bytes(const struct input *input)
{
	return input->done_bytes;
}

uint64_t input_file_bytes(const struct input *input)
{
	return input->file_bytes;
}
