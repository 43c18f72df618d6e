/* The public library: pagers, their counts and their check. */
#include "mm/selfpage-live-internal.h"
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

/* Are they as many as OPS has parameters, and each what it may be? */
static bool are_values_of(
	const struct policy_ops *ops, const double *values, uint32_t count)
{
	const struct policy_parameter *parameter = ops->parameters;
	uint32_t i;

	if (!values)
		return !count;
	for (i = 0; parameter && parameter[i].name; i++)
		/* no number is neither */
		if (i >= count || !(values[i] >= parameter[i].least &&
					  values[i] <= parameter[i].most))
			return false;
	return i == count;
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
		.victim_batch = config->victim_batch,
		.clean_ahead = config->clean_ahead,
		.shadows_max = usual(config->private_max, PRIVATE_USUAL),
		.open_shadow = selfpage_open_shadow,
		.physmem_ops = &physmem_memory_ops,
		.policy_ops = policy_find(name),
		.policy_values = config->policy_values,
		.policy_seed = config->policy_seed,
		.bit_at_load = true,
		.threads = true,
	};
	if (!out->frames || out->frames > FRAMES_MAX)
		return -EINVAL;
	if (out->page_bytes < PAGE_BYTES_MIN ||
		out->page_bytes > PAGE_BYTES_MAX ||
		out->page_bytes & (out->page_bytes - 1))
		return -EINVAL;
	if (out->victim_batch > BATCH_MAX ||
		(config->control && (out->victim_batch || out->clean_ahead)))
		return -EINVAL;
	if (config->read_ahead == SELFPAGE_NO_READ_AHEAD)
		out->read_ahead_max = 0;
	if (out->stores_max > STORES_MAX || out->shadows_max > PRIVATE_MAX ||
		out->read_ahead_max > READ_AHEAD_MAX)
		return -EINVAL;
	if (!out->policy_ops)
		return -ENOENT;
	if (!are_values_of(out->policy_ops, config->policy_values,
		    config->policy_values_count))
		return -EINVAL;
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

/* The frames, and what OUT says of the backend. */
static int make_memory(struct selfpage *self,
	const struct selfpage_config *config, struct pager_config *out)
{
	out->backend = &self->memory;
	if (config->live)
		return selfpage_live_create(
			self, config->live, config->frames, out);
	if (config->control)
		return memory_init_over(&self->memory,
			selfpage_control_arena(config->control), out->frames,
			out->page_bytes, out->mappings_max);
	return memory_init(
		&self->memory, out->frames, out->page_bytes, out->mappings_max);
}

static void fini_memory(struct selfpage *self)
{
	if (self->live)
		selfpage_live_destroy(self);
	memory_fini(&self->memory);
}

PUBLIC int selfpage_create(
	const struct selfpage_config *config, struct selfpage **pager_out)
{
	struct pager_config complete_config;
	struct selfpage_config whole;
	struct selfpage *self;
	int error;

	if (!config || !pager_out || config->config_bytes != sizeof(*config) ||
		(config->control && config->live))
		return -EINVAL;
	whole = *config;
	error = config->control ? complete_control(&whole) : 0;
	if (!error)
		error = complete(&whole, &complete_config);
	if (error)
		return error;
	self = calloc(1, sizeof(*self));
	if (!self)
		return -ENOMEM;
	self->stores_max = complete_config.stores_max;
	error = make_memory(self, config, &complete_config);
	if (error)
		goto free_self;
	complete_config.shadow_context = self;
	if (config->control)
		error = selfpage_make_task(self, &complete_config, config);
	else
		error = pager_create(&complete_config, &self->pager);
	if (error)
		goto fini_memory;
	if (self->live)
		error = selfpage_live_start(self);
	if (error)
		goto destroy_pager;
	if (config->cleaner && config->clean_ahead)
		error = pager_start_cleaner(self->pager);
	if (error)
		goto stop_live;
	*pager_out = self;
	return 0;
stop_live:
	if (self->live)
		selfpage_live_stop(self);
destroy_pager:
	pager_destroy(self->pager);
fini_memory:
	fini_memory(self);
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
	if (pager->live)
		selfpage_live_stop(pager);
	if (pager->task)
		selfpage_end_task(pager);
	else
		pager_destroy(pager->pager);
	if (pager->swap)
		swap_destroy(pager->swap);
	if (pager->swap_file)
		fclose(pager->swap_file);
	fini_memory(pager);
	free(pager);
	return 0;
}

/* A live pager's front has some that the pager has not. */
static uint32_t frames_limit(const struct selfpage *self)
{
	return self->live ? self->live->backend.limit
			  : self->pager->physmem.limit;
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
		.cleaned = counts->cleaned,
		.drop_writebacks = counts->drop_writebacks,
		.writeback_errors = counts->writeback_errors,
		.takebacks = counts->takebacks,
		.bad_faults = counts->bad_faults,
		.frames = frames_limit(pager),
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

	if (!why && self->live)
		why = selfpage_live_check(self);
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
