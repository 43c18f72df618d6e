/*
 * Files as importers read them, plain or compressed: the first byte says
 * whether lines or records are wanted.  What comes out must be whole lines or
 * records, but for the last; a compressed file that unpacks to a million
 * times its size is only read for its first megabytes.
 */
#include <config.h>

#include <lzma.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "tracer/import-input.h"
#include "tracer/import-runs.h"
#include "tracer/test/input-harness.h"

#define BYTES_MAX (8u << 20)

static int run_input(const uint8_t *data, size_t bytes)
{
	static const size_t record_sizes[] = {0, 24, 12, 0};
	struct message message = {""};
	struct input *input;
	const char *text;
	size_t got, all = 0;
	volatile unsigned sum = 0;

	if (bytes < 1)
		return 1;
	size_t record_bytes = record_sizes[data[0] & 3];
	const char *path = harness_file(data + 1, bytes - 1);
	int error = input_open(path, record_bytes, &input, &message);

	HARNESS_CHECK(error == 0);
	for (bool ended = false; !ended && all < BYTES_MAX; all += got) {
		error = input_read(input, &text, &got, &message);
		if (error != 0 || got == 0)
			break;
		if (record_bytes == 0)
			HARNESS_CHECK(text[got - 1] == '\n');
		else
			ended = got % record_bytes != 0;
		/* Touched, padding and all, for a sanitizer to see. */
		for (size_t i = 0; i < got + PARSE_PADDING; i += 31)
			sum += (unsigned char)text[i];
	}
	HARNESS_CHECK(error == 0 || message.text[0] != '\0');
	input_close(input);
	return error;
}

/* ---- seeds ---- */

static const char plain[] = "1\n2\n2\n3 w\nl 0x123456 7\nlast";

static size_t pack_gzip(uint8_t *out, size_t room)
{
	z_stream zlib = {.next_in = (uint8_t *)(uintptr_t)plain,
		.avail_in = sizeof(plain),
		.next_out = out,
		.avail_out = (unsigned)room};

	if (deflateInit2(&zlib, 6, Z_DEFLATED, 15 + 16, 8,
		    Z_DEFAULT_STRATEGY) != Z_OK)
		return 0;
	deflate(&zlib, Z_FINISH);
	size_t bytes = zlib.total_out;

	deflateEnd(&zlib);
	return bytes;
}

static size_t pack_xz(uint8_t *out, size_t room)
{
	size_t bytes = 0;

	return lzma_easy_buffer_encode(0, LZMA_CHECK_CRC32, NULL,
		       (const uint8_t *)plain, sizeof(plain), out, &bytes,
		       room) == LZMA_OK
		       ? bytes
		       : 0;
}

static size_t seed_input(unsigned number, uint8_t *out, size_t room)
{
	static const char zip[] = "PK\3\4rest";
	size_t bytes = 0;

	if (room < 4096)
		return 0;
	out[0] = (uint8_t)(number / 5);
	switch (number % 5) {
	case 0:
		memcpy(out + 1, plain, bytes = sizeof(plain));
		break;
	case 1:
		bytes = pack_gzip(out + 1, room - 1);
		break;
	case 2:
		bytes = pack_xz(out + 1, room - 1);
		break;
	case 3:
		bytes = ZSTD_compress(
			out + 1, room - 1, plain, sizeof(plain), 1);
		break;
	default:
		memcpy(out + 1, zip, bytes = sizeof(zip));
	}
	return number < 15 ? 1 + bytes : 0;
}

const struct harness harness_input = {"input", run_input, seed_input};
