/* Why nothing moves in Slurm's queue: told after a while, by a made-up clock,
 * and again where it changes. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sweep/slurm-held.h"

#define SECOND 1000000000ull

/* What is said of QUEUE at SECONDS; to be freed. */
static char *say(struct slurm_stillness *stillness,
	const struct slurm_queue *queue, unsigned seconds)
{
	FILE *before = stderr;
	char *text;
	size_t bytes;

	stderr = open_memstream(&text, &bytes);
	slurm_held_tell(stillness, queue, seconds * SECOND);
	fclose(stderr);
	stderr = before;
	return text;
}

static void expect(struct slurm_stillness *stillness,
	const struct slurm_queue *queue, unsigned seconds, const char *what)
{
	char *text = say(stillness, queue, seconds);

	assert_string_equal(text, what);
	free(text);
}

static void test_reasons(void **state)
{
	struct slurm_task task[] = {
		{.array = 7, .number = "0", .waits = true, .why = "Resources"},
		{.array = 7, .number = "1", .waits = true, .why = "Resources"},
		{.array = 8, .number = "0", .waits = true, .why = "Priority"},
	};
	const struct slurm_queue queue = {.task = task, .count = 3};
	struct slurm_stillness stillness = {0};

	(void)state;
	expect(&stillness, &queue, 100, "");
	expect(&stillness, &queue, 109, "");
	expect(&stillness, &queue, 110,
		"selfpage sweep: nothing moves for 10 s: 2 tasks wait: "
		"Resources, 1 tasks wait: Priority\n");
	/* once */
	expect(&stillness, &queue, 120, "");
	strcpy(task[2].why, "Resources");
	expect(&stillness, &queue, 130,
		"selfpage sweep: nothing moves for 30 s: 3 tasks wait: "
		"Resources\n");
	/* one runs: it begins anew */
	task[0].waits = false;
	expect(&stillness, &queue, 140, "");
	task[0].waits = true;
	expect(&stillness, &queue, 150, "");
	expect(&stillness, &queue, 159, "");
	expect(&stillness, &queue, 161,
		"selfpage sweep: nothing moves for 11 s: 3 tasks wait: "
		"Resources\n");
}

static void test_silent(void **state)
{
	const struct slurm_queue none = {0};
	struct slurm_stillness stillness = {0};

	(void)state;
	expect(&stillness, NULL, 1, "");
	expect(&stillness, NULL, 11,
		"selfpage sweep: nothing moves for 10 s: Slurm does not "
		"answer\n");
	/* nothing is in the queue: nobody waits */
	expect(&stillness, &none, 12, "");
	expect(&stillness, NULL, 13, "");
}

/* More reasons than there is room for. */
static void test_many_reasons(void **state)
{
	struct slurm_task task[40];
	const struct slurm_queue queue = {.task = task, .count = 40};
	struct slurm_stillness stillness = {0};
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < 40; i++) {
		task[i] = (struct slurm_task){.waits = true};
		snprintf(task[i].why, sizeof(task[i].why), "%060zu", i);
	}
	expect(&stillness, &queue, 1, "");
	text = say(&stillness, &queue, 20);
	assert_non_null(strstr(text, "1 tasks wait: 000"));
	free(text);
	expect(&stillness, &queue, 30, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_silent),
		cmocka_unit_test(test_many_reasons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
