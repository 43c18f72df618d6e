/*
 * References a second through the pager, trace reading included, beside a
 * flat-array LRU with no pager behind it over the same trace.
 *
 * Of each trace the size is sought at which LRU misses the wanted share of
 * the references, or it is given.  Then control, LRU and OPT (its next-use
 * pass included) take turns; the ratios are those within a turn; printed are
 * medians and the spread of the ratios.
 *
 *	replay-bench [-m MISS-SHARE | -f FRAMES] [-r ROUNDS] [TRACE...]
 *
 * Without a trace: 20 M references, zipf 0.9 over 1 M pages, 10 % misses;
 * then the same at 1 k, 16 k and 256 k frames, and at 1 M frames over 4 M
 * pages.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "replay/replay.h"
#include "replay/test/lru-control.h"
#include "replay/test/zipf.h"

enum { PAGES = 1000000, REFERENCES = 20000000, ROUNDS_MAX = 99 };

/* What is asked of each trace. */
struct task {
	double share;	 /* of the references that miss, unless */
	uint32_t frames; /* this is not 0 */
	int rounds;
	struct counter *counter;
};

static double now_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

static void die(const char *what, const struct message *message)
{
	fprintf(stderr, "replay-bench: %s: %s\n", what, message->text);
	exit(1);
}

static void write_zipf(const char *path, uint32_t pages)
{
	struct trace_writer_options options = {
		.program = "zipf",
		.arguments = "0.9",
		.tool = "replay-bench",
		.page_bytes = 4096,
		.has_writes = true,
	};
	struct message message = {""};
	struct trace_writer *writer;
	struct zipf zipf;
	int i;

	if (zipf_init(&zipf, pages, 0.9, 1) ||
		trace_writer_open(path, &options, &writer, &message))
		die(path, &message);
	for (i = 0; i < REFERENCES; i++) {
		unsigned kinds =
			zipf_random(&zipf) % 10 < 3 ? TRACE_WRITE : TRACE_READ;

		trace_writer_add(
			writer, 0x10000 + zipf_next(&zipf), kinds, 1, 0);
	}
	zipf_free(&zipf);
	if (trace_writer_finish(writer, &message))
		die(path, &message);
}

/* Faults of the control; seconds in *SECONDS. */
static uint64_t run_control(
	struct trace_reader *reader, uint32_t frames, double *seconds)
{
	const struct trace_info *info = trace_reader_info(reader);
	struct message message = {""};
	struct trace_block block;
	struct lru_control lru;
	double start = now_seconds();
	uint64_t number, faults;

	if (lru_control_init(&lru, info->pages, frames))
		die("control", &message);
	for (number = 0; number < info->blocks; number++) {
		if (trace_reader_read(reader, number, &block, &message))
			die(info->path, &message);
		lru_control_run(&lru, block.page, block.events);
	}
	faults = lru.faults;
	lru_control_free(&lru);
	*seconds = now_seconds() - start;
	return faults;
}

/* The smallest size at which at most SHARE of the references miss. */
static uint32_t find_frames(struct trace_reader *reader, double share)
{
	const struct trace_info *info = trace_reader_info(reader);
	uint64_t wanted = share * info->references;
	uint32_t low = 1, high = info->pages;
	double seconds;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (run_control(reader, middle, &seconds) <= wanted)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static uint64_t run_replay(struct trace_reader *reader,
	const struct policy_ops *policy, uint32_t frames,
	struct counter *counter, double *seconds)
{
	struct replay_config config = {
		.policy = policy,
		.frames = frames,
		.bit_at_load = true,
		.look_ahead = true,
		.counter = counter,
	};
	struct replay_result result;
	struct message message = {""};
	double start = now_seconds();

	if (policy->knows == POLICY_ORACLE &&
		nextuse_build(reader, NULL, &config.nextuse, &message))
		die("next uses", &message);
	if (replay_run(reader, &config, &result, &message))
		die(policy->name, &message);
	nextuse_close(config.nextuse);
	*seconds = now_seconds() - start;
	return result.faults;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The value that SHARE of the COUNT values do not exceed. */
static double quantile(double *values, int count, double share)
{
	qsort(values, count, sizeof(*values), compare);
	return values[(int)(share * (count - 1) + 0.5)];
}

static void print_speed(const char *name, double *seconds, double *ratios,
	int rounds, const struct trace_info *info, uint64_t faults)
{
	double time = quantile(seconds, rounds, 0.5);

	printf("  %-8s %10llu faults %8.1f M references/s %6.2f ns", name,
		(unsigned long long)faults, info->references / time / 1e6,
		time / info->references * 1e9);
	if (ratios)
		printf("  x %.2f (%.2f .. %.2f)", quantile(ratios, rounds, 0.5),
			quantile(ratios, rounds, 0.1),
			quantile(ratios, rounds, 0.9));
	putchar('\n');
}

static void bench_trace(const char *path, const struct task *task)
{
	double control[ROUNDS_MAX], lru[ROUNDS_MAX], opt[ROUNDS_MAX];
	double lru_ratio[ROUNDS_MAX], opt_ratio[ROUNDS_MAX];
	uint64_t control_faults = 0, lru_faults = 0, opt_faults = 0;
	struct message message = {""};
	const struct trace_info *info;
	struct trace_reader *reader;
	uint32_t frames;
	int rounds = task->rounds;
	int i;

	if (trace_reader_open(path, false, &reader, &message))
		die(path, &message);
	info = trace_reader_info(reader);
	frames = task->frames ? task->frames : find_frames(reader, task->share);
	for (i = 0; i < rounds; i++) {
		control_faults = run_control(reader, frames, &control[i]);
		lru_faults = run_replay(
			reader, &policy_lru, frames, task->counter, &lru[i]);
		opt_faults = run_replay(
			reader, &policy_opt, frames, task->counter, &opt[i]);
		lru_ratio[i] = lru[i] / control[i];
		opt_ratio[i] = opt[i] / lru[i];
	}
	printf("%s: %llu references, %llu events, %u frames\n", path,
		(unsigned long long)info->references,
		(unsigned long long)info->events, frames);
	print_speed("control", control, NULL, rounds, info, control_faults);
	print_speed("lru", lru, lru_ratio, rounds, info, lru_faults);
	print_speed("opt", opt, opt_ratio, rounds, info, opt_faults);
	trace_reader_close(reader);
	if (lru_faults != control_faults)
		die("lru", &(struct message){"not the control's faults"});
}

static void bench_zipf(const struct task *task)
{
	static const uint32_t sizes[] = {1 << 10, 1 << 14, 1 << 18};
	char path[] = "/tmp/replay-bench-XXXXXX";
	struct task other = *task;
	size_t i;

	close(mkstemp(path));
	write_zipf(path, PAGES);
	bench_trace(path, task);
	/* these take longer: most references miss */
	other.rounds = task->rounds < 3 ? task->rounds : 3;
	for (i = 0; i < sizeof(sizes) / sizeof(*sizes) && !task->frames; i++) {
		other.frames = sizes[i];
		bench_trace(path, &other);
	}
	if (!task->frames) {
		other.frames = 1 << 20;
		write_zipf(path, 4 * PAGES);
		bench_trace(path, &other);
	}
	unlink(path);
}

int main(int argc, char **argv)
{
	struct task task = {.share = 0.1, .rounds = 5};
	struct message message = {""};
	int option;

	while ((option = getopt(argc, argv, "m:f:r:")) != -1) {
		if (option == 'm')
			task.share = atof(optarg);
		else if (option == 'f')
			task.frames = strtoul(optarg, NULL, 0);
		else if (option == 'r')
			task.rounds = atoi(optarg);
		else
			return 2;
	}
	if (task.rounds < 1 || task.rounds > ROUNDS_MAX || task.share <= 0) {
		fprintf(stderr, "replay-bench: 1 to %d rounds, misses > 0\n",
			ROUNDS_MAX);
		return 2;
	}
	if (counter_open(COUNTER_AUTO, NULL, &task.counter, &message))
		die("counter", &message);
	puts("x: times as long as the control (lru), as lru (opt)");
	if (optind == argc)
		bench_zipf(&task);
	for (; optind < argc; optind++)
		bench_trace(argv[optind], &task);
	counter_close(task.counter);
	return 0;
}
