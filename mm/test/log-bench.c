/*
 * What a log costs: faults of a pager with its memory in the program, each
 * with an eviction, half of them with a write-back, into stores that do
 * nothing; without a log and with one, in turn.  Ticks of the time stamp
 * counter a fault, and bytes of log.
 *
 *	log-bench [file of the log]
 */
#include "config.h"

#include "mm/selfpage.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <x86intrin.h>

enum {
	FRAMES = 1024,
	PAGES = 64 * FRAMES,
	PAGE = 64,
	FAULTS = 200000,
	ROUNDS = 7,
};

static int nothing_in(void *context, uint64_t offset, void *data, size_t bytes)
{
	(void)context;
	(void)offset;
	(void)data;
	(void)bytes;
	return SELFPAGE_DATA;
}

static int nothing_out(
	void *context, uint64_t offset, const void *data, size_t bytes)
{
	(void)context;
	(void)offset;
	(void)data;
	(void)bytes;
	return 0;
}

static void require(int error)
{
	if (!error)
		return;
	fprintf(stderr, "log-bench: %s\n", strerror(-error));
	exit(1);
}

static double faults(struct selfpage_space *space)
{
	uint64_t random = 1, start = __rdtsc();
	char byte = 0;
	unsigned i;

	for (i = 0; i < FAULTS; i++) {
		uint64_t page;

		random = random * UINT64_C(6364136223846793005) + 1;
		page = (random >> 32) % PAGES;
		if (random >> 63)
			require(selfpage_write(space, page * PAGE, &byte, 1));
		else
			require(selfpage_read(space, page * PAGE, &byte, 1));
	}
	return (double)(__rdtsc() - start) / FAULTS;
}

/* Ticks a fault with POLICY and a log to FD, -1: none. */
static double run(const char *policy, int fd)
{
	const struct selfpage_store_functions functions = {
		.functions_bytes = sizeof(functions),
		.page_in = nothing_in,
		.page_out = nothing_out,
	};
	const struct selfpage_config config = {
		.config_bytes = sizeof(config),
		.frames = FRAMES,
		.page_bytes = PAGE,
		.policy = policy,
	};
	struct selfpage_space *space;
	struct selfpage_store *store;
	struct selfpage *pager;
	double ticks;

	require(selfpage_create(&config, &pager));
	if (fd >= 0)
		require(selfpage_log_start(pager, fd));
	require(selfpage_space_create(pager, 0, &space));
	require(selfpage_store_open_functions(pager, &functions, NULL, &store));
	require(selfpage_map(space, 0, PAGES * PAGE, store, 0,
		SELFPAGE_READ | SELFPAGE_WRITE));
	ticks = faults(space);
	require(selfpage_space_destroy(space));
	require(selfpage_store_discard(store));
	if (fd >= 0)
		require(selfpage_log_stop(pager));
	require(selfpage_destroy(pager));
	return ticks;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	static const char *const policies[] = {"fifo", "clock"};
	int fd = argc > 1 ? open(argv[1], O_RDWR | O_CREAT | O_TRUNC, 0600)
			  : memfd_create("log", 0);
	unsigned i, round;

	for (i = 0; i < 2; i++) {
		double without[ROUNDS], with[ROUNDS];
		double bytes = 0;

		for (round = 0; round < ROUNDS; round++) {
			/* /dev/null has no length */
			if (lseek(fd, 0, SEEK_SET) || fd < 0)
				return 1;
			without[round] = run(policies[i], -1);
			with[round] = run(policies[i], fd);
			bytes = lseek(fd, 0, SEEK_END);
		}
		qsort(without, ROUNDS, sizeof(double), by_value);
		qsort(with, ROUNDS, sizeof(double), by_value);
		printf("%-6s ticks a fault: %.0f without a log, %.0f with; "
		       "%.0f bytes of log a fault\n",
			policies[i], without[ROUNDS / 2], with[ROUNDS / 2],
			bytes / FAULTS);
	}
	return 0;
}
