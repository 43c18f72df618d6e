/* Invented references: each model does what it says, the same every time. */
#include <config.h>

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tracer/alias.h"
#include "tracer/generate.h"
#include "tracer/trace.h"

#define REFERENCES 400000u

struct drawn {
	uint32_t page[REFERENCES];
	uint8_t kind[REFERENCES];
	uint32_t uses[2000]; /* by page */
};

/* In parts of different sizes, since that must not matter. */
static struct drawn *draw(const char *model, uint32_t pages, double writes)
{
	struct generate_options options = {.pages = pages,
		.references = REFERENCES,
		.writes = writes,
		.seed = 42};
	struct drawn *drawn = calloc(1, sizeof(*drawn));
	struct generator *generator;
	uint32_t done = 0;

	assert_int_equal(generate_parse_model(model, &options), 0);
	assert_int_equal(generator_create(&options, &generator), 0);
	for (uint32_t part = 2; done < REFERENCES; part += 2) {
		if (part > REFERENCES - done)
			part = REFERENCES - done;
		generator_fill(generator, drawn->page + done,
			drawn->kind + done, part);
		done += part;
	}
	generator_destroy(generator);
	for (uint32_t i = 0; i < REFERENCES; i++) {
		assert_true(drawn->page[i] < pages);
		drawn->uses[drawn->page[i]]++;
	}
	return drawn;
}

static int descending(const void *one, const void *two)
{
	uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)two;

	return (a < b) - (a > b);
}

/* A count of EXPECTED is off by no more than six standard deviations. */
static void assert_near(double count, double expected)
{
	if (fabs(count - expected) > 6 * sqrt(expected) + 1)
		fail_msg("%.0f where %.1f is expected", count, expected);
}

static void test_zipf(void **state)
{
	struct drawn *drawn = draw("zipf:0.9", 2000, 0);
	double sum = 0;
	double index_sum = 0;

	(void)state;
	for (unsigned i = 0; i < 2000; i++)
		sum += pow(i + 1, -0.9);
	/* Popularity has nothing to do with the address: the 50 most used
	 * pages lie in the middle on average. */
	for (unsigned i = 0, found = 0; i < 2000; i++)
		if (drawn->uses[i] > REFERENCES * pow(50, -0.9) / sum) {
			index_sum += i;
			found++;
			assert_true(found < 80);
		}
	assert_true(index_sum / 50 > 600 && index_sum / 50 < 1400);
	qsort(drawn->uses, 2000, sizeof(*drawn->uses), descending);
	for (unsigned i = 0; i < 20; i++)
		assert_near(
			drawn->uses[i], REFERENCES * pow(i + 1, -0.9) / sum);
	free(drawn);
}

static void test_uniform(void **state)
{
	struct drawn *drawn = draw("uniform", 100, 0.25);
	double writes = 0;

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		assert_near(drawn->uses[i], REFERENCES / 100);
	for (unsigned i = 0; i < REFERENCES; i++) {
		assert_true(drawn->kind[i] == TRACE_READ ||
			    drawn->kind[i] == TRACE_WRITE);
		writes += drawn->kind[i] == TRACE_WRITE;
	}
	assert_near(writes, REFERENCES * 0.25);
	free(drawn);
}

static void test_loop_and_scan(void **state)
{
	struct drawn *loop = draw("loop", 1000, 0);
	struct drawn *scan = draw("scan", 700, 1);

	(void)state;
	for (uint32_t i = 0; i < REFERENCES; i++) {
		assert_int_equal(loop->page[i], i % 1000);
		assert_int_equal(loop->kind[i], TRACE_READ);
		assert_int_equal(scan->page[i], (uint64_t)i * 700 / REFERENCES);
		assert_int_equal(scan->kind[i], TRACE_WRITE);
	}
	free(loop);
	free(scan);
}

static void test_mix(void **state)
{
	struct drawn *drawn = draw("mix", 1500, 0);

	(void)state;
	for (uint32_t i = 0; i < REFERENCES; i++) {
		if (i % 4 == 3)
			assert_int_equal(drawn->page[i], 1000 + i / 4 % 500);
		else
			assert_true(drawn->page[i] < 1000);
	}
	free(drawn);
}

static void test_runs(void **state)
{
	struct drawn *drawn = draw("runs:64", 1024, 0);
	unsigned starts = 0;

	(void)state;
	for (uint32_t i = 0; i < REFERENCES; i++) {
		if (i % 64 == 0)
			starts += drawn->page[i] % 64 != 0;
		else
			assert_int_equal(
				drawn->page[i], drawn->page[i - 1] + 1);
	}
	assert_true(starts > REFERENCES / 64 / 2);
	free(drawn);
}

static void test_same_again(void **state)
{
	static const char *const models[] = {"zipf", "uniform", "mix", "runs"};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct drawn *one = draw(models[i], 2000, 0.3);
		struct drawn *two = draw(models[i], 2000, 0.3);

		assert_memory_equal(one, two, sizeof(*one));
		free(one);
		free(two);
	}
}

static void test_wrong_models(void **state)
{
	static const char *const wrong[] = {"", "zip", "zipf:", "zipf:x",
		"zipf:-1", "zipf:nan", "zipf:1x", "runs:0", "runs:-1",
		"runs:64k", "loop:1", "uniform:", "zipfy"};
	struct generate_options options = {.pages = 4, .references = 1};
	struct generator *generator;

	(void)state;
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_int_equal(
			generate_parse_model(wrong[i], &options), -EINVAL);
	assert_int_equal(generate_parse_model("runs:5", &options), 0);
	assert_int_equal(generator_create(&options, &generator), -EINVAL);
	options.run = 4;
	assert_int_equal(generator_create(&options, &generator), 0);
	generator_destroy(generator);
}

/* One value, equal values, values that never come. */
static void test_alias(void **state)
{
	double weight[5] = {0, 3, 0, 1, 0};
	uint32_t uses[5] = {0};
	uint64_t seed = 9;
	struct alias alias;
	double one = 7;

	(void)state;
	assert_int_equal(alias_create(&alias, &one, 1), 0);
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(alias_draw(&alias, random_next(&seed)), 0);
	alias_destroy(&alias);
	assert_int_equal(alias_create(&alias, weight, 5), 0);
	for (unsigned i = 0; i < 100000; i++)
		uses[alias_draw(&alias, random_next(&seed))]++;
	assert_int_equal(uses[0] + uses[2] + uses[4], 0);
	assert_near(uses[1], 75000);
	alias_destroy(&alias);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zipf),
		cmocka_unit_test(test_uniform),
		cmocka_unit_test(test_loop_and_scan),
		cmocka_unit_test(test_mix),
		cmocka_unit_test(test_runs),
		cmocka_unit_test(test_same_again),
		cmocka_unit_test(test_wrong_models),
		cmocka_unit_test(test_alias),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
