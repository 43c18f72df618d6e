/* MRU: the last use of each page held, and a walk for the latest. */
struct mru_model {
	uint64_t used[ROW_MAX]; /* by page; 0: not held */
	uint64_t time;
	uint32_t frames, pages, held;
};

static void mru_open(void *state, const struct model_config *config)
{
	struct mru_model *mru = state;

	mru->frames = config->frames;
	mru->pages = config->pages;
}

static uint32_t mru_use(void *state, uint32_t page)
{
	struct mru_model *mru = state;
	uint32_t gone = DRIVE_HIT, i, latest = 0;

	if (!mru->used[page]) {
		gone = DRIVE_ROOM;
		mru->held++;
	}
	if (mru->held > mru->frames) {
		for (i = 1; i < mru->pages; i++)
			if (mru->used[i] > mru->used[latest])
				latest = i;
		gone = latest;
		mru->used[gone] = 0;
		mru->held--;
	}
	mru->used[page] = ++mru->time;
	return gone;
}
