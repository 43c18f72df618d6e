/* A machine for tests: see machine.h. */
#include "mm/test/machine.h"

#include <errno.h>
#include <stdlib.h>

static int open_shadow(void *context, struct btree_pool *pool, uint64_t pages,
	struct store **out)
{
	struct machine *machine = context;
	struct memory_store *memory;
	int error = machine->fail_shadow;

	(void)pages;
	if (!error)
		error = memory_store_open(pool, machine->blocking,
			machine->memory[0].dawdles, out);
	if (error)
		return error;
	memory = (struct memory_store *)*out;
	memory->ins = &machine->shadow_ins;
	memory->outs = &machine->shadow_outs;
	return 0;
}

static int create_parts(
	struct machine *machine, const struct machine_config *config)
{
	struct pager_config pager = {
		.frames = config->frames,
		.page_bytes = REAL_PAGE_BYTES,
		.mappings_max = config->mappings_max,
		.stores_max = MACHINE_STORES,
		.physmem_ops = &real_ops,
		.backend = &machine->real,
		.policy_ops = config->policy ? config->policy : &policy_lru,
		.bit_at_load = config->bit_at_load,
		.threads = config->threads,
		.track_writes = config->track_writes,
		.victim_batch = config->victim_batch,
		.clean_ahead = config->clean_ahead,
		.read_ahead_max = config->read_ahead_max,
		.shadows_max = config->shadows_max,
		.open_shadow = config->shadows_max ? open_shadow : NULL,
		.shadow_context = machine,
	};
	unsigned i;
	int error;

	for (i = 0; i < MACHINE_SPACES; i++) {
		error = as_init(&machine->spaces[i],
			config->maps_max ? config->maps_max : 64);
		if (error)
			return error;
		machine->space_list[i] = &machine->spaces[i];
	}
	error = real_init(&machine->real, config->frames, MACHINE_PAGES,
		machine->space_list, MACHINE_SPACES);
	machine->real.no_dirty_bits = config->track_writes;
	machine->blocking = config->blocking;
	if (!error)
		error = pager_create(&pager, &machine->pager);
	for (i = 0; i < 2 && !error; i++) {
		memory_store_init(&machine->memory[i], machine->pager->btrees,
			config->blocking);
		machine->stores[machine->stores_count++] =
			&machine->memory[i].store;
	}
	return error;
}

int machine_create(const struct machine_config *config, struct machine **out)
{
	struct machine *machine = calloc(1, sizeof(*machine));

	if (!machine)
		return -ENOMEM;
	machine->next_use = NEXT_USE_NEVER;
	*out = machine;
	return create_parts(machine, config);
}

void machine_destroy(struct machine *machine)
{
	struct store *store;
	unsigned i;

	for (i = 0; i < MACHINE_SPACES; i++)
		pager_unmap(
			machine->pager, &machine->spaces[i], 0, MACHINE_PAGES);
	for (i = 0; i < MACHINE_SPACES; i++)
		as_fini(&machine->spaces[i]);
	for (i = 0; i < machine->stores_count; i++) {
		store = machine->stores[i];
		pager_drop_store(machine->pager, store, false);
		if (store->ops->destroy)
			store->ops->destroy(store);
	}
	pager_destroy(machine->pager);
	real_fini(&machine->real);
	free(machine);
}

/* The backend's table holds the mappings that the frames know, and no more;
 * it has refused all others. */
static const char *check_table(struct machine *machine)
{
	const struct physmem *physmem = &machine->pager->physmem;
	const struct mapping *at;
	uint32_t mapped = 0;
	uint32_t i;

	for (i = 0; i < physmem->frames_max; i++) {
		at = &physmem->frames[i].first;
		while (at && at->as) {
			if (real_frame(&machine->real, at->as, at->page) != i)
				return "machine: a page shows another frame";
			mapped++;
			at = at->next == MAPPING_NONE
				     ? NULL
				     : &physmem->mappings[at->next];
		}
	}
	return mapped == machine->real.mapped
		       ? NULL
		       : "machine: the pager has forgotten a mapping";
}

const char *machine_check(struct machine *machine)
{
	const char *why = pager_check(machine->pager, machine->space_list,
		MACHINE_SPACES, machine->stores, machine->stores_count);

	return why ? why : check_table(machine);
}

static struct fault fault_at(
	struct machine *machine, unsigned space, uint64_t page, unsigned access)
{
	struct as *as = &machine->spaces[space];

	return (struct fault){
		.as = as,
		.page = page,
		.translation = real_translate(&machine->real, as, page),
		.access = access,
		.next_use = machine->next_use,
	};
}

int machine_fault(
	struct machine *machine, unsigned space, uint64_t page, unsigned access)
{
	struct fault fault = fault_at(machine, space, page, access);
	int error = pager_fault(machine->pager, &fault);

	machine->kind = fault.kind;
	return error;
}

static int machine_access(struct machine *machine, unsigned space,
	uint64_t page, unsigned access, unsigned word, uint64_t *value)
{
	struct fault fault = fault_at(machine, space, page, access);
	bool faulted = false;
	int error;

	while (!real_access(
		&machine->real, fault.as, page, access, word, value)) {
		/* alone, it finds what the fault has mapped */
		if (faulted && !machine->pager->threads)
			return -EFAULT;
		faulted = true;
		error = pager_fault(machine->pager, &fault);
		if (error)
			return error;
	}
	if (!machine->pager->threads) {
		machine->faulted = faulted;
		machine->kind = fault.kind;
	}
	return 0;
}

int machine_read(struct machine *machine, unsigned space, uint64_t page,
	unsigned word, uint64_t *value)
{
	return machine_access(machine, space, page, PROTECT_READ, word, value);
}

int machine_write(struct machine *machine, unsigned space, uint64_t page,
	unsigned word, uint64_t value)
{
	return machine_access(
		machine, space, page, PROTECT_WRITE, word, &value);
}

struct frame *machine_frame(
	struct machine *machine, unsigned store, uint64_t offset)
{
	uint32_t number;

	if (!btree_find(&machine->stores[store]->frames, offset, &number, NULL))
		return NULL;
	return &machine->pager->physmem.frames[number];
}
