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

#define ANONYMOUS 8
/* The tool's text, data and ring lie in less than this. */
#define TOOL_BYTES (UWord)(16 << 20)

static struct {
	Bool told;
	Addr heap, heap_end;
	Addr stack_top; /* of the main thread: its last byte */
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

/* The part [start, end) of a segment. */
static void tell_map(const NSegment *segment, Addr start, Addr end)
{
	const HChar *name = VG_(am_get_filename)(segment);
	ULong words[3] = {start, end, 0};
	UInt flags = protection_of(segment->hasR, segment->hasW, segment->hasX);

	if (is_valgrinds(segment))
		return;
	if (segment->kind == SkAnonC)
		flags |= ANONYMOUS;
	else
		words[2] = segment->offset + (start - segment->start);
	ring_named(PAGETRACE_HEAD(PAGETRACE_MAP, 0, flags), words, 3,
		name != NULL ? name : "");
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
		tell_map(segment, start, part_end);
		start = part_end;
	}
}

static void on_unmap(Addr start, SizeT bytes)
{
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

	if (state.told && from != to)
		ring_record(PAGETRACE_HEAD(PAGETRACE_REMAP, 3, 0), words);
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
