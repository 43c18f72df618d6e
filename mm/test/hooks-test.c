/*
 * Hooks: the program's own choice of victims, what observers are told, and
 * pressure; each rule of selfpage_hooks(3).
 */
#include "mm/test/library-world.h"

static const unsigned both = SELFPAGE_READ | SELFPAGE_WRITE;

enum { EVENTS = 200, PRESSURES = 3 };

/* What was asked and told. */
struct log {
	struct world *world;
	struct selfpage_page victim; /* what is named, if `names` */
	bool names;
	unsigned asked;
	struct selfpage_situation situation; /* the last */
	unsigned state;			     /* of the victim, when asked */
	struct selfpage_fault_event faults[EVENTS];
	struct selfpage_eviction_event evictions[EVENTS];
	unsigned faults_count, evictions_count;
	unsigned pressures[PRESSURES];
	struct selfpage_pressure_event pressure; /* the last */
	unsigned depth;
	void (*on_pressure)(struct log *log);
};

static int choose(void *context, const struct selfpage_situation *situation,
	struct selfpage_page *victim_out)
{
	struct log *log = context;

	log->asked++;
	log->situation = *situation;
	log->state = selfpage_look_at(situation, &log->victim);
	*victim_out = log->victim;
	return log->names;
}

static void tell_fault(void *context, const struct selfpage_fault_event *event)
{
	struct log *log = context;

	assert_true(log->faults_count < EVENTS);
	log->faults[log->faults_count++] = *event;
}

static void tell_eviction(
	void *context, const struct selfpage_eviction_event *event)
{
	struct log *log = context;

	assert_true(log->evictions_count < EVENTS);
	log->evictions[log->evictions_count++] = *event;
}

static void tell_pressure(
	void *context, const struct selfpage_pressure_event *event)
{
	struct log *log = context;

	assert_int_equal(log->depth, 0);
	assert_ptr_equal(event->pager, log->world->pager);
	assert_int_equal(event->frames, FRAMES);
	log->pressures[event->kind]++;
	log->pressure = *event;
	log->depth++;
	if (log->on_pressure)
		log->on_pressure(log);
	log->depth--;
}

static struct selfpage_hooks hooks_of(struct log *log)
{
	return (struct selfpage_hooks){
		.hooks_bytes = sizeof(struct selfpage_hooks),
		.context = log,
	};
}

static void set(struct world *world, const struct selfpage_hooks *hooks)
{
	assert_int_equal(selfpage_set_hooks(world->pager, hooks), 0);
}

static bool is_resident(struct world *world, unsigned page)
{
	uint8_t state;

	assert_int_equal(
		selfpage_look(world->space, page * PAGE, PAGE, &state), 0);
	return state & SELFPAGE_RESIDENT;
}

static void map_private(struct world *world, unsigned at, unsigned pages)
{
	const struct selfpage_request request = {
		.request_bytes = sizeof(request),
		.store = world->store,
		.bytes = pages * PAGE,
		.address = at * PAGE,
		.protection = both,
		.flags = SELFPAGE_PRIVATE | SELFPAGE_EXACT,
	};

	assert_int_equal(selfpage_map_request(world->space, &request, NULL), 0);
}

static void test_set(void **state)
{
	struct world *world = *state;
	struct log log = {.world = world};
	struct selfpage_hooks hooks = hooks_of(&log);

	assert_int_equal(selfpage_set_hooks(NULL, &hooks), -EINVAL);
	hooks.hooks_bytes = 1;
	assert_int_equal(selfpage_set_hooks(world->pager, &hooks), -EINVAL);
	hooks = hooks_of(&log);
	hooks.free_low = 2;
	hooks.free_high = 1;
	assert_int_equal(selfpage_set_hooks(world->pager, &hooks), -EINVAL);
	hooks = hooks_of(&log);
	hooks.unpinned_low = 1;
	assert_int_equal(selfpage_set_hooks(world->pager, &hooks), -EINVAL);
	set(world, NULL);
	/* with nothing in them nothing is asked or told */
	hooks = hooks_of(&log);
	hooks.free_low = hooks.free_high = 5;
	set(world, &hooks);
	for (unsigned i = 0; i < 20; i++)
		put(world, i, 'a');
	assert_int_equal(selfpage_discard(world->space, 0, 20 * PAGE), 0);
	set(world, NULL);
}

static void test_choice(void **state)
{
	struct world *world = *state;
	struct log log = {.world = world, .names = true};
	struct selfpage_hooks hooks = hooks_of(&log);
	unsigned i;

	hooks.choose = choose;
	hooks.evict = tell_eviction;
	set(world, &hooks);
	for (i = 0; i < FRAMES; i++)
		put(world, i, 'a' + i);
	assert_int_equal(log.asked, 0);
	/* any byte of the page will do */
	log.victim.store = world->store;
	log.victim.offset = 3 * PAGE + 5;
	assert_int_equal(get(world, 20), 0);
	assert_int_equal(log.asked, 1);
	assert_int_equal(log.state, SELFPAGE_RESIDENT | SELFPAGE_DIRTY);
	assert_ptr_equal(log.situation.pager, world->pager);
	assert_ptr_equal(log.situation.wanted.store, world->store);
	assert_int_equal(log.situation.wanted.offset, 20 * PAGE);
	assert_ptr_equal(log.situation.wanted.space, world->space);
	assert_int_equal(log.situation.wanted.address, 20 * PAGE);
	assert_int_equal(log.situation.frames, FRAMES);
	assert_int_equal(log.situation.pinned, 0);
	assert_false(is_resident(world, 3));
	assert_true(is_resident(world, 0));
	/* by space and address */
	log.victim = (struct selfpage_page){
		.space = world->space, .address = 6 * PAGE};
	get(world, 21);
	assert_false(is_resident(world, 6));
	assert_int_equal(log.evictions_count, 2);
	for (i = 0; i < 2; i++) {
		assert_ptr_equal(log.evictions[i].page.store, world->store);
		assert_int_equal(
			log.evictions[i].page.offset, (i ? 6 : 3) * PAGE);
		assert_int_equal(log.evictions[i].chooser, SELFPAGE_BY_PROGRAM);
		assert_true(log.evictions[i].dirty && !log.evictions[i].copy);
	}
	/* it does not choose */
	log.names = false;
	get(world, 22);
	assert_false(is_resident(world, 0));
	assert_int_equal(log.evictions[2].chooser, SELFPAGE_BY_POLICY);
	assert_int_equal(counts_of(world).choices, 2);
	assert_int_equal(counts_of(world).choice_refused, 0);
	assert_int_equal(counts_of(world).evictions, 3);
	for (i = 0; i < FRAMES; i++)
		assert_int_equal(get(world, i), 'a' + i);
	set(world, NULL);
}

static void test_choice_refused(void **state)
{
	struct world *world = *state;
	struct log log = {.world = world, .names = true};
	struct selfpage_hooks hooks = hooks_of(&log);
	struct selfpage_config config = usual();
	struct selfpage *other;
	struct selfpage_space *space;
	struct selfpage_store *store;
	void *data;
	unsigned i;

	assert_int_equal(selfpage_create(&config, &other), 0);
	assert_int_equal(selfpage_space_create(other, 0, &space), 0);
	assert_int_equal(
		selfpage_store_open_anonymous(other, -1, PAGE, &store), 0);
	hooks.choose = choose;
	set(world, &hooks);
	assert_int_equal(
		selfpage_advise(world->space, 0, PAGE, SELFPAGE_PIN, 0), 0);
	assert_int_equal(
		selfpage_borrow(world->space, PAGE, SELFPAGE_READ, &data), 0);
	for (i = 0; i < FRAMES; i++)
		get(world, i);
	const struct {
		struct selfpage_page victim;
		unsigned state;
	} cases[] = {
		{{.store = world->store}, SELFPAGE_RESIDENT | SELFPAGE_PINNED},
		{{.store = world->store, .offset = PAGE},
			SELFPAGE_RESIDENT | SELFPAGE_BORROWED},
		{{.store = world->store, .offset = 50 * PAGE}, 0},
		{{.store = world->store, .offset = UINT64_MAX}, 0},
		{{.store = store}, 0},
		{{.space = space}, 0},
		{{.space = world->space, .address = 99 * PAGE}, 0},
		{{.space = world->space, .address = UINT64_MAX}, 0},
		{{0}, 0},
	};
	const unsigned count = sizeof(cases) / sizeof(*cases);

	for (i = 0; i < count; i++) {
		log.victim = cases[i].victim;
		get(world, 20 + i);
		assert_int_equal(log.state, cases[i].state);
		assert_int_equal(log.situation.pinned, 2);
		assert_int_equal(log.asked, i + 1);
		assert_int_equal(counts_of(world).choice_refused, i + 1);
		/* the policy's choice */
		assert_false(is_resident(
			world, i < FRAMES - 2 ? 2 + i : 20 + i - (FRAMES - 2)));
	}
	assert_int_equal(counts_of(world).choices, 0);
	assert_int_equal(selfpage_give_back(world->space, data), 0);
	set(world, NULL);
	assert_int_equal(selfpage_space_destroy(space), 0);
	assert_int_equal(selfpage_store_close(store), 0);
	assert_int_equal(selfpage_destroy(other), 0);
}

/* Where the choice can't be written back the policy goes on. */
static void test_choice_fails(void **state)
{
	struct world *world = *state;
	struct log log = {.world = world, .names = true};
	struct selfpage_hooks hooks = hooks_of(&log);
	unsigned i;

	hooks.choose = choose;
	set(world, &hooks);
	for (i = 0; i < FRAMES; i++)
		get(world, i);
	put(world, 5, 'x');
	log.victim.store = world->store;
	log.victim.offset = 5 * PAGE;
	world->own.fail_out = -EIO;
	get(world, 20);
	assert_int_equal(log.asked, 1);
	assert_true(is_resident(world, 5));
	assert_false(is_resident(world, 0));
	assert_int_equal(counts_of(world).writeback_errors, 1);
	assert_int_equal(counts_of(world).choices, 0);
	assert_int_equal(counts_of(world).choice_refused, 0);
	world->own.fail_out = 0;
	get(world, 21);
	assert_false(is_resident(world, 5));
	assert_int_equal(get(world, 5), 'x');
	set(world, NULL);
}

/* A copy of a private map has only one name. */
static void test_choice_of_a_copy(void **state)
{
	struct world *world = *state;
	struct log log = {.world = world, .names = true};
	struct selfpage_hooks hooks = hooks_of(&log);
	unsigned i;

	map_private(world, 100, 4);
	put(world, 101, 'c');
	for (i = 0; i < FRAMES - 2; i++)
		get(world, i);
	hooks.choose = choose;
	hooks.evict = tell_eviction;
	set(world, &hooks);
	log.victim.space = world->space;
	log.victim.address = 101 * PAGE;
	while (!log.asked)
		get(world, i++);
	assert_int_equal(log.state, SELFPAGE_RESIDENT | SELFPAGE_DIRTY);
	assert_false(is_resident(world, 101));
	assert_true(is_resident(world, 1));
	assert_ptr_equal(log.evictions[0].page.store, world->store);
	assert_int_equal(log.evictions[0].page.offset, PAGE);
	assert_true(log.evictions[0].copy);
	set(world, NULL);
	assert_int_equal(get(world, 101), 'c');
}

static void expect_fault(const struct log *log, unsigned number, unsigned page,
	enum selfpage_fault_kind kind, int error)
{
	const struct selfpage_fault_event *event = &log->faults[number];

	assert_true(number < log->faults_count);
	assert_int_equal(event->page.address, page * PAGE);
	assert_ptr_equal(event->page.space, log->world->space);
	assert_int_equal(event->error, error);
	if (!error)
		assert_int_equal(event->kind, kind);
}

static void test_faults(void **state)
{
	struct world *world = *state;
	struct log log = {.world = world};
	struct selfpage_hooks hooks = hooks_of(&log);
	char byte;

	hooks.fault = tell_fault;
	set(world, &hooks);
	world->own.written[1] = true;
	map_private(world, 100, 4);
	get(world, 0);
	get(world, 0);
	get(world, 1);
	get(world, 101);
	put(world, 101, 'w');
	assert_int_equal(log.faults_count, 4);
	expect_fault(&log, 0, 0, SELFPAGE_FAULT_ZERO, 0);
	expect_fault(&log, 1, 1, SELFPAGE_FAULT_HARD, 0);
	expect_fault(&log, 2, 101, SELFPAGE_FAULT_SOFT, 0);
	expect_fault(&log, 3, 101, SELFPAGE_FAULT_WRITE, 0);
	assert_ptr_equal(log.faults[3].page.store, world->store);
	assert_int_equal(log.faults[3].page.offset, PAGE);
	/* and those that fail */
	log.faults_count = 0;
	assert_int_equal(
		selfpage_read(world->space, 99 * PAGE, &byte, 1), -EFAULT);
	assert_int_equal(
		selfpage_protect(world->space, 0, PAGE, SELFPAGE_READ), 0);
	assert_int_equal(selfpage_write(world->space, 0, "", 1), -EACCES);
	world->own.fail_in = -EIO;
	assert_int_equal(selfpage_read(world->space, 9 * PAGE, &byte, 1), -EIO);
	world->own.fail_in = 0;
	assert_int_equal(log.faults_count, 3);
	expect_fault(&log, 0, 99, 0, -EFAULT);
	assert_null(log.faults[0].page.store);
	expect_fault(&log, 1, 0, 0, -EACCES);
	expect_fault(&log, 2, 9, 0, -EIO);
	set(world, NULL);
}

static void test_prefetches(void **state)
{
	struct world *world = *state;
	struct log log = {.world = world};
	struct selfpage_hooks hooks = hooks_of(&log);
	unsigned i;

	hooks.fault = tell_fault;
	set(world, &hooks);
	get(world, 40);
	assert_int_equal(selfpage_advise(world->space, 39 * PAGE, 3 * PAGE,
				 SELFPAGE_WILL_NEED, 0),
		0);
	assert_int_equal(log.faults_count, 3);
	assert_false(log.faults[0].prefetch);
	expect_fault(&log, 1, 39, SELFPAGE_FAULT_ZERO, 0);
	expect_fault(&log, 2, 41, SELFPAGE_FAULT_ZERO, 0);
	assert_true(log.faults[1].prefetch && log.faults[2].prefetch);
	log.faults_count = 0;
	assert_int_equal(selfpage_advise(world->space, 0, 20 * PAGE,
				 SELFPAGE_SEQUENTIAL, 0),
		0);
	get(world, 0);
	assert_int_equal(log.faults_count, 5);
	for (i = 0; i < 5; i++) {
		expect_fault(&log, i, i, SELFPAGE_FAULT_ZERO, 0);
		assert_int_equal(log.faults[i].prefetch, i > 0);
	}
	set(world, NULL);
}

static void test_evictions(void **state)
{
	struct world *world = *state;
	struct log log = {.world = world};
	struct selfpage_hooks hooks = hooks_of(&log);
	const struct selfpage_eviction_event *event = log.evictions;
	struct selfpage_store *store;
	unsigned i;

	assert_int_equal(
		selfpage_store_open_anonymous(world->pager, -1, PAGE, &store),
		0);
	assert_int_equal(
		selfpage_map(world->space, 99 * PAGE, PAGE, store, 0, both), 0);
	hooks.evict = tell_eviction;
	set(world, &hooks);
	for (i = 0; i <= FRAMES; i++)
		get(world, i);
	put(world, 4, 'd');
	assert_int_equal(selfpage_advise(world->space, 4 * PAGE, PAGE,
				 SELFPAGE_DONT_NEED, 0),
		0);
	put(world, 5, 'd');
	assert_int_equal(selfpage_discard(world->space, 5 * PAGE, 2 * PAGE), 0);
	put(world, 99, 'x');
	assert_int_equal(selfpage_unmap(world->space, 99 * PAGE, PAGE), 0);
	assert_int_equal(selfpage_store_discard(store), 0);
	assert_int_equal(log.evictions_count, 5);
	assert_true(event[0].chooser == SELFPAGE_BY_POLICY && !event[0].dirty);
	assert_int_equal(event[0].page.offset, 0);
	for (i = 1; i < 5; i++) {
		assert_int_equal(event[i].chooser, SELFPAGE_BY_CALL);
		assert_int_equal(event[i].dirty, i != 3);
		assert_ptr_equal(
			event[i].page.store, i < 4 ? world->store : store);
		assert_int_equal(
			event[i].page.offset, i < 4 ? (3 + i) * PAGE : 0);
		assert_false(event[i].copy);
	}
	assert_int_equal(counts_of(world).evictions, 1);
	set(world, NULL);
}

/* Copies go with their map; a borrowed one may outlive what it is of. */
static void test_evicted_copies(void **state)
{
	struct world *world = *state;
	struct log log = {.world = world};
	struct selfpage_hooks hooks = hooks_of(&log);
	const struct selfpage_eviction_event *event = log.evictions;
	void *data;

	map_private(world, 100, 4);
	put(world, 100, 'c');
	assert_int_equal(
		selfpage_borrow(world->space, 101 * PAGE, both, &data), 0);
	hooks.evict = tell_eviction;
	set(world, &hooks);
	assert_int_equal(selfpage_unmap(world->space, 0, 104 * PAGE), 0);
	assert_int_equal(selfpage_store_close(world->store), 0);
	assert_int_equal(selfpage_give_back(world->space, data), 0);
	assert_int_equal(log.evictions_count, 4);
	assert_true(event[0].copy && event[0].page.store == world->store);
	assert_false(event[1].copy || event[2].copy);
	assert_true(event[3].copy && event[3].page.store == NULL);
	assert_int_equal(event[3].page.offset, PAGE);
	set(world, NULL);
	world->store = NULL;
}

static void test_pressure_free(void **state)
{
	struct world *world = *state;
	struct log log = {.world = world};
	struct selfpage_hooks hooks = hooks_of(&log);
	unsigned i;

	hooks.pressure = tell_pressure;
	hooks.free_low = 3;
	hooks.free_high = 5;
	set(world, &hooks);
	for (i = 0; i < 5; i++)
		get(world, i);
	assert_int_equal(log.pressures[SELFPAGE_PRESSURE_FREE], 0);
	get(world, 5);
	assert_int_equal(log.pressures[SELFPAGE_PRESSURE_FREE], 1);
	assert_int_equal(log.pressure.free, 2);
	assert_int_equal(log.pressure.unpinned, FRAMES);
	get(world, 6);
	/* up, but not to the high mark: it is the same crossing */
	assert_int_equal(selfpage_discard(world->space, 0, 3 * PAGE), 0);
	for (i = 0; i < 4; i++)
		get(world, i);
	assert_int_equal(log.pressures[SELFPAGE_PRESSURE_FREE], 1);
	assert_int_equal(selfpage_discard(world->space, 0, 8 * PAGE), 0);
	for (i = 0; i < 8; i++)
		get(world, i);
	assert_int_equal(log.pressures[SELFPAGE_PRESSURE_FREE], 2);
	assert_int_equal(log.pressures[SELFPAGE_PRESSURE_EVICTIONS], 0);
	assert_int_equal(log.pressures[SELFPAGE_PRESSURE_PINS], 0);
	set(world, NULL);
}

static void test_pressure_evictions(void **state)
{
	struct world *world = *state;
	struct log log = {.world = world};
	struct selfpage_hooks hooks = hooks_of(&log);
	unsigned i;

	hooks.pressure = tell_pressure;
	set(world, &hooks);
	for (i = 0; i < 8; i++)
		get(world, i);
	assert_int_equal(log.pressures[SELFPAGE_PRESSURE_EVICTIONS], 0);
	for (; i < 12; i++)
		get(world, i);
	assert_int_equal(log.pressures[SELFPAGE_PRESSURE_EVICTIONS], 1);
	/* a free frame, and they begin anew */
	assert_int_equal(selfpage_discard(world->space, 10 * PAGE, PAGE), 0);
	get(world, 20);
	assert_int_equal(log.pressures[SELFPAGE_PRESSURE_EVICTIONS], 1);
	get(world, 21);
	assert_int_equal(log.pressures[SELFPAGE_PRESSURE_EVICTIONS], 2);
	assert_int_equal(log.pressures[SELFPAGE_PRESSURE_FREE], 0);
	set(world, NULL);
}

static void test_pressure_pins(void **state)
{
	struct world *world = *state;
	struct log log = {.world = world};
	struct selfpage_hooks hooks = hooks_of(&log);
	void *data[4];
	unsigned i;

	hooks.pressure = tell_pressure;
	hooks.unpinned_low = 5;
	hooks.unpinned_high = 7;
	set(world, &hooks);
	for (i = 0; i < 4; i++) {
		assert_int_equal(log.pressures[SELFPAGE_PRESSURE_PINS], 0);
		assert_int_equal(selfpage_borrow(world->space, i * PAGE,
					 SELFPAGE_READ, &data[i]),
			0);
	}
	assert_int_equal(log.pressures[SELFPAGE_PRESSURE_PINS], 1);
	assert_int_equal(log.pressure.unpinned, 4);
	for (i = 0; i < 2; i++)
		assert_int_equal(selfpage_give_back(world->space, data[i]), 0);
	assert_int_equal(selfpage_advise(world->space, 10 * PAGE, 2 * PAGE,
				 SELFPAGE_PIN, 0),
		0);
	get(world, 10);
	get(world, 11);
	assert_int_equal(log.pressures[SELFPAGE_PRESSURE_PINS], 1);
	for (; i < 4; i++)
		assert_int_equal(selfpage_give_back(world->space, data[i]), 0);
	assert_int_equal(selfpage_advise(world->space, 10 * PAGE, PAGE,
				 SELFPAGE_UNPIN, 0),
		0);
	assert_int_equal(selfpage_advise(world->space, 20 * PAGE, 3 * PAGE,
				 SELFPAGE_PIN, 0),
		0);
	for (i = 20; i < 23; i++)
		get(world, i);
	assert_int_equal(log.pressures[SELFPAGE_PRESSURE_PINS], 2);
	set(world, NULL);
}

/* What a program does when memory is short: calls, which are not nested. */
static void relieve(struct log *log)
{
	struct world *world = log->world;

	if (log->pressure.kind != SELFPAGE_PRESSURE_FREE)
		return;
	assert_int_equal(selfpage_set_hooks(world->pager, NULL), -EBUSY);
	/* no lock is held */
	assert_int_equal(get(world, 63), 0);
	put(world, 62, 'u');
	assert_int_equal(
		selfpage_discard(world->space, 10 * PAGE, 40 * PAGE), 0);
}

static void test_relief(void **state)
{
	struct world *world = *state;
	struct log log = {.world = world, .on_pressure = relieve};
	struct selfpage_hooks hooks = hooks_of(&log);
	char data[30 * PAGE] = {0};

	hooks.pressure = tell_pressure;
	hooks.free_low = 3;
	hooks.free_high = 4;
	set(world, &hooks);
	/* between the pages of one call */
	assert_int_equal(
		selfpage_write(world->space, 10 * PAGE, data, sizeof(data)), 0);
	/* 6 pages, then 4 at a time beside those two that it keeps */
	assert_int_equal(log.pressures[SELFPAGE_PRESSURE_FREE], 7);
	assert_int_equal(log.pressures[SELFPAGE_PRESSURE_EVICTIONS], 0);
	assert_int_equal(counts_of(world).evictions, 0);
	set(world, NULL);
}

/* What an upcall crosses itself is told after it has returned. */
static void make_it_worse(struct log *log)
{
	unsigned told = log->pressures[SELFPAGE_PRESSURE_EVICTIONS];

	if (log->pressure.kind != SELFPAGE_PRESSURE_FREE)
		return;
	for (unsigned i = 30; i < 40; i++)
		get(log->world, i);
	assert_int_equal(log->pressures[SELFPAGE_PRESSURE_EVICTIONS], told);
}

static void test_worse(void **state)
{
	struct world *world = *state;
	struct log log = {.world = world, .on_pressure = make_it_worse};
	struct selfpage_hooks hooks = hooks_of(&log);

	hooks.pressure = tell_pressure;
	hooks.free_low = hooks.free_high = FRAMES;
	set(world, &hooks);
	get(world, 0);
	assert_int_equal(log.pressures[SELFPAGE_PRESSURE_FREE], 1);
	assert_int_equal(log.pressures[SELFPAGE_PRESSURE_EVICTIONS], 1);
	set(world, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_set),
		TEST(test_choice),
		TEST(test_choice_refused),
		TEST(test_choice_fails),
		TEST(test_choice_of_a_copy),
		TEST(test_faults),
		TEST(test_prefetches),
		TEST(test_evictions),
		TEST(test_evicted_copies),
		TEST(test_pressure_free),
		TEST(test_pressure_evictions),
		TEST(test_pressure_pins),
		TEST(test_relief),
		TEST(test_worse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
