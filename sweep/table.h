/* A hash table from keys that are hashes themselves to numbers. */
#ifndef SWEEP_TABLE_H
#define SWEEP_TABLE_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

struct table_entry {
	uint64_t key; /* 0: free */
	uint64_t value;
};

/* Open addressing; all 0 is an empty one.  At most half of it is taken. */
struct table {
	struct table_entry *entry; /* [room], a power of two */
	size_t room, count;
};

static inline struct table_entry *table_place(
	const struct table *table, uint64_t key)
{
	size_t at = key & (table->room - 1);

	while (table->entry[at].key && table->entry[at].key != key)
		at = (at + 1) & (table->room - 1);
	return &table->entry[at];
}

/* NULL: it is not there. */
static inline struct table_entry *table_find(
	const struct table *table, uint64_t key)
{
	struct table_entry *entry =
		table->room ? table_place(table, key) : NULL;

	return entry && entry->key ? entry : NULL;
}

static inline int table_grow(struct table *table)
{
	struct table larger = {.room = table->room ? 2 * table->room : 64};
	size_t i;

	larger.entry = calloc(larger.room, sizeof(*larger.entry));
	if (!larger.entry)
		return -ENOMEM;
	for (i = 0; i < table->room; i++)
		if (table->entry[i].key)
			*table_place(&larger, table->entry[i].key) =
				table->entry[i];
	larger.count = table->count;
	free(table->entry);
	*table = larger;
	return 0;
}

/* The entry of KEY, which is not 0; new ones have the value 0.  NULL: no
 * memory.  Good until the next call. */
static inline struct table_entry *table_add(struct table *table, uint64_t key)
{
	struct table_entry *entry;

	if (2 * (table->count + 1) > table->room && table_grow(table))
		return NULL;
	entry = table_place(table, key);
	table->count += !entry->key;
	entry->key = key;
	return entry;
}

static inline void table_free(struct table *table)
{
	free(table->entry);
	*table = (struct table){0};
}

#endif
