/*
 * W-TinyLFU: rows, and a sketch whose counters are found anew each time.  Its
 * hash is the policy's: which pages share counters must be the same.
 */
#include "mm/policy/keys.h"

struct tinylfu_model {
	struct row window, probationary, protected;
	uint32_t count[4][ROW_MAX];
	uint32_t width, frames, window_most, protected_most;
	double uses, sample;
};

static void tinylfu_open(void *state, const struct model_config *config)
{
	struct tinylfu_model *lfu = state;

	lfu->frames = config->frames;
	lfu->window_most = config->values[0] * config->frames;
	if (!lfu->window_most)
		lfu->window_most = 1;
	lfu->protected_most =
		config->values[1] * (config->frames - lfu->window_most);
	lfu->sample = (uint32_t)(config->values[2] * config->frames);
	for (lfu->width = 16; lfu->width < config->frames;)
		lfu->width *= 2;
}

static uint32_t *tinylfu_at(struct tinylfu_model *lfu, int row, uint32_t page)
{
	return &lfu->count[row][keys_hash((uint64_t)page + row) % lfu->width];
}

static uint32_t tinylfu_estimate(struct tinylfu_model *lfu, uint32_t page)
{
	uint32_t least = UINT32_MAX;
	int row;

	for (row = 0; row < 4; row++)
		if (*tinylfu_at(lfu, row, page) < least)
			least = *tinylfu_at(lfu, row, page);
	return least;
}

static void tinylfu_add(struct tinylfu_model *lfu, uint32_t page)
{
	uint32_t least = tinylfu_estimate(lfu, page), i;
	int row;

	for (row = 0; row < 4; row++)
		if (least < 15 && *tinylfu_at(lfu, row, page) == least)
			*tinylfu_at(lfu, row, page) += 1;
	if (++lfu->uses < lfu->sample)
		return;
	for (row = 0; row < 4; row++)
		for (i = 0; i < ROW_MAX; i++)
			lfu->count[row][i] /= 2;
	lfu->uses = (uint32_t)(lfu->uses / 2);
}

static void tinylfu_hit(struct tinylfu_model *lfu, uint32_t page)
{
	if (row_has(&lfu->window, page)) {
		row_drop(&lfu->window, page);
		row_push(&lfu->window, page);
		return;
	}
	row_drop(&lfu->probationary, page);
	row_drop(&lfu->protected, page);
	row_push(&lfu->protected, page);
	if (lfu->protected.count > lfu->protected_most)
		row_push(&lfu->probationary, row_take(&lfu->protected, 0));
}

/* The new page is in the window; the memory holds one page too many. */
static uint32_t tinylfu_decide(struct tinylfu_model *lfu, uint32_t candidate)
{
	struct row *main =
		lfu->probationary.count ? &lfu->probationary : &lfu->protected;

	if (!main->count || tinylfu_estimate(lfu, candidate) <=
				    tinylfu_estimate(lfu, main->page[0]))
		return candidate;
	row_push(&lfu->probationary, candidate);
	return row_take(main, 0);
}

static uint32_t tinylfu_use(void *state, uint32_t page)
{
	struct tinylfu_model *lfu = state;
	uint32_t held = lfu->window.count + lfu->probationary.count +
			lfu->protected.count;
	uint32_t candidate;

	tinylfu_add(lfu, page);
	if (row_has(&lfu->window, page) || row_has(&lfu->probationary, page) ||
		row_has(&lfu->protected, page)) {
		tinylfu_hit(lfu, page);
		return DRIVE_HIT;
	}
	row_push(&lfu->window, page);
	if (lfu->window.count <= lfu->window_most)
		return DRIVE_ROOM;
	candidate = row_take(&lfu->window, 0);
	if (held == lfu->frames)
		return tinylfu_decide(lfu, candidate);
	row_push(&lfu->probationary, candidate);
	return DRIVE_ROOM;
}
