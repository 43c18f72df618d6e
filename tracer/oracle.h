/*
 * oracleGeneral, the format of libCacheSim's traces: records of 24 bytes,
 * little-endian and without holes, nothing before or between them.
 *
 *	 0 time, seconds	 4 object	 12 size, bytes
 *	16 the number, counted from 1, of the next request for the same
 *	   object; -1: there is none
 */
#ifndef TRACER_ORACLE_H
#define TRACER_ORACLE_H

#include <stdint.h>

struct oracle_record {
	uint32_t time_s;
	uint64_t object;
	uint32_t bytes;
	int64_t next;
} __attribute__((packed));
_Static_assert(sizeof(struct oracle_record) == 24, "on disk");

#endif
