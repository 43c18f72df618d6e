/*
 * What hints bring: rows of `selfpage tune`, which tell the faults of LRU, of
 * LRU with hints and of OPT.
 */
#ifndef PLOTS_TUNED_H
#define PLOTS_TUNED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/message.h"
#include "plots/csv.h"
#include "plots/names.h"
#include "plots/shares.h"

struct tuned_row {
	unsigned trace;
	bool judge; /* else the hints were learned on it */
	uint64_t frames, pages;
	double lru_faults, hint_faults, opt_faults;
	double share; /* per cent */
	size_t order;
};

struct tuned {
	struct tuned_row *rows; /* [count], by share, as they came */
	size_t count;
	struct names traces;
	struct shares shares;
};

/* As points_add and points_settle; the latter may be -ENOMEM. */
int tuned_add(struct tuned *tuned, const char *path, const struct csv *csv,
	struct message *message);
int tuned_settle(struct tuned *tuned);
void tuned_free(struct tuned *tuned);

unsigned tuned_rows_at(const struct tuned *tuned, double share);

/* $tuned of one memory share: a line a row, from above. */
void tuned_write(const struct tuned *tuned, double share, FILE *stream);

#endif
