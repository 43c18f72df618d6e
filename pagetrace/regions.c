/*
 * What becomes of the program's address space, and what the kernel reads and
 * writes in it, as records between the sections.
 *
 * What Valgrind itself has put there for the program is not told: a page of
 * the tool's text that signal handlers return to, and a library that
 * Valgrind preloads.
 */
#include "pagetrace/tool.h"

#include <pub_tool_aspacemgr.h>
#include <pub_tool_libcassert.h>
#include <pub_tool_libcbase.h>
#include <pub_tool_libcfile.h>
#include <pub_tool_machine.h>
#include <pub_tool_mallocfree.h>
#include <pub_tool_threadstate.h>
#include <pub_tool_vki.h>

#include "pagetrace/anon-name.h"

#define ANONYMOUS 8
/* The tool's text, data and ring lie in less than this. */
#define TOOL_BYTES (UWord)(16 << 20)

static struct {
	Bool told;
	Addr heap, heap_end;
	Addr stack_top;	    /* of the main thread: its last byte */
	const HChar *moved; /* in mremap: what the map is called; or NULL */
} state;

/* ---- maps ---- */

static UInt protection_of(Bool read, Bool write, Bool execute)
{
	return (read ? 1 : 0) | (write ? 2 : 0) | (execute ? 4 : 0);
}

static Bool is_valgrinds(const NSegment *segment)
{
	const HChar *name = VG_(am_get_filename)(segment);

	return (segment->start ^ (Addr)regions_init) < TOOL_BYTES ||
	       (name != NULL && VG_(strncmp)(VG_(basename)(name), "vgpreload_",
					10) == 0);
}

/* The part [start, end) of a segment of a file. */
static void tell_file(const NSegment *segment, Addr start, Addr end)
{
	const HChar *name = VG_(am_get_filename)(segment);
	ULong words[3] = {
		start, end, segment->offset + (start - segment->start)};
	UInt flags = protection_of(segment->hasR, segment->hasW, segment->hasX);

	ring_named(PAGETRACE_HEAD(PAGETRACE_MAP, 0, flags), words, 3,
		name != NULL ? name : "");
}

/* ... of anonymous memory, by its names. */
static void tell_anonymous(const NSegment *segment, Addr start, Addr end)
{
	UInt flags =
		protection_of(segment->hasR, segment->hasW, segment->hasX) |
		ANONYMOUS;

	while (start < end) {
		ULong words[3] = {start, end, 0};
		Addr part_end = end;
		const HChar *name = names_find(start, &part_end);

		words[1] = part_end;
		ring_named(PAGETRACE_HEAD(PAGETRACE_MAP, 0, flags), words, 3,
			name);
		start = part_end;
	}
}

static void tell_map(const NSegment *segment, Addr start, Addr end)
{
	if (is_valgrinds(segment))
		return;
	if (segment->kind == SkAnonC)
		tell_anonymous(segment, start, end);
	else
		tell_file(segment, start, end);
}

static void tell_range(
	enum pagetrace_record kind, UInt number, Addr start, Addr end)
{
	ULong words[2] = {start, end};

	if (state.told && start < end)
		ring_record(PAGETRACE_HEAD(kind, 2, number), words);
}

static void on_map(Addr start, SizeT bytes, Bool read, Bool write, Bool execute,
	ULong debug_info)
{
	Addr end = start + bytes;

	(void)read, (void)write, (void)execute, (void)debug_info;
	while (state.told && start < end) {
		const NSegment *segment = VG_(am_find_nsegment)(start);
		Addr part_end = end;

		if (segment == NULL)
			return;
		if (segment->end < end - 1)
			part_end = segment->end + 1;
		if (segment->kind == SkAnonC)
			names_give(start, part_end,
				state.moved != NULL ? state.moved
						    : names_of_caller());
		tell_map(segment, start, part_end);
		start = part_end;
	}
}

static void on_unmap(Addr start, SizeT bytes)
{
	names_give(start, start + bytes, NULL);
	tell_range(PAGETRACE_UNMAP, 0, start, start + bytes);
}

static void on_protect(
	Addr start, SizeT bytes, Bool read, Bool write, Bool execute)
{
	const NSegment *segment = VG_(am_find_nsegment)(start);

	if (segment == NULL || !is_valgrinds(segment))
		tell_range(PAGETRACE_PROTECT,
			protection_of(read, write, execute), start,
			start + bytes);
}

static void on_remap(Addr from, Addr to, SizeT bytes)
{
	ULong words[3] = {from, to, bytes};
	const HChar *name = state.moved != NULL ? state.moved : "";

	if (!state.told || from == to)
		return;
	if (state.moved != NULL)
		names_give(to, to + bytes, name);
	ring_named(PAGETRACE_HEAD(PAGETRACE_REMAP, 0, 0), words, 3, name);
}

/* ---- names ---- */

/* Whether it is anonymous memory that can have a name: not the heap, nor the
 * stack, which have theirs. */
static Bool can_be_named(const NSegment *segment)
{
	return segment != NULL && segment->kind == SkAnonC &&
	       !is_valgrinds(segment) &&
	       !(segment->start <= state.heap && state.heap < segment->end) &&
	       !(segment->start <= state.stack_top &&
		       state.stack_top <= segment->end);
}

void regions_call(const struct pagetrace_naming *naming, const HChar *name)
{
	ULong words[4] = {
		naming->start, naming->end, naming->map_start, naming->map_end};

	if (!state.told || naming->start >= naming->end)
		return;
	names_give(naming->start, naming->end, name);
	ring_named(
		PAGETRACE_HEAD(PAGETRACE_NAME, 0, ANONYMOUS), words, 4, name);
}

/* [start, end) has got a name, and is one map from now on. */
static void tell_name(Addr start, Addr end, const HChar *name)
{
	const struct pagetrace_naming naming = {.start = start, .end = end};

	regions_call(&naming, name);
}

void regions_name(Addr start, Addr end, Addr name)
{
	HChar text[ANON_NAME_BYTES + 1], region[ANON_REGION_BYTES];

	regions_read_name(name, text, sizeof(text));
	if (name != 0 && !anon_name_is_good(text))
		return;
	anon_region_name(name != 0 ? text : NULL, region);
	start = VG_PGROUNDDN(start);
	end = VG_PGROUNDUP(end);
	while (state.told && start < end) {
		const NSegment *segment = VG_(am_find_nsegment)(start);
		Addr part_end = end;

		if (!can_be_named(segment))
			return;
		if (segment->end < end - 1)
			part_end = segment->end + 1;
		tell_name(start, part_end, region);
		start = part_end;
	}
}

void regions_remap_begin(Addr from)
{
	const NSegment *segment = VG_(am_find_nsegment)(from);
	Addr end = ~(Addr)0;

	if (can_be_named(segment))
		state.moved = names_find(from, &end);
}

void regions_remap_end(Addr start, Addr end)
{
	if (state.moved != NULL && start < end)
		tell_name(start, end, state.moved);
	state.moved = NULL;
}

static void on_heap_grow(Addr start, SizeT bytes, ThreadId thread)
{
	(void)thread;
	state.heap_end = start + bytes;
	tell_range(PAGETRACE_BRK, 0, state.heap, state.heap_end);
}

/* Before the program starts Valgrind empties the heap: there it begins.  The
 * page of it that stays is Valgrind's doing. */
static void on_heap_shrink(Addr start, SizeT bytes)
{
	(void)bytes;
	if (!state.told)
		state.heap = start;
	state.heap_end = start;
	tell_range(PAGETRACE_BRK, 0, state.heap, start);
}

/* ---- all of it ---- */

static void tell_stack(const NSegment *segment)
{
	const NSegment *below = VG_(am_find_nsegment)(segment->start - 1);
	ULong words[3] = {segment->start, segment->end + 1, segment->start};

	if (below != NULL && below->kind == SkResvn)
		words[2] = below->start;
	ring_record(PAGETRACE_HEAD(PAGETRACE_STACK, 3, 0), words);
}

static void tell_segment(Addr start)
{
	const NSegment *segment = VG_(am_find_nsegment)(start);
	Addr end;

	if (segment == NULL)
		return;
	end = segment->end + 1;
	if (segment->start <= state.stack_top && state.stack_top < end)
		tell_stack(segment);
	else if (segment->start <= state.heap && state.heap < end)
		tell_range(PAGETRACE_BRK, 0, state.heap, state.heap_end);
	else
		tell_map(segment, segment->start, end);
}

void regions_tell_all(void)
{
	const UInt kinds = SkAnonC | SkFileC | SkShmC;
	Int room = 256, count;
	Addr *starts = NULL;

	if (!state.told)
		state.stack_top = VG_(get_SP)(VG_(get_running_tid)());
	state.told = True;
	do {
		room *= 2;
		starts = VG_(realloc)(
			"pagetrace.starts", starts, room * sizeof(*starts));
		count = VG_(am_get_segment_starts)(kinds, starts, room);
	} while (count < 0);
	for (Int i = 0; i < count; i++)
		tell_segment(starts[i]);
	VG_(free)(starts);
}

/* ---- the kernel ---- */

/* Of [start, start + bytes), as much as the program could access itself: a
 * system call may be given anything. */
static SizeT accessible(Addr start, SizeT bytes, UInt protection)
{
	SizeT sound = 0;

	if (bytes == 0 || VG_(am_is_valid_for_client)(start, bytes, protection))
		return bytes;
	while (sound < bytes) {
		SizeT part = VKI_PAGE_SIZE - (start + sound) % VKI_PAGE_SIZE;

		if (part > bytes - sound)
			part = bytes - sound;
		if (!VG_(am_is_valid_for_client)(
			    start + sound, part, protection))
			break;
		sound += part;
	}
	return sound;
}

static void tell_kernel(
	ThreadId thread, enum pagetrace_access kind, Addr start, SizeT bytes)
{
	ULong words[3] = {kind, start, bytes};

	if (bytes > 0)
		ring_record(PAGETRACE_HEAD(PAGETRACE_KERNEL, 3, thread), words);
}

static Bool is_kernels(CorePart part)
{
	return state.told && (part == Vg_CoreSysCall || part == Vg_CoreSignal);
}

static void on_kernel_read(CorePart part, ThreadId thread, const HChar *what,
	Addr start, SizeT bytes)
{
	(void)what;
	if (is_kernels(part))
		tell_kernel(thread, PAGETRACE_LOAD, start,
			accessible(start, bytes, VKI_PROT_READ));
}

/* How far a string goes, its end included; or what can be read of it. */
static SizeT string_bytes(Addr start)
{
	SizeT bytes = 0;

	for (;;) {
		SizeT part = VKI_PAGE_SIZE - (start + bytes) % VKI_PAGE_SIZE;
		SizeT found;

		if (accessible(start + bytes, part, VKI_PROT_READ) < part)
			return bytes;
		found = VG_(strnlen)((const HChar *)(start + bytes), part);
		if (found < part)
			return bytes + found + 1;
		bytes += part;
	}
}

static void on_kernel_read_string(
	CorePart part, ThreadId thread, const HChar *what, Addr start)
{
	(void)what;
	if (is_kernels(part))
		tell_kernel(thread, PAGETRACE_LOAD, start, string_bytes(start));
}

static void on_kernel_write(
	CorePart part, ThreadId thread, Addr start, SizeT bytes)
{
	if (is_kernels(part))
		tell_kernel(thread, PAGETRACE_STORE, start,
			accessible(start, bytes, VKI_PROT_WRITE));
}

void regions_read_name(Addr from, HChar *to, SizeT bytes)
{
	SizeT whole = string_bytes(from);

	if (whole > bytes)
		whole = bytes;
	VG_(memcpy)(to, (const void *)from, whole);
	to[whole > 0 ? whole - 1 : 0] = '\0';
}

void regions_init(void)
{
	names_init();
	VG_(track_new_mem_mmap)(on_map);
	VG_(track_die_mem_munmap)(on_unmap);
	VG_(track_change_mem_mprotect)(on_protect);
	VG_(track_copy_mem_remap)(on_remap);
	VG_(track_new_mem_brk)(on_heap_grow);
	VG_(track_die_mem_brk)(on_heap_shrink);
	VG_(track_pre_mem_read)(on_kernel_read);
	VG_(track_pre_mem_read_asciiz)(on_kernel_read_string);
	VG_(track_post_mem_write)(on_kernel_write);
}
