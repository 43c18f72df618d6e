/*
 * The product of two matrices, row by row or in blocks.
 *
 *	matrix SEED INNER rows|blocks
 *
 * C = A B, where A has ROWS rows of INNER numbers and B INNER rows of COLUMNS:
 * a batch of vectors through a layer of a network.
 *
 * By rows: for each row of A all of B is read.  In blocks: a block of B, which
 * fits into a small memory, is used for all rows of A before the next one is.
 *
 * The numbers are small and whole, so sums are exact in any order.  The result
 * is checked as Freivalds has it: x C = (x A) B for a vector x that was drawn.
 */
#include <stdbool.h>
#include <string.h>

#include "workloads/programs/workload.h"

enum {
	ROWS = 8,
	COLUMNS = 2048,
	BLOCK_INNER = 64, /* of B: so many rows */
	BLOCK_COLUMNS = 256,
};

struct product {
	float *a, *b, *c; /* [ROWS][inner], [inner][COLUMNS], [ROWS][COLUMNS] */
	size_t inner;
};

static size_t min_of(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void add_scaled(float *restrict sum, float factor,
	const float *restrict numbers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sum[i] += factor * numbers[i];
}

/* Adds to C what the rows FIRST to END - 1 of B give in COUNT columns from
 * COLUMN on. */
static void add_part(const struct product *p, size_t row, size_t first,
	size_t end, size_t column, size_t count)
{
	for (size_t k = first; k < end; k++)
		add_scaled(p->c + row * COLUMNS + column,
			p->a[row * p->inner + k], p->b + k * COLUMNS + column,
			count);
}

static void multiply_rows(const struct product *p)
{
	for (size_t row = 0; row < ROWS; row++)
		add_part(p, row, 0, p->inner, 0, COLUMNS);
}

static void multiply_blocks(const struct product *p)
{
	for (size_t k = 0; k < p->inner; k += BLOCK_INNER)
		for (size_t j = 0; j < COLUMNS; j += BLOCK_COLUMNS)
			for (size_t row = 0; row < ROWS; row++)
				add_part(p, row, k,
					min_of(k + BLOCK_INNER, p->inner), j,
					BLOCK_COLUMNS);
}

/* Numbers from 0 to 7. */
static void fill(float *numbers, size_t count, uint64_t *random)
{
	uint64_t digits = 0;

	for (size_t i = 0; i < count; i++, digits >>= 3) {
		if (i % 16 == 0)
			digits = draw(random);
		numbers[i] = digits & 7;
	}
}

/* x C = (x A) B? */
static bool verify(const struct product *p, uint64_t *random)
{
	float *xa = map_named(p->inner * sizeof(*xa), "check");
	float x[ROWS], xc[COLUMNS] = {0}, xab[COLUMNS] = {0};

	SELFPAGE_MARK("verify");
	fill(x, ROWS, random);
	for (size_t row = 0; row < ROWS; row++) {
		add_scaled(xa, x[row], p->a + row * p->inner, p->inner);
		add_scaled(xc, x[row], p->c + row * COLUMNS, COLUMNS);
	}
	for (size_t k = 0; k < p->inner; k++)
		add_scaled(xab, xa[k], p->b + k * COLUMNS, COLUMNS);
	return memcmp(xc, xab, sizeof(xc)) == 0;
}

int main(int argc, char **argv)
{
	uint64_t random = read_argument(argc, argv, 1), sum = 0;
	struct product p = {.inner = read_argument(argc, argv, 2)};
	const char *how = argc == 4 ? argv[3] : "";
	size_t row_bytes = COLUMNS * sizeof(float);
	bool right;

	if (strcmp(how, "rows") != 0 && strcmp(how, "blocks") != 0) {
		fputs("matrix: expected SEED INNER rows|blocks\n", stderr);
		return 2;
	}
	p.a = map_named(ROWS * p.inner * sizeof(float), "matrix_a");
	p.b = map_named(p.inner * row_bytes, "matrix_b");
	p.c = map_named(ROWS * row_bytes, "matrix_c");
	SELFPAGE_MARK("fill");
	fill(p.a, ROWS * p.inner, &random);
	fill(p.b, p.inner * COLUMNS, &random);
	SELFPAGE_MARK("multiply");
	if (!strcmp(how, "rows"))
		multiply_rows(&p);
	else
		multiply_blocks(&p);
	right = verify(&p, &random);
	for (size_t i = 0; i < ROWS * COLUMNS; i++)
		sum = sum * 31 + (uint64_t)p.c[i];
	printf("%zu x %d x %d, checksum %016llx: %s\n", (size_t)ROWS,
		(int)p.inner, COLUMNS, (unsigned long long)sum,
		right ? "right" : "WRONG");
	return !right;
}
