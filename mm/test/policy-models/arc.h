/* ARC, as figure 4 of its paper has it, its cases in their order. */
struct arc_model {
	struct row t1, t2, b1, b2;
	double p, c;
};

static void arc_open(void *state, const struct model_config *config)
{
	struct arc_model *arc = state;

	arc->c = config->frames;
}

static double arc_larger(double a, double b)
{
	return a > b ? a : b;
}

static uint32_t arc_replace(struct arc_model *arc, bool in_b2)
{
	uint32_t page;

	if (arc->t1.count >= 1 && ((in_b2 && arc->t1.count == arc->p) ||
					  arc->t1.count > arc->p)) {
		page = row_take(&arc->t1, 0);
		row_push(&arc->b1, page);
	} else {
		page = row_take(&arc->t2, 0);
		row_push(&arc->b2, page);
	}
	return page;
}

static uint32_t arc_case_4(struct arc_model *arc, uint32_t page)
{
	uint32_t l1 = arc->t1.count + arc->b1.count;
	uint32_t all = l1 + arc->t2.count + arc->b2.count;
	uint32_t gone = DRIVE_ROOM;

	if (l1 == arc->c) {
		if (arc->t1.count < arc->c) {
			row_take(&arc->b1, 0);
			gone = arc_replace(arc, false);
		} else {
			gone = row_take(&arc->t1, 0);
		}
	} else if (all >= arc->c) {
		if (all == 2 * arc->c)
			row_take(&arc->b2, 0);
		gone = arc_replace(arc, false);
	}
	row_push(&arc->t1, page);
	return gone;
}

static uint32_t arc_use(void *state, uint32_t page)
{
	struct arc_model *arc = state;
	double b1 = arc->b1.count, b2 = arc->b2.count;
	uint32_t gone;

	if (row_has(&arc->t1, page) || row_has(&arc->t2, page)) {
		row_drop(&arc->t1, page);
		row_drop(&arc->t2, page);
		row_push(&arc->t2, page);
		return DRIVE_HIT;
	}
	if (row_has(&arc->b1, page)) {
		arc->p += arc_larger(b2 / b1, 1);
		if (arc->p > arc->c)
			arc->p = arc->c;
		gone = arc_replace(arc, false);
		row_drop(&arc->b1, page);
		row_push(&arc->t2, page);
		return gone;
	}
	if (row_has(&arc->b2, page)) {
		arc->p = arc_larger(0, arc->p - arc_larger(b1 / b2, 1));
		gone = arc_replace(arc, true);
		row_drop(&arc->b2, page);
		row_push(&arc->t2, page);
		return gone;
	}
	return arc_case_4(arc, page);
}
