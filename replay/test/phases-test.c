/* Phases by marks, and those that are found. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "replay/phase-windows.h"
#include "replay/phases.h"
#include "replay/test/lab.h"

/* What digits in a text stand for. */
static const struct trace_region marks[] = {
	{.kind = TRACE_REGION_MARK, .name = "zero"},
	{.kind = TRACE_REGION_MARK, .name = "one"},
	{.kind = TRACE_REGION_MARK, .name = "two"},
};

/* A letter is a reference to its page; a digit behind one a mark after it. */
static void phases_of(const char *text, struct phases *out)
{
	size_t length = strlen(text);
	struct lab_references made = {
		.page = calloc(length + 1, sizeof(*made.page)),
		.write = calloc(length + 1, sizeof(*made.write)),
		.before = calloc(length + 1, sizeof(*made.before)),
		.pages = 26,
	};
	const struct phases_config config = {0};
	struct message message;
	struct lab lab;

	assert_true(made.page && made.write && made.before);
	for (; *text; text++)
		if (*text >= 'a')
			made.page[made.count++] = (uint32_t)(*text - 'a');
		else
			made.before[made.count] = &marks[*text - '0'];
	lab_open(&lab, &made, 4, NULL);
	assert_int_equal(phases_run(lab.reader, &config, out, &message), 0);
	lab_close(&lab);
	lab_free_references(&made);
}

static void assert_phase(const struct phases *phases, unsigned number,
	const char *name, uint64_t event, uint64_t end)
{
	const struct program_phase *phase = &phases->phase[number];

	assert_string_equal(phases_name(phases, number), name);
	assert_int_equal(phase->event, event);
	assert_int_equal(phase->end, end);
	assert_int_equal(phase->marked, strcmp(name, "start") != 0);
}

static void marked(void **state)
{
	struct phases phases;

	(void)state;
	phases_of("abc1abcdefg2aa1bc", &phases);
	assert_int_equal(phases.count, 4);
	assert_phase(&phases, 0, "start", 0, 3);
	assert_phase(&phases, 1, "one", 3, 10);
	assert_phase(&phases, 2, "two", 10, 11);
	assert_phase(&phases, 3, "one", 11, 13);
	phases_free(&phases);
	/* nothing before the first */
	phases_of("0ab", &phases);
	assert_int_equal(phases.count, 1);
	assert_phase(&phases, 0, "zero", 0, 2);
	phases_free(&phases);
	phases_of("abcdefg", &phases);
	assert_int_equal(phases.count, 1);
	assert_phase(&phases, 0, "start", 0, 7);
	phases_free(&phases);
}

/*
 * So many references at random to pages of the PARTS, one after the other:
 * a letter is ten pages in a megabyte of its own, and is used for as long as
 * a sixteenth of all where it stands.
 */
enum { PER_PART = 8000 };

static struct lab_references used_parts(const char *parts, uint64_t *seed)
{
	size_t count = strlen(parts) * PER_PART;
	struct lab_references made = {
		.page = calloc(count, sizeof(*made.page)),
		.write = calloc(count, sizeof(*made.write)),
		.count = count,
		.pages = 26 * 256,
	};

	assert_true(made.page && made.write);
	for (size_t i = 0; i < count; i++)
		made.page[i] = (uint32_t)((parts[i / PER_PART] - 'a') * 256 +
					  lab_random(seed) % 10);
	return made;
}

/* The PHASES found, each cut within a window of where it is. */
static void assert_found(
	const char *parts, const char *names, const struct trace_region *region)
{
	uint64_t seed = 77;
	struct lab_references made = used_parts(parts, &seed);
	const struct phases_config config = {0};
	struct phases phases;
	struct message message;
	struct lab lab;
	unsigned count = 0;

	lab_open(&lab, &made, 5000, region);
	assert_int_equal(phases_run(lab.reader, &config, &phases, &message), 0);
	for (const char *part = parts; *part; part++) {
		const struct program_phase *phase = &phases.phase[count];
		uint64_t at = (uint64_t)(part - parts) * PER_PART;

		if (part > parts && part[0] == part[-1])
			continue;
		assert_true(count < phases.count);
		/* a run of references to one page is one event */
		assert_true(phase->event + at / 8 + PHASE_EVENTS >= at);
		assert_true(phase->event <= at + PHASE_EVENTS);
		assert_int_equal(phases_name(&phases, count)[6], names[count]);
		assert_false(phase->marked);
		count++;
	}
	assert_int_equal(phases.count, count);
	assert_int_equal(phases.phase[count - 1].end,
		trace_reader_info(lab.reader)->events);
	phases_free(&phases);
	lab_close(&lab);
	lab_free_references(&made);
}

static void found(void **state)
{
	(void)state;
	assert_found("aaaabbbbcccc", "123", NULL);
	assert_found("aaaabbbbaaaaccccbb", "12132", NULL);
	assert_found("aaabbb", "12", NULL);
}

/* One thing all the time; and a region that is gone through is one thing. */
static void not_found(void **state)
{
	const struct trace_region heap = {
		.kind = TRACE_REGION_BRK,
		.start = LAB_FIRST_PAGE * 4096,
		.end = (LAB_FIRST_PAGE + 26 * 256) * 4096,
		.name = "[heap]",
	};
	uint64_t seed = 99;
	struct lab_references made;
	const struct phases_config config = {0};
	struct phases phases;
	struct message message;
	struct lab lab;

	(void)state;
	for (int round = 0; round < 3; round++) {
		made = round == 2 ? used_parts("abcdefghijklmnop", &seed)
				  : used_parts("aaaaaaaaaaaa", &seed);
		lab_open(&lab, &made, 5000, round ? &heap : NULL);
		assert_int_equal(
			phases_run(lab.reader, &config, &phases, &message), 0);
		assert_int_equal(phases.count, 1);
		assert_string_equal(phases_name(&phases, 0), "start");
		phases_free(&phases);
		lab_close(&lab);
		lab_free_references(&made);
	}
}

/* Longer than there are windows: each gets longer, what is found stays. */
static void long_trace(void **state)
{
	char parts[400];

	(void)state;
	memset(parts, 'a', 399);
	memset(parts + 100, 'b', 200);
	parts[399] = '\0';
	assert_found(parts, "121", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(marked),
		cmocka_unit_test(found),
		cmocka_unit_test(not_found),
		cmocka_unit_test(long_trace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
