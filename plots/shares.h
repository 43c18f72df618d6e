/*
 * Memory sizes as people ask for them, in per cent of a program's pages, so
 * that rows of programs of different sizes come together: 231 of 925 pages
 * are 25 %, as there is no whole number of pages that is nearer to it.
 */
#ifndef PLOTS_SHARES_H
#define PLOTS_SHARES_H

#include <stdint.h>

/* FRAMES of PAGES (> 0) in per cent, rounded as said. */
double share_of(uint64_t frames, uint64_t pages);

/* Shares in rising order, each once. */
struct shares {
	double *share; /* [count] */
	unsigned count;
};

/* Adds SHARE if it is not there. 0 or -ENOMEM. */
int shares_add(struct shares *shares, double share);
void shares_free(struct shares *shares);

#endif
