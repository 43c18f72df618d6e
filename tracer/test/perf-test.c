/*
 * Perf events: which ones are asked for on machines that are not here, the
 * records of the kernel taken apart, and, where the system allows, this
 * program's own child.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tracer/perf-events.h"
#include "tracer/perf-ring.h"
#include "tracer/pmu-event.h"
#include "tracer/trace.h"

/* ---- which events ---- */

static void faults(void **state)
{
	struct perf_events events;

	(void)state;
	assert_int_equal(perf_events_faults(true, &events), 0);
	assert_int_equal(events.count, 1);
	assert_int_equal(events.event[0].type, PERF_TYPE_SOFTWARE);
	assert_int_equal(events.event[0].config, PERF_COUNT_SW_PAGE_FAULTS);
	assert_int_equal(events.event[0].sample_period, 1);
	assert_false(events.event[0].exclude_kernel);
	perf_events_free(&events);
	assert_int_equal(perf_events_faults(false, &events), 0);
	assert_true(events.event[0].exclude_kernel);
	perf_events_free(&events);
}

#ifdef HAVE_LIBPFM
/* What libpfm4 must make of each, as the makers number it; config 0: it has
 * no such sampling by name. */
static const struct {
	const char *pmu;
	uint64_t loads, stores;
} machines[] = {
	{"skl,perf", 0x81d0, 0x82d0},
	{"spr,perf", 0x81d0, 0x82d0},
	{"hsw,perf", 0x81d0, 0x82d0},
	{"amd64_fam19h_zen4,perf", 0, 0},
};

static int check_machine(unsigned number)
{
	struct perf_events events;
	int error = perf_events_samples(0, 10007, &events);
	int wrong = 0;

	if (machines[number].loads == 0)
		return error == -ENOENT ? 0
					: access("/sys/bus/event_source/"
						 "devices/ibs_op",
						  F_OK);
	if (error != 0)
		return 1;
	wrong += events.count != 2 ||
		 events.event[0].config != machines[number].loads ||
		 events.event[1].config != machines[number].stores ||
		 events.kinds[0] != TRACE_READ ||
		 events.kinds[1] != TRACE_WRITE;
	for (unsigned i = 0; i < events.count; i++)
		wrong += events.event[i].type != PERF_TYPE_RAW ||
			 events.event[i].precise_ip != 2 ||
			 events.event[i].sample_period != 10007 ||
			 !events.event[i].exclude_kernel;
	perf_events_free(&events);
	/* Another way, less precise, and then there is an end. */
	unsigned way = 0;

	while (perf_events_samples(way, 10007, &events) == 0 && way < 8) {
		perf_events_free(&events);
		way++;
	}
	return wrong + (way < 1 || way > 4);
}

/* libpfm4 looks at the machine once: each takes a process of its own. */
static void samples(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(machines) / sizeof(*machines); i++) {
		char number[16];
		int status;
		pid_t child = fork();

		if (child == 0) {
			snprintf(number, sizeof(number), "%u", i);
			setenv("LIBPFM_FORCE_PMU", machines[i].pmu, 1);
			execl("/proc/self/exe", "perf-test", number, NULL);
			_exit(127);
		}
		assert_true(child > 0);
		assert_int_equal(waitpid(child, &status, 0), child);
		if (status != 0)
			fail_msg("%s: wrong", machines[i].pmu);
	}
}
#endif

static void errors_in_words(void **state)
{
	static const int errors[] = {-ENOENT, -EOPNOTSUPP, -EACCES, -EPERM};

	(void)state;
	for (int i = 0; i < 4; i++)
		for (int k = 0; k < i; k++)
			assert_string_not_equal(pmu_event_error(errors[i]),
				pmu_event_error(errors[k]));
	assert_non_null(strstr(pmu_event_error(-EACCES), "paranoid"));
	assert_non_null(strstr(pmu_event_error(-EPERM), "CAP_PERFMON"));
}

/* ---- records ---- */

/* Words of 8 bytes: a record of that TYPE and MISC, its size in front. */
struct record {
	struct perf_event_header header;
	uint64_t word[32];
};

static bool parse(struct record *record, unsigned type, unsigned misc,
	unsigned words, struct perf_record *out)
{
	static const uint64_t ids[] = {700, 701};

	record->header.type = type;
	record->header.misc = (uint16_t)misc;
	record->header.size = (uint16_t)(8 + 8 * words);
	return perf_record_parse(record, record->header.size, ids, 2, out);
}

#define PAIR(low, high) ((uint64_t)(high) << 32 | (low))

static void touches(void **state)
{
	struct record record = {.word = {701, PAIR(5, 6), 99, 0x7f001234, 8}};
	struct perf_record out;

	(void)state;
	assert_true(parse(
		&record, PERF_RECORD_SAMPLE, PERF_RECORD_MISC_USER, 5, &out));
	assert_int_equal(out.kind, PERF_TOUCH);
	assert_int_equal(out.event, 1);
	assert_int_equal(out.process, 5);
	assert_int_equal(out.thread, 6);
	assert_int_equal(out.time_ns, 99);
	assert_int_equal(out.address, 0x7f001234);
	assert_int_equal(out.source, 8);
	assert_false(out.kernel);
	assert_true(parse(
		&record, PERF_RECORD_SAMPLE, PERF_RECORD_MISC_KERNEL, 5, &out));
	assert_true(out.kernel);
	assert_false(parse(&record, PERF_RECORD_SAMPLE, 0, 4, &out));
	record.word[0] = 702;
	assert_false(parse(&record, PERF_RECORD_SAMPLE, 0, 5, &out));
}

static void maps(void **state)
{
	struct record record = {
		.word = {PAIR(5, 6), 0x1000, 0x2000, 0x3000, 0, 0, 0,
			PAIR(5, 2), 0, 0, PAIR(5, 6), 77, 700}};
	struct perf_record out;

	(void)state;
	memcpy(&record.word[8], "/bin/x", 7);
	assert_true(parse(&record, PERF_RECORD_MMAP2, 0, 13, &out));
	assert_int_equal(out.kind, PERF_MAP);
	assert_int_equal(out.address, 0x1000);
	assert_int_equal(out.bytes, 0x2000);
	assert_int_equal(out.offset, 0x3000);
	assert_int_equal(out.protection, 5);
	assert_int_equal(out.time_ns, 77);
	assert_string_equal(out.name, "/bin/x");
	/* A name without an end, and a record without a name. */
	memset(&record.word[8], 'x', 16);
	assert_false(parse(&record, PERF_RECORD_MMAP2, 0, 13, &out));
	assert_false(parse(&record, PERF_RECORD_MMAP2, 0, 10, &out));
}

static void others(void **state)
{
	struct record command = {.word = {PAIR(5, 6), 0, PAIR(5, 6), 77, 700}};
	struct record forked = {
		.word = {PAIR(8, 5), PAIR(8, 6), 77, PAIR(8, 8), 77, 700}};
	struct record lost = {.word = {700, 12, PAIR(5, 6), 77, 700}};
	struct perf_record out;

	(void)state;
	memcpy(&command.word[1], "cc1", 4);
	assert_true(parse(&command, PERF_RECORD_COMM,
		PERF_RECORD_MISC_COMM_EXEC, 5, &out));
	assert_int_equal(out.kind, PERF_EXEC);
	assert_string_equal(out.name, "cc1");
	/* A thread that gives itself a name. */
	assert_false(parse(&command, PERF_RECORD_COMM, 0, 5, &out));
	assert_true(parse(&forked, PERF_RECORD_FORK, 0, 6, &out));
	assert_int_equal(out.kind, PERF_FORK);
	assert_int_equal(out.process, 5);
	assert_int_equal(out.child, 8);
	assert_true(parse(&forked, PERF_RECORD_EXIT, 0, 6, &out));
	assert_int_equal(out.kind, PERF_END);
	assert_int_equal(out.process, 8);
	forked.word[1] = PAIR(9, 9); /* another thread than its first */
	assert_false(parse(&forked, PERF_RECORD_EXIT, 0, 6, &out));
	forked.word[0] = PAIR(5, 5);
	assert_false(parse(&forked, PERF_RECORD_FORK, 0, 6, &out));
	assert_true(parse(&lost, PERF_RECORD_LOST, 0, 5, &out));
	assert_int_equal(out.kind, PERF_LOST);
	assert_int_equal(out.lost, 12);
	assert_true(parse(&lost, PERF_RECORD_THROTTLE, 0, 5, &out));
	assert_int_equal(out.lost, 0);
	assert_false(parse(&lost, PERF_RECORD_EXIT, 0, 5, &out));
}

/* Whatever the bytes, nothing beyond them is read (under a sanitizer). */
static void any_bytes(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (unsigned i = 0; i < 200000; i++) {
		static const uint64_t ids[] = {0};
		size_t words = (seed >> 20) % 20;
		uint64_t *data = malloc(8 * words + 1);
		struct perf_record out;

		assert_non_null(data);
		for (size_t k = 0; k < words; k++)
			data[k] = seed = seed * 6364136223846793005u + 1;
		if (words > 0)
			((struct perf_event_header *)data)->type = i % 20;
		perf_record_parse(data, 8 * words, ids, 1, &out);
		free(data);
	}
}

/* ---- the machine ---- */

#define PAGES 300

struct seen {
	uint32_t process;
	uint64_t last_ns;
	unsigned touches, execs, maps, disorder;
};

static int see(void *context, const struct perf_record *record)
{
	struct seen *seen = context;

	seen->disorder += record->time_ns < seen->last_ns;
	seen->last_ns = record->time_ns;
	if (record->process != seen->process)
		return 0;
	seen->touches += record->kind == PERF_TOUCH;
	seen->execs += record->kind == PERF_EXEC;
	seen->maps += record->kind == PERF_MAP;
	return 0;
}

/* The child is this program once more, which touches so many pages. */
static void machine_faults(void **state)
{
	struct perf_events events;
	struct perf_rings *rings;
	struct seen seen = {0};
	int status, error;

	(void)state;
	assert_int_equal(perf_events_faults(false, &events), 0);
	error = perf_rings_open(events.event, events.count, &rings);
	perf_events_free(&events);
	if (error != 0) {
		print_message("page faults: %s\n", pmu_event_error(error));
		skip();
	}
	pid_t child = fork();

	if (child == 0) {
		execl("/proc/self/exe", "perf-test", "touch", NULL);
		_exit(127);
	}
	assert_true(child > 0);
	seen.process = (uint32_t)child;
	while (waitpid(child, &status, WNOHANG) == 0) {
		perf_rings_wait(rings, -1, 10);
		assert_int_equal(perf_rings_read(rings, false, see, &seen), 0);
	}
	assert_int_equal(perf_rings_read(rings, true, see, &seen), 0);
	perf_rings_close(rings);
	assert_int_equal(status, 0);
	assert_int_equal(seen.execs, 1);
	assert_int_equal(seen.disorder, 0);
	assert_true(seen.maps > 3);
	assert_true(seen.touches > PAGES);
}

static int touch_pages(void)
{
	size_t bytes = PAGES * (size_t)sysconf(_SC_PAGESIZE);
	volatile char *pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED)
		return 1;
	madvise((void *)pages, bytes, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < bytes; i += (size_t)sysconf(_SC_PAGESIZE))
		pages[i] = 1;
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults),
#ifdef HAVE_LIBPFM
		cmocka_unit_test(samples),
#endif
		cmocka_unit_test(errors_in_words),
		cmocka_unit_test(touches),
		cmocka_unit_test(maps),
		cmocka_unit_test(others),
		cmocka_unit_test(any_bytes),
		cmocka_unit_test(machine_faults),
	};

	if (argc > 1 && strcmp(argv[1], "touch") == 0)
		return touch_pages();
#ifdef HAVE_LIBPFM
	if (argc > 1)
		return check_machine((unsigned)atoi(argv[1]));
#endif
	return cmocka_run_group_tests(tests, NULL, NULL);
}
