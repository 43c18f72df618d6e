/*
 * A media player: it streams a file, each page of which it needs once, and
 * shows small pictures of what else there is, which it needs again and again.
 *
 * To a pager that is told nothing, a page that was played a moment ago looks
 * more useful than a picture that was drawn a second ago.  `read-once` tells
 * it that what was played will not be played again.
 */
#include "examples/compare.h"

enum {
	PAGE = 4096,
	FRAMES = 220,
	PICTURES = 200,	     /* a page each */
	STREAM = 2000,	     /* pages */
	PAGES_A_STEP = 4,    /* that are played */
	PICTURES_A_STEP = 16 /* that are drawn meanwhile */
};

static const uint64_t stream_at = UINT64_C(1) << 32;

/* The file to be played; in real life it is there. */
static FILE *make_stream(void)
{
	FILE *file = tmpfile();
	unsigned char page[PAGE];
	unsigned i, at;

	if (!file)
		exit(EXIT_FAILURE);
	for (i = 0; i < STREAM; i++) {
		for (at = 0; at < PAGE; at++)
			page[at] = i * 31 + at;
		if (fwrite(page, PAGE, 1, file) != 1)
			exit(EXIT_FAILURE);
	}
	fflush(file);
	return file;
}

/* Decodes the page at ADDRESS, where it lies. */
static uint64_t decode(struct selfpage_space *space, uint64_t address)
{
	const unsigned char *bytes;
	uint64_t sum = 0;
	void *data;
	unsigned i;

	need(selfpage_borrow(space, address, SELFPAGE_READ, &data), "borrow");
	bytes = data;
	for (i = 0; i < PAGE; i++)
		sum = sum * 3 + bytes[i];
	need(selfpage_give_back(space, data), "give back");
	return sum;
}

static uint64_t play(struct selfpage_space *space)
{
	unsigned page, i, picture = 0;
	uint64_t sum = 0;

	for (page = 0; page < STREAM; page += PAGES_A_STEP) {
		for (i = 0; i < PAGES_A_STEP; i++)
			sum += decode(space, stream_at + (page + i) * PAGE);
		for (i = 0; i < PICTURES_A_STEP; i++) {
			sum += decode(space, (uint64_t)picture * PAGE);
			picture = (picture + 1) % PICTURES;
		}
	}
	return sum;
}

static void make_pictures(struct selfpage_space *space)
{
	char page[PAGE];
	unsigned i;

	for (i = 0; i < PICTURES; i++) {
		memset(page, i, PAGE);
		need(selfpage_write(space, (uint64_t)i * PAGE, page, PAGE),
			"picture");
	}
}

static struct result run(bool hints)
{
	struct selfpage_store *pictures, *stream;
	struct selfpage_space *space;
	struct selfpage *pager;
	FILE *file = make_stream();
	struct result result;

	start(FRAMES, &pager, &space);
	need(selfpage_store_open_anonymous(
		     pager, -1, PICTURES * PAGE, &pictures),
		"pictures");
	need(selfpage_store_open_file(pager, fileno(file), &stream), "stream");
	need(selfpage_map(space, 0, PICTURES * PAGE, pictures, 0,
		     SELFPAGE_READ | SELFPAGE_WRITE),
		"map");
	need(selfpage_map(
		     space, stream_at, STREAM * PAGE, stream, 0, SELFPAGE_READ),
		"map");
	if (hints)
		need(selfpage_advise(space, stream_at, STREAM * PAGE,
			     SELFPAGE_READ_ONCE, 0),
			"advise");
	make_pictures(space);
	result.answer = play(space);
	result.counts = counts_of(pager);
	result.measure = faults_of(pager);
	need(selfpage_space_destroy(space), "space");
	need(selfpage_store_close(stream), "stream");
	need(selfpage_store_discard(pictures), "pictures");
	need(selfpage_destroy(pager), "pager");
	fclose(file);
	return result;
}

int main(void)
{
	return compare("faults", 4, run);
}
