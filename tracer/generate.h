/*
 * Invented rows of references, the same for the same seed.
 * Pages are 0 .. pages - 1.
 *
 *	zipf:S   the page of rank r is drawn with a probability of r^-S; ranks
 *	         are dealt to pages at random
 *	uniform  every page is as likely as any other
 *	loop     all pages in order, over and over
 *	scan     all pages in order, once: each takes its share of the
 *	         references and does not come back
 *	mix      three quarters of the references zipf:0.9 over two thirds of
 *	         the pages, one quarter a loop over the others
 *	runs:K   K pages in order from a place drawn uniformly, then the next
 */
#ifndef TRACER_GENERATE_H
#define TRACER_GENERATE_H

#include <stdint.h>

enum generate_model {
	GENERATE_ZIPF,
	GENERATE_UNIFORM,
	GENERATE_LOOP,
	GENERATE_SCAN,
	GENERATE_MIX,
	GENERATE_RUNS,
};

struct generate_options {
	enum generate_model model;
	double exponent;     /* of zipf and mix, >= 0 */
	uint32_t run;	     /* of runs, 1 .. pages */
	uint32_t pages;	     /* >= 1; mix >= 2 */
	uint64_t references; /* >= 1; how many will be asked for */
	double writes;	     /* 0 .. 1 of the references are writes */
	uint64_t seed;
};

struct generator;

/* "zipf:0.9", "runs:64" ... sets model, exponent, run.  -EINVAL. */
int generate_parse_model(const char *text, struct generate_options *options);

/* 8 bytes a page for zipf and mix, 20 while starting.  -EINVAL: a bound
 * above does not hold; -ENOMEM. */
int generator_create(
	const struct generate_options *options, struct generator **out);
void generator_destroy(struct generator *generator);

/* The next COUNT references, an even number but for the last call: PAGE[i],
 * and KIND[i] of enum trace_kind. */
void generator_fill(struct generator *generator, uint32_t *page, uint8_t *kind,
	uint32_t count);

#endif
