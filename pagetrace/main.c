/*
 * pagetrace: a Valgrind tool that tells a recorder which pages a program
 * touches, and when.
 */
#include "pagetrace/anon-name.h"
#include "pagetrace/mark.h"
#include "pagetrace/tool.h"

#include <pub_tool_aspacemgr.h>
#include <pub_tool_clreq.h>
#include <pub_tool_libcassert.h>
#include <pub_tool_libcbase.h>
#include <pub_tool_libcprint.h>
#include <pub_tool_libcproc.h>
#include <pub_tool_machine.h>
#include <pub_tool_options.h>
#include <pub_tool_vki.h>
#include <pub_tool_vkiscnums.h>

static struct {
	const HChar *control; /* path of the control pipe */
	Bool forks;	      /* children are recorded, too */
	Bool started;
	ThreadId thread; /* that the reader knows to run */
} state = {.forks = True};

/* ---- threads ---- */

static void tell_number(enum pagetrace_record kind, UInt number)
{
	ring_record(PAGETRACE_HEAD(kind, 0, number), NULL);
}

static void on_run(ThreadId thread, ULong blocks)
{
	(void)blocks;
	if (!state.started) {
		state.started = True;
		regions_tell_all();
		tell_number(PAGETRACE_THREAD_START, thread);
	}
	if (thread != state.thread)
		tell_number(PAGETRACE_THREAD, thread);
	state.thread = thread;
}

static void on_thread_start(ThreadId parent, ThreadId thread)
{
	(void)parent;
	if (state.started)
		tell_number(PAGETRACE_THREAD_START, thread);
}

static void on_thread_end(ThreadId thread)
{
	/* The thread may have been ended by a fault. */
	if (thread == state.thread)
		instrument_fault(VG_(get_IP)(thread), False);
	tell_number(PAGETRACE_THREAD_END, thread);
}

/* ---- processes ---- */

/* In the child: it must not write to its parent's ring. */
static void on_fork(ThreadId thread)
{
	if (!ring_open(state.forks ? state.control : NULL))
		return;
	regions_tell_all();
	instrument_tell_all();
	tell_number(PAGETRACE_THREAD_START, thread);
	tell_number(PAGETRACE_THREAD, thread);
	state.thread = thread;
}

static void tell_exec(Addr path)
{
	static HChar name[PAGETRACE_NAME_MAX];

	if (path == 0)
		return;
	regions_read_name(path, name, sizeof(name));
	ring_named(PAGETRACE_HEAD(PAGETRACE_EXEC, 0, 0), NULL, 0, name);
}

/* Names count whether or not the kernel knows of them. */
static void before_call(ThreadId thread, UInt number, UWord *words, UInt count)
{
	(void)thread, (void)count;
	switch (number) {
	case __NR_execve:
		tell_exec(words[0]);
		break;
	case __NR_execveat:
		tell_exec(words[1]);
		break;
	case __NR_mremap:
		regions_remap_begin(words[0]);
		break;
	case __NR_prctl:
		if (words[0] == ANON_PRCTL && words[1] == ANON_PRCTL_NAME)
			regions_name(words[2], words[2] + words[3], words[4]);
		break;
	default:
		break;
	}
}

static void after_call(
	ThreadId thread, UInt number, UWord *words, UInt count, SysRes result)
{
	Bool forked = number == __NR_fork || number == __NR_vfork ||
		      (number == __NR_clone && !(words[0] & VKI_CLONE_THREAD));

	(void)thread, (void)count;
	if (number == __NR_mremap)
		regions_remap_end(sr_isError(result) ? 0 : sr_Res(result),
			sr_isError(result) ? 0 : sr_Res(result) + words[2]);
	if (number == __NR_write && !sr_isError(result))
		marks_written(words[0], words[1], sr_Res(result));
	if (forked && !sr_isError(result) && sr_Res(result) != 0)
		tell_number(PAGETRACE_FORK, sr_Res(result));
}

/* ---- signals and marks ---- */

/* Of the signals that a faulting access can raise. */
static void on_signal(ThreadId thread, Int signal, Bool alternate_stack)
{
	(void)alternate_stack;
	if (signal == VKI_SIGSEGV || signal == VKI_SIGBUS ||
		signal == VKI_SIGFPE || signal == VKI_SIGILL)
		instrument_fault(VG_(get_IP)(thread), True);
}

/* The library's word is taken: it lies in the program. */
static void name_as_asked(Addr address)
{
	const struct pagetrace_naming *asked = (const void *)address;
	struct pagetrace_naming naming;
	Addr end = ~(Addr)0;

	if (!VG_(am_is_valid_for_client)(
		    address, sizeof(*asked), VKI_PROT_READ))
		return;
	naming = *asked;
	naming.name[sizeof(naming.name) - 1] = '\0';
	if (naming.from != 0)
		regions_call(&naming, names_find(naming.from, &end));
	else if (naming.name[0] == '\0')
		regions_call(&naming, names_of_caller());
	else
		regions_call(&naming, naming.name);
}

static Bool on_request(ThreadId thread, UWord *words, UWord *result)
{
	(void)thread;
	if (words[0] == SELFPAGE_MARK_REQUEST)
		marks_said(words[1]);
	else if (words[0] == PAGETRACE_NAMING_REQUEST)
		name_as_asked(words[1]);
	else
		return False;
	*result = 0;
	return True;
}

/* ---- beginning and end ---- */

static Bool on_option(const HChar *option)
{
	if (VG_STR_CLO(option, "--control", state.control)) {
	} else if (VG_BOOL_CLO(option, "--forks", state.forks)) {
	} else {
		return False;
	}
	return True;
}

static void print_options(void)
{
	VG_(printf)
	("    --control=PATH            of selfpage record's pipe\n"
	 "    --forks=no|yes            record children [yes]\n");
}

static void print_debug_options(void)
{
	VG_(printf)("    (none)\n");
}

static void on_start(void)
{
	instrument_init();
	marks_init();
	ring_open(state.control);
}

static void on_end(Int status)
{
	(void)status;
	ring_close();
}

static void init(void)
{
	VG_(details_name)("pagetrace");
	VG_(details_version)(NULL);
	VG_(details_description)("tells selfpage record of pages touched");
	VG_(details_copyright_author)("GPL-2.0-or-later, part of selfpage");
	VG_(details_bug_reports_to)("the selfpage project");
	VG_(basic_tool_funcs)(on_start, instrument, on_end);
	VG_(needs_superblock_discards)(instrument_discard);
	VG_(needs_command_line_options)
	(on_option, print_options, print_debug_options);
	VG_(needs_syscall_wrapper)(before_call, after_call);
	VG_(needs_client_requests)(on_request);
	VG_(track_start_client_code)(on_run);
	VG_(track_pre_thread_ll_create)(on_thread_start);
	VG_(track_pre_thread_ll_exit)(on_thread_end);
	VG_(track_pre_deliver_signal)(on_signal);
	VG_(atfork)(NULL, NULL, on_fork);
	regions_init();
}

VG_DETERMINE_INTERFACE_VERSION(init)
