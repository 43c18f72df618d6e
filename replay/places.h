/*
 * Which group each place of a stack belongs to: a string of letters, with
 * counts and places of a letter found fast.
 *
 * A letter is a number below PLACES_LETTERS, and the rank of its group above
 * that: PLACES_RANKS of them.  So letters of unlike ranks compare as ranks.
 *
 * Stacks of pages with ranks are a few long runs of one letter each, and
 * then the runs are listed.  After a hint they can be very many; then there
 * is a line of bits a letter (bitline.h), until there are few again.
 *
 * Memory: nothing by place while there are few runs; else 1 byte a place, and
 * 0.13 a place and letter.
 */
#ifndef REPLAY_PLACES_H
#define REPLAY_PLACES_H

#include <stdbool.h>
#include <stdint.h>

#include "replay/bitline.h"

#define PLACES_NONE UINT32_MAX
#define PLACES_NEVER INT32_MAX /* after all places */

/* Runs: more are not listed; so many are listed again.  Tests have fewer. */
#ifndef PLACES_MANY
#define PLACES_MANY 96
#define PLACES_FEW 32
#endif

enum {
	PLACES_LETTERS = 256,
	PLACES_CLASSES = 8, /* letters in places_run */
	PLACES_RUNS = PLACES_MANY + 2 * 8 * PLACES_CLASSES,
};

static inline uint32_t places_rank(uint32_t letter)
{
	return letter / PLACES_LETTERS;
}

/*
 * Invariants (places_check proves them)
 * 1. Unless `many`, there are `runs`: run i is all of letter run_letter[i],
 *    from run_end[i - 1] (or 0) to before run_end[i], and
 *    neighbours differ.
 * 2. If `many`, number[] tells the number of each place's letter, letter[]
 *    the letter of each number in use, and lines[n] has a bit at each place
 *    of number n; runs is the number of places, of those used, whose letter
 *    is not that of the one before.
 */
struct places {
	uint32_t room, used;
	uint8_t *number; /* [room], if `many` */
	uint32_t letter[PLACES_LETTERS];
	uint32_t runs;
	bool many;
	uint32_t run_end[PLACES_RUNS];
	uint32_t run_letter[PLACES_RUNS];
	struct bitline *lines[PLACES_LETTERS];
};

/* ROOM places, none used.  -ENOMEM. */
int places_init(struct places *places, uint32_t room);
void places_fini(struct places *places);

uint32_t places_letter(const struct places *places, uint32_t place);

/* PLACE, at most the first unused one, is of LETTER from now on.  -ENOMEM:
 * nothing can be relied on any more. */
int places_set(struct places *places, uint32_t place, uint32_t letter);

/* The place of LETTER before which there are K others; or PLACES_NONE. */
uint32_t places_select(
	const struct places *places, uint32_t letter, uint32_t k);

/* Places of LETTER before PLACE. */
uint32_t places_before(
	const struct places *places, uint32_t letter, uint32_t place);

/* The first place from FROM to before END whose letter is of a lower rank
 * than LETTER; END: none. */
uint32_t places_next_lower(const struct places *places, uint32_t letter,
	uint32_t from, uint32_t end);

/* A page comes to the top, of letter TO.  It was at the place of letter FROM
 * before which there are K others; FROM 0: it is new. */
struct places_use {
	uint32_t from, k, to;
};

/*
 * Uses, one after the other, in a stack whose letters are of unlike ranks:
 * what is on top is carried down, changes with the first letter of lower
 * rank, and so on, to where the page was, which PLACE_OUT tells, or
 * PLACES_NEVER if it is new.  Returns how many were done: none of a stack
 * that is not like that of places-use.c.
 */
uint32_t places_run(struct places *places, const struct places_use *use,
	uint32_t uses, uint32_t *place_out);

/* NULL, or which invariant does not hold.  O(places * letters). */
const char *places_check(const struct places *places);

#endif
