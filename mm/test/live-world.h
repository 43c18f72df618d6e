/* What tests of live pagers start from. */
#ifndef MM_TEST_LIVE_WORLD_H
#define MM_TEST_LIVE_WORLD_H

#include "config.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mm/selfpage-live-internal.h"

enum { PAGE = LIVE_PAGE_BYTES };

static const unsigned live_kinds[] = {
	SELFPAGE_LIVE_USERFAULTFD,
	SELFPAGE_LIVE_PROTECT,
};

/* A sanitizer's own handlers and stacks would be in the way. */
const char *__asan_default_options(void);
const char *__tsan_default_options(void);

const char *__asan_default_options(void)
{
	return "handle_segv=0:handle_sigbus=0:use_sigaltstack=0:"
	       "allow_user_segv_handler=1";
}

const char *__tsan_default_options(void)
{
	return "handle_segv=0:handle_sigbus=0:use_sigaltstack=0:"
	       "report_signal_unsafe=0:history_size=7";
}

/* A page that is mapped elsewhere counts as written there; by whom is known as
 * long as the history is. */
const char *__tsan_default_suppressions(void);

const char *__tsan_default_suppressions(void)
{
	return "race:live-front-protect.c\n";
}

/* Pages of memory from START on that are there, by the system's word. */
static inline uint64_t pages_present(const void *start, uint64_t pages)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t i, entry, present = 0;

	for (i = 0; i < pages; i++) {
		off_t at = ((uintptr_t)start / PAGE + i) * sizeof(entry);

		if (pread(fd, &entry, sizeof(entry), at) != sizeof(entry))
			abort();
		present += entry >> 63;
	}
	close(fd);
	return present;
}

/* All that the frames of PAGER are, by the system's word. */
static inline uint64_t pages_in_memory(struct selfpage *pager)
{
	const struct live *live = &pager->live->backend;
	struct selfpage_space *space;
	const struct map *map;
	struct stat status;
	uint64_t page, count;

	if (live->file >= 0) {
		if (fstat(live->file, &status))
			abort();
		return status.st_blocks * 512 / PAGE;
	}
	count = pages_present(live->slots, live->slots_count);
	for (space = pager->spaces; space; space = space->next)
		for (page = 0; (map = as_find_from(&space->as, page));
			page = map->end)
			count += pages_present(live_address(map->start),
				map->end - map->start);
	return count;
}

#endif
