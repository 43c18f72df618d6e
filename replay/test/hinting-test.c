/*
 * What hints do to a replay: each on a trace where it matters, with counts
 * worked out by hand; and random hints against a plain model.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "replay/test/lab.h"
#include "replay/test/naive-hints.h"

enum { LETTERS = 26 };

static struct hints read_hints(const char *text)
{
	FILE *stream = fmemopen((void *)text, strlen(text), "r");
	struct hints hints;
	struct message message;

	assert_non_null(stream);
	if (hints_read(stream, "test.hints", &hints, &message))
		fail_msg("%s", message.text);
	fclose(stream);
	return hints;
}

/* As a line's WHERE: pages [FIRST, LAST]. */
static const char *pages(char *text, size_t size, uint32_t first, uint32_t last)
{
	snprintf(text, size, "0x%llx-0x%llx",
		(unsigned long long)(LAB_FIRST_PAGE + first) * 4096,
		(unsigned long long)(LAB_FIRST_PAGE + last + 1) * 4096);
	return text;
}

/* Replaces $X by the pages of X, $X-Y by X to Y: letters are pages. */
static struct hints letter_hints(const char *text)
{
	char out[1024] = "", where[64];
	struct hints hints;
	size_t used = 0;

	for (; *text; text++) {
		if (*text != '$') {
			out[used++] = *text;
			out[used] = '\0';
			continue;
		}
		uint32_t first = text[1] - 'a', last = first;

		text++;
		if (text[1] == '-') {
			last = text[2] - 'a';
			text += 2;
		}
		used += snprintf(out + used, sizeof(out) - used, "%s",
			pages(where, sizeof(where), first, last));
	}
	hints = read_hints(out);
	return hints;
}

/* One letter is a reference, capital if it writes; blanks are for the eye. */
static struct lab_references spell(const char *text)
{
	size_t length = strlen(text);
	struct lab_references made = {
		.page = malloc((length + 1) * sizeof(*made.page)),
		.write = malloc((length + 1) * sizeof(*made.write)),
		.pages = LETTERS,
	};

	assert_true(made.page && made.write);
	for (; *text; text++)
		if (*text != ' ') {
			made.page[made.count] = (*text | 32) - 'a';
			made.write[made.count++] = *text < 'a';
		}
	return made;
}

static const struct trace_region all_letters = {
	.start = LAB_FIRST_PAGE * 4096,
	.end = (LAB_FIRST_PAGE + 64) * 4096,
	.kind = TRACE_REGION_MAP,
	.protection = 3,
	.anonymous = true,
	.name = "[heap]",
};

/* TEXT replayed by lru-hints with HINTS, in a region. */
static struct lab_counts reading_ahead(const char *text, uint32_t frames,
	const char *hint_text, uint32_t read_ahead)
{
	struct lab_references references = spell(text);
	struct hints hints = letter_hints(hint_text);
	struct lab_counts counts;
	struct lab lab;

	lab_open(&lab, &references, 0, &all_letters);
	lab.read_ahead = read_ahead;
	counts = lab_replay(&lab, &policy_lru_hints, frames, true, &hints);
	lab_close(&lab);
	hints_free(&hints);
	lab_free_references(&references);
	return counts;
}

/* The same without reading ahead, with or without a region. */
static struct lab_counts with_hints(
	const char *text, uint32_t frames, const char *hint_text, bool region)
{
	struct lab_references references = spell(text);
	struct hints hints = letter_hints(hint_text);
	struct lab_counts counts;
	struct lab lab;

	lab_open(&lab, &references, 0, region ? &all_letters : NULL);
	counts = lab_replay(&lab, &policy_lru_hints, frames, true, &hints);
	lab_close(&lab);
	hints_free(&hints);
	lab_free_references(&references);
	return counts;
}

static void assert_faults(const char *text, uint32_t frames,
	const char *hint_text, uint64_t faults)
{
	for (int region = 0; region < 2; region++)
		assert_int_equal(
			with_hints(text, frames, hint_text, region).faults,
			faults);
}

/*
 * Seven frames, a and b over and over, six pages of a scan between.  LRU
 * always evicts what is needed next: all 26 fault.  Read-once pages push out
 * each other, but the last four: a and b fault once, and each of the scan: 20.
 */
static void read_once(void **state)
{
	static const char text[] = "ab cdefgh ab ijklmn ab opqrst ab";

	(void)state;
	assert_faults(text, 7, "", 26);
	assert_faults(text, 7, "$c-z read-once\n", 20);
	/* when h has pushed out a: that faults the second time too */
	assert_faults(text, 7, "@8 $c-z read-once\n", 21);
	/* taken back for the last scan: o to s take the places of the last
	 * five of the one before, t that of a, a that of b, b that of o */
	assert_faults(text, 7, "$c-z read-once\n@16 * normal\n", 22);
	/* a frame less, and a makes way for the last but one of each scan */
	assert_faults(text, 6, "$c-z read-once\n", 23);
	/* r is used between the others: never among the first to go */
	assert_faults("ab rcrdre rfrgrh ab rirj rkrl ab", 7, "", 15);
	assert_faults(
		"ab rcrdre rfrgrh ab rirj rkrl ab", 7, "$c-z read-once\n", 13);
}

/*
 * Two frames and a loop over three.  LRU: all 9 fault.  With a above the
 * others, or the others below it: a faults once, b and c always.
 */
static void priority(void **state)
{
	(void)state;
	assert_faults("abc abc abc", 2, "", 9);
	assert_faults("abc abc abc", 2, "$a priority 6\n", 7);
	assert_faults("abc abc abc", 2, "$b-c priority 3\n", 7);
	/* a is said to be low once it is in: it is b that stays from there,
	 * c and a take turns: abcabc 6 faults less b's one; then the same */
	assert_faults("abc abc abc", 2, "@2 $b priority 5\n", 7);
	/* priorities that are all the same say nothing */
	assert_faults("abc abc abc", 2, "* priority 7\n", 9);
}

/*
 * The same loop with a pinned; then unpinned after six, when a and c are in
 * and a, which counts as used when it is unpinned, stays once more: after
 * a (hit) come b, c, as faults.  Fault counts: 1 + 2 + 2 + 2.
 */
static void pin(void **state)
{
	struct lab_counts counts;

	(void)state;
	assert_faults("abc abc abc", 2, "$a pin\n", 7);
	assert_faults("abc abc abc", 2, "$a pin\n@6 $a unpin\n", 7);
	assert_faults("abc abc abc", 2, "$a pin\n@4 $a unpin\n", 8);
	/* pinned while it was out: only the third time it is in already */
	assert_faults("abc abc abc", 2, "@3 $a pin\n", 8);
	/* references to a pinned page are none of the policy's business */
	assert_faults("aaba bbab caba", 2, "$a pin\n", 4);
	/* a pinned page is never written back, though it is dirty */
	counts = with_hints("Abc abc abc", 2, "$a pin\n", false);
	assert_int_equal(counts.writebacks, 0);
	counts = with_hints("Abc abc abc", 2, "", false);
	assert_int_equal(counts.writebacks, 1);
}

/* Hints for more pins than frames name their line. */
static void too_many_pins(void **state)
{
	struct lab_references references = spell("abc");
	struct hints hints = letter_hints("# one\n$a-b pin\n");
	struct replay_config config = {
		.policy = &policy_lru_hints, .frames = 2, .hints = &hints};
	struct replay_result result;
	struct message message;
	struct lab lab;

	(void)state;
	lab_open(&lab, &references, 0, &all_letters);
	config.counter = lab.counter;
	assert_int_equal(
		replay_run(lab.reader, &config, &result, &message), -ENOMEM);
	assert_non_null(strstr(message.text, "test.hints:2: pins more pages"));
	lab_close(&lab);
	hints_free(&hints);
	lab_free_references(&references);
}

/*
 * Two frames, a b c a.  LRU evicts a for c: 4.  With b cold it is b: 3.  Cold
 * ends with the next reference: in a b a c a, a is cold before its second
 * reference (no change: 3) or after it (c pushes a out: 4).
 */
static void cold(void **state)
{
	(void)state;
	assert_faults("abca", 2, "", 4);
	assert_faults("abca", 2, "@2 $b cold\n", 3);
	assert_faults("abaca", 2, "", 3);
	assert_faults("abaca", 2, "@2 $a cold\n", 3);
	assert_faults("abaca", 2, "@3 $a cold\n", 4);
	/* of pages that are not in, it says nothing */
	assert_faults("abca", 2, "@1 $b cold\n", 4);
}

/*
 * Two frames, a b a c b.  LRU evicts b for c: 4.  With a dropped before c,
 * c has its frame and b stays: 3.
 */
static void dont_need(void **state)
{
	struct lab_counts counts;

	(void)state;
	assert_faults("abacb", 2, "", 4);
	assert_faults("abacb", 2, "@3 $a dont-need\n", 3);
	/* data that was dropped comes back from where it was written */
	counts = with_hints("Aa Ba", 4, "@2 $a dont-need\n", true);
	assert_int_equal(counts.zero, 2);
	assert_int_equal(counts.hard, 1);
	assert_int_equal(counts.evictions, 0);
	/* a pinned page stays */
	assert_faults("abab", 2, "$a pin\n@2 * dont-need\n", 3);
}

/*
 * Pages that are brought in ahead are no faults, and no soft ones when they
 * are used.  a and b before the first reference: only c faults.
 */
static void will_need(void **state)
{
	struct lab_counts counts;

	(void)state;
	counts = with_hints("abc", 3, "$a-b will-need\n", true);
	assert_int_equal(counts.faults, 1);
	assert_int_equal(counts.prefetches, 2);
	assert_int_equal(counts.soft, 0);
	/* it pushes out as a reference would, here c: the last a hits */
	assert_faults("abcba", 2, "", 4);
	counts = with_hints("abcba", 2, "@4 $a will-need\n", true);
	assert_int_equal(counts.faults, 3);
	assert_int_equal(counts.prefetches, 1);
	/* of pages that are in it is a reference: b goes, not a */
	counts = with_hints("abca", 2, "@2 $a will-need\n", true);
	assert_int_equal(counts.faults, 3);
	assert_int_equal(counts.prefetches, 0);
	/* and what was written before it is not forgotten */
	counts = with_hints("Abc", 2, "@1 $a will-need\n", true);
	assert_int_equal(counts.writebacks, 1);
	/* pages that the trace never uses are not brought in */
	counts = with_hints("ab", 9, "@0 * will-need\n", true);
	assert_int_equal(counts.faults, 0);
	assert_int_equal(counts.prefetches, 2);
}

/*
 * What is hotter than they are does not make way for pages that are needed:
 * none of a higher rank, and none of themselves.
 */
static void will_need_spares_the_hotter(void **state)
{
	struct lab_counts counts;

	(void)state;
	/* the first three of six are there, and stay until they were used */
	counts = with_hints("abcdef", 3, "* will-need\n", true);
	assert_int_equal(counts.prefetches, 3);
	assert_int_equal(counts.faults, 3);
	/* d is in already, and is not thrown out for b, but c, used before */
	counts = with_hints("dcabd", 2, "@2 $a-d will-need\n", true);
	assert_int_equal(counts.prefetches, 0);
	counts = with_hints("dxabd", 2, "@2 $a-d will-need\n", true);
	assert_int_equal(counts.prefetches, 1);
	/* a and b are above c: c comes when it must, then a in its place */
	counts = with_hints(
		"abcab", 2, "$a-b priority 5\n@2 $c will-need\n", true);
	assert_int_equal(counts.prefetches, 0);
	assert_int_equal(counts.faults, 4);
	/* unless one of them is cold, whatever its priority */
	counts = with_hints("abcab", 2,
		"$a-b priority 5\n@2 $b cold\n@2 $c will-need\n", true);
	assert_int_equal(counts.prefetches, 1);
	/* of a stream that is read once, what was read makes way */
	counts = with_hints(
		"abcdefgh", 7, "$c-h read-once\n@7 $h will-need\n", true);
	assert_int_equal(counts.prefetches, 1);
	/* unless that was but now */
	counts = with_hints(
		"abcdefgh", 6, "$c-h read-once\n@6 $g will-need\n", true);
	assert_int_equal(counts.prefetches, 0);
	/* nothing is free but what is pinned */
	counts = with_hints("abc", 2, "$a pin\n@1 $b-c will-need\n", true);
	assert_int_equal(counts.prefetches, 1);
	assert_int_equal(counts.faults, 2);
}

/*
 * A scan of eight.  Each faults; with sequential, and four pages ahead, only
 * the first, and `random` takes that back.
 */
static void sequential_and_random(void **state)
{
	static const char scan[] = "abcdefgh";
	struct lab_counts counts;

	(void)state;
	assert_int_equal(reading_ahead(scan, 8, "", 4).faults, 8);
	counts = reading_ahead(scan, 8, "* sequential\n", 4);
	assert_int_equal(counts.faults, 1);
	assert_int_equal(counts.soft, 7);
	assert_int_equal(counts.prefetches, 7);
	counts = reading_ahead(scan, 8, "* sequential\n@5 * random\n", 4);
	/* the first five, and b has had f, g and h read */
	assert_int_equal(counts.faults, 1);
	counts = reading_ahead(scan, 8, "* sequential\n@1 * random\n", 4);
	assert_int_equal(counts.faults, 4); /* a, f, g, h */
	counts = reading_ahead(scan, 8, "* sequential\n* random\n", 4);
	assert_int_equal(counts.faults, 8);
	assert_int_equal(counts.prefetches, 0);
	counts = reading_ahead(scan, 8, "* sequential\n* normal\n", 4);
	assert_int_equal(counts.faults, 8);
	assert_int_equal(reading_ahead(scan, 8, "* sequential\n", 0).faults, 8);
	/* x and y stay, what was scanned makes way: c takes the place of a */
	assert_int_equal(
		reading_ahead("xy a xy b xy c xy", 4, "", 4).faults, 5);
	counts = reading_ahead("xy a xy b xy c xy", 4, "$a-h sequential\n", 4);
	assert_int_equal(counts.faults, 3);
	assert_int_equal(counts.prefetches, 2);
	/* with three frames nothing may make way, and nothing is read */
	counts = reading_ahead("xy a xy b xy c xy", 3, "$a-h sequential\n", 4);
	assert_int_equal(counts.faults, 5);
	assert_int_equal(counts.prefetches, 0);
	/* a has had b to e read; then the map ends at d, and nothing is read
	 * past that: f is a miss, and has g and h read */
	counts =
		reading_ahead(scan, 8, "* sequential\n@1 $a-c priority 5\n", 4);
	assert_int_equal(counts.faults, 2);
	assert_int_equal(counts.prefetches, 6);
	/* a dirty page that makes way is written back */
	counts = reading_ahead("Abcdefgh", 3, "* sequential\n", 2);
	assert_int_equal(counts.writebacks, 1);
}

/* By the region's name, and of a map that comes when the hint was given. */
static void by_name(void **state)
{
	struct lab_counts counts;

	(void)state;
	counts = with_hints(
		"ab cd ab ef ab gh ab ij", 3, "[heap] read-once\n", true);
	assert_int_equal(counts.faults, 8 + 8); /* all alike: most recent */
	counts = with_hints("abc abc abc", 2, "[stack] priority 0\n", true);
	assert_int_equal(counts.faults, 9);
	counts = with_hints(
		"abc abc abc", 2, "[heap] priority 2\n$a priority 3\n", true);
	assert_int_equal(counts.faults, 7);
}

static const struct trace_region marks[] = {
	{.kind = TRACE_REGION_MARK, .name = "one"},
	{.kind = TRACE_REGION_MARK, .name = "two"},
};

/*
 * As with_hints, where 1 and 2 in TEXT are the marks "one" and "two", and +
 * a heap that is twice as long from there on, of FIRST pages at the start.
 */
static uint64_t faults_between(const char *text, uint32_t frames,
	const char *hint_text, uint32_t first)
{
	struct lab_references made = {
		.page = calloc(strlen(text), sizeof(*made.page)),
		.write = calloc(strlen(text), sizeof(*made.write)),
		.before = calloc(strlen(text), sizeof(*made.before)),
		.pages = LETTERS,
	};
	struct hints hints = letter_hints(hint_text);
	struct trace_region heap = all_letters, grown;
	uint64_t faults;
	struct lab lab;

	assert_true(made.page && made.write && made.before);
	heap.kind = TRACE_REGION_BRK;
	heap.end = heap.start + first * 4096;
	grown = heap;
	grown.end += first * 4096;
	for (; *text; text++) {
		if (*text >= 'a')
			made.page[made.count++] = *text - 'a';
		else if (*text == '+')
			made.before[made.count] = &grown;
		else if (*text != ' ')
			made.before[made.count] = &marks[*text - '1'];
	}
	lab_open(&lab, &made, 0, &heap);
	faults = lab_replay(&lab, &policy_lru_hints, frames, true, &hints)
			 .faults;
	lab_close(&lab);
	hints_free(&hints);
	lab_free_references(&made);
	return faults;
}

/* At a mark, each time; until something else is said. */
static void by_mark(void **state)
{
	(void)state;
	assert_int_equal(faults_between("ab1ca", 2, "", 8), 4);
	assert_int_equal(faults_between("ab1ca", 2, "@one $b cold\n", 8), 3);
	assert_int_equal(faults_between("ab1ca", 2, "@two $b cold\n", 8), 4);
	assert_int_equal(
		faults_between("ab1ca ab1ca", 2, "@one $b cold\n", 8), 5);
	assert_int_equal(
		faults_between("ab1ca ab2ca", 2, "@one $b cold\n", 8), 6);
	/* the loop of three in two frames, where one priority saves three of
	 * twelve, as long as it is said */
	assert_int_equal(faults_between("abcabcabcabc", 2, "", 8), 12);
	assert_int_equal(
		faults_between("1abcabcabcabc", 2, "@one $a priority 6\n", 8),
		9);
	assert_int_equal(faults_between("1abcabc2abcabc", 2,
				 "@one $a priority 6\n@two * normal\n", 8),
		10);
	assert_int_equal(faults_between("2abcabc1abcabc", 2,
				 "@one $a priority 6\n@two * normal\n", 8),
		11);
	/* marks come before hints of the same event */
	assert_int_equal(faults_between("1abcabcabcabc", 2,
				 "@one $a priority 6\n@0 $a normal\n", 8),
		12);
}

/* Of a heap of four pages, then eight: a part of what it is at the time. */
static void by_part(void **state)
{
	static const char twice[] = "abcabcabc";

	(void)state;
	assert_int_equal(faults_between(twice, 2, "", 4), 9);
	assert_int_equal(
		faults_between(twice, 2, "[heap]+0x0-0x1 priority 6\n", 4), 7);
	assert_int_equal(
		faults_between(twice, 2, "[heap]+0%-25% priority 6\n", 4), 7);
	assert_int_equal(
		faults_between(twice, 2, "[heap]+4KiB-12KiB priority 3\n", 4),
		7);
	/* no page of it is used, and no map is called so */
	assert_int_equal(
		faults_between(twice, 2, "[heap]+75%-100% priority 6\n", 4), 9);
	assert_int_equal(
		faults_between(twice, 2, "[stack]+0%-25% priority 6\n", 4), 9);
	/* the fourth quarter of four is d, of eight g and h: d has no
	 * priority then, whatever was said of it */
	assert_int_equal(faults_between("daedaedae", 2,
				 "[heap]+75%-100% priority 6\n", 4),
		7);
	assert_int_equal(faults_between("+daedaedae", 2,
				 "[heap]+75%-100% priority 6\n", 4),
		9);
	assert_int_equal(faults_between("daedae+daedae", 2,
				 "[heap]+60%-80% priority 6\n", 4),
		5 + 5);
	/* and g has it */
	assert_int_equal(faults_between("+gaegaegae", 2,
				 "[heap]+75%-100% priority 6\n", 4),
		7);
	/* a part in bytes stays where it is */
	assert_int_equal(faults_between("daedae+daedae", 2,
				 "[heap]+12KiB-16KiB priority 6\n", 4),
		9);
	/* said again at a mark, of what it is then */
	assert_int_equal(faults_between("+g1aegaegae", 2,
				 "@one [heap]+75%-100% priority 6\n", 4),
		7);
}

/* Without a hint, and with hints that say what is so anyway, it is lru. */
static void is_lru(void **state)
{
	uint64_t seed = 11;
	struct lab_references references =
		lab_random_references(&seed, 1500, 40);
	struct hints nothing = letter_hints(
		"@100 * normal\n@200 * random\n@300 * sequential\n"
		"@400 * priority 4\n@500 * unpin\n@600 * priority 5\n");
	struct lab lab;

	(void)state;
	lab_open(&lab, &references, 64, &all_letters);
	for (uint32_t frames = 1; frames <= 41; frames += 4) {
		struct lab_counts lru =
			lab_replay(&lab, &policy_lru, frames, true, NULL);
		struct lab_counts bare =
			lab_replay(&lab, &policy_lru_hints, frames, true, NULL);
		struct lab_counts told = lab_replay(
			&lab, &policy_lru_hints, frames, true, &nothing);

		assert_memory_equal(&lru, &bare, sizeof(lru));
		assert_memory_equal(&lru, &told, sizeof(lru));
	}
	hints_free(&nothing);
	lab_close(&lab);
	lab_free_references(&references);
}

/* ---- random hints against a model ---- */

/* A range of the region, as addresses or as a part of it. */
static const char *random_place(
	uint64_t *seed, char *text, size_t size, uint32_t pages_count)
{
	uint32_t first = lab_random(seed) % pages_count;
	uint32_t last = first + lab_random(seed) % 6;

	switch (lab_random(seed) % 4) {
	case 0:
		snprintf(text, size, "[heap]+%u.%02u%%-%u%%", first, last,
			last + 2);
		return text;
	case 1:
		snprintf(text, size, "[heap]+%u-0x%x", first * 4096 + 4095,
			(last + 1) * 4096 + 1);
		return text;
	default:
		return pages(text, size, first, last);
	}
}

/* COUNT lines of hints for random ranges, events and marks. */
static struct hints random_hints(
	uint64_t *seed, size_t count, uint32_t pages_count, size_t events)
{
	static const char *const said[] = {"read-once", "cold", "normal",
		"dont-need", "will-need", "priority 0", "priority 3",
		"priority 5", "priority 7", "random", "sequential"};
	enum { SAID = sizeof(said) / sizeof(said[0]) };
	char *text = malloc(count * 80 + 1), when[24], where[64];
	struct hints hints;
	size_t used = 0;

	assert_non_null(text);
	for (size_t i = 0; i < count; i++) {
		if (lab_random(seed) % 4 == 0)
			strcpy(when, marks[lab_random(seed) % 2].name);
		else
			snprintf(when, sizeof(when), "%llu",
				(unsigned long long)(lab_random(seed) %
						     events));
		used += snprintf(text + used, 80, "@%s %s %s\n", when,
			random_place(seed, where, sizeof(where), pages_count),
			said[lab_random(seed) % SAID]);
	}
	hints = read_hints(text);
	free(text);
	return hints;
}

/* Marks here and there. */
static void add_marks(uint64_t *seed, struct lab_references *references)
{
	references->before =
		calloc(references->count, sizeof(*references->before));
	assert_non_null(references->before);
	for (size_t i = 0; i < references->count; i++)
		if (lab_random(seed) % 64 == 0)
			references->before[i] = &marks[lab_random(seed) % 2];
}

/* One size, as the plain model.  Faults. */
static uint64_t as_model(struct lab *lab,
	const struct lab_references *references, const struct hints *hints,
	uint32_t frames)
{
	struct lab_counts counts =
		lab_replay(lab, &policy_lru_hints, frames, true, hints);
	struct naive_hinted model =
		naive_hinted_replay(references, hints, frames, lab->read_ahead);

	assert_int_equal(counts.faults, model.faults);
	assert_int_equal(counts.soft, model.soft);
	assert_int_equal(counts.writebacks, model.writebacks);
	assert_int_equal(counts.prefetches, model.prefetches);
	return counts.faults;
}

/* At every size; and more memory never means more faults, unless pages are
 * read ahead into frames that happen to be free. */
static void random_hints_as_model(void **state)
{
	static const uint32_t read_ahead[] = {0, 16, 1, 5};
	uint64_t seed = 0xfeed;

	(void)state;
	for (int round = 0; round < 24; round++) {
		uint32_t count = 5 + lab_random(&seed) % 45;
		struct lab_references references =
			lab_random_references(&seed, 800, count);
		struct hints hints =
			random_hints(&seed, 5u << (round % 6), count, 600);
		uint64_t faults, last = UINT64_MAX;
		struct lab lab;

		add_marks(&seed, &references);
		lab_open(&lab, &references, 64, &all_letters);
		lab.read_ahead = read_ahead[round % 4];
		for (uint32_t frames = 1; frames <= count + 1;
			frames += 1 + round % 3) {
			faults = as_model(&lab, &references, &hints, frames);
			assert_true(lab.read_ahead || faults <= last);
			last = faults;
		}
		lab_close(&lab);
		hints_free(&hints);
		lab_free_references(&references);
	}
}

/*
 * Pins among other hints, on a file's map and an anonymous one: the pager's
 * invariants hold, and as few pages as are pinned can always be.
 */
static void random_pins(void **state)
{
	static const char *const said[] = {"pin", "pin", "unpin", "normal",
		"dont-need", "will-need", "cold", "priority 2"};
	enum { SAID = sizeof(said) / sizeof(said[0]), LINES = 60 };
	struct trace_region file = all_letters;
	char text[LINES * 80 + 1], where[64];
	uint64_t seed = 0x9191;

	(void)state;
	file.anonymous = false;
	file.name = "/a/file";
	file.start += 20 * 4096;
	file.end = file.start + 7 * 4096;
	for (int round = 0; round < 10; round++) {
		struct lab_references references =
			lab_random_references(&seed, 800, 40);
		struct hints hints;
		struct lab lab;
		size_t used = 0;

		for (int i = 0; i < LINES; i++) {
			uint32_t first = 18 + lab_random(&seed) % 8;

			used += snprintf(text + used, 80, "@%llu %s %s\n",
				(unsigned long long)(lab_random(&seed) % 600),
				pages(where, sizeof(where), first, first + 1),
				said[lab_random(&seed) % SAID]);
		}
		hints = read_hints(text);
		lab_open(&lab, &references, 64, round % 2 ? &file : NULL);
		/* nine pages can be pinned at most */
		for (uint32_t frames = 11; frames < 41; frames += 9)
			lab_replay(
				&lab, &policy_lru_hints, frames, true, &hints);
		lab_close(&lab);
		hints_free(&hints);
		lab_free_references(&references);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_once),
		cmocka_unit_test(priority),
		cmocka_unit_test(pin),
		cmocka_unit_test(too_many_pins),
		cmocka_unit_test(cold),
		cmocka_unit_test(dont_need),
		cmocka_unit_test(will_need),
		cmocka_unit_test(will_need_spares_the_hotter),
		cmocka_unit_test(sequential_and_random),
		cmocka_unit_test(by_name),
		cmocka_unit_test(by_mark),
		cmocka_unit_test(by_part),
		cmocka_unit_test(is_lru),
		cmocka_unit_test(random_hints_as_model),
		cmocka_unit_test(random_pins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
