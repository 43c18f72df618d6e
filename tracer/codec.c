#include <config.h>

#include "tracer/codec.h"

#include <emmintrin.h>
#include <string.h>

#define KINDS_SHIFT 5
#define CODE_MASK 31u

enum {
	CODE_COPY = 0,
	COPIES = 24,
	CODE_VALUE = CODE_COPY + COPIES,
	CODE_NEAR = CODE_VALUE + CODEC_VALUE_BYTES,
	NEAR_BYTES = 2,
	CODE_NEAR_SECOND = CODE_NEAR + NEAR_BYTES,
};

_Static_assert(CODE_NEAR_SECOND + NEAR_BYTES == CODE_MASK + 1,
	"the codes fill 5 bits");

/*
 * What a code does, without a branch: the page is
 *	(page[i - back] & base) + zigzag(value & mask)
 * A code that needs no base still loads one: from the event 32 before, which
 * was stored long ago, so that the load waits for nothing.
 */
struct code {
	uint32_t mask, base;
	uint8_t back, bytes, zigzag;
};

/* clang-format off */
#define COPY(n) {0, UINT32_MAX, n, 0, 0}
#define COPY4(n) COPY(n), COPY(n + 1), COPY(n + 2), COPY(n + 3)
#define VALUE(n) {UINT32_MAX >> (32 - 8 * n), 0, CODEC_BACK_MAX, n, 0}
#define NEAR(n, back) {UINT32_MAX >> (32 - 8 * n), UINT32_MAX, back, n, 1}

static const struct code codes[CODE_MASK + 1] = {
	COPY4(1), COPY4(5), COPY4(9), COPY4(13), COPY4(17), COPY4(21),
	VALUE(1), VALUE(2), VALUE(3), VALUE(4),
	NEAR(1, 1), NEAR(2, 1), NEAR(1, 2), NEAR(2, 2),
};
/* clang-format on */

static unsigned bytes_of(uint32_t value)
{
	return 1 + (value > 0xff) + (value > 0xffff) + (value > 0xffffff);
}

static uint32_t zigzag32(uint32_t difference)
{
	return difference << 1 ^ -(difference >> 31);
}

/* The code of a page that is none of the last COPIES, and its value. */
static unsigned choose_code(
	uint32_t page, uint32_t before, uint32_t second, uint32_t *value_out)
{
	uint32_t near = zigzag32(page - before);
	uint32_t near_second = zigzag32(page - second);
	unsigned bytes = bytes_of(page);
	unsigned code = CODE_VALUE + bytes - 1;

	*value_out = page;
	if (bytes_of(near) < bytes && bytes_of(near) <= NEAR_BYTES) {
		bytes = bytes_of(near);
		code = CODE_NEAR + bytes - 1;
		*value_out = near;
	}
	if (bytes_of(near_second) < bytes &&
		bytes_of(near_second) <= NEAR_BYTES) {
		bytes = bytes_of(near_second);
		code = CODE_NEAR_SECOND + bytes - 1;
		*value_out = near_second;
	}
	return code;
}

/*
 * How many events before *PAGE its page was last, 1 .. COPIES; 0: not among
 * those.  Four are compared at a time, the latest first:
 *
 *	page[-4] page[-3] page[-2] page[-1]  *page
 *	   0        1        0        1            -> mask 1010: 1 before
 */
static unsigned find_back(const uint32_t *page)
{
	const __m128i wanted = _mm_set1_epi32((int)*page);

	for (unsigned back = 4; back <= COPIES; back += 4) {
		__m128i four = _mm_loadu_si128((const void *)(page - back));
		int mask = _mm_movemask_ps(
			_mm_castsi128_ps(_mm_cmpeq_epi32(four, wanted)));

		if (mask)
			return back - 31 +
			       (unsigned)__builtin_clz((unsigned)mask);
	}
	return 0;
}

size_t codec_encode(const uint32_t *page, const uint8_t *kinds, uint32_t events,
	uint8_t *tokens, uint8_t *values)
{
	uint8_t *next = values;

	for (uint32_t i = 0; i < events; i++, page++) {
		unsigned back = find_back(page);
		unsigned code = CODE_COPY + back - 1;
		uint32_t value;

		if (back == 0) {
			code = choose_code(*page, page[-1], page[-2], &value);
			memcpy(next, &value, sizeof(value));
			next += codes[code].bytes;
		}
		tokens[i] = (uint8_t)(kinds[i] << KINDS_SHIFT | code);
	}
	return (size_t)(next - values);
}

size_t codec_decode_pages(const uint8_t *tokens, const uint8_t *values,
	uint32_t events, uint32_t *page, uint32_t *highest_out)
{
	const uint8_t *next = values;
	uint32_t highest = 0;

	for (uint32_t *end = page + events; page < end; page++) {
		const struct code *code = &codes[*tokens++ & CODE_MASK];
		uint32_t value, id;

		memcpy(&value, next, sizeof(value));
		next += code->bytes;
		value &= code->mask;
		id = (page[-(ptrdiff_t)code->back] & code->base) +
		     (value >> code->zigzag ^ -(value & code->zigzag));
		*page = id;
		highest = id > highest ? id : highest;
	}
	*highest_out = highest;
	return (size_t)(next - values);
}

void codec_decode_kinds(const uint8_t *tokens, uint32_t events, uint8_t *kinds)
{
	for (uint32_t i = 0; i < events; i += 8) {
		uint64_t eight;

		memcpy(&eight, tokens + i, sizeof(eight));
		eight = eight >> KINDS_SHIFT & UINT64_C(0x0707070707070707);
		memcpy(kinds + i, &eight, sizeof(eight));
	}
}
