/* The store for tests: see memory-store.h. */
#include "mm/test/memory-store.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct memory_page *page_of(
	struct store *store, const struct page_io *io)
{
	if (io->offset >= MEMORY_PAGES || io->bytes != REAL_PAGE_BYTES) {
		fprintf(stderr, "memory store: a page that it does not have\n");
		abort();
	}
	return &((struct memory_store *)store)->pages[io->offset];
}

static void begin(struct store *store, struct memory_page *page)
{
	if (__atomic_exchange_n(&page->busy, 1, __ATOMIC_RELAXED)) {
		fprintf(stderr, "memory store: one page twice at a time\n");
		abort();
	}
	if (((struct memory_store *)store)->dawdles) {
		if ((page->ins + page->outs) % 16)
			sched_yield();
		else
			usleep(50);
	}
}

static void end(struct store *store, struct memory_page *page)
{
	struct memory_store *memory = (struct memory_store *)store;
	void (*meanwhile)(void *whom) = memory->meanwhile;

	if (meanwhile) {
		memory->meanwhile = NULL;
		meanwhile(memory->whom);
	}
	__atomic_store_n(&page->busy, 0, __ATOMIC_RELAXED);
}

static void add(uint64_t *sum)
{
	if (sum)
		__atomic_fetch_add(sum, 1, __ATOMIC_RELAXED);
}

static int memory_page_in(struct store *store, const struct page_io *io)
{
	struct memory_page *page = page_of(store, io);
	int found = page->written ? STORE_DATA : STORE_ZERO;
	int error = __atomic_load_n(&page->fail_in, __ATOMIC_RELAXED);

	begin(store, page);
	if (error) {
		/* what a failed read leaves behind must not be seen */
		memset(io->data, 0xee, io->bytes);
		found = error;
	} else {
		memcpy(io->data, page->words, io->bytes);
		page->ins++;
		add(((struct memory_store *)store)->ins);
	}
	end(store, page);
	return found;
}

static int memory_page_out(struct store *store, const struct page_io *io)
{
	struct memory_page *page = page_of(store, io);
	int error = __atomic_load_n(&page->fail_out, __ATOMIC_RELAXED);

	begin(store, page);
	if (!error) {
		memcpy(page->words, io->data, io->bytes);
		page->written = true;
		page->outs++;
		add(((struct memory_store *)store)->outs);
	}
	end(store, page);
	return error;
}

static void memory_page_out_many(
	struct store *store, struct page_out *outs, unsigned count)
{
	unsigned i;

	if (!count || count > PAGE_OUTS_MAX) {
		fprintf(stderr, "memory store: none, or too many at a time\n");
		abort();
	}
	for (i = 0; i < count; i++)
		outs[i].error = memory_page_out(store, &outs[i].io);
	__atomic_fetch_add(
		&((struct memory_store *)store)->batches, 1, __ATOMIC_RELAXED);
}

static int memory_sync(struct store *store)
{
	struct memory_store *memory = (struct memory_store *)store;

	__atomic_fetch_add(&memory->syncs, 1, __ATOMIC_RELAXED);
	return memory->fail_sync;
}

static const struct store_ops memory_ops = {
	.page_in = memory_page_in,
	.page_out = memory_page_out,
	.sync = memory_sync,
};

static const struct store_ops many_ops = {
	.page_in = memory_page_in,
	.page_out = memory_page_out,
	.page_out_many = memory_page_out_many,
	.sync = memory_sync,
};

static void memory_destroy(struct store *store)
{
	free(store);
}

static const struct store_ops opened_ops = {
	.page_in = memory_page_in,
	.page_out = memory_page_out,
	.sync = memory_sync,
	.destroy = memory_destroy,
};

int memory_store_open(struct btree_pool *pool, bool blocking, bool dawdles,
	struct store **out)
{
	struct memory_store *memory = malloc(sizeof(*memory));

	if (!memory)
		return -ENOMEM;
	memory_store_init(memory, pool, blocking);
	memory->store.ops = &opened_ops;
	memory->dawdles = dawdles;
	*out = &memory->store;
	return 0;
}

void memory_store_init(
	struct memory_store *memory, struct btree_pool *pool, bool blocking)
{
	memset(memory, 0, sizeof(*memory));
	store_init(&memory->store, &memory_ops, pool, blocking);
}

void memory_store_many(struct memory_store *memory)
{
	memory->store.ops = &many_ops;
}

void memory_store_fill(struct memory_store *memory)
{
	unsigned page, word;

	for (page = 0; page < MEMORY_PAGES; page++) {
		memory->pages[page].written = true;
		for (word = 0; word < REAL_WORDS; word++)
			memory->pages[page].words[word] = page * 10 + word;
	}
}

uint32_t memory_store_ins(const struct memory_store *memory)
{
	uint32_t page, sum = 0;

	for (page = 0; page < MEMORY_PAGES; page++)
		sum += memory->pages[page].ins;
	return sum;
}

uint32_t memory_store_outs(const struct memory_store *memory)
{
	uint32_t page, sum = 0;

	for (page = 0; page < MEMORY_PAGES; page++)
		sum += memory->pages[page].outs;
	return sum;
}
