/* A server for tests: see server-machine.h. */
#include "mm/test/server-machine.h"

#include <errno.h>
#include <stdlib.h>

static uint64_t now(void *context)
{
	struct server_machine *machine = context;

	return __atomic_load_n(&machine->now, __ATOMIC_RELAXED);
}

int server_machine_create(uint32_t frames, struct server_machine **out)
{
	struct server_machine *machine = calloc(1, sizeof(*machine));
	struct server_config config = {
		.frames = frames,
		.page_bytes = REAL_PAGE_BYTES,
		.physmem_ops = &real_ops,
		.now = now,
		.context = machine,
		.notice = SERVER_NOTICE,
	};
	unsigned i;

	if (!machine)
		return -ENOMEM;
	config.backend = &machine->real;
	for (i = 0; i < SERVER_TASKS; i++) {
		machine->space_list[i] = &machine->seats[i].as;
		machine->seats[i].machine = machine;
	}
	*out = machine;
	if (real_init(&machine->real, frames, SERVER_PAGES, machine->space_list,
		    SERVER_TASKS))
		return -ENOMEM;
	return server_create(&config, &machine->server);
}

void server_machine_destroy(struct server_machine *machine)
{
	if (server_destroy(machine->server))
		abort();
	real_fini(&machine->real);
	free(machine);
}

static void return_frames(void *context, uint32_t frames, uint64_t deadline)
{
	struct seat *seat = context;
	uint32_t returned;

	/* an upcall may come from any thread */
	__atomic_store_n(&seat->told, frames, __ATOMIC_RELAXED);
	__atomic_fetch_add(&seat->calls, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&seat->deadline, deadline, __ATOMIC_RELAXED);
	if (seat->obeys)
		(void)server_return(seat->task, frames, &returned);
}

static int open_shadow(void *context, struct btree_pool *pool, uint64_t pages,
	struct store **out)
{
	(void)context;
	(void)pages;
	return memory_store_open(pool, true, false, out);
}

int seat_take(struct server_machine *machine, unsigned number,
	struct control *control, uint32_t extra_max,
	const struct policy_ops *policy)
{
	struct seat *seat = &machine->seats[number];
	struct server_task_config config = {
		.policy_ops = policy ? policy : &policy_lru,
		.mappings_max = 4,
		.stores_max = 2,
		.shadows_max = 1,
		.open_shadow = open_shadow,
		.bit_at_load = true,
		.extra_max = extra_max,
		.return_frames = seat->mute ? NULL : return_frames,
		.context = seat,
	};
	struct server_task *task;
	int error = server_task_create(control, &config, &task);

	if (error)
		return error;
	memory_store_init(&seat->memory, server_task_pager(task)->btrees, true);
	seat->store = &seat->memory.store;
	seat->task = task;
	seat->control = control;
	error = as_init(&seat->as, 64);
	if (!error)
		error = as_map(&seat->as, 0, SERVER_PAGES, seat->store, 0,
			PROTECT_READ | PROTECT_WRITE, NULL);
	if (error)
		abort();
	return 0;
}

int seat_leave(struct server_machine *machine, unsigned number)
{
	struct seat *seat = &machine->seats[number];
	int error;

	pager_unmap(server_task_pager(seat->task), &seat->as, 0, SERVER_PAGES);
	server_task_drop_store(seat->task, seat->store, false);
	error = server_task_destroy(seat->task);
	if (error)
		return error;
	as_fini(&seat->as);
	seat->task = NULL;
	return 0;
}

static int seat_access(struct server_machine *machine, unsigned number,
	uint64_t page, unsigned access, unsigned word, uint64_t *value)
{
	struct seat *seat = &machine->seats[number];
	struct fault fault = {
		.as = &seat->as,
		.page = page,
		.translation = real_translate(&machine->real, &seat->as, page),
		.access = access,
		.next_use = NEXT_USE_NEVER,
	};
	int error;

	while (!real_access(
		&machine->real, &seat->as, page, access, word, value)) {
		error = server_task_fault(seat->task, &fault);
		if (error)
			return error;
		__atomic_store_n(&seat->kind, fault.kind, __ATOMIC_RELAXED);
	}
	return 0;
}

int seat_read(struct server_machine *machine, unsigned seat, uint64_t page,
	unsigned word, uint64_t *value)
{
	return seat_access(machine, seat, page, PROTECT_READ, word, value);
}

int seat_write(struct server_machine *machine, unsigned seat, uint64_t page,
	unsigned word, uint64_t value)
{
	return seat_access(machine, seat, page, PROTECT_WRITE, word, &value);
}

bool seat_has(struct server_machine *machine, unsigned number, uint64_t page)
{
	uint32_t frame;

	return btree_find(
		&machine->seats[number].store->frames, page, &frame, NULL);
}

/* What the page table says of rule 5. */
static const char *check_table(struct server_machine *machine, unsigned number)
{
	struct seat *seat = &machine->seats[number];
	const struct physmem *physmem = &server_task_pager(seat->task)->physmem;
	uint32_t guarantee = control_guarantee(seat->control);
	uint32_t fast = 0;
	uint32_t i;

	for (i = 0; i < SERVER_PAGES; i++) {
		const struct real_entry *entry =
			&machine->real.table[number * SERVER_PAGES + i];
		const struct frame *frame = &physmem->frames[entry->frame];

		/* each page has one place: no frame is counted twice */
		if (entry->protection &&
			(entry->protection & PROTECT_WRITE ||
				entry->bits & BIT_DIRTY || frame->pins))
			fast++;
	}
	for (i = 0; i < physmem->frames_max; i++)
		if (physmem->frames[i].store && !physmem->frames[i].first.as &&
			(physmem->frames[i].flags & FRAME_DIRTY ||
				physmem->frames[i].pins))
			fast++;
	return fast > guarantee ? "machine: too much can't be taken" : NULL;
}

const char *server_machine_check(struct server_machine *machine)
{
	const char *why = server_check(machine->server);
	struct seat *seat;
	unsigned i;

	for (i = 0; i < SERVER_TASKS && !why; i++) {
		seat = &machine->seats[i];
		if (!seat->task)
			continue;
		why = server_task_check(seat->task, &machine->space_list[i], 1,
			&seat->store, 1);
		if (!why)
			why = check_table(machine, i);
	}
	return why;
}
