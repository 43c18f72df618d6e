/*
 * What fuzzers share: the call, the seed that is printed, random numbers, and
 * the end at the first thing that does not hold.  A fuzzer keeps its own state
 * in a struct with `struct course course` in it; FUZZ below points to that.
 */
#ifndef BASE_TEST_COURSE_H
#define BASE_TEST_COURSE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct course {
	const char *name; /* the fuzzer's */
	uint64_t seed, steps;
	uint64_t step;	/* under way; the first is 1 where course_next counts */
	const char *of; /* what is tried now, such as a policy; or NULL */
	uint64_t random;
};

/* As "FUZZER [seed] [steps]" says: else of the time, and STEPS. */
static inline struct course course_start(int argc, char **argv, uint64_t steps)
{
	const char *slash = strrchr(argv[0], '/');
	struct course course = {
		.name = slash ? slash + 1 : argv[0],
		.seed = argc > 1 ? strtoull(argv[1], NULL, 0)
				 : (uint64_t)time(NULL),
		.steps = argc > 2 ? strtoull(argv[2], NULL, 0) : steps,
	};

	course.random = course.seed * 2 + 1;
	printf("%s: seed %llu, %llu steps\n", course.name,
		(unsigned long long)course.seed,
		(unsigned long long)course.steps);
	fflush(stdout);
	return course;
}

/* Whether there is another step; it is under way then. */
static inline bool course_next(struct course *course)
{
	return course->step++ < course->steps;
}

/* xorshift64* */
static inline uint64_t course_draw(struct course *course, uint64_t below)
{
	course->random ^= course->random >> 12;
	course->random ^= course->random << 25;
	course->random ^= course->random >> 27;
	return (course->random * 0x2545f4914f6cdd1d >> 11) % below;
}

static inline void course_expect(
	const struct course *course, bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "%s: %s%sseed %llu, step %llu: %s\n", course->name,
		course->of ? course->of : "", course->of ? ", " : "",
		(unsigned long long)course->seed,
		(unsigned long long)course->step, what);
	exit(1);
}

#define draw(fuzz, below) course_draw(&(fuzz)->course, below)
#define expect(fuzz, holds, what) course_expect(&(fuzz)->course, holds, what)
#define fail(fuzz, what) expect(fuzz, false, what)

#endif
