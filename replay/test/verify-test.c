/*
 * Replay = live, with the backend in memory: programs that do all that the
 * library can, with every policy, and logs that were changed.
 */
#include "config.h"

#include "replay/verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "replay/test/live-program.h"

enum { PATH_BYTES = 64 };

static int log_file(char *path)
{
	int fd = memfd_create("log", MFD_CLOEXEC);

	assert_true(fd >= 0);
	snprintf(path, PATH_BYTES, "/proc/self/fd/%d", fd);
	return fd;
}

static int verify(
	const char *path, struct verify_result *result, struct message *message)
{
	const struct verify_config config = {.check = true};
	struct log_reader *log;
	int error = log_open(path, &log, message);

	if (error)
		return error;
	error = verify_run(log, &config, result, message);
	log_close(log);
	return error;
}

static void run(const struct live_options *options, int fd,
	struct selfpage_counts *counts)
{
	int error = live_run(options, fd, counts);

	if (error)
		fail_msg("%s, seed %llu: %s", options->policy,
			(unsigned long long)options->seed, strerror(-error));
}

/* Runs the program, and proves that the replay does the same. */
static void compare(const struct live_options *options)
{
	char path[PATH_BYTES];
	int fd = log_file(path);
	struct selfpage_counts live;
	struct verify_result result;
	struct message message;
	int error;

	run(options, fd, &live);
	error = verify(path, &result, &message);
	if (error)
		fail_msg("%s, %u frames, seed %llu: %s", options->policy,
			options->frames, (unsigned long long)options->seed,
			message.text);
	if (!result.equal)
		fail_msg("%s, %u frames, seed %llu: event %llu: %s",
			options->policy, options->frames,
			(unsigned long long)options->seed,
			(unsigned long long)result.record,
			result.difference.text);
	assert_false(result.cut);
	assert_true(result.victims > 0);
	assert_int_equal(result.counts.hard_faults, live.hard_faults);
	assert_int_equal(result.counts.zero_faults, live.zero_faults);
	assert_int_equal(result.counts.soft_faults, live.soft_faults);
	assert_int_equal(result.counts.write_faults, live.write_faults);
	assert_int_equal(result.counts.evictions, live.evictions);
	assert_int_equal(result.counts.choices, live.choices);
	assert_int_equal(result.counts.writebacks, live.writebacks);
	assert_int_equal(result.counts.copies, live.copies);
	assert_int_equal(result.counts.prefetches, live.prefetches);
	close(fd);
}

static void test_policies(void **state)
{
	const char *name;
	unsigned i, seed;

	(void)state;
	for (i = 0; (name = selfpage_policy_name(i)); i++)
		for (seed = 0; seed < 6; seed++) {
			struct live_options options = {
				.policy = name,
				.seed = seed,
				.frames = seed % 2 ? 12 : 48,
				.threads = 1,
				.steps = 3000,
				.hooks = seed & 2,
				.fails = seed & 4,
				.leaves = seed % 3 == 0,
			};

			compare(&options);
		}
}

static void test_threads(void **state)
{
	const char *name;
	unsigned i, seed;

	(void)state;
	for (i = 0; (name = selfpage_policy_name(i)); i++)
		for (seed = 0; seed < 3; seed++) {
			struct live_options options = {
				.policy = name,
				.seed = seed + 100,
				.frames = seed % 2 ? 10 : 40,
				.threads = 2 + seed * 2,
				.steps = 600,
				.hooks = seed & 1,
				.fails = seed & 2,
				.leaves = seed == 1,
			};

			compare(&options);
		}
}

static void test_one_frame(void **state)
{
	struct live_options options = {
		.policy = "fifo",
		.frames = 1,
		.threads = 1,
		.steps = 2000,
	};

	(void)state;
	compare(&options);
	options.threads = 4;
	compare(&options);
}

/* A log whose records can be changed. */
struct changed {
	char path[PATH_BYTES];
	int fd;
	size_t bytes;
	char *data;
};

static void change_begin(struct changed *changed, const char *policy)
{
	const struct live_options options = {
		.policy = policy,
		.seed = 7,
		.frames = 24,
		.threads = 1,
		.steps = 2000,
	};
	struct selfpage_counts counts;

	changed->fd = log_file(changed->path);
	run(&options, changed->fd, &counts);
	changed->bytes = lseek(changed->fd, 0, SEEK_END);
	changed->data = mmap(NULL, changed->bytes, PROT_READ | PROT_WRITE,
		MAP_SHARED, changed->fd, 0);
	assert_true(changed->data != MAP_FAILED);
}

static void change_end(struct changed *changed)
{
	munmap(changed->data, changed->bytes);
	close(changed->fd);
}

static struct log_block *first_block(struct changed *changed)
{
	return (struct log_block *)(changed->data + sizeof(struct log_header));
}

static void seal(struct log_block *block)
{
	block->checksum = log_block_checksum(
		block, (const struct watch_record *)(block + 1));
}

/* Of KIND, the NUMBERth; its number in the log. */
static struct watch_record *find(struct changed *changed, unsigned kind,
	unsigned number, uint64_t *at_out)
{
	struct log_block *block = first_block(changed);
	struct watch_record *records = (struct watch_record *)(block + 1);
	uint32_t i;

	for (i = 0; i < block->records; i++)
		if (records[i].kind == kind && !number--) {
			*at_out = i;
			return &records[i];
		}
	fail_msg("no record of kind %u", kind);
	return NULL;
}

static void test_changed_victim(void **state)
{
	struct changed changed;
	struct verify_result result;
	struct watch_record *victim;
	struct message message;
	uint64_t at;

	(void)state;
	change_begin(&changed, "lru");
	victim = find(&changed, WATCH_VICTIM, 9, &at);
	victim->number ^= 1;
	seal(first_block(&changed));
	assert_int_equal(verify(changed.path, &result, &message), 0);
	assert_false(result.equal);
	assert_int_equal(result.record, at);
	assert_int_equal(result.victims, 9);
	assert_non_null(strstr(result.difference.text, "live: victim page"));
	assert_non_null(
		strstr(result.difference.text, "in replay: victim page"));
	change_end(&changed);
}

/* Bits that were read otherwise: clock goes another way, and some later
 * record tells; but for bits of pages that were used elsewhere as well. */
static void test_changed_bit(void **state)
{
	struct changed changed;
	struct verify_result result;
	struct watch_record *bit;
	struct message message;
	unsigned i, differ = 0;
	uint64_t at;

	(void)state;
	change_begin(&changed, "clock");
	for (i = 0; i < 40; i++) {
		bit = find(&changed, WATCH_HARVESTED, i, &at);
		bit->detail ^= BIT_REFERENCED;
		seal(first_block(&changed));
		assert_int_equal(verify(changed.path, &result, &message), 0);
		assert_true(result.equal || result.record > at);
		differ += !result.equal;
		bit->detail ^= BIT_REFERENCED;
	}
	assert_in_range(differ, 10, 40);
	change_end(&changed);
}

static void test_corrupt(void **state)
{
	struct changed changed;
	struct verify_result result;
	struct message message;

	(void)state;
	change_begin(&changed, "lru");
	changed.data[sizeof(struct log_header) + 1000]++;
	assert_int_equal(verify(changed.path, &result, &message), -EINVAL);
	assert_non_null(strstr(message.text, "the block is corrupt"));
	changed.data[sizeof(struct log_header) + 1000]--;
	changed.data[20]++;
	assert_int_equal(verify(changed.path, &result, &message), -EINVAL);
	assert_non_null(strstr(message.text, "the header is corrupt"));
	changed.data[0]++;
	assert_int_equal(verify(changed.path, &result, &message), -EINVAL);
	assert_non_null(strstr(message.text, "no log"));
	change_end(&changed);
}

/* Whatever is left of it: what is whole is equal, and it is said that it was
 * cut. */
static void test_cut(void **state)
{
	const size_t record = sizeof(struct watch_record);
	struct verify_result result;
	struct message message;
	struct changed changed;
	size_t bytes;

	(void)state;
	change_begin(&changed, "clock");
	for (bytes = changed.bytes - record; bytes > sizeof(struct log_header);
		bytes -= changed.bytes / 9) {
		assert_int_equal(ftruncate(changed.fd, bytes), 0);
		assert_int_equal(verify(changed.path, &result, &message), 0);
		assert_true(result.equal);
		assert_true(result.cut);
		if (bytes < changed.bytes / 9 + sizeof(struct log_header))
			break;
	}
	assert_int_equal(result.records, 0);
	/* as a file system may leave it */
	assert_int_equal(ftruncate(changed.fd, changed.bytes), 0);
	assert_int_equal(verify(changed.path, &result, &message), 0);
	assert_true(result.cut);
	assert_int_equal(ftruncate(changed.fd, 100), 0);
	assert_int_equal(verify(changed.path, &result, &message), -EINVAL);
	change_end(&changed);
}

/* The same where calls overlap. */
static void test_cut_threads(void **state)
{
	const struct live_options options = {
		.policy = "clock",
		.seed = 11,
		.frames = 24,
		.threads = 6,
		.steps = 1500,
	};
	struct selfpage_counts counts;
	struct verify_result result;
	struct message message;
	char path[PATH_BYTES];
	int fd = log_file(path);
	off_t bytes;

	(void)state;
	run(&options, fd, &counts);
	bytes = lseek(fd, 0, SEEK_END);
	/* less than a header is no log */
	while ((bytes -= 65536) >= (off_t)sizeof(struct log_header)) {
		assert_int_equal(ftruncate(fd, bytes), 0);
		if (verify(path, &result, &message))
			fail_msg("cut at %lld: %s", (long long)bytes,
				message.text);
		assert_true(result.equal);
		assert_true(result.cut);
	}
	close(fd);
}

/* No more can be written: the program goes on, and the log is good up to
 * there. */
static void test_full(void **state)
{
	const struct live_options options = {
		.policy = "clock",
		.seed = 3,
		.frames = 24,
		.threads = 1,
		.steps = 20000,
	};
	struct selfpage_counts counts;
	struct verify_result result;
	struct rlimit before, limit;
	struct message message;
	char path[PATH_BYTES];
	int fd = log_file(path);

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = 200000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(live_run(&options, fd, &counts), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(verify(path, &result, &message), 0);
	assert_true(result.equal);
	assert_true(result.cut);
	assert_true(result.victims > 0);
	assert_true(result.counts.evictions < counts.evictions);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_policies),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_one_frame),
		cmocka_unit_test(test_changed_victim),
		cmocka_unit_test(test_changed_bit),
		cmocka_unit_test(test_corrupt),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_cut_threads),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
