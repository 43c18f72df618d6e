/*
 * public-fuzz: containers of the two controls, and shares of them.  A page in
 * the model is there or not, and full of bytes of its own; logical copies are
 * copies.
 */
#include "mm/test/public-fuzz.h"

#include <errno.h>
#include <string.h>

enum { CONTAINERS = 2, PAGES = 6, LOCK_MS = 1 << 30 };

struct model_container {
	struct selfpage_container *container; /* NULL: there is none */
	unsigned control;
	bool there[PAGES], mapped[PAGES], locked[PAGES];
	char content[PAGES][PAGE];
	struct selfpage_window *window;
	unsigned window_first;
	struct selfpage_grant *grant;
	struct selfpage_share *share; /* the holder's */
	bool revoked;
};

struct containers {
	struct model_container list[CONTAINERS];
};

/* Pages [first, first + count). */
struct pages {
	unsigned first, count;
	struct selfpage_range range; /* the same in bytes */
};

static struct pages draw_pages(struct fuzz *fuzz)
{
	unsigned first = draw(fuzz, PAGES);
	unsigned count = 1 + draw(fuzz, 3);

	count = count < PAGES - first ? count : PAGES - first;
	return (struct pages){first, count, {first * PAGE, count * PAGE}};
}

static bool any(const bool *what, const struct pages *pages)
{
	return memchr(what + pages->first, true, pages->count);
}

static bool all(const bool *what, const struct pages *pages)
{
	return !memchr(what + pages->first, false, pages->count);
}

/* What the owner is told of pages that he wants to use. */
static int right_use(
	const struct model_container *model, const struct pages *pages)
{
	if (!all(model->there, pages))
		return -ENOENT;
	return any(model->locked, pages) ? -EBUSY : 0;
}

uint32_t contained_frames(const struct fuzz *fuzz, unsigned control)
{
	const struct model_container *model;
	uint32_t sum = 0;
	unsigned i, page;

	for (i = 0; i < CONTAINERS; i++) {
		model = &fuzz->containers->list[i];
		for (page = 0; page < PAGES; page++)
			sum += model->container && model->control == control &&
			       model->there[page];
	}
	return sum;
}

/* ---- the owner's calls ---- */

static void allocate(struct fuzz *fuzz, struct model_container *model)
{
	struct pages pages = draw_pages(fuzz);
	const struct selfpage_range none = {0};
	unsigned flags = draw(fuzz, 4), i, done;
	struct selfpage_told told = {0};
	int error, right = 0;

	if (!(flags & SELFPAGE_SQUASH) && any(model->there, &pages))
		right = -EEXIST;
	begin_call(fuzz);
	error = selfpage_container_allocate(
		model->container, &pages.range, flags, &told);
	/* -EBUSY: locked, mapped, or the pager's pages are pinned */
	if (error != -EAGAIN)
		end_call_or(fuzz, "allocate", error, right, -EBUSY);
	trouble_get()->paused = true;
	/* what it has kept for another try */
	if (error == -EAGAIN)
		expect(fuzz,
			!selfpage_container_allocate(
				model->container, &none, 0, NULL),
			"give up", 0);
	done = !error			  ? pages.count
	       : flags & SELFPAGE_PARTIAL ? told.bytes / PAGE
					  : 0;
	expect(fuzz, done <= pages.count, "allocated", (int)done);
	for (i = pages.first; i < pages.first + done; i++) {
		model->there[i] = true;
		memset(model->content[i], 0, PAGE);
	}
}

static void deallocate(struct fuzz *fuzz, struct model_container *model)
{
	struct pages pages = draw_pages(fuzz);
	bool partial = draw(fuzz, 2);
	int error, right = 0;

	if (!partial && !all(model->there, &pages))
		right = -ENOENT;
	else if (any(model->locked, &pages) || any(model->mapped, &pages))
		right = -EBUSY;
	begin_call(fuzz);
	error = selfpage_container_deallocate(model->container, &pages.range,
		partial ? SELFPAGE_PARTIAL : 0, NULL);
	end_call_or(fuzz, "deallocate", error, right,
		any(model->mapped, &pages) ? -EBUSY : 0);
	if (!error)
		memset(model->there + pages.first, false, pages.count);
}

/* Some bytes, by the owner or the holder. */
static void use_bytes(
	struct fuzz *fuzz, struct model_container *model, bool holder)
{
	uint64_t at = draw(fuzz, PAGES * PAGE);
	size_t bytes = 1 + draw(fuzz, 64);
	struct pages pages = {.first = at / PAGE};
	char *content = model->content[0] + at;
	char data[64], value = draw(fuzz, 256);
	bool fill = draw(fuzz, 2);
	int error, right;

	if (at + bytes > PAGES * PAGE)
		bytes = PAGES * PAGE - at;
	pages.count = (at + bytes - 1) / PAGE - pages.first + 1;
	memset(data, value, sizeof(data));
	if (!holder)
		right = right_use(model, &pages);
	else
		right = model->revoked		    ? -EKEYREVOKED
			: all(model->there, &pages) ? 0
						    : -ENOENT;
	begin_call(fuzz);
	if (fill)
		error = holder ? selfpage_share_fill(
					 model->share, at, data, bytes)
			       : selfpage_container_fill(
					 model->container, at, data, bytes);
	else
		error = holder ? selfpage_share_read(
					 model->share, at, data, bytes)
			       : selfpage_container_read(
					 model->container, at, data, bytes);
	end_call(fuzz, "fill or read", error, right);
	if (!error && fill)
		memcpy(content, data, bytes);
	else if (!error)
		expect(fuzz, !memcmp(content, data, bytes),
			"what a container has", (int)at);
}

static void copy(struct fuzz *fuzz, struct model_container *from,
	struct model_container *to)
{
	struct pages source = draw_pages(fuzz), target = draw_pages(fuzz);
	char content[PAGES][PAGE];
	int error, right;

	if (target.count > source.count)
		target.count = source.count;
	source.count = target.count;
	right = right_use(from, &source);
	if (!right || right == -EBUSY)
		right = right_use(to, &target) == -ENOENT ? -ENOENT : right;
	if (!right)
		right = right_use(to, &target);
	begin_call(fuzz);
	error = selfpage_container_copy(from->container, source.range.offset,
		to->container, target.range.offset, source.count * PAGE);
	/* which of two errors is told is nobody's business */
	end_call_or(fuzz, "copy", error, right, right ? -EBUSY : 0);
	if (error)
		return;
	memcpy(content, from->content[source.first], source.count * PAGE);
	memcpy(to->content[target.first], content, source.count * PAGE);
}

static void use_window(struct fuzz *fuzz, struct model_container *model)
{
	struct pages pages = draw_pages(fuzz);
	int error;
	char *at;

	if (!model->window) {
		begin_call(fuzz);
		error = selfpage_container_map(
			model->container, &pages.range, BOTH, &model->window);
		end_call(fuzz, "map pages", error, right_use(model, &pages));
		if (error)
			return;
		memset(model->mapped + pages.first, true, pages.count);
		model->window_first = pages.first;
	} else if (!draw(fuzz, 3)) {
		error = selfpage_container_unmap(model->window);
		expect(fuzz, !error, "unmap pages", error);
		model->window = NULL;
		memset(model->mapped, false, sizeof(model->mapped));
		return;
	}
	at = selfpage_window_address(model->window);
	expect(fuzz, !memcmp(at, model->content[model->window_first], PAGE),
		"what a window shows", (int)model->window_first);
	at[PAGE / 2] = model->content[model->window_first][PAGE / 2] =
		draw(fuzz, 256);
}

/* ---- the holder's ---- */

static void share(struct fuzz *fuzz, struct model_container *model)
{
	int error;

	begin_call(fuzz);
	error = selfpage_container_share(
		model->container, BOTH, LOCK_MS, &model->grant);
	end_call(fuzz, "share", error, 0);
	if (error)
		return;
	error = selfpage_grant_open(model->grant, &model->share);
	expect(fuzz, !error, "open a grant", error);
	model->revoked = false;
}

static void end_share(struct fuzz *fuzz, struct model_container *model)
{
	bool locked = memchr(model->locked, true, PAGES);
	int error;

	if (!model->revoked && draw(fuzz, 2)) {
		error = selfpage_grant_revoke(model->grant, NULL);
		expect(fuzz, error == (locked ? -EBUSY : 0), "revoke", error);
		if (error)
			return;
		model->revoked = true;
		model->grant = NULL;
		return;
	}
	error = selfpage_share_close(model->share);
	expect(fuzz, !error, "close a share", error);
	memset(model->locked, false, sizeof(model->locked));
	model->share = NULL;
	if (!model->grant)
		return;
	error = selfpage_grant_revoke(model->grant, NULL);
	expect(fuzz, !error, "revoke what is closed", error);
	model->grant = NULL;
}

static void lock(struct fuzz *fuzz, struct model_container *model)
{
	struct pages pages = draw_pages(fuzz);
	int error, right = 0;

	if (memchr(model->locked, true, PAGES)) {
		error = selfpage_share_unlock(model->share);
		expect(fuzz, !error, "unlock", error);
		memset(model->locked, false, sizeof(model->locked));
		return;
	}
	if (model->revoked)
		right = -EKEYREVOKED;
	else if (!all(model->there, &pages))
		right = -ENOENT;
	else if (any(model->mapped, &pages))
		right = -EBUSY;
	error = selfpage_share_lock(model->share, &pages.range, LOCK_MS / 2);
	expect(fuzz, error == right, "lock", error);
	if (!error)
		memset(model->locked + pages.first, true, pages.count);
}

/* ---- steps ---- */

static void create(struct fuzz *fuzz, struct model_container *model)
{
	int error;

	*model = (struct model_container){.control = draw(fuzz, 2)};
	begin_call(fuzz);
	error = selfpage_container_create(
		shared_control(fuzz, model->control), &model->container);
	end_call(fuzz, "create a container", error, 0);
}

static void destroy(struct fuzz *fuzz, struct model_container *model)
{
	bool busy = model->window || memchr(model->locked, true, PAGES);
	int error = selfpage_container_destroy(model->container);

	expect(fuzz, error == (busy ? -EBUSY : 0), "destroy a container",
		error);
	if (error)
		return;
	if (model->share)
		expect(fuzz, !selfpage_share_close(model->share),
			"close what is revoked", 0);
	*model = (struct model_container){0};
}

void step_container(struct fuzz *fuzz)
{
	struct model_container *model, *other;

	if (!fuzz->containers)
		return;
	model = &fuzz->containers->list[draw(fuzz, CONTAINERS)];
	other = &fuzz->containers->list[draw(fuzz, CONTAINERS)];
	if (!model->container) {
		create(fuzz, model);
		return;
	}
	switch (draw(fuzz, 32)) {
	case 0:
		destroy(fuzz, model);
		break;
	case 1 ... 7:
		allocate(fuzz, model);
		break;
	case 8:
		deallocate(fuzz, model);
		break;
	case 9 ... 13:
		if (other->container)
			copy(fuzz, model, other);
		break;
	case 14 ... 16:
		use_window(fuzz, model);
		break;
	case 17 ... 18:
		if (model->share)
			end_share(fuzz, model);
		break;
	case 19 ... 25:
		if (!model->share)
			share(fuzz, model);
		else if (draw(fuzz, 3))
			use_bytes(fuzz, model, true);
		else
			lock(fuzz, model);
		break;
	default:
		use_bytes(fuzz, model, false);
		break;
	}
}

void begin_containers(struct fuzz *fuzz)
{
	static struct containers containers;

	containers = (struct containers){0};
	fuzz->containers = &containers;
}

/* What can be seen of containers without a share's or lock's leave. */
void check_containers(struct fuzz *fuzz)
{
	struct model_container *model;
	static char data[PAGE];
	unsigned i, page;

	for (i = 0; i < CONTAINERS; i++) {
		model = &fuzz->containers->list[i];
		for (page = 0; page < PAGES; page++)
			if (model->container && model->there[page] &&
				!model->locked[page])
				expect(fuzz,
					!selfpage_container_read(
						model->container, page * PAGE,
						data, PAGE) &&
						!memcmp(data,
							model->content[page],
							PAGE),
					"a container's page", (int)page);
	}
}

void end_containers(struct fuzz *fuzz)
{
	struct model_container *model;
	unsigned i;

	for (i = 0; i < CONTAINERS; i++) {
		model = &fuzz->containers->list[i];
		if (!model->container)
			continue;
		if (model->window)
			(void)selfpage_container_unmap(model->window);
		model->window = NULL;
		while (model->share)
			end_share(fuzz, model);
		destroy(fuzz, model);
	}
}
