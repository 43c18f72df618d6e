/*
 * Who asked for anonymous memory: names by address, for a forked child is
 * told all maps again, and mremap takes a name along.
 */
#include "pagetrace/tool.h"

#include <pub_tool_debuginfo.h>
#include <pub_tool_libcassert.h>
#include <pub_tool_libcbase.h>
#include <pub_tool_mallocfree.h>
#include <pub_tool_rangemap.h>
#include <pub_tool_stacktrace.h>
#include <pub_tool_threadstate.h>

#include "pagetrace/anon-name.h"

#define DEPTH 32u
#define BUCKETS 256u

/* Each name once, for ever. */
struct name {
	struct name *next;
	HChar text[];
};

static struct {
	RangeMap *by_address; /* struct name *, 0: none */
	struct name *bucket[BUCKETS];
} state;

static struct name *intern(const HChar *text)
{
	struct name **bucket, *name;
	UInt hash = 0;

	for (const HChar *c = text; *c; c++)
		hash = hash * 31 + (UChar)*c;
	bucket = &state.bucket[hash % BUCKETS];
	for (name = *bucket; name != NULL; name = name->next)
		if (VG_(strcmp)(name->text, text) == 0)
			return name;
	name = VG_(malloc)(
		"pagetrace.name", sizeof(*name) + VG_(strlen)(text) + 1);
	VG_(strcpy)(name->text, text);
	name->next = *bucket;
	return *bucket = name;
}

void names_give(Addr start, Addr end, const HChar *name)
{
	if (start < end)
		VG_(bindRangeMap)
	(state.by_address, start, end - 1,
		name == NULL ? 0 : (UWord)intern(name));
}

const HChar *names_find(Addr start, Addr *end)
{
	UWord low, high, value;

	VG_(lookupRangeMap)(&low, &high, &value, state.by_address, start);
	if (high + 1 < *end && high != ~(UWord)0)
		*end = high + 1;
	return value == 0 ? ANON_UNKNOWN : ((struct name *)value)->text;
}

const HChar *names_of_caller(void)
{
	static HChar region[ANON_REGION_BYTES];
	HChar function[ANON_NAME_BYTES];
	DiEpoch epoch = VG_(current_DiEpoch)();
	ThreadId thread = VG_(get_running_tid)();
	const HChar *object, *symbol;
	Addr stack[DEPTH];
	UInt count, i = 0;

	if (thread == VG_INVALID_THREADID)
		return ANON_UNKNOWN;
	count = VG_(get_StackTrace)(thread, stack, DEPTH, NULL, NULL, 0);
	while (i < count && VG_(get_objname)(epoch, stack[i], &object) &&
		anon_object_is_runtime(object))
		i++;
	if (i == count || !VG_(get_fnname)(epoch, stack[i], &symbol))
		return ANON_UNKNOWN;
	anon_function_name(symbol, function);
	anon_region_name(function, region);
	return region;
}

void names_init(void)
{
	state.by_address =
		VG_(newRangeMap)(VG_(malloc), "pagetrace.names", VG_(free), 0);
}
