/* containers_check: the invariants of container.h, executable. */
#include "mm/container-internal.h"

/* Summed over what was looked at. */
struct sums {
	uint64_t pages, showing, windows, writers, claimed, containers;
};

/* 4 and 5, of one page. */
static const char *check_page(
	const struct container *container, uint32_t number, struct sums *sums)
{
	const struct container_page *page = container_page(container, number);

	if (page->container != container ||
		page_find(container, page->offset) != number)
		return "container: a page is found by another's offset";
	if (page->writers > page->windows || page->named)
		return "container: a page's windows are miscounted";
	sums->pages++;
	sums->windows += page->windows;
	sums->writers += page->writers;
	if (page->frame != FRAME_NONE) {
		sums->showing++;
		return NULL;
	}
	if (page->next != number || page->previous != number)
		return "container: a page of zeros shares its frame";
	if (page_is_held(page))
		return "container: a page that is held has no frame";
	return NULL;
}

/* Rule 3: the frames of windows are those they had from the start. */
static const char *check_windows(
	const struct container *container, struct sums *windows)
{
	const struct container_window *at;
	uint32_t i, page;

	for (at = container->windows; at; at = at->next) {
		windows->windows += at->range.pages;
		if (at->access & PROTECT_WRITE)
			windows->writers += at->range.pages;
		for (i = 0; i < at->range.pages; i++) {
			page = page_find(container, at->range.offset + i);
			if (page == PAGE_NONE)
				return "container: a window's page has gone";
			if (container_page(container, page)->frame !=
				at->frames[i])
				return "container: a window's page has "
				       "changed its frame";
		}
	}
	return NULL;
}

static const char *check_container(
	const struct container *container, struct sums *all)
{
	const struct container_share *share;
	struct sums windows = {0}, sums = {0};
	const char *why = NULL;
	uint64_t at = 0;
	uint32_t page;

	while (!why && (page = page_find_from(container, at,
				CONTAINER_OFFSET_MAX)) != PAGE_NONE) {
		at = container_page(container, page)->offset + 1;
		why = check_page(container, page, &sums);
	}
	if (!why)
		why = check_windows(container, &windows);
	if (why)
		return why;
	for (share = container->shares; share; share = share->next)
		if (share->container != container)
			return "container: another's share is listed";
	if (sums.pages != container->pages || sums.windows != windows.windows ||
		sums.writers != windows.writers)
		return "container: pages or windows are miscounted";
	if (!container->control &&
		(container->pages || container->claimed || container->shares))
		return "container: what was revoked has something";
	all->pages += sums.pages;
	all->showing += sums.showing;
	all->claimed += container->claimed;
	all->containers += container->control != NULL;
	return NULL;
}

/* 1 and 4, of one frame. */
static const char *check_ring(const struct server *server, uint32_t number)
{
	const struct server_containers *containers = &server->containers;
	const struct container_frame *frame = &containers->frames[number];
	const struct container_page *page, *first;
	uint32_t at = frame->first;
	uint32_t i;

	if (frame->borrowed)
		return "container: a frame is borrowed still";
	if ((server->frames[number].state == SERVER_CONTAINED) !=
		(frame->pages != 0))
		return "container: a frame that no page shows, or no container "
		       "has";
	if (!frame->pages)
		return NULL;
	first = &containers->pages[frame->first];
	for (i = 0; i < frame->pages; i++) {
		page = &containers->pages[at];
		if (page->frame != number || (i && at == frame->first) ||
			containers->pages[page->next].previous != at)
			return "container: the pages of a frame are no ring";
		if (page->container->memory != first->container->memory)
			return "container: two memories share a frame";
		if (page->writers && frame->pages > 1)
			return "container: a page that is written by a window "
			       "shares its frame";
		if (i && page_is_held(page))
			return "container: two pages of a frame are held, or "
			       "not the first";
		at = page->next;
	}
	return at == frame->first ? NULL : "container: a ring has more pages";
}

/* 2, and that the sums are those of the server. */
static const char *check_sums(
	const struct server *server, const struct sums *sums)
{
	const struct server_containers *containers = &server->containers;
	const struct control *at;
	uint64_t showing = 0, contained = 0;
	uint64_t count = server->root.containers;
	uint32_t i;

	for (i = 0; i < server->config.frames; i++) {
		showing += containers->frames[i].pages;
		contained += containers->frames[i].pages != 0;
	}
	for (at = server->controls; at; at = at->next)
		count += at->containers;
	if (sums->pages != containers->reserved ||
		sums->pages != containers->tree.size ||
		sums->claimed != containers->claimed)
		return "container: what is reserved is miscounted";
	if (showing != sums->showing || contained != containers->contained)
		return "container: frames or those that show them are "
		       "miscounted";
	if (count != sums->containers)
		return "container: a control's containers are miscounted";
	if (containers->contained > containers->reserved ||
		containers->reserved - containers->contained >
			server->free_list.count + server->soft_list.count)
		return "container: what is reserved is not there";
	return NULL;
}

const char *containers_check(const struct server *server)
{
	const struct server_containers *containers = &server->containers;
	const struct container *at;
	struct sums sums = {0};
	const char *why = NULL;
	uint32_t i;

	if (!containers->pages)
		return containers->first || containers->reserved ||
				       containers->contained ||
				       containers->claimed
			       ? "container: there are some, and no pages"
			       : NULL;
	if (btree_check(&containers->tree, &why))
		return why;
	for (at = containers->first; at && !why; at = at->next) {
		if (at->next && at->next->number <= at->number)
			return "container: two have one number";
		why = check_container(at, &sums);
	}
	for (i = 0; i < server->config.frames && !why; i++)
		why = check_ring(server, i);
	return why ? why : check_sums(server, &sums);
}
