/*
 * Threads that load and store in the same paged memory, as they would in any:
 * each has words of its own in every page, and copies some from page to page
 * by one instruction; while they also advise, flush, protect, call and map
 * memory of their own.  What a thread reads of its words is what it wrote
 * last, and so it is in the end.  On both fronts, with few frames and more.
 * And threads that need more pages at once than there are frames for all; and
 * children that are forked in the middle of all this.
 *
 *	live-threads-test [THREADS [SECONDS]]
 */
#include "mm/test/live-world.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

enum {
	THREADS_MAX = 32,
	PAGES = 64,
	WORDS = PAGE / 8, /* of a page */
	STEPS = 1500,
	OWN_PAGES = 3, /* of the memory that comes and goes */
	ALIKE = 7,
#ifdef __SANITIZE_THREAD__
	FORKS = 0, /* it takes the parent's threads for lost ones */
#else
	FORKS = 20,
#endif
};

struct world {
	struct selfpage *pager;
	struct selfpage_space *space;
	struct selfpage_store *store, *other;
	uint64_t (*pages)[WORDS];
	uint64_t end_ns; /* 0: each thread does STEPS steps */
	unsigned threads;
	unsigned forks; /* children in the meantime */
	bool across;	/* that is all that threads do */
};

struct worker {
	pthread_t thread;
	struct world *world;
	unsigned number;
	uint64_t random;
	uint64_t model[PAGES][2]; /* its words of each page, low and high */
	const char *failed;
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * UINT64_C(1000000000) + now.tv_nsec;
}

static uint64_t draw(struct worker *worker, uint64_t below)
{
	worker->random ^= worker->random << 13;
	worker->random ^= worker->random >> 7;
	worker->random ^= worker->random << 17;
	return worker->random % below;
}

/* Its words: one from the page's start on, one from its end. */
static uint64_t *word_of(struct worker *worker, unsigned page, unsigned which)
{
	unsigned at = which ? WORDS - 1 - worker->number : worker->number;

	return &worker->world->pages[page][at];
}

static void load(struct worker *worker)
{
	unsigned page = draw(worker, PAGES), which = draw(worker, 2);

	if (*(volatile uint64_t *)word_of(worker, page, which) !=
		worker->model[page][which])
		worker->failed = "a load";
}

static void store(struct worker *worker)
{
	unsigned page = draw(worker, PAGES), which = draw(worker, 2);
	uint64_t value = draw(worker, UINT64_MAX);

	*(volatile uint64_t *)word_of(worker, page, which) = value;
	worker->model[page][which] = value;
}

static void copy(struct worker *worker)
{
	unsigned to = draw(worker, PAGES), from = draw(worker, PAGES);
	unsigned to_which = draw(worker, 2), from_which = draw(worker, 2);
	void *target = word_of(worker, to, to_which);
	const void *source = word_of(worker, from, from_which);
	size_t words = 1;

	__asm__ volatile("rep movsq"
			 : "+D"(target), "+S"(source), "+c"(words)
			 :
			 : "memory");
	worker->model[to][to_which] = worker->model[from][from_which];
}

static void call(struct worker *worker)
{
	struct selfpage_space *space = worker->world->space;
	unsigned page = draw(worker, PAGES), which = draw(worker, 2);
	uint64_t *word = word_of(worker, page, which), value;
	void *data;

	switch (draw(worker, 4)) {
	case 0:
		if (selfpage_read(space, (uintptr_t)word, &value, 8) ||
			value != worker->model[page][which])
			worker->failed = "a read";
		break;
	case 1:
		value = draw(worker, UINT64_MAX);
		if (selfpage_write(space, (uintptr_t)word, &value, 8))
			worker->failed = "a write";
		worker->model[page][which] = value;
		break;
	case 2:
		if (selfpage_fault_in(space, word, 8, SELFPAGE_WRITE))
			worker->failed = "a fault-in";
		break;
	default:
		if (selfpage_borrow(
			    space, (uintptr_t)word, SELFPAGE_WRITE, &data))
			break;
		value = draw(worker, UINT64_MAX);
		*(volatile uint64_t *)data = value;
		worker->model[page][which] = value;
		if (selfpage_give_back(space, data))
			worker->failed = "a giving back";
	}
}

/* What others touch meanwhile may be unmapped, but nothing is lost. */
static void disturb(struct worker *worker)
{
	struct world *world = worker->world;
	uint64_t first = draw(worker, PAGES);
	uint64_t pages = 1 + draw(worker, PAGES - first);
	uint64_t address = (uintptr_t)world->pages[first];
	int error = 0;

	switch (draw(worker, 4)) {
	case 0:
		error = selfpage_store_flush(world->store, 0, SELFPAGE_ALL);
		break;
	case 1:
		error = selfpage_advise(world->space, address, pages * PAGE,
			SELFPAGE_DONT_NEED, 0);
		break;
	case 2:
		error = selfpage_advise(world->space, address, pages * PAGE,
			SELFPAGE_WILL_NEED, 0);
		break;
	default:
		error = selfpage_advise(
			world->space, address, pages * PAGE, SELFPAGE_COLD, 0);
	}
	if (error)
		worker->failed = "advice";
}

/* Memory that only this thread knows comes and goes. */
static void map_own(struct worker *worker)
{
	struct world *world = worker->world;
	struct selfpage_request request = {
		.request_bytes = sizeof(request),
		.store = world->other,
		.offset = (uint64_t)worker->number * OWN_PAGES * PAGE,
		.bytes = OWN_PAGES * PAGE,
		.protection = SELFPAGE_READ | SELFPAGE_WRITE,
	};
	uint64_t address;
	char *start;
	int i;

	if (selfpage_map_request(world->space, &request, &address)) {
		worker->failed = "a map";
		return;
	}
	start = (char *)(uintptr_t)address;
	for (i = 0; i < OWN_PAGES; i++)
		if (start[i * PAGE])
			worker->failed = "memory that should be new";
	memset(start, 1, OWN_PAGES * PAGE);
	if (selfpage_discard(world->space, address, OWN_PAGES * PAGE) ||
		selfpage_unmap(world->space, address, OWN_PAGES * PAGE))
		worker->failed = "an unmap";
}

/* By one instruction, from across the end of a page to across another's: of
 * four pages.  All bytes are alike, so that nobody is in another's way. */
static void copy_across(struct worker *worker)
{
	char *pages = (char *)worker->world->pages;
	char *from = pages + (2 * draw(worker, PAGES / 4) + 1) * PAGE - 4;
	char *to = pages + (2 * draw(worker, PAGES / 4) + 1 + PAGES / 2) * PAGE;

	to -= 4;
	__asm__ volatile("movsq" : "+D"(to), "+S"(from) : : "memory");
	if (to[-1] != ALIKE || to[-8] != ALIKE)
		worker->failed = "a copy across pages";
}

static void *work_across(void *context)
{
	struct worker *worker = context;
	unsigned step;

	if (selfpage_live_thread(worker->world->pager))
		worker->failed = "no stack";
	for (step = 0; step < STEPS / 5 && !worker->failed; step++)
		copy_across(worker);
	return NULL;
}

static bool goes_on(const struct worker *worker, unsigned step)
{
	if (worker->failed)
		return false;
	if (worker->world->end_ns)
		return now_ns() < worker->world->end_ns;
	return step < STEPS;
}

static void *work(void *context)
{
	struct worker *worker = context;
	unsigned step;

	if (selfpage_live_thread(worker->world->pager))
		worker->failed = "no stack";
	for (step = 0; goes_on(worker, step); step++) {
		switch (draw(worker, 32)) {
		case 0:
			disturb(worker);
			break;
		case 1:
			map_own(worker);
			break;
		case 2:
		case 3:
			call(worker);
			break;
		case 4:
		case 5:
		case 6:
			copy(worker);
			break;
		default:
			if (draw(worker, 2))
				load(worker);
			else
				store(worker);
		}
	}
	return NULL;
}

static void must(int error, const char *what)
{
	if (!error)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror(-error));
	exit(1);
}

/* In the end, page by page, with nobody else there. */
static const char *compare(struct worker *worker)
{
	unsigned page, which;

	if (worker->world->across)
		return worker->failed;
	for (page = 0; page < PAGES && !worker->failed; page++)
		for (which = 0; which < 2; which++)
			if (*word_of(worker, page, which) !=
				worker->model[page][which])
				worker->failed = "a word in the end";
	return worker->failed;
}

static void check(struct world *world, uint32_t frames)
{
	struct selfpage_live_counts counts;
	const char *why = selfpage_check(world->pager);

	if (why) {
		fprintf(stderr, "%s\n", why);
		exit(1);
	}
	must(selfpage_live_read_counts(world->pager, &counts, sizeof(counts)),
		"counts");
	printf("  %u frames: %llu faults, %llu held, %llu over the limit\n",
		frames, (unsigned long long)counts.signals,
		(unsigned long long)counts.holds,
		(unsigned long long)counts.over_limit);
	if (counts.resident_peak > frames + counts.over_limit ||
		pages_in_memory(world->pager) > counts.resident) {
		fprintf(stderr, "more pages in memory than frames\n");
		exit(1);
	}
}

static bool begin(struct world *world, unsigned kind, uint32_t frames)
{
	struct selfpage_config config = {
		.config_bytes = sizeof(config),
		.live = kind,
		.frames = frames,
	};
	struct selfpage_request request = {
		.request_bytes = sizeof(request),
		.bytes = PAGES * PAGE,
		.protection = SELFPAGE_READ | SELFPAGE_WRITE,
	};
	uint64_t address;
	int error;

	/* in turn with batches, a cleaner and its thread, and without */
	if (frames > 20) {
		config.policy = "sfifo";
		config.victim_batch = 4;
		config.clean_ahead = 4;
		config.cleaner = 1;
	}
	error = selfpage_create(&config, &world->pager);
	if (error == -ENOTSUP)
		return false;
	must(error, "a pager");
	must(selfpage_space_create(world->pager, 0, &world->space), "a space");
	must(selfpage_store_open_anonymous(
		     world->pager, -1, PAGES * PAGE, &world->store),
		"memory");
	must(selfpage_store_open_anonymous(world->pager, -1,
		     THREADS_MAX * OWN_PAGES * PAGE, &world->other),
		"memory");
	request.store = world->store;
	must(selfpage_map_request(world->space, &request, &address), "a map");
	world->pages = (void *)(uintptr_t)address;
	return true;
}

static void end(struct world *world)
{
	must(selfpage_space_destroy(world->space), "the space");
	must(selfpage_store_discard(world->store), "the memory");
	must(selfpage_store_discard(world->other), "the memory");
	must(selfpage_destroy(world->pager), "the pager");
}

/* It has none of the threads, and lacks nothing that one of them had. */
static void fork_child(struct world *world)
{
	const char *why;
	unsigned page;
	int status;
	pid_t child = fork();

	if (!child) {
		why = selfpage_check(world->pager);
		for (page = 0; page < PAGES && !why; page++)
			(void)*(volatile uint64_t *)world->pages[page];
		why = why ? why : selfpage_check(world->pager);
		if (why)
			fprintf(stderr, "a child: %s\n", why);
		_exit(why != NULL);
	}
	must(child < 0 ? -errno : 0, "a child");
	if (waitpid(child, &status, 0) != child || status)
		exit(1);
}

static void run(struct world *world, unsigned kind, uint32_t frames)
{
	static struct worker workers[THREADS_MAX];
	unsigned i;

	if (!begin(world, kind, frames))
		return;
	memset(workers, 0, sizeof(workers));
	if (world->across)
		memset(world->pages, ALIKE, PAGES * PAGE);
	for (i = 0; i < world->threads; i++) {
		workers[i].world = world;
		workers[i].number = i;
		workers[i].random = 88172645463325252 + i;
		must(-pthread_create(&workers[i].thread, NULL,
			     world->across ? work_across : work, &workers[i]),
			"a thread");
	}
	for (i = 0; i < world->forks; i++)
		fork_child(world);
	for (i = 0; i < world->threads; i++)
		pthread_join(workers[i].thread, NULL);
	for (i = 0; i < world->threads; i++)
		if (compare(&workers[i])) {
			fprintf(stderr, "front %u, %u frames, thread %u: %s\n",
				kind, frames, i, workers[i].failed);
			exit(1);
		}
	check(world, frames);
	end(world);
}

int main(int argc, char **argv)
{
	static const uint32_t frames[] = {40, 10, 3};
	struct world world = {.threads = 8};
	unsigned seconds = argc > 2 ? atoi(argv[2]) : 0;
	unsigned kind, i;

	if (argc > 1)
		world.threads = atoi(argv[1]);
	if (!world.threads || world.threads > THREADS_MAX)
		return 2;
	for (kind = 0; kind < 2; kind++) {
		printf("front %u\n", live_kinds[kind]);
		for (i = 0; i < 3; i++) {
			if (seconds)
				world.end_ns =
					now_ns() +
					seconds * UINT64_C(1000000000) / 6;
			run(&world, live_kinds[kind], frames[i]);
		}
	}
	world.end_ns = 0;
	world.forks = FORKS;
	for (kind = 0; kind < 2; kind++)
		run(&world, live_kinds[kind], 4);
	world.forks = 0;
	/* fewer frames than threads, each of which needs more than one */
	world.across = true;
	world.threads = 24;
	for (kind = 0; kind < 2; kind++)
		run(&world, live_kinds[kind], 10);
	return 0;
}
