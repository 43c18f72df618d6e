/* The backend for tests: see real-backend.h. */
#include "mm/test/real-backend.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mm/policy.h"

int real_init(struct real *real, uint32_t frames, uint32_t pages,
	struct as *const *spaces, uint32_t spaces_count)
{
	*real = (struct real){
		.words = calloc(frames, REAL_PAGE_BYTES),
		.table = calloc(
			(size_t)pages * spaces_count, sizeof(*real->table)),
		.spaces = spaces,
		.spaces_count = spaces_count,
		.pages = pages,
	};
	pthread_mutex_init(&real->lock, NULL);
	if (real->words && real->table)
		return 0;
	real_fini(real);
	return -ENOMEM;
}

void real_fini(struct real *real)
{
	pthread_mutex_destroy(&real->lock);
	free(real->words);
	free(real->table);
}

static void refuse(const char *what)
{
	fprintf(stderr, "real backend: %s\n", what);
	abort();
}

uint32_t real_translate(void *backend, struct as *as, uint64_t page)
{
	struct real *real = backend;
	uint32_t space;

	for (space = 0; space < real->spaces_count; space++)
		if (real->spaces[space] == as && page < real->pages)
			return space * real->pages + page;
	return TRANSLATION_NONE;
}

static struct real_entry *entry_of(
	struct real *real, const struct mapping *mapping)
{
	if (mapping->translation !=
		real_translate(real, mapping->as, mapping->page))
		refuse("a mapping with another's translation");
	return &real->table[mapping->translation];
}

static void *real_data(void *backend, uint32_t frame)
{
	return &((struct real *)backend)->words[(size_t)frame * REAL_WORDS];
}

static void real_map(void *backend, const struct mapping *mapping,
	uint32_t frame, unsigned protection)
{
	struct real *real = backend;
	struct real_entry *entry;

	pthread_mutex_lock(&real->lock);
	entry = entry_of(real, mapping);
	if (entry->protection)
		refuse("mapped over a mapping, whose bits are lost");
	*entry = (struct real_entry){frame, protection, BIT_REFERENCED};
	real->mapped++;
	pthread_mutex_unlock(&real->lock);
}

static unsigned real_unmap(void *backend, const struct mapping *mapping)
{
	struct real *real = backend;
	struct real_entry *entry;
	unsigned bits;

	pthread_mutex_lock(&real->lock);
	entry = entry_of(real, mapping);
	if (!entry->protection)
		refuse("unmapped what was not mapped");
	bits = entry->bits;
	*entry = (struct real_entry){0};
	real->mapped--;
	pthread_mutex_unlock(&real->lock);
	return bits;
}

static void real_unmap_many(
	void *backend, struct unmapping *unmappings, unsigned count)
{
	struct real *real = backend;
	unsigned i;

	if (!count || count > UNMAPPINGS_MAX)
		refuse("unmapped none, or too many at a time");
	for (i = 0; i < count; i++) {
		if (real->table[unmappings[i].mapping->translation].frame !=
			unmappings[i].frame)
			refuse("unmapped another frame");
		unmappings[i].bits = real_unmap(real, unmappings[i].mapping);
	}
	real->batches++;
}

static unsigned real_harvest(void *backend, const struct mapping *mapping)
{
	struct real *real = backend;
	struct real_entry *entry;
	unsigned bits;

	pthread_mutex_lock(&real->lock);
	entry = entry_of(real, mapping);
	if (!entry->protection)
		refuse("harvested what is not mapped");
	bits = entry->bits;
	entry->bits &= ~BIT_REFERENCED;
	pthread_mutex_unlock(&real->lock);
	return bits;
}

static void real_prefetch(void *backend, const struct mapping *mapping)
{
	(void)backend;
	(void)mapping;
}

bool real_access(struct real *real, struct as *as, uint64_t page,
	unsigned access, unsigned word, uint64_t *value)
{
	uint32_t at = real_translate(real, as, page);
	struct real_entry *entry = &real->table[at];
	uint64_t *place;
	bool done;

	if (at == TRANSLATION_NONE)
		return false;
	pthread_mutex_lock(&real->lock);
	done = entry->protection && !(access & ~entry->protection);
	if (done) {
		place = (uint64_t *)real_data(real, entry->frame) + word;
		entry->bits |= BIT_REFERENCED;
		if (access & PROTECT_WRITE) {
			entry->bits |= real->no_dirty_bits ? 0 : BIT_DIRTY;
			*place = *value;
		} else {
			*value = *place;
		}
	}
	pthread_mutex_unlock(&real->lock);
	return done;
}

uint32_t real_frame(struct real *real, struct as *as, uint64_t page)
{
	uint32_t at = real_translate(real, as, page);
	uint32_t frame;

	pthread_mutex_lock(&real->lock);
	frame = real->table[at].protection ? real->table[at].frame : FRAME_NONE;
	pthread_mutex_unlock(&real->lock);
	return frame;
}

const struct physmem_ops real_ops = {
	.data = real_data,
	.map = real_map,
	.unmap = real_unmap,
	.unmap_many = real_unmap_many,
	.harvest = real_harvest,
	.prefetch = real_prefetch,
	.translate = real_translate,
};
