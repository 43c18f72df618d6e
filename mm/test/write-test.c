/*
 * Write faults where the backend has no dirty bits, and faults on pages that
 * are being written back.
 */
#include "mm/test/machine-use.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

/* Memory 0, filled, at pages 0 .. 63 of both spaces. */
static struct machine *machine_of(const struct machine_config *config)
{
	struct machine *machine;
	unsigned space;

	assert_int_equal(machine_create(config, &machine), 0);
	memory_store_fill(&machine->memory[0]);
	for (space = 0; space < 2; space++)
		assert_int_equal(
			as_map(&machine->spaces[space], 0, 64,
				machine->stores[0], 0, PROTECT_BOTH, NULL),
			0);
	return machine;
}

static void test_first_write(void **state)
{
	struct machine_config config = {
		.frames = 2, .mappings_max = 4, .track_writes = true};
	struct machine *machine = machine_of(&config);
	struct pager_counts *counts = &machine->pager->counts;

	(void)state;
	reads(machine, 0, 3, 31);
	assert_false(machine_frame(machine, 0, 3)->flags & FRAME_DIRTY);
	writes(machine, 0, 3, 7);
	assert_int_equal(machine->kind, FAULT_WRITE);
	assert_true(machine_frame(machine, 0, 3)->flags & FRAME_DIRTY);
	writes(machine, 0, 3, 8);
	assert_false(machine->faulted);
	/* a page that is written at once is writable at once, and dirty */
	writes(machine, 0, 4, 9);
	assert_int_equal(machine->kind, FAULT_HARD);
	writes(machine, 0, 4, 10);
	assert_false(machine->faulted);
	/* of a dirty page, another's read maps it to be written */
	reads(machine, 1, 4, 10);
	writes(machine, 1, 4, 11);
	assert_false(machine->faulted);
	assert_int_equal(counts->write_faults, 1);
	assert_int_equal(counts->soft_faults, 1);
	/* both are written back, and clean after */
	reads(machine, 0, 5, 51);
	reads(machine, 0, 6, 61);
	assert_int_equal(counts->writebacks, 2);
	reads(machine, 0, 3, 8);
	reads(machine, 0, 4, 11);
	reads(machine, 0, 7, 71);
	reads(machine, 0, 8, 81);
	assert_int_equal(counts->writebacks, 2);
	machine_destroy(machine);
}

/* A flush makes a page clean: the next write is seen again. */
static void test_flush(void **state)
{
	struct machine_config config = {
		.frames = 4, .mappings_max = 4, .track_writes = true};
	struct machine *machine = machine_of(&config);
	struct memory_page *stored = &machine->memory[0].pages[3];

	(void)state;
	writes(machine, 0, 3, 7);
	assert_int_equal(pager_flush(machine->pager, machine->stores[0]), 0);
	assert_int_equal(stored->words[1], 7);
	reads(machine, 0, 3, 7);
	writes(machine, 0, 3, 8);
	assert_int_equal(machine->kind, FAULT_WRITE);
	stored->fail_out = -EIO;
	assert_int_equal(pager_flush(machine->pager, machine->stores[0]), -EIO);
	stored->fail_out = 0;
	assert_int_equal(pager_flush(machine->pager, machine->stores[0]), 0);
	assert_int_equal(stored->words[1], 8);
	assert_int_equal(stored->outs, 2);
	machine_destroy(machine);
}

/* With dirty bits there are no write faults. */
static void test_not_tracked(void **state)
{
	struct machine_config config = {.frames = 4, .mappings_max = 4};
	struct machine *machine = machine_of(&config);

	(void)state;
	reads(machine, 0, 3, 31);
	writes(machine, 0, 3, 7);
	assert_false(machine->faulted);
	assert_int_equal(machine->pager->counts.write_faults, 0);
	machine_destroy(machine);
}

/* A store whose page-outs wait until it is opened. */
struct gated {
	struct store store;
	struct store *inner;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool closed;
	unsigned waiting;
};

static int gated_page_in(struct store *store, const struct page_io *io)
{
	struct gated *gated = (struct gated *)store;

	return gated->inner->ops->page_in(gated->inner, io);
}

static int gated_page_out(struct store *store, const struct page_io *io)
{
	struct gated *gated = (struct gated *)store;

	pthread_mutex_lock(&gated->lock);
	gated->waiting++;
	pthread_cond_broadcast(&gated->changed);
	while (gated->closed)
		pthread_cond_wait(&gated->changed, &gated->lock);
	gated->waiting--;
	pthread_mutex_unlock(&gated->lock);
	return gated->inner->ops->page_out(gated->inner, io);
}

static const struct store_ops gated_ops = {
	.page_in = gated_page_in,
	.page_out = gated_page_out,
};

struct thread {
	pthread_t thread;
	struct machine *machine;
	uint64_t page, value;
	bool done;
	int error;
};

static void *read_page(void *context)
{
	struct thread *thread = context;

	thread->error = machine_read(
		thread->machine, 0, thread->page, 1, &thread->value);
	return NULL;
}

static void *write_page(void *context)
{
	struct thread *thread = context;

	thread->error = machine_write(
		thread->machine, 0, thread->page, 1, thread->value);
	__atomic_store_n(&thread->done, true, __ATOMIC_RELEASE);
	return NULL;
}

static void start(struct thread *thread, struct machine *machine, uint64_t page,
	uint64_t value, void *(*routine)(void *context))
{
	*thread = (struct thread){
		.machine = machine, .page = page, .value = value};
	assert_int_equal(
		pthread_create(&thread->thread, NULL, routine, thread), 0);
}

static void wait_for_page_out(struct gated *gated)
{
	pthread_mutex_lock(&gated->lock);
	while (!gated->waiting)
		pthread_cond_wait(&gated->changed, &gated->lock);
	pthread_mutex_unlock(&gated->lock);
}

static void open_gate(struct gated *gated)
{
	pthread_mutex_lock(&gated->lock);
	gated->closed = false;
	pthread_cond_broadcast(&gated->changed);
	pthread_mutex_unlock(&gated->lock);
}

/* Two frames; the gated store, filled, at pages 0 .. 63 of space 0. */
static struct machine *gated_machine(struct gated *gated, bool track_writes)
{
	struct machine_config config = {
		.frames = 2,
		.mappings_max = 4,
		.blocking = true,
		.threads = true,
		.track_writes = track_writes,
	};
	struct machine *machine;

	assert_int_equal(machine_create(&config, &machine), 0);
	memory_store_fill(&machine->memory[0]);
	*gated = (struct gated){.lock = PTHREAD_MUTEX_INITIALIZER,
		.changed = PTHREAD_COND_INITIALIZER,
		.inner = machine->stores[0]};
	store_init(&gated->store, &gated_ops, machine->pager->btrees, true);
	machine->stores[machine->stores_count++] = &gated->store;
	assert_int_equal(as_map(&machine->spaces[0], 0, 64, &gated->store, 0,
				 PROTECT_BOTH, NULL),
		0);
	return machine;
}

/* Page 0 is dirty and half written back when it is wanted again. */
static void take_back(int error, bool track_writes)
{
	struct thread evictor, writer;
	struct gated gated;
	struct machine *machine = gated_machine(&gated, track_writes);
	struct memory_page *stored = &machine->memory[0].pages[0];
	uint64_t value;

	assert_int_equal(machine_write(machine, 0, 0, 1, 70), 0);
	assert_int_equal(machine_read(machine, 0, 1, 1, &value), 0);
	stored->fail_out = error;
	gated.closed = true;
	start(&evictor, machine, 2, 0, read_page);
	wait_for_page_out(&gated);
	/* to read it nobody waits */
	assert_int_equal(machine_read(machine, 0, 0, 1, &value), 0);
	assert_int_equal(value, 70);
	assert_int_equal(machine->pager->counts.takebacks, 1);
	/* to write it one does */
	start(&writer, machine, 0, 71, write_page);
	usleep(20000);
	assert_false(__atomic_load_n(&writer.done, __ATOMIC_ACQUIRE));
	assert_int_equal(machine_read(machine, 0, 0, 1, &value), 0);
	assert_int_equal(value, 70);
	open_gate(&gated);
	pthread_join(evictor.thread, NULL);
	pthread_join(writer.thread, NULL);
	assert_int_equal(evictor.error, 0);
	assert_int_equal(evictor.value, 21);
	assert_int_equal(writer.error, 0);
	sound(machine);
	/* what was written meanwhile is not lost */
	stored->fail_out = 0;
	reads(machine, 0, 0, 71);
	assert_int_equal(pager_flush(machine->pager, &gated.store), 0);
	assert_int_equal(stored->words[1], 71);
	machine_destroy(machine);
}

static void test_take_back(void **state)
{
	(void)state;
	take_back(0, false);
	take_back(0, true);
}

static void test_take_back_and_error(void **state)
{
	(void)state;
	take_back(-EIO, false);
	take_back(-EIO, true);
}

static void *drop_page(void *context)
{
	struct thread *thread = context;

	thread->error = pager_advise(thread->machine->pager,
		&thread->machine->spaces[0], thread->page, 1, ADVICE_DONT_NEED,
		0);
	return NULL;
}

/* A page that is pinned while dont-need writes it back stays. */
static void test_pinned_while_dropped(void **state)
{
	struct gated gated;
	struct machine *machine = gated_machine(&gated, false);
	struct thread dropper;
	uint64_t value;

	(void)state;
	assert_int_equal(machine_write(machine, 0, 0, 1, 70), 0);
	gated.closed = true;
	start(&dropper, machine, 0, 0, drop_page);
	wait_for_page_out(&gated);
	assert_int_equal(machine_read(machine, 0, 0, 1, &value), 0);
	assert_int_equal(pager_advise(machine->pager, &machine->spaces[0], 0, 1,
				 ADVICE_PIN, 0),
		0);
	open_gate(&gated);
	pthread_join(dropper.thread, NULL);
	assert_int_equal(dropper.error, 0);
	assert_non_null(machine_frame(machine, 2, 0));
	assert_true(machine_frame(machine, 2, 0)->pins);
	assert_int_equal(machine->pager->pinned, 1);
	assert_null(machine_check(machine));
	machine_destroy(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_write),
		cmocka_unit_test(test_flush),
		cmocka_unit_test(test_not_tracked),
		cmocka_unit_test(test_take_back),
		cmocka_unit_test(test_take_back_and_error),
		cmocka_unit_test(test_pinned_while_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
