/* Linux's two lists: a flag each of page_check_references and workingset.c. */
struct linux_model {
	struct row inactive, active;
	bool accessed[ROW_MAX], referenced[ROW_MAX]; /* these by page */
	uint64_t shadow[ROW_MAX];		     /* age + 1; 0: none */
	uint64_t nonresident_age;
	double ratio;
	uint32_t frames;
	bool bit_at_load;
};

static void linux_open(void *state, const struct model_config *config)
{
	struct linux_model *model = state;

	model->frames = config->frames;
	model->ratio = config->values[0];
	model->bit_at_load = config->bit_at_load;
}

static void linux_shrink_active(struct linux_model *model)
{
	uint32_t page;

	while (model->inactive.count * model->ratio < model->active.count) {
		page = row_take(&model->active, 0);
		model->accessed[page] = false;
		row_push(&model->inactive, page);
	}
}

static uint32_t linux_shrink_inactive(struct linux_model *model)
{
	uint32_t page;

	for (;;) {
		linux_shrink_active(model);
		page = row_take(&model->inactive, 0);
		if (!model->accessed[page]) {
			model->shadow[page] = ++model->nonresident_age;
			return page;
		}
		model->accessed[page] = false;
		if (model->referenced[page]) {
			model->nonresident_age++;
			row_push(&model->active, page);
		} else {
			model->referenced[page] = true;
			row_push(&model->inactive, page);
		}
	}
}

static uint32_t linux_use(void *state, uint32_t page)
{
	struct linux_model *model = state;
	uint32_t gone = DRIVE_ROOM;
	uint64_t distance;

	if (row_has(&model->inactive, page) || row_has(&model->active, page)) {
		model->accessed[page] = true;
		return DRIVE_HIT;
	}
	if (model->inactive.count + model->active.count == model->frames)
		gone = linux_shrink_inactive(model);
	model->accessed[page] = model->bit_at_load;
	model->referenced[page] = false;
	distance = model->nonresident_age + 1 - model->shadow[page];
	if (model->shadow[page] && distance <= model->active.count) {
		model->nonresident_age++;
		row_push(&model->active, page);
	} else {
		row_push(&model->inactive, page);
	}
	return gone;
}
