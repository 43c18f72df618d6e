/*
 * What is made of the marks of a fault, on a clock of the test's own: it
 * moves by known amounts when it is read, when the backend maps and unmaps
 * and when the policy is asked.  So each phase's cycles are known.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "mm/physmem-sim.h"
#include "replay/measure.h"

enum {
	ORDERED = 20, /* a reading that is ordered */
	MARK = 7,     /* one that is not */
	MAP = 100,
	UNMAP = 50,
	EVICT = 30,
	INSERT = 11,
	WORK = MAP + UNMAP + EVICT + INSERT,
	FRAMES = 8,
	PAGES = 64,
};

struct lab {
	struct sim sim; /* first: the backend is a struct sim */
	struct physmem_ops ops;
	struct policy_ops policy_ops;
	struct pager *pager;
	struct as as;
	struct store store;
	struct measure measure;
	struct counter *counter;
	uint64_t page;
};

/* The policy's functions get no context. */
static uint64_t virtual_clock;

static uint64_t ordered_now(void *context)
{
	(void)context;
	return virtual_clock += ORDERED;
}

static uint64_t mark_now(void *context)
{
	(void)context;
	return virtual_clock += MARK;
}

static void slow_map(void *backend, const struct mapping *mapping,
	uint32_t frame, unsigned protection)
{
	virtual_clock += MAP;
	physmem_sim_ops.map(backend, mapping, frame, protection);
}

static unsigned slow_unmap(void *backend, const struct mapping *mapping)
{
	virtual_clock += UNMAP;
	return physmem_sim_ops.unmap(backend, mapping);
}

static uint32_t slow_evict(struct policy *policy)
{
	virtual_clock += EVICT;
	return policy_lru.evict(policy);
}

static void slow_insert(
	struct policy *policy, uint32_t frame, const struct policy_page *page)
{
	virtual_clock += INSERT;
	policy_lru.insert(policy, frame, page);
}

static const struct policy_ops *slow_ops;

static int create_slow(const struct policy_config *config, struct policy **out)
{
	int error = policy_lru.create(config, out);

	if (!error)
		(*out)->ops = slow_ops;
	return error;
}

static int page_in(struct store *store, const struct page_io *io)
{
	(void)store;
	(void)io;
	return STORE_DATA;
}

static const struct store_ops store_ops = {.page_in = page_in};

static void fault_once(struct lab *lab)
{
	struct fault fault = {
		.as = &lab->as,
		.page = lab->page % PAGES,
		.translation = lab->page % PAGES,
		.access = PROTECT_READ,
		.next_use = NEXT_USE_NEVER,
	};

	lab->page++;
	assert_int_equal(measure_fault(&lab->measure, lab->pager, &fault), 0);
}

/* A full memory, so that every fault evicts. */
static void set_up(struct lab *lab)
{
	struct pager_config config = {
		.frames = FRAMES,
		.page_bytes = 4096,
		.stores_max = 1,
		.physmem_ops = &lab->ops,
		.backend = &lab->sim,
		.policy_ops = &lab->policy_ops,
	};
	struct message message;

	*lab = (struct lab){.ops = physmem_sim_ops, .policy_ops = policy_lru};
	lab->ops.map = slow_map;
	lab->ops.unmap = slow_unmap;
	lab->policy_ops.create = create_slow;
	lab->policy_ops.evict = slow_evict;
	lab->policy_ops.insert = slow_insert;
	slow_ops = &lab->policy_ops;
	assert_int_equal(sim_init(&lab->sim, PAGES), 0);
	assert_int_equal(as_init(&lab->as, 4), 0);
	assert_int_equal(pager_create(&config, &lab->pager), 0);
	store_init(&lab->store, &store_ops, lab->pager->btrees, false);
	assert_int_equal(
		as_map(&lab->as, 0, PAGES, &lab->store, 0, PROTECT_READ, NULL),
		0);
	assert_int_equal(
		counter_open(COUNTER_CLOCK, NULL, &lab->counter, &message), 0);
	for (int i = 0; i < 2; i++) {
		measure_init(&lab->measure, lab->counter, 1000);
		lab->measure.now = ordered_now;
		lab->measure.probe.now = mark_now;
		lab->measure.probe_cost = ORDERED;
		for (int j = 0; !i && j < FRAMES; j++)
			fault_once(lab);
	}
}

static void tear_down(struct lab *lab)
{
	counter_close(lab->counter);
	assert_int_equal(pager_drop_store(lab->pager, &lab->store, false), 0);
	pager_destroy(lab->pager);
	as_fini(&lab->as);
	sim_fini(&lab->sim);
}

static void assert_near(double value, double expected)
{
	/* medians are read from a histogram */
	if (fabs(value - expected) > 0.5)
		fail_msg("%f is not %f", value, expected);
}

static void phases_are_what_was_spent(void **state)
{
	struct lab lab;
	double sum = 0;

	(void)state;
	set_up(&lab);
	for (int i = 0; i < 1000; i++)
		fault_once(&lab);
	assert_int_equal(lab.measure.whole.count, 500);
	assert_int_equal(lab.measure.marked.count, 500);
	assert_near(histogram_mean(&lab.measure.whole), WORK);
	assert_near(measure_phase(&lab.measure, PHASE_MAP), MAP);
	assert_near(measure_phase(&lab.measure, PHASE_UNMAP), UNMAP);
	assert_near(measure_phase(&lab.measure, PHASE_VICTIM), EVICT + INSERT);
	assert_near(measure_phase(&lab.measure, PHASE_AS_LOOKUP), 0);
	for (int i = 0; i < PHASE_IO; i++)
		sum += measure_phase(&lab.measure, i);
	assert_near(sum, WORK);
	assert_near(measure_mean(&lab.measure), WORK);
	tear_down(&lab);
}

static void marks_are_taken_off_and_told(void **state)
{
	struct lab lab;
	uint64_t marks = 0;

	(void)state;
	set_up(&lab);
	for (int i = 0; i < 1000; i++)
		fault_once(&lab);
	for (int i = 0; i < PHASES; i++)
		marks += lab.measure.marks[i];
	assert_true(marks >= 500 * 7); /* every phase is marked */
	assert_near(measure_marks_cost(&lab.measure), MARK * marks / 500.0);
	tear_down(&lab);
}

static void interrupted_faults_are_left_out(void **state)
{
	struct lab lab;

	(void)state;
	set_up(&lab);
	for (int i = 0; i < 100; i++)
		fault_once(&lab);
	lab.measure.limit = WORK / 2;
	for (int i = 0; i < 100; i++)
		fault_once(&lab);
	assert_int_equal(lab.measure.interrupted, 100);
	assert_int_equal(lab.measure.whole.count, 50);
	assert_near(histogram_mean(&lab.measure.whole), WORK);
	tear_down(&lab);
}

/* Of a trace of EVENTS events about one of SHARE is in the sample. */
static void assert_share(struct lab *lab, uint64_t events, unsigned share)
{
	const unsigned expected = (1 << 16) / share;
	unsigned sampled = 0;

	measure_init(&lab->measure, lab->counter, events);
	for (uint64_t event = 0; event < 1 << 16; event++)
		sampled += measure_samples(&lab->measure, event);
	assert_in_range(sampled, expected - 68, expected + 68);
}

static void the_sample_is_the_promised_share(void **state)
{
	struct lab lab;

	(void)state;
	set_up(&lab);
	assert_share(&lab, 1000, 2);
	assert_share(&lab, (1 << 20) - 1, 2);
	assert_share(&lab, 1 << 20, 8);
	assert_share(&lab, (1 << 24) - 1, 8);
	assert_share(&lab, 1 << 24, 32);
	assert_share(&lab, UINT64_C(1) << 32, 32);
	tear_down(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(phases_are_what_was_spent),
		cmocka_unit_test(marks_are_taken_off_and_told),
		cmocka_unit_test(interrupted_faults_are_left_out),
		cmocka_unit_test(the_sample_is_the_promised_share),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
