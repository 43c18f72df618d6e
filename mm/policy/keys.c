/* Keys and their slots: see keys.h. */
#include "mm/policy/keys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int keys_init(struct keys *keys, uint32_t capacity)
{
	uint64_t chains = 16;

	while (chains < capacity)
		chains *= 2;
	*keys = (struct keys){
		.mask = chains - 1,
		.capacity = capacity,
		.key = calloc((size_t)capacity + 1, sizeof(*keys->key)),
		.next = calloc((size_t)capacity + 1, sizeof(*keys->next)),
		.first = calloc(chains, sizeof(*keys->first)),
	};
	if (keys->key && keys->next && keys->first)
		return 0;
	keys_fini(keys);
	return -ENOMEM;
}

void keys_fini(struct keys *keys)
{
	free(keys->key);
	free(keys->next);
	free(keys->first);
	memset(keys, 0, sizeof(*keys));
}

static uint32_t *chain_of(const struct keys *keys, uint64_t key)
{
	return &keys->first[keys_hash(key) & keys->mask];
}

uint32_t keys_find(const struct keys *keys, uint64_t key)
{
	uint32_t at = *chain_of(keys, key);

	while (at && keys->key[at - 1] != key)
		at = keys->next[at - 1];
	return at ? at - 1 : FRAME_NONE;
}

uint32_t keys_add(struct keys *keys, uint64_t key)
{
	uint32_t *chain = chain_of(keys, key);
	uint32_t slot;

	if (keys->free) {
		slot = keys->free - 1;
		keys->free = keys->next[slot];
	} else {
		slot = keys->used++;
	}
	keys->key[slot] = key;
	keys->next[slot] = *chain;
	*chain = slot + 1;
	keys->size++;
	return slot;
}

void keys_remove(struct keys *keys, uint32_t slot)
{
	uint32_t *at = chain_of(keys, keys->key[slot]);

	while (*at != slot + 1)
		at = &keys->next[*at - 1];
	*at = keys->next[slot];
	keys->next[slot] = keys->free;
	keys->free = slot + 1;
	keys->size--;
}

const char *keys_check(const struct keys *keys)
{
	uint32_t taken = 0, idle = 0;
	uint32_t at, slot;

	for (at = keys->free; at && idle <= keys->used; idle++)
		at = keys->next[at - 1];
	if (keys->used > keys->capacity || keys->size + idle != keys->used)
		return "keys: slots are lost";
	/* each key leads to its own slot: so there is no other of that key */
	for (slot = 0; slot < keys->used; slot++)
		taken += keys_find(keys, keys->key[slot]) == slot;
	if (taken != keys->size)
		return "keys: a key that is not found";
	return NULL;
}
