/* MGLRU: a number a page, its generation, and of each generation that there
 * is the row of the pages that were put into its list. */
enum { MGLRU_LISTS = 16 };

struct mglru_model {
	struct row list[MGLRU_LISTS]; /* by number % MGLRU_LISTS */
	bool young[ROW_MAX];	      /* by page: the accessed bit */
	bool held[ROW_MAX];
	uint64_t seq[ROW_MAX];
	uint64_t min_seq, max_seq;
	uint32_t frames, pages, count;
	bool bit_at_load;
};

static void mglru_open(void *state, const struct model_config *config)
{
	struct mglru_model *mglru = state;

	mglru->frames = config->frames;
	mglru->pages = config->pages;
	mglru->bit_at_load = config->bit_at_load;
	mglru->max_seq = 1;
}

static struct row *mglru_list(struct mglru_model *mglru, uint64_t seq)
{
	return &mglru->list[seq % MGLRU_LISTS];
}

static uint32_t mglru_size(const struct mglru_model *mglru, uint64_t seq)
{
	uint32_t size = 0, page;

	for (page = 0; page < mglru->pages; page++)
		size += mglru->held[page] && mglru->seq[page] == seq;
	return size;
}

static bool mglru_should_run_aging(const struct mglru_model *mglru)
{
	if (mglru->min_seq + 2 > mglru->max_seq)
		return true;
	if (mglru->min_seq + 2 < mglru->max_seq)
		return false;
	if (mglru_size(mglru, mglru->max_seq) * 2 > mglru->count)
		return true;
	return mglru_size(mglru, mglru->max_seq - 2) * 4 < mglru->count;
}

static void mglru_inc_max_seq(struct mglru_model *mglru)
{
	uint32_t page;

	for (page = 0; page < mglru->pages; page++)
		if (mglru->held[page] && mglru->young[page]) {
			mglru->young[page] = false;
			mglru->seq[page] = mglru->max_seq;
		}
	mglru->max_seq++;
}

static uint32_t mglru_evict_one(struct mglru_model *mglru)
{
	uint32_t page;

	for (;;) {
		while (mglru_should_run_aging(mglru))
			mglru_inc_max_seq(mglru);
		if (!mglru_list(mglru, mglru->min_seq)->count) {
			mglru->min_seq++;
			continue;
		}
		page = row_take(mglru_list(mglru, mglru->min_seq), 0);
		if (mglru->seq[page] == mglru->min_seq && !mglru->young[page])
			return page;
		if (mglru->seq[page] == mglru->min_seq) {
			mglru->young[page] = false;
			mglru->seq[page] = mglru->max_seq;
		}
		row_push(mglru_list(mglru, mglru->seq[page]), page);
	}
}

static uint32_t mglru_use(void *state, uint32_t page)
{
	struct mglru_model *mglru = state;
	uint32_t gone = DRIVE_ROOM;

	if (mglru->held[page]) {
		mglru->young[page] = true;
		return DRIVE_HIT;
	}
	if (mglru->count == mglru->frames) {
		gone = mglru_evict_one(mglru);
		mglru->held[gone] = false;
		mglru->count--;
	}
	mglru->held[page] = true;
	mglru->count++;
	mglru->young[page] = mglru->bit_at_load;
	mglru->seq[page] = mglru->max_seq;
	row_push(mglru_list(mglru, mglru->max_seq), page);
	return gone;
}
