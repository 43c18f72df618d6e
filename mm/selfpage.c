/* The public library: pagers, their counts and their check. */
#include "mm/selfpage-physmem-internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mm/store-swap.h"

enum {
	FRAMES_MAX = 1 << 28,
	PAGE_BYTES_MIN = 64,
	PAGE_BYTES_MAX = 1 << 24,
	PAGE_BYTES_USUAL = 4096,
	STORES_MAX = 1 << 16,
	STORES_USUAL = 64,
	READ_AHEAD_MAX = 1 << 16,
	READ_AHEAD_USUAL = 32,
	PRIVATE_MAX = 1 << 16,
	PRIVATE_USUAL = 64,
};

static uint32_t usual(uint32_t wanted, uint32_t if_zero)
{
	return wanted ? wanted : if_zero;
}

/* Fills in what was left 0. */
static int complete(
	const struct selfpage_config *config, struct pager_config *out)
{
	const char *name = config->policy ? config->policy : "lru-hints";

	*out = (struct pager_config){
		.frames = config->frames,
		.page_bytes = usual(config->page_bytes, PAGE_BYTES_USUAL),
		.mappings_max = config->frames,
		.stores_max = usual(config->stores_max, STORES_USUAL),
		.read_ahead_max = usual(config->read_ahead, READ_AHEAD_USUAL),
		.shadows_max = usual(config->private_max, PRIVATE_USUAL),
		.open_shadow = selfpage_open_shadow,
		.physmem_ops = &physmem_memory_ops,
		.policy_ops = policy_find(name),
		.bit_at_load = true,
		.threads = true,
	};
	if (!out->frames || out->frames > FRAMES_MAX)
		return -EINVAL;
	if (out->page_bytes < PAGE_BYTES_MIN ||
		out->page_bytes > PAGE_BYTES_MAX ||
		out->page_bytes & (out->page_bytes - 1))
		return -EINVAL;
	if (config->read_ahead == SELFPAGE_NO_READ_AHEAD)
		out->read_ahead_max = 0;
	if (out->stores_max > STORES_MAX || out->shadows_max > PRIVATE_MAX ||
		out->read_ahead_max > READ_AHEAD_MAX)
		return -EINVAL;
	if (!out->policy_ops)
		return -ENOENT;
	return out->policy_ops->knows == POLICY_ORACLE ? -ENOTSUP : 0;
}

/* The frames of CONFIG's control. */
static int complete_control(struct selfpage_config *config)
{
	if (config->frames || config->page_bytes)
		return -EINVAL;
	return selfpage_control_shape(
		config->control, &config->frames, &config->page_bytes);
}

PUBLIC int selfpage_create(
	const struct selfpage_config *config, struct selfpage **pager_out)
{
	struct pager_config complete_config;
	struct selfpage_config whole;
	struct selfpage *self;
	void *arena = NULL;
	int error;

	if (!config || !pager_out || config->config_bytes != sizeof(*config))
		return -EINVAL;
	whole = *config;
	error = config->control ? complete_control(&whole) : 0;
	if (!error)
		error = complete(&whole, &complete_config);
	if (error)
		return error;
	if (config->control)
		arena = selfpage_control_arena(config->control);
	self = calloc(1, sizeof(*self));
	if (!self)
		return -ENOMEM;
	self->stores_max = complete_config.stores_max;
	if (config->control)
		error = memory_init_over(&self->memory, arena,
			complete_config.frames, complete_config.page_bytes,
			complete_config.mappings_max);
	else
		error = memory_init(&self->memory, complete_config.frames,
			complete_config.page_bytes,
			complete_config.mappings_max);
	if (error)
		goto free_self;
	complete_config.backend = &self->memory;
	complete_config.shadow_context = self;
	if (config->control)
		error = selfpage_make_task(self, &complete_config, config);
	else
		error = pager_create(&complete_config, &self->pager);
	if (error)
		goto fini_memory;
	*pager_out = self;
	return 0;
fini_memory:
	memory_fini(&self->memory);
free_self:
	free(self);
	return error;
}

PUBLIC int selfpage_destroy(struct selfpage *pager)
{
	if (!pager)
		return -EINVAL;
	if (pager->spaces || pager->stores)
		return -EBUSY;
	if (pager->log)
		(void)selfpage_log_stop(pager);
	if (pager->task)
		selfpage_end_task(pager);
	else
		pager_destroy(pager->pager);
	if (pager->swap)
		swap_destroy(pager->swap);
	if (pager->swap_file)
		fclose(pager->swap_file);
	memory_fini(&pager->memory);
	free(pager);
	return 0;
}

PUBLIC int selfpage_read_counts(struct selfpage *pager,
	struct selfpage_counts *counts_out, size_t counts_bytes)
{
	const struct pager_counts *counts;

	if (!pager || !counts_out || counts_bytes != sizeof(*counts_out))
		return -EINVAL;
	pager_lock(pager->pager);
	counts = &pager->pager->counts;
	*counts_out = (struct selfpage_counts){
		.hard_faults = counts->hard_faults,
		.zero_faults = counts->zero_faults,
		.soft_faults = counts->soft_faults,
		.write_faults = counts->write_faults,
		.copies = counts->copies,
		.prefetches = counts->prefetches,
		.ahead_used = counts->ahead_used,
		.ahead_wasted = counts->ahead_wasted,
		.evictions = counts->evictions,
		.choices = counts->choices,
		.choice_refused = counts->choice_refused,
		.writebacks = counts->writebacks,
		.drop_writebacks = counts->drop_writebacks,
		.writeback_errors = counts->writeback_errors,
		.takebacks = counts->takebacks,
		.bad_faults = counts->bad_faults,
		.frames = pager->pager->physmem.limit,
		.resident = pager->pager->physmem.resident,
		.pinned = pager->pager->pinned,
	};
	pager_unlock(pager->pager);
	return 0;
}

static const char *check(struct selfpage *self, struct as **spaces,
	unsigned spaces_count, struct store **stores, unsigned stores_count)
{
	const char *why = memory_check(&self->memory);

	if (why)
		return why;
	if (self->task)
		return server_task_check(
			self->task, spaces, spaces_count, stores, stores_count);
	return pager_check(
		self->pager, spaces, spaces_count, stores, stores_count);
}

PUBLIC const char *selfpage_check(struct selfpage *pager)
{
	const char *why = "selfpage: no memory to check with";
	unsigned spaces_count = 0, stores_count = 0;
	struct selfpage_space *space;
	struct selfpage_store *store;
	struct store **stores;
	struct as **spaces;

	if (!pager)
		return "selfpage: there is no pager";
	spaces = calloc(pager->spaces_count + 1, sizeof(struct as *));
	stores = calloc(pager->stores_count + 1, sizeof(struct store *));
	if (spaces && stores) {
		for (space = pager->spaces; space; space = space->next)
			spaces[spaces_count++] = &space->as;
		for (store = pager->stores; store; store = store->next)
			stores[stores_count++] = store->store;
		why = check(pager, spaces, spaces_count, stores, stores_count);
	}
	free(spaces);
	free(stores);
	return why;
}

PUBLIC const char *selfpage_policy_name(unsigned number)
{
	const struct policy_ops *ops;
	unsigned i;

	for (i = 0; (ops = policy_at(i)); i++)
		if (ops->knows != POLICY_ORACLE && !number--)
			return ops->name;
	return NULL;
}
