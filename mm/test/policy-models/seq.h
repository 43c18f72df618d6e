/*
 * SEQ: sequences are <low, high, direction> and the times of their last faults;
 * the victim is sought page by page, from the head on.
 */
enum { SEQ_MOST = 256, SEQ_FAULTS = 8 };

struct seq_sequence {
	int64_t low, high;
	int direction;			    /* 1, -1; 0: neither yet */
	uint32_t times[SEQ_FAULTS], faults; /* at their number, modulo */
};

struct seq_model {
	struct seq_sequence *known[SEQ_MOST]; /* the oldest first */
	struct seq_sequence memory[SEQ_MOST + 1];
	bool taken[SEQ_MOST + 1];
	unsigned count;
	struct row held; /* from the hand on */
	bool bit[ROW_MAX];
	uint32_t frames, now;
	int64_t length, recency, distance, sequences;
	bool bit_at_load;
};

static void seq_open(void *state, const struct model_config *config)
{
	struct seq_model *model = state;

	model->frames = config->frames;
	model->bit_at_load = config->bit_at_load;
	model->length = config->values[0];
	model->recency = config->values[1];
	model->distance = config->values[2];
	model->sequences = config->values[3];
	assert_true(model->recency <= SEQ_FAULTS);
}

static void seq_drop(struct seq_model *model, unsigned i)
{
	model->taken[model->known[i] - model->memory] = false;
	for (model->count--; i < model->count; i++)
		model->known[i] = model->known[i + 1];
}

/* Of its N-th last fault. */
static uint32_t seq_time(const struct seq_sequence *sequence, uint32_t n)
{
	return sequence->times[(sequence->faults - n) % SEQ_FAULTS];
}

/* The one extended longest ago of those up to L pages, or 2 L, or 4 L ... */
static void seq_drop_oldest(struct seq_model *model)
{
	unsigned i, oldest = SEQ_MOST;
	int64_t most = model->length;

	for (; oldest == SEQ_MOST; most *= 2)
		for (i = 0; i < model->count; i++)
			if (model->known[i]->high - model->known[i]->low <
					most &&
				(oldest == SEQ_MOST ||
					seq_time(model->known[i], 1) <
						seq_time(model->known[oldest],
							1)))
				oldest = i;
	seq_drop(model, oldest);
}

static struct seq_sequence *seq_new(struct seq_model *model, int64_t page)
{
	struct seq_sequence *new;
	unsigned i = 0;

	if (model->count == model->sequences)
		seq_drop_oldest(model);
	while (model->taken[i])
		i++;
	model->taken[i] = true;
	new = &model->memory[i];
	new->low = new->high = page;
	new->direction = 0;
	new->faults = 0;
	model->known[model->count++] = new;
	return new;
}

/* A sequence that goes up or down is cut at PAGE, and may be gone then. */
static void seq_split(struct seq_model *model, unsigned i, int64_t page)
{
	struct seq_sequence *sequence = model->known[i];

	if (sequence->direction > 0)
		sequence->high = page - 1;
	else
		sequence->low = page + 1;
	if (sequence->low > sequence->high)
		seq_drop(model, i);
}

static struct seq_sequence *seq_extend(struct seq_model *model, int64_t page)
{
	struct seq_sequence *below = NULL, *above = NULL, *found;
	unsigned i;

	for (i = 0; i < model->count; i++) {
		found = model->known[i];
		if (found->high == page - 1 && found->direction >= 0)
			below = found;
		if (found->low == page + 1 && found->direction <= 0)
			above = found;
	}
	found = below ? below : above;
	if (below && above && seq_time(above, 1) > seq_time(below, 1))
		found = above;
	if (!found)
		return NULL;
	found->direction = found == below ? 1 : -1;
	for (i = model->count; i--;) /* the other, and what it runs into */
		if (model->known[i] != found &&
			(model->known[i] == below || model->known[i] == above ||
				(model->known[i]->low <= page &&
					page <= model->known[i]->high)))
			seq_drop(model, i);
	if (found->direction > 0)
		found->high = page;
	else
		found->low = page;
	return found;
}

static void seq_fault(struct seq_model *model, int64_t page)
{
	struct seq_sequence *sequence = seq_extend(model, page);
	unsigned i;

	for (i = 0; !sequence && i < model->count; i++) {
		if (page < model->known[i]->low || model->known[i]->high < page)
			continue;
		if (!model->known[i]->direction) {
			sequence = model->known[i];
			break;
		}
		seq_split(model, i, page);
		break;
	}
	if (!sequence)
		sequence = seq_new(model, page);
	sequence->times[sequence->faults++ % SEQ_FAULTS] = ++model->now;
}

/* The first page that is there, from DISTANCE before the head on. */
static uint32_t seq_give(
	const struct seq_model *model, const struct seq_sequence *sequence)
{
	int64_t page;

	if (sequence->direction < 0) {
		for (page = sequence->low + model->distance;
			page <= sequence->high; page++)
			if (row_has(&model->held, page))
				return page;
	} else {
		for (page = sequence->high - model->distance;
			page >= sequence->low; page--)
			if (row_has(&model->held, page))
				return page;
	}
	return ROW_NONE;
}

static uint32_t seq_victim(struct seq_model *model)
{
	uint32_t best = 0, time, page, victim = ROW_NONE;
	unsigned i;

	for (i = 0; i < model->count; i++) {
		if (model->known[i]->high - model->known[i]->low + 1 <
				model->length ||
			model->known[i]->faults < model->recency)
			continue;
		time = seq_time(model->known[i], model->recency);
		page = seq_give(model, model->known[i]);
		if (time > best && page != ROW_NONE) {
			best = time;
			victim = page;
		}
	}
	if (victim != ROW_NONE) {
		row_drop(&model->held, victim);
		return victim;
	}
	while (model->bit[model->held.page[0]]) {
		victim = row_take(&model->held, 0);
		model->bit[victim] = false;
		row_push(&model->held, victim);
	}
	return row_take(&model->held, 0);
}

static uint32_t seq_use(void *state, uint32_t page)
{
	struct seq_model *model = state;
	uint32_t gone = DRIVE_ROOM;

	if (row_has(&model->held, page)) {
		model->bit[page] = true;
		return DRIVE_HIT;
	}
	if (model->held.count == model->frames)
		gone = seq_victim(model);
	seq_fault(model, page);
	row_push(&model->held, page);
	model->bit[page] = model->bit_at_load;
	return gone;
}
