/*
 * An analysis that sweeps an array larger than memory, again and again: first
 * one array, and then another.
 *
 * By the time a sweep comes back to a page, all the others have been used
 * since: whoever evicts what was used longest ago evicts each page just
 * before it is needed, and a memory of four fifths of the array is worth as
 * much as none.  So the program has the first part of the array kept, and
 * calls the rest `read-once`; and when a phase is over, its array `cold`.
 */
#include "examples/compare.h"

enum {
	PAGE = 4096,
	FRAMES = 800,
	ARRAY = 1000, /* pages of an array */
	KEPT = 780,   /* of them, that fit */
	SWEEPS = 10,  /* of each array */
	NUMBERS = PAGE / 8
};

static FILE *make_array(unsigned seed)
{
	FILE *file = tmpfile();
	double page[NUMBERS];
	unsigned i, at;

	if (!file)
		exit(EXIT_FAILURE);
	for (i = 0; i < ARRAY; i++) {
		for (at = 0; at < NUMBERS; at++)
			page[at] = (i * seed + at) % 1009;
		if (fwrite(page, PAGE, 1, file) != 1)
			exit(EXIT_FAILURE);
	}
	fflush(file);
	return file;
}

/* The centre of the numbers that are not further than REACH from CENTRE. */
static double sweep(struct selfpage_space *space, uint64_t start_at,
	double centre, double reach)
{
	double page[NUMBERS], sum = 0;
	uint64_t count = 0;
	unsigned i, at;

	for (i = 0; i < ARRAY; i++) {
		need(selfpage_read(
			     space, start_at + (uint64_t)i * PAGE, page, PAGE),
			"read");
		for (at = 0; at < NUMBERS; at++)
			if (page[at] - centre <= reach &&
				centre - page[at] <= reach) {
				sum += page[at];
				count++;
			}
	}
	return count ? sum / count : centre;
}

/* Closes in on where the numbers are densest around their centre. */
static double analyse(
	struct selfpage_space *space, uint64_t start_at, bool hints)
{
	double centre = 0, reach = 2000;
	unsigned i;

	if (hints)
		need(selfpage_advise(space, start_at + KEPT * PAGE,
			     (ARRAY - KEPT) * PAGE, SELFPAGE_READ_ONCE, 0),
			"read-once");
	for (i = 0; i < SWEEPS; i++) {
		centre = sweep(space, start_at, centre, reach);
		reach *= 0.75;
	}
	if (hints)
		need(selfpage_advise(
			     space, start_at, ARRAY * PAGE, SELFPAGE_COLD, 0),
			"cold");
	return centre;
}

static struct result run(bool hints)
{
	struct selfpage_store *stores[2];
	struct selfpage_space *space;
	struct selfpage *pager;
	struct result result;
	double centres = 0;
	FILE *files[2];
	unsigned i;

	start(FRAMES, &pager, &space);
	for (i = 0; i < 2; i++) {
		files[i] = make_array(17 + i);
		need(selfpage_store_open_file(
			     pager, fileno(files[i]), &stores[i]),
			"store");
		need(selfpage_map(space, (uint64_t)i << 32, ARRAY * PAGE,
			     stores[i], 0, SELFPAGE_READ),
			"map");
	}
	for (i = 0; i < 2; i++)
		centres += analyse(space, (uint64_t)i << 32, hints);
	result.answer = centres * 1000;
	result.counts = counts_of(pager);
	result.measure = faults_of(pager);
	need(selfpage_space_destroy(space), "space");
	for (i = 0; i < 2; i++) {
		need(selfpage_store_close(stores[i]), "store");
		fclose(files[i]);
	}
	need(selfpage_destroy(pager), "pager");
	return result;
}

int main(void)
{
	return compare("faults", 3, run);
}
