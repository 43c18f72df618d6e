/*
 * What these programs share: arguments, made-up numbers, and memory with a
 * name, as a user of the recorder would give it one.
 */
#ifndef WORKLOADS_PROGRAMS_WORKLOAD_H
#define WORKLOADS_PROGRAMS_WORKLOAD_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "pagetrace/mark.h"

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif

/* Bytes of zeros, called NAME in /proc/PID/maps where the kernel knows how,
 * and in a recording. */
static inline void *map_named(size_t bytes, const char *name)
{
	void *map = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED) {
		perror(name);
		exit(1);
	}
	prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, map, bytes, name);
	return map;
}

/* Argument NUMBER, a whole number of at least 1. */
static inline uint32_t read_argument(int argc, char **argv, int number)
{
	char *end = NULL;
	unsigned long value = 0;

	if (number < argc)
		value = strtoul(argv[number], &end, 10);
	if (value && value <= UINT32_MAX / 4 && end && !*end)
		return value;
	fprintf(stderr, "%s: argument %d: expected a whole number > 0\n",
		argv[0], number);
	exit(2);
}

/* splitmix64, by Sebastiano Vigna: the next number from *STATE. */
static inline uint64_t draw(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* From 0 to N - 1, all as likely. */
static inline uint32_t draw_below(uint64_t *state, uint32_t n)
{
	return (draw(state) >> 32) * n >> 32;
}

/*
 * From 0 to N - 1 by Zipf's law, exponent 1, in octaves: 2^i to 2^(i+1) - 1
 * are drawn as often for each i, and within one all as often.  Whole numbers
 * only, so that it is the same with every mathematics library.
 */
static inline uint32_t draw_zipf(uint64_t *state, uint32_t n)
{
	unsigned octaves = 32 - __builtin_clz(n);
	uint32_t value;

	do {
		uint64_t bits = draw(state);
		uint32_t first = 1u << ((bits >> 32) * octaves >> 32);

		value = first + ((uint32_t)bits & (first - 1)) - 1;
	} while (value >= n);
	return value;
}

#endif
