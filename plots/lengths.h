/*
 * How long faults took: rows of `selfpage replay --distribution`.
 */
#ifndef PLOTS_LENGTHS_H
#define PLOTS_LENGTHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/message.h"
#include "plots/csv.h"
#include "plots/names.h"

struct length {
	unsigned trace, policy; /* numbers of their names */
	unsigned size;		/* of the trace's, from 0 */
	uint64_t frames, pages;
	double cycles, share; /* SHARE of the faults took no longer */
	const char *unit;     /* of cycles */
	size_t order;
};

struct lengths {
	struct length *lengths; /* [count], by trace, size, policy, cycles */
	size_t count;
	struct names traces;
};

/* As points_add, points_settle and points_keep. */
int lengths_add(struct lengths *lengths, const char *path,
	const struct csv *csv, struct names *policies, struct message *message);
void lengths_settle(struct lengths *lengths);
int lengths_keep(struct lengths *lengths, const bool *keep);
void lengths_free(struct lengths *lengths);

/* How many sizes TRACE has, and how many lines: policies at each size. */
unsigned lengths_sizes(const struct lengths *lengths, unsigned trace);
unsigned lengths_lines(const struct lengths *lengths, unsigned trace);

/* $lengths and $quantiles of TRACE, and what else distribution.gp wants. */
void lengths_write(const struct lengths *lengths, unsigned trace, FILE *stream);

/* As points_write_told: the longer the median, the higher. */
int lengths_write_told(const struct lengths *lengths,
	const struct names *policies, unsigned trace, unsigned most,
	FILE *stream);

#endif
