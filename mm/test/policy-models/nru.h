/*
 * NRU: both bits of each page, and all pages looked at for each victim.  Which
 * of the lowest class goes is left to the policy.
 */
struct nru_model {
	struct row held;
	bool referenced[ROW_MAX], modified[ROW_MAX]; /* by page */
	uint32_t frames, period, page_ins;
	bool bit_at_load;
};

static void nru_open(struct nru_model *model, const struct model_config *config)
{
	*model = (struct nru_model){
		.frames = config->frames,
		.bit_at_load = config->bit_at_load,
		.period = config->values[0] * config->frames,
	};
	if (!model->period)
		model->period = 1;
}

static unsigned nru_class(const struct nru_model *model, uint32_t page)
{
	return 2 * model->referenced[page] + model->modified[page];
}

/* May PAGE go?  No other is of a lower class. */
static bool nru_may_go(const struct nru_model *model, uint32_t page)
{
	uint32_t i;

	for (i = 0; i < model->held.count; i++)
		if (nru_class(model, model->held.page[i]) <
			nru_class(model, page))
			return false;
	return row_has(&model->held, page);
}

/* PAGE is used, and GONE has left for it, as DRIVE_USE gives it. */
static void nru_use(
	struct nru_model *model, uint32_t page, uint32_t gone, bool writes)
{
	uint32_t i;

	if (gone == DRIVE_HIT) {
		model->referenced[page] = true;
		model->modified[page] |= writes;
		return;
	}
	if (gone != DRIVE_ROOM)
		row_drop(&model->held, gone);
	if (model->page_ins++ == model->period) {
		for (i = 0; i < model->held.count; i++)
			model->referenced[model->held.page[i]] = false;
		model->page_ins = 1;
	}
	row_push(&model->held, page);
	model->referenced[page] = model->bit_at_load;
	model->modified[page] = writes;
}
