/*
 * Page-outs of a file store one by one (pwrite) and 64 at a time (io_uring
 * where there is one), at random places of a file of 16 MiB that is cached or
 * waits for the disk.  The median of the rounds, and a sum of what was written
 * where.
 *
 *	store-bench [FOLDER]
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "mm/store.h"

enum { BYTES = 4096, PAGES = 4096, WRITES = 2048, ROUNDS = 7 };

struct bench {
	struct store *store;
	char *data; /* PAGE_OUTS_MAX pages */
	uint64_t random;
	uint64_t sum;
};

static double now_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec * 1e-9;
}

static int write_batch(struct bench *bench, bool many)
{
	struct page_out outs[PAGE_OUTS_MAX];
	const struct store_ops *ops = bench->store->ops;
	unsigned i;
	int error = 0;

	for (i = 0; i < PAGE_OUTS_MAX; i++) {
		bench->random = bench->random * 6364136223846793005 +
				1442695040888963407;
		outs[i].io = (struct page_io){
			.offset = (bench->random >> 33) % PAGES,
			.data = bench->data + i * BYTES,
			.bytes = BYTES,
		};
		bench->sum = bench->sum * 31 + outs[i].io.offset;
		outs[i].error = 0;
	}
	if (many)
		ops->page_out_many(bench->store, outs, PAGE_OUTS_MAX);
	for (i = 0; i < PAGE_OUTS_MAX && !error; i++)
		error = many ? outs[i].error
			     : ops->page_out(bench->store, &outs[i].io);
	return error;
}

static int by_time(const void *a, const void *b)
{
	return *(const double *)a > *(const double *)b ? 1 : -1;
}

/* Microseconds a page, or -errno. */
static double measure(struct bench *bench, bool many)
{
	double times[ROUNDS], start;
	unsigned round, i;
	int error = 0;

	for (round = 0; round < ROUNDS; round++) {
		start = now_seconds();
		for (i = 0; i < WRITES / PAGE_OUTS_MAX && !error; i++)
			error = write_batch(bench, many);
		times[round] = (now_seconds() - start) / WRITES * 1e6;
		if (!error)
			error = bench->store->ops->sync(bench->store);
	}
	qsort(times, ROUNDS, sizeof(times[0]), by_time);
	return error ? error : times[ROUNDS / 2];
}

static void run(struct bench *bench, struct btree_pool *pool,
	const char *folder, int flag, const char *name)
{
	char path[4096];
	double single, many;
	int fd;

	snprintf(path, sizeof(path), "%s/store-bench-XXXXXX", folder);
	fd = mkostemp(path, flag);
	if (fd < 0) {
		printf("%-8s not here\n", name);
		return;
	}
	unlink(path);
	if (ftruncate(fd, (off_t)PAGES * BYTES))
		exit(1);
	if (store_open_file(pool, fd, &bench->store))
		exit(1);
	measure(bench, false); /* the file's blocks are there then */
	single = measure(bench, false);
	many = measure(bench, true);
	printf("%-8s %10.2f %10.2f %6.2f\n", name, single, many, single / many);
	bench->store->ops->destroy(bench->store);
	close(fd);
}

int main(int argc, char **argv)
{
	struct bench bench = {.random = 1};
	const char *folder = argc > 1 ? argv[1] : ".";
	struct btree_pool *pool;

	bench.data = aligned_alloc(BYTES, PAGE_OUTS_MAX * BYTES);
	if (!bench.data || btree_pool_create(1, 1, &pool))
		return 1;
	memset(bench.data, 42, PAGE_OUTS_MAX * BYTES);
	printf("file     us/page 1  us/page 64  times\n");
	run(&bench, pool, folder, 0, "cached");
	run(&bench, pool, folder, O_DIRECT, "direct");
	run(&bench, pool, folder, O_DSYNC, "dsync");
	printf("sum %016llx\n", (unsigned long long)bench.sum);
	btree_pool_destroy(pool);
	free(bench.data);
	return 0;
}
