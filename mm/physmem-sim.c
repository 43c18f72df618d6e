/* The simulated backend: see physmem-sim.h. */
#include "mm/physmem-sim.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

int sim_init(struct sim *sim, uint32_t entries)
{
	size_t bytes = ((size_t)entries + 1) * sizeof(*sim->table);

	*sim = (struct sim){.entries = entries};
	sim->table = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (sim->table == MAP_FAILED) {
		sim->table = NULL;
		return -ENOMEM;
	}
	madvise(sim->table, bytes, MADV_HUGEPAGE); /* if it can */
	return 0;
}

void sim_fini(struct sim *sim)
{
	size_t bytes = ((size_t)sim->entries + 1) * sizeof(*sim->table);

	if (sim->table)
		munmap(sim->table, bytes);
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

	sim->table[mapping->translation] = frame | SIM_PRESENT |
		SIM_REFERENCED |
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
