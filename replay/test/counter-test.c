/* Cycle counters against a PMU that is made up, and the machine's clocks. */
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
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "replay/counter.h"

#define FIRST_DESCRIPTOR 1000
#define DESCRIPTORS 16

struct fake {
	struct perf_event_mmap_page page;
	int open_error;	   /* of everything; 0: opens */
	int generic_error; /* of the generic events only */
	int group_error;   /* of members of a group */
	int extra_error;   /* of all but the first to open */
	int kernel_error;  /* of what counts in kernel mode */
	int tsc_error;
	bool no_page, stuck, starved; /* starved: a pinned one reads EOF */
	uint64_t enabled, running;    /* of the extras */
	int opened, open_now, mapped, reads, rdpmcs;
	bool started[DESCRIPTORS], grouped[DESCRIPTORS];
	struct perf_event_attr attributes[DESCRIPTORS];
	uint64_t hardware; /* the register's value, all 64 bits */
	int moves;	   /* so often the page changes under the reader */
};

static int fake_open(
	void *context, struct perf_event_attr *attributes, int group)
{
	struct fake *fake = context;
	bool generic = attributes->type == PERF_TYPE_HARDWARE ||
		       attributes->type == PERF_TYPE_HW_CACHE;

	if (fake->open_error)
		return fake->open_error;
	if (!attributes->exclude_kernel && fake->kernel_error)
		return fake->kernel_error;
	if (generic && fake->generic_error)
		return fake->generic_error;
	if (group >= 0 && fake->group_error)
		return fake->group_error;
	if (fake->opened && fake->extra_error)
		return fake->extra_error;
	assert_true(fake->opened < DESCRIPTORS);
	fake->attributes[fake->opened] = *attributes;
	fake->started[fake->opened] = !attributes->disabled && group < 0;
	fake->grouped[fake->opened] = group >= 0;
	fake->open_now++;
	return FIRST_DESCRIPTOR + fake->opened++;
}

static void *fake_map(void *context, int descriptor)
{
	struct fake *fake = context;

	assert_int_equal(descriptor, FIRST_DESCRIPTOR);
	if (fake->no_page)
		return NULL;
	fake->mapped++;
	return &fake->page;
}

static void fake_unmap(void *context, void *page)
{
	struct fake *fake = context;

	assert_ptr_equal(page, &fake->page);
	fake->mapped--;
}

/* Cycles are 7 more at each look; extra I has counted 1000 * (I + 1). */
static ssize_t fake_read(
	void *context, int descriptor, void *buffer, size_t bytes)
{
	struct fake *fake = context;
	int number = descriptor - FIRST_DESCRIPTOR;
	uint64_t *out = buffer;

	fake->reads++;
	if (number == 0) {
		if (fake->starved)
			return 0;
		fake->hardware += fake->stuck ? 0 : 7;
		*out = fake->hardware;
		return sizeof(*out);
	}
	assert_int_equal(bytes, 24);
	assert_true(fake->attributes[number].read_format ==
		    (PERF_FORMAT_TOTAL_TIME_ENABLED |
			    PERF_FORMAT_TOTAL_TIME_RUNNING));
	out[0] = 1000 * (uint64_t)number;
	out[1] = fake->enabled;
	out[2] = fake->running;
	return 24;
}

static int fake_control(void *context, int descriptor, unsigned long request)
{
	struct fake *fake = context;

	assert_int_equal(request, PERF_EVENT_IOC_ENABLE);
	fake->started[descriptor - FIRST_DESCRIPTOR] = true;
	return 0;
}

static void fake_close(void *context, int descriptor)
{
	struct fake *fake = context;

	assert_true(descriptor >= FIRST_DESCRIPTOR);
	fake->open_now--;
}

/*
 * The register is 48 bits wide and what is above is rubbish.  When the page
 * moves, the kernel has put 1000000 into the offset and given the counter
 * another register: a torn reading would be off by that.
 */
static uint64_t fake_rdpmc(void *context, uint32_t index)
{
	struct fake *fake = context;

	fake->rdpmcs++;
	assert_int_equal(index, fake->page.index - 1);
	fake->hardware += fake->stuck ? 0 : 7;
	if (fake->moves > 0) {
		fake->moves--;
		fake->page.lock += 2;
		fake->page.offset += 1000000;
		fake->hardware -= 1000000;
		fake->page.index ^= 1; /* 2 <-> 3 */
		return 0xdeadbeef;
	}
	return (fake->hardware & UINT64_C(0xffffffffffff)) | UINT64_C(0x1234)
								     << 48;
}

static int fake_tsc(void *context)
{
	return ((struct fake *)context)->tsc_error;
}

static struct perf_layer fake_layer(struct fake *fake)
{
	memset(fake, 0, sizeof(*fake));
	fake->page.cap_user_rdpmc = 1;
	fake->page.index = 2;
	fake->page.pmc_width = 48;
	fake->page.offset = INT64_C(1) << 47;
	fake->hardware = (uint64_t) - (INT64_C(1) << 47);
	fake->enabled = fake->running = 500;
	return (struct perf_layer){fake, fake_open, fake_map, fake_unmap,
		fake_read, fake_control, fake_close, fake_rdpmc, fake_tsc};
}

static uint64_t look(struct counter *counter)
{
	return counter_function(counter)(counter_context(counter));
}

static void close_and_check(struct counter *counter, const struct fake *fake)
{
	counter_close(counter);
	assert_int_equal(fake->open_now, 0);
	assert_int_equal(fake->mapped, 0);
}

static void reads_in_user_space(void **state)
{
	struct fake fake;
	struct perf_layer layer = fake_layer(&fake);
	struct counter *counter;
	struct message why;
	uint64_t before;
	int reads;

	(void)state;
	assert_int_equal(counter_open(COUNTER_PMU, &layer, &counter, &why), 0);
	assert_string_equal(counter_name(counter), "pmu");
	assert_string_equal(why.text, "");
	assert_non_null(strstr(counter_describe(counter), "rdpmc"));
	assert_true(counter_probe_cost(counter) == 7);
	assert_true(counter_hz(counter) == 0);
	assert_int_equal(fake.attributes[0].type, PERF_TYPE_HARDWARE);
	assert_int_equal(fake.attributes[0].config, PERF_COUNT_HW_CPU_CYCLES);
	assert_true(fake.attributes[0].pinned);
	assert_false(fake.attributes[0].exclude_kernel);
	assert_non_null(strstr(counter_describe(counter), "and kernel mode"));
	for (int i = 1; i < fake.opened; i++)
		assert_true(fake.attributes[i].exclude_kernel);
	for (int i = 0; i < fake.opened; i++)
		assert_true(fake.started[i] || fake.grouped[i]);
	reads = fake.reads;
	before = look(counter);
	assert_int_equal(look(counter) - before, 7);
	assert_int_equal(fake.reads, reads);
	close_and_check(counter, &fake);
}

/* The register starts below zero and passes it: the sign is extended. */
static void register_passes_zero(void **state)
{
	struct fake fake;
	struct perf_layer layer = fake_layer(&fake);
	struct counter *counter;
	struct message why;
	uint64_t before;

	(void)state;
	assert_int_equal(counter_open(COUNTER_PMU, &layer, &counter, &why), 0);
	fake.hardware = (uint64_t)-10;
	before = look(counter); /* -3 */
	assert_int_equal(before, (UINT64_C(1) << 47) - 3);
	assert_int_equal(look(counter) - before, 7); /* 4 */
	close_and_check(counter, &fake);
}

static void page_moves_while_read(void **state)
{
	struct fake fake;
	struct perf_layer layer = fake_layer(&fake);
	struct counter *counter;
	struct message why;
	uint64_t before;
	int rdpmcs;

	(void)state;
	assert_int_equal(counter_open(COUNTER_PMU, &layer, &counter, &why), 0);
	fake.hardware = (uint64_t)-5000000;
	before = look(counter);
	fake.moves = 3;
	rdpmcs = fake.rdpmcs;
	assert_int_equal(look(counter) - before, 4 * 7);
	assert_int_equal(fake.rdpmcs - rdpmcs, 4);
	close_and_check(counter, &fake);
}

static void check_reads_by_call(struct perf_layer *layer, struct fake *fake)
{
	struct counter *counter;
	struct message why;
	uint64_t before;

	assert_int_equal(counter_open(COUNTER_AUTO, layer, &counter, &why), 0);
	assert_string_equal(counter_name(counter), "pmu");
	assert_non_null(strstr(counter_describe(counter), "system call"));
	before = look(counter);
	assert_int_equal(look(counter) - before, 7);
	assert_int_equal(fake->rdpmcs, 0);
	close_and_check(counter, fake);
}

static void reads_by_system_call(void **state)
{
	struct fake fake;
	struct perf_layer layer = fake_layer(&fake);

	(void)state;
	fake.no_page = true;
	check_reads_by_call(&layer, &fake);
	layer = fake_layer(&fake);
	fake.page.cap_user_rdpmc = 0;
	check_reads_by_call(&layer, &fake);
	layer = fake_layer(&fake);
	fake.page.pmc_width = 0;
	check_reads_by_call(&layer, &fake);
}

/* By name an error, with AUTO the next best; each in its own words. */
static void each_refusal(void **state)
{
	static const struct {
		int error;
		const char *words;
	} refusals[] = {
		{-ENOENT, "no hardware counter"},
		{-EOPNOTSUPP, "not support"},
		{-EACCES, "perf_event_paranoid"},
		{-EPERM, "CAP_PERFMON"},
		{-ENOSYS, "without perf events"},
		{-EBUSY, "taken by other"},
		{-EMFILE, "open files"},
		{-EIO, "Input/output"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		struct fake fake;
		struct perf_layer layer = fake_layer(&fake);
		struct counter *counter;
		struct message why;

		fake.open_error = refusals[i].error;
		fake.tsc_error = -EOPNOTSUPP;
		assert_int_equal(
			counter_open(COUNTER_PMU, &layer, &counter, &why),
			refusals[i].error);
		assert_null(counter);
		assert_non_null(strstr(why.text, refusals[i].words));
		assert_int_equal(
			counter_open(COUNTER_AUTO, &layer, &counter, &why), 0);
		assert_string_equal(counter_name(counter), "clock");
		assert_non_null(strstr(why.text, refusals[i].words));
		assert_non_null(strstr(why.text, "; tsc: "));
		close_and_check(counter, &fake);
	}
}

static void opens_but_does_not_count(void **state)
{
	struct fake fake;
	struct perf_layer layer = fake_layer(&fake);
	struct counter *counter;
	struct message why;

	(void)state;
	fake.stuck = true;
	assert_int_equal(
		counter_open(COUNTER_PMU, &layer, &counter, &why), -ENODATA);
	assert_non_null(strstr(why.text, "stands still"));
	assert_int_equal(fake.open_now + fake.mapped, 0);
	layer = fake_layer(&fake);
	fake.starved = true;
	assert_int_equal(
		counter_open(COUNTER_PMU, &layer, &counter, &why), -EBUSY);
	assert_int_equal(fake.open_now + fake.mapped, 0);
}

static void extras_as_counted(void **state)
{
	struct fake fake;
	struct perf_layer layer = fake_layer(&fake);
	struct counter_extras extras;
	struct counter *counter;
	struct message why;

	(void)state;
	assert_int_equal(counter_open(COUNTER_PMU, &layer, &counter, &why), 0);
	assert_int_equal(fake.opened, 1 + COUNTER_EXTRAS);
	assert_false(fake.grouped[1]);
	assert_true(fake.grouped[2] && fake.grouped[3] && fake.grouped[4]);
	assert_int_equal(counter_extra_read(counter, &extras), 0);
	assert_false(extras.multiplexed);
	for (int i = 0; i < COUNTER_EXTRAS; i++) {
		assert_true(extras.available[i]);
		assert_int_equal(extras.value[i], 1000 * (i + 1));
	}
	close_and_check(counter, &fake);
}

static void extras_multiplexed(void **state)
{
	struct fake fake;
	struct perf_layer layer = fake_layer(&fake);
	struct counter_extras extras;
	struct counter *counter;
	struct message why;

	(void)state;
	fake.group_error = -EINVAL; /* they do not fit into one group */
	assert_int_equal(counter_open(COUNTER_PMU, &layer, &counter, &why), 0);
	for (int i = 0; i < 1 + COUNTER_EXTRAS; i++)
		assert_true(fake.started[i] && !fake.grouped[i]);
	fake.running = 125;
	assert_int_equal(counter_extra_read(counter, &extras), 0);
	assert_true(extras.multiplexed);
	assert_int_equal(extras.value[COUNTER_LLC_MISSES], 8000);
	fake.running = 0;
	assert_int_equal(counter_extra_read(counter, &extras), 0);
	assert_false(extras.available[COUNTER_LLC_MISSES]);
	close_and_check(counter, &fake);
}

static void extras_missing(void **state)
{
	struct fake fake;
	struct perf_layer layer = fake_layer(&fake);
	struct counter_extras extras;
	struct counter *counter;
	struct message why;

	(void)state;
	fake.extra_error = -ENOENT;
	assert_int_equal(counter_open(COUNTER_PMU, &layer, &counter, &why), 0);
	assert_int_equal(counter_extra_read(counter, &extras), 0);
	for (int i = 0; i < COUNTER_EXTRAS; i++)
		assert_false(extras.available[i]);
	close_and_check(counter, &fake);
	assert_int_equal(
		counter_open(COUNTER_CLOCK, &layer, &counter, &why), 0);
	assert_int_equal(counter_extra_read(counter, &extras), -EOPNOTSUPP);
	counter_close(counter);
}

/* Who may not count the kernel's cycles counts those of user mode. */
static void user_mode_only(void **state)
{
	struct fake fake;
	struct perf_layer layer = fake_layer(&fake);
	struct counter *counter;
	struct message why;

	(void)state;
	fake.kernel_error = -EACCES;
	assert_int_equal(counter_open(COUNTER_PMU, &layer, &counter, &why), 0);
	assert_true(fake.attributes[0].exclude_kernel);
	assert_non_null(strstr(counter_describe(counter), "user mode only"));
	close_and_check(counter, &fake);
	layer = fake_layer(&fake);
	fake.kernel_error = -EPERM;
	assert_int_equal(counter_open(COUNTER_PMU, &layer, &counter, &why), 0);
	close_and_check(counter, &fake);
	/* What has nothing to do with it is not tried again. */
	layer = fake_layer(&fake);
	fake.kernel_error = -EBUSY;
	assert_int_equal(
		counter_open(COUNTER_PMU, &layer, &counter, &why), -EBUSY);
	assert_int_equal(fake.opened, 0);
}

/*
 * A kernel without the generic events, and libpfm4 made to see a machine:
 * each event must come out as its maker numbers it (unit mask, event).
 * libpfm4 looks at the machine once, so each takes a process of its own.
 */
#ifdef HAVE_LIBPFM
static const struct {
	const char *pmu;
	uint64_t config[1 + COUNTER_EXTRAS];
} machines[] = {
	{"amd64_fam19h_zen4,perf", {0x0076, 0x00c0, 0x0964, 0xf045, 0x00c3}},
	{"spr,perf", {0x003c, 0x00c0, 0x412e, 0x0e12, 0x00c5}},
	{"skl,perf", {0x003c, 0x00c0, 0x412e, 0x0e08, 0x00c5}},
};

/* 0, or how many of its events are wrong. */
static int check_machine(unsigned number)
{
	struct fake fake;
	struct perf_layer layer = fake_layer(&fake);
	struct counter *counter;
	struct message why;
	int wrong = 0;

	fake.generic_error = -ENOENT;
	if (counter_open(COUNTER_PMU, &layer, &counter, &why)) {
		print_error("%s\n", why.text);
		return 1;
	}
	for (int k = 0; k < 1 + COUNTER_EXTRAS; k++) {
		const struct perf_event_attr *event = &fake.attributes[k];

		if (k < fake.opened && event->type == PERF_TYPE_RAW &&
			event->config == machines[number].config[k])
			continue;
		print_error("%s: event %d: %llx\n", machines[number].pmu, k,
			(unsigned long long)event->config);
		wrong++;
	}
	counter_close(counter);
	return wrong;
}

static void native_events(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(machines) / sizeof(*machines); i++) {
		char number[16];
		int status;
		pid_t child = fork();

		if (child == 0) {
			snprintf(number, sizeof(number), "%u", i);
			setenv("LIBPFM_FORCE_PMU", machines[i].pmu, 1);
			execl("/proc/self/exe", "counter-test", number, NULL);
			_exit(127);
		}
		assert_true(child > 0);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(status, 0);
	}
}
#endif

/* An interval of known length, on whatever this machine has. */
static void machine_counts_time(void **state)
{
	static const enum counter_source sources[] = {
		COUNTER_TSC, COUNTER_CLOCK};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct timespec pause = {.tv_nsec = 5000000};
		struct counter *counter;
		struct message why;
		uint64_t start, end;

		if (counter_open(sources[i], NULL, &counter, &why)) {
			print_message("%s\n", why.text);
			continue;
		}
		start = look(counter);
		nanosleep(&pause, NULL);
		end = look(counter);
		assert_true(
			(double)(end - start) / counter_hz(counter) >= .0049);
		assert_true(counter_probe_cost(counter) > 0);
		print_message("%s: %s, probe %.1f\n", counter_name(counter),
			counter_describe(counter), counter_probe_cost(counter));
		counter_close(counter);
	}
}

/* With or without a PMU, there is something. */
static void machine_has_a_counter(void **state)
{
	struct counter *counter;
	struct message why;
	uint64_t before;

	(void)state;
	assert_int_equal(counter_open(COUNTER_AUTO, NULL, &counter, &why), 0);
	before = look(counter);
	for (int i = 0; i < 1000; i++) {
		uint64_t after = look(counter);

		assert_true(after >= before);
		before = after;
	}
	print_message("%s taken; passed over: %s\n", counter_name(counter),
		*why.text ? why.text : "nothing");
	counter_close(counter);
}

static void names(void **state)
{
	enum counter_source source;

	(void)state;
	assert_int_equal(counter_parse("tsc", &source), 0);
	assert_int_equal(source, COUNTER_TSC);
	assert_int_equal(counter_parse("auto", &source), 0);
	assert_int_equal(source, COUNTER_AUTO);
	assert_int_equal(counter_parse("", &source), -EINVAL);
	assert_int_equal(counter_parse("TSC", &source), -EINVAL);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_in_user_space),
		cmocka_unit_test(register_passes_zero),
		cmocka_unit_test(page_moves_while_read),
		cmocka_unit_test(reads_by_system_call),
		cmocka_unit_test(each_refusal),
		cmocka_unit_test(opens_but_does_not_count),
		cmocka_unit_test(extras_as_counted),
		cmocka_unit_test(extras_multiplexed),
		cmocka_unit_test(extras_missing),
		cmocka_unit_test(user_mode_only),
#ifdef HAVE_LIBPFM
		cmocka_unit_test(native_events),
#endif
		cmocka_unit_test(machine_counts_time),
		cmocka_unit_test(machine_has_a_counter),
		cmocka_unit_test(names),
	};

#ifdef HAVE_LIBPFM
	if (argc > 1)
		return check_machine((unsigned)atoi(argv[1]));
#endif
	(void)argc;
	(void)argv;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
