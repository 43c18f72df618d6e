/* public-fuzz: the model, and what is compared with it after each step. */
#include "mm/test/public-fuzz.h"

#include <errno.h>
#include <string.h>

#include "mm/hooks.h"
#include "mm/selfpage-internal.h"

/* ---- the model ---- */

char *content_of(struct model_page *page)
{
	return page->copied ? page->copy : page->store->now[page->page];
}

struct model_page *page_at(const struct model_space *space, uint64_t number)
{
	if (number >= SPACE_PAGES || !space->pages[number].store)
		return NULL;
	return &space->pages[number];
}

bool is_borrowed(const struct fuzz *fuzz, const char *content)
{
	unsigned i;

	for (i = 0; i < BORROWS; i++)
		if (fuzz->borrows[i].data &&
			fuzz->borrows[i].content == content)
			return true;
	return false;
}

bool is_borrowed_to_write(const struct fuzz *fuzz, const char *content)
{
	unsigned i;

	for (i = 0; i < BORROWS; i++)
		if (fuzz->borrows[i].data && fuzz->borrows[i].writable &&
			fuzz->borrows[i].content == content)
			return true;
	return false;
}

void make_copy(struct model_page *page)
{
	if (!page->private_id || page->copied)
		return;
	memcpy(page->copy, page->store->now[page->page], PAGE);
	page->copied = true;
	page->unpinned = true;
}

void note_copies(struct fuzz *fuzz, const struct model_space *space,
	uint64_t number, unsigned count)
{
	struct model_page *page;
	uint8_t state;

	for (; count--; number++) {
		page = page_at(space, number);
		if (!page)
			continue;
		expect(fuzz,
			!selfpage_look(
				space->space, number * PAGE, PAGE, &state),
			"look", 0);
		if (state & SELFPAGE_COPY)
			make_copy(page);
	}
}

void drop_copy(struct fuzz *fuzz, struct model_page *page)
{
	unsigned i;

	if (!page->copied)
		return;
	for (i = 0; i < BORROWS; i++) {
		struct model_borrow *borrow = &fuzz->borrows[i];

		if (!borrow->data || borrow->content != page->copy)
			continue;
		memcpy(borrow->orphan, page->copy, PAGE);
		borrow->content = borrow->orphan;
	}
	page->copied = false;
	page->unpinned = true;
}

void note_unpinned(struct fuzz *fuzz, const struct model_page *page)
{
	unsigned i, at;

	for (i = 0; i < SPACES; i++)
		for (at = 0; at < SPACE_PAGES; at++) {
			struct model_page *other = &fuzz->spaces[i].pages[at];

			if (other->store == page->store &&
				other->page == page->page)
				other->unpinned = true;
		}
}

void fall_back(struct fuzz *fuzz, struct model_store *store, unsigned page)
{
	if (is_borrowed(fuzz, store->now[page]))
		return;
	if (store->kept)
		memcpy(store->now[page], store->kept[page], PAGE);
	else
		memset(store->now[page], 0, PAGE);
}

/* ---- checks ---- */

/* The data of the page's frame, or NULL: the only look behind the public
 * interface, as a read would be a fault. */
static const char *peek(const struct fuzz *fuzz,
	const struct model_space *space, unsigned number)
{
	struct page_name name = {.as = &space->space->as, .page = number};
	uint32_t frame = pager_find_page(&name);

	return frame == FRAME_NONE ? NULL
				   : memory_data(&fuzz->pager->memory, frame);
}

/* What all can see of a page without a fault. */
static void check_page(struct fuzz *fuzz, struct model_space *space,
	unsigned number, uint8_t state)
{
	struct model_page *page = &space->pages[number];
	const struct model_store *store = page->store;
	bool borrowed, was_pinned = page->state & SELFPAGE_PINNED;
	const char *data = peek(fuzz, space, number);

	if (!store) {
		expect(fuzz, !state, "nothing is mapped there", state);
		return;
	}
	expect(fuzz, !data == !(state & SELFPAGE_RESIDENT),
		"it is in a frame, or not", state);
	expect(fuzz, !data || !memcmp(data, content_of(page), PAGE),
		"what is in a frame", (int)number);
	borrowed = is_borrowed(fuzz, content_of(page));
	expect(fuzz, state & SELFPAGE_MAPPED && !(state & SELFPAGE_BUSY),
		"it is mapped", state);
	expect(fuzz, !!(state & SELFPAGE_COPY) == page->copied,
		"it is a copy, or none", state);
	expect(fuzz, !!(state & SELFPAGE_BORROWED) == borrowed,
		"it is borrowed, or not", state);
	if (borrowed)
		expect(fuzz, state & SELFPAGE_RESIDENT,
			"what is borrowed is in a frame", state);
	if (was_pinned && !page->unpinned)
		expect(fuzz,
			state & SELFPAGE_PINNED && state & SELFPAGE_RESIDENT,
			"what is pinned stays so", state);
	if (!(state & SELFPAGE_RESIDENT && state & SELFPAGE_DIRTY) &&
		!page->copied && store->kept &&
		!is_borrowed_to_write(fuzz, content_of(page)))
		expect(fuzz,
			!memcmp(store->now[page->page], store->kept[page->page],
				PAGE),
			"what is in no frame, or clean, is kept", state);
	page->state = state;
	page->unpinned = false;
}

static void check_spaces(struct fuzz *fuzz)
{
	uint8_t states[SPACE_PAGES];
	struct model_space *space;
	unsigned i, at;
	int error;

	for (i = 0; i < SPACES; i++) {
		space = &fuzz->spaces[i];
		if (!space->space)
			continue;
		error = selfpage_look(
			space->space, 0, SPACE_PAGES * PAGE, states);
		expect(fuzz, !error, "look", error);
		for (at = 0; at < SPACE_PAGES; at++)
			check_page(fuzz, space, at, states[at]);
	}
}

/* Different pages that are borrowed; and of them, those of no store and no
 * map any more. */
static unsigned count_borrowed(const struct fuzz *fuzz, unsigned *orphans_out)
{
	unsigned i, other, count = 0;

	*orphans_out = 0;
	for (i = 0; i < BORROWS; i++) {
		if (!fuzz->borrows[i].data)
			continue;
		for (other = 0; other < i; other++)
			if (fuzz->borrows[other].data == fuzz->borrows[i].data)
				break;
		if (other < i)
			continue;
		count++;
		*orphans_out +=
			fuzz->borrows[i].content == fuzz->borrows[i].orphan;
	}
	return count;
}

/* Frames are all accounted for: those of stores, of copies, of orphans. */
static void check_counts(struct fuzz *fuzz)
{
	unsigned i, at, orphans, borrowed = count_borrowed(fuzz, &orphans);
	struct selfpage_store_counts of_store;
	struct selfpage_counts counts;
	uint64_t resident = orphans;

	expect(fuzz,
		!selfpage_read_counts(fuzz->pager, &counts, sizeof(counts)),
		"counts", 0);
	expect(fuzz,
		counts.frames == fuzz->config.frames &&
			counts.resident <= counts.frames &&
			counts.pinned < counts.frames &&
			counts.pinned >= borrowed,
		"frames that are pinned", (int)counts.pinned);
	for (i = 0; i < STORES; i++) {
		if (!fuzz->stores[i].store)
			continue;
		expect(fuzz,
			!selfpage_store_read_counts(fuzz->stores[i].store,
				&of_store, sizeof(of_store)),
			"a store's counts", (int)i);
		resident += of_store.resident;
	}
	for (i = 0; i < SPACES; i++)
		for (at = 0; at < SPACE_PAGES; at++) {
			const struct model_page *page =
				&fuzz->spaces[i].pages[at];

			resident += page->store && page->copied &&
				    page->state & SELFPAGE_RESIDENT;
		}
	expect(fuzz, resident == counts.resident, "frames of all stores",
		(int)(resident - counts.resident));
}

static void check_borrows(struct fuzz *fuzz)
{
	unsigned i;

	for (i = 0; i < BORROWS; i++)
		if (fuzz->borrows[i].data)
			expect(fuzz,
				!memcmp(fuzz->borrows[i].data,
					fuzz->borrows[i].content, PAGE),
				"what is borrowed shows what all see", (int)i);
}

/* One page that can be read. */
static void check_sample(struct fuzz *fuzz)
{
	struct model_space *space = draw_space(fuzz);
	uint64_t number = draw(fuzz, SPACE_PAGES);
	struct model_page *page = space ? page_at(space, number) : NULL;
	char data[PAGE];
	int error;

	if (!page || !(page->protection & SELFPAGE_READ))
		return;
	error = selfpage_read(space->space, number * PAGE, data, PAGE);
	if (error == -ENOSPC && fuzz->tight_swap)
		return;
	expect(fuzz, !error, "read a sample", error);
	expect(fuzz, !memcmp(data, content_of(page), PAGE), "a sample",
		(int)number);
}

void check_world(struct fuzz *fuzz)
{
	const char *why;

	check_sample(fuzz);
	why = selfpage_check(fuzz->pager);
	expect(fuzz, !why, why, 0);
	check_spaces(fuzz);
	check_borrows(fuzz);
	if (fuzz->step % 8 == 0) {
		check_counts(fuzz);
		check_hooks(fuzz);
	}
}
