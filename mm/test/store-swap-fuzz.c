/*
 * Anonymous stores that share a swap file, against a naive model: an array
 * with what was written last to each page.  Pages go out and come in at
 * random, are forgotten, and stores are destroyed and made anew; the disk
 * fails, tears pages and is sometimes too small.
 *
 * What comes in must be what went out, or no two pages may have a slot in
 * common; the slots in use must be as many as pages that were written; and
 * the file must be no longer than the most of them at one time.
 *
 *	store-swap-fuzz [seed] [steps]
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/test/course.h"
#include "mm/store-swap.h"
#include "mm/store.h"
#include "mm/test/store-disk.h"

enum { STORES = 3, PAGES = 300, SLOTS = 500 };

struct page {
	bool written;
	bool torn; /* its last write failed: only a write helps */
	uint64_t words[REAL_WORDS];
};

struct fuzz {
	struct course course;
	struct disk *disk;
	struct btree_pool *pool;
	struct swap *swap;
	struct store *stores[STORES];
	uint32_t pages_max[STORES];
	uint32_t sizes[STORES]; /* written pages */
	uint32_t used, most, slots_max;
	uint64_t spread; /* page p is at offset p * spread */
	struct page pages[STORES][PAGES];
};

static struct page_io io_of(const struct fuzz *fuzz, unsigned page, void *data)
{
	return (struct page_io){
		.offset = page * fuzz->spread,
		.data = data,
		.bytes = REAL_PAGE_BYTES,
	};
}

static void try_page_in(struct fuzz *fuzz, unsigned which, unsigned number)
{
	const struct page *page = &fuzz->pages[which][number];
	struct store *store = fuzz->stores[which];
	uint64_t words[REAL_WORDS];
	struct page_io io = io_of(fuzz, number, words);
	unsigned failed = fuzz->disk->failed;
	int found;

	memset(words, 0xdd, sizeof(words));
	found = store->ops->page_in(store, &io);
	if (found < 0) {
		if (fuzz->disk->failed == failed || found != -EIO)
			fail(fuzz, "page-in: an error that the disk had not");
		return;
	}
	if (found != (page->written ? STORE_DATA : STORE_ZERO))
		fail(fuzz, "page-in: data or zeros");
	if (!page->torn && memcmp(words, page->words, sizeof(words)) != 0)
		fail(fuzz, "page-in: not what went out");
}

/* A page-out of a page that has no slot: may it have one? */
static bool no_slot(const struct fuzz *fuzz, unsigned which)
{
	return fuzz->sizes[which] == fuzz->pages_max[which] ||
	       fuzz->used == fuzz->slots_max;
}

static void try_page_out(struct fuzz *fuzz, unsigned which, unsigned number)
{
	struct page *page = &fuzz->pages[which][number];
	struct store *store = fuzz->stores[which];
	uint64_t words[REAL_WORDS];
	struct page_io io = io_of(fuzz, number, words);
	bool full = !page->written && no_slot(fuzz, which);
	unsigned i, calls = fuzz->disk->calls;
	int error;

	for (i = 0; i < REAL_WORDS; i++)
		words[i] = draw(fuzz, UINT64_MAX);
	error = store->ops->page_out(store, &io);
	if (full && (error != -ENOSPC || fuzz->disk->calls != calls))
		fail(fuzz, "page-out: there was no slot");
	if (full)
		return;
	/* a first write that fails has had its slot meanwhile */
	if (!page->written && fuzz->most < fuzz->used + 1)
		fuzz->most = fuzz->used + 1;
	if (error) {
		page->torn = page->written;
		return;
	}
	if (!page->written) {
		fuzz->used++;
		fuzz->sizes[which]++;
	}
	page->written = true;
	page->torn = false;
	memcpy(page->words, words, sizeof(words));
}

static void forget_in_model(
	struct fuzz *fuzz, unsigned which, unsigned first, unsigned end)
{
	unsigned i;

	for (i = first; i < end; i++) {
		fuzz->used -= fuzz->pages[which][i].written;
		fuzz->sizes[which] -= fuzz->pages[which][i].written;
		fuzz->pages[which][i] = (struct page){0};
	}
}

static void try_forget(struct fuzz *fuzz, unsigned which, unsigned first)
{
	unsigned end = first + draw(fuzz, draw(fuzz, 4) ? 4 : PAGES);
	struct store *store = fuzz->stores[which];

	if (end > PAGES)
		end = PAGES;
	if (store_forget(store, first * fuzz->spread, end * fuzz->spread))
		fail(fuzz, "forget: an error");
	forget_in_model(fuzz, which, first, end);
}

static void make_store(struct fuzz *fuzz, unsigned which)
{
	fuzz->pages_max[which] = 1 + draw(fuzz, PAGES);
	if (store_open_swapped(fuzz->pool, fuzz->swap, fuzz->pages_max[which],
		    &fuzz->stores[which]))
		fail(fuzz, "no store");
}

static void renew_store(struct fuzz *fuzz, unsigned which)
{
	fuzz->stores[which]->ops->destroy(fuzz->stores[which]);
	forget_in_model(fuzz, which, 0, PAGES);
	make_store(fuzz, which);
}

static void check(struct fuzz *fuzz)
{
	const char *why = swap_check(fuzz->swap);

	if (why)
		fail(fuzz, why);
	if (swap_slots_used(fuzz->swap) != fuzz->used)
		fail(fuzz, "slots in use are not the pages written");
	if (swap_slots_most(fuzz->swap) != fuzz->most)
		fail(fuzz, "a slot was taken that was not the lowest");
	if (fuzz->disk->size > (size_t)fuzz->most * REAL_PAGE_BYTES)
		fail(fuzz, "the file is too long");
}

static void check_all(struct fuzz *fuzz)
{
	unsigned which, page;

	check(fuzz);
	for (which = 0; which < STORES; which++)
		for (page = 0; page < PAGES; page++)
			try_page_in(fuzz, which, page);
}

static void start_round(struct fuzz *fuzz)
{
	unsigned which;

	fuzz->disk = disk_reset();
	fuzz->disk->random += draw(fuzz, UINT64_MAX / 2);
	fuzz->disk->error = EIO;
	fuzz->disk->torn = draw(fuzz, 2);
	if (draw(fuzz, 2)) {
		fuzz->disk->one_in[DISK_READ] = 2 + draw(fuzz, 30);
		fuzz->disk->one_in[DISK_WRITE] = 2 + draw(fuzz, 30);
		fuzz->disk->interrupt = draw(fuzz, 2) * 5;
		fuzz->disk->most = draw(fuzz, 2) * 7;
	}
	if (draw(fuzz, 3) == 0)
		fuzz->disk->room = draw(fuzz, SLOTS * REAL_PAGE_BYTES);
	fuzz->slots_max = 1 + draw(fuzz, SLOTS);
	fuzz->spread = draw(fuzz, 2) ? 1 : BTREE_KEY_MAX / PAGES;
	fuzz->used = 0;
	fuzz->most = 0;
	memset(fuzz->pages, 0, sizeof(fuzz->pages));
	memset(fuzz->sizes, 0, sizeof(fuzz->sizes));
	if (swap_create(DISK_FD, fuzz->slots_max, &fuzz->swap))
		fail(fuzz, "no swap");
	for (which = 0; which < STORES; which++)
		make_store(fuzz, which);
}

static void end_round(struct fuzz *fuzz)
{
	unsigned which;

	disk_mend();
	check_all(fuzz);
	for (which = 0; which < STORES; which++)
		fuzz->stores[which]->ops->destroy(fuzz->stores[which]);
	fuzz->used = 0;
	check(fuzz);
	swap_destroy(fuzz->swap);
}

static void try_one(struct fuzz *fuzz, unsigned forget_share)
{
	unsigned which = draw(fuzz, STORES);
	unsigned page = draw(fuzz, PAGES);

	if (draw(fuzz, 100) < forget_share)
		try_forget(fuzz, which, page);
	else if (draw(fuzz, 2))
		try_page_out(fuzz, which, page);
	else if (draw(fuzz, 1000))
		try_page_in(fuzz, which, page);
	else
		renew_store(fuzz, which);
	check(fuzz);
}

int main(int argc, char **argv)
{
	struct fuzz *fuzz = calloc(1, sizeof(*fuzz));
	unsigned forget_share = 10;

	if (!fuzz || btree_pool_create(1, STORES, &fuzz->pool))
		return 1;
	fuzz->course = course_start(argc, argv, 300000);
	start_round(fuzz);
	while (course_next(&fuzz->course)) {
		try_one(fuzz, forget_share);
		if (draw(fuzz, 3000) == 0)
			forget_share = draw(fuzz, 60);
		if (draw(fuzz, 2000) == 0)
			check_all(fuzz);
		if (draw(fuzz, 20000) == 0) {
			end_round(fuzz);
			start_round(fuzz);
		}
	}
	end_round(fuzz);
	btree_pool_destroy(fuzz->pool);
	free(fuzz);
	return 0;
}
