/* Tests that inject failures: see injection.h. */
#include "mm/test/injection.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { RUNS_MAX = 2000 };

/* What has failed so far. */
static uint64_t count_struck(void)
{
	const struct trouble *trouble = trouble_get();
	uint64_t sum = 0;
	unsigned i;

	for (i = 0; i < TROUBLE_KINDS; i++)
		sum += trouble->struck[i];
	return sum;
}

bool injection_again(struct injection *injection, int error, bool *done_out)
{
	struct trouble *trouble = trouble_get();
	bool was_struck = count_struck() != injection->struck;

	*done_out = !error;
	if (!error && !was_struck)
		return false;
	trouble->paused = true;
	if (error) {
		/* nothing but what failed was in the way */
		assert_true(was_struck || injection->ever_after);
		assert_true(error == -ENOMEM || error == -trouble->error);
	}
	injection->check(injection->context, !injection->ever_after);
	injection->struck = count_struck();
	trouble->paused = false;
	return error && !injection->ever_after;
}

uint64_t injection_run(void (*program)(struct injection *injection),
	struct trouble told, uint64_t sums[TROUBLE_KINDS])
{
	struct trouble *trouble = trouble_get();
	unsigned i;

	for (told.fail_at = 1;; told.fail_at++) {
		struct injection injection = {.ever_after = told.ever_after};

		assert_true(told.fail_at < RUNS_MAX);
		*trouble = told;
		trouble->random = 1;
		program(&injection);
		trouble->paused = true;
		if (!count_struck())
			return told.fail_at - 1;
		for (i = 0; i < TROUBLE_KINDS; i++)
			sums[i] += trouble->struck[i];
	}
}
