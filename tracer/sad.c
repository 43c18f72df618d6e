/*
 * The list of pages, and the references held back.
 *
 *	pages	 newest                     K-th   (K+1)st
 *		 [ p ]-[ x ]-[ y ]- ... -[ z ]-[ w ]	w's last use: the limit
 *		   |     |                 |
 *		   +-----|--------+        |
 *			 +--+     |        |
 *	held	 oldest	    |	  |	   |
 *		 [ x ]-[ y ]-[ x ]-[ p ]		a page's last reference
 *		   |     |     +-- may yet be left out	may go as long as the
 *		   +-----+-- wait for those before	one before it (`before`)
 *							lies behind the limit
 *
 * The limit only ever rises.  So what may not be left out now may never be,
 * and goes out as soon as nothing that may lies before it.
 *
 * Why at most 2 K are held back: the oldest, b, may yet be left out, so its
 * page's a lies behind the limit, and so do all that are held.  Behind the
 * limit at most K pages were touched, and of each at most two references are
 * held: had there been a third, the second would have been left out.
 *
 * Invariants (sad_check)
 * 1. Pages lie in the list by their last use, at most K + 1 of them, and each
 *    in the chain of its hash.
 * 2. What is held lies in order of time; an entry is its page's last
 *    reference, or has no page and may not be left out.
 * 3. The oldest held may yet be left out; there are at most 2 K.
 */
#include <config.h>

#include "tracer/sad.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tracer/trace.h"

#define NONE UINT32_MAX

struct page {
	uint64_t vpn;
	uint64_t last;	 /* time of its last use */
	uint64_t before; /* of the one kept before that, 0: too long ago */
	uint32_t held;	 /* its last use; NONE: that was emitted */
	uint32_t newer, older;
	uint32_t chain; /* next of the same hash */
};

struct held {
	struct trace_run run;
	uint32_t page; /* NONE: may not be left out */
	uint32_t earlier, later;
};

struct sad {
	sad_emit *emit;
	void *context;
	uint64_t now;	/* references so far: their times are 1 ... */
	uint64_t limit; /* last use of the (K + 1)st page, 0: none */
	uint32_t frames;
	struct page *page; /* [frames + 1] */
	uint32_t pages, newest, oldest;
	uint32_t *bucket;    /* [buckets] first page of the chain */
	unsigned hash_shift; /* 64 - log2(buckets) */
	struct held *held;   /* [2 * frames + 1] */
	uint32_t held_count, held_first, held_last, held_free;
};

/* ---- pages: the chains of the hash ---- */

static inline uint32_t *bucket_of(const struct sad *sad, uint64_t vpn)
{
	uint64_t hash = vpn * UINT64_C(0x9e3779b97f4a7c15);

	return &sad->bucket[hash >> sad->hash_shift];
}

static inline uint32_t find_page(const struct sad *sad, uint64_t vpn)
{
	uint32_t i = *bucket_of(sad, vpn);

	while (i != NONE && sad->page[i].vpn != vpn)
		i = sad->page[i].chain;
	return i;
}

static void chain_page(struct sad *sad, uint32_t i)
{
	uint32_t *bucket = bucket_of(sad, sad->page[i].vpn);

	sad->page[i].chain = *bucket;
	*bucket = i;
}

static void unchain_page(struct sad *sad, uint32_t i)
{
	uint32_t *at = bucket_of(sad, sad->page[i].vpn);

	while (*at != i)
		at = &sad->page[*at].chain;
	*at = sad->page[i].chain;
}

/* ---- pages: the list ---- */

static inline void unlink_page(struct sad *sad, uint32_t i)
{
	const struct page *page = &sad->page[i];

	if (page->newer == NONE)
		sad->newest = page->older;
	else
		sad->page[page->newer].older = page->older;
	if (page->older == NONE)
		sad->oldest = page->newer;
	else
		sad->page[page->older].newer = page->newer;
}

static inline void link_newest(struct sad *sad, uint32_t i)
{
	struct page *page = &sad->page[i];

	page->newer = NONE;
	page->older = sad->newest;
	if (sad->newest == NONE)
		sad->oldest = i;
	else
		sad->page[sad->newest].newer = i;
	sad->newest = i;
}

/* Room for a page more: the oldest of K + 1 makes it. */
static uint32_t make_room(struct sad *sad)
{
	uint32_t i = sad->oldest;

	if (sad->pages <= sad->frames)
		return sad->pages++;
	unlink_page(sad, i);
	unchain_page(sad, i);
	if (sad->page[i].held != NONE)
		sad->held[sad->page[i].held].page = NONE;
	return i;
}

static uint32_t add_page(struct sad *sad, uint64_t vpn)
{
	uint32_t i = make_room(sad);

	sad->page[i] = (struct page){.vpn = vpn, .held = NONE};
	chain_page(sad, i);
	link_newest(sad, i);
	return i;
}

static inline void touch_page(struct sad *sad, uint32_t i)
{
	if (i == sad->newest)
		return;
	unlink_page(sad, i);
	link_newest(sad, i);
}

/* ---- what is held back ---- */

static inline uint32_t take_held(struct sad *sad)
{
	uint32_t i = sad->held_free;

	sad->held_free = sad->held[i].later;
	sad->held_count++;
	return i;
}

static inline void unlink_held(struct sad *sad, uint32_t i)
{
	const struct held *held = &sad->held[i];

	if (held->earlier == NONE)
		sad->held_first = held->later;
	else
		sad->held[held->earlier].later = held->later;
	if (held->later == NONE)
		sad->held_last = held->earlier;
	else
		sad->held[held->later].earlier = held->earlier;
}

static inline void link_last(struct sad *sad, uint32_t i)
{
	struct held *held = &sad->held[i];

	held->later = NONE;
	held->earlier = sad->held_last;
	if (sad->held_last == NONE)
		sad->held_first = i;
	else
		sad->held[sad->held_last].later = i;
	sad->held_last = i;
}

/* The oldest goes out. */
static int emit_first(struct sad *sad)
{
	uint32_t i = sad->held_first;
	struct held *held = &sad->held[i];

	if (held->page != NONE)
		sad->page[held->page].held = NONE;
	unlink_held(sad, i);
	held->later = sad->held_free;
	sad->held_free = i;
	sad->held_count--;
	return sad->emit(sad->context, &held->run);
}

static inline bool may_go(const struct sad *sad, uint32_t held)
{
	uint32_t page = sad->held[held].page;

	return page != NONE && sad->page[page].before > sad->limit;
}

int sad_flush(struct sad *sad)
{
	int error = 0;

	while (sad->held_first != NONE && !error)
		error = emit_first(sad);
	return error;
}

/* ---- references ---- */

/* Leaves out the page's last reference, and makes an entry of it for RUN, in
 * which it lives on. */
static inline void replace(
	struct sad *sad, const struct page *page, const struct trace_run *run)
{
	struct held *held = &sad->held[page->held];

	unlink_held(sad, page->held);
	held->run.count += run->count;
	held->run.kinds =
		(held->run.kinds & ~(uint32_t)TRACE_KERNEL) | run->kinds;
	held->run.thread = run->thread;
	link_last(sad, page->held);
}

/* RUN is kept, and so is now the page's last reference before it. */
static inline void keep(
	struct sad *sad, uint32_t i, const struct trace_run *run)
{
	struct page *page = &sad->page[i];

	if (page->held != NONE)
		sad->held[page->held].page = NONE;
	page->before = page->last;
	page->held = take_held(sad);
	sad->held[page->held].run = *run;
	sad->held[page->held].page = i;
	link_last(sad, page->held);
}

int sad_add(struct sad *sad, const struct trace_run *run)
{
	uint32_t i = find_page(sad, run->vpn);
	int error = 0;

	if (i == NONE)
		i = add_page(sad, run->vpn);
	struct page *page = &sad->page[i];

	/* A count that is full is the rare way to end what can be joined. */
	if (page->held != NONE &&
		sad->held[page->held].run.count > UINT32_MAX - run->count)
		error = sad_flush(sad);
	if (page->held != NONE && page->before > sad->limit)
		replace(sad, page, run);
	else
		keep(sad, i, run);
	page->last = ++sad->now;
	touch_page(sad, i);
	if (sad->pages > sad->frames)
		sad->limit = sad->page[sad->oldest].last;
	while (!error && sad->held_first != NONE &&
		!may_go(sad, sad->held_first))
		error = emit_first(sad);
	return error;
}

/* ---- making and checking ---- */

static int allocate(struct sad *sad)
{
	size_t pages = (size_t)sad->frames + 1;
	size_t helds = 2 * (size_t)sad->frames + 1;
	size_t buckets = 4;

	sad->hash_shift = 62;
	for (; buckets < 2 * pages; buckets *= 2)
		sad->hash_shift--;
	sad->page = malloc(pages * sizeof(*sad->page));
	sad->held = malloc(helds * sizeof(*sad->held));
	sad->bucket = malloc(buckets * sizeof(*sad->bucket));
	if (!sad->page || !sad->held || !sad->bucket)
		return -ENOMEM;
	memset(sad->bucket, 0xff, buckets * sizeof(*sad->bucket));
	for (uint32_t i = 0; i < helds; i++)
		sad->held[i].later = i + 1 < helds ? i + 1 : NONE;
	return 0;
}

int sad_create(uint32_t frames, sad_emit *emit, void *context, struct sad **out)
{
	struct sad *sad = calloc(1, sizeof(*sad));

	if (!sad)
		return -ENOMEM;
	sad->emit = emit;
	sad->context = context;
	sad->frames = frames;
	sad->newest = sad->oldest = NONE;
	sad->held_first = sad->held_last = NONE;
	if (allocate(sad)) {
		sad_destroy(sad);
		return -ENOMEM;
	}
	*out = sad;
	return 0;
}

void sad_destroy(struct sad *sad)
{
	if (!sad)
		return;
	free(sad->page);
	free(sad->held);
	free(sad->bucket);
	free(sad);
}

static const char *check_pages(const struct sad *sad)
{
	uint64_t last = sad->now + 1;
	uint32_t count = 0;

	for (uint32_t i = sad->newest; i != NONE; i = sad->page[i].older) {
		const struct page *page = &sad->page[i];

		if (page->last >= last || page->before >= page->last)
			return "pages are not in order of their last use";
		if (find_page(sad, page->vpn) != i)
			return "a page is not in the chain of its hash";
		if (page->held != NONE && sad->held[page->held].page != i)
			return "a page's last reference is another's";
		last = page->last;
		count++;
	}
	if (count != sad->pages || count > sad->frames + 1)
		return "there are more pages, or fewer, than in the list";
	return NULL;
}

static const char *check_held(const struct sad *sad)
{
	uint64_t last = 0;
	uint32_t count = 0;

	for (uint32_t i = sad->held_first; i != NONE; i = sad->held[i].later) {
		uint32_t page = sad->held[i].page;

		if (page != NONE && (sad->page[page].held != i ||
					    sad->page[page].last <= last))
			return "what is held is not in order";
		if (page != NONE)
			last = sad->page[page].last;
		count++;
	}
	if (count != sad->held_count || count > 2 * sad->frames)
		return "more than 2 K references are held back";
	if (count > 0 && !may_go(sad, sad->held_first))
		return "the oldest held could be emitted";
	return NULL;
}

const char *sad_check(const struct sad *sad)
{
	const char *wrong = check_pages(sad);

	return wrong ? wrong : check_held(sad);
}
