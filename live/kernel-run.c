/* A program under the kernel's own reclaim: see kernel-run.h. */
#include <config.h>

#include "live/kernel-run.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/message.h"
#include "tracer/record-program.h"

int kernel_run_begin(struct kernel_limit **limit_out,
	struct live_shared *shared, uint64_t frames, struct message *message)
{
	const struct kernel_settings settings = {
		.frames = frames,
		.swap_folder = shared->swap_folder,
		.swap_bytes = shared->swap_bytes,
	};
	int error = kernel_limit_make(&settings, limit_out, message);

	if (error != 0)
		return error;
	snprintf(shared->door, sizeof(shared->door), "%s",
		kernel_limit_door(*limit_out));
	snprintf(shared->figures.backend, sizeof(shared->figures.backend),
		"cgroup");
	shared->figures.frames = frames;
	return 0;
}

/* The pager's figures as far as the kernel has the like. */
static void copy_figures(
	struct live_figures *figures, const struct kernel_figures *seen)
{
	figures->hard_faults = seen->faults_major;
	figures->minor_faults = seen->faults_minor;
	figures->prefetches = seen->swapped_in > seen->faults_major
				      ? seen->swapped_in - seen->faults_major
				      : 0;
	figures->writebacks = seen->swapped_out;
	figures->resident_peak = seen->peak_resident;
	figures->beside_peak = seen->peak_beside;
	figures->over_limit = seen->over_limit;
}

/* Nothing else writes notes: the program is not paged. */
static void note(struct live_figures *figures, const struct message *message)
{
	snprintf(figures->notes[0], LIVE_NOTE_BYTES,
		"%.200s; the program was killed", message->text);
	figures->notes_count = 1;
}

void kernel_run_look(struct kernel_limit *limit, struct live_shared *shared,
	const struct program *program)
{
	struct message message;
	int error = kernel_limit_follow(limit, &message);

	copy_figures(&shared->figures, kernel_limit_figures(limit));
	if (error == 0 || program->exited)
		return;
	/* It waits where no other signal ends it. */
	kill(program->process, SIGKILL);
	note(&shared->figures, &message);
}
