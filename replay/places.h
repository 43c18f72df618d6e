/*
 * Which group each place of a stack belongs to: a string of letters, one
 * changed at a time, with counts and places of a letter found fast.
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

/* Runs: more are not listed; so many are listed again.  Tests have fewer. */
#ifndef PLACES_MANY
#define PLACES_MANY 96
#define PLACES_FEW 32
#endif

enum { PLACES_LETTERS = 255 };

/*
 * Invariants (places_check proves them)
 * 1. runs is the number of places, of those used, whose letter is not that
 *    of the one before.
 * 2. Unless `many`, run i is all of letter run_letter[i], from run_end[i - 1]
 *    (or 0) to before run_end[i], and neighbours differ.
 * 3. If `many`, letter[] tells each place's, and lines[l] has a bit at each
 *    place of letter l.
 */
struct places {
	uint32_t room, used;
	uint8_t *letter; /* [room], if `many` */
	uint32_t runs;
	bool many;
	uint32_t run_end[PLACES_MANY + 2];
	uint8_t run_letter[PLACES_MANY + 2];
	struct bitline *lines[PLACES_LETTERS];
};

/* ROOM places, none used.  -ENOMEM. */
int places_init(struct places *places, uint32_t room);
void places_fini(struct places *places);

uint8_t places_letter(const struct places *places, uint32_t place);

/* PLACE, at most the first unused one, is of LETTER from now on.  -ENOMEM:
 * nothing can be relied on any more. */
int places_set(struct places *places, uint32_t place, uint8_t letter);

/* The place of LETTER before which there are K others; there must be. */
uint32_t places_select(const struct places *places, uint8_t letter, uint32_t k);

/* Places of LETTER before PLACE. */
uint32_t places_before(
	const struct places *places, uint8_t letter, uint32_t place);

/* The first place from FROM to before END whose letter is another one than
 * LETTER and of a rank that is not higher; END: none.  RANK is by letter. */
uint32_t places_next_lower(const struct places *places, const int *rank,
	uint8_t letter, uint32_t from, uint32_t end);

/* NULL, or which invariant does not hold.  O(places * letters). */
const char *places_check(const struct places *places);

#endif
