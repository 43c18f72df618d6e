/* Phases by marks. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

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

static void assert_phase(const struct program_phase *phase, const char *name,
	uint64_t event, uint64_t end)
{
	assert_string_equal(phase->name, name);
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
	assert_phase(&phases.phase[0], "start", 0, 3);
	assert_phase(&phases.phase[1], "one", 3, 10);
	assert_phase(&phases.phase[2], "two", 10, 11);
	assert_phase(&phases.phase[3], "one", 11, 13);
	phases_free(&phases);
	/* nothing before the first */
	phases_of("0ab", &phases);
	assert_int_equal(phases.count, 1);
	assert_phase(&phases.phase[0], "zero", 0, 2);
	phases_free(&phases);
	phases_of("abcdefg", &phases);
	assert_int_equal(phases.count, 1);
	assert_phase(&phases.phase[0], "start", 0, 7);
	phases_free(&phases);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(marked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
