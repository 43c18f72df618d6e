/*
 * What a replacement policy is.
 *
 * The contract, in one sentence: `evict` must name a frame that was given to
 * it by `insert` and has not been removed or evicted since, and must name one
 * as long as there is one.
 *
 * The pager gives a policy only frames that may be evicted: a frame that is
 * pinned or busy is taken out by `remove` and given back by `insert`.  So a
 * policy never looks at pins or I/O.  It knows frames by number and nothing
 * of pages, stores or address spaces.  It allocates when it is made and never
 * again.
 */
#ifndef MM_POLICY_H
#define MM_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_NONE UINT32_MAX
#define NEXT_USE_NEVER UINT64_MAX

/* What a policy may know (and a row must tell). */
enum policy_class {
	POLICY_ORACLE,		/* the future */
	POLICY_EVERY_REFERENCE, /* each reference, as a simulator can */
	POLICY_REALISABLE,	/* faults, and the bits it pays to collect */
};

/* Ranks: a page of a lower one is evicted sooner. */
enum {
	RANK_FIRST = 0,	   /* what was called cold, or read ahead in vain */
	RANK_ONCE = 1,	   /* read-once, when its short while is over */
	RANK_PRIORITY = 2, /* + the priority, 0 .. PRIORITY_MAX */
	PRIORITY_MAX = 7,
	PRIORITY_NORMAL = 4,
	RANK_NORMAL = RANK_PRIORITY + PRIORITY_NORMAL,
	RANKS = RANK_PRIORITY + PRIORITY_MAX + 1,
};

/* Of a page that is given to a policy. */
struct policy_page {
	uint64_t next_use; /* number of the next event that uses it; oracles */
	uint64_t key;	   /* the page's name: the same each time it comes */
	uint8_t rank;	   /* policies that take hints */
};

/* A run of references to resident pages, in order. */
struct policy_references {
	const uint32_t *frames;
	const uint64_t *next_use; /* NULL unless the policy is an oracle */
	uint64_t now; /* number of the event after the last; oracles */
	size_t count;
};

/* What the value of a parameter is. */
enum policy_unit {
	POLICY_PLAIN, /* a number */
	POLICY_COUNT, /* a whole number, of what `about` says */
	POLICY_SHARE, /* of the frames: 0.25, said as 25% */
	POLICY_FLAG,  /* 0 or 1; its name alone says 1 */
};

struct policy_parameter {
	const char *name;  /* NULL ends a list */
	const char *about; /* one line */
	double value;	   /* unless another is given */
	double least, most;
	enum policy_unit unit;
};

enum {
	POLICY_PARAMETERS_MAX = 16, /* of one policy */
	POLICY_SEED = 1,	    /* unless another is given */
};

struct policy_config {
	uint32_t frames; /* numbers of frames are below this */
	/* of the policy's parameters, in their order; NULL: as they are
	 * unless given */
	const double *values;
	uint64_t seed; /* policies that draw lots; 0: POLICY_SEED */
	/* reads and clears the referenced bit of a frame */
	bool (*harvest)(void *context, uint32_t frame);
	/* unmaps a frame that the policy holds, so that its next use is a
	 * soft fault, which `touch` tells of */
	void (*unmap)(void *context, uint32_t frame);
	/* starts loading what harvest or unmap of this frame will touch */
	void (*prefetch)(void *context, uint32_t frame);
	void *context;
	bool bit_at_load; /* a page comes in with its referenced bit set */
};

struct policy;

struct policy_ops {
	const char *name;
	const char *about; /* one line */
	const char *paper; /* author, title, where, year; NULL: none */
	const char *cost;  /* memory, as text: "20 to 36 bytes a frame" */
	/* what it may be told; NULL: nothing */
	const struct policy_parameter *parameters;
	enum policy_class knows;
	bool takes_hints;
	bool is_stack; /* a stack algorithm: more frames, the same and more */
	bool draws;    /* it draws lots: the same ones for the same seed */

	/* 0 or -ENOMEM */
	int (*create)(const struct policy_config *config, struct policy **out);
	void (*destroy)(struct policy *policy);

	/* The page KEY is in no frame and will be: `evict` may be called for
	 * it, and then `insert`, unless its page-in fails.  NULL: no need to
	 * know. */
	void (*coming)(struct policy *policy, uint64_t key);
	/* The frame now holds a page and may be evicted. */
	void (*insert)(struct policy *policy, uint32_t frame,
		const struct policy_page *page);
	/* NULL if the policy is realisable. */
	void (*reference)(struct policy *policy,
		const struct policy_references *references);
	/* A soft fault on a page that is held, and will be mapped again: it
	 * was unmapped, or not mapped yet where it is used now.  NULL: no need
	 * to know, as of a policy that sees every reference. */
	void (*touch)(struct policy *policy, uint32_t frame);
	/* Names the victim and forgets it; FRAME_NONE if it holds none. */
	uint32_t (*evict)(struct policy *policy);
	/* The frame that `evict` would name now; it is still held.  RANK_OUT:
	 * of policies that take hints, the rank that the frame has now. */
	uint32_t (*peek)(struct policy *policy, uint8_t *rank_out);
	/* Forgets the frame. */
	void (*remove)(struct policy *policy, uint32_t frame);
	/* A hint: from now on of this rank; COLD: RANK_FIRST until it is
	 * referenced again. NULL if the policy takes no hints. */
	void (*rank)(
		struct policy *policy, uint32_t frame, uint8_t rank, bool cold);
	/* A guess at the next victim (0) and the one after it (1), so that
	 * the pager can load what evicting them will touch; NULL: no guess.
	 * May be wrong; FRAME_NONE: none. */
	uint32_t (*guess)(struct policy *policy, unsigned which);
	/* The next MOST victims, or all there are, the first one first, as they
	 * would be evicted if nothing else happened; returns how many.
	 * Changes nothing.  Of a policy that reads no bits; NULL: it can't
	 * say. */
	uint32_t (*upcoming)(
		struct policy *policy, uint32_t *frames, uint32_t most);
	/* Proves the invariants; MEMBER[frame] tells what should be held.
	 * NULL, or which one does not hold. */
	const char *(*check)(
		const struct policy *policy, const uint8_t *member);
};

struct policy {
	const struct policy_ops *ops;
};

#define POLICY(name) extern const struct policy_ops policy_##name;
#include "mm/policy/policies.def"
#undef POLICY

/* By name; NULL if there is none.  policy_at: the list, NULL past its end. */
const struct policy_ops *policy_find(const char *name);
const struct policy_ops *policy_at(unsigned index);
const char *policy_class_name(enum policy_class knows);

/* Of the policy OPS, the value of its parameter INDEX. */
static inline double policy_value(const struct policy_ops *ops,
	const struct policy_config *config, unsigned index)
{
	return config->values ? config->values[index]
			      : ops->parameters[index].value;
}

/* A parameter that is a share of the frames, in pages: one at least. */
static inline uint32_t policy_pages(const struct policy_ops *ops,
	const struct policy_config *config, unsigned index)
{
	double pages = policy_value(ops, config, index) * config->frames;

	if (pages < 1)
		return 1;
	return pages < UINT32_MAX / 2 ? pages : UINT32_MAX / 2;
}

static inline uint64_t policy_seed(const struct policy_config *config)
{
	return config->seed ? config->seed : POLICY_SEED;
}

#endif
