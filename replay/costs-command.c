/*
 * selfpage costs: what a self-pager of this machine pays, as a file for
 * selfpage replay --costs.
 *
 *	c_scan	     a page is unmapped (mprotect), to learn whether it is used
 *	c_soft	     it is used: a signal, and the page is mapped again
 *	c_hard	     4 KiB are read from the disk, and such a signal
 *	c_writeback  4 KiB are written to the disk
 *
 * Batches are timed as a whole, and the median batch is told: what else runs
 * on the machine lengthens some, and shortens none.
 */
#include "config.h"

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/command.h"

enum {
	PAGE = 4096,
	BATCH = 64, /* pages */
	BATCHES = 64,
	PAGES = BATCH * BATCHES, /* 16 MiB, of memory and of the file */
};

struct options {
	const char *folder;
};

struct disk {
	int fd;
	bool direct; /* past the page cache */
	char *page;  /* aligned as direct access wants it */
};

static const struct argp_option argp_options[] = {
	{"folder", 'f', "DIR", 0,
		"Where the disk is tried, in a file without a name (default: "
		"$TMPDIR, or /tmp)",
		0},
	{0},
};

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'f':
		options->folder = text;
		break;
	case ARGP_KEY_ARG:
		argp_error(state, "there is nothing to name: '%s'", text);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	argp_options,
	parse_option,
	NULL,
	"Measures what a self-pager of this machine pays for hard faults, "
	"write-backs, soft faults and looking at pages, in nanoseconds: a file "
	"for selfpage replay --costs."
	"\vExamples:\n"
	"  selfpage costs >this-machine.costs\n"
	"  selfpage costs --folder /srv >disk.costs\n"
	"  selfpage replay sort.spt --costs disk.costs\n"
	"\n"
	"It takes a few seconds at most, 16 MiB of memory, and 16 MiB in the "
	"folder.",
	NULL,
	NULL,
	NULL,
};

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e9 + now.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static double median(double values[BATCHES])
{
	qsort(values, BATCHES, sizeof(*values), compare);
	return values[BATCHES / 2];
}

/* Maps the page again; a fault anywhere else is one. */
static void on_fault(int number, siginfo_t *info, void *context)
{
	char *page = (char *)((uintptr_t)info->si_addr & -(uintptr_t)PAGE);

	(void)context;
	if (mprotect(page, PAGE, PROT_READ | PROT_WRITE))
		signal(number, SIG_DFL);
}

/* Unmaps pages, and uses them. */
static int measure_memory(double *scan_out, double *soft_out)
{
	struct sigaction action = {
		.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
	struct sigaction before;
	double scan[BATCHES], soft[BATCHES], start, middle;
	volatile char *memory = mmap(NULL, (size_t)PAGES * PAGE,
		PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int error = 0, batch, i;

	if (memory == MAP_FAILED)
		return -errno;
	memset((char *)memory, 1, (size_t)PAGES * PAGE);
	sigaction(SIGSEGV, &action, &before);
	for (batch = 0; batch < BATCHES && !error; batch++) {
		volatile char *page = memory + (size_t)batch * BATCH * PAGE;

		start = now_ns();
		for (i = 0; i < BATCH && !error; i++)
			if (mprotect((char *)page + i * PAGE, PAGE, PROT_NONE))
				error = -errno;
		middle = now_ns();
		for (i = 0; i < BATCH; i++)
			page[i * PAGE]++;
		scan[batch] = (middle - start) / BATCH;
		soft[batch] = (now_ns() - middle) / BATCH;
	}
	sigaction(SIGSEGV, &before, NULL);
	munmap((char *)memory, (size_t)PAGES * PAGE);
	*scan_out = median(scan);
	*soft_out = median(soft);
	return error;
}

/* A file without a name, of PAGES pages, past the page cache if the file
 * system can. */
static int open_disk(const char *folder, struct disk *disk)
{
	int error = 0, i;

	*disk = (struct disk){.direct = true};
	disk->fd =
		open(folder, O_TMPFILE | O_RDWR | O_DIRECT | O_CLOEXEC, 0600);
	if (disk->fd < 0) {
		disk->direct = false;
		error = file_open_nameless(folder, &disk->fd);
	}
	if (error)
		return error;
	if (posix_memalign((void **)&disk->page, PAGE, PAGE))
		return -ENOMEM;
	memset(disk->page, 1, PAGE);
	for (i = 0; i < PAGES; i++)
		if (pwrite(disk->fd, disk->page, PAGE, (off_t)i * PAGE) != PAGE)
			return errno ? -errno : -EIO;
	return fsync(disk->fd) ? -errno : 0;
}

static void close_disk(struct disk *disk)
{
	if (disk->fd >= 0)
		close(disk->fd);
	free(disk->page);
}

/* Page NUMBER of an order without a pattern, each once. */
static off_t scattered(unsigned number)
{
	return (off_t)(number * 2654435761u % PAGES) * PAGE;
}

/* Reads or writes all pages, one by one. */
static int measure_disk(const struct disk *disk, bool writes, double *out)
{
	double spent[BATCHES], start;
	unsigned batch, i;

	for (batch = 0; batch < BATCHES; batch++) {
		start = now_ns();
		for (i = 0; i < BATCH; i++) {
			off_t at = scattered(batch * BATCH + i);
			ssize_t done =
				writes ? pwrite(disk->fd, disk->page, PAGE, at)
				       : pread(disk->fd, disk->page, PAGE, at);

			if (done != PAGE)
				return done < 0 ? -errno : -EIO;
		}
		spent[batch] = (now_ns() - start) / BATCH;
	}
	*out = median(spent);
	return 0;
}

int costs_command(int argc, char **argv)
{
	struct options options = {.folder = file_temporary_folder()};
	double scan, soft, read, write;
	struct disk disk = {.fd = -1};
	int error;

	argp_parse(&argp, argc, argv, 0, NULL, &options);
	error = measure_memory(&scan, &soft);
	if (error)
		return command_fail(1, "costs", "memory: %s", strerror(-error));
	error = open_disk(options.folder, &disk);
	if (!error)
		error = measure_disk(&disk, false, &read);
	if (!error)
		error = measure_disk(&disk, true, &write);
	close_disk(&disk);
	if (error)
		return command_fail(
			1, "costs", "%s: %s", options.folder, strerror(-error));
	printf("# nanoseconds; of %s %s\n", options.folder,
		disk.direct ? "with O_DIRECT"
			    : "without O_DIRECT: its page cache's");
	printf("c_hard %.0f\nc_writeback %.0f\nc_soft %.0f\nc_scan %.0f\n",
		read + soft, write, soft, scan);
	return 0;
}
