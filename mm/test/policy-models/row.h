/*
 * What the models of policies are made of: a row of pages, the oldest first.
 * All is found by a walk.  A program that includes this includes
 * mm/test/policy-drive.h first.
 */
#ifndef MM_TEST_POLICY_MODELS_ROW_H
#define MM_TEST_POLICY_MODELS_ROW_H

enum { ROW_MAX = 4096 };

struct row {
	uint32_t page[ROW_MAX];
	uint32_t count;
};

#define ROW_NONE UINT32_MAX

/* Where PAGE stands; ROW_NONE: nowhere. */
static inline uint32_t row_find(const struct row *row, uint32_t page)
{
	uint32_t i;

	for (i = 0; i < row->count; i++)
		if (row->page[i] == page)
			return i;
	return ROW_NONE;
}

static inline bool row_has(const struct row *row, uint32_t page)
{
	return row_find(row, page) != ROW_NONE;
}

static inline void row_push(struct row *row, uint32_t page)
{
	assert_true(row->count < ROW_MAX);
	row->page[row->count++] = page;
}

/* Takes out what stands at I. */
static inline uint32_t row_take(struct row *row, uint32_t i)
{
	uint32_t page = row->page[i];

	assert_true(i < row->count);
	for (row->count--; i < row->count; i++)
		row->page[i] = row->page[i + 1];
	return page;
}

/* Takes PAGE out, if it is there. */
static inline void row_drop(struct row *row, uint32_t page)
{
	uint32_t i = row_find(row, page);

	if (i != ROW_NONE)
		row_take(row, i);
}

/* Of what a model is made: the drive's. */
struct model_config {
	uint32_t frames, pages;
	bool bit_at_load;
	const double *values; /* of the policy's parameters; never NULL */
};

#endif
