/* LRU-K: the last K times of all pages, and a walk for the oldest K-th. */
struct lruk_model {
	struct row held, history;
	uint64_t hist[ROW_MAX][16]; /* the latest first; 0: never */
	uint64_t time;
	uint32_t frames, k, history_most;
};

static void lruk_open(void *state, const struct model_config *config)
{
	struct lruk_model *lruk = state;

	lruk->frames = config->frames;
	lruk->k = config->values[0];
	lruk->history_most = config->values[1] * config->frames;
	if (!lruk->history_most)
		lruk->history_most = 1;
}

/* Has A a larger backward K-distance than B? */
static bool lruk_is_older(const struct lruk_model *lruk, uint32_t a, uint32_t b)
{
	uint64_t kth_a = lruk->hist[a][lruk->k - 1];
	uint64_t kth_b = lruk->hist[b][lruk->k - 1];

	if (kth_a == kth_b) /* infinite, both */
		return lruk->hist[a][0] < lruk->hist[b][0];
	return kth_a < kth_b;
}

static uint32_t lruk_evict_one(struct lruk_model *lruk)
{
	uint32_t victim = lruk->held.page[0], i;

	for (i = 1; i < lruk->held.count; i++)
		if (lruk_is_older(lruk, lruk->held.page[i], victim))
			victim = lruk->held.page[i];
	row_drop(&lruk->held, victim);
	if (lruk->history.count == lruk->history_most)
		row_take(&lruk->history, 0);
	row_push(&lruk->history, victim);
	return victim;
}

static uint32_t lruk_use(void *state, uint32_t page)
{
	struct lruk_model *lruk = state;
	uint32_t gone = DRIVE_HIT, i;

	if (!row_has(&lruk->held, page)) {
		gone = DRIVE_ROOM;
		if (lruk->held.count == lruk->frames)
			gone = lruk_evict_one(lruk);
		if (!row_has(&lruk->history, page))
			for (i = 0; i < lruk->k; i++)
				lruk->hist[page][i] = 0;
		row_drop(&lruk->history, page);
		row_push(&lruk->held, page);
	}
	for (i = lruk->k - 1; i; i--)
		lruk->hist[page][i] = lruk->hist[page][i - 1];
	lruk->hist[page][0] = ++lruk->time;
	return gone;
}
