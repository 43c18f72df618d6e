/*
 * Estimates of LRU's curve from a part of the pages, against the exact curve:
 * at 95 % of the sizes it lies within the bar, and the bar is no wider than
 * is of use.  On traces of different kinds, with fixed seeds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>

#include "replay/curve.h"
#include "replay/sample.h"
#include "replay/test/lab.h"
#include "replay/test/zipf.h"

enum { PAGES = 16000, REFERENCES = 200000, SEEDS = 8, SIZES = 200 };

struct exact {
	uint32_t pages;
	uint64_t *faults;
};

static int on_curve(void *context, const struct curve *curve)
{
	struct exact *exact = context;
	size_t bytes = (curve->pages + 1) * sizeof(*exact->faults);

	exact->pages = curve->pages;
	exact->faults = malloc(bytes);
	assert_non_null(exact->faults);
	memcpy(exact->faults, curve->faults, bytes);
	return 0;
}

static struct exact run_exact(struct lab *lab)
{
	struct exact exact;
	struct curve_config config = {
		.policy = CURVE_LRU, .emit = on_curve, .context = &exact};
	struct message message;

	assert_int_equal(curve_run(lab->reader, &config, &message), 0);
	return exact;
}

static struct sample *run_sample(struct lab *lab, double share, uint64_t seed)
{
	struct sample_config config = {.share = share, .seed = seed};
	struct sample *sample = NULL;
	struct message message = {""};

	if (sample_run(lab->reader, &config, &sample, &message))
		fail_msg("seed %llu: %s", (unsigned long long)seed,
			message.text);
	return sample;
}

/* Zipf; and of each LOOP_OF references, one of a loop over half the pages. */
static void open_lab(struct lab *lab, double exponent, unsigned loop_of)
{
	struct lab_references references = {
		.page = calloc(REFERENCES, sizeof(uint32_t)),
		.write = calloc(REFERENCES, sizeof(bool)),
		.count = REFERENCES,
		.pages = PAGES,
	};
	uint32_t loop = 0;
	struct zipf zipf;

	assert_true(references.page && references.write);
	assert_int_equal(zipf_init(&zipf, PAGES, exponent, 1), 0);
	for (size_t i = 0; i < REFERENCES; i++)
		references.page[i] = loop_of && i % loop_of == 0
					     ? loop++ % (PAGES / 2)
					     : zipf_next(&zipf);
	zipf_free(&zipf);
	lab_open(lab, &references, 0, NULL);
	lab_free_references(&references);
}

struct tally {
	unsigned sizes, inside;
	double bars; /* as shares of all references */
};

static void compare(struct tally *tally, const struct exact *exact,
	const struct sample *sample)
{
	uint64_t frames = sample_least(sample);
	uint64_t step = exact->pages / SIZES;

	for (; frames <= exact->pages; frames += step) {
		struct sample_estimate told = sample_at(sample, frames);

		tally->sizes++;
		tally->inside +=
			fabs(told.faults - exact->faults[frames]) <= told.error;
		tally->bars += told.error / REFERENCES;
	}
}

static void test_bars(void **state)
{
	static const struct {
		double exponent;
		unsigned loop_of;
	} kinds[] = {{0.9, 0}, {0.5, 0}, {1.1, 0}, {0.9, 4}, {0.6, 2}};
	struct tally all = {0};

	(void)state;
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct tally tally = {0};
		struct exact exact;
		struct lab lab;

		open_lab(&lab, kinds[i].exponent, kinds[i].loop_of);
		exact = run_exact(&lab);
		for (uint64_t seed = 1; seed <= SEEDS; seed++) {
			struct sample *sample = run_sample(&lab, 0.1, seed);

			compare(&tally, &exact, sample);
			sample_free(sample);
		}
		print_message("kind %u: %.3f of %u sizes, bars %.3f\n", i,
			(double)tally.inside / tally.sizes, tally.sizes,
			tally.bars / tally.sizes);
		all.sizes += tally.sizes;
		all.inside += tally.inside;
		/* something is told */
		assert_true(tally.bars / tally.sizes < 0.06);
		free(exact.faults);
		lab_close(&lab);
	}
	assert_true(all.inside >= 0.95 * all.sizes);
}

/* At all pages only first uses fault, and they are as many. */
static void test_ends(void **state)
{
	struct lab lab;
	struct sample *sample, *again, *other;
	struct exact exact;
	uint64_t least;

	(void)state;
	open_lab(&lab, 0.9, 0);
	exact = run_exact(&lab);
	sample = run_sample(&lab, 0.2, 7);
	again = run_sample(&lab, 0.2, 7);
	other = run_sample(&lab, 0.2, 8);
	least = sample_least(sample);
	assert_true(fabs(sample_at(sample, exact.pages).faults - exact.pages) <
		    0.001);
	assert_true(sample_at(sample, exact.pages).error == 0);
	assert_true(sample_at(sample, least).faults ==
		    sample_at(again, least).faults);
	assert_true(sample_at(sample, least).faults !=
		    sample_at(other, least).faults);
	assert_true(least >= SAMPLE_LEAST * SAMPLE_GROUPS / 0.2 * 0.9);
	assert_in_range(
		sample_pages(sample), 0.18 * exact.pages, 0.22 * exact.pages);
	sample_free(sample);
	sample_free(again);
	sample_free(other);
	free(exact.faults);
	lab_close(&lab);
}

static void test_refused(void **state)
{
	volatile sig_atomic_t stop = 1;
	struct sample_config config = {.share = 0.01, .seed = 1};
	struct lab_references references =
		lab_random_references(&(uint64_t){5}, 3000, 900);
	struct message message = {""};
	struct sample *sample;
	struct lab lab;

	(void)state;
	lab_open(&lab, &references, 0, NULL);
	assert_int_equal(
		sample_run(lab.reader, &config, &sample, &message), -EINVAL);
	assert_non_null(strstr(message.text, "too few to estimate"));
	lab_close(&lab);
	lab_free_references(&references);
	open_lab(&lab, 0.9, 0);
	assert_int_equal(
		sample_run(lab.reader, &config, &sample, &message), -EINVAL);
	assert_non_null(strstr(message.text, "try --sample"));
	config.share = 0.2;
	config.stop = &stop;
	assert_int_equal(
		sample_run(lab.reader, &config, &sample, &message), -ECANCELED);
	lab_close(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bars),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
