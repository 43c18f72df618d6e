/*
 * A logical copy of 64 MiB from one container to another, what it costs later
 * to break it page by page, and filling and reading, each beside a memcpy of
 * 64 MiB in the same round.
 *
 *	copy	16,384 pages to a container that shows zeros
 *	break	a byte is written to each page of the copy
 *	again	the same copy once more: 16,384 frames are given back
 *	fill	all pages from the program's memory
 *	read	all pages to the program's memory
 *
 * Of each the median time, and the median, least and largest share of the
 * memcpy of its round.  The sum of the bytes that were read is the same in
 * every run.
 */
#include "mm/container.h"
#include "mm/physmem-memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"

enum { PAGE = 4096, PAGES = 16384, ROUNDS = 21 };

#define BYTES ((size_t)PAGE * PAGES)

enum figure { MEMCPY, COPY, BREAK, AGAIN, FILL, READ, FIGURES };

struct bench {
	struct memory memory;
	struct server *server;
	struct container *from, *to;
	char *data, *other; /* [BYTES] */
	double seconds[FIGURES][ROUNDS];
	uint64_t sum;
};

static uint64_t no_clock(void *context)
{
	(void)context;
	return 0;
}

static double now_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec * 1e-9;
}

static void must(int error, const char *what)
{
	if (!error)
		return;
	fprintf(stderr, "container-bench: %s: %s\n", what, strerror(-error));
	exit(1);
}

static struct container *container_of(struct bench *bench)
{
	struct container_range range = {0, PAGES};
	struct container *container;

	must(container_create(server_root(bench->server), &container),
		"a container");
	must(container_allocate(container, range, 0, NULL), "its pages");
	return container;
}

static void begin(struct bench *bench)
{
	struct server_config config = {
		.frames = 2 * PAGES,
		.page_bytes = PAGE,
		.physmem_ops = &physmem_memory_ops,
		.backend = &bench->memory,
		.now = no_clock,
	};
	size_t i;

	must(memory_init(&bench->memory, config.frames, PAGE, 0), "memory");
	must(server_create(&config, &bench->server), "a server");
	bench->from = container_of(bench);
	bench->to = container_of(bench);
	bench->data = memory_map(BYTES);
	bench->other = memory_map(BYTES);
	if (!bench->data || !bench->other)
		must(-ENOMEM, "memory");
	for (i = 0; i < BYTES; i++)
		bench->data[i] = (char)(i * 2654435761U >> 24);
	memset(bench->other, 1, BYTES);
	must(container_fill(bench->from, 0, bench->data, BYTES), "filling");
	/* each frame has been touched */
	must(container_fill(bench->to, 0, bench->data, BYTES), "filling");
}

static void end(struct bench *bench)
{
	must(container_destroy(bench->from), "ending");
	must(container_destroy(bench->to), "ending");
	must(server_destroy(bench->server), "ending");
	memory_fini(&bench->memory);
	memory_unmap(bench->data, BYTES);
	memory_unmap(bench->other, BYTES);
}

static void break_copy(struct bench *bench)
{
	uint64_t i;

	for (i = 0; i < PAGES; i++)
		must(container_fill(bench->to, i * PAGE + i % PAGE, "x", 1),
			"writing");
}

static void run(struct bench *bench, enum figure figure)
{
	switch (figure) {
	case MEMCPY:
		memcpy(bench->other, bench->data, BYTES);
		break;
	case COPY:
	case AGAIN:
		must(container_copy(bench->from, 0, bench->to, 0, PAGES),
			"copying");
		break;
	case BREAK:
		break_copy(bench);
		break;
	case FILL:
		must(container_fill(bench->to, 0, bench->data, BYTES),
			"filling");
		break;
	default:
		must(container_read(bench->to, 0, bench->other, BYTES),
			"reading");
	}
}

/* A round: every figure once, each after what it needs. */
static void do_round(struct bench *bench, unsigned round)
{
	struct container_range range = {0, PAGES};
	enum figure figure;
	double start;
	size_t i;

	must(container_allocate(bench->to, range, CONTAINER_SQUASH, NULL),
		"emptying");
	for (figure = MEMCPY; figure < FIGURES; figure++) {
		start = now_seconds();
		run(bench, figure);
		bench->seconds[figure][round] = now_seconds() - start;
	}
	for (i = 0; i < BYTES; i += 61)
		bench->sum = bench->sum * 31 + (unsigned char)bench->other[i];
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void report(struct bench *bench, enum figure figure)
{
	static const char *const names[FIGURES] = {
		"memcpy", "copy", "break", "again", "fill", "read"};
	double shares[ROUNDS];
	unsigned i;

	for (i = 0; i < ROUNDS; i++)
		shares[i] =
			bench->seconds[figure][i] / bench->seconds[MEMCPY][i];
	qsort(shares, ROUNDS, sizeof(*shares), compare);
	/* memcpy's come last: the others need them as they are */
	qsort(bench->seconds[figure], ROUNDS, sizeof(**bench->seconds),
		compare);
	printf("%-8s %8.3f ms   %7.1f ns a page   %6.3f (%.3f .. %.3f) of "
	       "memcpy\n",
		names[figure], bench->seconds[figure][ROUNDS / 2] * 1e3,
		bench->seconds[figure][ROUNDS / 2] * 1e9 / PAGES,
		shares[ROUNDS / 2], shares[0], shares[ROUNDS - 1]);
}

int main(void)
{
	static struct bench bench;
	enum figure figure;
	unsigned i;

	begin(&bench);
	do_round(&bench, 0); /* its times are written over */
	bench.sum = 0;
	for (i = 0; i < ROUNDS; i++)
		do_round(&bench, i);
	printf("64 MiB in %d pages of %d bytes, medians of %d rounds:\n", PAGES,
		PAGE, ROUNDS);
	for (figure = COPY; figure < FIGURES; figure++)
		report(&bench, figure);
	report(&bench, MEMCPY);
	printf("sum: %016llx\n", (unsigned long long)bench.sum);
	end(&bench);
	return 0;
}
