/*
 * How the events of one block become bytes, and back.
 *
 * An event is one byte, its token, and 0 to 4 bytes of value in a second
 * stream.  The upper 3 bits of the token are the event's kinds; the lower 5
 * say how its page id is found:
 *
 *	 0 .. 23   the page of the event 1 .. 24 before; no value
 *	24 .. 27   the value itself, 1 .. 4 bytes
 *	28, 29     the page of the event before, plus a difference (zigzag)
 *	           of 1 or 2 bytes
 *	30, 31     the same from the event two before
 *
 * Before a block's first event lie pages 0.  Programs go back and forth
 * between a few pages, so that nearly all of their events are one token, the
 * same turn of a loop is the same string of bytes, and zstd makes a long
 * match of it.
 */
#ifndef TRACER_CODEC_H
#define TRACER_CODEC_H

#include <stddef.h>
#include <stdint.h>

#define CODEC_BACK_MAX 32     /* page[-CODEC_BACK_MAX .. -1] must be 0 */
#define CODEC_VALUE_BYTES 4   /* at most, an event */
#define CODEC_PADDING_BYTES 8 /* readable behind tokens and values */

/*
 * CODEC_BACK_MAX pages before PAGE are read, and must be 0, here and below.
 * TOKENS has room for EVENTS bytes, VALUES for CODEC_VALUE_BYTES * EVENTS +
 * CODEC_PADDING_BYTES.  Returns the bytes of values.
 */
size_t codec_encode(const uint32_t *page, const uint8_t *kinds, uint32_t events,
	uint8_t *tokens, uint8_t *values);

/*
 * The other way.  CODEC_VALUE_BYTES * EVENTS + CODEC_PADDING_BYTES bytes
 * must be readable at VALUES, whatever the block says, so that no bounds need
 * be looked at on the way.  Returns how many bytes of values were used, which
 * the caller compares with how many there are; *HIGHEST_OUT is the highest
 * page id.  About 1 ns an event.
 */
size_t codec_decode_pages(const uint8_t *tokens, const uint8_t *values,
	uint32_t events, uint32_t *page, uint32_t *highest_out);

/* Writes up to 7 bytes past KINDS[EVENTS], reads as many of TOKENS. */
void codec_decode_kinds(const uint8_t *tokens, uint32_t events, uint8_t *kinds);

#endif
