/*
 * The public library in random order against a naive model: two spaces over
 * one store whose reads and writes fail at times, borrowed pages, each
 * policy.  The model knows a byte of each page of the store, and for each
 * page of each space which of these it shows.  The invariants are proved
 * after each step.
 *
 * Arguments: [SEED [STEPS]].
 */
#include "mm/selfpage.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PAGE = 64, PAGES = 40, FRAMES = 9, SPACES = 2, BORROWS = 4 };
enum { NOTHING = -1 };

struct shown {
	int page; /* of the store, or NOTHING */
	bool writable;
};

struct borrow {
	struct selfpage_space *space;
	void *data;
	int page;
	bool writable;
};

struct fuzz {
	uint64_t random;
	struct selfpage *pager;
	struct selfpage_store *store;
	struct selfpage_space *spaces[SPACES];
	char stored[PAGES][PAGE];
	unsigned failing; /* one in so many reads and writes fails; 0: none */
	char model[PAGES];
	struct shown shown[SPACES][PAGES];
	struct borrow borrows[BORROWS];
};

static unsigned draw(struct fuzz *fuzz, unsigned below)
{
	fuzz->random ^= fuzz->random << 13;
	fuzz->random ^= fuzz->random >> 7;
	fuzz->random ^= fuzz->random << 17;
	return fuzz->random % below;
}

static void expect(bool holds, const char *what, int got)
{
	if (holds)
		return;
	fprintf(stderr, "FAILED: %s (%d)\n", what, got);
	exit(1);
}

static int page_in(void *context, uint64_t offset, void *data, size_t bytes)
{
	struct fuzz *fuzz = context;

	if (fuzz->failing && !draw(fuzz, fuzz->failing))
		return -EIO;
	memcpy(data, fuzz->stored[offset / PAGE], bytes);
	return SELFPAGE_DATA;
}

static int page_out(
	void *context, uint64_t offset, const void *data, size_t bytes)
{
	struct fuzz *fuzz = context;

	if (fuzz->failing && !draw(fuzz, fuzz->failing))
		return -EIO;
	memcpy(fuzz->stored[offset / PAGE], data, bytes);
	return 0;
}

/* Is ERROR the one that is right, or one of the store's? */
static bool is_right(const struct fuzz *fuzz, int error, int right)
{
	return error == right || (!right && fuzz->failing && error == -EIO);
}

static void try_access(struct fuzz *fuzz, unsigned space, unsigned at)
{
	struct shown *shown = &fuzz->shown[space][at];
	bool write = draw(fuzz, 2);
	int right = shown->page == NOTHING	? -EFAULT
		    : write && !shown->writable ? -EACCES
						: 0;
	char byte = draw(fuzz, 256);
	int error;

	if (write)
		error = selfpage_write(
			fuzz->spaces[space], at * PAGE + 5, &byte, 1);
	else
		error = selfpage_read(
			fuzz->spaces[space], at * PAGE + 5, &byte, 1);
	expect(is_right(fuzz, error, right), "access", error);
	if (error)
		return;
	if (write)
		fuzz->model[shown->page] = byte;
	expect(byte == fuzz->model[shown->page], "what is read", byte);
}

static void try_map(struct fuzz *fuzz, unsigned space, unsigned at)
{
	unsigned count = 1 + draw(fuzz, 6), from, i;
	bool writable = draw(fuzz, 4), taken = false;
	int error;

	count = count < PAGES - at ? count : PAGES - at;
	from = draw(fuzz, PAGES - count + 1);
	for (i = 0; i < count; i++)
		taken |= fuzz->shown[space][at + i].page != NOTHING;
	error = selfpage_map(fuzz->spaces[space], at * PAGE, count * PAGE,
		fuzz->store, from * PAGE,
		SELFPAGE_READ | (writable ? SELFPAGE_WRITE : 0));
	expect(error == (taken ? -EEXIST : 0), "map", error);
	for (i = 0; i < count && !error; i++)
		fuzz->shown[space][at + i] =
			(struct shown){(int)(from + i), writable};
}

static void try_unmap(struct fuzz *fuzz, unsigned space, unsigned at)
{
	unsigned count = 1 + draw(fuzz, 6), i;
	int error =
		selfpage_unmap(fuzz->spaces[space], at * PAGE, count * PAGE);

	expect(!error, "unmap", error);
	for (i = 0; i < count && at + i < PAGES; i++)
		fuzz->shown[space][at + i].page = NOTHING;
}

static void try_advise(struct fuzz *fuzz, unsigned space, unsigned at)
{
	enum selfpage_advice advice =
		(enum selfpage_advice)draw(fuzz, SELFPAGE_PRIORITY + 1);
	int error = selfpage_advise(fuzz->spaces[space], at * PAGE,
		(1 + draw(fuzz, 6)) * PAGE, advice,
		draw(fuzz, SELFPAGE_PRIORITY_MAX + 1));

	expect(is_right(fuzz, error, 0) ||
			(advice == SELFPAGE_PIN && error == -ENOMEM),
		"advise", error);
}

/* A page is what it was, if it was pinned or clean, or what is stored. */
static void try_discard(struct fuzz *fuzz, unsigned space, unsigned at)
{
	const struct shown *shown = &fuzz->shown[space][at];
	unsigned failing = fuzz->failing;
	char byte;
	int error;

	error = selfpage_discard(fuzz->spaces[space], at * PAGE, PAGE);
	expect(!error, "discard", error);
	if (shown->page == NOTHING)
		return;
	fuzz->failing = 0;
	error = selfpage_read(fuzz->spaces[space], at * PAGE + 5, &byte, 1);
	fuzz->failing = failing;
	expect(!error, "read what was discarded", error);
	expect(byte == fuzz->model[shown->page] ||
			byte == fuzz->stored[shown->page][5],
		"what is left of what was discarded", byte);
	fuzz->model[shown->page] = byte;
}

static void give_back(struct fuzz *fuzz, struct borrow *borrow)
{
	char *byte = borrow->data;
	int error;

	expect(*byte == fuzz->model[borrow->page], "what is borrowed", *byte);
	if (borrow->writable)
		*byte = fuzz->model[borrow->page] = draw(fuzz, 256);
	error = selfpage_give_back(borrow->space, byte);
	expect(!error, "give back", error);
	borrow->data = NULL;
}

static void try_borrow(struct fuzz *fuzz, unsigned space, unsigned at)
{
	struct borrow *borrow = &fuzz->borrows[draw(fuzz, BORROWS)];
	const struct shown *shown = &fuzz->shown[space][at];
	void *data;
	int error;

	if (borrow->data) {
		give_back(fuzz, borrow);
		return;
	}
	error = selfpage_borrow(fuzz->spaces[space], at * PAGE + 5,
		SELFPAGE_READ | (shown->writable ? SELFPAGE_WRITE : 0), &data);
	expect(is_right(fuzz, error, shown->page == NOTHING ? -EFAULT : 0) ||
			error == -ENOMEM,
		"borrow", error);
	if (!error)
		*borrow = (struct borrow){fuzz->spaces[space], data,
			shown->page, shown->writable};
}

static void step(struct fuzz *fuzz)
{
	unsigned space = draw(fuzz, SPACES), at = draw(fuzz, PAGES);
	const char *why;
	int error;

	switch (draw(fuzz, 16)) {
	case 0:
	case 1:
		try_map(fuzz, space, at);
		break;
	case 2:
		try_unmap(fuzz, space, at);
		break;
	case 3:
		try_advise(fuzz, space, at);
		break;
	case 4:
		try_discard(fuzz, space, at);
		break;
	case 5:
	case 6:
		try_borrow(fuzz, space, at);
		break;
	case 7:
		error = selfpage_store_sync(fuzz->store);
		expect(is_right(fuzz, error, 0), "flush", error);
		break;
	case 8:
		fuzz->failing = draw(fuzz, 3) ? 0 : 2 + draw(fuzz, 6);
		break;
	default:
		try_access(fuzz, space, at);
		break;
	}
	why = selfpage_check(fuzz->pager);
	expect(!why, why, 0);
}

static void begin(struct fuzz *fuzz, const char *policy)
{
	struct selfpage_config config = {
		.config_bytes = sizeof(config),
		.frames = FRAMES,
		.page_bytes = PAGE,
		.policy = policy,
	};
	struct selfpage_store_functions functions = {
		.functions_bytes = sizeof(functions),
		.page_in = page_in,
		.page_out = page_out,
	};
	unsigned i, at;

	expect(!selfpage_create(&config, &fuzz->pager), policy, 0);
	expect(!selfpage_store_open_functions(
		       fuzz->pager, &functions, fuzz, &fuzz->store),
		"store", 0);
	for (i = 0; i < SPACES; i++) {
		expect(!selfpage_space_create(fuzz->pager, 0, &fuzz->spaces[i]),
			"space", 0);
		for (at = 0; at < PAGES; at++)
			fuzz->shown[i][at].page = NOTHING;
	}
}

/* All that was written is in the store in the end. */
static void end(struct fuzz *fuzz)
{
	unsigned i;

	fuzz->failing = 0;
	for (i = 0; i < BORROWS; i++)
		if (fuzz->borrows[i].data)
			give_back(fuzz, &fuzz->borrows[i]);
	for (i = 0; i < SPACES; i++)
		expect(!selfpage_space_destroy(fuzz->spaces[i]), "space", 0);
	expect(!selfpage_store_close(fuzz->store), "close", 0);
	expect(!selfpage_destroy(fuzz->pager), "pager", 0);
	for (i = 0; i < PAGES; i++)
		expect(fuzz->stored[i][5] == fuzz->model[i], "what is stored",
			fuzz->stored[i][5]);
}

int main(int argc, char **argv)
{
	uint64_t seed =
		argc > 1 ? strtoull(argv[1], NULL, 0) : (uint64_t)time(NULL);
	unsigned long steps = argc > 2 ? strtoul(argv[2], NULL, 0) : 40000;
	const char *policy;
	unsigned i;
	unsigned long at;

	printf("seed %llu\n", (unsigned long long)seed);
	fflush(stdout);
	for (i = 0; (policy = selfpage_policy_name(i)); i++) {
		struct fuzz fuzz = {.random = seed * 2 + 1};

		begin(&fuzz, policy);
		for (at = 0; at < steps; at++)
			step(&fuzz);
		end(&fuzz);
	}
	return 0;
}
