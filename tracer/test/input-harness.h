/*
 * What may come from outside, as functions of bytes: whatever these are, they
 * must be taken or refused in words, in bounded memory, and nothing beyond
 * them may be read.  Any promise that is broken aborts.
 *
 * input-fuzz.c drives them by itself, input-libfuzzer.c by libFuzzer; both
 * begin with the same seeds.
 */
#ifndef TRACER_TEST_INPUT_HARNESS_H
#define TRACER_TEST_INPUT_HARNESS_H

#include <stddef.h>
#include <stdint.h>

struct harness {
	const char *name;
	/* 0: taken; else refused */
	int (*run)(const uint8_t *data, size_t bytes);
	/* Seed NUMBER into ROOM bytes at OUT: its bytes; 0: there are no
	 * more. */
	size_t (*seed)(unsigned number, uint8_t *out, size_t room);
};

#define HARNESSES 4
extern const struct harness *const harnesses[HARNESSES];

/* Each is told of in its file. */
extern const struct harness harness_import, harness_input, harness_trace,
	harness_perf;

/* The file of BYTES of DATA that has no name: its path is good until the next
 * call.  Aborts where there is none. */
const char *harness_file(const void *data, size_t bytes);

/* A promise that was broken. */
void harness_fail(const char *file, int line, const char *what)
	__attribute__((noreturn));
#define HARNESS_CHECK(condition)                                               \
	do {                                                                   \
		if (!(condition))                                              \
			harness_fail(__FILE__, __LINE__, #condition);          \
	} while (0)

#endif
