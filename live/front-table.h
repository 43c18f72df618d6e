/*
 * The system's calls that take pointers: which arguments are pointers, which
 * way their data goes, and how much it is.
 */
#ifndef LIVE_FRONT_TABLE_H
#define LIVE_FRONT_TABLE_H

#include <stdint.h>

enum front_kind {
	FRONT_NUMBER, /* no pointer: or one that the system does not follow */
	FRONT_IN,     /* the system reads it */
	FRONT_INOUT,  /* it writes it, wholly or in part */
	FRONT_RESULT, /* it writes as many units as it returns */
	FRONT_STRING,
	FRONT_MASK,   /* of signals, which it waits with */
	FRONT_READV,  /* a vector of memory that it writes to */
	FRONT_WRITEV, /* ... or reads; the next argument is its length */
};

enum front_length {
	FRONT_FIXED, /* `unit` bytes */
	FRONT_TIMES, /* `unit` times argument `other` */
	FRONT_AT,    /* the 32-bit number that argument `other` points to */
	FRONT_BITS,  /* a set of as many bits as argument `other`, in words */
};

struct front_argument {
	uint8_t kind, length, other;
	uint16_t unit;
};

enum { FRONT_ARGUMENTS = 6 };

struct front_call {
	struct front_argument argument[FRONT_ARGUMENTS];
	uint8_t known; /* 0: it is not in the table */
};

/* Never NULL; `known` is 0 for what is not in the table. */
const struct front_call *front_find_call(long number);

#endif
