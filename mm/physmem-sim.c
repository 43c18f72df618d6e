/* The simulated backend: see physmem-sim.h. */
#include "mm/physmem-sim.h"

#include <errno.h>

#include "base/memory.h"

int sim_init(struct sim *sim, uint32_t entries)
{
	*sim = (struct sim){.entries = entries};
	sim->table = memory_map((size_t)entries * sizeof(*sim->table));
	return sim->table ? 0 : -ENOMEM;
}

void sim_fini(struct sim *sim)
{
	memory_unmap(sim->table, (size_t)sim->entries * sizeof(*sim->table));
	sim->table = NULL;
}

static void *sim_data(void *backend, uint32_t frame)
{
	(void)backend;
	(void)frame;
	return NULL;
}

static void sim_map(void *backend, const struct mapping *mapping,
	uint32_t frame, unsigned protection)
{
	struct sim *sim = backend;

	sim->table[mapping->translation] =
		frame | SIM_PRESENT | SIM_REFERENCED |
		(protection & PROTECT_WRITE ? SIM_WRITABLE : 0);
}

static unsigned sim_bits(uint32_t entry)
{
	return (entry & SIM_REFERENCED ? BIT_REFERENCED : 0) |
	       (entry & SIM_DIRTY ? BIT_DIRTY : 0);
}

static unsigned sim_unmap(void *backend, const struct mapping *mapping)
{
	uint32_t *entry = &((struct sim *)backend)->table[mapping->translation];
	unsigned bits = sim_bits(*entry);

	*entry = 0;
	return bits;
}

static unsigned sim_harvest(void *backend, const struct mapping *mapping)
{
	uint32_t *entry = &((struct sim *)backend)->table[mapping->translation];
	unsigned bits = sim_bits(*entry);

	*entry &= ~SIM_REFERENCED;
	return bits;
}

static void sim_prefetch(void *backend, const struct mapping *mapping)
{
	struct sim *sim = backend;

	__builtin_prefetch(&sim->table[mapping->translation], 1);
}

static uint32_t sim_translate(void *backend, struct as *as, uint64_t page)
{
	struct sim *sim = backend;

	(void)as;
	if (!sim->translate)
		return TRANSLATION_NONE;
	return sim->translate(sim->context, page);
}

const struct physmem_ops physmem_sim_ops = {
	.data = sim_data,
	.map = sim_map,
	.unmap = sim_unmap,
	.harvest = sim_harvest,
	.prefetch = sim_prefetch,
	.translate = sim_translate,
};
