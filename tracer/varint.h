/*
 * Variable-length integers: seven bits a byte, lowest first, the top bit set
 * in all but the last; and zigzag, which makes small what is near zero on
 * either side.
 */
#ifndef TRACER_VARINT_H
#define TRACER_VARINT_H

#include <stdbool.h>
#include <stdint.h>

#define VARINT_BYTES_MAX 10

/* Writes at most VARINT_BYTES_MAX bytes; returns the place after them. */
static inline uint8_t *varint_put(uint8_t *at, uint64_t value)
{
	while (value >= 0x80) {
		*at++ = (uint8_t)value | 0x80;
		value >>= 7;
	}
	*at++ = (uint8_t)value;
	return at;
}

/*
 * Reads the integer at *AT and moves *AT behind it.  False, *AT as it was:
 * END comes first, or more than 64 bits.
 */
static inline bool varint_get(
	const uint8_t **at, const uint8_t *end, uint64_t *value_out)
{
	const uint8_t *next = *at;
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64 && next < end; shift += 7) {
		uint64_t byte = *next++;

		if (shift == 63 && byte > 1)
			return false;
		value |= (byte & 0x7f) << shift;
		if (byte < 0x80) {
			*value_out = value;
			*at = next;
			return true;
		}
	}
	return false;
}

static inline uint64_t zigzag_put(uint64_t difference)
{
	return difference << 1 ^ -(difference >> 63);
}

static inline uint64_t zigzag_get(uint64_t value)
{
	return value >> 1 ^ -(value & 1);
}

#endif
