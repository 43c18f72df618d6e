/*
 * LIRS: what is known of each page (the time of its last use, whether it is
 * in S, whether it is LIR, when it came into Q), and walks over all pages.
 */
struct lirs_page {
	uint64_t used, queued;
	bool resident, lir, in_stack;
};

struct lirs_model {
	struct lirs_page pages[ROW_MAX];
	uint64_t clock;
	double stack_most;
	uint32_t frames, pages_used, held, lirs, lirs_most, last;
	bool authors;
};

static void lirs_open(void *state, const struct model_config *config)
{
	struct lirs_model *lirs = state;
	uint32_t hirs = config->values[0] * config->frames;

	lirs->authors = config->values[2] != 0;
	if (lirs->authors)
		hirs = config->frames / 100;
	if (hirs < (lirs->authors ? 2 : 1))
		hirs = lirs->authors ? 2 : 1;
	lirs->frames = config->frames;
	lirs->pages_used = config->pages;
	lirs->lirs_most = hirs < config->frames ? config->frames - hirs : 1;
	lirs->stack_most =
		lirs->authors ? 2500.0 * config->frames
			      : (uint32_t)(config->values[1] * config->frames);
	lirs->last = ROW_NONE;
}

/* The page of S that was used first, of all or of those that are not LIR. */
static uint32_t lirs_bottom(const struct lirs_model *lirs, bool hir_only)
{
	uint32_t bottom = ROW_NONE;
	uint32_t page;

	for (page = 0; page < lirs->pages_used; page++)
		if (lirs->pages[page].in_stack &&
			!(hir_only && lirs->pages[page].lir) &&
			(bottom == ROW_NONE ||
				lirs->pages[page].used <
					lirs->pages[bottom].used))
			bottom = page;
	return bottom;
}

/* "Stack pruning": until the bottom is a LIR page. */
static void lirs_prune(struct lirs_model *lirs)
{
	uint32_t bottom;

	while ((bottom = lirs_bottom(lirs, false)) != ROW_NONE &&
		!lirs->pages[bottom].lir)
		lirs->pages[bottom].in_stack = false;
}

static void lirs_limit(struct lirs_model *lirs)
{
	uint32_t size = 0;
	uint32_t page;

	for (page = 0; page < lirs->pages_used; page++)
		size += lirs->pages[page].in_stack;
	if (size > lirs->stack_most)
		lirs->pages[lirs_bottom(lirs, true)].in_stack = false;
}

/* PAGE is the newest of S, and LIR; the bottom of S has to make room. */
static void lirs_promote(struct lirs_model *lirs, uint32_t page)
{
	uint32_t bottom;

	lirs->pages[page].lir = true;
	if (++lirs->lirs <= lirs->lirs_most)
		return;
	bottom = lirs_bottom(lirs, false);
	lirs->pages[bottom].lir = false;
	lirs->pages[bottom].in_stack = false;
	lirs->pages[bottom].queued = lirs->clock;
	lirs->lirs--;
	lirs_prune(lirs);
}

/* The front of Q, or the one page there is if that is LIR. */
static uint32_t lirs_evict_one(struct lirs_model *lirs)
{
	uint32_t front = ROW_NONE;
	uint32_t page;

	for (page = 0; page < lirs->pages_used; page++)
		if (lirs->pages[page].resident && !lirs->pages[page].lir &&
			(front == ROW_NONE ||
				lirs->pages[page].queued <
					lirs->pages[front].queued))
			front = page;
	if (front == ROW_NONE) {
		front = lirs_bottom(lirs, false);
		lirs->pages[front].in_stack = false;
		lirs->pages[front].lir = false;
		lirs->lirs--;
		lirs_prune(lirs);
	}
	lirs->pages[front].resident = false;
	lirs->held--;
	return front;
}

static void lirs_touch(struct lirs_model *lirs, uint32_t page)
{
	struct lirs_page *known = &lirs->pages[page];
	bool was_in_stack = known->in_stack;

	known->used = known->queued = ++lirs->clock;
	known->in_stack = true;
	if (!known->lir && was_in_stack)
		lirs_promote(lirs, page);
	lirs_prune(lirs);
	lirs_limit(lirs);
}

static uint32_t lirs_use(void *state, uint32_t page)
{
	struct lirs_model *lirs = state;
	struct lirs_page *known = &lirs->pages[page];
	uint32_t gone = DRIVE_HIT;
	bool repeats = page == lirs->last;

	lirs->last = page;
	if (known->resident) {
		if (!lirs->authors || !repeats)
			lirs_touch(lirs, page);
		return DRIVE_HIT;
	}
	gone = DRIVE_ROOM;
	if (lirs->held == lirs->frames)
		gone = lirs_evict_one(lirs);
	known->resident = true;
	lirs->held++;
	if (lirs->lirs < lirs->lirs_most) {
		known->lir = true;
		lirs->lirs++;
	}
	lirs_touch(lirs, page);
	return gone;
}
