/*
 * All of the public interface in random order against a naive model: several
 * spaces, stores of three kinds, shared and private maps, hints, borrowed
 * pages, hooks; allocations, reads, writes and syncs that fail.
 *
 * After each step:
 *   - what is in frames is compared, byte by byte; and what is not, where it
 *     can be seen: every page of a file or of the program's own store that is
 *     in no frame, or clean, is what is there, so that nothing is lost;
 *   - one page more is read, so that swapped pages are compared often;
 *   - what must be in a frame, is; frames add up; selfpage_check is content;
 *   - an error is the one that the model expects, or the one of a failure
 *     that did happen during the call; a call that should fail does.
 *
 *	public-fuzz [seed] [steps]
 */
#include "config.h"

#include "mm/test/public-fuzz.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum {
	STEPS_A_WORLD = 5000,
	MEMORY = 4096, /* bytes of a file: one page of the system */
};

unsigned draw(struct fuzz *fuzz, unsigned below)
{
	fuzz->random ^= fuzz->random << 13;
	fuzz->random ^= fuzz->random >> 7;
	fuzz->random ^= fuzz->random << 17;
	return (fuzz->random >> 11) % below;
}

void expect(const struct fuzz *fuzz, bool holds, const char *what, int got)
{
	if (holds)
		return;
	fprintf(stderr, "FAILED in step %lu of seed %llu: %s (%d)\n",
		fuzz->step, (unsigned long long)fuzz->seed, what, got);
	abort();
}

/* ---- trouble ---- */

void begin_call(struct fuzz *fuzz)
{
	struct trouble *trouble = trouble_get();

	memcpy(fuzz->struck, trouble->struck, sizeof(fuzz->struck));
	fuzz->upcalled = false;
	trouble->paused = !fuzz->mildness || !draw(fuzz, 2);
	trouble->error = draw(fuzz, 2) ? EIO : ENOSPC;
}

static bool is_of_trouble(const struct fuzz *fuzz, int error)
{
	const uint64_t *now = trouble_get()->struck, *before = fuzz->struck;

	switch (error) {
	case -ENOMEM:
		return now[TROUBLE_ALLOCATION] != before[TROUBLE_ALLOCATION];
	case -ENOSPC:
	case -EIO:
		if (error == -ENOSPC && fuzz->tight_swap)
			return true;
		return now[TROUBLE_READ] != before[TROUBLE_READ] ||
		       now[TROUBLE_WRITE] != before[TROUBLE_WRITE] ||
		       now[TROUBLE_SYNC] != before[TROUBLE_SYNC];
	default:
		return false;
	}
}

void end_call_or(struct fuzz *fuzz, const char *what, int error, int right,
	int right_too)
{
	trouble_get()->paused = true;
	expect(fuzz,
		error == right || (right_too && error == right_too) ||
			is_of_trouble(fuzz, error),
		what, error);
}

void end_call(struct fuzz *fuzz, const char *what, int error, int right)
{
	end_call_or(fuzz, what, error, right, 0);
}

/* ---- steps ---- */

struct model_space *draw_space(struct fuzz *fuzz)
{
	struct model_space *space = &fuzz->spaces[draw(fuzz, SPACES)];

	return space->space ? space : NULL;
}

struct model_store *draw_store(struct fuzz *fuzz)
{
	struct model_store *store = &fuzz->stores[draw(fuzz, STORES)];

	return store->store ? store : NULL;
}

/* How often each is drawn. */
static const struct {
	void (*step)(struct fuzz *fuzz);
	unsigned weight;
} kinds[] = {
	{step_read, 30},
	{step_write, 30},
	{step_borrow, 6},
	{step_use_borrowed, 4},
	{step_give_back, 5},
	{step_space, 2},
	{step_map, 8},
	{step_map_request, 12},
	{step_unmap, 3},
	{step_protect, 3},
	{step_advise, 14},
	{step_discard, 3},
	{step_find_maps, 1},
	{step_bad_call, 1},
	{step_open, 8},
	{step_close, 1},
	{step_discard_store, 1},
	{step_flush, 2},
	{step_sync, 2},
	{step_hooks, 1},
};

static void step(struct fuzz *fuzz)
{
	unsigned i, sum = 0, drawn;

	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		sum += kinds[i].weight;
	drawn = draw(fuzz, sum);
	for (i = 0; drawn >= kinds[i].weight; i++)
		drawn -= kinds[i].weight;
	kinds[i].step(fuzz);
	check_world(fuzz);
	fuzz->step++;
}

/* ---- worlds ---- */

/* What stores are made of outlives them. */
static void make_stores(struct fuzz *fuzz)
{
	unsigned i;

	for (i = 0; i < STORES; i++) {
		struct model_store *store = &fuzz->stores[i];

		store->fuzz = fuzz;
		store->kind = (enum store_kind)(i % STORE_KINDS);
		store->memory = memfd_create("public-fuzz", MFD_CLOEXEC);
		/* short: it grows as pages are written */
		expect(fuzz,
			store->memory >= 0 && !ftruncate(store->memory, PAGE),
			"a file", errno);
		if (store->kind == STORE_ANONYMOUS)
			continue;
		store->kept = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE,
			MAP_SHARED, store->memory, 0);
		expect(fuzz, store->kept != MAP_FAILED, "a file's map", errno);
	}
}

static void begin(struct fuzz *fuzz, uint64_t seed)
{
	struct selfpage_config *config = &fuzz->config;
	struct trouble *trouble = trouble_get();
	unsigned policies = 0, i;

	fuzz->seed = seed;
	fuzz->random = seed * 0x9e3779b97f4a7c15 + 1;
	while (selfpage_policy_name(policies))
		policies++;
	*config = (struct selfpage_config){
		.config_bytes = sizeof(*config),
		.frames = 1 + draw(fuzz, draw(fuzz, 4) ? 20 : 60),
		.page_bytes = PAGE,
		.policy = selfpage_policy_name(draw(fuzz, policies)),
		.read_ahead = draw(fuzz, 2) ? 1 + draw(fuzz, 8)
					    : SELFPAGE_NO_READ_AHEAD,
		.private_max = 1 + draw(fuzz, 24),
	};
	fuzz->tight_swap = !draw(fuzz, 4);
	fuzz->tight_maps = !draw(fuzz, 4);
	fuzz->mildness = draw(fuzz, 3) ? 2 + draw(fuzz, 30) : 0;
	trouble->random = seed * 2 + 1;
	trouble->paused = true;
	for (i = 0; i < TROUBLE_KINDS; i++)
		trouble->one_in[i] = draw(fuzz, 3) ? fuzz->mildness : 0;
	for (i = 0; i < SPACES; i++) {
		fuzz->spaces[i].pages =
			calloc(SPACE_PAGES, sizeof(*fuzz->spaces[i].pages));
		expect(fuzz, fuzz->spaces[i].pages != NULL, "memory", 0);
	}
	make_stores(fuzz);
	fuzz->swap = memfd_create("public-fuzz", MFD_CLOEXEC);
	expect(fuzz, fuzz->swap >= 0, "a swap file", errno);
	expect(fuzz, !selfpage_create(config, &fuzz->pager), config->policy, 0);
	if (draw(fuzz, 8))
		expect(fuzz,
			!selfpage_use_swap(fuzz->pager, fuzz->swap,
				(fuzz->tight_swap ? 1 + draw(fuzz, 40)
						  : 2 * SPACES * SPACE_PAGES) *
					PAGE),
			"swap", 0);
}

/* All that was written is where it should be. */
static void end(struct fuzz *fuzz)
{
	unsigned i;

	fuzz->mildness = 0;
	for (i = 0; i < BORROWS; i++)
		if (fuzz->borrows[i].data)
			give_back(fuzz, &fuzz->borrows[i]);
	for (i = 0; i < SPACES; i++)
		if (fuzz->spaces[i].space)
			destroy_space(fuzz, &fuzz->spaces[i]);
	for (i = 0; i < STORES; i++) {
		struct model_store *store = &fuzz->stores[i];

		if (store->store)
			close_store(fuzz, store);
		/* anonymous memory that does not fit its swap file */
		if (store->store)
			expect(fuzz,
				fuzz->tight_swap &&
					!selfpage_store_discard(store->store),
				"close at the end", (int)i);
		if (store->kept)
			munmap(store->kept, MEMORY);
		close(store->memory);
	}
	expect(fuzz, !selfpage_destroy(fuzz->pager), "destroy", 0);
	for (i = 0; i < SPACES; i++)
		free(fuzz->spaces[i].pages);
	close(fuzz->swap);
}

int main(int argc, char **argv)
{
	uint64_t seed =
		argc > 1 ? strtoull(argv[1], NULL, 0) : (uint64_t)time(NULL);
	unsigned long steps = argc > 2 ? strtoul(argv[2], NULL, 0) : 60000;
	unsigned long left;
	uint64_t world;

	printf("seed %llu\n", (unsigned long long)seed);
	fflush(stdout);
	for (world = 0; steps; world++) {
		static struct fuzz fuzz;

		fuzz = (struct fuzz){0};
		left = steps < STEPS_A_WORLD ? steps : STEPS_A_WORLD;
		steps -= left;
		/* so that a world can be run again alone */
		begin(&fuzz, seed + world);
		while (left--)
			step(&fuzz);
		end(&fuzz);
	}
	return 0;
}
