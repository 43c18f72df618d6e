/* 2Q, the full version: the paper's two procedures. */
struct twoq_model {
	struct row a1in, a1out, am;
	uint32_t frames, kin, kout;
};

static void twoq_open(void *state, const struct model_config *config)
{
	struct twoq_model *twoq = state;

	twoq->frames = config->frames;
	twoq->kin = config->frames * config->values[0];
	twoq->kout = config->frames * config->values[1];
	if (!twoq->kin)
		twoq->kin = 1;
	if (!twoq->kout)
		twoq->kout = 1;
}

static uint32_t twoq_reclaim(struct twoq_model *twoq)
{
	uint32_t page;

	if (twoq->a1in.count + twoq->am.count < twoq->frames)
		return DRIVE_ROOM;
	if (twoq->a1in.count <= twoq->kin && twoq->am.count)
		return row_take(&twoq->am, 0);
	page = row_take(&twoq->a1in, 0);
	row_push(&twoq->a1out, page);
	if (twoq->a1out.count > twoq->kout)
		row_take(&twoq->a1out, 0);
	return page;
}

static uint32_t twoq_use(void *state, uint32_t page)
{
	struct twoq_model *twoq = state;
	uint32_t gone;

	if (row_has(&twoq->am, page)) {
		row_drop(&twoq->am, page);
		row_push(&twoq->am, page);
		return DRIVE_HIT;
	}
	if (row_has(&twoq->a1out, page)) {
		row_drop(&twoq->a1out, page);
		gone = twoq_reclaim(twoq);
		row_push(&twoq->am, page);
		return gone;
	}
	if (row_has(&twoq->a1in, page))
		return DRIVE_HIT;
	gone = twoq_reclaim(twoq);
	row_push(&twoq->a1in, page);
	return gone;
}
