/*
 * What server-fuzz knows of the server and its tasks: the rules of server.h in
 * plain arithmetic, from scratch each time.  For that one program.
 */
#ifndef MM_TEST_SERVER_MODEL_H
#define MM_TEST_SERVER_MODEL_H

#include "base/test/course.h"
#include "mm/test/server-machine.h"

#include <string.h>

enum { FRAMES = 24, CONTROLS = 8, PAGES = 20 };

/* A control; its task sits in the seat of the same number. */
struct model_control {
	struct control *control;
	int parent; /* -1: the root */
	uint32_t guarantee;
};

struct model_task {
	bool present;
	int control; /* -1: the root's */
	uint64_t age;
	uint32_t extra_max, held, wanted, asked;
	uint64_t deadline;
	uint64_t words[PAGES];
};

struct model_soft {
	unsigned seat;
	uint64_t page;
};

struct fuzz {
	struct course course;
	uint64_t age;
	struct server_machine *machine;
	struct model_control controls[CONTROLS];
	struct model_task tasks[SERVER_TASKS];
	struct model_soft soft[FRAMES]; /* the first to be reused first */
	uint32_t soft_count;
	uint32_t root; /* what it guarantees */
	uint64_t taken, had_back, reused, split_errors, no_memory;
};

static struct server_task *task_of(struct fuzz *fuzz, unsigned seat)
{
	return fuzz->machine->seats[seat].task;
}

static const struct server_client *client_of(struct fuzz *fuzz, unsigned seat)
{
	return (const struct server_client *)task_of(fuzz, seat)->source;
}

/* Is the soft frame SEAT's? */
static bool has_soft(struct fuzz *fuzz, unsigned seat, uint32_t frame)
{
	const struct server_frame *at = &fuzz->machine->server->frames[frame];

	return at->state == SERVER_SOFT && at->client == client_of(fuzz, seat);
}

/* Which page it remembers to be in it. */
static uint64_t soft_page(struct fuzz *fuzz, unsigned seat, uint32_t frame)
{
	const struct soft_entry *entry =
		&task_of(fuzz, seat)->soft.entries[frame];

	expect(fuzz, entry->store == fuzz->machine->seats[seat].store,
		"a soft frame is not remembered");
	return entry->offset;
}

/* The model's arithmetic. */

static uint32_t *guarantee_of(struct fuzz *fuzz, int control)
{
	return control < 0 ? &fuzz->root : &fuzz->controls[control].guarantee;
}

static uint32_t below(struct fuzz *fuzz, unsigned seat)
{
	uint32_t most = *guarantee_of(fuzz, fuzz->tasks[seat].control);
	uint32_t held = fuzz->tasks[seat].held;

	return most > held ? most - held : 0;
}

static uint32_t extra(struct fuzz *fuzz, unsigned seat)
{
	uint32_t most = *guarantee_of(fuzz, fuzz->tasks[seat].control);
	uint32_t held = fuzz->tasks[seat].held;

	return held > most ? held - most : 0;
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static void trim(struct fuzz *fuzz, unsigned seat)
{
	fuzz->tasks[seat].asked =
		least(fuzz->tasks[seat].asked, extra(fuzz, seat));
}

static uint32_t there(const struct fuzz *fuzz)
{
	uint32_t held = 0;
	unsigned i;

	for (i = 0; i < SERVER_TASKS; i++)
		held += fuzz->tasks[i].present ? fuzz->tasks[i].held : 0;
	return FRAMES - held;
}

static bool may_have(struct fuzz *fuzz, unsigned seat)
{
	uint32_t owed = 0;
	unsigned i;

	if (!there(fuzz))
		return false;
	if (below(fuzz, seat))
		return true;
	for (i = 0; i < SERVER_TASKS; i++)
		if (fuzz->tasks[i].present)
			owed += least(fuzz->tasks[i].wanted, below(fuzz, i));
	return extra(fuzz, seat) < fuzz->tasks[seat].extra_max &&
	       there(fuzz) > owed;
}

static void drop_soft(struct fuzz *fuzz, uint32_t at)
{
	fuzz->soft_count--;
	memmove(fuzz->soft + at, fuzz->soft + at + 1,
		(fuzz->soft_count - at) * sizeof(*fuzz->soft));
}

static int find_soft(const struct fuzz *fuzz, unsigned seat, uint64_t page)
{
	uint32_t i;

	for (i = 0; i < fuzz->soft_count; i++)
		if (fuzz->soft[i].seat == seat && fuzz->soft[i].page == page)
			return (int)i;
	return -1;
}

static bool take_one(struct fuzz *fuzz, unsigned seat)
{
	struct model_task *task = &fuzz->tasks[seat];

	if (!may_have(fuzz, seat))
		return false;
	if (there(fuzz) == fuzz->soft_count) {
		drop_soft(fuzz, 0);
		fuzz->reused++;
	}
	task->held++;
	task->wanted -= task->wanted != 0;
	return true;
}

/* Rule 3, from scratch for each frame. */
static void ask_back(struct fuzz *fuzz, unsigned seat)
{
	struct model_task *task = &fuzz->tasks[seat];
	uint32_t coming = 0, others = 0, had, i, want_extra;
	unsigned t;

	for (t = 0; t < SERVER_TASKS; t++) {
		if (!fuzz->tasks[t].present)
			continue;
		coming += fuzz->tasks[t].asked;
		others += t == seat ? 0 : fuzz->tasks[t].wanted;
	}
	had = coming > others ? coming - others : 0;
	for (i = had; i < task->wanted; i++) {
		struct model_task *most = NULL;
		uint32_t spare = 0;

		for (t = 0; t < SERVER_TASKS; t++) {
			struct model_task *at = &fuzz->tasks[t];

			if (t == seat || !at->present)
				continue;
			if (extra(fuzz, t) - at->asked > spare ||
				(most && extra(fuzz, t) - at->asked == spare &&
					at->age < most->age)) {
				most = at;
				spare = extra(fuzz, t) - at->asked;
			}
		}
		if (!most)
			break;
		want_extra =
			i < below(fuzz, seat) ? 0 : i - below(fuzz, seat) + 1;
		if (want_extra && spare < extra(fuzz, seat) + want_extra + 1)
			break;
		if (!most->asked)
			most->deadline = fuzz->machine->now + SERVER_NOTICE;
		most->asked++;
	}
}

/* One frame of SEAT has gone; PAGE is what it held, or -1. */
static void gave(struct fuzz *fuzz, unsigned seat, int64_t page)
{
	struct model_task *task = &fuzz->tasks[seat];

	task->held--;
	task->asked -= task->asked != 0;
	trim(fuzz, seat);
	if (page >= 0)
		fuzz->soft[fuzz->soft_count++] =
			(struct model_soft){seat, (uint64_t)page};
}

#endif
