/* CAR, as figure 2 of its paper has it; the rows' starts are the hands. */
struct car_model {
	struct row t1, t2, b1, b2;
	bool bit[ROW_MAX]; /* by page */
	double p, c;
	bool bit_at_load;
};

static void car_open(void *state, const struct model_config *config)
{
	struct car_model *car = state;

	car->c = config->frames;
	car->bit_at_load = config->bit_at_load;
}

static double car_max(double a, double b)
{
	return a > b ? a : b;
}

static double car_min(double a, double b)
{
	return a < b ? a : b;
}

static uint32_t car_replace(struct car_model *car)
{
	uint32_t head;

	for (;;) {
		if (car->t1.count >= car_max(1, car->p)) {
			head = row_take(&car->t1, 0);
			if (!car->bit[head]) {
				row_push(&car->b1, head);
				return head;
			}
		} else {
			head = row_take(&car->t2, 0);
			if (!car->bit[head]) {
				row_push(&car->b2, head);
				return head;
			}
		}
		car->bit[head] = false;
		row_push(&car->t2, head);
	}
}

static uint32_t car_make_room(struct car_model *car, bool known)
{
	uint32_t gone = car_replace(car);

	if (known)
		return gone;
	if (car->t1.count + car->b1.count == car->c)
		row_take(&car->b1, 0);
	else if (car->t1.count + car->t2.count + car->b1.count +
			 car->b2.count ==
		 2 * car->c)
		row_take(&car->b2, 0);
	return gone;
}

static uint32_t car_use(void *state, uint32_t page)
{
	struct car_model *car = state;
	bool in_b1 = row_has(&car->b1, page), in_b2 = row_has(&car->b2, page);
	uint32_t gone = DRIVE_ROOM;

	if (row_has(&car->t1, page) || row_has(&car->t2, page)) {
		car->bit[page] = true;
		return DRIVE_HIT;
	}
	if (car->t1.count + car->t2.count == car->c)
		gone = car_make_room(car, in_b1 || in_b2);
	car->bit[page] = car->bit_at_load;
	if (!in_b1 && !in_b2) {
		row_push(&car->t1, page);
		return gone;
	}
	if (in_b1)
		car->p = car_min(
			car->c, car->p + car_max(1, (double)car->b2.count /
							    car->b1.count));
	else
		car->p = car_max(0, car->p - car_max(1, (double)car->b1.count /
								car->b2.count));
	row_drop(&car->b1, page);
	row_drop(&car->b2, page);
	row_push(&car->t2, page);
	return gone;
}
