/* Hints for memory as it is mapped: see hinted.h. */
#include <config.h>

#include "live/hinted.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "live/live.h"
#include "mm/selfpage.h"

/* What hints call the memory at ADDRESS; "" for nothing. */
static void name_region(uint64_t address, int fd, char *name, size_t bytes)
{
	char link[40];
	ssize_t got = 0;

	if (address == LIVE_HEAP_BASE) {
		snprintf(name, bytes, "[heap]");
		return;
	}
	if (fd >= 0) {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		got = readlink(link, name, bytes - 1);
	}
	name[got > 0 ? got : 0] = '\0';
}

/* By the whole name, or by the base name where the hint has no slash. */
static bool is_named(const struct live_hint *hint, const char *name)
{
	const char *slash = strrchr(name, '/');

	if (strchr(hint->region, '/') == NULL && slash != NULL)
		name = slash + 1;
	return strcmp(hint->region, name) == 0;
}

void hinted_apply(uint64_t address, uint64_t bytes, int fd)
{
	char name[LIVE_PATH_BYTES];

	if (live.shared->hints_count == 0)
		return;
	name_region(address, fd, name, sizeof(name));
	for (uint32_t i = 0; i < live.shared->hints_count; i++) {
		const struct live_hint *hint = &live.shared->hints[i];
		uint64_t start = address, end = address + bytes;

		if (hint->region[0] != '\0') {
			if (!is_named(hint, name))
				continue;
		} else {
			if (hint->start > start)
				start = hint->start & -UINT64_C(4096);
			if (hint->end < end)
				end = hint->end & -UINT64_C(4096);
		}
		if (start < end &&
			selfpage_advise(live.space, start, end - start,
				hint->advice, hint->value) != 0)
			live_say("--hints: a hint for %s could not be followed "
				 "in full",
				name[0] != '\0' ? name : "an address");
	}
}
