/*
 * Which lines a figure tells apart where there are more than an eye can: the
 * policies that people look for, the worst and the best of the others.
 */
#ifndef PLOTS_TOLD_H
#define PLOTS_TOLD_H

#include <stdbool.h>
#include <stdio.h>

#include "plots/names.h"

/* As many have a colour of their own that can be told from the others'. */
#define TOLD_MOST 8

struct told_line {
	unsigned policy;
	double sum; /* of how high it lies, at COUNT places */
	unsigned count;
	bool apart; /* has its colour, dash and mark; otherwise is grey */
};

struct told {
	struct told_line *lines; /* [count] */
	unsigned count;
};

/* Room for POLICIES lines, none of which is there.  0 or -ENOMEM. */
int told_start(struct told *told, unsigned policies);
void told_free(struct told *told);

/* POLICY has a line, which lies as high as HEIGHT at one place. */
void told_add(struct told *told, unsigned policy, double height);

/* When all are added: the highest comes first, and no more than MOST are told
 * apart.  NAMES are those of the policies. */
void told_settle(struct told *told, unsigned most, const struct names *names);

/* told = ' 3 1' and behind = ' 2', numbers of policies from 1, for gnuplot. */
void told_write(const struct told *told, FILE *stream);

#endif
