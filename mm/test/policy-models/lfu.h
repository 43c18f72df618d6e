/* LFU-DA: a key a page, and a walk for the least one. */
struct lfu_model {
	struct row held; /* by last use */
	uint64_t uses[ROW_MAX], key[ROW_MAX];
	uint64_t age;
	uint32_t frames;
	bool plain;
};

static void lfu_open(void *state, const struct model_config *config)
{
	struct lfu_model *lfu = state;

	lfu->frames = config->frames;
	lfu->plain = config->values[0] != 0;
}

static uint32_t lfu_use(void *state, uint32_t page)
{
	struct lfu_model *lfu = state;
	uint32_t gone = DRIVE_HIT, i, least = 0;

	if (!row_has(&lfu->held, page)) {
		gone = DRIVE_ROOM;
		lfu->uses[page] = 0;
	}
	if (gone == DRIVE_ROOM && lfu->held.count == lfu->frames) {
		for (i = 1; i < lfu->held.count; i++)
			if (lfu->key[lfu->held.page[i]] <
				lfu->key[lfu->held.page[least]])
				least = i;
		gone = row_take(&lfu->held, least);
		lfu->age = lfu->plain ? 0 : lfu->key[gone];
	}
	row_drop(&lfu->held, page);
	row_push(&lfu->held, page);
	lfu->key[page] = ++lfu->uses[page] + lfu->age;
	return gone;
}
