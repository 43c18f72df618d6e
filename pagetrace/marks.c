/*
 * What the program says: by SELFPAGE_MARK, or line by line in the file that
 * $SELFPAGE_MARKS names, which scripts can write to.
 */
#include "pagetrace/tool.h"

#include <pub_tool_libcbase.h>
#include <pub_tool_libcfile.h>
#include <pub_tool_libcproc.h>
#include <pub_tool_vki.h>

static struct {
	const HChar *path;		/* of the file, NULL: there is none */
	HChar line[PAGETRACE_NAME_MAX]; /* [length] so far */
	UInt length;
} state;

static void tell(const HChar *name)
{
	ring_named(PAGETRACE_HEAD(PAGETRACE_MARK, 0, 0), NULL, 0, name);
}

void marks_said(Addr name)
{
	static HChar text[PAGETRACE_NAME_MAX];

	regions_read_name(name, text, sizeof(text));
	tell(text);
}

static Bool is_marks(Int fd)
{
	struct vg_stat file, ours;

	return state.path != NULL && VG_(fstat)(fd, &file) == 0 &&
	       !sr_isError(VG_(stat)(state.path, &ours)) &&
	       file.dev == ours.dev && file.ino == ours.ino;
}

void marks_written(Int fd, Addr data, SizeT bytes)
{
	const HChar *text = (const HChar *)data;

	if (!is_marks(fd))
		return;
	for (SizeT i = 0; i < bytes; i++) {
		if (text[i] != '\n') {
			if (state.length < sizeof(state.line) - 1)
				state.line[state.length++] = text[i];
			continue;
		}
		state.line[state.length] = '\0';
		if (state.length > 0)
			tell(state.line);
		state.length = 0;
	}
}

void marks_init(void)
{
	state.path = VG_(getenv)("SELFPAGE_MARKS");
}
