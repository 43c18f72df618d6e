/*
 * A program that uses all of the public library at random, with a log: what
 * verify is tested with.  Threads share two spaces, three stores of functions
 * that fail now and then, and one of anonymous memory, while all of them
 * read, write, borrow, advise, map, unmap, flush and discard.
 */
#ifndef REPLAY_TEST_LIVE_PROGRAM_H
#define REPLAY_TEST_LIVE_PROGRAM_H

#include "mm/selfpage.h"
#include "tracer/random.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	LIVE_PAGE = 64,
	LIVE_STORE_PAGES = 40,
	LIVE_STORES = 4, /* the last is anonymous memory */
	LIVE_PAGES = LIVE_STORES * LIVE_STORE_PAGES,
	LIVE_PRIVATE = LIVE_PAGES, /* where the private map is */
	LIVE_WINDOW = 2 * LIVE_PAGES,
	LIVE_SPACES = 2,
	LIVE_THREADS_MAX = 8,
};

struct live_options {
	const char *policy;
	uint64_t seed;
	unsigned frames, threads, steps;
	bool hooks, fails;
	bool leaves; /* the log ends before the program tidies up */
};

struct live_store {
	char data[LIVE_STORE_PAGES][LIVE_PAGE];
	uint64_t calls; /* atomic */
	unsigned fails; /* one call in so many; 0: none */
	bool yields;
};

struct live_program {
	const struct live_options *options;
	struct selfpage *pager;
	struct selfpage_space *spaces[LIVE_SPACES];
	struct selfpage_store *stores[LIVE_STORES];
	struct live_store own[LIVE_STORES - 1];
	uint64_t hook_random;
};

static inline int live_call(struct live_store *own)
{
	uint64_t call = __atomic_add_fetch(&own->calls, 1, __ATOMIC_RELAXED);

	if (own->yields && call % 3 == 0)
		sched_yield();
	return own->fails && call % own->fails == 0 ? -EIO : 0;
}

static inline int live_in(
	void *context, uint64_t offset, void *data, size_t bytes)
{
	struct live_store *own = context;
	int error = live_call(own);

	memcpy(data, own->data[offset / LIVE_PAGE], bytes);
	return error ? error : offset / LIVE_PAGE % 3 == 0;
}

static inline int live_out(
	void *context, uint64_t offset, const void *data, size_t bytes)
{
	struct live_store *own = context;

	memcpy(own->data[offset / LIVE_PAGE], data, bytes);
	return live_call(own);
}

static inline int live_sync(void *context)
{
	return live_call(context);
}

static inline int live_forget(void *context, uint64_t offset, uint64_t bytes)
{
	(void)context;
	(void)offset;
	(void)bytes;
	return 0;
}

static const struct selfpage_store_functions live_functions = {
	.functions_bytes = sizeof(live_functions),
	.page_in = live_in,
	.page_out = live_out,
	.sync = live_sync,
	.forget = live_forget,
};

/* Names a page, often one that is refused, or leaves it to the policy. */
static inline int live_choose(void *context,
	const struct selfpage_situation *situation,
	struct selfpage_page *victim_out)
{
	struct live_program *program = context;
	uint64_t draw = random_next(&program->hook_random);

	(void)situation;
	victim_out->space = program->spaces[draw % LIVE_SPACES];
	victim_out->address = (draw >> 8) % (2 * LIVE_PAGES) * LIVE_PAGE;
	return draw >> 60 < 9;
}

static inline void live_map(struct live_program *program, unsigned space,
	unsigned place, unsigned store, unsigned pages, unsigned flags)
{
	const struct selfpage_request request = {
		.request_bytes = sizeof(request),
		.store = program->stores[store],
		.bytes = (uint64_t)pages * LIVE_PAGE,
		.address = (uint64_t)place * LIVE_PAGE,
		.protection = SELFPAGE_READ | SELFPAGE_WRITE,
		.flags = SELFPAGE_EXACT | flags,
	};

	/* or it is there already */
	(void)selfpage_map_request(program->spaces[space], &request, NULL);
}

static inline void live_borrow(struct selfpage_space *space, uint64_t address,
	unsigned access, uint64_t draw)
{
	void *data;

	if (selfpage_borrow(space, address, access, &data))
		return;
	if (draw & 1)
		sched_yield();
	(void)selfpage_give_back(space, data);
}

static inline void live_change(struct live_program *program, uint64_t draw)
{
	unsigned space = draw >> 8 & 1, store = draw >> 9 & 3;
	unsigned page = (draw >> 16) % (2 * LIVE_PAGES);
	unsigned pages = 1 + (draw >> 32) % 24;
	uint64_t address = (uint64_t)page * LIVE_PAGE;
	uint64_t bytes = (uint64_t)pages * LIVE_PAGE;
	struct selfpage_space *in = program->spaces[space];

	switch ((draw >> 48) % 12) {
	case 0:
		(void)selfpage_store_flush(
			program->stores[store], 0, SELFPAGE_ALL);
		break;
	case 1:
		(void)selfpage_store_sync(program->stores[store]);
		break;
	case 2:
		(void)selfpage_discard(in, address, bytes);
		break;
	case 3:
		(void)selfpage_protect(in, address, bytes,
			SELFPAGE_READ | (draw >> 60 & SELFPAGE_WRITE));
		break;
	case 4:
		live_map(program, space, LIVE_WINDOW + page, store, pages, 0);
		break;
	case 5:
		(void)selfpage_unmap(
			in, address + LIVE_WINDOW * LIVE_PAGE, bytes);
		break;
	case 6:
		(void)selfpage_unmap(in, LIVE_PRIVATE * LIVE_PAGE,
			LIVE_STORE_PAGES * LIVE_PAGE);
		break;
	case 7:
		live_map(program, space, LIVE_PRIVATE, store, LIVE_STORE_PAGES,
			SELFPAGE_PRIVATE);
		break;
	default:
		(void)selfpage_advise(in, address, bytes,
			(draw >> 40) % (SELFPAGE_PRIORITY + 1), draw >> 61);
		break;
	}
}

struct live_thread {
	pthread_t thread;
	struct live_program *program;
	uint64_t random;
};

static inline void *live_work(void *argument)
{
	struct live_thread *self = argument;
	struct live_program *program = self->program;
	char data[2 * LIVE_PAGE] = {0};
	unsigned i;

	for (i = 0; i < program->options->steps; i++) {
		uint64_t draw = random_next(&self->random);
		struct selfpage_space *space = program->spaces[draw >> 8 & 1];
		/* some pages more than others */
		uint64_t page =
			(draw >> 16) % (draw >> 62 ? 24 : 3 * LIVE_PAGES);
		uint64_t address = page * LIVE_PAGE + (draw >> 32) % LIVE_PAGE;
		size_t bytes = 1 + (draw >> 40) % (LIVE_PAGE + 8);

		switch (draw % 16) {
		case 0:
			live_change(program, random_next(&self->random));
			break;
		case 1:
			live_borrow(space, address, 1 + (draw >> 60 & 1), draw);
			break;
		case 2 ... 7:
			(void)selfpage_write(space, address, data, bytes);
			break;
		default:
			(void)selfpage_read(space, address, data, bytes);
			break;
		}
	}
	return NULL;
}

static inline int live_open(struct live_program *program, int fd)
{
	const struct live_options *options = program->options;
	const struct selfpage_config config = {
		.config_bytes = sizeof(config),
		.frames = options->frames,
		.page_bytes = LIVE_PAGE,
		.policy = options->policy,
		.read_ahead = 8,
		.stores_max = 8,
	};
	const struct selfpage_hooks hooks = {
		.hooks_bytes = sizeof(hooks),
		.context = program,
		.choose = live_choose,
	};
	unsigned i, j;
	int error = selfpage_create(&config, &program->pager);

	if (!error)
		error = selfpage_log_start(program->pager, fd);
	if (!error && options->hooks)
		error = selfpage_set_hooks(program->pager, &hooks);
	if (!error)
		error = selfpage_use_swap(
			program->pager, -1, 4 * LIVE_PAGES * LIVE_PAGE);
	for (i = 0; i < LIVE_SPACES && !error; i++)
		error = selfpage_space_create(
			program->pager, 64, &program->spaces[i]);
	for (i = 0; i < LIVE_STORES - 1 && !error; i++) {
		program->own[i].fails = options->fails ? 40 + i : 0;
		program->own[i].yields = options->threads > 1;
		error = selfpage_store_open_functions(program->pager,
			&live_functions, &program->own[i], &program->stores[i]);
	}
	if (!error)
		error = selfpage_store_open_anonymous(program->pager, -1,
			LIVE_PAGES * LIVE_PAGE, &program->stores[i]);
	for (i = 0; i < LIVE_SPACES && !error; i++)
		for (j = 0; j < LIVE_STORES; j++)
			live_map(program, i, j * LIVE_STORE_PAGES, j,
				LIVE_STORE_PAGES, 0);
	return error;
}

static inline void live_tidy_up(struct live_program *program)
{
	unsigned i;

	for (i = 0; i < LIVE_SPACES; i++)
		(void)selfpage_space_destroy(program->spaces[i]);
	for (i = 0; i < LIVE_STORES; i++) {
		if (i < LIVE_STORES - 1)
			program->own[i].fails = 0;
		if (selfpage_store_close(program->stores[i]))
			(void)selfpage_store_discard(program->stores[i]);
	}
}

/* Runs it; its log goes to FD.  *COUNTS: the pager's when the log ended.  0 or
 * what went wrong. */
static inline int live_run(const struct live_options *options, int fd,
	struct selfpage_counts *counts)
{
	struct live_program program = {
		.options = options, .hook_random = options->seed};
	struct live_thread threads[LIVE_THREADS_MAX];
	int error = live_open(&program, fd), ended;
	unsigned i;

	if (error)
		return error;
	for (i = 0; i < options->threads; i++) {
		threads[i].program = &program;
		threads[i].random = options->seed * LIVE_THREADS_MAX + i;
		if (options->threads == 1)
			live_work(&threads[i]);
		else if (pthread_create(&threads[i].thread, NULL, live_work,
				 &threads[i]))
			abort();
	}
	for (i = 0; options->threads > 1 && i < options->threads; i++)
		pthread_join(threads[i].thread, NULL);
	if (!options->leaves)
		live_tidy_up(&program);
	error = selfpage_read_counts(program.pager, counts, sizeof(*counts));
	ended = selfpage_log_stop(program.pager);
	if (options->leaves)
		live_tidy_up(&program);
	error = error ? error : ended;
	ended = selfpage_destroy(program.pager);
	return error ? error : ended;
}

#endif
