/* The public library: the program's hooks, in its own names. */
#include "mm/selfpage-internal.h"

#include <errno.h>

_Static_assert((int)SELFPAGE_BY_POLICY == CHOSEN_BY_POLICY &&
		       (int)SELFPAGE_BY_PROGRAM == CHOSEN_BY_HOOK &&
		       (int)SELFPAGE_BY_CALL == CHOSEN_BY_CALL,
	"choosers");
_Static_assert((int)SELFPAGE_FAULT_SOFT == FAULT_SOFT &&
		       (int)SELFPAGE_FAULT_HARD == FAULT_HARD &&
		       (int)SELFPAGE_FAULT_ZERO == FAULT_ZERO &&
		       (int)SELFPAGE_FAULT_WRITE == FAULT_WRITE,
	"faults");
_Static_assert((int)SELFPAGE_PRESSURE_FREE == PRESSURE_FREE &&
		       (int)SELFPAGE_PRESSURE_EVICTIONS == PRESSURE_EVICTIONS &&
		       (int)SELFPAGE_PRESSURE_PINS == PRESSURE_PINS,
	"pressure");

/* A page in the program's names. */
static struct selfpage_page page_of(
	const struct selfpage *self, const struct page_name *name)
{
	uint64_t page_bytes = self->memory.page_bytes;

	return (struct selfpage_page){
		.store = name->store ? name->store->owner : NULL,
		.offset = name->offset * page_bytes,
		.space = (struct selfpage_space *)name->as,
		.address = name->page * page_bytes,
	};
}

/* And back; what is not of this pager names nothing. */
static struct page_name name_of(
	const struct selfpage *self, const struct selfpage_page *page)
{
	uint64_t page_bytes = self->memory.page_bytes;
	struct page_name name = {0};

	if (page->store && page->store->owner == self) {
		name.store = page->store->store;
		name.offset = page->offset / page_bytes;
	} else if (!page->store && page->space && page->space->owner == self) {
		name.as = &page->space->as;
		name.page = page->address / page_bytes;
	}
	return name;
}

static bool choose(void *context, const struct page_name *wanted,
	struct page_name *victim_out)
{
	struct selfpage *self = context;
	struct selfpage_situation situation = {
		.pager = self,
		.frames = self->pager->physmem.limit,
		.pinned = self->pager->pinned,
	};
	struct selfpage_page victim = {0};

	if (wanted)
		situation.wanted = page_of(self, wanted);
	if (!self->program.choose(self->program.context, &situation, &victim))
		return false;
	*victim_out = name_of(self, &victim);
	return true;
}

static void tell_fault(void *context, const struct fault_event *event)
{
	const struct selfpage *self = context;
	const struct selfpage_fault_event told = {
		.page = page_of(self, &event->page),
		.error = event->error,
		.kind = (enum selfpage_fault_kind)event->kind,
		.prefetch = event->prefetch,
	};

	self->program.fault(self->program.context, &told);
}

static void tell_eviction(void *context, const struct eviction_event *event)
{
	const struct selfpage *self = context;
	struct selfpage_eviction_event told = {
		.page = page_of(self, &event->page),
		.chooser = (enum selfpage_chooser)event->chooser,
		.dirty = event->dirty,
	};

	/* a store of copies is called by the name of what they are copies of,
	 * or by none, if that is closed */
	told.copy =
		!told.page.store || told.page.store->store != event->page.store;
	self->program.evict(self->program.context, &told);
}

static void tell_pressure(void *context, const struct pressure_event *event)
{
	struct selfpage *self = context;
	const struct selfpage_pressure_event told = {
		.pager = self,
		.kind = (enum selfpage_pressure)event->kind,
		.frames = event->frames,
		.free = event->free,
		.unpinned = event->unpinned,
	};

	self->program.pressure(self->program.context, &told);
}

static int set_hooks(struct selfpage *self, const struct selfpage_hooks *hooks)
{
	int error = pager_set_hooks(self->pager, hooks ? &self->hooks : NULL);

	if (error || !hooks)
		return error;
	self->program = *hooks;
	self->hooks = (struct hooks){
		.context = self,
		.choose = hooks->choose ? choose : NULL,
		.fault = hooks->fault ? tell_fault : NULL,
		.evict = hooks->evict ? tell_eviction : NULL,
		.pressure = hooks->pressure ? tell_pressure : NULL,
		.free_low = hooks->free_low,
		.free_high = hooks->free_high,
		.unpinned_low = hooks->unpinned_low,
		.unpinned_high = hooks->unpinned_high,
	};
	return 0;
}

PUBLIC int selfpage_set_hooks(
	struct selfpage *pager, const struct selfpage_hooks *hooks)
{
	int error;

	if (!pager)
		return -EINVAL;
	if (hooks && (hooks->hooks_bytes != sizeof(*hooks) ||
			     hooks->free_high < hooks->free_low ||
			     hooks->unpinned_high < hooks->unpinned_low))
		return -EINVAL;
	pager_lock(pager->pager);
	error = set_hooks(pager, hooks);
	pager_unlock(pager->pager);
	return error;
}

PUBLIC unsigned selfpage_look_at(const struct selfpage_situation *situation,
	const struct selfpage_page *page)
{
	struct page_name name = name_of(situation->pager, page);
	uint32_t number = pager_find_page(&name);

	if (number == FRAME_NONE)
		return 0;
	return selfpage_frame_state(situation->pager, number);
}
