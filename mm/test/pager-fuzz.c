/*
 * Random work on a whole machine against a naive model: which page of which
 * store each virtual page shows, and what was last written to each word.
 * Two stores, two address spaces, private maps, every policy, few frames,
 * backends with and without dirty bits, stores that fail now and then.  Each
 * read must give what was written last; each error must
 * be one that the model allows; a fault must leave pinned frames alone; the
 * counts must add up with what the stores have seen.
 *
 *	pager-fuzz [seed] [steps]
 */
#include "mm/pager-internal.h"
#include "mm/test/machine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/test/course.h"

enum {
	STORES = 2,
	FRAMES = 40,
	TRIES = 16, /* victims that an eviction tries when write-backs fail */
	ERROR_IN = -EIO,
	ERROR_OUT = -ENOSPC,
	ERROR_OPEN = -EMFILE,
};

/* What a virtual page shows. */
struct shows {
	int store; /* -1: nothing */
	uint64_t offset;
	unsigned protection;
	bool private;
	bool copied; /* and then it shows these */
	uint64_t words[REAL_WORDS];
};

struct fuzz {
	struct course course;
	uint64_t uses;
	const struct policy_ops *policy;
	struct machine *machine;
	struct pager *pager;
	bool few_maps; /* so few that splits fail */
	uint32_t check_every;
	struct shows views[MACHINE_SPACES][MACHINE_PAGES];
	uint64_t words[STORES][MEMORY_PAGES][REAL_WORDS];
	uint64_t good_faults, bad_faults, flushed;
	uint64_t vain_ins; /* page-ins of faults that failed after it */
	uint64_t copies;
	uint64_t pinned[FRAMES]; /* offset + 1 before a fault, or 0 */
};

static struct frame *frame_at(struct fuzz *fuzz, uint32_t number)
{
	return &fuzz->pager->physmem.frames[number];
}

/* A range of the address space, mostly short. */
static uint64_t draw_range(struct fuzz *fuzz, uint64_t *pages_out)
{
	uint64_t start = draw(fuzz, MACHINE_PAGES);
	uint64_t pages = 1 + draw(fuzz, draw(fuzz, 4) ? 6 : 60);

	if (pages > MACHINE_PAGES - start)
		pages = MACHINE_PAGES - start;
	*pages_out = pages;
	return start;
}

static bool memory_fails(const struct memory_store *memory)
{
	unsigned p;

	for (p = 0; p < MEMORY_PAGES; p++)
		if (memory->pages[p].fail_out)
			return true;
	return false;
}

/* Does a page-out fail, of any page? */
static bool outs_fail(const struct fuzz *fuzz)
{
	const struct shadow *shadow;

	for (shadow = fuzz->pager->shadows; shadow; shadow = shadow->next)
		if (memory_fails((const struct memory_store *)shadow->store))
			return true;
	return memory_fails(&fuzz->machine->memory[0]) ||
	       memory_fails(&fuzz->machine->memory[1]);
}

/* The store whose frame a page should show. */
static struct memory_store *shown_store(
	struct fuzz *fuzz, unsigned space, uint64_t page)
{
	const struct shows *view = &fuzz->views[space][page];

	if (!view->copied)
		return &fuzz->machine->memory[view->store];
	return (struct memory_store *)as_find(
		&fuzz->machine->spaces[space], page)
		->shadow->store;
}

static struct frame *shown_frame(
	struct fuzz *fuzz, unsigned space, uint64_t page)
{
	struct store *store = &shown_store(fuzz, space, page)->store;
	uint32_t number;

	if (!btree_find(&store->frames, fuzz->views[space][page].offset,
		    &number, NULL))
		return NULL;
	return frame_at(fuzz, number);
}

static uint64_t *shown_words(struct fuzz *fuzz, struct shows *view)
{
	return view->copied ? view->words
			    : fuzz->words[view->store][view->offset];
}

static uint64_t ins(const struct fuzz *fuzz)
{
	return memory_store_ins(&fuzz->machine->memory[0]) +
	       (uint64_t)memory_store_ins(&fuzz->machine->memory[1]) +
	       fuzz->machine->shadow_ins;
}

/* No victim could be written: all there are, or as many as are tried. */
static void expect_stuck(struct fuzz *fuzz)
{
	uint32_t stuck = 0, others = 0;
	uint32_t i;

	for (i = 0; i < fuzz->pager->physmem.limit; i++) {
		const struct frame *frame = frame_at(fuzz, i);
		const struct memory_store *memory =
			(const struct memory_store *)frame->store;

		if (!frame->store || frame->pins)
			continue;
		if (frame->flags & FRAME_DIRTY &&
			memory->pages[frame->offset].fail_out)
			stuck++;
		else
			others++;
	}
	expect(fuzz, stuck >= TRIES || (stuck && !others),
		"a write-back's error although there was another victim");
}

static void note_pins(struct fuzz *fuzz)
{
	uint32_t i;

	for (i = 0; i < fuzz->pager->physmem.limit; i++)
		fuzz->pinned[i] = frame_at(fuzz, i)->pins
					  ? frame_at(fuzz, i)->offset + 1
					  : 0;
}

static void expect_pins(struct fuzz *fuzz)
{
	uint32_t i;

	for (i = 0; i < fuzz->pager->physmem.limit; i++)
		if (fuzz->pinned[i])
			expect(fuzz,
				frame_at(fuzz, i)->store &&
					frame_at(fuzz, i)->offset + 1 ==
						fuzz->pinned[i],
				"a pinned frame was evicted");
}

static uint64_t next_use(struct fuzz *fuzz)
{
	if (!draw(fuzz, 8))
		return NEXT_USE_NEVER;
	/* no two are alike */
	return (1 + draw(fuzz, 1000)) << 32 | (++fuzz->uses & UINT32_MAX);
}

/* What is there before a fault. */
struct before {
	bool mapped, copies;
	uint16_t flags; /* of the frame */
	bool resident;
	uint64_t ins;
	int fail_in;
};

static struct before look(
	struct fuzz *fuzz, unsigned space, uint64_t page, unsigned access)
{
	const struct shows *view = &fuzz->views[space][page];
	struct before before = {.ins = ins(fuzz)};
	const struct frame *frame;

	if (view->store < 0)
		return before;
	frame = shown_frame(fuzz, space, page);
	before.mapped =
		real_frame(&fuzz->machine->real, &fuzz->machine->spaces[space],
			page) != FRAME_NONE;
	before.copies =
		view->private && !view->copied && access & PROTECT_WRITE;
	before.resident = frame != NULL;
	before.flags = frame ? frame->flags : 0;
	before.fail_in =
		shown_store(fuzz, space, page)->pages[view->offset].fail_in;
	return before;
}

/* The kind that a fault on a resident page must have. */
static void expect_kind(
	struct fuzz *fuzz, const struct before *before, unsigned access)
{
	enum fault_kind kind = fuzz->machine->kind;

	if (!before->resident) {
		expect(fuzz, kind == FAULT_HARD || kind == FAULT_ZERO,
			"neither hard nor zero");
	} else if (before->copies) {
		/* making room for the copy may evict what is copied */
		expect(fuzz,
			kind == FAULT_WRITE ||
				(fuzz->pager->threads && kind != FAULT_SOFT),
			"a copy is no write fault");
	} else if (access & PROTECT_WRITE && before->mapped &&
		   fuzz->pager->track_writes &&
		   (before->flags & (FRAME_GUARDED | FRAME_DIRTY)) ==
			   FRAME_GUARDED) {
		expect(fuzz, kind == FAULT_WRITE, "no write fault");
	} else {
		expect(fuzz, kind == FAULT_SOFT, "not soft");
	}
}

/* The fault that an access needs. Returns whether the page is there now. */
static bool take_fault(
	struct fuzz *fuzz, unsigned space, uint64_t page, unsigned access)
{
	struct shows *view = &fuzz->views[space][page];
	struct before before = look(fuzz, space, page, access);
	int error;

	note_pins(fuzz);
	fuzz->machine->next_use = next_use(fuzz);
	error = machine_fault(fuzz->machine, space, page, access);
	expect_pins(fuzz);
	if (view->store < 0 || access & ~view->protection) {
		expect(fuzz, error == (view->store < 0 ? -EFAULT : -EACCES),
			"a bad fault was not refused");
		fuzz->bad_faults++;
		return false;
	}
	if (error)
		fuzz->vain_ins += ins(fuzz) - before.ins;
	if (error == ERROR_OUT) {
		expect(fuzz, !before.resident || before.copies,
			"an eviction for a soft fault");
		expect_stuck(fuzz);
		return false;
	}
	if (error == ERROR_IN && before.fail_in) {
		expect(fuzz, !before.resident || before.copies,
			"a page-in for a soft fault");
		expect(fuzz, !shown_frame(fuzz, space, page),
			"a frame after a failed page-in");
		return false;
	}
	expect(fuzz, !error, "a fault failed");
	expect(fuzz, before.resident || !before.fail_in,
		"a page-in did not fail");
	expect_kind(fuzz, &before, access);
	fuzz->good_faults++;
	if (before.copies) {
		memcpy(view->words, shown_words(fuzz, view), REAL_PAGE_BYTES);
		view->copied = true;
		fuzz->copies++;
	}
	return true;
}

/* As a simulator tells the policies that see every reference. */
static void tell_reference(struct fuzz *fuzz, unsigned space, uint64_t page)
{
	uint32_t number = real_frame(
		&fuzz->machine->real, &fuzz->machine->spaces[space], page);
	uint64_t use = next_use(fuzz);
	struct policy_references references = {
		.frames = &number, .next_use = &use, .count = 1};

	if (fuzz->policy->reference &&
		frame_at(fuzz, number)->flags & FRAME_EVICTABLE)
		fuzz->policy->reference(fuzz->pager->policy, &references);
}

static bool is_mapped(struct fuzz *fuzz, unsigned space, uint64_t page)
{
	return real_frame(&fuzz->machine->real, &fuzz->machine->spaces[space],
		       page) != FRAME_NONE;
}

/* Mostly one that is mapped; some pages are hot. */
static uint64_t draw_page(struct fuzz *fuzz, unsigned space)
{
	uint64_t page = draw(fuzz, 1 + draw(fuzz, MACHINE_PAGES));

	if (draw(fuzz, 32))
		while (fuzz->views[space][page].store < 0 &&
			page < MACHINE_PAGES - 1)
			page++;
	return page;
}

static void do_access(struct fuzz *fuzz)
{
	unsigned space = draw(fuzz, MACHINE_SPACES);
	uint64_t page = draw_page(fuzz, space);
	unsigned access = draw(fuzz, 3) ? PROTECT_READ : PROTECT_WRITE;
	unsigned word = draw(fuzz, REAL_WORDS);
	struct shows *view = &fuzz->views[space][page];
	struct as *as = &fuzz->machine->spaces[space];
	uint64_t value = fuzz->course.step << 8 | word;

	if (real_access(&fuzz->machine->real, as, page, access, word, &value)) {
		expect(fuzz, view->store >= 0 && !(access & ~view->protection),
			"an access that no map allows");
		expect(fuzz,
			access != PROTECT_WRITE || !view->private ||
				view->copied,
			"a private write to what all see");
		tell_reference(fuzz, space, page);
	} else {
		uint64_t ahead = fuzz->pager->counts.prefetches;

		if (!take_fault(fuzz, space, page, access))
			return;
		/* a policy may unmap it for what was read ahead behind it */
		if (fuzz->policy->touch &&
			fuzz->pager->counts.prefetches > ahead &&
			!is_mapped(fuzz, space, page) &&
			!take_fault(fuzz, space, page, access))
			return;
		expect(fuzz,
			real_access(&fuzz->machine->real, as, page, access,
				word, &value),
			"a fault did not map the page");
	}
	if (access == PROTECT_WRITE)
		shown_words(fuzz, view)[word] = value;
	else
		expect(fuzz, value == shown_words(fuzz, view)[word],
			"not what was written last");
}

/* A fault that nothing called for: its page may be mapped already. */
static void do_spurious_fault(struct fuzz *fuzz)
{
	unsigned space = draw(fuzz, MACHINE_SPACES);

	(void)take_fault(fuzz, space, draw_page(fuzz, space),
		draw(fuzz, 4) ? PROTECT_READ : PROTECT_WRITE);
}

static void do_map(struct fuzz *fuzz)
{
	static const unsigned protections[] = {
		PROTECT_BOTH, PROTECT_BOTH, PROTECT_READ, PROTECT_WRITE};
	unsigned space = draw(fuzz, MACHINE_SPACES);
	unsigned store = draw(fuzz, STORES);
	unsigned protection = protections[draw(fuzz, 4)];
	uint64_t pages, offset;
	uint64_t start = draw_range(fuzz, &pages);
	bool private = !draw(fuzz, 3);
	bool overlaps = false;
	int error, expected = 0;
	uint64_t i;

	offset = draw(fuzz, 1 + draw(fuzz, MEMORY_PAGES));
	if (pages > MEMORY_PAGES - offset)
		pages = MEMORY_PAGES - offset;
	for (i = 0; i < pages; i++)
		overlaps |= fuzz->views[space][start + i].store >= 0;
	fuzz->machine->fail_shadow = draw(fuzz, 16) ? 0 : ERROR_OPEN;
	if (overlaps)
		expected = -EEXIST;
	else if (private && !fuzz->pager->open_shadow)
		expected = -ENOTSUP;
	else if (private &&
		 fuzz->pager->shadows_count == fuzz->pager->shadows_max)
		expected = -ENOMEM;
	else if (private)
		expected = fuzz->machine->fail_shadow;
	error = pager_map(fuzz->pager, &fuzz->machine->spaces[space], start,
		pages, fuzz->machine->stores[store], offset, protection,
		private ? PAGER_MAP_PRIVATE : 0);
	if (error == -ENOMEM && fuzz->few_maps)
		return;
	expect(fuzz, error == expected, "pager_map");
	for (i = 0; i < pages && !error; i++)
		fuzz->views[space][start + i] = (struct shows){.store = store,
			.offset = offset + i,
			.protection = protection,
			.private = private};
}

static void do_unmap(struct fuzz *fuzz)
{
	unsigned space = draw(fuzz, MACHINE_SPACES);
	uint64_t pages, i;
	uint64_t start = draw_range(fuzz, &pages);
	int error = pager_unmap(
		fuzz->pager, &fuzz->machine->spaces[space], start, pages);

	if (error == -ENOMEM && fuzz->few_maps)
		return;
	expect(fuzz, !error, "pager_unmap");
	for (i = 0; i < pages; i++)
		fuzz->views[space][start + i] = (struct shows){.store = -1};
}

static void do_protect(struct fuzz *fuzz)
{
	unsigned space = draw(fuzz, MACHINE_SPACES);
	unsigned protection = draw(fuzz, 8) ? 1 + draw(fuzz, 3) : 0;
	uint64_t pages, i;
	uint64_t start = draw_range(fuzz, &pages);
	bool has_hole = false;
	int error = pager_protect(fuzz->pager, &fuzz->machine->spaces[space],
		start, pages, protection);

	if (error == -ENOMEM && fuzz->few_maps)
		return;
	for (i = 0; i < pages; i++)
		has_hole |= fuzz->views[space][start + i].store < 0;
	expect(fuzz, error == (has_hole ? -ENOMEM : 0), "pager_protect");
	for (i = 0; i < pages && !error; i++)
		fuzz->views[space][start + i].protection = protection;
}

/* What must be true of the frames in a range after the advice was taken. */
static void expect_advised(
	struct fuzz *fuzz, unsigned space, uint64_t page, enum advice advice)
{
	const struct shows *view = &fuzz->views[space][page];
	const struct frame *frame;

	if (view->store < 0)
		return;
	frame = shown_frame(fuzz, space, page);
	if (!frame)
		return;
	if (advice == ADVICE_PIN)
		expect(fuzz, frame->pins, "not pinned");
	if (advice == ADVICE_UNPIN || advice == ADVICE_NORMAL)
		expect(fuzz, !frame->pins, "still pinned");
	if (advice == ADVICE_DONT_NEED)
		expect(fuzz,
			frame->pins || shown_store(fuzz, space, page)
					       ->pages[view->offset]
					       .fail_out,
			"not dropped");
}

static void do_advise(struct fuzz *fuzz)
{
	static const enum advice advices[] = {ADVICE_NORMAL, ADVICE_RANDOM,
		ADVICE_SEQUENTIAL, ADVICE_READ_ONCE, ADVICE_WILL_NEED,
		ADVICE_DONT_NEED, ADVICE_COLD, ADVICE_PIN, ADVICE_UNPIN,
		ADVICE_PRIORITY};
	enum advice advice = advices[draw(fuzz, 10)];
	unsigned space = draw(fuzz, MACHINE_SPACES);
	uint64_t pages, i;
	uint64_t start = draw_range(fuzz, &pages);
	uint32_t pinned = fuzz->pager->pinned;
	int error;

	note_pins(fuzz);
	error = pager_advise(fuzz->pager, &fuzz->machine->spaces[space], start,
		pages, advice, draw(fuzz, PRIORITY_MAX + 1));
	if (advice == ADVICE_WILL_NEED)
		expect_pins(fuzz);
	if (error == -ENOMEM && (advice == ADVICE_PIN || fuzz->few_maps)) {
		expect(fuzz, pinned == fuzz->pager->pinned,
			"pinned although it was too many");
		return;
	}
	if (advice == ADVICE_WILL_NEED)
		expect(fuzz, !error || error == ERROR_IN || error == ERROR_OUT,
			"will-need");
	else if (advice == ADVICE_DONT_NEED)
		expect(fuzz, !error || (error == ERROR_OUT && outs_fail(fuzz)),
			"dont-need");
	else
		expect(fuzz, !error, "advise");
	for (i = 0; i < pages; i++)
		expect_advised(fuzz, space, start + i, advice);
}

static uint64_t outs(const struct fuzz *fuzz)
{
	return memory_store_outs(&fuzz->machine->memory[0]) +
	       (uint64_t)memory_store_outs(&fuzz->machine->memory[1]) +
	       fuzz->machine->shadow_outs;
}

static void do_flush(struct fuzz *fuzz)
{
	uint64_t before = outs(fuzz);
	int error = pager_flush(
		fuzz->pager, fuzz->machine->stores[draw(fuzz, STORES)]);

	fuzz->flushed += outs(fuzz) - before;
	expect(fuzz, !error || (error == ERROR_OUT && outs_fail(fuzz)),
		"flush");
}

static void do_drop(struct fuzz *fuzz)
{
	unsigned store = draw(fuzz, STORES);
	struct memory_store *memory = &fuzz->machine->memory[store];
	bool write_back = draw(fuzz, 2);
	int error = pager_drop_store(fuzz->pager, &memory->store, write_back);
	unsigned i;

	if (error) {
		expect(fuzz, write_back && error == ERROR_OUT, "drop");
		return;
	}
	expect(fuzz, !memory->store.frames.size, "drop left frames");
	for (i = 0; i < MEMORY_PAGES && !write_back; i++)
		memcpy(fuzz->words[store][i], memory->pages[i].words,
			REAL_PAGE_BYTES);
}

/* Some pages of a store cannot be read, or written, from now on or again. */
static void do_trouble(struct fuzz *fuzz)
{
	struct shadow *shadow = fuzz->pager->shadows;
	struct memory_store *memory =
		&fuzz->machine->memory[draw(fuzz, STORES)];
	uint64_t share = draw(fuzz, 3) ? 1000 : 2;
	unsigned i;

	if (shadow && draw(fuzz, 2)) {
		while (shadow->next && draw(fuzz, 3))
			shadow = shadow->next;
		memory = (struct memory_store *)shadow->store;
	}

	for (i = 0; i < MEMORY_PAGES; i++) {
		memory->pages[i].fail_in = draw(fuzz, share) ? 0 : ERROR_IN;
		memory->pages[i].fail_out = draw(fuzz, share) ? 0 : ERROR_OUT;
	}
}

static void check(struct fuzz *fuzz)
{
	const struct pager_counts *counts = &fuzz->pager->counts;
	const char *why = machine_check(fuzz->machine);

	if (why)
		fail(fuzz, why);
	expect(fuzz,
		counts->hard_faults + counts->zero_faults + counts->prefetches +
				fuzz->vain_ins ==
			ins(fuzz),
		"page-ins do not add up");
	expect(fuzz,
		counts->writebacks + counts->cleaned + counts->drop_writebacks +
				fuzz->flushed ==
			outs(fuzz),
		"page-outs do not add up");
	expect(fuzz,
		counts->hard_faults + counts->zero_faults +
				counts->soft_faults + counts->write_faults ==
			fuzz->good_faults,
		"faults do not add up");
	expect(fuzz, counts->copies == fuzz->copies, "copies do not add up");
	expect(fuzz, counts->bad_faults == fuzz->bad_faults,
		"bad faults do not add up");
}

static void step(struct fuzz *fuzz)
{
	switch (draw(fuzz, 400)) {
	case 0 ... 9:
		do_map(fuzz);
		break;
	case 10 ... 13:
		do_unmap(fuzz);
		break;
	case 14 ... 29:
		do_advise(fuzz);
		break;
	case 30 ... 32:
		do_flush(fuzz);
		break;
	case 33:
		do_drop(fuzz);
		break;
	case 34 ... 35:
		do_trouble(fuzz);
		break;
	case 46 ... 47:
		do_protect(fuzz);
		break;
	case 36 ... 45:
		do_spurious_fault(fuzz);
		break;
	default:
		do_access(fuzz);
		break;
	}
	if (fuzz->course.step % fuzz->check_every == 0)
		check(fuzz);
}

/* Everything is written back: the stores hold what was written last. */
static void finish(struct fuzz *fuzz)
{
	unsigned s, p;

	for (s = 0; s < STORES; s++) {
		for (p = 0; p < MEMORY_PAGES; p++)
			fuzz->machine->memory[s].pages[p].fail_out = 0;
		expect(fuzz,
			!pager_drop_store(
				fuzz->pager, fuzz->machine->stores[s], true),
			"the last drop");
		for (p = 0; p < MEMORY_PAGES; p++)
			expect(fuzz,
				!memcmp(fuzz->machine->memory[s].pages[p].words,
					fuzz->words[s][p], REAL_PAGE_BYTES),
				"a store has not what was written last");
	}
	check(fuzz);
	for (s = 0; s < MACHINE_SPACES; s++)
		expect(fuzz,
			!pager_unmap(fuzz->pager, &fuzz->machine->spaces[s], 0,
				MACHINE_PAGES),
			"the last unmap");
	expect(fuzz, !fuzz->pager->shadows, "copies are left");
	expect(fuzz, !fuzz->pager->physmem.resident, "frames are left");
	expect(fuzz, !fuzz->pager->pinned, "pins are left");
	machine_destroy(fuzz->machine);
}

/* A machine with a random shape, at work for a while. */
static void run(struct fuzz *fuzz, const struct policy_ops *policy)
{
	struct machine_config config = {
		.policy = policy,
		.frames = 1 + draw(fuzz, FRAMES),
		.mappings_max = draw(fuzz, 2) * draw(fuzz, FRAMES),
		.maps_max = draw(fuzz, 4) ? MACHINE_PAGES + 1 : 8,
		.blocking = draw(fuzz, 2),
		.threads = draw(fuzz, 2),
		.bit_at_load = draw(fuzz, 2),
		.track_writes = draw(fuzz, 2),
		.victim_batch = draw(fuzz, 3) ? 1 : draw(fuzz, BATCH_MAX + 1),
		.clean_ahead = draw(fuzz, 2) * draw(fuzz, FRAMES),
		.read_ahead_max = draw(fuzz, 3) * draw(fuzz, 20),
		.shadows_max = draw(fuzz, 10),
	};
	uint64_t end = fuzz->course.step + 1 + draw(fuzz, 6000);
	unsigned space, page;

	fuzz->policy = policy;
	fuzz->course.of = policy->name;
	fuzz->few_maps = config.maps_max == 8;
	fuzz->check_every = 1 + draw(fuzz, 128);
	fuzz->good_faults = fuzz->bad_faults = fuzz->flushed = 0;
	fuzz->vain_ins = fuzz->copies = 0;
	expect(fuzz, !machine_create(&config, &fuzz->machine), "create");
	fuzz->pager = fuzz->machine->pager;
	for (space = 0; space < MACHINE_SPACES; space++)
		for (page = 0; page < MACHINE_PAGES; page++)
			fuzz->views[space][page] = (struct shows){.store = -1};
	memory_store_fill(&fuzz->machine->memory[0]);
	if (draw(fuzz, 2))
		memory_store_many(&fuzz->machine->memory[1]);
	memset(fuzz->words, 0, sizeof(fuzz->words));
	for (page = 0; page < MEMORY_PAGES; page++)
		memcpy(fuzz->words[0][page],
			fuzz->machine->memory[0].pages[page].words,
			REAL_PAGE_BYTES);
	for (page = 0; page < 20; page++)
		do_map(fuzz);
	for (; fuzz->course.step < end; fuzz->course.step++)
		step(fuzz);
	finish(fuzz);
}

int main(int argc, char **argv)
{
	static struct fuzz fuzz;
	const struct policy_ops *policy;
	unsigned i;

	fuzz.course = course_start(argc, argv, 3000000);
	while (fuzz.course.step < fuzz.course.steps)
		for (i = 0; (policy = policy_at(i)); i++)
			run(&fuzz, policy);
	return 0;
}
