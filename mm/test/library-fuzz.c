/*
 * The public library in random order against a naive model: two spaces over
 * one store whose calls fail at times, private maps, borrowed pages, hooks
 * that name any page as the victim, each policy.  The model knows a byte of
 * each page of the store, and for each page of each space which of these it
 * shows, or its copy.  The invariants are proved after each step.
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

/* What a page of a space shows. */
struct shown {
	int page; /* of the store, or NOTHING */
	unsigned protection;
	bool is_private;
	bool is_copied; /* then it has this, and not the store's */
	char copy;
	unsigned times; /* that it was mapped: it may be borrowed longer */
};

struct borrow {
	struct selfpage_space *space;
	void *data;
	struct shown *shown;
	struct shown was; /* when it was borrowed */
	bool writable;
};

struct fuzz {
	uint64_t random;
	struct selfpage *pager;
	struct selfpage_store *store;
	struct selfpage_space *spaces[SPACES];
	char stored[PAGES][PAGE];
	unsigned failing; /* one in so many calls of the store; 0: none */
	char model[PAGES];
	struct shown shown[SPACES][PAGES];
	struct borrow borrows[BORROWS];
	/* what the hooks have seen */
	uint64_t evictions, choices, faults, pressures;
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

static int forget(void *context, uint64_t offset, uint64_t bytes)
{
	struct fuzz *fuzz = context;

	if (fuzz->failing && !draw(fuzz, fuzz->failing))
		return -EIO;
	memset(fuzz->stored[offset / PAGE], 0, bytes);
	return 0;
}

/* Is ERROR the one that is right, or one of the store's? */
static bool is_right(const struct fuzz *fuzz, int error, int right)
{
	return error == right || (!right && fuzz->failing && error == -EIO);
}

/* Where the byte of a page is that is in a map. */
static char *model_of(struct fuzz *fuzz, struct shown *shown)
{
	return shown->is_copied ? &shown->copy : &fuzz->model[shown->page];
}

/* It was written to. */
static void write_model(struct fuzz *fuzz, struct shown *shown, char byte)
{
	shown->is_copied |= shown->is_private;
	*model_of(fuzz, shown) = byte;
}

static void try_access(struct fuzz *fuzz, unsigned space, unsigned at)
{
	struct shown *shown = &fuzz->shown[space][at];
	unsigned access = draw(fuzz, 2) ? SELFPAGE_WRITE : SELFPAGE_READ;
	int right = shown->page == NOTHING	    ? -EFAULT
		    : !(access & shown->protection) ? -EACCES
						    : 0;
	char byte = draw(fuzz, 256);
	int error;

	if (access == SELFPAGE_WRITE)
		error = selfpage_write(
			fuzz->spaces[space], at * PAGE + 5, &byte, 1);
	else
		error = selfpage_read(
			fuzz->spaces[space], at * PAGE + 5, &byte, 1);
	expect(is_right(fuzz, error, right), "access", error);
	if (error)
		return;
	if (access == SELFPAGE_WRITE)
		write_model(fuzz, shown, byte);
	expect(byte == *model_of(fuzz, shown), "what is read", byte);
}

static unsigned draw_protection(struct fuzz *fuzz)
{
	static const unsigned protections[] = {0, SELFPAGE_READ,
		SELFPAGE_READ | SELFPAGE_WRITE, SELFPAGE_READ | SELFPAGE_WRITE,
		SELFPAGE_READ | SELFPAGE_WRITE};

	return protections[draw(fuzz, 5)];
}

static bool is_free(
	const struct fuzz *fuzz, unsigned space, unsigned at, unsigned count)
{
	while (count--)
		if (at + count < PAGES &&
			fuzz->shown[space][at + count].page != NOTHING)
			return false;
	return true;
}

/* It may lie beyond the pages that are looked at: then it goes again. */
static void note_map(struct fuzz *fuzz, unsigned space, uint64_t at,
	const struct selfpage_request *request)
{
	uint64_t i, count = request->bytes / PAGE;
	int error;

	if (at + count > PAGES) {
		error = selfpage_unmap(
			fuzz->spaces[space], at * PAGE, request->bytes);
		expect(!error, "unmap beyond", error);
		return;
	}
	expect(is_free(fuzz, space, at, count), "a place that was taken", 0);
	for (i = 0; i < count; i++)
		fuzz->shown[space][at + i] = (struct shown){
			.page = request->offset / PAGE + i,
			.protection = request->protection,
			.is_private = request->flags & SELFPAGE_PRIVATE,
			.times = fuzz->shown[space][at + i].times + 1,
		};
}

static void try_map(struct fuzz *fuzz, unsigned space, unsigned at)
{
	unsigned count = 1 + draw(fuzz, 6);
	struct selfpage_request request = {
		.request_bytes = sizeof(request),
		.store = fuzz->store,
		.offset = draw(fuzz, PAGES - count + 1) * PAGE,
		.bytes = count * PAGE,
		.address = at * PAGE,
		.align_bytes = PAGE << draw(fuzz, 3),
		.protection = draw_protection(fuzz),
		.flags = draw(fuzz, 3) ? 0 : SELFPAGE_PRIVATE,
	};
	uint64_t got = 0;
	int error;

	if (draw(fuzz, 2)) {
		request.flags |= SELFPAGE_EXACT;
		request.align_bytes = 0;
	}
	error = selfpage_map_request(fuzz->spaces[space], &request, &got);
	if (request.flags & SELFPAGE_PRIVATE && error == -ENOMEM)
		return;
	if (request.flags & SELFPAGE_EXACT)
		expect(error == (is_free(fuzz, space, at, count) ? 0 : -EEXIST),
			"map", error);
	expect(!error || request.flags & SELFPAGE_EXACT, "map", error);
	if (error)
		return;
	expect(!(request.align_bytes && got % request.align_bytes), "alignment",
		0);
	note_map(fuzz, space, got / PAGE, &request);
}

static void try_unmap(struct fuzz *fuzz, unsigned space, unsigned at)
{
	unsigned count = 1 + draw(fuzz, 6), i;
	int error =
		selfpage_unmap(fuzz->spaces[space], at * PAGE, count * PAGE);

	expect(!error, "unmap", error);
	for (i = at; i < at + count && i < PAGES; i++)
		fuzz->shown[space][i].page = NOTHING;
}

static void try_protect(struct fuzz *fuzz, unsigned space, unsigned at)
{
	unsigned count = 1 + draw(fuzz, 6), i;
	unsigned protection = draw_protection(fuzz);
	bool has_hole = at + count > PAGES;
	int error;

	for (i = at; i < at + count && i < PAGES; i++)
		has_hole |= fuzz->shown[space][i].page == NOTHING;
	error = selfpage_protect(
		fuzz->spaces[space], at * PAGE, count * PAGE, protection);
	expect(error == (has_hole ? -ENOMEM : 0), "protect", error);
	for (i = at; i < at + count && !error; i++)
		fuzz->shown[space][i].protection = protection;
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

/* Is what SHOWN shows borrowed now, by whatever way? */
static bool is_borrowed(const struct fuzz *fuzz, const struct shown *shown)
{
	const struct borrow *borrow;

	for (borrow = fuzz->borrows; borrow < fuzz->borrows + BORROWS; borrow++)
		if (borrow->data && shown->is_copied == borrow->was.is_copied &&
			(shown->is_copied ? borrow->shown == shown &&
						    borrow->was.times ==
							    shown->times
					  : borrow->was.page == shown->page))
			return true;
	return false;
}

/* A page is zeros, a copy the store's page; unless it is borrowed. */
static void try_discard(struct fuzz *fuzz, unsigned space, unsigned at)
{
	struct shown *shown = &fuzz->shown[space][at];
	bool is_kept = shown->page == NOTHING || is_borrowed(fuzz, shown);
	int error = selfpage_discard(fuzz->spaces[space], at * PAGE, PAGE);

	if (shown->page == NOTHING || shown->is_private) {
		/* the store of copies does not fail */
		expect(!error, "discard", error);
		shown->is_copied &= is_kept;
		return;
	}
	expect(is_right(fuzz, error, 0), "discard", error);
	if (!is_kept)
		fuzz->model[shown->page] = fuzz->stored[shown->page][5];
	expect(error || is_kept || !fuzz->model[shown->page], "what is left",
		fuzz->model[shown->page]);
}

static void give_back(struct fuzz *fuzz, struct borrow *borrow)
{
	struct shown *shown = &borrow->was;
	char *byte = borrow->data;
	int error;

	/* a copy may be unmapped by now, and then is nobody's */
	if (shown->is_copied && borrow->shown->page != NOTHING &&
		borrow->shown->times == shown->times)
		shown = borrow->shown;
	if (!shown->is_copied || shown != &borrow->was)
		expect(*byte == *model_of(fuzz, shown), "what is borrowed",
			*byte);
	if (borrow->writable)
		*byte = *model_of(fuzz, shown) = draw(fuzz, 256);
	error = selfpage_give_back(borrow->space, byte);
	expect(!error, "give back", error);
	borrow->data = NULL;
}

static bool is_copy(struct fuzz *fuzz, unsigned space, unsigned at)
{
	uint8_t state;
	int error = selfpage_look(fuzz->spaces[space], at * PAGE, PAGE, &state);

	expect(!error, "look", error);
	return state & SELFPAGE_COPY;
}

static void try_borrow(struct fuzz *fuzz, unsigned space, unsigned at)
{
	struct borrow *borrow = &fuzz->borrows[draw(fuzz, BORROWS)];
	struct shown *shown = &fuzz->shown[space][at];
	unsigned access =
		draw(fuzz, 2) ? SELFPAGE_READ : SELFPAGE_READ | SELFPAGE_WRITE;
	int right = shown->page == NOTHING	  ? -EFAULT
		    : access & ~shown->protection ? -EACCES
						  : 0;
	void *data;
	int error;

	if (borrow->data) {
		give_back(fuzz, borrow);
		return;
	}
	error = selfpage_borrow(
		fuzz->spaces[space], at * PAGE + 5, access, &data);
	expect(is_right(fuzz, error, right) || error == -ENOMEM, "borrow",
		error);
	/* it may be copied by the time that no frame is left to pin */
	if (error == -ENOMEM && shown->is_private && !shown->is_copied &&
		is_copy(fuzz, space, at))
		write_model(fuzz, shown, fuzz->model[shown->page]);
	if (error)
		return;
	if (access & SELFPAGE_WRITE)
		write_model(fuzz, shown, *(char *)data);
	*borrow = (struct borrow){fuzz->spaces[space], data, shown, *shown,
		access & SELFPAGE_WRITE};
}

/* What the library says is where. */
static void try_look(struct fuzz *fuzz, unsigned space, unsigned at)
{
	const struct shown *shown = &fuzz->shown[space][at];
	bool is_mapped = shown->page != NOTHING;
	struct selfpage_store_counts counts;
	struct selfpage_map_info info;
	uint8_t state;
	int error;

	error = selfpage_look(fuzz->spaces[space], at * PAGE, PAGE, &state);
	expect(!error, "look", error);
	expect(!!(state & SELFPAGE_MAPPED) == is_mapped, "mapped", state);
	expect(!!(state & SELFPAGE_COPY) == (is_mapped && shown->is_copied),
		"copy", state);
	expect(!is_mapped || !is_borrowed(fuzz, shown) ||
			state & SELFPAGE_BORROWED,
		"borrowed", state);
	error = selfpage_find_map(
		fuzz->spaces[space], at * PAGE, &info, sizeof(info));
	expect(!is_mapped || !error, "find map", error);
	if (is_mapped) {
		expect(info.address <= at * PAGE &&
				info.offset + at * PAGE - info.address ==
					(uint64_t)shown->page * PAGE,
			"a map's place", at);
		expect(info.protection == shown->protection &&
				info.flags == (shown->is_private
							      ? SELFPAGE_PRIVATE
							      : 0),
			"what a map is", at);
	}
	error = selfpage_store_read_counts(
		fuzz->store, &counts, sizeof(counts));
	expect(!error && counts.dirty <= counts.resident &&
			counts.resident <= FRAMES,
		"a store's counts", error);
}

static void try_flush(struct fuzz *fuzz, unsigned at)
{
	int error;

	if (draw(fuzz, 2))
		error = selfpage_store_sync(fuzz->store);
	else
		error = selfpage_store_flush(
			fuzz->store, at * PAGE, (1 + draw(fuzz, 6)) * PAGE);
	expect(is_right(fuzz, error, 0), "flush", error);
}

/* Names any page, by any of its names; or none. */
static int choose(void *context, const struct selfpage_situation *situation,
	struct selfpage_page *victim_out)
{
	struct fuzz *fuzz = context;
	unsigned state, page = draw(fuzz, PAGES + 4);

	if (draw(fuzz, 2))
		*victim_out = (struct selfpage_page){
			.store = fuzz->store, .offset = page * PAGE};
	else
		*victim_out = (struct selfpage_page){
			.space = fuzz->spaces[draw(fuzz, SPACES)],
			.address = page * PAGE};
	state = selfpage_look_at(situation, victim_out);
	fuzz->choices +=
		state && !(state & (SELFPAGE_PINNED | SELFPAGE_BORROWED |
					   SELFPAGE_BUSY));
	return state || draw(fuzz, 2);
}

static void see_fault(void *context, const struct selfpage_fault_event *event)
{
	struct fuzz *fuzz = context;

	fuzz->faults += !event->prefetch && !event->error;
}

static void see_eviction(
	void *context, const struct selfpage_eviction_event *event)
{
	struct fuzz *fuzz = context;

	fuzz->evictions += event->chooser != SELFPAGE_BY_CALL;
}

/* Calls of what changes no content. */
static void relieve(void *context, const struct selfpage_pressure_event *event)
{
	struct fuzz *fuzz = context;
	int error;

	fuzz->pressures++;
	error = selfpage_advise(fuzz->spaces[event->kind % SPACES], 0,
		PAGES * PAGE / 2,
		draw(fuzz, 2) ? SELFPAGE_DONT_NEED : SELFPAGE_COLD, 0);
	expect(is_right(fuzz, error, 0), "advice under pressure", error);
}

static void set_hooks(struct fuzz *fuzz)
{
	struct selfpage_hooks hooks = {
		.hooks_bytes = sizeof(hooks),
		.context = fuzz,
		.choose = choose,
		.fault = see_fault,
		.evict = see_eviction,
		.pressure = relieve,
		.free_low = 2,
		.free_high = 4,
		.unpinned_low = 3,
		.unpinned_high = 6,
	};

	expect(!selfpage_set_hooks(fuzz->pager, &hooks), "hooks", 0);
}

/* The hooks have seen what the pager has counted. */
static void check_counts(struct fuzz *fuzz)
{
	struct selfpage_counts counts;
	int error = selfpage_read_counts(fuzz->pager, &counts, sizeof(counts));

	expect(!error, "counts", error);
	expect(counts.evictions == fuzz->evictions, "evictions", 0);
	expect(counts.hard_faults + counts.zero_faults + counts.soft_faults +
				counts.write_faults ==
			fuzz->faults,
		"faults", 0);
	/* what can't be written, or was taken back, is left to the policy */
	expect(counts.choices <= fuzz->choices, "choices", 0);
	expect(fuzz->pressures && counts.choices && counts.copies &&
			counts.choice_refused,
		"some of each", 0);
}

static void step(struct fuzz *fuzz)
{
	unsigned space = draw(fuzz, SPACES), at = draw(fuzz, PAGES);
	const char *why;

	switch (draw(fuzz, 20)) {
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
		try_flush(fuzz, at);
		break;
	case 8:
		fuzz->failing = draw(fuzz, 3) ? 0 : 2 + draw(fuzz, 6);
		break;
	case 9:
		try_protect(fuzz, space, at);
		break;
	case 10:
		try_look(fuzz, space, at);
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
		.forget = forget,
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
	set_hooks(fuzz);
}

/* All that was written is in the store in the end, and no frame is lost. */
static void end(struct fuzz *fuzz)
{
	struct selfpage_counts counts;
	unsigned i;

	fuzz->failing = 0;
	for (i = 0; i < BORROWS; i++)
		if (fuzz->borrows[i].data)
			give_back(fuzz, &fuzz->borrows[i]);
	check_counts(fuzz);
	for (i = 0; i < SPACES; i++)
		expect(!selfpage_space_destroy(fuzz->spaces[i]), "space", 0);
	expect(!selfpage_store_close(fuzz->store), "close", 0);
	expect(!selfpage_read_counts(fuzz->pager, &counts, sizeof(counts)),
		"counts", 0);
	expect(!counts.resident, "frames in the end", counts.resident);
	expect(!counts.pinned, "pins in the end", counts.pinned);
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
