/* The groups of a stack's places.  See places.h. */
#include "replay/places.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

int places_init(struct places *places, uint32_t room)
{
	memset(places, 0, sizeof(*places));
	places->room = room;
	places->number = memory_map((size_t)room + 1);
	return places->number ? 0 : -ENOMEM;
}

void places_fini(struct places *places)
{
	unsigned number;

	for (number = 0; number < PLACES_LETTERS; number++)
		if (places->lines[number]) {
			bitline_fini(places->lines[number]);
			free(places->lines[number]);
		}
	memory_unmap(places->number, (size_t)places->room + 1);
	memset(places, 0, sizeof(*places));
}

/* ---- many runs ---- */

static inline uint8_t number_of(uint32_t letter)
{
	return letter % PLACES_LETTERS;
}

/* The line of LETTER; NULL if there is none. */
static inline const struct bitline *find_line(
	const struct places *places, uint32_t letter)
{
	return places->lines[number_of(letter)];
}

/* The same, made now if there is none; NULL without memory. */
static struct bitline *line_of(struct places *places, uint32_t letter)
{
	struct bitline *line = places->lines[number_of(letter)];

	places->letter[number_of(letter)] = letter;
	if (line)
		return line;
	line = calloc(1, sizeof(*line));
	if (line && bitline_init(line, places->room)) {
		free(line);
		line = NULL;
	}
	places->lines[number_of(letter)] = line;
	return line;
}

static int list_lines(struct places *places)
{
	uint32_t place = 0, run;
	unsigned number;

	for (number = 0; number < PLACES_LETTERS; number++)
		if (places->lines[number])
			bitline_clear_all(places->lines[number]);
	for (run = 0; run < places->runs; run++) {
		uint32_t letter = places->run_letter[run];
		struct bitline *line = line_of(places, letter);

		if (!line)
			return -ENOMEM;
		for (; place < places->run_end[run]; place++) {
			places->number[place] = number_of(letter);
			bitline_set(line, place);
		}
	}
	places->many = true;
	return 0;
}

static void list_runs(struct places *places)
{
	uint32_t place, runs = 0;

	for (place = 0; place < places->used; place++) {
		uint32_t letter = places->letter[places->number[place]];

		if (!runs || letter != places->run_letter[runs - 1])
			places->run_letter[runs++] = letter;
		places->run_end[runs - 1] = place + 1;
	}
	places->runs = runs;
	places->many = false;
}

/* ---- few runs ---- */

static inline uint32_t run_start(const struct places *places, uint32_t run)
{
	return run ? places->run_end[run - 1] : 0;
}

static inline uint32_t run_of(const struct places *places, uint32_t place)
{
	uint32_t run = 0;

	while (places->run_end[run] <= place)
		run++;
	return run;
}

/* Makes room for COUNT runs in the place of runs [FIRST, END). */
static void replace_runs(
	struct places *places, uint32_t first, uint32_t end, uint32_t count)
{
	uint32_t later = places->runs - end;

	memmove(&places->run_end[first + count], &places->run_end[end],
		later * sizeof(*places->run_end));
	memmove(&places->run_letter[first + count], &places->run_letter[end],
		later * sizeof(*places->run_letter));
	places->runs = first + count + later;
}

static void add_run(
	struct places *places, uint32_t *at, uint32_t end, uint32_t letter)
{
	places->run_end[*at] = end;
	places->run_letter[(*at)++] = letter;
}

/* PLACE, in RUN, gets another LETTER than it has. */
static void change_run(
	struct places *places, uint32_t run, uint32_t place, uint32_t letter)
{
	uint32_t start = run_start(places, run), end = places->run_end[run];
	uint32_t old = places->run_letter[run];
	/* what becomes one with the run before or after */
	bool joins =
		place == start && run && places->run_letter[run - 1] == letter;
	bool joined = place + 1 == end && run + 1 < places->runs &&
		      places->run_letter[run + 1] == letter;
	uint32_t at = run - joins;
	uint32_t last = joined ? places->run_end[run + 1] : place + 1;

	replace_runs(places, at, run + 1 + joined,
		(place > start) + 1 + (place + 1 < end));
	if (place > start)
		add_run(places, &at, place, old);
	add_run(places, &at, last, letter);
	if (place + 1 < end)
		add_run(places, &at, end, old);
}

/* A run more at the end, or a longer last one. */
static void append(struct places *places, uint32_t letter)
{
	if (places->runs && places->run_letter[places->runs - 1] == letter)
		places->run_end[places->runs - 1]++;
	else
		add_run(places, &places->runs, places->used, letter);
}

/* ---- both ---- */

/* Where neighbours around PLACE differ. */
static uint32_t borders(const struct places *places, uint32_t place)
{
	const uint8_t *number = places->number;

	return (place == 0 || number[place] != number[place - 1]) +
	       (place + 1 < places->used && number[place] != number[place + 1]);
}

static int set_line(struct places *places, uint32_t place, uint32_t letter)
{
	bool is_new = place == places->used;
	uint8_t old = places->number[place];

	if (!is_new && old == number_of(letter))
		return 0;
	if (!line_of(places, letter))
		return -ENOMEM;
	if (is_new)
		places->used++;
	else
		places->runs -= borders(places, place);
	places->number[place] = number_of(letter);
	places->runs += borders(places, place);
	if (!is_new)
		bitline_clear(places->lines[old], place);
	bitline_set(places->lines[number_of(letter)], place);
	if (places->runs <= PLACES_FEW)
		list_runs(places);
	return 0;
}

uint32_t places_letter(const struct places *places, uint32_t place)
{
	return places->many ? places->letter[places->number[place]]
			    : places->run_letter[run_of(places, place)];
}

int places_set(struct places *places, uint32_t place, uint32_t letter)
{
	uint32_t run;

	if (places->many)
		return set_line(places, place, letter);
	if (place == places->used) {
		places->used++;
		append(places, letter);
	} else {
		run = run_of(places, place);
		if (places->run_letter[run] == letter)
			return 0;
		change_run(places, run, place, letter);
	}
	return places->runs > PLACES_MANY - 2 ? list_lines(places) : 0;
}

uint32_t places_select(const struct places *places, uint32_t letter, uint32_t k)
{
	uint32_t run, start = 0;

	if (places->many)
		return bitline_select(find_line(places, letter), k);
	for (run = 0; run < places->runs; start = places->run_end[run++]) {
		uint32_t length = places->run_end[run] - start;

		if (places->run_letter[run] != letter)
			continue;
		if (k < length)
			return start + k;
		k -= length;
	}
	return PLACES_NONE;
}

uint32_t places_before(
	const struct places *places, uint32_t letter, uint32_t place)
{
	const struct bitline *line = find_line(places, letter);
	uint32_t run, start = 0, sum = 0;

	if (places->many)
		return line ? line->set - bitline_count_from(line, place) : 0;
	for (run = 0; run < places->runs && start < place;
		start = places->run_end[run++]) {
		uint32_t end = places->run_end[run];

		if (places->run_letter[run] == letter)
			sum += (end < place ? end : place) - start;
	}
	return sum;
}

static uint32_t next_lower_line(const struct places *places, uint32_t letter,
	uint32_t from, uint32_t end)
{
	unsigned number;

	for (number = 0; number < PLACES_LETTERS; number++) {
		const struct bitline *line = places->lines[number];
		uint32_t place;

		if (!line || !line->set ||
			places_rank(places->letter[number]) >=
				places_rank(letter))
			continue;
		place = bitline_next(line, from);
		end = place < end ? place : end;
	}
	return end;
}

uint32_t places_next_lower(const struct places *places, uint32_t letter,
	uint32_t from, uint32_t end)
{
	uint32_t run, start;

	if (from >= end)
		return end;
	if (places->many)
		return next_lower_line(places, letter, from, end);
	if (from >= places->used)
		return end;
	run = run_of(places, from);
	for (start = from; run < places->runs && start < end;
		start = places->run_end[run++])
		if (places_rank(places->run_letter[run]) < places_rank(letter))
			return start;
	return end;
}

static const char *check_runs(const struct places *places)
{
	uint32_t run;

	for (run = 0; run < places->runs; run++) {
		if (places->run_end[run] <= run_start(places, run))
			return "a run is empty";
		if (run &&
			places->run_letter[run] == places->run_letter[run - 1])
			return "two runs should be one";
	}
	if (run_start(places, run) != places->used)
		return "the runs are not all the places";
	return NULL;
}

const char *places_check(const struct places *places)
{
	uint32_t place, runs = 0;
	unsigned number;

	if (!places->many)
		return check_runs(places);
	for (place = 0; place < places->used; place++)
		runs += !place ||
			places->number[place] != places->number[place - 1];
	if (runs != places->runs)
		return "the number of runs is wrong";
	for (number = 0; number < PLACES_LETTERS; number++)
		for (place = 0; places->lines[number] && place < places->room;
			place++)
			if (bitline_test(places->lines[number], place) !=
				(place < places->used &&
					places->number[place] == number))
				return "a line's bits are not its letter's";
	return NULL;
}
