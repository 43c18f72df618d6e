/* The model of container-fuzz: see container-model.h. */
#include "mm/test/container-model.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void must_be(const struct fuzz *fuzz, int error, int expected, const char *what)
{
	if (error != expected)
		fprintf(stderr, "%d, not %d:\n", error, expected);
	expect(fuzz, error == expected, what);
}

/* Pages and frames in the model. */

bool is_held(const struct model_page *page)
{
	return page->windows || page->pins;
}

static bool same_memory(const struct fuzz *fuzz, unsigned a, unsigned b)
{
	return (fuzz->containers[a].control == CONTROLS - 1) ==
	       (fuzz->containers[b].control == CONTROLS - 1);
}

void own(struct fuzz *fuzz, struct model_page *page)
{
	struct model_page *at;
	uint64_t new = ++fuzz->id;
	bool shared = false;
	unsigned i;

	for (i = 0; i < CONTAINERS * PAGES; i++) {
		at = &fuzz->containers[i / PAGES].pages[i % PAGES];
		if (at == page || !at->there || !page->id || at->id != page->id)
			continue;
		shared = true;
		if (is_held(page))
			at->id = new;
	}
	if (!page->id || (shared && !is_held(page)))
		page->id = new;
}

void settle(struct fuzz *fuzz, struct model_page *page)
{
	struct model_page *at;
	bool taken = !page->id;
	unsigned i;

	if (is_held(page))
		return;
	for (i = 0; i < CONTAINERS * PAGES; i++) {
		at = &fuzz->containers[i / PAGES].pages[i % PAGES];
		taken |= at != page && at->there && at->id == page->id &&
			 is_held(at);
	}
	if (taken)
		page->id = ++fuzz->id;
}

void empty(struct fuzz *fuzz, struct model_page *page)
{
	memset(page->bytes, 0, PAGE);
	if (is_held(page))
		own(fuzz, page);
	else
		page->id = 0;
}

uint64_t locked_until(
	const struct fuzz *fuzz, unsigned container, uint64_t offset, int share)
{
	const struct model_share *at;
	int i;

	for (i = 0; i < SHARES; i++) {
		at = &fuzz->shares[i];
		if (at->share && i != share &&
			at->container == (int)container && at->locked.pages &&
			fuzz->machine->now < at->deadline &&
			offset >= at->locked.offset &&
			offset - at->locked.offset < at->locked.pages)
			return at->deadline;
	}
	return 0;
}

int may_touch(const struct fuzz *fuzz, unsigned container,
	struct container_range range, int share)
{
	const struct model_container *model = &fuzz->containers[container];
	uint32_t i;

	for (i = 0; i < range.pages; i++)
		if (range.offset + i >= PAGES ||
			!model->pages[range.offset + i].there)
			return -ENOENT;
	for (i = 0; i < range.pages; i++)
		if (locked_until(fuzz, container, range.offset + i, share))
			return -EBUSY;
	return 0;
}

uint32_t count_pages(const struct model_container *container)
{
	uint32_t count = 0;
	unsigned i;

	for (i = 0; i < PAGES; i++)
		count += container->pages[i].there;
	return count;
}

uint32_t there(const struct fuzz *fuzz)
{
	struct server_task_frames frames;
	uint32_t left = FRAMES;
	unsigned i;

	for (i = 0; i < CONTROLS; i++)
		if (fuzz->machine->seats[i].task) {
			server_task_frames(
				fuzz->machine->seats[i].task, &frames);
			left -= frames.held;
		}
	for (i = 0; i < CONTAINERS; i++)
		left -= count_pages(&fuzz->containers[i]);
	return left;
}

/* The machine against the model. */

static void compare_page(
	struct fuzz *fuzz, unsigned number, uint64_t offset, uint64_t *ids)
{
	const struct model_container *model = &fuzz->containers[number];
	const struct model_page *page = &model->pages[offset];
	uint32_t at = page_find(model->container, offset);
	static const char zeros[PAGE];
	const void *data = zeros;
	uint32_t frame;

	expect(fuzz, (at != PAGE_NONE) == page->there,
		"a page is there or not");
	if (!page->there)
		return;
	frame = container_page(model->container, at)->frame;
	expect(fuzz, (frame != FRAME_NONE) == (page->id != 0),
		"a page has a frame or not");
	if (frame != FRAME_NONE) {
		data = page_data(model->container, at);
		expect(fuzz, !ids[frame] || ids[frame] == page->id,
			"pages share a frame that must not");
		ids[frame] = page->id;
		expect(fuzz, !is_held(page) || frame == page->frame,
			"a page that is held has another frame");
	}
	expect(fuzz, !memcmp(data, page->bytes, PAGE), "a page's bytes");
}

void compare(struct fuzz *fuzz)
{
	const char *why = server_machine_check(fuzz->machine);
	const struct model_container *model;
	uint64_t ids[FRAMES] = {0};
	uint32_t pages, reserved;
	unsigned i, j;

	expect(fuzz, !why, why);
	for (i = 0; i < CONTROLS; i++)
		expect(fuzz,
			control_guarantee(fuzz->controls[i]) ==
				fuzz->guarantees[i],
			"a control's guarantee");
	for (i = 0; i < CONTAINERS; i++) {
		model = &fuzz->containers[i];
		if (!model->container)
			continue;
		container_counts(model->container, &pages, &reserved);
		expect(fuzz, pages == count_pages(model),
			"a container's pages");
		expect(fuzz, reserved == pages + model->claimed,
			"what a container has reserved");
		for (j = 0; j < PAGES; j++)
			compare_page(fuzz, i, j, ids);
	}
	/* two frames with one number: pages that should share do not */
	for (i = 0; i < FRAMES; i++)
		for (j = 0; j < i; j++)
			expect(fuzz, !ids[i] || ids[i] != ids[j],
				"pages do not share a frame");
}

void model_copy(struct fuzz *fuzz, const struct copy *copy)
{
	struct model_container *from = &fuzz->containers[copy->from];
	struct model_container *to = &fuzz->containers[copy->to];
	struct model_page before[PAGES];
	bool overlap = false, moves = false, apart[PAGES * RANGES];
	uint32_t i, j;

	memcpy(before, from->pages, sizeof(before));
	for (i = 0; i < copy->pages; i++) {
		apart[i] = !same_memory(fuzz, copy->from, copy->to) ||
			   before[copy->from_pages[i]].writers ||
			   is_held(&to->pages[copy->to_pages[i]]);
		moves |= apart[i];
		for (j = 0; j < copy->pages && from == to; j++)
			overlap |= copy->from_pages[i] == copy->to_pages[j];
	}
	for (i = 0; i < copy->pages; i++) {
		const struct model_page *source =
			overlap ? &before[copy->from_pages[i]]
				: &from->pages[copy->from_pages[i]];
		struct model_page *target = &to->pages[copy->to_pages[i]];

		fuzz->copies++;
		if (overlap && moves) {
			own(fuzz, target);
		} else if (source->id != target->id) {
			if (!overlap && apart[i] && source->id)
				own(fuzz, target);
			else if (!source->id)
				empty(fuzz, target);
			else
				target->id = source->id;
		}
		fuzz->shared += source->id == target->id;
		memcpy(target->bytes, source->bytes, PAGE);
	}
}

int may_copy(struct fuzz *fuzz, const struct copy *copy, int from_share,
	int to_share)
{
	const struct model_share *shares = fuzz->shares;
	int error = 0;
	unsigned i;

	if (from_share >= 0 && !(shares[from_share].rights & CONTAINER_READ))
		return -EPERM;
	for (i = 0; i < RANGES && !error; i++)
		if (copy->sources[i].pages)
			error = may_touch(
				fuzz, copy->from, copy->sources[i], from_share);
	if (error)
		return error;
	if (to_share >= 0 && !(shares[to_share].rights & CONTAINER_FILL))
		return -EPERM;
	for (i = 0; i < RANGES && !error; i++)
		if (copy->targets[i].pages)
			error = may_touch(
				fuzz, copy->to, copy->targets[i], to_share);
	return error;
}

struct container_range draw_range(
	struct fuzz *fuzz, unsigned number, uint32_t most)
{
	const struct model_page *pages = fuzz->containers[number].pages;
	struct container_range range = {draw(fuzz, PAGES), 0};
	uint32_t run = 0, i;

	for (i = 0; i < PAGES && !pages[range.offset].there; i++)
		range.offset = (range.offset + 1) % PAGES;
	while (range.offset + run < PAGES && pages[range.offset + run].there)
		run++;
	if (!run || draw(fuzz, 4) == 0) {
		range.offset = draw(fuzz, PAGES);
		run = PAGES - range.offset;
	}
	range.pages = draw(fuzz, (run < most ? run : most) + 1);
	return range;
}

uint32_t draw_ranges(struct fuzz *fuzz, unsigned container, uint32_t pages,
	struct container_range *ranges, uint64_t *offsets)
{
	uint32_t count = 0;
	uint32_t i, j;

	for (i = 0; i < RANGES; i++) {
		ranges[i] = draw_range(fuzz, container, pages - count);
		for (j = 0; j < ranges[i].pages; j++)
			offsets[count++] = ranges[i].offset + j;
	}
	return count;
}

void cut_ranges(struct container_range *ranges, uint32_t pages)
{
	unsigned i;

	for (i = 0; i < RANGES; i++) {
		if (ranges[i].pages > pages)
			ranges[i].pages = pages;
		pages -= ranges[i].pages;
	}
}
