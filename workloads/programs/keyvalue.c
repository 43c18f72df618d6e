/*
 * A key-value store: an index in memory, and a log of values.
 *
 *	keyvalue SEED KEYS
 *
 * The index is a table of slots, open to the next one; a slot has where in the
 * log its key's value begins.  A new value goes to the log's end, and the old
 * one is dead.  When the log is full, what is alive is copied to another one
 * in the order of the index.
 *
 * Keys are asked for by Zipf's law, one time in ten to be changed.  A value is
 * made of its key and of how often it was changed, so that each that is read
 * can be checked.
 */
#include <stdbool.h>
#include <string.h>

#include "workloads/programs/workload.h"

enum {
	VALUE_MIN = 64, /* bytes */
	VALUE_MAX = 768,
	LOG_A_KEY = 520, /* bytes of log */
	REQUESTS_A_KEY = 8,
	CHANGES = 10, /* one request in so many */
};

struct slot {
	uint64_t key; /* 0: free */
	uint64_t offset;
};

struct record {
	uint64_t key;
	uint32_t version, bytes; /* of the value behind it */
};

struct store {
	struct slot *slots;
	uint64_t slots_mask;
	char *log, *spare;
	size_t log_bytes, log_end;
	unsigned compactions;
};

static uint64_t mix(uint64_t number)
{
	return draw(&number);
}

static struct slot *find_slot(const struct store *store, uint64_t key)
{
	uint64_t at = mix(key);

	while (store->slots[at & store->slots_mask].key &&
		store->slots[at & store->slots_mask].key != key)
		at++;
	return &store->slots[at & store->slots_mask];
}

static size_t size_of(const struct record *record)
{
	return sizeof(*record) + record->bytes;
}

static void compact(struct store *store)
{
	char *full = store->log;

	SELFPAGE_MARK("compact");
	store->log_end = 0;
	for (uint64_t i = 0; i <= store->slots_mask; i++) {
		struct slot *slot = &store->slots[i];
		const struct record *record =
			(const struct record *)(full + slot->offset);

		if (!slot->key)
			continue;
		memcpy(store->spare + store->log_end, record, size_of(record));
		slot->offset = store->log_end;
		store->log_end += size_of(record);
	}
	store->log = store->spare;
	store->spare = full;
	store->compactions++;
	SELFPAGE_MARK("serve");
}

/* Its words, from the first one on, follow from key and version. */
static void make_value(char *value, const struct record *record)
{
	uint64_t word = mix(record->key + record->version);

	for (size_t i = 0; i < record->bytes; i += sizeof(word)) {
		memcpy(value + i, &word, sizeof(word));
		word += record->key;
	}
}

static bool verify_value(const struct record *record)
{
	const char *value = (const char *)(record + 1);
	uint64_t word = mix(record->key + record->version), seen;
	bool right = true;

	for (size_t i = 0; i < record->bytes; i += sizeof(word)) {
		memcpy(&seen, value + i, sizeof(seen));
		right &= seen == word;
		word += record->key;
	}
	return right;
}

static void put(struct store *store, uint64_t key, uint32_t version)
{
	uint32_t drawn = mix(key ^ (uint64_t)version << 32) >> 32;
	struct record record = {.key = key,
		.version = version,
		.bytes = (VALUE_MIN + drawn % (VALUE_MAX - VALUE_MIN)) & ~7u};
	struct slot *slot;

	if (store->log_end + size_of(&record) > store->log_bytes)
		compact(store);
	if (store->log_end + size_of(&record) > store->log_bytes) {
		fputs("keyvalue: the log is full\n", stderr);
		exit(1);
	}
	slot = find_slot(store, key);
	slot->key = key;
	slot->offset = store->log_end;
	memcpy(store->log + store->log_end, &record, sizeof(record));
	make_value(store->log + store->log_end + sizeof(record), &record);
	store->log_end += size_of(&record);
}

/* NULL: there is none. */
static const struct record *get(const struct store *store, uint64_t key)
{
	const struct slot *slot = find_slot(store, key);

	if (!slot->key)
		return NULL;
	return (const struct record *)(store->log + slot->offset);
}

/* Keys say nothing of how often they are asked for. */
static uint64_t key_of(uint32_t number)
{
	return mix(number) | 1;
}

/* Returns how many requests went wrong. */
static uint64_t serve(struct store *store, uint32_t keys, uint64_t *random,
	uint64_t *changes_out)
{
	uint64_t wrong = 0;

	SELFPAGE_MARK("serve");
	for (uint64_t i = 0; i < (uint64_t)keys * REQUESTS_A_KEY; i++) {
		uint64_t key = key_of(draw_zipf(random, keys));
		const struct record *record = get(store, key);

		if (!record || record->key != key) {
			wrong++;
		} else if (draw_below(random, CHANGES) == 0) {
			put(store, key, record->version + 1);
			++*changes_out;
		} else {
			wrong += !verify_value(record);
		}
	}
	return wrong;
}

/* Every key is there, and the changes are those that were made? */
static bool verify(const struct store *store, uint32_t keys, uint64_t changes)
{
	uint64_t seen = 0;

	SELFPAGE_MARK("verify");
	for (uint32_t i = 0; i < keys; i++) {
		const struct record *record = get(store, key_of(i));

		if (!record || !verify_value(record))
			return false;
		seen += record->version;
	}
	return seen == changes;
}

int main(int argc, char **argv)
{
	uint64_t random = read_argument(argc, argv, 1), changes = 0, wrong;
	uint32_t keys = read_argument(argc, argv, 2);
	struct store store = {.slots_mask = 1};
	bool right;

	while (store.slots_mask < keys + keys / 2)
		store.slots_mask = store.slots_mask * 2 + 1;
	store.log_bytes = (size_t)keys * LOG_A_KEY;
	store.slots = map_named(
		(store.slots_mask + 1) * sizeof(*store.slots), "index");
	store.log = map_named(store.log_bytes, "log");
	store.spare = map_named(store.log_bytes, "log_spare");
	SELFPAGE_MARK("load");
	for (uint32_t i = 0; i < keys; i++)
		put(&store, key_of(i), 0);
	wrong = serve(&store, keys, &random, &changes);
	right = !wrong && verify(&store, keys, changes);
	printf("%u keys, %llu changes, %u compactions, log ends at %zu: %s\n",
		keys, (unsigned long long)changes, store.compactions,
		store.log_end, right ? "right" : "WRONG");
	return !right;
}
