/* A program under the kernel's own reclaim: see kernel-run.h. */
#include <config.h>

#include "live/kernel-run.h"

#include <poll.h>
#include <signal.h>
#include <stddef.h>

#include "base/message.h"
#include "live/kernel.h"
#include "tracer/record-program.h"

int kernel_run(struct program *program, struct kernel_limit *limit,
	struct message *message)
{
	struct pollfd signals = {.fd = program->signals, .events = POLLIN};
	int error = 0;

	while (!program->exited) {
		if (poll(&signals, 1, KERNEL_TICK_MS) > 0)
			program_read_signals(program);
		if (error != 0)
			continue;
		error = kernel_limit_follow(limit, message);
		/* It waits in the kernel, where no other signal ends it. */
		if (error != 0 && !program->exited)
			kill(program->process, SIGKILL);
	}
	return error;
}
