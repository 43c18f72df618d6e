/*
 * Random work on containers, with tasks that take extra frames beside them,
 * against a naive model (container-model.h).  After each step all invariants
 * are proved and every byte and every frame is compared.  Allocations and
 * stores fail now and then.
 *
 *	container-fuzz [seed] [steps]
 */
#include "mm/test/container-model.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct model_container *pick(struct fuzz *fuzz, unsigned *number_out)
{
	*number_out = draw(fuzz, CONTAINERS);
	return &fuzz->containers[*number_out];
}

static void step_create(struct fuzz *fuzz, unsigned number)
{
	struct model_container *model = &fuzz->containers[number];
	unsigned control = draw(fuzz, CONTROLS);
	int error, expected;

	fail_at = draw(fuzz, 3) == 0;
	expected = fail_at ? -ENOMEM : 0;
	error = container_create(fuzz->controls[control], &model->container);
	must_be(fuzz, error, expected, "making a container");
	fuzz->no_memory += error != 0;
	if (error)
		return;
	model->control = (int)control;
	model->claimed = 0;
	memset(model->pages, 0, sizeof(model->pages));
}

static void end_shares(struct fuzz *fuzz, unsigned number)
{
	unsigned i;

	for (i = 0; i < SHARES; i++)
		if (fuzz->shares[i].share &&
			fuzz->shares[i].container == (int)number) {
			fuzz->shares[i].container = -1;
			if (fuzz->shares[i].dropped)
				fuzz->shares[i].share = NULL;
		}
}

static void step_destroy(struct fuzz *fuzz, unsigned number)
{
	struct model_container *model = &fuzz->containers[number];
	int expected = 0, error;
	unsigned i;

	for (i = 0; i < PAGES; i++)
		if (model->pages[i].there &&
			(is_held(&model->pages[i]) ||
				locked_until(fuzz, number, i, -1)))
			expected = -EBUSY;
	for (i = 0; i < WINDOWS; i++)
		if (fuzz->windows[i].window &&
			fuzz->windows[i].container == number)
			return;
	error = container_destroy(model->container);
	must_be(fuzz, error, expected, "destroying a container");
	if (error)
		return;
	end_shares(fuzz, number);
	if (model->control >= 0)
		fuzz->guarantees[model->control] +=
			count_pages(model) + model->claimed;
	memset(model, 0, sizeof(*model));
}

static bool stores_fail(const struct fuzz *fuzz, unsigned seat)
{
	unsigned i;

	for (i = 0; i < WORDS; i++)
		if (fuzz->machine->seats[seat].memory.pages[i].fail_out)
			return true;
	return false;
}

struct plan {
	uint32_t pages, missing;
	int why;
};

static struct plan look(struct fuzz *fuzz, unsigned number,
	struct container_range range, unsigned flags, uint32_t frames)
{
	const struct model_container *model = &fuzz->containers[number];
	struct plan plan = {0};

	for (; plan.pages < range.pages && !plan.why; plan.pages++) {
		uint64_t at = range.offset + plan.pages;

		if (!model->pages[at].there) {
			if (plan.missing++ == frames)
				plan.why = -ENOMEM;
		} else if (!(flags & CONTAINER_SQUASH)) {
			plan.why = -EEXIST;
		} else if (locked_until(fuzz, number, at, -1)) {
			plan.why = -EBUSY;
		}
		if (plan.why)
			break;
	}
	plan.missing -= plan.why == -ENOMEM;
	return plan;
}

static void make(
	struct fuzz *fuzz, unsigned number, uint64_t offset, uint32_t pages)
{
	struct model_page *page = &fuzz->containers[number].pages[offset];

	for (; pages--; page++) {
		if (page->there)
			empty(fuzz, page);
		else
			*page = (struct model_page){.there = true};
	}
}

/* Returns whether frames are waited for. */
static bool allocate(struct fuzz *fuzz, unsigned number,
	struct container_range range, unsigned flags)
{
	struct model_container *model = &fuzz->containers[number];
	uint32_t *guarantee = &fuzz->guarantees[model->control];
	struct plan plan =
		look(fuzz, number, range, flags, *guarantee + model->claimed);
	bool partial = flags & CONTAINER_PARTIAL;
	uint32_t left = there(fuzz), total = *guarantee + model->claimed;
	struct container_told told;
	uint32_t missing = plan.missing;
	int error;

	if (plan.why && !partial) {
		plan.pages = 0;
	} else if (missing > left) {
		plan = look(fuzz, number, range, flags, left);
		plan.why = -EAGAIN;
		if (!partial)
			plan.pages = plan.missing = 0;
	}
	error = container_allocate(model->container, range, flags, &told);
	if (error == -EIO && missing > model->claimed &&
		stores_fail(fuzz, (unsigned)model->control)) {
		expect(fuzz, !told.pages, "pages were made after an error");
		fuzz->failed++;
		return false;
	}
	must_be(fuzz, error, plan.why, "allocating pages");
	expect(fuzz, told.pages == plan.pages, "how many were allocated");
	make(fuzz, number, range.offset, plan.pages);
	if (!plan.why || partial || plan.why == -EAGAIN) {
		missing -= plan.missing;
		model->claimed = missing;
		*guarantee = total - plan.missing - missing;
	}
	expect(fuzz,
		plan.why != -EAGAIN ||
			told.deadline <= fuzz->machine->now + SERVER_NOTICE,
		"the deadline");
	return error == -EAGAIN;
}

static void step_allocate(struct fuzz *fuzz, unsigned number)
{
	struct container_range range = {draw(fuzz, PAGES), 0};
	unsigned flags = draw(fuzz, 4);

	range.pages = draw(fuzz, PAGES - range.offset + 1);
	if (fuzz->containers[number].control < 0) {
		must_be(fuzz,
			container_allocate(fuzz->containers[number].container,
				range, flags, NULL),
			-EKEYREVOKED, "allocating what was revoked");
		return;
	}
	if (!allocate(fuzz, number, range, flags))
		return;
	fuzz->waits++;
	if (flags & CONTAINER_PARTIAL || draw(fuzz, 2))
		return;
	/* after the deadline they are there */
	fuzz->machine->now += SERVER_NOTICE;
	(void)server_tick(fuzz->machine->server);
	expect(fuzz, !allocate(fuzz, number, range, flags),
		"frames did not come by the deadline");
}

static void step_deallocate(struct fuzz *fuzz, unsigned number)
{
	struct model_container *model = &fuzz->containers[number];
	struct container_range range = draw_range(fuzz, number, PAGES);
	bool partial = draw(fuzz, 2);
	uint32_t count = 0, i;
	struct container_told told;
	int error, expected = 0;

	for (i = 0; i < range.pages; i++) {
		const struct model_page *page = &model->pages[range.offset + i];

		count += page->there;
		if (page->there &&
			(is_held(page) || locked_until(fuzz, number,
						  range.offset + i, -1)))
			expected = -EBUSY;
	}
	if (count < range.pages && !partial)
		expected = -ENOENT;
	error = container_deallocate(model->container, range,
		partial ? CONTAINER_PARTIAL : 0, &told);
	must_be(fuzz, error, expected, "deallocating");
	expect(fuzz, told.pages == (error ? 0 : count), "how many have gone");
	if (error)
		return;
	if (model->control >= 0)
		fuzz->guarantees[model->control] += count;
	for (i = 0; i < range.pages; i++)
		model->pages[range.offset + i].there = false;
}

/* By the owner, or by the holder of a share. */
static void step_bytes(struct fuzz *fuzz, unsigned number)
{
	struct model_container *model = &fuzz->containers[number];
	int share = (int)draw(fuzz, SHARES);
	struct model_share *by = &fuzz->shares[share];
	struct container_range range = draw_range(fuzz, number, PAGES);
	uint64_t at = range.offset * PAGE;
	uint64_t bytes = draw(fuzz, range.pages * PAGE + 1);
	char data[PAGES * PAGE], *end;
	bool fills = draw(fuzz, 2);
	int error, expected;
	uint64_t i;

	if (range.pages)
		at += draw(fuzz, range.pages * PAGE - bytes + 1);
	range.offset = at / PAGE;
	range.pages = 0;
	if (bytes)
		range.pages = (at + bytes - 1) / PAGE - at / PAGE + 1;
	for (end = data; end < data + bytes; end++)
		*end = (char)draw(fuzz, 256);
	if (!by->share || by->dropped || by->container != (int)number)
		share = -1;
	expected = may_touch(fuzz, number, range, share);
	if (share >= 0 &&
		!(by->rights & (fills ? CONTAINER_FILL : CONTAINER_READ)))
		expected = -EPERM;
	if (share >= 0)
		error = fills ? container_share_fill(by->share, at, data, bytes)
			      : container_share_read(
					by->share, at, data, bytes);
	else
		error = fills ? container_fill(
					model->container, at, data, bytes)
			      : container_read(
					model->container, at, data, bytes);
	must_be(fuzz, error, expected, "moving bytes");
	fuzz->busy += error == -EBUSY;
	for (i = 0; !error && fills && i < range.pages; i++)
		own(fuzz, &model->pages[range.offset + i]);
	for (i = 0; !error && i < bytes; i++, at++) {
		char *byte = &model->pages[at / PAGE].bytes[at % PAGE];

		if (fills)
			*byte = data[i];
		else
			expect(fuzz, *byte == data[i], "a byte that was read");
	}
}

/* A share of the container whose holder may use it, or -1. */
static int draw_share(struct fuzz *fuzz, unsigned container)
{
	int number = (int)draw(fuzz, SHARES);
	const struct model_share *share = &fuzz->shares[number];

	return share->share && !share->dropped &&
			       share->container == (int)container &&
			       draw(fuzz, 2)
		       ? number
		       : -1;
}

static void step_copy(struct fuzz *fuzz, unsigned number)
{
	struct copy copy = {.from = number};
	struct model_container *to = pick(fuzz, &copy.to);
	struct container_end ends[2] = {
		{.ranges = copy.sources, .count = RANGES},
		{.ranges = copy.targets, .count = RANGES},
	};
	int shares[2];
	int error, expected;

	if (draw(fuzz, 2)) {
		copy.to = number;
		to = &fuzz->containers[number];
	}
	if (!to->container)
		return;
	copy.pages = draw_ranges(
		fuzz, copy.from, PAGES, copy.sources, copy.from_pages);
	copy.pages = draw_ranges(
		fuzz, copy.to, copy.pages, copy.targets, copy.to_pages);
	cut_ranges(copy.sources, copy.pages);
	shares[0] = draw_share(fuzz, copy.from);
	shares[1] = draw_share(fuzz, copy.to);
	if (shares[0] >= 0)
		ends[0].share = fuzz->shares[shares[0]].share;
	else
		ends[0].container = fuzz->containers[copy.from].container;
	if (shares[1] >= 0)
		ends[1].share = fuzz->shares[shares[1]].share;
	else
		ends[1].container = to->container;
	expected = may_copy(fuzz, &copy, shares[0], shares[1]);
	fail_at = draw(fuzz, 20) ? 0 : 1 + draw(fuzz, 2);
	error = container_scatter_gather(&ends[0], &ends[1]);
	if (error == -ENOMEM && !fail_at)
		fuzz->no_memory++;
	else
		must_be(fuzz, error, expected, "copying");
	fail_at = 0;
	if (!error)
		model_copy(fuzz, &copy);
}

/* The frames that pages have from now on, if they were not held before. */
static void note_frames(
	struct fuzz *fuzz, unsigned number, struct container_range range)
{
	const struct model_container *model = &fuzz->containers[number];
	uint32_t i, at;

	for (i = 0; i < range.pages; i++) {
		at = page_find(model->container, range.offset + i);
		fuzz->containers[number].pages[range.offset + i].frame =
			container_page(model->container, at)->frame;
	}
}

static void step_window(struct fuzz *fuzz, unsigned number)
{
	struct model_container *model = &fuzz->containers[number];
	struct container_range range = draw_range(fuzz, number, PAGES);
	struct model_window *window = &fuzz->windows[draw(fuzz, WINDOWS)];
	unsigned access = PROTECT_READ | (draw(fuzz, 2) ? PROTECT_WRITE : 0);
	struct model_page *page;
	int error;
	uint32_t i;

	if (window->window || !range.pages)
		return;
	error = container_hold(
		model->container, range, access, &window->window);
	must_be(fuzz, error, may_touch(fuzz, number, range, -1),
		"making a window");
	if (error) {
		window->window = NULL;
		return;
	}
	window->container = number;
	window->offset = range.offset;
	window->pages = range.pages;
	window->writes = access & PROTECT_WRITE;
	window->cut = false;
	for (i = 0; i < range.pages; i++) {
		page = &model->pages[range.offset + i];
		settle(fuzz, page);
		if (window->writes)
			own(fuzz, page);
		page->windows++;
		page->writers += window->writes;
	}
	note_frames(fuzz, number, range);
}

static void let_go(struct fuzz *fuzz, struct model_window *window)
{
	struct model_page *page =
		fuzz->containers[window->container].pages + window->offset;
	uint32_t i;

	for (i = 0; i < window->pages && !window->cut; i++) {
		page[i].windows--;
		page[i].writers -= window->writes;
	}
}

/* Writes through a window, or ends it. */
static void step_use_window(struct fuzz *fuzz)
{
	struct model_window *window = &fuzz->windows[draw(fuzz, WINDOWS)];
	struct model_container *model = &fuzz->containers[window->container];
	struct model_page *page;
	uint32_t at;

	if (!window->window)
		return;
	at = draw(fuzz, window->pages);
	if (window->writes && !window->cut && draw(fuzz, 3)) {
		page = &model->pages[window->offset + at];
		memset(page->bytes, (int)fuzz->course.step, PAGE / 2);
		memcpy(model->container->memory->data(
			       model->container->memory->context,
			       container_window_frames(window->window)[at]),
			page->bytes, PAGE / 2);
		fuzz->moved++;
		return;
	}
	container_unmap(window->window);
	let_go(fuzz, window);
	window->window = NULL;
}

static void step_pin(struct fuzz *fuzz, unsigned number)
{
	struct model_container *model = &fuzz->containers[number];
	struct container_range range = draw_range(fuzz, number, PAGES);
	bool pins = draw(fuzz, 3) == 0;
	int expected = may_touch(fuzz, number, range, -1);
	uint32_t i;
	int error;

	if (!pins) {
		expected = expected == -EBUSY ? 0 : expected;
		for (i = 0; i < range.pages && !expected; i++)
			if (!model->pages[range.offset + i].pins)
				expected = -EINVAL;
		error = container_unpin(model->container, range);
	} else {
		error = container_pin(model->container, range);
	}
	must_be(fuzz, error, expected, pins ? "pinning" : "unpinning");
	for (i = 0; i < range.pages && !error; i++) {
		struct model_page *page = &model->pages[range.offset + i];

		if (pins)
			settle(fuzz, page);
		page->pins += pins ? 1 : UINT32_MAX;
	}
	if (!error && pins)
		note_frames(fuzz, number, range);
}

static void step_share(struct fuzz *fuzz, unsigned number)
{
	struct container_share_config config = {1 + draw(fuzz, 3), 15};
	struct model_share *share = &fuzz->shares[draw(fuzz, SHARES)];
	struct container_told told = {0};
	int error;

	if (!share->share && fuzz->containers[number].control < 0)
		return;
	if (!share->share) {
		*share = (struct model_share){
			.container = (int)number, .rights = config.rights};
		must_be(fuzz,
			container_share(fuzz->containers[number].container,
				&config, &share->share),
			0, "sharing");
		return;
	}
	if (draw(fuzz, 2) && !share->dropped) {
		container_share_drop(share->share);
		share->dropped = true;
		share->locked.pages = 0;
	} else if (share->container >= 0) {
		bool locked = share->locked.pages &&
			      fuzz->machine->now < share->deadline;

		error = container_revoke(share->share, &told);
		must_be(fuzz, error, locked ? -EBUSY : 0, "revoking");
		expect(fuzz, !error || told.deadline == share->deadline,
			"until when a lock holds");
		if (!error)
			share->container = -1;
	}
	if (share->dropped && share->container < 0)
		share->share = NULL;
}

static int may_lock(const struct fuzz *fuzz, int number,
	struct container_range range, uint64_t duration)
{
	const struct model_share *share = &fuzz->shares[number];
	const struct model_page *pages;
	uint32_t i;
	int error;

	if (share->container < 0)
		return -EKEYREVOKED;
	if (!range.pages || duration > 15)
		return -EINVAL;
	if (share->locked.pages && fuzz->machine->now < share->deadline)
		return -EBUSY;
	pages = fuzz->containers[share->container].pages;
	error = may_touch(fuzz, (unsigned)share->container, range, number);
	for (i = 0; i < range.pages && !error; i++)
		if (pages[range.offset + i].windows)
			error = -EBUSY;
	return error;
}

static void step_lock(struct fuzz *fuzz)
{
	int number = (int)draw(fuzz, SHARES);
	struct model_share *share = &fuzz->shares[number];
	uint64_t duration = draw(fuzz, 17);
	struct container_range range;
	int error, expected = 0;

	if (!share->share || share->dropped)
		return;
	range = draw_range(fuzz,
		share->container < 0 ? 0 : (unsigned)share->container, PAGES);
	if (draw(fuzz, 3)) {
		error = container_lock(share->share, range, duration);
		must_be(fuzz, error, may_lock(fuzz, number, range, duration),
			"locking");
		if (!error) {
			share->locked = range;
			share->deadline = fuzz->machine->now + duration;
		}
		return;
	}
	if (share->container < 0)
		expected = -EKEYREVOKED;
	else if (!share->locked.pages)
		expected = -EINVAL;
	else if (fuzz->machine->now >= share->deadline)
		expected = -ETIMEDOUT;
	must_be(fuzz, container_unlock(share->share), expected, "unlocking");
	share->locked.pages = 0;
}

/* Tasks beside them. */

static void leave(struct fuzz *fuzz, unsigned number)
{
	unsigned i;

	for (i = 0; i < WORDS; i++)
		fuzz->machine->seats[number].memory.pages[i].fail_out = 0;
	must_be(fuzz, seat_leave(fuzz->machine, number), 0, "ending a task");
}

static void step_task(struct fuzz *fuzz, unsigned number)
{
	struct seat *seat = &fuzz->machine->seats[number];
	uint64_t page = draw(fuzz, WORDS);
	uint64_t value = fuzz->course.step;
	uint32_t count;
	unsigned i;
	int error;

	if (!seat->task) {
		error = seat_take(fuzz->machine, number, fuzz->controls[number],
			draw(fuzz, 20), NULL);
		must_be(fuzz, error, 0, "making a task");
		memset(fuzz->words[number], 0, sizeof(fuzz->words[number]));
		return;
	}
	switch (draw(fuzz, 16)) {
	case 0:
		if (draw(fuzz, 16) == 0)
			leave(fuzz, number);
		return;
	case 1:
		server_ask(seat->task, draw(fuzz, 16), &count);
		return;
	case 2:
		(void)server_return(seat->task, draw(fuzz, 4), &count);
		return;
	case 3:
		seat->obeys = draw(fuzz, 2);
		for (i = 0; i < WORDS; i++)
			seat->memory.pages[i].fail_out =
				draw(fuzz, 20) ? 0 : -EIO;
		return;
	case 4:
	case 5:
	case 6:
	case 7:
	case 8:
		error = seat_write(fuzz->machine, number, page, 1, value);
		if (!error)
			fuzz->words[number][page] = value;
		break;
	default:
		error = seat_read(fuzz->machine, number, page, 1, &value);
		if (!error)
			expect(fuzz, value == fuzz->words[number][page],
				"not what a task wrote last");
	}
	/* without a frame, or a guarantee to write */
	expect(fuzz,
		!error || error == -ENOMEM ||
			(error == -EIO && stores_fail(fuzz, number)),
		"an access of a task");
}

/* A control goes by force, and comes anew. */
static void step_revoke(struct fuzz *fuzz)
{
	unsigned number = draw(fuzz, CONTROLS);
	struct control *root = server_root(fuzz->machine->server);
	unsigned i;

	if (fuzz->machine->seats[number].task)
		leave(fuzz, number);
	must_be(fuzz, control_revoke(fuzz->controls[number]), 0,
		"revoking a control");
	for (i = 0; i < WINDOWS; i++)
		if (fuzz->windows[i].window &&
			fuzz->containers[fuzz->windows[i].container].control ==
				(int)number)
			fuzz->windows[i].cut = true;
	for (i = 0; i < CONTAINERS; i++) {
		struct model_container *model = &fuzz->containers[i];

		if (!model->container || model->control != (int)number)
			continue;
		end_shares(fuzz, i);
		model->control = -1;
		model->claimed = 0;
		memset(model->pages, 0, sizeof(model->pages));
	}
	must_be(fuzz,
		control_split(
			root, control_guarantee(root), &fuzz->controls[number]),
		0, "having the frames back");
	fuzz->guarantees[number] = control_guarantee(fuzz->controls[number]);
	if (number == CONTROLS - 1)
		must_be(fuzz,
			control_set_memory(
				fuzz->controls[number], &fuzz->memory),
			0, "setting the memory");
}

static void step(struct fuzz *fuzz)
{
	unsigned what = draw(fuzz, 100), number;
	struct model_container *model = pick(fuzz, &number);

	if (what < 3)
		fuzz->machine->now += draw(fuzz, SERVER_NOTICE);
	else if (what < 5)
		(void)server_tick(fuzz->machine->server);
	else if (what < 25)
		step_task(fuzz, draw(fuzz, CONTROLS));
	else if (what < 30)
		step_use_window(fuzz);
	else if (what < 33)
		step_lock(fuzz);
	else if (!model->container)
		step_create(fuzz, number);
	else if (what < 34 && !draw(fuzz, 8))
		step_destroy(fuzz, number);
	else if (what < 35 && !draw(fuzz, 20))
		step_revoke(fuzz);
	else if (what < 50)
		step_allocate(fuzz, number);
	else if (what < 54)
		step_deallocate(fuzz, number);
	else if (what < 57)
		step_window(fuzz, number);
	else if (what < 62)
		step_pin(fuzz, number);
	else if (what < 64)
		step_share(fuzz, number);
	else if (what < 82)
		step_copy(fuzz, number);
	else
		step_bytes(fuzz, number);
}

static void *aside_data(void *context, uint32_t frame)
{
	struct fuzz *fuzz = context;

	return fuzz->aside[frame];
}

static void begin(struct fuzz *fuzz)
{
	static const uint32_t guarantees[CONTROLS] = {13, 16, 11};
	struct control *root;
	unsigned i;

	fuzz->memory = (struct container_memory){
		.data = aside_data, .context = fuzz, .file = -1};
	must_be(fuzz, server_machine_create(FRAMES, &fuzz->machine), 0,
		"making a server");
	root = server_root(fuzz->machine->server);
	for (i = 0; i < CONTROLS; i++) {
		fuzz->guarantees[i] = guarantees[i];
		must_be(fuzz,
			control_split(root, guarantees[i], &fuzz->controls[i]),
			0, "splitting");
	}
	must_be(fuzz,
		control_set_memory(fuzz->controls[CONTROLS - 1], &fuzz->memory),
		0, "setting the memory");
}

/* All goes back to where it came from. */
static void finish(struct fuzz *fuzz)
{
	unsigned i;

	for (i = 0; i < WINDOWS; i++)
		if (fuzz->windows[i].window)
			container_unmap(fuzz->windows[i].window);
	for (i = 0; i < CONTROLS; i++) {
		if (fuzz->machine->seats[i].task)
			leave(fuzz, i);
		must_be(fuzz, control_revoke(fuzz->controls[i]), 0,
			"revoking a control");
	}
	for (i = 0; i < CONTAINERS; i++)
		if (fuzz->containers[i].container)
			must_be(fuzz,
				container_destroy(
					fuzz->containers[i].container),
				0, "destroying a container");
	for (i = 0; i < SHARES; i++)
		if (fuzz->shares[i].share && !fuzz->shares[i].dropped)
			container_share_drop(fuzz->shares[i].share);
	expect(fuzz,
		control_guarantee(server_root(fuzz->machine->server)) == FRAMES,
		"a guarantee is lost");
	server_machine_destroy(fuzz->machine);
}

int main(int argc, char **argv)
{
	struct fuzz *fuzz = calloc(1, sizeof(*fuzz));

	if (!fuzz)
		return 1;
	fuzz->course = course_start(argc, argv, 200000);
	begin(fuzz);
	while (course_next(&fuzz->course)) {
		step(fuzz);
		compare(fuzz);
	}
	finish(fuzz);
	printf("container-fuzz: %llu pages copied, %llu of them shared, %llu "
	       "written by windows; %llu waits, %llu locked, %llu allocations "
	       "and %llu write-backs failed\n",
		(unsigned long long)fuzz->copies,
		(unsigned long long)fuzz->shared,
		(unsigned long long)fuzz->moved,
		(unsigned long long)fuzz->waits, (unsigned long long)fuzz->busy,
		(unsigned long long)fuzz->no_memory,
		(unsigned long long)fuzz->failed);
	free(fuzz);
	return 0;
}
