/* What live-test and live-failure-test start from: a pager by the front that
 * the state of a test says, with a store, and signals that are caught. */
#ifndef MM_TEST_LIVE_CASE_H
#define MM_TEST_LIVE_CASE_H

#include "mm/test/live-world.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <cmocka.h>

enum { PAGES = 64, FRAMES = 8 };

/* A program's own store, which fails where it is told to. */
struct own {
	char data[PAGES * PAGE];
	bool written[PAGES];
	int fail_in, fail_out; /* -errno */
	char *touch;	       /* paged memory that a page-in touches */
	/* what happens once, to whom, during the page-out after so many more */
	void (*meanwhile)(void *whom);
	void *whom;
	unsigned after;
};

static inline int own_in(
	void *context, uint64_t offset, void *data, size_t bytes)
{
	struct own *own = context;

	if (own->fail_in)
		return own->fail_in;
	if (own->touch)
		(void)*(volatile char *)own->touch;
	memcpy(data, own->data + offset, bytes);
	return own->written[offset / PAGE] ? SELFPAGE_DATA : SELFPAGE_ZERO;
}

static inline int own_out(
	void *context, uint64_t offset, const void *data, size_t bytes)
{
	struct own *own = context;
	void (*meanwhile)(void *whom) = own->meanwhile;

	if (meanwhile && !own->after--) {
		own->meanwhile = NULL;
		meanwhile(own->whom);
	}
	if (own->fail_out)
		return own->fail_out;
	memcpy(own->data + offset, data, bytes);
	own->written[offset / PAGE] = true;
	return 0;
}

static const struct selfpage_store_functions own_functions = {
	.functions_bytes = sizeof(own_functions),
	.page_in = own_in,
	.page_out = own_out,
};

struct world {
	struct selfpage *pager;
	struct selfpage_space *space;
	struct selfpage_store *store;
	struct own own;
	char *start;
};

/* What came by a signal last. */
static struct {
	sigjmp_buf back;
	volatile sig_atomic_t expected;
	int number, code;
	char *address;
} caught;

static inline void on_signal(int number, siginfo_t *info, void *context)
{
	(void)context;
	if (!caught.expected)
		abort();
	caught.number = number;
	caught.code = info->si_code;
	caught.address = info->si_addr;
	siglongjmp(caught.back, 1);
}

/* The signal that a touch of AT gives; 0: none. */
static inline int touch(char *at, bool write)
{
	caught.number = 0;
	caught.expected = 1;
	if (!sigsetjmp(caught.back, 1)) {
		if (write)
			*(volatile char *)at = 1;
		else
			(void)*(volatile char *)at;
	}
	caught.expected = 0;
	return caught.number;
}

static inline bool is_there(unsigned kind)
{
	struct selfpage_config config = {
		.config_bytes = sizeof(config),
		.frames = 1,
		.live = kind,
	};
	struct selfpage *pager;
	int error = selfpage_create(&config, &pager);

	if (error == -ENOTSUP)
		return false;
	assert_int_equal(error, 0);
	assert_int_equal(selfpage_destroy(pager), 0);
	return true;
}

/* A pager of FRAMES frames by the front that STATE says, and nothing mapped. */
static inline struct world *begin_empty(
	void **state, uint32_t frames, const char *policy)
{
	struct world *world = calloc(1, sizeof(*world));
	struct selfpage_config config = {
		.config_bytes = sizeof(config),
		.frames = frames,
		.policy = policy,
		.live = *(const unsigned *)*state,
	};
	struct sigaction action = {
		.sa_sigaction = on_signal,
		.sa_flags = SA_SIGINFO,
	};

	if (!is_there(config.live)) {
		free(world);
		skip();
	}
	assert_int_equal(selfpage_create(&config, &world->pager), 0);
	assert_int_equal(selfpage_live_sigaction(SIGSEGV, &action, NULL), 0);
	assert_int_equal(selfpage_live_sigaction(SIGBUS, &action, NULL), 0);
	assert_int_equal(
		selfpage_space_create(world->pager, 0, &world->space), 0);
	return world;
}

static inline void map(struct world *world)
{
	struct selfpage_request request = {
		.request_bytes = sizeof(request),
		.store = world->store,
		.bytes = PAGES * PAGE,
		.protection = SELFPAGE_READ | SELFPAGE_WRITE,
	};
	uint64_t address;

	assert_int_equal(
		selfpage_map_request(world->space, &request, &address), 0);
	world->start = (char *)(uintptr_t)address;
}

static inline struct world *begin_by(
	void **state, uint32_t frames, const char *policy)
{
	struct world *world = begin_empty(state, frames, policy);

	assert_int_equal(selfpage_store_open_functions(world->pager,
				 &own_functions, &world->own, &world->store),
		0);
	map(world);
	return world;
}

static inline struct world *begin(void **state, uint32_t frames)
{
	return begin_by(state, frames, "fifo");
}

static inline struct world *begin_anonymous(
	void **state, uint32_t frames, uint32_t swap_pages)
{
	struct world *world = begin_empty(state, frames, "fifo");

	assert_int_equal(selfpage_store_open_anonymous(world->pager, -1,
				 (uint64_t)swap_pages * PAGE, &world->store),
		0);
	map(world);
	return world;
}

static inline struct selfpage_live_counts live_counts(const struct world *world)
{
	struct selfpage_live_counts counts;

	assert_int_equal(selfpage_live_read_counts(
				 world->pager, &counts, sizeof(counts)),
		0);
	return counts;
}

static inline struct selfpage_counts counts(const struct world *world)
{
	struct selfpage_counts all;

	assert_int_equal(
		selfpage_read_counts(world->pager, &all, sizeof(all)), 0);
	return all;
}

static inline void end(struct world *world)
{
	struct selfpage_live_counts all = live_counts(world);
	struct sigaction action = {.sa_handler = SIG_DFL};

	assert_null(selfpage_check(world->pager));
	assert_true(pages_in_memory(world->pager) <= all.resident);
	assert_int_equal(selfpage_space_destroy(world->space), 0);
	assert_int_equal(selfpage_store_discard(world->store), 0);
	assert_int_equal(selfpage_live_sigaction(SIGSEGV, &action, NULL), 0);
	assert_int_equal(selfpage_live_sigaction(SIGBUS, &action, NULL), 0);
	assert_int_equal(selfpage_destroy(world->pager), 0);
	free(world);
}

/* Different in each page, and no page all alike. */
static inline void write_all(struct world *world, int salt)
{
	unsigned i;

	for (i = 0; i < PAGES; i++) {
		world->start[i * PAGE] = i + salt;
		world->start[i * PAGE + PAGE - 1] = i * 3 + salt;
	}
}

static inline bool has_all(const struct world *world, int salt)
{
	unsigned i;

	for (i = 0; i < PAGES; i++)
		if (world->start[i * PAGE] != (char)(i + salt) ||
			world->start[i * PAGE + PAGE - 1] !=
				(char)(i * 3 + salt))
			return false;
	return true;
}

#define EACH(test)                                                             \
	cmocka_unit_test_prestate(test, (void *)&live_kinds[0]),               \
		cmocka_unit_test_prestate(test, (void *)&live_kinds[1])

#endif
