/*
 * Threads that read, write and borrow the memory of one pager through spaces
 * of their own and one that they share, over a file, anonymous memory and a
 * store of functions that fail now and then, while all of them advise, flush,
 * map and unmap.  Each thread writes words of its own in every page; what it
 * reads of them is what it wrote last, and in the end so it is for all.
 * Nobody flushes or copies a page while others borrow: what they write in that
 * moment may or may not be in the store, or the copy.
 *
 * Each thread has the file mapped privately too, and discards its copies at
 * times.  Hooks name victims, count, and are told of pressure: with no lock of
 * their own, as the library calls one after the other.
 *
 *	library-threads-test [threads [seconds]]
 */
#include "mm/selfpage.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	THREADS_MAX = 16,
	STORES = 3,
	PAGES = 96, /* in turn of each store */
	STORE_PAGES = PAGES / STORES,
	FRAMES = 24,
	WORDS = 32, /* of them the last are never written */
	PAGE = WORDS * 8,
	STEPS = 20000,
	PRIVATE = PAGES,    /* where the private map is */
	WINDOW = 2 * PAGES, /* where maps come and go */
	FAILS = 64,	    /* one page-in or page-out in so many does */
};

/* The store of functions. */
struct own {
	char data[STORE_PAGES * PAGE];
	uint64_t calls;
	bool sound; /* none fails any more */
};

/* What the hooks have seen. */
struct hooked {
	uint64_t random;
	uint64_t faults, evictions, pressures;
};

struct world {
	struct selfpage *pager;
	struct hooked hooked;
	struct selfpage_space *common;
	struct selfpage_store *stores[STORES];
	pthread_rwlock_t flushing;
	struct own own;
	uint64_t end_ns; /* 0: each thread does STEPS steps */
};

struct worker {
	pthread_t thread;
	struct world *world;
	struct selfpage_space *space;
	unsigned number;
	uint64_t random;
	uint64_t model[PAGES];
	bool copied[STORE_PAGES];     /* in the private map */
	uint64_t copies[STORE_PAGES]; /* what was written there */
	bool failed;
};

static unsigned draw(struct worker *worker, unsigned below)
{
	worker->random ^= worker->random << 13;
	worker->random ^= worker->random >> 7;
	worker->random ^= worker->random << 17;
	return worker->random % below;
}

static void expect(
	struct worker *worker, bool holds, const char *what, int error)
{
	if (!holds && !worker->failed) {
		fprintf(stderr, "thread %u: %s (%d)\n", worker->number, what,
			error);
		worker->failed = true;
	}
}

/* The error of the store of functions may be that of any call that needs a
 * frame. */
static bool went_well(struct worker *worker, int error, const char *what)
{
	expect(worker, !error || error == -EIO, what, error);
	return !error;
}

/* ---- the store of functions ---- */

static bool own_fails(struct own *own)
{
	return !__atomic_load_n(&own->sound, __ATOMIC_RELAXED) &&
	       __atomic_add_fetch(&own->calls, 1, __ATOMIC_RELAXED) % FAILS ==
		       0;
}

static int own_in(void *context, uint64_t offset, void *data, size_t bytes)
{
	struct own *own = context;

	if (own_fails(own))
		return -EIO;
	memcpy(data, own->data + offset, bytes);
	return SELFPAGE_DATA;
}

static int own_out(
	void *context, uint64_t offset, const void *data, size_t bytes)
{
	struct own *own = context;

	if (own_fails(own))
		return -EIO;
	memcpy(own->data + offset, data, bytes);
	return 0;
}

static const struct selfpage_store_functions own_functions = {
	.functions_bytes = sizeof(own_functions),
	.page_in = own_in,
	.page_out = own_out,
};

/* ---- what threads do ---- */

static void borrow(struct worker *worker, unsigned page, uint64_t at)
{
	void *data;
	int error = selfpage_borrow(
		worker->space, at, SELFPAGE_READ | SELFPAGE_WRITE, &data);

	if (!went_well(worker, error, "a borrow failed"))
		return;
	expect(worker, *(uint64_t *)data == worker->model[page],
		"borrowed other data", 0);
	*(uint64_t *)data = ++worker->model[page];
	error = selfpage_give_back(worker->space, data);
	expect(worker, !error, "cannot give back", error);
}

static void flush(struct worker *worker)
{
	struct world *world = worker->world;

	pthread_rwlock_wrlock(&world->flushing);
	went_well(worker,
		selfpage_store_sync(world->stores[draw(worker, STORES)]),
		"a flush failed");
	pthread_rwlock_unlock(&world->flushing);
}

static void advise(struct worker *worker, unsigned page)
{
	enum selfpage_advice advice =
		(enum selfpage_advice)draw(worker, SELFPAGE_PRIORITY + 1);
	int error;

	if (advice == SELFPAGE_PIN)
		advice = SELFPAGE_UNPIN;
	error = selfpage_advise(worker->space, page * PAGE,
		(1 + draw(worker, 4)) * PAGE, advice,
		draw(worker, SELFPAGE_PRIORITY_MAX + 1));
	went_well(worker, error, "advice failed");
}

static void read_word(struct worker *worker, struct selfpage_space *space,
	uint64_t at, uint64_t right, bool may_be_gone)
{
	uint64_t value;
	int error = selfpage_read(space, at, &value, 8);

	if (error == -EFAULT && may_be_gone)
		return;
	if (went_well(worker, error, "a read failed"))
		expect(worker, value == right, "read other data", 0);
}

static void write_word(struct worker *worker, unsigned page, uint64_t at)
{
	uint64_t value = worker->model[page] + 1;

	if (went_well(worker, selfpage_write(worker->space, at, &value, 8),
		    "a write failed"))
		worker->model[page] = value;
}

/* A map of its own in the space of all, for a while, pinned or not. */
static void map_a_while(struct worker *worker)
{
	struct world *world = worker->world;
	unsigned which = draw(worker, STORES);
	unsigned page = draw(worker, STORE_PAGES);
	uint64_t at = (uint64_t)(WINDOW + worker->number) * PAGE;
	unsigned steps = draw(worker, 4);
	int error = selfpage_map(world->common, at, PAGE, world->stores[which],
		page * PAGE, SELFPAGE_READ);

	expect(worker, !error, "mapping failed", error);
	if (!draw(worker, 4)) {
		error = selfpage_advise(
			world->common, at, PAGE, SELFPAGE_PIN, 0);
		/* -ENOMEM: others have pinned enough */
		if (error != -ENOMEM)
			went_well(worker, error, "pinning failed");
	}
	while (steps--)
		read_word(worker, world->common, at + worker->number * 8,
			worker->model[page * STORES + which], false);
	error = selfpage_unmap(world->common, at, PAGE);
	expect(worker, !error, "unmapping failed", error);
}

/* A page of the private map; it shows every third one of the shared pages. */
static void use_private(struct worker *worker, unsigned page)
{
	uint64_t at = (uint64_t)(PRIVATE + page) * PAGE;
	uint64_t value = draw(worker, 1 << 30);
	bool keeps;

	read_word(worker, worker->space, at + worker->number * 8,
		worker->copied[page] ? worker->copies[page]
				     : worker->model[page * STORES],
		false);
	keeps = draw(worker, 2) &&
		went_well(worker,
			selfpage_write(worker->space, at + worker->number * 8,
				&value, 8),
			"a private write failed");
	worker->copied[page] = keeps;
	worker->copies[page] = value;
	/* a write that failed may have made a copy */
	if (!keeps)
		expect(worker, !selfpage_discard(worker->space, at, PAGE),
			"a discard failed", 0);
}

/* Another's map of that kind, which may go at any moment. */
static void look_at_another(struct worker *worker)
{
	uint64_t at = (uint64_t)(WINDOW + draw(worker, THREADS_MAX)) * PAGE;

	/* nobody ever wrote to the last word */
	read_word(worker, worker->world->common, at + PAGE - 8, 0, true);
}

/* Memory of its own, from its making to its end. */
static void use_own_store(struct worker *worker)
{
	struct selfpage_store *store;
	uint64_t value = worker->random, at;
	struct selfpage_request request = {
		.request_bytes = sizeof(request),
		.bytes = 4 * PAGE,
		.protection = SELFPAGE_READ | SELFPAGE_WRITE,
	};
	uint64_t start;
	int error = selfpage_store_open_anonymous(
		worker->world->pager, -1, 4 * PAGE, &store);

	expect(worker, !error, "opening failed", error);
	if (error)
		return;
	request.store = store;
	error = selfpage_map_request(worker->space, &request, &start);
	expect(worker, !error, "mapping anywhere failed", error);
	if (error)
		return;
	at = start + draw(worker, 4) * PAGE;
	if (went_well(worker, selfpage_write(worker->space, at, &value, 8),
		    "a write to its own failed"))
		read_word(worker, worker->space, at, value, false);
	error = selfpage_unmap(worker->space, start, 4 * PAGE);
	expect(worker, !error, "unmapping its own failed", error);
	error = selfpage_store_discard(store);
	expect(worker, !error, "discarding failed", error);
}

static void step(struct worker *worker)
{
	struct world *world = worker->world;
	unsigned page = draw(worker, PAGES);
	uint64_t at = (uint64_t)page * PAGE + worker->number * 8;

	switch (draw(worker, 32)) {
	case 0:
	case 1:
		pthread_rwlock_rdlock(&world->flushing);
		borrow(worker, page, at);
		pthread_rwlock_unlock(&world->flushing);
		break;
	case 2:
	case 3:
		advise(worker, page);
		break;
	case 4:
		if (!draw(worker, 32))
			flush(worker);
		break;
	case 5:
		map_a_while(worker);
		break;
	case 6:
	case 7:
		look_at_another(worker);
		break;
	case 8:
		if (!draw(worker, 32))
			use_own_store(worker);
		break;
	case 9:
		pthread_rwlock_wrlock(&world->flushing);
		use_private(worker, page / STORES);
		pthread_rwlock_unlock(&world->flushing);
		break;
	case 10 ... 16:
		write_word(worker, page, at);
		break;
	default:
		read_word(
			worker, worker->space, at, worker->model[page], false);
		break;
	}
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * UINT64_C(1000000000) + now.tv_nsec;
}

static void *work(void *context)
{
	struct worker *worker = context;
	uint64_t end_ns = worker->world->end_ns;
	unsigned i;

	for (i = 0; !worker->failed; i++) {
		if (end_ns ? i % 256 == 0 && now_ns() > end_ns : i == STEPS)
			break;
		step(worker);
	}
	return NULL;
}

/* ---- the world ---- */

static void need(int error, const char *what)
{
	if (!error)
		return;
	fprintf(stderr, "%s: %d\n", what, error);
	exit(1);
}

static void open_stores(struct world *world, FILE *file)
{
	need(selfpage_store_open_file(
		     world->pager, fileno(file), &world->stores[0]),
		"file");
	need(selfpage_store_open_anonymous(
		     world->pager, -1, STORE_PAGES * PAGE, &world->stores[1]),
		"anonymous memory");
	need(selfpage_store_open_functions(world->pager, &own_functions,
		     &world->own, &world->stores[2]),
		"functions");
}

static int choose(void *context, const struct selfpage_situation *situation,
	struct selfpage_page *victim_out)
{
	struct world *world = context;
	uint64_t *random = &world->hooked.random;

	*random = *random * UINT64_C(6364136223846793005) + 1;
	victim_out->store = world->stores[(*random >> 33) % STORES];
	victim_out->offset = (*random >> 40) % STORE_PAGES * PAGE;
	return selfpage_look_at(situation, victim_out) != 0;
}

static void see_fault(void *context, const struct selfpage_fault_event *event)
{
	((struct world *)context)->hooked.faults +=
		!event->prefetch && !event->error;
}

static void see_eviction(
	void *context, const struct selfpage_eviction_event *event)
{
	((struct world *)context)->hooked.evictions +=
		event->chooser != SELFPAGE_BY_CALL;
}

static void see_pressure(
	void *context, const struct selfpage_pressure_event *event)
{
	(void)event;
	((struct world *)context)->hooked.pressures++;
}

static void set_hooks(struct world *world)
{
	const struct selfpage_hooks hooks = {
		.hooks_bytes = sizeof(hooks),
		.context = world,
		.choose = choose,
		.fault = see_fault,
		.evict = see_eviction,
		.pressure = see_pressure,
		.free_low = 1,
		.free_high = 2,
	};

	need(selfpage_set_hooks(world->pager, &hooks), "hooks");
}

/* What the hooks have seen is what was counted. */
static const char *check_hooked(const struct world *world)
{
	const struct hooked *hooked = &world->hooked;
	struct selfpage_counts counts;

	need(selfpage_read_counts(world->pager, &counts, sizeof(counts)),
		"counts");
	if (counts.evictions != hooked->evictions)
		return "an eviction was not told";
	if (counts.hard_faults + counts.zero_faults + counts.soft_faults +
			counts.write_faults !=
		hooked->faults)
		return "a fault was not told";
	return counts.choices && hooked->pressures ? NULL
						   : "the hooks were not used";
}

/* Pages go to the stores in turn. */
static void begin(struct worker *worker)
{
	struct world *world = worker->world;
	struct selfpage_request private = {
		.request_bytes = sizeof(private),
		.store = world->stores[0],
		.bytes = STORE_PAGES * PAGE,
		.address = PRIVATE * PAGE,
		.protection = SELFPAGE_READ | SELFPAGE_WRITE,
		.flags = SELFPAGE_PRIVATE | SELFPAGE_EXACT,
	};
	unsigned i;

	need(selfpage_space_create(world->pager, 0, &worker->space), "space");
	for (i = 0; i < PAGES; i++)
		need(selfpage_map(worker->space, i * PAGE, PAGE,
			     world->stores[i % STORES], i / STORES * PAGE,
			     SELFPAGE_READ | SELFPAGE_WRITE),
			"map");
	need(selfpage_map_request(worker->space, &private, NULL),
		"private map");
}

/* All that was written is there, and after the end of all too. */
static void compare(struct worker *worker)
{
	unsigned i;

	for (i = 0; i < PAGES; i++)
		read_word(worker, worker->space,
			(uint64_t)i * PAGE + worker->number * 8,
			worker->model[i], false);
	need(selfpage_space_destroy(worker->space), "space");
}

static void compare_stored(struct worker *worker, int fd)
{
	uint64_t value;
	unsigned i;

	for (i = 0; i < STORE_PAGES; i++) {
		off_t at = i * PAGE + worker->number * 8;

		memcpy(&value, worker->world->own.data + at, 8);
		expect(worker, value == worker->model[i * STORES + 2],
			"the store of functions has other data", 0);
		expect(worker,
			pread(fd, &value, 8, at) == 8 &&
				value == worker->model[i * STORES],
			"the file has other data", 0);
	}
}

static void run(struct world *world, struct worker *workers, unsigned threads)
{
	unsigned i;

	for (i = 0; i < threads; i++) {
		workers[i].world = world;
		workers[i].number = i;
		workers[i].random = 0x5eed + i;
		begin(&workers[i]);
	}
	for (i = 0; i < threads; i++)
		need(pthread_create(
			     &workers[i].thread, NULL, work, &workers[i]),
			"thread");
	for (i = 0; i < threads; i++)
		pthread_join(workers[i].thread, NULL);
	world->own.sound = true;
}

int main(int argc, char **argv)
{
	unsigned threads = argc > 1 ? strtoul(argv[1], NULL, 0) : 4;
	struct selfpage_config config = {
		.config_bytes = sizeof(config),
		.frames = FRAMES,
		.page_bytes = PAGE,
	};
	static struct world world = {
		.flushing = PTHREAD_RWLOCK_INITIALIZER,
	};
	static struct worker workers[THREADS_MAX];
	FILE *file = tmpfile();
	const char *why;
	bool failed;
	unsigned i;

	if (!threads || threads > THREADS_MAX) {
		fprintf(stderr, "library-threads-test: 1 to %d threads\n",
			THREADS_MAX);
		return 2;
	}
	need(!file, "temporary file");
	if (argc > 2)
		world.end_ns =
			now_ns() + strtoull(argv[2], NULL, 0) * 1000000000;
	need(selfpage_create(&config, &world.pager), "pager");
	need(selfpage_space_create(world.pager, 0, &world.common), "space");
	open_stores(&world, file);
	set_hooks(&world);
	run(&world, workers, threads);
	why = selfpage_check(world.pager);
	if (!why)
		why = check_hooked(&world);
	if (why)
		fprintf(stderr, "%s\n", why);
	for (i = 0; i < threads; i++)
		compare(&workers[i]);
	need(selfpage_space_destroy(world.common), "space");
	for (i = 0; i < STORES; i++)
		need(selfpage_store_close(world.stores[i]), "store");
	need(selfpage_destroy(world.pager), "pager");
	failed = why;
	for (i = 0; i < threads; i++) {
		compare_stored(&workers[i], fileno(file));
		failed |= workers[i].failed;
	}
	fclose(file);
	pthread_rwlock_destroy(&world.flushing);
	return failed;
}
