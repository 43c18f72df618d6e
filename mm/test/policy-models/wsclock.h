/* WSClock: frames round a clock, each with its page, use bit and time. */
struct wsclock_model {
	uint32_t page[ROW_MAX];
	bool bit[ROW_MAX];
	uint64_t last_reference[ROW_MAX];
	uint32_t frames, filled, hand;
	uint64_t time, next_sweep, tau;
	bool bit_at_load;
};

static void wsclock_open(void *state, const struct model_config *config)
{
	struct wsclock_model *clock = state;

	clock->frames = config->frames;
	clock->tau = config->values[0];
	clock->next_sweep = clock->tau;
	clock->bit_at_load = config->bit_at_load;
}

static void wsclock_step(struct wsclock_model *clock)
{
	clock->hand = (clock->hand + 1) % clock->frames;
}

/* Takes the bit of the frame at the hand. */
static bool wsclock_referenced(struct wsclock_model *clock)
{
	bool bit = clock->bit[clock->hand];

	clock->bit[clock->hand] = false;
	if (bit)
		clock->last_reference[clock->hand] = clock->time;
	return bit;
}

/* Is the hand at a page that is in no working set? */
static bool wsclock_find(struct wsclock_model *clock)
{
	uint64_t oldest = UINT64_MAX;

	for (uint32_t i = 0; i < clock->frames; i++) {
		if (!wsclock_referenced(clock) &&
			clock->last_reference[clock->hand] + clock->tau <
				clock->time)
			return true;
		if (clock->last_reference[clock->hand] < oldest)
			oldest = clock->last_reference[clock->hand];
		wsclock_step(clock);
	}
	/* all are: until one of them can have left it */
	clock->next_sweep = oldest + clock->tau;
	return false;
}

static uint32_t wsclock_use(void *state, uint32_t page)
{
	struct wsclock_model *clock = state;
	uint32_t gone = DRIVE_ROOM, at;

	clock->time++;
	for (at = 0; at < clock->filled; at++)
		if (clock->page[at] == page) {
			clock->bit[at] = true;
			return DRIVE_HIT;
		}
	if (clock->filled < clock->frames) {
		at = clock->filled++;
	} else {
		if (clock->time <= clock->next_sweep || !wsclock_find(clock))
			while (wsclock_referenced(clock))
				wsclock_step(clock);
		at = clock->hand;
		gone = clock->page[at];
		wsclock_step(clock);
	}
	clock->page[at] = page;
	clock->bit[at] = clock->bit_at_load;
	clock->last_reference[at] = clock->time;
	return gone;
}
