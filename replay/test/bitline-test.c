/* Lines of bits against an array of them, over one level of counts and over
 * two. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>

#include "replay/bitline.h"

static uint64_t draw(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Every answer there is, by one walk over the array. */
static void compare(const struct bitline *line, const bool *bits)
{
	uint32_t from = line->set, k = 0, last = 0;

	for (uint32_t bit = 0; bit < line->bits; bit++) {
		assert_int_equal(bitline_test(line, bit), bits[bit]);
		assert_int_equal(bitline_count_from(line, bit), from);
		if (!bits[bit])
			continue;
		assert_int_equal(bitline_select(line, k++), bit);
		assert_int_equal(bitline_next(line, last), bit);
		assert_int_equal(bitline_next(line, bit), bit);
		last = bit + 1;
		from--;
	}
	assert_int_equal(bitline_next(line, last), BITLINE_NONE);
	assert_int_equal(bitline_select(line, k), BITLINE_NONE);
	assert_null(bitline_check(line));
}

/* Leaves out places at random, with the bits on them; the rest of them come
 * together from some place on. */
static void pack(struct bitline *line, bool *bits, uint64_t *seed)
{
	uint32_t to = draw(seed) % 64;
	uint64_t mask = 0;

	for (uint32_t bit = 0; bit < 64; bit++)
		bits[bit] = false;
	bitline_pack(line, 0, 0, 0);
	for (uint32_t bit = 64; bit < line->bits; bit++) {
		bool set = bits[bit];

		if (bit % 64 == 0)
			mask = draw(seed) & draw(seed);
		bits[bit] = false;
		if (mask >> bit % 64 & 1)
			bits[to++] = set;
		if (bit % 64 == 63)
			bitline_pack(line, bit / 64, mask,
				to - __builtin_popcountll(mask));
	}
	bitline_recount(line);
}

static void run(uint64_t seed, uint32_t size, uint32_t steps)
{
	struct bitline line;
	bool *bits;

	assert_int_equal(bitline_init(&line, size), 0);
	assert_true(line.bits >= size);
	bits = calloc(line.bits, sizeof(*bits));
	assert_non_null(bits);
	compare(&line, bits);
	for (uint32_t i = 0; i < steps; i++) {
		/* crowded here, empty there */
		uint32_t bit = draw(&seed) % (1u << draw(&seed) % 25);

		bit = draw(&seed) % 4 ? bit % line.bits
				      : line.bits - 1 - bit % line.bits;
		if (bits[bit])
			bitline_clear(&line, bit);
		else
			bitline_set(&line, bit);
		bits[bit] = !bits[bit];
	}
	compare(&line, bits);
	line.wide = false;
	compare(&line, bits);
	pack(&line, bits, &seed);
	compare(&line, bits);
	bitline_clear_all(&line);
	for (uint32_t bit = 0; bit < line.bits; bit++)
		bits[bit] = false;
	compare(&line, bits);
	bitline_fini(&line);
	free(bits);
}

static void test_small(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed < 9; seed++)
		run(seed, 1 + seed * 100, 3000);
}

static void test_levels(void **state)
{
	(void)state;
	run(9, 1 << 18, 100000); /* 16 lines: one level */
	run(10, 600000, 200000); /* two */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_small),
		cmocka_unit_test(test_levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
