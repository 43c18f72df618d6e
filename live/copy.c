/*
 * Between the program's memory and the front's: see copy.h.
 *
 * A page is asked for before it is copied, to be told what may not be used so.
 * It may be out again when it is copied: that is a fault as any other.  What
 * is not paged is not asked for: where a copy by live_copy faults, and nobody
 * serves that, it ends there, as the system's own do.
 */
#include <config.h>

#include "live/copy.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "live/backing.h"
#include "live/live.h"
#include "live/maps.h"

enum { PAGE = 4096, PART = 256 };

/* Copies BYTES bytes.  0 or -EFAULT. */
long live_copy(void *to, const void *from, size_t bytes);

/* Its only instruction that can fault, and where it goes on then. */
extern const char live_copy_faults[], live_copy_fails[];

_Static_assert(EFAULT == 14, "as live_copy has it");

__asm__(".text\n"
	".hidden live_copy, live_copy_faults, live_copy_fails\n"
	".globl live_copy, live_copy_faults, live_copy_fails\n"
	".type live_copy, @function\n"
	"live_copy:\n"
	"	.cfi_startproc\n"
	"	mov %rdx, %rcx\n"
	"	xor %eax, %eax\n"
	"live_copy_faults:\n"
	"	rep movsb\n"
	"	ret\n"
	"live_copy_fails:\n"
	"	mov $-14, %rax\n"
	"	ret\n"
	"	.cfi_endproc\n"
	".size live_copy, . - live_copy\n");

bool copy_ends(ucontext_t *context)
{
	greg_t *instruction = &context->uc_mcontext.gregs[REG_RIP];

	if (*instruction != (greg_t)live_copy_faults)
		return false;
	*instruction = (greg_t)live_copy_fails;
	return true;
}

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
			error = live_copy((void *)address, memory, part);
		else
			error = live_copy(memory, (const void *)address, part);
		if (error)
			return error;
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
	char memory[PART];
	size_t done = 0;

	while (done < bytes) {
		size_t part = to_page_end(address + done), length;
		long error;

		if (part > bytes - done)
			part = bytes - done;
		if (part > PART)
			part = PART;
		error = copy_in(memory, address + done, part);
		if (error)
			return error;
		length = strnlen(memory, part);
		done += length;
		if (length < part)
			return done + 1;
	}
	return -ENAMETOOLONG;
}
