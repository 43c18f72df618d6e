/*
 * Random work on a server and its tasks against a naive model.  The model
 * keeps, of each task, how many frames it is guaranteed, holds, wants and is
 * asked for, by the rules of server.h in plain arithmetic; what was written
 * last to each page; and which pages are soft, in the order of their return.
 * After each step all invariants are proved and the server's figures are the
 * model's; what is asked back and late is always taken whole.  Stores fail
 * now and then, and so does an allocation of each call that makes something.
 *
 *	server-fuzz [seed] [steps]
 */
#include "mm/test/fail-allocation.h"
#include "mm/test/server-model.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The machine against the model. */

static void compare_task(struct fuzz *fuzz, unsigned seat)
{
	const struct model_task *task = &fuzz->tasks[seat];
	struct server_task_frames frames;

	server_task_frames(task_of(fuzz, seat), &frames);
	expect(fuzz, frames.held == task->held, "held");
	expect(fuzz, frames.limit == task->held, "the pager's limit");
	expect(fuzz, frames.guaranteed == *guarantee_of(fuzz, task->control),
		"guaranteed");
	expect(fuzz, frames.extra == extra(fuzz, seat), "extra");
	expect(fuzz, frames.asked == task->asked, "asked");
	expect(fuzz, !task->asked || frames.deadline == task->deadline,
		"deadline");
	expect(fuzz, client_of(fuzz, seat)->wanted == task->wanted, "wanted");
}

static void compare(struct fuzz *fuzz)
{
	const struct server *server = fuzz->machine->server;
	const char *why = server_machine_check(fuzz->machine);
	struct server_frames frames;
	uint32_t at, i;

	expect(fuzz, !why, why);
	server_frames(fuzz->machine->server, &frames);
	expect(fuzz, frames.soft == fuzz->soft_count, "soft");
	expect(fuzz, frames.free == there(fuzz) - fuzz->soft_count, "free");
	for (i = 0; i < SERVER_TASKS; i++)
		if (fuzz->tasks[i].present)
			compare_task(fuzz, i);
	for (at = server->soft_list.first, i = 0; at != FRAME_NONE;
		at = server->frames[at].next, i++)
		expect(fuzz,
			has_soft(fuzz, fuzz->soft[i].seat, at) &&
				soft_page(fuzz, fuzz->soft[i].seat, at) ==
					fuzz->soft[i].page,
			"the order of soft frames");
}

static bool outs_fail(struct fuzz *fuzz, unsigned seat)
{
	unsigned i;

	for (i = 0; i < PAGES; i++)
		if (fuzz->machine->seats[seat].memory.pages[i].fail_out)
			return true;
	return false;
}

/* The page that was resident before and is not now, or -1. */
static int64_t gone(struct fuzz *fuzz, unsigned seat, bool *before)
{
	int64_t page = -1;
	unsigned i;

	for (i = 0; i < PAGES; i++)
		if (before[i] && !seat_has(fuzz->machine, seat, i)) {
			expect(fuzz, page < 0, "more than one page went");
			page = i;
			before[i] = false;
		}
	return page;
}

static void residents(struct fuzz *fuzz, unsigned seat, bool *out)
{
	unsigned i;

	for (i = 0; i < PAGES; i++)
		out[i] = seat_has(fuzz->machine, seat, i);
}

/* The steps. */

static void step_split(struct fuzz *fuzz)
{
	int from = (int)draw(fuzz, CONTROLS + 1) - 1;
	uint32_t frames = draw(fuzz, 10);
	struct control *parent;
	unsigned i;
	int error;

	for (i = 0; i < CONTROLS && fuzz->controls[i].control; i++)
		;
	if (i == CONTROLS || (from >= 0 && !fuzz->controls[from].control))
		return;
	parent = from < 0 ? server_root(fuzz->machine->server)
			  : fuzz->controls[from].control;
	fail_at = draw(fuzz, 8) == 0;
	error = control_split(parent, frames, &fuzz->controls[i].control);
	if (error == -ENOMEM)
		fuzz->no_memory++;
	else if (error == -EINVAL)
		expect(fuzz, !frames || frames > *guarantee_of(fuzz, from),
			"a split was refused");
	else if (error)
		fuzz->split_errors++;
	fail_at = 0;
	if (error)
		return;
	fuzz->controls[i].parent = from;
	fuzz->controls[i].guarantee = frames;
	*guarantee_of(fuzz, from) -= frames;
}

static void step_unsplit(struct fuzz *fuzz)
{
	unsigned i = draw(fuzz, CONTROLS), t;
	struct model_control *control = &fuzz->controls[i];
	bool used = false;
	int error;

	if (!control->control)
		return;
	for (t = 0; t < CONTROLS; t++)
		used |= fuzz->controls[t].control &&
			fuzz->controls[t].parent == (int)i;
	for (t = 0; t < SERVER_TASKS; t++)
		used |= fuzz->tasks[t].present &&
			fuzz->tasks[t].control == (int)i;
	error = control_destroy(control->control);
	expect(fuzz, error == (used ? -EBUSY : 0), "destroying a control");
	if (error)
		return;
	*guarantee_of(fuzz, control->parent) += control->guarantee;
	control->control = NULL;
	for (t = 0; t < SERVER_TASKS; t++)
		if (fuzz->tasks[t].present)
			trim(fuzz, t);
}

static void step_task(struct fuzz *fuzz, unsigned seat)
{
	int control = (int)draw(fuzz, CONTROLS + 1) - 1;
	struct model_task *task = &fuzz->tasks[seat];
	uint32_t extra_max = draw(fuzz, 14);
	bool used = false;
	unsigned i;
	int error;

	if (control >= 0 && !fuzz->controls[control].control)
		return;
	for (i = 0; i < SERVER_TASKS; i++)
		used |= fuzz->tasks[i].present &&
			fuzz->tasks[i].control == control;
	if (used) {
		return;
	}
	fail_at = draw(fuzz, 4) ? 0 : 1 + draw(fuzz, 3);
	/* of the task: what the seat makes beside it is not to fail */
	if (fail_at) {
		struct server_task_config config = {
			.policy_ops = &policy_lru, .stores_max = 1};
		struct server_task *none;

		error = server_task_create(
			control < 0 ? server_root(fuzz->machine->server)
				    : fuzz->controls[control].control,
			&config, &none);
		expect(fuzz, error == -ENOMEM, "an allocation did not fail");
		fail_at = 0;
		fuzz->no_memory++;
		return;
	}
	error = seat_take(fuzz->machine, seat,
		control < 0 ? server_root(fuzz->machine->server)
			    : fuzz->controls[control].control,
		extra_max, draw(fuzz, 2) ? &policy_lru : &policy_clock);
	expect(fuzz, !error, "making a task");
	*task = (struct model_task){
		.present = true,
		.control = control,
		.extra_max = extra_max,
		.age = fuzz->age++,
	};
}

static void step_leave(struct fuzz *fuzz, unsigned seat)
{
	uint32_t i;

	expect(fuzz, !seat_leave(fuzz->machine, seat), "ending a task");
	fuzz->tasks[seat].present = false;
	for (i = fuzz->soft_count; i--;)
		if (fuzz->soft[i].seat == seat)
			drop_soft(fuzz, i);
}

/* Was CONTROL split from TOP, or from what was, or is it TOP itself? */
static bool is_below(const struct fuzz *fuzz, int control, int top)
{
	while (control >= 0 && control != top)
		control = fuzz->controls[control].parent;
	return control == top;
}

/* Can all that TOP's tasks and those below hold be given up? */
static bool can_revoke(struct fuzz *fuzz, int top)
{
	struct server_task_frames frames;
	unsigned i;

	for (i = 0; i < SERVER_TASKS; i++) {
		if (!fuzz->tasks[i].present ||
			!is_below(fuzz, fuzz->tasks[i].control, top))
			continue;
		server_task_frames(task_of(fuzz, i), &frames);
		if (frames.pinned || outs_fail(fuzz, i))
			return false;
	}
	return true;
}

static void step_revoke(struct fuzz *fuzz)
{
	int top = (int)draw(fuzz, CONTROLS);
	int parent = fuzz->controls[top].parent;
	bool below[CONTROLS];
	unsigned i;

	if (!fuzz->controls[top].control || !can_revoke(fuzz, top))
		return;
	for (i = 0; i < CONTROLS; i++)
		below[i] = fuzz->controls[i].control &&
			   is_below(fuzz, (int)i, top);
	expect(fuzz, !control_revoke(fuzz->controls[top].control), "revoking");
	for (i = 0; i < SERVER_TASKS; i++)
		if (fuzz->tasks[i].present && fuzz->tasks[i].control >= 0 &&
			below[fuzz->tasks[i].control])
			step_leave(fuzz, i);
	for (i = 0; i < CONTROLS; i++) {
		if (!below[i])
			continue;
		*guarantee_of(fuzz, parent) += fuzz->controls[i].guarantee;
		/* what is left of those below is their holders' */
		expect(fuzz,
			(int)i == top ||
				!control_destroy(fuzz->controls[i].control),
			"destroying what was revoked");
		fuzz->controls[i].control = NULL;
	}
	for (i = 0; i < SERVER_TASKS; i++)
		if (fuzz->tasks[i].present)
			trim(fuzz, i);
}

static void step_ask(struct fuzz *fuzz, unsigned seat)
{
	struct model_task *task = &fuzz->tasks[seat];
	uint32_t frames = draw(fuzz, 12);
	uint32_t given, expected = 0;
	uint32_t room;

	server_ask(task_of(fuzz, seat), frames, &given);
	task->wanted = 0;
	while (expected < frames && take_one(fuzz, seat))
		expected++;
	expect(fuzz, given == expected, "what was given");
	room = below(fuzz, seat) + task->extra_max - extra(fuzz, seat);
	if (task->extra_max < extra(fuzz, seat))
		room = 0;
	room = least(room, FRAMES - task->held);
	task->wanted = least(frames - expected, room);
	ask_back(fuzz, seat);
}

static void step_return(struct fuzz *fuzz, unsigned seat)
{
	bool before[PAGES];
	uint32_t frames = draw(fuzz, 5);
	uint32_t returned;
	int error = 0;

	while (frames-- && !error) {
		residents(fuzz, seat, before);
		error = server_return(task_of(fuzz, seat), 1, &returned);
		expect(fuzz, returned == !error, "how many were returned");
		if (!error)
			gave(fuzz, seat, gone(fuzz, seat, before));
		else if (error == -EIO)
			expect(fuzz, outs_fail(fuzz, seat), "an error of none");
		else
			expect(fuzz,
				error == -EBUSY &&
					(!fuzz->tasks[seat].held ||
						task_of(fuzz, seat)
							->pager->pinned),
				"a return was refused");
	}
}

static void step_get_back(struct fuzz *fuzz, unsigned seat, uint64_t page)
{
	int at = find_soft(fuzz, seat, page);
	bool resident = seat_has(fuzz->machine, seat, page);
	uint32_t ins = memory_store_ins(&fuzz->machine->seats[seat].memory);
	int expected = 0;
	int error;

	if (resident)
		expected = -EEXIST;
	else if (at < 0)
		expected = -ENOENT;
	else if (!may_have(fuzz, seat))
		expected = -ENOMEM;
	error = server_get_back(
		task_of(fuzz, seat), fuzz->machine->seats[seat].store, page);
	expect(fuzz, error == expected, "having a page back");
	expect(fuzz,
		ins == memory_store_ins(&fuzz->machine->seats[seat].memory),
		"a page that was had back was read");
	if (!error) {
		drop_soft(fuzz, (uint32_t)at);
		fuzz->tasks[seat].held++;
		fuzz->had_back++;
	}
}

/* What an access does to the figures if the page is not resident. */
static void expect_fault(struct fuzz *fuzz, unsigned seat, uint64_t page)
{
	struct model_task *task = &fuzz->tasks[seat];
	const struct pager *pager = task_of(fuzz, seat)->pager;
	int at = find_soft(fuzz, seat, page);

	if (at >= 0 && may_have(fuzz, seat)) {
		drop_soft(fuzz, (uint32_t)at);
		task->held++;
		fuzz->had_back++;
		return;
	}
	if (pager->physmem.free == FRAME_NONE && !take_one(fuzz, seat) &&
		below(fuzz, seat)) {
		task->wanted += !task->wanted;
		ask_back(fuzz, seat);
	}
}

/* A soft page that was read again, or was to be, is not soft any more; one
 * that there was no frame for still is. */
static void forget_read(struct fuzz *fuzz, unsigned seat, uint64_t page)
{
	int at = find_soft(fuzz, seat, page);

	if (at >= 0)
		drop_soft(fuzz, (uint32_t)at);
}

/* After an error of the victim's write-back, but not of the page-in. */
static bool still_soft(struct fuzz *fuzz, unsigned seat, uint64_t page)
{
	uint32_t frame = soft_find(&task_of(fuzz, seat)->soft,
		fuzz->machine->seats[seat].store, page);

	return outs_fail(fuzz, seat) && frame != FRAME_NONE &&
	       has_soft(fuzz, seat, frame);
}

static void step_access(struct fuzz *fuzz, unsigned seat, uint64_t page)
{
	struct model_task *task = &fuzz->tasks[seat];
	struct seat *at = &fuzz->machine->seats[seat];
	bool writes = draw(fuzz, 2);
	bool resident = seat_has(fuzz->machine, seat, page);
	uint32_t ins = memory_store_ins(&at->memory);
	uint64_t value = fuzz->course.step;
	int error;

	if (!resident)
		expect_fault(fuzz, seat, page);
	error = writes ? seat_write(fuzz->machine, seat, page, 1, value)
		       : seat_read(fuzz->machine, seat, page, 1, &value);
	if (memory_store_ins(&at->memory) != ins ||
		(error == -EIO && at->memory.pages[page].fail_in &&
			!still_soft(fuzz, seat, page)))
		forget_read(fuzz, seat, page);
	if (!error && writes)
		task->words[page] = value;
	else if (!error)
		expect(fuzz, value == task->words[page],
			"not what was written last");
	else if (error == -EIO)
		expect(fuzz,
			outs_fail(fuzz, seat) || at->memory.pages[page].fail_in,
			"an error of no store");
	else
		expect(fuzz,
			error == -ENOMEM &&
				(!task->held ||
					(writes && !*guarantee_of(fuzz,
							   task->control))),
			"an access without a frame");
}

static void step_tick(struct fuzz *fuzz)
{
	bool before[SERVER_TASKS][PAGES];
	uint64_t page;
	uint32_t expected = 0;
	uint32_t due[SERVER_TASKS] = {0};
	const struct server *server = fuzz->machine->server;
	uint32_t at, i;
	unsigned t;

	fuzz->machine->now += draw(fuzz, SERVER_NOTICE);
	for (t = 0; t < SERVER_TASKS; t++) {
		struct model_task *task = &fuzz->tasks[t];

		if (!task->present)
			continue;
		residents(fuzz, t, before[t]);
		if (task->asked && task->deadline <= fuzz->machine->now)
			due[t] = task->asked;
		expected += due[t];
	}
	expect(fuzz, server_tick(fuzz->machine->server) == expected,
		"what is late was not taken");
	fuzz->taken += expected;
	for (t = 0; t < SERVER_TASKS; t++)
		while (due[t]--)
			gave(fuzz, t, -1);
	/* in which order is the policies' affair: behind those known before
	 * come pages that have gone */
	at = server->soft_list.first;
	for (i = 0; at != FRAME_NONE; at = server->frames[at].next, i++) {
		if (i < fuzz->soft_count)
			continue;
		for (t = 0; t < SERVER_TASKS; t++)
			if (fuzz->tasks[t].present && has_soft(fuzz, t, at))
				break;
		expect(fuzz, t < SERVER_TASKS, "nobody's soft page");
		page = soft_page(fuzz, t, at);
		expect(fuzz,
			before[t][page] && !seat_has(fuzz->machine, t, page),
			"a soft page that was not taken");
		fuzz->soft[fuzz->soft_count++] = (struct model_soft){t, page};
	}
}

static void step_advise(struct fuzz *fuzz, unsigned seat, uint64_t page)
{
	struct seat *at = &fuzz->machine->seats[seat];
	enum advice advice = draw(fuzz, 2) ? ADVICE_PIN : ADVICE_UNPIN;
	uint64_t pages = 1 + draw(fuzz, 3);
	int error =
		server_task_advise(at->task, &at->as, page, pages, advice, 0);

	expect(fuzz, !error || (error == -ENOMEM && advice == ADVICE_PIN),
		"advice");
}

static void step_fail(struct fuzz *fuzz, unsigned seat)
{
	struct memory_store *memory = &fuzz->machine->seats[seat].memory;
	unsigned i;

	for (i = 0; i < PAGES; i++) {
		memory->pages[i].fail_in = draw(fuzz, 10) ? 0 : -EIO;
		memory->pages[i].fail_out = draw(fuzz, 10) ? 0 : -EIO;
	}
	if (draw(fuzz, 2))
		for (i = 0; i < PAGES; i++)
			memory->pages[i].fail_in = memory->pages[i].fail_out =
				0;
}

static void step(struct fuzz *fuzz)
{
	unsigned seat = draw(fuzz, SERVER_TASKS);
	uint64_t page = draw(fuzz, PAGES);
	unsigned what = draw(fuzz, 100);

	if (what < 2)
		step_split(fuzz);
	else if (what < 3)
		if (draw(fuzz, 16))
			step_unsplit(fuzz);
		else
			step_revoke(fuzz);
	else if (what < 7)
		step_tick(fuzz);
	else if (!fuzz->tasks[seat].present)
		step_task(fuzz, seat);
	else if (what < 8 && !draw(fuzz, 3))
		step_leave(fuzz, seat);
	else if (what < 18)
		step_ask(fuzz, seat);
	else if (what < 25)
		step_return(fuzz, seat);
	else if (what < 35)
		step_get_back(fuzz, seat, page);
	else if (what < 38)
		step_advise(fuzz, seat, page);
	else if (what < 40)
		step_fail(fuzz, seat);
	else
		step_access(fuzz, seat, page);
}

static void finish(struct fuzz *fuzz)
{
	bool more = true;
	unsigned i;

	for (i = 0; i < SERVER_TASKS; i++)
		if (fuzz->tasks[i].present)
			step_leave(fuzz, i);
	while (more) {
		more = false;
		for (i = 0; i < CONTROLS; i++)
			if (fuzz->controls[i].control &&
				!control_destroy(fuzz->controls[i].control)) {
				fuzz->controls[i].control = NULL;
				more = true;
			}
	}
	expect(fuzz,
		control_guarantee(server_root(fuzz->machine->server)) == FRAMES,
		"a guarantee is lost");
	server_machine_destroy(fuzz->machine);
}

int main(int argc, char **argv)
{
	struct fuzz fuzz = {
		.course = course_start(argc, argv, 200000),
		.root = FRAMES,
	};

	expect(&fuzz, !server_machine_create(FRAMES, &fuzz.machine), "memory");
	while (course_next(&fuzz.course)) {
		step(&fuzz);
		compare(&fuzz);
	}
	finish(&fuzz);
	printf("server-fuzz: %llu frames taken, %llu had back, %llu reused, "
	       "%llu splits and %llu allocations failed\n",
		(unsigned long long)fuzz.taken,
		(unsigned long long)fuzz.had_back,
		(unsigned long long)fuzz.reused,
		(unsigned long long)fuzz.split_errors,
		(unsigned long long)fuzz.no_memory);
	return 0;
}
