/*
 * What a fault of live memory costs, from the touch to the next instruction,
 * beside what the kernel's own cost in the same run, in turn:
 *
 *   the kernel's fault on anonymous memory that is written for the first time
 *   a whole fault: eviction, and a read from a file in memory; in random order
 *   and by one thread; each page read, half of them written, and that with
 *   segmented FIFO, which unmaps another page besides
 *   a soft fault: the page is in a frame, clean or dirty; and what it takes
 *   at least, a signal whose handler makes the system's two calls that put the
 *   page where it was touched, write-protected, and takes no other away
 *   a whole fault with a file on a disk (O_DIRECT), and the kernel's own of a
 *   map of that file with as much memory (a memory cgroup; as root)
 *
 *	live-bench [FOLDER [ROUNDS]]	a folder on a disk
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <x86intrin.h>

#include "mm/live-uffd.h"
#include "mm/selfpage.h"

enum {
	PAGE = 4096,
	FRAMES = 4096,
	PAGES = 4 * FRAMES, /* of the file and the map */
	DISK_TOUCHES = 1000,
	SOFT_TOUCHES = FRAMES,
	ROUNDS = 5,
};

enum series_name {
	KERNEL_WRITE,
	READS,
	HALF_WRITES,
	SEGMENTED,
	KERNEL_SOFT,
	SOFT,
	SOFT_DIRTY,
	KERNEL_DISK,
	DISK,
	SERIES,
};

struct series {
	uint32_t *ticks;
	size_t count, max;
};

struct bench {
	struct series series[SERIES];
	uint32_t order[PAGES]; /* of touches */
	uint64_t random;
	unsigned live;
	int memory_file, disk_file, disk_direct;
	char group[128]; /* a memory cgroup's folder; empty: none */
};

static _Noreturn void die(const char *what, int error)
{
	fprintf(stderr, "live-bench: %s: %s\n", what, strerror(error));
	exit(1);
}

static void check(int result, const char *what)
{
	if (result < 0)
		die(what, result == -1 ? errno : -result);
}

static void add(struct series *series, uint64_t ticks)
{
	if (series->count == series->max) {
		series->max = series->max ? 2 * series->max : 4096;
		series->ticks = realloc(
			series->ticks, series->max * sizeof(*series->ticks));
		if (!series->ticks)
			die("memory", ENOMEM);
	}
	series->ticks[series->count++] =
		ticks < UINT32_MAX ? ticks : UINT32_MAX;
}

static uint64_t draw(struct bench *bench, uint64_t below)
{
	bench->random ^= bench->random << 13;
	bench->random ^= bench->random >> 7;
	bench->random ^= bench->random << 17;
	return bench->random % below;
}

static void shuffle(struct bench *bench)
{
	uint32_t i, other, page;

	for (i = 0; i < PAGES; i++)
		bench->order[i] = i;
	for (i = PAGES - 1; i; i--) {
		other = draw(bench, i + 1);
		page = bench->order[i];
		bench->order[i] = bench->order[other];
		bench->order[other] = page;
	}
}

static inline __attribute__((always_inline)) uint64_t touch(
	volatile char *at, bool write)
{
	uint64_t start;

	_mm_lfence();
	start = __rdtsc();
	if (write)
		*at = 1;
	else
		(void)*at;
	_mm_lfence();
	return __rdtsc() - start;
}

static void measure_kernel_write(struct bench *bench)
{
	char *start = mmap(NULL, (size_t)PAGES * PAGE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	uint32_t i;

	if (start == MAP_FAILED)
		die("mmap", errno);
	madvise(start, (size_t)PAGES * PAGE, MADV_NOHUGEPAGE);
	for (i = 0; i < PAGES; i++)
		add(&bench->series[KERNEL_WRITE],
			touch(start + (size_t)bench->order[i] * PAGE, true));
	munmap(start, (size_t)PAGES * PAGE);
}

/* PAGES of FILE, paged. */
struct paged {
	struct selfpage *pager;
	struct selfpage_space *space;
	struct selfpage_store *store;
	char *start;
};

static void begin_paged(const struct bench *bench, struct paged *paged,
	int file, const char *policy, uint32_t frames)
{
	const struct selfpage_config config = {
		.config_bytes = sizeof(config),
		.frames = frames,
		.policy = policy,
		.live = bench->live,
	};
	struct selfpage_request request = {
		.request_bytes = sizeof(request),
		.bytes = (uint64_t)PAGES * PAGE,
		.protection = SELFPAGE_READ | SELFPAGE_WRITE,
	};
	uint64_t address;

	check(selfpage_create(&config, &paged->pager), "a live pager");
	check(selfpage_space_create(paged->pager, 0, &paged->space), "space");
	check(selfpage_store_open_file(paged->pager, file, &paged->store),
		"store");
	request.store = paged->store;
	check(selfpage_map_request(paged->space, &request, &address), "map");
	paged->start = (char *)(uintptr_t)address;
}

static void end_paged(struct paged *paged)
{
	check(selfpage_space_destroy(paged->space), "space");
	check(selfpage_store_discard(paged->store), "store");
	check(selfpage_destroy(paged->pager), "pager");
}

/* In the same random order again and again, so that with FIFO each touch is of
 * a page that has gone. */
static void measure_paged(struct bench *bench, enum series_name name,
	const char *policy, bool half)
{
	struct paged paged;
	uint64_t ticks;
	uint32_t i;

	begin_paged(bench, &paged, bench->memory_file, policy, FRAMES);
	for (i = 0; i < PAGES + FRAMES; i++) {
		ticks = touch(
			paged.start + (size_t)bench->order[i % PAGES] * PAGE,
			half && draw(bench, 2));
		if (i >= FRAMES)
			add(&bench->series[name], ticks);
	}
	end_paged(&paged);
}

/* What a handler knows. */
static struct {
	struct uffd uffd;
	char *shown, *kept; /* FRAMES pages each */
} bare;

static void on_bare_fault(int number, siginfo_t *info, void *context)
{
	size_t page = ((char *)info->si_addr - bare.shown) / PAGE;

	(void)number;
	(void)context;
	if (page >= FRAMES ||
		uffd_move(&bare.uffd, bare.shown + page * PAGE,
			bare.kept + page * PAGE) ||
		uffd_guard(&bare.uffd, bare.shown + page * PAGE, true))
		abort();
}

static char *map_bare(bool missing)
{
	char *start = mmap(NULL, (size_t)FRAMES * PAGE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (start == MAP_FAILED)
		die("mmap", errno);
	madvise(start, (size_t)FRAMES * PAGE, MADV_NOHUGEPAGE);
	check(uffd_register(&bare.uffd, start, (size_t)FRAMES * PAGE, missing),
		"userfaultfd");
	return start;
}

static void measure_kernel_soft(struct bench *bench)
{
	struct sigaction action = {
		.sa_sigaction = on_bare_fault,
		.sa_flags = SA_SIGINFO | SA_NODEFER,
	};
	struct sigaction before;
	uint32_t i, page;

	if (uffd_open(&bare.uffd) || !bare.uffd.moves) {
		uffd_close(&bare.uffd);
		return;
	}
	bare.shown = map_bare(true);
	bare.kept = map_bare(false);
	memset(bare.kept, 1, (size_t)FRAMES * PAGE);
	sigfillset(&action.sa_mask);
	sigaction(SIGBUS, &action, &before);
	for (i = 0; i < PAGES; i++) {
		page = bench->order[i];
		if (page < FRAMES)
			add(&bench->series[KERNEL_SOFT],
				touch(bare.shown + (size_t)page * PAGE, false));
	}
	sigaction(SIGBUS, &before, NULL);
	munmap(bare.shown, (size_t)FRAMES * PAGE);
	munmap(bare.kept, (size_t)FRAMES * PAGE);
	uffd_close(&bare.uffd);
}

/* All pages fit; those that segmented FIFO has unmapped come back. */
static void measure_soft(struct bench *bench, enum series_name name, bool dirty)
{
	struct selfpage_counts before, after;
	struct paged paged;
	uint64_t ticks;
	uint32_t i;

	begin_paged(bench, &paged, bench->memory_file, "sfifo", FRAMES + 64);
	for (i = 0; i < FRAMES + SOFT_TOUCHES; i++) {
		selfpage_read_counts(paged.pager, &before, sizeof(before));
		ticks = touch(
			paged.start + (size_t)bench->order[i % FRAMES] * PAGE,
			dirty);
		selfpage_read_counts(paged.pager, &after, sizeof(after));
		if (after.soft_faults > before.soft_faults)
			add(&bench->series[name], ticks);
	}
	end_paged(&paged);
}

static void write_text(const char *folder, const char *name, const char *text)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die(path, errno);
	close(fd);
}

/* The kernel's own, with memory for FRAMES pages and its tables. */
static void measure_kernel_disk(struct bench *bench)
{
	const size_t bytes = (size_t)PAGES * PAGE;
	char text[32], *start;
	uint32_t i;

	if (bench->group[0]) {
		snprintf(text, sizeof(text), "%d", (FRAMES + 256) * PAGE);
		write_text(bench->group, "memory.limit_in_bytes", text);
		snprintf(text, sizeof(text), "%d", getpid());
		write_text(bench->group, "cgroup.procs", text);
	}
	start = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
		bench->disk_file, 0);
	if (start == MAP_FAILED)
		die("mmap", errno);
	posix_fadvise(bench->disk_file, 0, 0, POSIX_FADV_DONTNEED);
	madvise(start, bytes, MADV_RANDOM);
	for (i = 0; i < FRAMES + DISK_TOUCHES; i++) {
		uint64_t ticks =
			touch(start + (size_t)bench->order[i] * PAGE, false);

		if (i >= FRAMES)
			add(&bench->series[KERNEL_DISK], ticks);
	}
	munmap(start, bytes);
	posix_fadvise(bench->disk_file, 0, 0, POSIX_FADV_DONTNEED);
	if (bench->group[0])
		write_text("/sys/fs/cgroup/memory", "cgroup.procs", text);
}

static void measure_disk(struct bench *bench)
{
	struct paged paged;
	uint32_t i;

	begin_paged(bench, &paged, bench->disk_direct, "fifo", FRAMES);
	for (i = 0; i < FRAMES + DISK_TOUCHES; i++) {
		uint64_t ticks = touch(
			paged.start + (size_t)bench->order[i] * PAGE, false);

		if (i >= FRAMES)
			add(&bench->series[DISK], ticks);
	}
	end_paged(&paged);
}

static void fill(int fd)
{
	char page[PAGE] __attribute__((aligned(PAGE)));
	uint32_t i;

	for (i = 0; i < PAGES; i++) {
		memset(page, (int)i, sizeof(page));
		if (pwrite(fd, page, PAGE, (off_t)i * PAGE) != PAGE)
			die("a file of 64 MiB", errno ? errno : ENOSPC);
	}
	check(fsync(fd), "fsync");
}

/* A file without a name in FOLDER, once through the cache and once not. */
static void open_disk(struct bench *bench, const char *folder)
{
	char path[64];

	bench->disk_direct = -1;
	bench->disk_file = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (bench->disk_file < 0)
		die(folder, errno);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", bench->disk_file);
	bench->disk_direct = open(path, O_RDWR | O_DIRECT | O_CLOEXEC);
	if (bench->disk_direct < 0) {
		printf("%s: no O_DIRECT: no figures of a disk\n", folder);
		return;
	}
	fill(bench->disk_file);
	snprintf(bench->group, sizeof(bench->group),
		"/sys/fs/cgroup/memory/selfpage-bench-%d", getpid());
	if (mkdir(bench->group, 0755)) {
		bench->group[0] = '\0';
		printf("no memory cgroup: the kernel's map has no limit\n");
	}
}

static int by_ticks(const void *a, const void *b)
{
	uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;

	return one < other ? -1 : one > other;
}

static double part(const struct series *series, double share)
{
	if (!series->count)
		return 0;
	return series->ticks[(size_t)(share * (series->count - 1))];
}

static void print(struct bench *bench, enum series_name name, const char *what,
	enum series_name control)
{
	const struct series *series = &bench->series[name];
	const struct series *beside = &bench->series[control];

	if (series->count)
		printf("%-44s %9.0f %9.0f %7.2f %7.2f\n", what,
			part(series, .5), part(series, .9),
			part(series, .5) / part(beside, .5),
			part(series, .9) / part(beside, .9));
}

static void report(struct bench *bench)
{
	unsigned i;

	for (i = 0; i < SERIES; i++)
		qsort(bench->series[i].ticks, bench->series[i].count,
			sizeof(uint32_t), by_ticks);
	printf("%-44s %9s %9s %7s %7s\n", "ticks of the time stamp counter",
		"median", "p90", "times", "of p90");
	print(bench, KERNEL_WRITE, "kernel: anonymous, written", KERNEL_WRITE);
	print(bench, READS, "paged: evicted, read from memory", KERNEL_WRITE);
	print(bench, HALF_WRITES, "paged: the same, half are written",
		KERNEL_WRITE);
	print(bench, SEGMENTED, "paged: and by segmented FIFO", KERNEL_WRITE);
	print(bench, KERNEL_SOFT, "kernel: a signal, MOVE, WRITEPROTECT",
		KERNEL_WRITE);
	print(bench, SOFT, "paged: soft", KERNEL_WRITE);
	print(bench, SOFT_DIRTY, "paged: soft, written to", KERNEL_WRITE);
	print(bench, KERNEL_DISK, "kernel: a map of a file, from disk",
		KERNEL_DISK);
	print(bench, DISK, "paged: evicted, read from disk", KERNEL_DISK);
}

int main(int argc, char **argv)
{
	static struct bench bench = {.random = 88172645463325252};
	unsigned rounds = argc > 2 ? atoi(argv[2]) : ROUNDS;
	const char *front = getenv("FRONT");

	bench.live = SELFPAGE_LIVE;
	if (front && !strcmp(front, "mprotect"))
		bench.live = SELFPAGE_LIVE_PROTECT;
	bench.memory_file = memfd_create("bench", MFD_CLOEXEC);
	check(bench.memory_file, "memfd");
	fill(bench.memory_file);
	open_disk(&bench, argc > 1 ? argv[1] : ".");
	while (rounds--) {
		shuffle(&bench);
		measure_kernel_write(&bench);
		measure_paged(&bench, READS, "fifo", false);
		measure_paged(&bench, HALF_WRITES, "fifo", true);
		measure_paged(&bench, SEGMENTED, "sfifo", true);
		measure_kernel_soft(&bench);
		measure_soft(&bench, SOFT, false);
		measure_soft(&bench, SOFT_DIRTY, true);
		if (bench.disk_direct < 0)
			continue;
		measure_kernel_disk(&bench);
		measure_disk(&bench);
	}
	if (bench.group[0])
		rmdir(bench.group);
	report(&bench);
	return 0;
}
