/*
 * Hint files out of pieces that belong in them and pieces that do not.
 * Whatever is read must be in order and in range; what is refused must name
 * its line; a file made right must be read as it was meant.
 * Arguments: [seed] [steps]
 */
#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/hints.h"

#define TEXT_MAX 512
#define STEPS 100000

static uint64_t next_random(uint64_t *state)
{
	uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static void require(bool holds, uint64_t step, const char *what)
{
	if (holds)
		return;
	printf("step %" PRIu64 ": %s\n", step, what);
	exit(1);
}

static int read_text(const char *text, size_t length, struct hints *hints,
	struct message *message)
{
	FILE *stream = fmemopen((void *)text, length, "r");
	int status;

	require(stream, 0, "fmemopen");
	status = hints_read(stream, "fuzz", hints, message);
	fclose(stream);
	return status;
}

static size_t make_mess(uint64_t *state, char *text)
{
	static const char *const pieces[] = {"@", "12", " ", " ", "\n", "\n",
		"0x", "1f", "-", "0x10-0x20", "*", "[heap]", "\"", "\\", "#",
		"priority", "pin", " cold", "7", "normal", "\t", "/a/b", "%s",
		"@go ", "@\"", "+", "+0%-40%", "[heap]+", "%", "KiB", "."};
	size_t length = 0;

	while (next_random(state) % 40 && length < TEXT_MAX - 16) {
		uint64_t dice = next_random(state);
		const char *piece = pieces[(dice >> 8) %
					   (sizeof(pieces) / sizeof(*pieces))];

		if (dice % 16 == 0) {
			text[length++] = (char)(dice >> 16);
			continue;
		}
		memcpy(text + length, piece, strlen(piece));
		length += strlen(piece);
	}
	if (length == 0)
		text[length++] = '\n'; /* fmemopen may refuse nothing */
	return length;
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* What is written is read as it was. */
static void try_written(const struct hint *hint, uint64_t step)
{
	char text[4 * TEXT_MAX];
	FILE *stream = fmemopen(text, sizeof(text), "w");
	struct message message = {0};
	struct hints hints;
	const struct hint *got;

	require(stream, step, "fmemopen");
	hint_write(stream, hint);
	fclose(stream);
	require(read_text(text, strlen(text), &hints, &message) == 0, step,
		message.text);
	got = hints.hint;
	require(hints.count == 1 && got->event == hint->event &&
			got->start == hint->start && got->end == hint->end &&
			got->part.from == hint->part.from &&
			got->part.to == hint->part.to &&
			got->part.share == hint->part.share &&
			got->advice == hint->advice &&
			got->value == hint->value &&
			same_text(got->mark, hint->mark) &&
			same_text(got->region, hint->region),
		step, text);
	hints_free(&hints);
}

static void try_mess(uint64_t *state, uint64_t step)
{
	char text[TEXT_MAX];
	size_t length = make_mess(state, text);
	struct message message = {0};
	struct hints hints;
	int status = read_text(text, length, &hints, &message);

	if (status) {
		require(status == -EINVAL, step, "an odd error");
		require(strncmp(message.text, "fuzz:", 5) == 0 &&
				strstr(message.text, ": found ") &&
				strstr(message.text, ", expected "),
			step, "a message without its parts");
		return;
	}
	for (size_t i = 0; i < hints.count; i++) {
		const struct hint *hint = &hints.hint[i];

		require((i < hints.timed) == !hint->mark, step, "odd marks");
		require(i == 0 || !hint[-1].mark != !hint->mark ||
				hint[-1].event < hint->event ||
				(hint[-1].event == hint->event &&
					hint[-1].line < hint->line),
			step, "out of order");
		require(hint->region ? hint->end == 0 && *hint->region &&
					       hint->part.from < hint->part.to
				     : hint->start < hint->end,
			step, "no place");
		require(hint->advice <= ADVICE_PRIORITY &&
				hint->value <= HINTS_PRIORITY_MAX,
			step, "out of range");
		try_written(hint, step);
	}
	hints_free(&hints);
}

/* One line with all its parts, written and read back. */
static void try_line(uint64_t *state, uint64_t step)
{
	uint64_t event = next_random(state) >> next_random(state) % 64;
	uint64_t start = next_random(state) >> (1 + next_random(state) % 63);
	uint64_t end = start + 1 + next_random(state) % 100000;
	enum advice advice =
		(enum advice)(next_random(state) % (ADVICE_PRIORITY + 1));
	unsigned value = next_random(state) % 8;
	struct message message = {0};
	struct hints hints;
	char text[TEXT_MAX];
	int length = snprintf(text, sizeof(text),
		"@%" PRIu64 " 0x%" PRIx64 "-0x%" PRIx64 " %s", event, start,
		end, hints_advice_name(advice));

	if (advice == ADVICE_PRIORITY)
		length += snprintf(text + length, 8, " %u", value);
	require(read_text(text, (size_t)length, &hints, &message) == 0, step,
		message.text);
	require(hints.count == 1 && hints.hint->event == event &&
			hints.hint->start == start && hints.hint->end == end &&
			hints.hint->advice == advice,
		step, "not read as written");
	require(hints.hint->value == (advice == ADVICE_PRIORITY ? value : 0),
		step, "another value");
	hints_free(&hints);
}

int main(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	uint64_t steps = argc > 2 ? strtoull(argv[2], NULL, 0) : STEPS;
	uint64_t state = seed;

	printf("seed %" PRIu64 ", %" PRIu64 " steps\n", seed, steps);
	for (uint64_t step = 0; step < steps; step++) {
		try_mess(&state, step);
		try_line(&state, step);
	}
	return 0;
}
