/*
 * Who asks for memory.  In most cases that is who called; if it is a runtime
 * library, the stack is looked through.  Names are kept, as the same place in
 * a program asks again and again.
 */
#include <config.h>

#include "live/caller.h"

#include <link.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unwind.h>

#include "live/settings.h"
#include "live/symbols.h"

enum { KEPT = 256 };

static struct {
	pthread_mutex_t lock;
	struct kept {
		uintptr_t address;
		char region[ANON_REGION_BYTES];
	} kept[KEPT]; /* by address */
} callers = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- objects ---- */

struct object {
	uintptr_t address; /* in it */
	uintptr_t base;	   /* what is added to the file's addresses */
	char path[LIVE_PATH_BYTES];
};

static int look_at(struct dl_phdr_info *info, size_t bytes, void *context)
{
	struct object *object = context;
	const char *path = info->dlpi_name;

	(void)bytes;
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];

		if (part->p_type != PT_LOAD ||
			object->address - info->dlpi_addr - part->p_vaddr >=
				part->p_memsz)
			continue;
		object->base = info->dlpi_addr;
		snprintf(object->path, sizeof(object->path), "%s",
			path != NULL && *path ? path : "/proc/self/exe");
		return 1;
	}
	return 0;
}

static bool find_object(uintptr_t address, struct object *out)
{
	out->address = address;
	return dl_iterate_phdr(look_at, out) != 0;
}

/* ---- the stack ---- */

static _Unwind_Reason_Code step(struct _Unwind_Context *context, void *argument)
{
	struct object *object = argument;
	uintptr_t address = _Unwind_GetIP(context) - 1;

	if (!find_object(address, object)) {
		object->path[0] = '\0';
		return _URC_END_OF_STACK;
	}
	return anon_object_is_runtime(object->path) ? _URC_NO_REASON
						    : _URC_END_OF_STACK;
}

/* False: nobody is known that is of no runtime library. */
static bool find_caller(uintptr_t address, struct object *object)
{
	if (!find_object(address, object))
		return false;
	if (!anon_object_is_runtime(object->path))
		return true;
	_Unwind_Backtrace(step, object);
	return object->path[0] != '\0' && !anon_object_is_runtime(object->path);
}

/* ---- names ---- */

/* Who finds the lock taken does without: it may stay so in a forked child, if
 * another thread had it at that moment. */

static struct kept *slot(uintptr_t address)
{
	return &callers.kept[(address ^ address >> 8) % KEPT];
}

static bool is_kept(uintptr_t address, char out[ANON_REGION_BYTES])
{
	struct kept *kept = slot(address);
	bool found;

	if (pthread_mutex_trylock(&callers.lock) != 0)
		return false;
	found = kept->address == address;
	if (found)
		memcpy(out, kept->region, sizeof(kept->region));
	pthread_mutex_unlock(&callers.lock);
	return found;
}

static void keep(uintptr_t address, const char out[ANON_REGION_BYTES])
{
	struct kept *kept = slot(address);

	if (pthread_mutex_trylock(&callers.lock) != 0)
		return;
	kept->address = address;
	memcpy(kept->region, out, sizeof(kept->region));
	pthread_mutex_unlock(&callers.lock);
}

void caller_region_name(const void *return_address, char out[ANON_REGION_BYTES])
{
	char symbol[4 * ANON_NAME_BYTES], function[ANON_NAME_BYTES];
	struct object object;

	anon_region_name(NULL, out);
	if (!find_caller((uintptr_t)return_address - 1, &object) ||
		is_kept(object.address, out))
		return;
	if (symbols_find(object.path, object.address - object.base, symbol,
		    sizeof(symbol))) {
		anon_function_name(symbol, function);
		anon_region_name(function, out);
	}
	keep(object.address, out);
}
