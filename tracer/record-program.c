/* The program that is recorded: see record-program.h. */
#include <config.h>

#include "tracer/record-program.h"

#include <errno.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KILL_AFTER_NS (5 * INT64_C(1000000000))
#define KILL_LOOK_MS 100

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

int program_prepare(struct program *program)
{
	static const int wanted[] = {SIGCHLD, SIGINT, SIGQUIT, SIGTERM, SIGHUP};
	sigset_t mask;

	*program = (struct program){0};
	sigemptyset(&mask);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
		sigaddset(&mask, wanted[i]);
	program->signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (program->signals < 0)
		return -errno;
	sigaddset(&mask, SIGXFSZ);
	return sigprocmask(SIG_BLOCK, &mask, &program->old_mask) == 0 ? 0
								      : -errno;
}

int program_start(
	struct program *program, const char *path, char *const *arguments)
{
	program->process = fork();
	if (program->process == 0) {
		sigprocmask(SIG_SETMASK, &program->old_mask, NULL);
		execv(path, arguments);
		_exit(127);
	}
	return program->process < 0 ? -errno : 0;
}

void program_read_signals(struct program *program)
{
	struct signalfd_siginfo info;

	while (read(program->signals, &info, sizeof(info)) == sizeof(info)) {
		if (program->exited)
			continue;
		if (info.ssi_signo == SIGCHLD)
			program->exited =
				waitpid(program->process, &program->wait_status,
					WNOHANG) == program->process;
		/* The terminal's went to the program as well. */
		else if (info.ssi_code != SI_KERNEL)
			kill(program->process, info.ssi_signo);
	}
}

void program_give_up(struct program *program)
{
	if (program->exited || program->kill_at_ns != 0)
		return;
	program->kill_at_ns = now_ns() + KILL_AFTER_NS;
	kill(program->process, SIGTERM);
}

int program_kill_late(struct program *program)
{
	if (program->exited || program->kill_at_ns == 0)
		return -1;
	if (now_ns() > program->kill_at_ns) {
		kill(program->process, SIGKILL);
		program->kill_at_ns = INT64_MAX;
	}
	return KILL_LOOK_MS;
}

void program_close(struct program *program)
{
	if (program->signals >= 0)
		close(program->signals);
	program->signals = -1;
}
