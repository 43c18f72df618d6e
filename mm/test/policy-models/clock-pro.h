/*
 * CLOCK-Pro: a clock of pages whose hand of hot pages really goes round.  The
 * list head is the place just behind it; the other two hands are found from
 * there on.
 */
struct pro_page {
	bool resident, hot, test, bit;
};

struct pro_model {
	struct row clock;
	struct pro_page pages[ROW_MAX];
	uint32_t hand; /* where in the clock: of hot pages */
	uint32_t m, mc;
	uint32_t filled; /* pages that came in and were new */
	bool bit_at_load;
};

static void pro_adapt(struct pro_model *pro, int by)
{
	int mc = (int)pro->mc + by;

	if (mc > (int)pro->m - 1)
		mc = pro->m - 1;
	pro->mc = mc < 1 ? 1 : mc;
}

static void pro_open(void *state, const struct model_config *config)
{
	struct pro_model *pro = state;

	pro->m = config->frames;
	pro->mc = config->values[0] * config->frames;
	pro->bit_at_load = config->bit_at_load;
	pro_adapt(pro, 0);
}

static struct pro_page *pro_at(struct pro_model *pro, uint32_t place)
{
	return &pro->pages[pro->clock.page[place]];
}

static void pro_to_head(struct pro_model *pro, uint32_t page)
{
	uint32_t i;

	row_push(&pro->clock, page);
	for (i = pro->clock.count - 1; i > pro->hand; i--)
		pro->clock.page[i] = pro->clock.page[i - 1];
	pro->clock.page[pro->hand++] = page;
	if (pro->hand == pro->clock.count)
		pro->hand = 0;
}

static uint32_t pro_take(struct pro_model *pro, uint32_t place)
{
	uint32_t page = row_take(&pro->clock, place);

	if (place < pro->hand)
		pro->hand--;
	if (pro->hand >= pro->clock.count)
		pro->hand = 0;
	return page;
}

static uint32_t pro_count(const struct pro_model *pro, bool resident, bool hot)
{
	uint32_t count = 0, i;
	const struct pro_page *page;

	for (i = 0; i < pro->clock.count; i++) {
		page = &pro->pages[pro->clock.page[i]];
		count += page->resident == resident && page->hot == hot;
	}
	return count;
}

/* Its test is over, if it is in one; out of memory, it leaves the clock then.
 * Returns whether it did. */
static bool pro_end_test(struct pro_model *pro, uint32_t place)
{
	struct pro_page *page = pro_at(pro, place);

	if (page->test)
		pro_adapt(pro, -1);
	page->test = false;
	if (!page->resident)
		pro_take(pro, place);
	return !page->resident;
}

static void pro_step(struct pro_model *pro)
{
	pro->hand = (pro->hand + 1) % pro->clock.count;
}

/* HAND_hot, until it has turned a page cold and come to the next hot one. */
static void pro_run_hot(struct pro_model *pro)
{
	struct pro_page *page;
	bool done = false;

	while (pro_count(pro, true, true)) {
		page = pro_at(pro, pro->hand);
		if (!page->hot) {
			if (!pro_end_test(pro, pro->hand))
				pro_step(pro);
			continue;
		}
		if (done)
			return;
		if (!page->bit) {
			page->hot = false;
			done = true;
		}
		page->bit = false;
		pro_step(pro);
	}
}

static void pro_balance(struct pro_model *pro)
{
	while (pro_count(pro, true, true) > pro->m - pro->mc)
		pro_run_hot(pro);
}

/* The first from HAND_hot on: a cold page in memory, or one in its test. */
static uint32_t pro_hand(struct pro_model *pro, bool cold)
{
	const struct pro_page *page;
	uint32_t i, place;

	for (i = 0; i < pro->clock.count; i++) {
		place = (pro->hand + i) % pro->clock.count;
		page = pro_at(pro, place);
		if (cold ? page->resident && !page->hot : page->test)
			return place;
	}
	return ROW_NONE;
}

static uint32_t pro_run_cold(struct pro_model *pro)
{
	struct pro_page *known;
	uint32_t place, page;

	for (;;) {
		place = pro_hand(pro, true);
		if (place == ROW_NONE) {
			pro_run_hot(pro);
			continue;
		}
		page = pro->clock.page[place];
		known = &pro->pages[page];
		if (!known->bit)
			break;
		known->bit = false;
		pro_take(pro, place);
		known->hot = known->test;
		known->test = !known->hot;
		pro_to_head(pro, page);
		if (!known->hot)
			continue;
		pro_adapt(pro, 1);
		pro_balance(pro);
	}
	known->resident = false;
	if (!known->test)
		pro_take(pro, place);
	while (pro_count(pro, false, false) > pro->m)
		pro_end_test(pro, pro_hand(pro, false));
	return page;
}

static uint32_t pro_use(void *state, uint32_t page)
{
	struct pro_model *pro = state;
	struct pro_page *known = &pro->pages[page];
	uint32_t gone = DRIVE_ROOM;

	if (known->resident) {
		known->bit = true;
		return DRIVE_HIT;
	}
	if (pro_count(pro, true, true) + pro_count(pro, true, false) == pro->m)
		gone = pro_run_cold(pro);
	if (row_has(&pro->clock, page)) {
		pro_take(pro, row_find(&pro->clock, page));
		*known = (struct pro_page){.resident = true, .hot = true};
		pro_to_head(pro, page);
		known->bit = pro->bit_at_load;
		pro_adapt(pro, 1);
		pro_balance(pro);
		return gone;
	}
	*known = (struct pro_page){.resident = true};
	known->hot = pro->filled < pro->m - pro->mc;
	known->test = !known->hot;
	pro->filled++;
	known->bit = pro->bit_at_load;
	pro_to_head(pro, page);
	return gone;
}
