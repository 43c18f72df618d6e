/* public-fuzz: spaces, maps, protection and hints. */
#include "mm/test/public-fuzz.h"

#include <errno.h>
#include <string.h>

/* A range of pages of a space. */
struct range {
	struct model_space *space;
	unsigned first, count;
};

static bool draw_range(struct fuzz *fuzz, struct range *out)
{
	out->space = draw_space(fuzz);
	out->first = draw(fuzz, SPACE_PAGES);
	out->count = 1 + draw(fuzz, draw(fuzz, 8) ? 6 : SPACE_PAGES);
	if (out->count > SPACE_PAGES - out->first)
		out->count = SPACE_PAGES - out->first;
	return out->space;
}

static int no_room(const struct fuzz *fuzz)
{
	return fuzz->tight_maps ? -ENOMEM : 0;
}

/* ---- spaces ---- */

void destroy_space(struct fuzz *fuzz, struct model_space *space)
{
	int error, right = 0;
	unsigned i;

	for (i = 0; i < BORROWS; i++)
		if (fuzz->borrows[i].data && fuzz->borrows[i].space == space)
			right = -EBUSY;
	for (i = 0; i < SPACE_PAGES && !right; i++)
		if (space->pages[i].store)
			note_unpinned(fuzz, &space->pages[i]);
	begin_call(fuzz);
	error = selfpage_space_destroy(space->space);
	end_call(fuzz, "destroy space", error, right);
	if (error)
		return;
	space->space = NULL;
	memset(space->pages, 0, SPACE_PAGES * sizeof(*space->pages));
}

void step_space(struct fuzz *fuzz)
{
	struct model_space *space = &fuzz->spaces[draw(fuzz, SPACES)];
	int error;

	if (space->space) {
		if (!draw(fuzz, 8))
			destroy_space(fuzz, space);
		return;
	}
	begin_call(fuzz);
	error = selfpage_space_create(
		fuzz->pager, fuzz->tight_maps ? 6 : 0, &space->space);
	end_call(fuzz, "create space", error, 0);
}

/* ---- maps ---- */

struct plan {
	struct range range;
	struct model_store *store;
	unsigned page, protection;
	bool private, taken;
};

static bool draw_plan(struct fuzz *fuzz, struct plan *out)
{
	unsigned i;

	*out = (struct plan){.store = draw_store(fuzz)};
	if (!out->store || !draw_range(fuzz, &out->range))
		return false;
	if (out->range.count > STORE_PAGES)
		out->range.count = STORE_PAGES;
	/* mostly where there is room */
	for (i = 1; i < out->range.count && draw(fuzz, 8); i++)
		if (page_at(out->range.space, out->range.first + i))
			out->range.count = i;
	out->page = draw(fuzz, STORE_PAGES - out->range.count + 1);
	out->protection = draw(fuzz, 3) ? BOTH : draw(fuzz, 2);
	for (i = 0; i < out->range.count; i++)
		out->taken |=
			page_at(out->range.space, out->range.first + i) != NULL;
	return true;
}

static void map_in_model(struct fuzz *fuzz, const struct plan *plan)
{
	unsigned i;

	fuzz->private_ids += plan->private;
	for (i = 0; i < plan->range.count; i++)
		plan->range.space->pages[plan->range.first + i] =
			(struct model_page){
				.store = plan->store,
				.page = plan->page + i,
				.protection = plan->protection,
				.private_id =
					plan->private ? fuzz->private_ids : 0,
				.priority = SELFPAGE_PRIORITY_NORMAL,
			};
}

static bool may_not_write(const struct plan *plan)
{
	return plan->protection & SELFPAGE_WRITE && !plan->private &&
	       plan->store->read_only;
}

void step_map(struct fuzz *fuzz)
{
	struct plan plan;
	int error, right = 0;

	if (!draw_plan(fuzz, &plan))
		return;
	if (may_not_write(&plan))
		right = -EACCES;
	else if (plan.taken)
		right = -EEXIST;
	begin_call(fuzz);
	error = selfpage_map(plan.range.space->space, plan.range.first * PAGE,
		plan.range.count * PAGE, plan.store->store, plan.page * PAGE,
		plan.protection);
	end_call_or(fuzz, "map", error, right,
		right && plan.taken ? -EEXIST : no_room(fuzz));
	if (!error)
		map_in_model(fuzz, &plan);
}

/* Private maps that there are, and orphans of some that may be. */
static unsigned count_private(const struct fuzz *fuzz, unsigned *orphans_out)
{
	const struct model_page *page;
	unsigned i, at, other, count = 0;
	bool first;

	*orphans_out = 0;
	for (i = 0; i < BORROWS; i++)
		*orphans_out +=
			fuzz->borrows[i].data &&
			fuzz->borrows[i].content == fuzz->borrows[i].orphan;
	for (i = 0; i < SPACES; i++)
		for (at = 0; at < SPACE_PAGES; at++) {
			page = &fuzz->spaces[i].pages[at];
			if (!page->store || !page->private_id)
				continue;
			first = true;
			for (other = 0; other < at; other++)
				first &=
					fuzz->spaces[i]
						.pages[other]
						.private_id != page->private_id;
			count += first;
		}
	return count;
}

/* The lowest place from page 1 on, or what was asked for if that is free. */
static unsigned right_place(const struct plan *plan, unsigned align)
{
	const struct model_space *space = plan->range.space;
	unsigned at, i;

	if (plan->range.first && plan->range.first % align == 0 && !plan->taken)
		return plan->range.first;
	for (at = align;; at += align) {
		for (i = 0; i < plan->range.count; i++)
			if (page_at(space, at + i))
				break;
		if (i == plan->range.count)
			return at;
	}
}

static void place(struct fuzz *fuzz, struct plan *plan,
	const struct selfpage_request *request, int right)
{
	unsigned align = request->align_bytes ? request->align_bytes / PAGE : 1;
	unsigned orphans, privates = count_private(fuzz, &orphans);
	int error, right_too = no_room(fuzz);
	uint64_t address = 1;

	/* which of two errors is told is nobody's business */
	if (right && plan->taken && request->flags & SELFPAGE_EXACT)
		right_too = -EEXIST;
	if (plan->private && privates + orphans >= fuzz->config.private_max) {
		right_too = -ENOMEM;
		if (!right && privates >= fuzz->config.private_max)
			right = -ENOMEM;
	}
	begin_call(fuzz);
	error = selfpage_map_request(plan->range.space->space, request,
		draw(fuzz, 2) || !(request->flags & SELFPAGE_EXACT) ? &address
								    : NULL);
	end_call_or(fuzz, "map request", error, right, right_too);
	if (error) {
		expect(fuzz, address == 1, "what a failed call gives back", 0);
		return;
	}
	if (!(request->flags & SELFPAGE_EXACT))
		plan->range.first = right_place(plan, align);
	expect(fuzz, address == 1 || address == plan->range.first * PAGE,
		"the place of a map", (int)(address / PAGE));
	if (plan->range.first + plan->range.count <= SPACE_PAGES) {
		map_in_model(fuzz, plan);
		return;
	}
	fuzz->private_ids += plan->private;
	error = selfpage_unmap(plan->range.space->space,
		plan->range.first * PAGE, plan->range.count * PAGE);
	expect(fuzz, !error, "unmap what is too far", error);
}

void step_map_request(struct fuzz *fuzz)
{
	struct selfpage_request request = {.request_bytes = sizeof(request)};
	struct plan plan;
	int right = 0;

	if (!draw_plan(fuzz, &plan))
		return;
	plan.private = draw(fuzz, 2);
	request.store = plan.store->store;
	request.offset = plan.page * PAGE;
	request.bytes = plan.range.count * PAGE;
	request.protection = plan.protection;
	request.flags = plan.private ? SELFPAGE_PRIVATE : 0;
	if (!draw(fuzz, 4))
		request.align_bytes = PAGE << draw(fuzz, 3);
	if (draw(fuzz, 2)) {
		request.flags |= SELFPAGE_EXACT;
		request.align_bytes = 0;
	}
	if (!draw(fuzz, 4) && !(request.flags & SELFPAGE_EXACT))
		plan.range.first = 0;
	if (request.align_bytes)
		plan.range.first &= -(request.align_bytes / PAGE);
	plan.taken = false;
	for (unsigned i = 0; i < plan.range.count; i++)
		plan.taken |=
			page_at(plan.range.space, plan.range.first + i) != NULL;
	request.address = plan.range.first * PAGE;
	if (may_not_write(&plan))
		right = -EACCES;
	else if (plan.taken && request.flags & SELFPAGE_EXACT)
		right = -EEXIST;
	place(fuzz, &plan, &request, right);
}

void step_unmap(struct fuzz *fuzz)
{
	struct range range;
	struct model_page *page;
	unsigned i;
	int error;

	if (!draw_range(fuzz, &range))
		return;
	begin_call(fuzz);
	error = selfpage_unmap(
		range.space->space, range.first * PAGE, range.count * PAGE);
	end_call_or(fuzz, "unmap", error, 0, no_room(fuzz));
	for (i = 0; i < range.count && !error; i++) {
		page = &range.space->pages[range.first + i];
		if (!page->store)
			continue;
		note_unpinned(fuzz, page);
		drop_copy(fuzz, page);
		*page = (struct model_page){0};
	}
}

void step_protect(struct fuzz *fuzz)
{
	unsigned protection = draw(fuzz, 2) ? BOTH : draw(fuzz, 2), i;
	const struct model_page *page;
	int error, right = 0;
	bool hole = false;
	struct range range;

	if (!draw_range(fuzz, &range))
		return;
	for (i = 0; i < range.count; i++) {
		page = page_at(range.space, range.first + i);
		if (!page)
			hole = true;
		else if (protection & SELFPAGE_WRITE && !page->private_id &&
			 page->store->read_only)
			right = -EACCES;
	}
	begin_call(fuzz);
	error = selfpage_protect(range.space->space, range.first * PAGE,
		range.count * PAGE, protection);
	end_call_or(fuzz, "protect", error, hole && !right ? -ENOMEM : right,
		hole ? -ENOMEM : no_room(fuzz));
	for (i = 0; i < range.count && !error; i++)
		range.space->pages[range.first + i].protection = protection;
}

/* ---- hints ---- */

static void advise_page(struct fuzz *fuzz, struct model_page *page,
	enum selfpage_advice advice, unsigned value)
{
	bool reads_ahead = fuzz->config.read_ahead != SELFPAGE_NO_READ_AHEAD;

	switch (advice) {
	case SELFPAGE_NORMAL:
		note_unpinned(fuzz, page);
		page->sequential = page->read_once = page->pinned = false;
		page->priority = SELFPAGE_PRIORITY_NORMAL;
		break;
	case SELFPAGE_RANDOM:
		page->sequential = false;
		break;
	case SELFPAGE_SEQUENTIAL:
		page->sequential = reads_ahead;
		break;
	case SELFPAGE_READ_ONCE:
		page->read_once = true;
		break;
	case SELFPAGE_PRIORITY:
		page->read_once = false;
		page->priority = value;
		break;
	case SELFPAGE_PIN:
		page->pinned = true;
		break;
	case SELFPAGE_UNPIN:
		note_unpinned(fuzz, page);
		page->pinned = false;
		break;
	default:
		break;
	}
}

/* Pinned now, and more than can be with those of the range? */
static bool too_many_pins(struct fuzz *fuzz, const struct range *range)
{
	struct selfpage_counts counts;
	uint8_t states[SPACE_PAGES];
	unsigned i, more = 0;

	if (fuzz->rival)
		return false;
	expect(fuzz,
		!selfpage_read_counts(fuzz->pager, &counts, sizeof(counts)) &&
			!selfpage_look(range->space->space, range->first * PAGE,
				range->count * PAGE, states),
		"counts and a look", 0);
	for (i = 0; i < range->count; i++)
		more += states[i] & SELFPAGE_MAPPED &&
			!(states[i] & (SELFPAGE_PINNED | SELFPAGE_BORROWED));
	return more && counts.pinned + more > counts.frames - 1;
}

/* Shared frames may be there and not be had. */
static bool no_frame_is_free(struct fuzz *fuzz)
{
	struct selfpage_counts counts;

	if (fuzz->rival)
		return true;
	expect(fuzz,
		!selfpage_read_counts(fuzz->pager, &counts, sizeof(counts)),
		"counts", 0);
	return counts.resident == counts.frames;
}

/* Nothing of the range is in a frame but what is pinned or borrowed; after
 * will-need the last of it is, if there was room. */
static void check_advised(struct fuzz *fuzz, const struct range *range,
	enum selfpage_advice advice)
{
	uint8_t states[SPACE_PAGES];
	unsigned i, last = SPACE_PAGES;
	int error;

	if (fuzz->upcalled)
		return;
	error = selfpage_look(range->space->space, range->first * PAGE,
		range->count * PAGE, states);
	expect(fuzz, !error, "look", error);
	for (i = 0; i < range->count; i++) {
		if (states[i] & SELFPAGE_MAPPED)
			last = i;
		if (advice == SELFPAGE_DONT_NEED)
			expect(fuzz,
				!(states[i] & SELFPAGE_RESIDENT) ||
					states[i] & (SELFPAGE_PINNED |
							    SELFPAGE_BORROWED),
				"what is not needed is in no frame", states[i]);
	}
	/* unless all frames hold what is hotter */
	if (advice == SELFPAGE_WILL_NEED && last < SPACE_PAGES)
		expect(fuzz,
			states[last] & SELFPAGE_RESIDENT ||
				no_frame_is_free(fuzz),
			"what will be needed is in a frame", states[last]);
}

void step_advise(struct fuzz *fuzz)
{
	enum selfpage_advice advice =
		(enum selfpage_advice)draw(fuzz, SELFPAGE_PRIORITY + 1);
	unsigned value = draw(fuzz, SELFPAGE_PRIORITY_MAX + 1), i;
	int error, right = 0;
	struct range range;

	if (!draw_range(fuzz, &range))
		return;
	if (advice == SELFPAGE_PIN && too_many_pins(fuzz, &range))
		right = -ENOMEM;
	begin_call(fuzz);
	error = selfpage_advise(range.space->space, range.first * PAGE,
		range.count * PAGE, advice, value);
	end_call_or(fuzz, "advise", error, right, no_room(fuzz));
	for (i = 0; i < range.count && !error; i++)
		if (page_at(range.space, range.first + i))
			advise_page(fuzz, &range.space->pages[range.first + i],
				advice, value);
	if (!error)
		check_advised(fuzz, &range, advice);
}

void step_discard(struct fuzz *fuzz)
{
	struct model_page *page;
	struct range range;
	unsigned i;
	int error;

	if (!draw_range(fuzz, &range))
		return;
	begin_call(fuzz);
	error = selfpage_discard(
		range.space->space, range.first * PAGE, range.count * PAGE);
	end_call(fuzz, "discard", error, 0);
	for (i = 0; i < range.count; i++) {
		page = page_at(range.space, range.first + i);
		if (!page || is_borrowed(fuzz, content_of(page)))
			continue;
		note_unpinned(fuzz, page);
		if (page->private_id)
			drop_copy(fuzz, page);
		else
			fall_back(fuzz, page->store, page->page);
	}
}

/* ---- what maps there are ---- */

/* One that is found is what the model has there. */
static void check_map(struct fuzz *fuzz, const struct model_space *space,
	const struct selfpage_map_info *info)
{
	const struct model_page *page;
	uint64_t at;

	for (at = 0; at < info->bytes; at += PAGE) {
		page = page_at(space, (info->address + at) / PAGE);
		expect(fuzz,
			page && page->store->store == info->store &&
				page->page * PAGE == info->offset + at,
			"what a map shows", (int)(info->address / PAGE));
		expect(fuzz,
			page->protection == info->protection &&
				!page->private_id ==
					!(info->flags & SELFPAGE_PRIVATE),
			"a map's protection and flags", 0);
		expect(fuzz,
			page->priority == info->priority &&
				page->read_once == info->read_once &&
				page->sequential == info->sequential &&
				page->pinned == info->pinned,
			"a map's hints", 0);
	}
}

void step_find_maps(struct fuzz *fuzz)
{
	struct model_space *space = draw_space(fuzz);
	struct selfpage_map_info info;
	unsigned pages = 0, i;
	uint64_t at = 0;
	int error;

	if (!space)
		return;
	while (!(error = selfpage_find_map(
			 space->space, at, &info, sizeof(info)))) {
		expect(fuzz, info.address + info.bytes > at, "a map behind", 0);
		check_map(fuzz, space, &info);
		pages += info.bytes / PAGE;
		at = info.address + info.bytes;
	}
	expect(fuzz, error == -ENOENT, "find map", error);
	for (i = 0; i < SPACE_PAGES; i++)
		pages -= space->pages[i].store != NULL;
	expect(fuzz, !pages, "maps and the model's pages", (int)pages);
}

/* What can never be done, and does nothing. */
void step_bad_call(struct fuzz *fuzz)
{
	struct model_space *space = draw_space(fuzz);
	struct model_store *store = draw_store(fuzz);
	uint64_t at = draw(fuzz, SPACE_PAGES) * PAGE, place;
	struct selfpage_request request = {.request_bytes = sizeof(request)};
	char byte;

	if (!space || !store)
		return;
	request.store = store->store;
	request.bytes = PAGE;
	request.flags = 1u << 31;
	expect(fuzz,
		selfpage_map(space->space, at + 1, PAGE, store->store, 0,
			SELFPAGE_READ) == -EINVAL &&
			selfpage_map(space->space, at, 0, store->store, 0,
				SELFPAGE_READ) == -EINVAL &&
			selfpage_map(space->space, at, PAGE, store->store, 0,
				4) == -EINVAL &&
			selfpage_map_request(space->space, &request, &place) ==
				-EINVAL &&
			selfpage_unmap(space->space, at, 1) == -EINVAL &&
			selfpage_protect(space->space, at, PAGE,
				SELFPAGE_WRITE) == -EINVAL,
		"bad maps", 0);
	expect(fuzz,
		selfpage_advise(space->space, at, PAGE,
			(enum selfpage_advice)(SELFPAGE_PRIORITY + 1),
			0) == -EINVAL &&
			selfpage_advise(space->space, at, PAGE,
				SELFPAGE_PRIORITY,
				SELFPAGE_PRIORITY_MAX + 1) == -EINVAL &&
			selfpage_discard(space->space, at, 0) == -EINVAL,
		"bad hints", 0);
	expect(fuzz,
		selfpage_read(space->space, at, NULL, 1) == -EINVAL &&
			selfpage_read(space->space, UINT64_MAX, &byte, 2) ==
				-EFAULT &&
			selfpage_give_back(space->space, &byte) == -EINVAL &&
			selfpage_destroy(fuzz->pager) == -EBUSY,
		"bad uses", 0);
}
