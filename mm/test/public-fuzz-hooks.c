/* public-fuzz: victims of the program's choice, observers, upcalls. */
#include "mm/test/public-fuzz.h"

#include <errno.h>
#include <string.h>

/* Some page by one of its names: often one that may not be evicted. */
static void draw_victim(struct fuzz *fuzz, struct selfpage_page *out)
{
	const struct model_store *store = &fuzz->stores[draw(fuzz, STORES)];
	const struct model_space *space = &fuzz->spaces[draw(fuzz, SPACES)];

	*out = (struct selfpage_page){0};
	if (draw(fuzz, 2) && store->store) {
		out->store = store->store;
		out->offset = draw(fuzz, STORE_PAGES) * PAGE;
	} else {
		out->space = space->space;
		out->address = draw(fuzz, SPACE_PAGES) * PAGE;
	}
}

static int choose(void *context, const struct selfpage_situation *situation,
	struct selfpage_page *victim_out)
{
	struct fuzz *fuzz = context;
	unsigned tries, state;

	expect(fuzz,
		situation->pager == fuzz->pager &&
			situation->frames == fuzz->config.frames &&
			situation->pinned < situation->frames,
		"a situation", (int)situation->pinned);
	if (!draw(fuzz, 3))
		return 0;
	for (tries = draw(fuzz, 16);; tries--) {
		draw_victim(fuzz, victim_out);
		state = selfpage_look_at(situation, victim_out);
		if (!tries ||
			(state & SELFPAGE_RESIDENT &&
				!(state & (SELFPAGE_PINNED | SELFPAGE_BORROWED |
						  SELFPAGE_BUSY))))
			break;
	}
	fuzz->seen_choices++;
	fuzz->chosen = *victim_out;
	return 1;
}

static void on_fault(void *context, const struct selfpage_fault_event *event)
{
	struct fuzz *fuzz = context;

	expect(fuzz, event->page.space != NULL, "where a fault was", 0);
	if (event->error)
		return;
	expect(fuzz, event->page.store && event->kind <= SELFPAGE_FAULT_WRITE,
		"what a fault was", (int)event->kind);
	if (event->prefetch)
		fuzz->seen_prefetches += event->kind != SELFPAGE_FAULT_SOFT;
	else
		fuzz->seen_faults[event->kind]++;
}

static void on_evict(void *context, const struct selfpage_eviction_event *event)
{
	struct fuzz *fuzz = context;
	struct model_store *store = NULL;
	unsigned i;

	fuzz->seen_evictions += event->chooser != SELFPAGE_BY_CALL;
	/* a copy that was borrowed, of a store that is closed */
	if (event->copy && !event->page.store)
		return;
	for (i = 0; i < STORES; i++)
		if (fuzz->stores[i].store == event->page.store)
			store = &fuzz->stores[i];
	expect(fuzz,
		store && event->page.offset % PAGE == 0 &&
			event->page.offset < STORE_PAGES * PAGE,
		"what was evicted", 0);
	if (event->copy)
		return;
	expect(fuzz, !is_borrowed(fuzz, store->now[event->page.offset / PAGE]),
		"what is borrowed is not evicted", 0);
	if (event->chooser == SELFPAGE_BY_PROGRAM && fuzz->chosen.store)
		expect(fuzz,
			event->page.store == fuzz->chosen.store &&
				event->page.offset == fuzz->chosen.offset,
			"the victim that was chosen", 0);
}

/* What the upcall is for, where it changes no content. */
static void on_pressure(
	void *context, const struct selfpage_pressure_event *event)
{
	static const enum selfpage_advice advice[] = {
		SELFPAGE_DONT_NEED, SELFPAGE_COLD, SELFPAGE_WILL_NEED};
	struct fuzz *fuzz = context;
	struct model_space *space = draw_space(fuzz);
	char byte;

	expect(fuzz,
		event->frames == fuzz->config.frames &&
			event->free <= event->frames &&
			event->unpinned <= event->frames,
		"pressure", (int)event->kind);
	expect(fuzz, !fuzz->pressed, "pressure within pressure", 0);
	fuzz->upcalled = true;
	if (!space)
		return;
	fuzz->pressed = true;
	(void)selfpage_advise(space->space, draw(fuzz, SPACE_PAGES) * PAGE,
		(1 + draw(fuzz, 4)) * PAGE, advice[draw(fuzz, 3)], 0);
	(void)selfpage_read(
		space->space, draw(fuzz, SPACE_PAGES) * PAGE, &byte, 1);
	expect(fuzz, selfpage_set_hooks(fuzz->pager, NULL) == -EBUSY,
		"no other hooks meanwhile", 0);
	fuzz->pressed = false;
}

/* What was seen is what was counted. */
void check_hooks(struct fuzz *fuzz)
{
	const struct selfpage_counts *before = &fuzz->counted;
	struct selfpage_counts now;

	expect(fuzz, !selfpage_read_counts(fuzz->pager, &now, sizeof(now)),
		"counts", 0);
	if (fuzz->hooks.fault)
		expect(fuzz,
			fuzz->seen_faults[SELFPAGE_FAULT_HARD] ==
					now.hard_faults - before->hard_faults &&
				fuzz->seen_faults[SELFPAGE_FAULT_ZERO] ==
					now.zero_faults - before->zero_faults &&
				fuzz->seen_faults[SELFPAGE_FAULT_SOFT] ==
					now.soft_faults - before->soft_faults &&
				fuzz->seen_faults[SELFPAGE_FAULT_WRITE] ==
					now.write_faults -
						before->write_faults &&
				fuzz->seen_prefetches ==
					now.prefetches - before->prefetches,
			"faults seen and counted", 0);
	if (fuzz->hooks.evict)
		expect(fuzz,
			fuzz->seen_evictions ==
				now.evictions - before->evictions,
			"evictions seen and counted", 0);
	if (fuzz->hooks.choose)
		expect(fuzz,
			fuzz->seen_choices >= now.choices - before->choices +
						      now.choice_refused -
						      before->choice_refused,
			"choices made and counted", 0);
}

void step_hooks(struct fuzz *fuzz)
{
	struct selfpage_hooks *hooks = &fuzz->hooks;
	unsigned frames = fuzz->config.frames;
	int error;

	check_hooks(fuzz);
	*hooks = (struct selfpage_hooks){
		.hooks_bytes = sizeof(*hooks),
		.context = fuzz,
		.choose = draw(fuzz, 2) ? choose : NULL,
		.fault = draw(fuzz, 2) ? on_fault : NULL,
		.evict = draw(fuzz, 2) ? on_evict : NULL,
		.pressure = draw(fuzz, 3) ? NULL : on_pressure,
		.free_low = draw(fuzz, frames + 1),
		.unpinned_low = draw(fuzz, frames + 1),
	};
	hooks->free_high = hooks->free_low + draw(fuzz, 4);
	hooks->unpinned_high = hooks->unpinned_low + draw(fuzz, 4);
	memset(fuzz->seen_faults, 0, sizeof(fuzz->seen_faults));
	fuzz->seen_prefetches = fuzz->seen_evictions = fuzz->seen_choices = 0;
	error = selfpage_set_hooks(fuzz->pager,
		draw(fuzz, 4) ? hooks
			      : (*hooks = (struct selfpage_hooks){0}, NULL));
	expect(fuzz, !error, "set hooks", error);
	error = selfpage_read_counts(
		fuzz->pager, &fuzz->counted, sizeof(fuzz->counted));
	expect(fuzz, !error, "counts", error);
}
