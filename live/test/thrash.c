/*
 * A program that thrashes: it goes over pages "held" at random, and for a while
 * each over a few of "rest", by instructions that need two pages and four.
 *
 *	thrash SEED HELD STEPS
 *
 * prints a checksum of all of it in the end.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

enum { PAGE = 4096, REST = 40, FEW = 6, WHILE = 64 };

static uint64_t state;

static unsigned draw(unsigned below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % below;
}

static unsigned char *map(size_t pages, const char *name)
{
	void *start = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (start == MAP_FAILED)
		exit(2);
	prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, start, pages * PAGE, name);
	return start;
}

/* Eight bytes across the end of one of the few pages. */
static unsigned char *across(unsigned char *few)
{
	return few + (1 + draw(FEW - 1)) * PAGE - 4;
}

static uint64_t load(const unsigned char *from)
{
	uint64_t value;

	__asm__ volatile("movq (%1), %0" : "=r"(value) : "r"(from) : "memory");
	return value;
}

static void copy(unsigned char *to, const unsigned char *from)
{
	__asm__ volatile("movsq" : "+D"(to), "+S"(from) : : "memory");
}

int main(int argc, char **argv)
{
	unsigned pages = argc == 4 ? (unsigned)atoi(argv[2]) : 0;
	unsigned char *held, *rest, *few = NULL;
	uint64_t sum = 0;

	if (pages == 0)
		return 2;
	state = strtoull(argv[1], NULL, 10) * 7919 + 1;
	held = map(pages, "held");
	rest = map(REST, "rest");
	for (long steps = atol(argv[3]); steps > 0; steps--) {
		if (few == NULL || steps % WHILE == 0)
			few = rest + draw(REST - FEW) * PAGE;
		held[draw(pages) * PAGE]++;
		few[draw(FEW) * PAGE + PAGE - 2]++;
		if (draw(2))
			sum = sum * 31 + load(across(few));
		else
			copy(across(few), across(few));
	}
	for (unsigned i = 0; i < pages * PAGE; i++)
		sum = sum * 31 + held[i];
	for (unsigned i = 0; i < REST * PAGE; i++)
		sum = sum * 31 + rest[i];
	printf("%llu\n", (unsigned long long)sum);
	return 0;
}
