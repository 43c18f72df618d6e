/*
 * Threads that read, write and borrow the memory of one pager through spaces
 * of their own over two shared stores, while others advise and flush.  Each
 * thread writes words of its own in every page; what it reads of them is what
 * it wrote last, and in the end so it is for all.  Nobody flushes or
 * copies a page while others borrow: what they write in that moment may or may
 * not be in the store, or the copy.
 *
 * Each thread has the first store mapped privately too, and discards its
 * copies at times.  Hooks name victims, count, and are told of pressure: with
 * no lock of their own, as the library calls one after the other.
 */
#include "mm/selfpage.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	THREADS = 4,
	PAGES = 96,
	FRAMES = 24,
	WORDS = 32,
	PAGE = WORDS * 8,
	STEPS = 20000,
};

struct worker {
	pthread_t thread;
	struct selfpage *pager;
	struct selfpage_space *space;
	struct selfpage_store *stores[2];
	pthread_rwlock_t *flushing;
	unsigned number;
	uint64_t random;
	uint64_t model[PAGES];
	bool copied[PAGES / 2];	    /* in the private map */
	uint64_t copies[PAGES / 2]; /* what was written there */
	bool failed;
};

struct hooked {
	struct selfpage_store *stores[2];
	uint64_t random;
	uint64_t faults, evictions, pressures;
};

static unsigned draw(struct worker *worker, unsigned below)
{
	worker->random ^= worker->random << 13;
	worker->random ^= worker->random >> 7;
	worker->random ^= worker->random << 17;
	return worker->random % below;
}

static void expect(struct worker *worker, bool holds, const char *what)
{
	if (!holds && !worker->failed) {
		fprintf(stderr, "thread %u: %s\n", worker->number, what);
		worker->failed = true;
	}
}

static void borrow(struct worker *worker, unsigned page, uint64_t at)
{
	void *data;
	int error = selfpage_borrow(
		worker->space, at, SELFPAGE_READ | SELFPAGE_WRITE, &data);

	expect(worker, !error, "a borrow failed");
	if (error)
		return;
	expect(worker, *(uint64_t *)data == worker->model[page],
		"borrowed other data");
	*(uint64_t *)data = ++worker->model[page];
	expect(worker, !selfpage_give_back(worker->space, data),
		"cannot give back");
}

static void flush(struct worker *worker, unsigned which)
{
	pthread_rwlock_wrlock(worker->flushing);
	expect(worker, !selfpage_store_sync(worker->stores[which]),
		"a flush failed");
	pthread_rwlock_unlock(worker->flushing);
}

/* The private map begins where the shared ones end; its pages are every
 * second one of those. */
static void use_private(struct worker *worker, unsigned page)
{
	uint64_t at = (uint64_t)(PAGES + page) * PAGE;
	uint64_t expected = worker->copied[page] ? worker->copies[page]
						 : worker->model[2 * page];
	uint64_t value = 0;
	int error;

	error = selfpage_read(
		worker->space, at + worker->number * 8, &value, 8);
	expect(worker, !error && value == expected, "wrong private data");
	if (draw(worker, 2)) {
		worker->copied[page] = true;
		worker->copies[page] = value + 1000;
		expect(worker,
			!selfpage_write(worker->space, at + worker->number * 8,
				&worker->copies[page], 8),
			"a private write failed");
	} else {
		worker->copied[page] = false;
		expect(worker, !selfpage_discard(worker->space, at, PAGE),
			"a discard failed");
	}
}

static void step(struct worker *worker)
{
	static const enum selfpage_advice advice[] = {
		SELFPAGE_COLD,
		SELFPAGE_DONT_NEED,
		SELFPAGE_WILL_NEED,
		SELFPAGE_READ_ONCE,
		SELFPAGE_NORMAL,
	};
	unsigned page = draw(worker, PAGES);
	uint64_t at = (uint64_t)page * PAGE + worker->number * 8;
	uint64_t value = 0;

	switch (draw(worker, 16)) {
	case 0:
		pthread_rwlock_rdlock(worker->flushing);
		borrow(worker, page, at);
		pthread_rwlock_unlock(worker->flushing);
		break;
	case 1:
		expect(worker,
			!selfpage_advise(worker->space, page * PAGE, PAGE,
				advice[draw(worker, 5)], 0),
			"advice failed");
		break;
	case 2:
		if (!draw(worker, 64))
			flush(worker, page % 2);
		break;
	case 3:
		pthread_rwlock_wrlock(worker->flushing);
		use_private(worker, page / 2);
		pthread_rwlock_unlock(worker->flushing);
		break;
	case 4:
	case 5:
	case 6:
		worker->model[page]++;
		expect(worker,
			!selfpage_write(
				worker->space, at, &worker->model[page], 8),
			"a write failed");
		break;
	default:
		expect(worker, !selfpage_read(worker->space, at, &value, 8),
			"a read failed");
		expect(worker, value == worker->model[page], "wrong data");
		break;
	}
}

static void *work(void *context)
{
	struct worker *worker = context;
	unsigned i;

	for (i = 0; i < STEPS && !worker->failed; i++)
		step(worker);
	pthread_rwlock_rdlock(worker->flushing);
	for (i = 0; i < PAGES && !worker->failed; i++)
		borrow(worker, i, (uint64_t)i * PAGE + worker->number * 8);
	pthread_rwlock_unlock(worker->flushing);
	return NULL;
}

static void need(int error, const char *what)
{
	if (!error)
		return;
	fprintf(stderr, "%s: %d\n", what, error);
	exit(1);
}

/* Pages go to the two stores in turn. */
static void set_up(struct worker *worker)
{
	unsigned i;

	need(selfpage_space_create(worker->pager, 0, &worker->space), "space");
	for (i = 0; i < PAGES; i++)
		need(selfpage_map(worker->space, i * PAGE, PAGE,
			     worker->stores[i % 2], i / 2 * PAGE,
			     SELFPAGE_READ | SELFPAGE_WRITE),
			"map");
	need(selfpage_map_request(worker->space,
		     &(const struct selfpage_request){
			     .request_bytes = sizeof(struct selfpage_request),
			     .store = worker->stores[0],
			     .bytes = PAGES / 2 * PAGE,
			     .address = PAGES * PAGE,
			     .protection = SELFPAGE_READ | SELFPAGE_WRITE,
			     .flags = SELFPAGE_PRIVATE | SELFPAGE_EXACT,
		     },
		     NULL),
		"private map");
}

static int choose(void *context, const struct selfpage_situation *situation,
	struct selfpage_page *victim_out)
{
	struct hooked *hooked = context;

	hooked->random = hooked->random * UINT64_C(6364136223846793005) + 1;
	victim_out->store = hooked->stores[hooked->random >> 63];
	victim_out->offset = (hooked->random >> 33) % (PAGES / 2) * PAGE;
	return selfpage_look_at(situation, victim_out) != 0;
}

static void see_fault(void *context, const struct selfpage_fault_event *event)
{
	((struct hooked *)context)->faults += !event->prefetch;
}

static void see_eviction(
	void *context, const struct selfpage_eviction_event *event)
{
	((struct hooked *)context)->evictions +=
		event->chooser != SELFPAGE_BY_CALL;
}

static void see_pressure(
	void *context, const struct selfpage_pressure_event *event)
{
	(void)event;
	((struct hooked *)context)->pressures++;
}

static void set_hooks(struct selfpage *pager, struct hooked *hooked)
{
	const struct selfpage_hooks hooks = {
		.hooks_bytes = sizeof(hooks),
		.context = hooked,
		.choose = choose,
		.fault = see_fault,
		.evict = see_eviction,
		.pressure = see_pressure,
		.free_low = 1,
		.free_high = 2,
	};

	need(selfpage_set_hooks(pager, &hooks), "hooks");
}

/* What the hooks have seen is what was counted. */
static const char *check_hooked(
	struct selfpage *pager, const struct hooked *hooked)
{
	struct selfpage_counts counts;

	need(selfpage_read_counts(pager, &counts, sizeof(counts)), "counts");
	if (counts.evictions != hooked->evictions)
		return "an eviction was not told";
	if (counts.hard_faults + counts.zero_faults + counts.soft_faults +
			counts.write_faults !=
		hooked->faults)
		return "a fault was not told";
	return counts.choices && hooked->pressures ? NULL
						   : "the hooks were not used";
}

int main(void)
{
	struct selfpage_config config = {
		.config_bytes = sizeof(config),
		.frames = FRAMES,
		.page_bytes = PAGE,
	};
	static struct worker workers[THREADS];
	pthread_rwlock_t flushing = PTHREAD_RWLOCK_INITIALIZER;
	struct selfpage_store *stores[2];
	struct hooked hooked = {.random = 0x5eed};
	struct selfpage *pager;
	const char *why;
	bool failed = false;
	unsigned i;

	need(selfpage_create(&config, &pager), "pager");
	for (i = 0; i < 2; i++)
		need(selfpage_store_open_anonymous(
			     pager, -1, PAGES * PAGE, &stores[i]),
			"store");
	hooked.stores[0] = stores[0];
	hooked.stores[1] = stores[1];
	set_hooks(pager, &hooked);
	for (i = 0; i < THREADS; i++) {
		workers[i].pager = pager;
		workers[i].stores[0] = stores[0];
		workers[i].stores[1] = stores[1];
		workers[i].flushing = &flushing;
		workers[i].number = i;
		workers[i].random = 0x5eed + i;
		set_up(&workers[i]);
	}
	for (i = 0; i < THREADS; i++)
		need(pthread_create(
			     &workers[i].thread, NULL, work, &workers[i]),
			"thread");
	for (i = 0; i < THREADS; i++)
		pthread_join(workers[i].thread, NULL);
	why = selfpage_check(pager);
	if (!why)
		why = check_hooked(pager, &hooked);
	if (why)
		fprintf(stderr, "%s\n", why);
	for (i = 0; i < THREADS; i++) {
		failed |= workers[i].failed;
		need(selfpage_space_destroy(workers[i].space), "space");
	}
	for (i = 0; i < 2; i++)
		need(selfpage_store_close(stores[i]), "store");
	need(selfpage_destroy(pager), "pager");
	pthread_rwlock_destroy(&flushing);
	return failed || why;
}
