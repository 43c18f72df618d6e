/* Segmented FIFO: of each page, which segment, and when it came there. */
struct sfifo_model {
	uint8_t segment[ROW_MAX]; /* by page; 0: not held */
	uint64_t since[ROW_MAX], time;
	uint64_t soft_faults;
	uint32_t count[3], frames, pages, first_most;
};

static void sfifo_open(void *state, const struct model_config *config)
{
	struct sfifo_model *sfifo = state;

	sfifo->frames = config->frames;
	sfifo->pages = config->pages;
	sfifo->first_most =
		config->frames - (uint32_t)(config->values[0] * config->frames);
	if (!sfifo->first_most)
		sfifo->first_most = 1;
}

static void sfifo_put(struct sfifo_model *sfifo, uint32_t page, uint8_t segment)
{
	sfifo->count[sfifo->segment[page]]--;
	sfifo->segment[page] = segment;
	sfifo->count[segment]++;
	sfifo->since[page] = ++sfifo->time;
}

static uint32_t sfifo_last(const struct sfifo_model *sfifo, uint8_t segment)
{
	uint32_t last = ROW_NONE, page;

	for (page = 0; page < sfifo->pages; page++)
		if (sfifo->segment[page] == segment &&
			(last == ROW_NONE ||
				sfifo->since[page] < sfifo->since[last]))
			last = page;
	return last;
}

static uint32_t sfifo_use(void *state, uint32_t page)
{
	struct sfifo_model *sfifo = state;
	uint32_t gone = DRIVE_HIT;

	if (sfifo->segment[page] == 1)
		return gone;
	sfifo->soft_faults += sfifo->segment[page] == 2;
	if (!sfifo->segment[page]) {
		gone = DRIVE_ROOM;
		if (sfifo->count[1] + sfifo->count[2] == sfifo->frames) {
			gone = sfifo_last(sfifo, sfifo->count[2] ? 2 : 1);
			sfifo_put(sfifo, gone, 0);
		}
	}
	sfifo_put(sfifo, page, 1);
	if (sfifo->count[1] > sfifo->first_most)
		sfifo_put(sfifo, sfifo_last(sfifo, 1), 2);
	return gone;
}

static uint64_t sfifo_soft_faults(const void *state)
{
	return ((const struct sfifo_model *)state)->soft_faults;
}
