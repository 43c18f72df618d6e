/*
 * What the program's paged memory is called, by the rules of
 * pagetrace/anon-name.h: the hints of `selfpage run --hints` go by it.  Where
 * the program runs unpaged a recorder is told instead, if one looks on.
 *
 *	the heap   [heap], as far as it was used; but large pieces are maps
 *		   of their own, [anon:FUNCTION], as with the C library's malloc
 *	maps	   their file; or what the program calls them, or the function
 *		   that asked for them
 *
 * Addresses and sizes are whole pages.  Calls are made inside.  What a hint
 * can't do is noted.
 */
#ifndef LIVE_NAMES_H
#define LIVE_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "pagetrace/anon-name.h"

enum { NAMES_PIECE_BYTES = 128 << 10 }; /* so much is large */

/* Reads the settings' hints. -ENOMEM. */
int names_start(void);

/* Whether anybody asks for the names of maps: else the others do nothing. */
bool names_are_wanted(void);

/* Has been mapped: of the file FD, or, with -1, called NAME. */
void names_map(uint64_t address, uint64_t bytes, int fd, const char *name);

/* The program calls anonymous memory so, NULL: nothing any more. */
void names_give(uint64_t address, uint64_t bytes, const char *name);

/* BYTES bytes at TO are now what FROM was, which is still mapped. */
void names_move(uint64_t from, uint64_t to, uint64_t bytes);

void names_unmap(uint64_t address, uint64_t bytes);

/* A large object, which is called NAME ("": a recorder finds out).  And no
 * more: before it is freed. */
void names_piece(uint64_t object, uint64_t bytes, const char *name);
void names_piece_ends(uint64_t object, uint64_t bytes);

/* The heap is used up to END. */
void names_heap(uint64_t end);

/* The program has said MARK. */
void names_mark(const char *mark);

/* Around fork: no other thread changes names in between. */
void names_lock(void);
void names_unlock(void);

#endif
