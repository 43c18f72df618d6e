/* Policies of variable space, and how they run: see variable.h. */
#include "replay/variable.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * Space is summed up without a look at who is in memory: a page that comes at
 * C and leaves at L was there for L - C references.
 *
 *	space = sum of all L - sum of all C + resident x end
 */
struct variable_run {
	const struct variable_ops *ops;
	struct variable *variable;
	uint8_t *present; /* [pages] */
	uint32_t pages, resident;
	uint64_t now;	     /* of the next reference */
	bool is_fault;	     /* of the page that is to be used */
	uint64_t came, left; /* sums of times; what matters is left - came */
	struct variable_result result;
	void (*on_leave)(void *context, uint32_t page);
	void *context;
};

static const struct variable_ops *const list[] = {
	&variable_pff,
	&variable_vmin,
	&variable_ws,
};

const struct variable_ops *variable_at(unsigned index)
{
	if (index >= sizeof(list) / sizeof(list[0]))
		return NULL;
	return list[index];
}

const struct variable_ops *variable_of(const struct policy_ops *about)
{
	const struct variable_ops *ops;
	unsigned i;

	for (i = 0; (ops = variable_at(i)); i++)
		if (&ops->about == about)
			return ops;
	return NULL;
}

const struct policy_ops *any_policy_at(unsigned index)
{
	unsigned fixed = 0;

	while (policy_at(fixed))
		fixed++;
	if (index < fixed)
		return policy_at(index);
	return variable_at(index - fixed) ? &variable_at(index - fixed)->about
					  : NULL;
}

const struct policy_ops *any_policy_find(const char *name)
{
	const struct policy_ops *ops;
	unsigned i;

	for (i = 0; (ops = any_policy_at(i)); i++)
		if (!strcmp(ops->name, name))
			return ops;
	return NULL;
}

double variable_mean(const struct variable_result *result)
{
	return result->references ? (double)result->space / result->references
				  : 0;
}

void variable_run_close(struct variable_run *run)
{
	if (!run)
		return;
	if (run->variable)
		run->ops->destroy(run->variable);
	free(run->present);
	free(run);
}

int variable_run_open(
	const struct variable_run_config *config, struct variable_run **out)
{
	struct variable_run *run = calloc(1, sizeof(*run));
	struct variable_config policy = {
		.pages = config->pages ? config->pages : 1,
		.values = config->values,
		.bit_at_load = config->bit_at_load,
		.run = run,
	};

	if (!run)
		return -ENOMEM;
	run->ops = config->ops;
	run->pages = config->pages;
	run->on_leave = config->on_leave;
	run->context = config->context;
	run->result.references = config->references;
	run->present = calloc(policy.pages, sizeof(*run->present));
	if (!run->present || config->ops->create(&policy, &run->variable)) {
		variable_run_close(run);
		return -ENOMEM;
	}
	*out = run;
	return 0;
}

void variable_run_at(struct variable_run *run, uint64_t references)
{
	run->now = references;
}

bool variable_run_before(struct variable_run *run, uint32_t page)
{
	if (run->ops->advance)
		run->ops->advance(run->variable, run->now, page);
	run->is_fault = !run->present[page];
	if (!run->is_fault)
		return false;
	if (run->ops->fault)
		run->ops->fault(run->variable, run->now);
	run->present[page] = 1;
	run->came += run->now;
	run->result.faults++;
	run->resident++;
	if (run->resident > run->result.peak)
		run->result.peak = run->resident;
	return true;
}

void variable_run_use(
	struct variable_run *run, uint32_t page, uint32_t count, uint64_t next)
{
	const struct variable_use use = {
		.page = page,
		.first = run->now,
		.last = run->now + count - 1,
		.next = next,
		.fault = run->is_fault,
	};

	run->ops->use(run->variable, &use);
	run->now += count;
}

void variable_run_block(struct variable_run *run,
	const struct trace_block *block, const uint64_t *next)
{
	uint32_t i;

	variable_run_at(run, block->first_reference);
	for (i = 0; i < block->events; i++) {
		(void)variable_run_before(run, block->page[i]);
		variable_run_use(run, block->page[i], block->count[i],
			next ? next[i] : NEXT_USE_NEVER);
	}
}

void variable_run_finish(
	struct variable_run *run, struct variable_result *result)
{
	const uint64_t end = run->result.references;

	if (run->ops->advance && end)
		run->ops->advance(run->variable, end - 1, VARIABLE_PAGE_NONE);
	run->result.space = run->left - run->came + run->resident * end;
	*result = run->result;
}

const char *variable_run_check(const struct variable_run *run)
{
	uint64_t resident = 0;
	uint32_t page;

	for (page = 0; page < run->pages; page++)
		resident += run->present[page];
	if (resident != run->resident)
		return "variable: residents are miscounted";
	if (run->result.faults - run->result.evictions != resident)
		return "variable: what came and did not leave is not there";
	return run->ops->check ? run->ops->check(run->variable, run->present)
			       : NULL;
}

void variable_leave(struct variable_run *run, uint32_t page, uint64_t when)
{
	if (when >= run->result.references)
		return; /* it is there to the end */
	run->present[page] = 0;
	run->left += when;
	run->resident--;
	run->result.evictions++;
	if (run->on_leave)
		run->on_leave(run->context, page);
}

void variable_scan(
	struct variable_run *run, uint64_t scanned, uint64_t harvested)
{
	run->result.scanned += scanned;
	run->result.harvested += harvested;
}

uint32_t variable_resident(const struct variable_run *run)
{
	return run->resident;
}
