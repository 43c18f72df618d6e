/* SLRU: two rows. */
struct slru_model {
	struct row probationary, protected;
	uint32_t frames, most;
};

static void slru_open(void *state, const struct model_config *config)
{
	struct slru_model *slru = state;

	slru->frames = config->frames;
	slru->most = config->values[0] * config->frames;
}

static uint32_t slru_use(void *state, uint32_t page)
{
	struct slru_model *slru = state;
	uint32_t gone = DRIVE_ROOM;

	if (row_has(&slru->probationary, page) ||
		row_has(&slru->protected, page)) {
		row_drop(&slru->probationary, page);
		row_drop(&slru->protected, page);
		row_push(&slru->protected, page);
		if (slru->protected.count > slru->most)
			row_push(&slru->probationary,
				row_take(&slru->protected, 0));
		return DRIVE_HIT;
	}
	if (slru->probationary.count + slru->protected.count == slru->frames) {
		if (slru->probationary.count)
			gone = row_take(&slru->probationary, 0);
		else
			gone = row_take(&slru->protected, 0);
	}
	row_push(&slru->probationary, page);
	return gone;
}
