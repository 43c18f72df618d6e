/* A count-min sketch with ageing: see sketch.h. */
#include "mm/policy/sketch.h"

#include <errno.h>
#include <stdlib.h>

#include "mm/policy/keys.h"

int sketch_init(struct sketch *sketch, uint32_t keys, uint64_t sample)
{
	uint64_t width = 16;

	while (width < keys)
		width *= 2;
	*sketch = (struct sketch){
		.counts = calloc(SKETCH_ROWS, width),
		.mask = width - 1,
		.sample = sample,
	};
	return sketch->counts ? 0 : -ENOMEM;
}

void sketch_fini(struct sketch *sketch)
{
	free(sketch->counts);
}

static uint8_t *counter(const struct sketch *sketch, unsigned row, uint64_t key)
{
	uint64_t hash = keys_hash(key + row);

	return &sketch->counts[row * ((uint64_t)sketch->mask + 1) +
			       (hash & sketch->mask)];
}

unsigned sketch_count(const struct sketch *sketch, uint64_t key)
{
	unsigned least = SKETCH_COUNT_MAX, row;

	for (row = 0; row < SKETCH_ROWS; row++)
		if (*counter(sketch, row, key) < least)
			least = *counter(sketch, row, key);
	return least;
}

static void halve(struct sketch *sketch)
{
	uint64_t counters = SKETCH_ROWS * ((uint64_t)sketch->mask + 1);
	uint64_t i;

	for (i = 0; i < counters; i++)
		sketch->counts[i] /= 2;
	sketch->uses /= 2;
}

void sketch_note(struct sketch *sketch, uint64_t key)
{
	unsigned least = sketch_count(sketch, key), row;

	for (row = 0; row < SKETCH_ROWS && least < SKETCH_COUNT_MAX; row++)
		if (*counter(sketch, row, key) == least)
			(*counter(sketch, row, key))++;
	if (++sketch->uses >= sketch->sample)
		halve(sketch);
}
