/* public-fuzz: reading, writing and borrowing memory. */
#include "mm/test/public-fuzz.h"

#include <errno.h>
#include <string.h>

/* A range of bytes of a space, most often within a page. */
struct span {
	struct model_space *space;
	uint64_t at;
	unsigned bytes;
};

/* Is one page of a store there twice? */
static bool has_twins(const struct span *span)
{
	uint64_t first = span->at / PAGE, i, other;
	const struct model_page *page, *twin;

	for (i = first; i * PAGE < span->at + span->bytes; i++)
		for (other = first; other < i; other++) {
			page = page_at(span->space, i);
			twin = page_at(span->space, other);
			if (page && twin && page->store == twin->store &&
				page->page == twin->page)
				return true;
		}
	return false;
}

static bool draw_span(struct fuzz *fuzz, struct span *out)
{
	out->space = draw_space(fuzz);
	if (!out->space)
		return false;
	out->at = draw(fuzz, SPACE_PAGES * PAGE);
	out->bytes = 1 + draw(fuzz, draw(fuzz, 4) ? 8 : 3 * PAGE);
	/* after an error what was written must be told: a page that can't be
	 * read can't be looked at, and twins hide each other */
	if ((fuzz->tight_swap || has_twins(out)) &&
		out->at % PAGE + out->bytes > PAGE)
		out->bytes = PAGE - out->at % PAGE;
	return true;
}

/* The bytes of the span that are in its page number I. */
static bool part_of(const struct span *span, unsigned i, uint64_t *at_out,
	unsigned *bytes_out)
{
	uint64_t page = span->at / PAGE + i;
	uint64_t start = i ? page * PAGE : span->at;
	uint64_t end = (page + 1) * PAGE;

	if (start >= span->at + span->bytes)
		return false;
	if (end > span->at + span->bytes)
		end = span->at + span->bytes;
	*at_out = start;
	*bytes_out = end - start;
	return true;
}

/* The error of the first page that can't be used so; and what is before. */
static int right_error(const struct span *span, unsigned access)
{
	const struct model_page *page;
	unsigned i, bytes;
	uint64_t at;

	for (i = 0; part_of(span, i, &at, &bytes); i++) {
		page = page_at(span->space, at / PAGE);
		if (!page)
			return -EFAULT;
		if (access & ~page->protection)
			return -EACCES;
	}
	return 0;
}

/* Copies between the model and DATA; as far as pages can be used so. */
static unsigned copy_model(
	const struct span *span, char *data, unsigned bytes_max, bool write)
{
	unsigned access = write ? SELFPAGE_WRITE : SELFPAGE_READ;
	unsigned i, bytes, done = 0;
	struct model_page *page;
	uint64_t at;

	for (i = 0; part_of(span, i, &at, &bytes) && done < bytes_max; i++) {
		page = page_at(span->space, at / PAGE);
		if (!page || access & ~page->protection)
			break;
		if (write)
			make_copy(page);
		if (write)
			memcpy(content_of(page) + at % PAGE, data + done,
				bytes);
		else
			memcpy(data + done, content_of(page) + at % PAGE,
				bytes);
		done += bytes;
	}
	return done;
}

/* What was used and is in a frame, unless others have needed frames since. */
static void expect_resident(struct fuzz *fuzz, const struct span *span)
{
	uint64_t last = (span->at + span->bytes - 1) / PAGE;
	uint8_t state;
	int error;

	if (fuzz->upcalled)
		return;
	error = selfpage_look(span->space->space, last * PAGE, PAGE, &state);
	expect(fuzz, !error && state & SELFPAGE_RESIDENT,
		"what was used is in a frame", error);
}

void step_read(struct fuzz *fuzz)
{
	char data[4 * PAGE], right[4 * PAGE];
	struct span span;
	unsigned done, last;
	int error, right_one;

	if (!draw_span(fuzz, &span))
		return;
	memset(data, 0x55, sizeof(data));
	memset(right, 0x55, sizeof(right));
	right_one = right_error(&span, SELFPAGE_READ);
	begin_call(fuzz);
	error = selfpage_read(span.space->space, span.at, data, span.bytes);
	end_call(fuzz, "read", error, right_one);
	done = copy_model(&span, right, span.bytes, false);
	/* with a store's error, up to the page that had it */
	while (error != right_one && done &&
		memcmp(data, right, sizeof(data))) {
		last = (span.at + done - 1) % PAGE + 1;
		done -= last < done ? last : done;
		memset(right + done, 0x55, sizeof(right) - done);
	}
	expect(fuzz, !memcmp(data, right, sizeof(data)), "what is read", done);
	if (!error)
		expect_resident(fuzz, &span);
}

/*
 * How many bytes of a write that has failed are there: some whole pages.  What
 * is the same before and after counts as written.
 */
static unsigned find_written(
	struct fuzz *fuzz, const struct span *span, const char *data)
{
	unsigned i, bytes, done = 0;
	struct model_page *page;
	char now[PAGE];
	uint64_t at;
	int error;

	for (i = 0; part_of(span, i, &at, &bytes); i++) {
		page = page_at(span->space, at / PAGE);
		if (!page || BOTH & ~page->protection)
			break;
		note_copies(fuzz, span->space, at / PAGE, 1);
		if (page->private_id && !page->copied)
			break;
		error = selfpage_read(span->space->space, at, now, bytes);
		expect(fuzz, !error, "read what was written", error);
		if (memcmp(now, data + done, bytes))
			break;
		done += bytes;
	}
	return done;
}

void step_write(struct fuzz *fuzz)
{
	char data[4 * PAGE];
	struct span span;
	unsigned i, done;
	int error, right;

	if (!draw_span(fuzz, &span))
		return;
	for (i = 0; i < span.bytes; i++)
		data[i] = draw(fuzz, 256);
	right = right_error(&span, SELFPAGE_WRITE);
	begin_call(fuzz);
	error = selfpage_write(span.space->space, span.at, data, span.bytes);
	end_call(fuzz, "write", error, right);
	done = span.bytes;
	if (error && error != right)
		done = span.at % PAGE + span.bytes > PAGE
			       ? find_written(fuzz, &span, data)
			       : 0;
	note_copies(fuzz, span.space, span.at / PAGE, 1);
	copy_model(&span, data, done, true);
	if (!error)
		expect_resident(fuzz, &span);
}

/* -ENOMEM: the page is not pinned yet and no frame would be left to evict. */
static bool pins_too_many(struct fuzz *fuzz, const struct model_space *space,
	uint64_t number, const struct model_page *page, unsigned access)
{
	struct selfpage_counts counts;
	uint8_t state;

	expect(fuzz,
		!selfpage_read_counts(fuzz->pager, &counts, sizeof(counts)) &&
			!selfpage_look(
				space->space, number * PAGE, PAGE, &state),
		"counts and a look", 0);
	/* the copy that is to be made is not pinned */
	if (access & SELFPAGE_WRITE && page->private_id && !page->copied)
		state = 0;
	return !(state & (SELFPAGE_PINNED | SELFPAGE_BORROWED)) &&
	       counts.pinned + 1 >= counts.frames;
}

void step_borrow(struct fuzz *fuzz)
{
	struct model_borrow *borrow = &fuzz->borrows[draw(fuzz, BORROWS)];
	struct model_space *space = draw_space(fuzz);
	uint64_t number = draw(fuzz, SPACE_PAGES);
	unsigned access = 1 + draw(fuzz, 3), within = draw(fuzz, PAGE);
	struct model_page *page;
	int error, right = 0;
	void *data;

	if (!space || borrow->data)
		return;
	page = page_at(space, number);
	if (!page)
		right = -EFAULT;
	else if (access & ~page->protection)
		right = -EACCES;
	else if (pins_too_many(fuzz, space, number, page, access))
		right = -ENOMEM;
	begin_call(fuzz);
	error = selfpage_borrow(
		space->space, number * PAGE + within, access, &data);
	end_call(fuzz, "borrow", error, right);
	/* the page may have been copied for a borrow that failed then */
	if (error && page)
		note_copies(fuzz, space, number, 1);
	if (error)
		return;
	if (access & SELFPAGE_WRITE)
		make_copy(page);
	*borrow = (struct model_borrow){
		.data = (char *)data - within,
		.space = space,
		.writable = access & SELFPAGE_WRITE,
		.content = content_of(page),
	};
	expect(fuzz, !memcmp(borrow->data, borrow->content, PAGE),
		"what is borrowed", 0);
}

void step_use_borrowed(struct fuzz *fuzz)
{
	struct model_borrow *borrow = &fuzz->borrows[draw(fuzz, BORROWS)];
	unsigned at = draw(fuzz, PAGE), i;
	char byte = draw(fuzz, 256);

	if (!borrow->data || !borrow->writable)
		return;
	borrow->data[at] = byte;
	borrow->content[at] = byte;
	/* orphans of one page are one */
	for (i = 0; i < BORROWS; i++)
		if (fuzz->borrows[i].data == borrow->data)
			fuzz->borrows[i].content[at] = byte;
}

void give_back(struct fuzz *fuzz, struct model_borrow *borrow)
{
	const char *data = borrow->data;
	int error;

	expect(fuzz, !memcmp(data, borrow->content, PAGE), "what was borrowed",
		0);
	/* it may be evicted before the call is over */
	borrow->data = NULL;
	begin_call(fuzz);
	error = selfpage_give_back(
		borrow->space->space, data + draw(fuzz, PAGE));
	end_call(fuzz, "give back", error, 0);
	expect(fuzz, !error, "give back", error);
}

void step_give_back(struct fuzz *fuzz)
{
	struct model_borrow *borrow = &fuzz->borrows[draw(fuzz, BORROWS)];

	if (borrow->data)
		give_back(fuzz, borrow);
}
