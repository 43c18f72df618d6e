/* Random: a row of the pages by arrival, but that the latest one takes the
 * place of the one that leaves.  The same lots: as of the seed. */
struct random_model {
	struct row held;
	uint64_t state;
	uint32_t frames;
};

static void random_open(void *state, const struct model_config *config)
{
	struct random_model *model = state;

	model->frames = config->frames;
	model->state = POLICY_SEED;
}

static uint32_t random_use(void *state, uint32_t page)
{
	struct random_model *model = state;
	uint32_t gone = DRIVE_ROOM, at;

	if (row_has(&model->held, page))
		return DRIVE_HIT;
	if (model->held.count == model->frames) {
		at = policy_draw(&model->state, model->frames);
		gone = model->held.page[at];
		model->held.page[at] = model->held.page[model->held.count - 1];
		model->held.count--;
	}
	row_push(&model->held, page);
	return gone;
}
