/* SIEVE, as algorithm 1 of its paper has it; the row's end is the head. */
struct sieve_model {
	struct row queue;
	bool visited[ROW_MAX]; /* by page */
	uint32_t frames, hand; /* hand: a page; ROW_NONE: null */
	bool bit_at_load;
};

static void sieve_open(void *state, const struct model_config *config)
{
	struct sieve_model *sieve = state;

	sieve->frames = config->frames;
	sieve->bit_at_load = config->bit_at_load;
	sieve->hand = ROW_NONE;
}

static uint32_t sieve_previous(const struct sieve_model *sieve, uint32_t page)
{
	uint32_t at = row_find(&sieve->queue, page);

	return at + 1 < sieve->queue.count ? sieve->queue.page[at + 1]
					   : ROW_NONE;
}

static uint32_t sieve_use(void *state, uint32_t page)
{
	struct sieve_model *sieve = state;
	uint32_t o = DRIVE_ROOM;

	if (row_has(&sieve->queue, page)) {
		sieve->visited[page] = true;
		return DRIVE_HIT;
	}
	if (sieve->queue.count == sieve->frames) {
		o = sieve->hand;
		if (o == ROW_NONE)
			o = sieve->queue.page[0];
		while (sieve->visited[o]) {
			sieve->visited[o] = false;
			o = sieve_previous(sieve, o);
			if (o == ROW_NONE)
				o = sieve->queue.page[0];
		}
		sieve->hand = sieve_previous(sieve, o);
		row_drop(&sieve->queue, o);
	}
	row_push(&sieve->queue, page);
	sieve->visited[page] = sieve->bit_at_load;
	return o;
}
