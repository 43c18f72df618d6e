/* MQ, as figure 6 of its paper has it: its three procedures. */
struct mq_model {
	struct row queue[16], out;
	uint64_t expires[ROW_MAX]; /* these by page */
	uint32_t reference[ROW_MAX], queue_of[ROW_MAX];
	uint64_t current, life;
	uint32_t frames, held, queues, out_most;
};

static void mq_open(void *state, const struct model_config *config)
{
	struct mq_model *mq = state;

	mq->frames = config->frames;
	mq->queues = config->values[0];
	mq->out_most = config->values[1] * config->frames;
	if (!mq->out_most)
		mq->out_most = 1;
	mq->life = config->values[2] * config->frames;
}

static uint32_t mq_evict_block(struct mq_model *mq)
{
	uint32_t i = 0, victim;

	while (!mq->queue[i].count)
		i++;
	victim = row_take(&mq->queue[i], 0);
	if (mq->out.count == mq->out_most)
		row_take(&mq->out, 0);
	row_push(&mq->out, victim);
	mq->held--;
	return victim;
}

static void mq_adjust(struct mq_model *mq)
{
	uint32_t k, c;

	mq->current++;
	for (k = 1; k < mq->queues; k++) {
		if (!mq->queue[k].count)
			continue;
		c = mq->queue[k].page[0];
		if (mq->expires[c] >= mq->current)
			continue;
		row_take(&mq->queue[k], 0);
		row_push(&mq->queue[k - 1], c);
		mq->queue_of[c] = k - 1;
		mq->expires[c] = mq->current + mq->life;
	}
}

static uint32_t mq_use(void *state, uint32_t page)
{
	struct mq_model *mq = state;
	uint32_t gone = DRIVE_HIT, k = 0;

	if (row_has(&mq->queue[mq->queue_of[page]], page)) {
		row_drop(&mq->queue[mq->queue_of[page]], page);
	} else {
		gone = DRIVE_ROOM;
		if (mq->held == mq->frames)
			gone = mq_evict_block(mq);
		mq->held++;
		if (!row_has(&mq->out, page))
			mq->reference[page] = 0;
		row_drop(&mq->out, page);
	}
	mq->reference[page]++;
	while (2u << k <= mq->reference[page] && k + 1 < mq->queues)
		k++;
	row_push(&mq->queue[k], page);
	mq->queue_of[page] = k;
	mq->expires[page] = mq->current + mq->life;
	mq_adjust(mq);
	return gone;
}
