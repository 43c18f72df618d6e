/* S3-FIFO, as algorithm 1 of its paper has it; but one page leaves. */
struct s3_model {
	struct row s, m, g;
	uint32_t freq[ROW_MAX]; /* by page */
	uint32_t frames, s_most, g_most;
};

static void s3_open(void *state, const struct model_config *config)
{
	struct s3_model *s3 = state;

	s3->frames = config->frames;
	s3->s_most = config->values[0] * config->frames;
	s3->g_most = config->values[1] * config->frames;
	if (!s3->s_most)
		s3->s_most = 1;
	if (!s3->g_most)
		s3->g_most = 1;
}

/* EVICTM: which page; ROW_NONE: M is empty. */
static uint32_t s3_evict_m(struct s3_model *s3)
{
	uint32_t t;

	while (s3->m.count) {
		t = row_take(&s3->m, 0);
		if (!s3->freq[t])
			return t;
		s3->freq[t]--;
		row_push(&s3->m, t);
	}
	return ROW_NONE;
}

/* EVICTS: which page; ROW_NONE: all of S went to M. */
static uint32_t s3_evict_s(struct s3_model *s3)
{
	uint32_t t;

	while (s3->s.count) {
		t = row_take(&s3->s, 0);
		if (s3->freq[t] > 1) {
			s3->freq[t] = 0;
			row_push(&s3->m, t);
			if (s3->m.count > s3->frames - s3->s_most)
				return s3_evict_m(s3);
			continue;
		}
		if (s3->g.count == s3->g_most)
			row_take(&s3->g, 0);
		row_push(&s3->g, t);
		return t;
	}
	return ROW_NONE;
}

static uint32_t s3_use(void *state, uint32_t page)
{
	struct s3_model *s3 = state;
	uint32_t gone = DRIVE_ROOM;

	if (row_has(&s3->s, page) || row_has(&s3->m, page)) {
		if (s3->freq[page] < 3)
			s3->freq[page]++;
		return DRIVE_HIT;
	}
	if (s3->s.count + s3->m.count == s3->frames) {
		gone = ROW_NONE;
		if (s3->s.count >= s3->s_most)
			gone = s3_evict_s(s3);
		if (gone == ROW_NONE)
			gone = s3_evict_m(s3);
	}
	s3->freq[page] = 0;
	if (row_has(&s3->g, page)) {
		row_drop(&s3->g, page);
		row_push(&s3->m, page);
	} else {
		row_push(&s3->s, page);
	}
	return gone;
}
