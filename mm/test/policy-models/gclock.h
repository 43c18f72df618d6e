/* GCLOCK: a ring of places, each with its page and count, and a hand. */
struct gclock_model {
	uint32_t page[ROW_MAX], count[ROW_MAX]; /* by place */
	uint32_t frames, held, hand, initial, most;
};

static uint32_t gclock_least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static void gclock_open(void *state, const struct model_config *config)
{
	struct gclock_model *gclock = state;

	gclock->frames = config->frames;
	gclock->most = config->values[1];
	gclock->initial = gclock_least(config->values[0], gclock->most);
}

static uint32_t gclock_use(void *state, uint32_t page)
{
	struct gclock_model *gclock = state;
	uint32_t gone = DRIVE_ROOM, i;

	for (i = 0; i < gclock->held; i++)
		if (gclock->page[i] == page) {
			gclock->count[i] = gclock_least(
				gclock->count[i] + 1, gclock->most);
			return DRIVE_HIT;
		}
	if (gclock->held == gclock->frames) {
		while (gclock->count[gclock->hand]) {
			gclock->count[gclock->hand]--;
			gclock->hand = (gclock->hand + 1) % gclock->frames;
		}
		i = gclock->hand;
		gclock->hand = (gclock->hand + 1) % gclock->frames;
		gone = gclock->page[i];
	} else {
		gclock->held++;
	}
	gclock->page[i] = page;
	gclock->count[i] = gclock->initial;
	return gone;
}
