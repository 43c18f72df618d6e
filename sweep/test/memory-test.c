/* What memory is foretold of units, by planted rows. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sweep/units.h"

enum { PAGES = 1000000, MIB = 1 << 20 };

enum { LRU, ARC, POLICIES };

/* Two traces, and a job of each policy on the first. */
static void make_jobs(struct jobs *jobs)
{
	static const char *const names[POLICIES] = {"lru", "arc"};
	const struct sweep_settings settings = {.batch = 1, .windows = 1};
	const struct sweep_hints none = {.path = (char *)""};
	struct sweep_trace trace = {
		.path = (char *)"/a",
		.name = (char *)"a",
		.references = 1000000,
		.events = 1000000,
		.pages = PAGES,
		.page_bytes = 4096,
	};
	unsigned i;

	*jobs = (struct jobs){0};
	assert_int_equal(jobs_add_hints(jobs, &none), 0);
	assert_int_equal(jobs_add_settings(jobs, &settings), 0);
	assert_int_equal(jobs_add_trace(jobs, &trace), 0);
	for (i = 0; i < POLICIES; i++) {
		const struct policy_spec spec =
			policy_spec_plain(policy_find(names[i]));
		const struct job job = {
			.policy = i, .frames = PAGES / 2, .repetition = 1};

		assert_int_equal(jobs_add_policy(jobs, &spec), i);
		assert_int_equal(jobs_add(jobs, &job), 0);
	}
	jobs_sort(jobs);
	assert_int_equal(jobs->count, POLICIES);
}

/* The job of a policy: in a cell they are sorted, but not as here. */
static const struct job *job_of(const struct jobs *jobs, uint32_t policy)
{
	return &jobs->job[jobs->job[0].policy == policy ? 0 : 1];
}

/* A row of a pass of PASS_MIB whose process took SHARE of the formula. */
static void add_row(struct measured *measured, const char *trace,
	const char *policy, uint64_t pass_mib, double share)
{
	const struct measured_row row = {
		.trace = trace,
		.policy = policy,
		.pages = PAGES,
		.pass_bytes = pass_mib * MIB,
		.peak_bytes = share * measured_formula(PAGES, pass_mib * MIB),
	};

	measured_add(measured, &row);
}

static void expect_share(const struct measured *measured,
	const struct jobs *jobs, uint32_t policy, uint64_t pass_mib,
	double share)
{
	assert_float_equal(measured_share(measured, jobs, job_of(jobs, policy),
				   measured_formula(PAGES, pass_mib * MIB)),
		share, 1e-4);
}

static void test_share(void **state)
{
	struct measured measured = {0};
	struct jobs jobs;
	struct job curve;

	(void)state;
	make_jobs(&jobs);
	expect_share(&measured, &jobs, LRU, 100, 0);
	/* another trace's, of any policy's own; the largest, and a quarter */
	add_row(&measured, "b", "lru", 100, 0.4);
	expect_share(&measured, &jobs, LRU, 100, 0.5);
	add_row(&measured, "b", "lru", 100, 0.6);
	add_row(&measured, "b", "lru", 100, 0.5);
	expect_share(&measured, &jobs, LRU, 100, 0.75);
	expect_share(&measured, &jobs, ARC, 100, 0);
	/* its own trace's go before */
	add_row(&measured, "a", "lru", 100, 0.2);
	expect_share(&measured, &jobs, LRU, 100, 0.25);
	assert_int_equal(measured.rows_of_memory, 4);
	assert_int_equal(measured.rows, 0);
	/* smaller ones are told of, larger ones are not */
	expect_share(&measured, &jobs, LRU, 5, 0.25);
	expect_share(&measured, &jobs, LRU, 300, 0);
	add_row(&measured, "a", "lru", 3000, 0.4);
	expect_share(&measured, &jobs, LRU, 5, 0.25);
	expect_share(&measured, &jobs, LRU, 300, 0.5);
	/* the margin does not go beyond the formula, unless that was passed */
	add_row(&measured, "a", "lru", 100, 0.9);
	expect_share(&measured, &jobs, LRU, 100, 1);
	add_row(&measured, "a", "lru", 100, 2);
	expect_share(&measured, &jobs, LRU, 100, 2.5);
	/* no row is of a curve */
	curve = *job_of(&jobs, LRU);
	curve.kind = JOB_PART;
	assert_float_equal(measured_share(&measured, &jobs, &curve,
				   measured_formula(PAGES, MIB)),
		0, 0);
	measured_free(&measured);
	jobs_free(&jobs);
}

/* Rows that do not tell. */
static void test_nothing_told(void **state)
{
	struct measured measured = {0};
	struct jobs jobs;

	(void)state;
	make_jobs(&jobs);
	add_row(&measured, "a", "lru", 0, 0.4);
	add_row(&measured, "a", "lru", 100, 0);
	expect_share(&measured, &jobs, LRU, 1, 0);
	assert_int_equal(measured.rows_of_memory, 0);
	measured_free(&measured);
	jobs_free(&jobs);
}

/* The one unit of all jobs. */
static struct unit make_unit(const struct jobs *jobs,
	const struct measured *measured, const struct units_config *config)
{
	struct set set = {.path = (char *)"none"};
	struct done done = {.set = &set};
	struct units units;
	struct unit unit;

	assert_int_equal(units_make(jobs, &done, measured, config, &units), 0);
	assert_int_equal(units.count, 1);
	assert_int_equal(units.unit[0]->count, POLICIES);
	unit = *units.unit[0];
	units_free(&units);
	return unit;
}

static void test_unit(void **state)
{
	struct units_config config = {
		.seconds_max = 60, .bytes_max = (uint64_t)1 << 40};
	struct measured measured = {0};
	struct table in_full = {0};
	struct unit unit, less;
	struct jobs jobs;
	uint64_t all;

	(void)state;
	make_jobs(&jobs);
	unit = make_unit(&jobs, &measured, &config);
	assert_int_equal(unit.needs.bytes, unit.full.bytes);
	assert_int_equal(unit.needs.bytes,
		measured_formula(PAGES, unit.needs.pass_bytes));
	all = unit.full.pass_bytes;
	/* one of its jobs was not measured: the formula */
	add_row(&measured, "a", "lru", 1000, 0.4);
	less = make_unit(&jobs, &measured, &config);
	assert_int_equal(less.needs.bytes, unit.full.bytes);
	/* the largest share of its jobs */
	add_row(&measured, "a", "arc", 1000, 0.2);
	less = make_unit(&jobs, &measured, &config);
	assert_in_range(less.needs.bytes, unit.full.bytes / 2 - MIB,
		unit.full.bytes / 2 + MIB);
	assert_int_equal(less.full.bytes, unit.full.bytes);
	assert_int_equal(less.needs.pass_bytes, all);
	/* so more fits at a time than by formula */
	config.bytes_max = unit.full.bytes * 4 / 5;
	less = make_unit(&jobs, &measured, &config);
	assert_int_equal(less.needs.pass_bytes, all);
	assert_true(less.full.pass_bytes < all);
	assert_true(less.full.bytes <= config.bytes_max);
	/* but not where it has died of that */
	assert_non_null(table_add(&in_full, job_of(&jobs, ARC)->key));
	config.in_full = &in_full;
	less = make_unit(&jobs, &measured, &config);
	assert_int_equal(less.needs.bytes, less.full.bytes);
	table_free(&in_full);
	measured_free(&measured);
	jobs_free(&jobs);
}

/* What others took may be nothing, or more than the formula. */
static void test_bounds(void **state)
{
	struct units_config config = {
		.seconds_max = 60, .bytes_max = (uint64_t)1 << 40};
	struct measured measured = {0};
	struct jobs jobs;
	struct unit unit;
	uint64_t formula;
	bool is_measured;

	(void)state;
	make_jobs(&jobs);
	formula = unit_job_bytes(
		&jobs, &measured, job_of(&jobs, LRU), &is_measured);
	assert_false(is_measured);
	add_row(&measured, "a", "lru", 1000, 1e-3);
	add_row(&measured, "a", "arc", 1000, 1e-3);
	unit = make_unit(&jobs, &measured, &config);
	assert_int_equal(unit.needs.bytes, 32 * MIB);
	assert_int_equal(unit_job_bytes(&jobs, &measured, job_of(&jobs, LRU),
				 &is_measured),
		32 * MIB);
	assert_true(is_measured);
	add_row(&measured, "a", "lru", 1000, 2);
	unit = make_unit(&jobs, &measured, &config);
	assert_int_equal(unit.full.bytes, unit.needs.bytes);
	assert_true(unit.needs.bytes >
		    2 * measured_formula(PAGES, unit.needs.pass_bytes));
	assert_true(unit_job_bytes(&jobs, &measured, job_of(&jobs, LRU),
			    &is_measured) > 2 * formula);
	measured_free(&measured);
	jobs_free(&jobs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_share),
		cmocka_unit_test(test_nothing_told),
		cmocka_unit_test(test_unit),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
