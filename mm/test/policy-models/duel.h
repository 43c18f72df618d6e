/*
 * LeCaR: what is known of each page, and walks over all of them.  Weights are
 * kept as logarithms of what each expert has lost.
 */
struct duel_page {
	uint64_t used, uses, evicted;
	int history; /* 0: LRU's, 1: LFU's; -1: in none */
	bool held;
};

struct duel_model {
	struct duel_page pages[ROW_MAX];
	struct row history[2];
	uint64_t now, lots;
	uint32_t frames, pages_used, held;
	double weight[2], rate, half, most;
};

static void duel_open(void *state, const struct model_config *config)
{
	struct duel_model *duel = state;
	uint32_t i;

	duel->frames = config->frames;
	duel->pages_used = config->pages;
	duel->lots = POLICY_SEED;
	duel->weight[0] = duel->weight[1] = 0.5;
	duel->rate = config->values[0];
	duel->half = log(config->values[1]) / config->frames;
	duel->most = (uint32_t)(config->values[2] * config->frames);
	if (duel->most < 1)
		duel->most = 1;
	for (i = 0; i < ROW_MAX; i++)
		duel->pages[i].history = -1;
}

/* The page that expert 0, LRU, or 1, LFU, would evict. */
static uint32_t duel_choose(const struct duel_model *duel, int expert)
{
	const struct duel_page *pages = duel->pages;
	uint32_t chosen = ROW_NONE, i;

	for (i = 0; i < duel->pages_used; i++) {
		if (!pages[i].held)
			continue;
		if (chosen == ROW_NONE ||
			(expert && pages[i].uses < pages[chosen].uses) ||
			((!expert || pages[i].uses == pages[chosen].uses) &&
				pages[i].used < pages[chosen].used))
			chosen = i;
	}
	return chosen;
}

/* UPDATEWEIGHT of the paper. */
static void duel_learn(struct duel_model *duel, uint32_t page)
{
	int expert = duel->pages[page].history;
	double since = duel->now - duel->pages[page].evicted, sum;

	duel->weight[!expert] *= exp(duel->rate * exp(duel->half * since));
	sum = duel->weight[0] + duel->weight[1];
	duel->weight[0] /= sum;
	duel->weight[1] /= sum;
	for (expert = 0; expert < 2; expert++)
		if (duel->weight[expert] >= 0.99) {
			duel->weight[expert] = 0.99;
			duel->weight[!expert] = 0.01;
		}
}

static uint32_t duel_make_room(struct duel_model *duel)
{
	uint32_t lru = duel_choose(duel, 0), lfu = duel_choose(duel, 1), gone;
	double lot = policy_draw(&duel->lots, 1U << 31) / 2147483648.0;
	int expert = lot < duel->weight[0] ? 0 : 1;

	gone = expert ? lfu : lru;
	duel->pages[gone].held = false;
	duel->pages[gone].evicted = duel->now;
	if (lru == lfu)
		return gone;
	if (duel->history[expert].count == duel->most)
		duel->pages[row_take(&duel->history[expert], 0)].history = -1;
	row_push(&duel->history[expert], gone);
	duel->pages[gone].history = expert;
	return gone;
}

static uint32_t duel_use(void *state, uint32_t page)
{
	struct duel_model *duel = state;
	struct duel_page *known = &duel->pages[page];
	uint32_t gone = DRIVE_HIT;

	duel->now++;
	if (!known->held) {
		gone = DRIVE_ROOM;
		if (known->history < 0) {
			known->uses = 0;
		} else {
			duel_learn(duel, page);
			row_drop(&duel->history[known->history], page);
			known->history = -1;
		}
		if (duel->held == duel->frames)
			gone = duel_make_room(duel);
		else
			duel->held++;
		known->held = true;
	}
	known->uses++;
	known->used = duel->now;
	return gone;
}
