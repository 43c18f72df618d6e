/*
 * Private to the writer: full blocks in, bytes on the disk out, in order.
 *
 *	filled ->  number pages  ->  pack  ->  write  -> empty
 *		   one at a time,    all at    one at a time,
 *		   in order	     once      in order
 *
 * Blocks lie in a ring: block n in slot n mod slots.  The caller fills one
 * while threads of the packer take the others through these steps; without
 * threads packer_put does.  Memory: the ring, and the set of pages.
 *
 * Invariants, under the lock: written <= numbered <= taken <= put, and
 * put - written <= slots.
 */
#ifndef TRACER_PACKER_H
#define TRACER_PACKER_H

#include <stdint.h>

#include "base/message.h"
#include "tracer/block.h"

struct packer;

struct packer_options {
	int fd;
	const char *path; /* for messages; must live as long as the packer */
	uint64_t offset;  /* where the first block goes */
	unsigned threads;
	int level;
};

/* -ENOMEM */
int packer_create(const struct packer_options *options, struct packer **out);
/* What was put and is not written may be lost. */
void packer_destroy(struct packer *packer);

/* The empty block to fill next. */
struct block *packer_block(struct packer *packer);

/*
 * Hands over the block that was filled.  Waits while the ring is full.  0, or
 * the error of one that was put before; any error stays.
 */
int packer_put(struct packer *packer);

/* Waits until all that was put is written. */
int packer_drain(struct packer *packer, struct message *message);

/* After packer_drain: the byte behind the last whole block. */
uint64_t packer_end(const struct packer *packer);

#endif
