/*
 * Between the program's memory and the front's: see copy.h.
 *
 * A page is asked for before it is copied, to be told what may not be used so.
 * It may be out again when it is copied: that is a fault as any other.
 */
#include <config.h>

#include "live/copy.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "live/backing.h"
#include "live/live.h"
#include "live/maps.h"

enum { PAGE = 4096 };

static size_t to_page_end(uint64_t address)
{
	return PAGE - address % PAGE;
}

/* Whether the page at ADDRESS can be used. */
static long ask(uint64_t address, bool write)
{
	if (!live_is_ours(address, 1) || !maps_are_paged(address))
		return 0;
	return backing_fault_in(address, 1, write) ? -EFAULT : 0;
}

static long copy(uint64_t address, char *memory, size_t bytes, bool out)
{
	while (bytes > 0) {
		size_t part = to_page_end(address);
		long error = ask(address, out);

		if (error)
			return error;
		if (part > bytes)
			part = bytes;
		if (out)
			memcpy((void *)address, memory, part);
		else
			memcpy(memory, (const void *)address, part);
		address += part;
		memory += part;
		bytes -= part;
	}
	return 0;
}

long copy_in(void *to, uint64_t address, size_t bytes)
{
	return copy(address, to, bytes, false);
}

long copy_out(uint64_t address, const void *from, size_t bytes)
{
	return copy(address, (char *)from, bytes, true);
}

long copy_length(uint64_t address, size_t bytes)
{
	size_t done = 0;

	while (done < bytes) {
		size_t part = to_page_end(address + done), length;
		long error = ask(address + done, false);

		if (error)
			return error;
		if (part > bytes - done)
			part = bytes - done;
		length = strnlen((const char *)address + done, part);
		done += length;
		if (length < part)
			return done + 1;
	}
	return -ENAMETOOLONG;
}
