/*
 * How often keys were used lately, about: a count-min sketch with ageing.
 *
 * ROWS rows of counters; a key has one in each row, and its count is the least
 * of them, as others may share some.  Only those that are the least are raised
 * ("minimal increment").  After `sample` uses all counters are halved.
 */
#ifndef MM_POLICY_SKETCH_H
#define MM_POLICY_SKETCH_H

#include <stdint.h>

enum { SKETCH_ROWS = 4, SKETCH_COUNT_MAX = 15 };

struct sketch {
	uint8_t *counts; /* [SKETCH_ROWS * (mask + 1)] */
	uint32_t mask;
	uint64_t uses, sample;
};

/* For so many keys that matter at a time.  0 or -ENOMEM. */
int sketch_init(struct sketch *sketch, uint32_t keys, uint64_t sample);
void sketch_fini(struct sketch *sketch);
void sketch_note(struct sketch *sketch, uint64_t key);
unsigned sketch_count(const struct sketch *sketch, uint64_t key);

#endif
