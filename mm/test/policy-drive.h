/*
 * Drives one policy with references to pages as a pager would, with nothing
 * else behind it: for tests that hold a policy against a plain model of its
 * paper.  A program that includes this includes cmocka first.
 *
 *	drive_open(&drive, &policy_arc, NULL, frames, pages);
 *	gone = drive_use(&drive, page);
 *	assert_int_equal(gone, model_use(&model, page));
 *
 * The reference that brings a page in is told by `insert` alone, as in the
 * pager: its referenced bit is set if BIT_AT_LOAD.
 */
#ifndef MM_TEST_POLICY_DRIVE_H
#define MM_TEST_POLICY_DRIVE_H

#include <stdlib.h>
#include <string.h>

#include "mm/policy.h"

/* What a use of a page did, besides the page that had to go. */
#define DRIVE_HIT UINT32_MAX
#define DRIVE_ROOM (UINT32_MAX - 1) /* a fault, and a frame was free */

struct drive {
	const struct policy_ops *ops;
	struct policy *policy;
	uint32_t frames, pages, held;
	bool bit_at_load;
	uint32_t *frame_of; /* [pages] or FRAME_NONE */
	uint32_t *page_in;  /* [frames] */
	uint8_t *member;    /* [frames] held by the policy */
	bool *written;	    /* [frames] */
	bool *dirty;	    /* [frames] and a harvest has found it so */
	bool *bit;	    /* [frames] referenced */
	bool *mapped;	    /* [frames] the policy has not unmapped it */
	uint64_t faults, soft_faults, scanned, uses;
};

static inline bool drive_is_dirty(void *context, uint32_t frame)
{
	return ((struct drive *)context)->dirty[frame];
}

static inline bool drive_harvest(void *context, uint32_t frame)
{
	struct drive *drive = context;
	bool bit = drive->bit[frame];

	drive->bit[frame] = false;
	drive->dirty[frame] |= drive->written[frame];
	drive->scanned++;
	return bit;
}

static inline void drive_unmap(void *context, uint32_t frame)
{
	struct drive *drive = context;

	assert_true(drive->member[frame]);
	drive->mapped[frame] = false;
}

static inline void drive_prefetch(void *context, uint32_t frame)
{
	(void)context;
	(void)frame;
}

/* A use is a tick. */
static inline uint64_t drive_now(void *context)
{
	const struct drive *drive = context;

	return drive->uses;
}

/* CONFIG: what else the policy is told (parameters), or NULL. */
static inline void drive_open(struct drive *drive, const struct policy_ops *ops,
	const struct policy_config *config, uint32_t frames, uint32_t pages)
{
	struct policy_config own = {.bit_at_load = true};

	if (config)
		own = *config;
	own.frames = frames;
	own.is_dirty = drive_is_dirty;
	own.harvest = drive_harvest;
	own.unmap = drive_unmap;
	own.prefetch = drive_prefetch;
	own.now = drive_now;
	own.context = drive;
	*drive = (struct drive){
		.ops = ops,
		.frames = frames,
		.pages = pages,
		.bit_at_load = own.bit_at_load,
		.frame_of = malloc(pages * sizeof(*drive->frame_of)),
		.page_in = calloc(frames, sizeof(*drive->page_in)),
		.member = calloc(frames, 1),
		.written = calloc(frames, sizeof(*drive->written)),
		.dirty = calloc(frames, sizeof(*drive->dirty)),
		.bit = calloc(frames, sizeof(*drive->bit)),
		.mapped = calloc(frames, sizeof(*drive->mapped)),
	};
	assert_true(drive->frame_of && drive->page_in && drive->member &&
		    drive->bit && drive->mapped);
	memset(drive->frame_of, 0xff, pages * sizeof(*drive->frame_of));
	assert_true(drive->written && drive->dirty);
	assert_int_equal(ops->create(&own, &drive->policy), 0);
}

static inline void drive_close(struct drive *drive)
{
	drive->ops->destroy(drive->policy);
	free(drive->frame_of);
	free(drive->page_in);
	free(drive->member);
	free(drive->written);
	free(drive->dirty);
	free(drive->bit);
	free(drive->mapped);
}

static inline void drive_check(const struct drive *drive)
{
	const char *why = drive->ops->check(drive->policy, drive->member);

	if (why)
		fail_msg("%s, %u frames, use %llu: %s", drive->ops->name,
			drive->frames, (unsigned long long)drive->uses, why);
}

/* A frame for a page: a free one, or the victim's; *GONE_OUT as drive_use. */
static inline uint32_t drive_take(struct drive *drive, uint32_t *gone_out)
{
	uint32_t frame;

	*gone_out = DRIVE_ROOM;
	if (drive->held < drive->frames)
		return drive->held++;
	frame = drive->ops->evict(drive->policy);
	assert_true(frame < drive->frames);
	assert_true(drive->member[frame]);
	drive->member[frame] = false;
	*gone_out = drive->page_in[frame];
	drive->frame_of[*gone_out] = FRAME_NONE;
	return frame;
}

/* FRAME's page is used: a soft fault if it is not mapped. */
static inline void drive_hit(struct drive *drive, uint32_t frame)
{
	struct policy_references references = {.frames = &frame, .count = 1};

	drive->bit[frame] = true;
	if (drive->ops->reference)
		drive->ops->reference(drive->policy, &references);
	if (drive->mapped[frame])
		return;
	drive->soft_faults++;
	if (drive->ops->touch)
		drive->ops->touch(drive->policy, frame);
	drive->mapped[frame] = true;
}

/* Uses PAGE: DRIVE_HIT, DRIVE_ROOM, or which page had to go for it. */
static inline uint32_t drive_use(struct drive *drive, uint32_t page)
{
	struct policy_page told = {
		.next_use = NEXT_USE_NEVER,
		.key = page,
		.rank = RANK_NORMAL,
	};
	uint32_t frame = drive->frame_of[page], gone = DRIVE_HIT;

	drive->uses++;
	if (frame != FRAME_NONE) {
		drive_hit(drive, frame);
		return DRIVE_HIT;
	}
	drive->faults++;
	if (drive->ops->coming)
		drive->ops->coming(drive->policy, page);
	frame = drive_take(drive, &gone);
	drive->page_in[frame] = page;
	drive->frame_of[page] = frame;
	drive->written[frame] = drive->dirty[frame] = false;
	drive->bit[frame] = drive->bit_at_load;
	drive->mapped[frame] = true;
	drive->member[frame] = true;
	drive->ops->insert(drive->policy, frame, &told);
	return gone;
}

/* The use before it, of PAGE, was a write. */
static inline void drive_write(struct drive *drive, uint32_t page)
{
	drive->written[drive->frame_of[page]] = true;
}

#endif
