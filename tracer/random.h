/*
 * Seeded random numbers: splitmix64 (Steele, Lea, Flood, "Fast splittable
 * pseudorandom number generators", OOPSLA 2014).  Every seed gives its own
 * row, the same on every machine.
 */
#ifndef TRACER_RANDOM_H
#define TRACER_RANDOM_H

#include <stdint.h>

static inline uint64_t random_next(uint64_t *state)
{
	uint64_t value = *state += UINT64_C(0x9e3779b97f4a7c15);

	value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
	return value ^ value >> 31;
}

/* 0 .. BELOW - 1, of 32 random bits: no more uneven than BELOW in 2^32. */
static inline uint32_t random_scale(uint32_t bits, uint32_t below)
{
	return (uint32_t)((uint64_t)bits * below >> 32);
}

/* 0 .. BELOW - 1. */
static inline uint64_t random_below(uint64_t *state, uint64_t below)
{
	return (uint64_t)((unsigned __int128)random_next(state) * below >> 64);
}

#endif
