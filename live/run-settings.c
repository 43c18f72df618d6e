/* What `selfpage run` hands to the library: see run-settings.h. */
#include <config.h>

#include "live/run-settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "live/descriptors.h"
#include "replay/hints.h"

#define LIBRARY "libselfpage-run.so"

_Static_assert((int)LIVE_VALUES_MAX >= (int)POLICY_PARAMETERS_MAX,
	"as many as a policy can have");

int run_settings_make(
	struct live_shared **out, int *fd_out, struct message *message)
{
	int low = memfd_create("selfpage-run", MFD_CLOEXEC);
	/* The child inherits it, with a number that no program uses. */
	int fd = low < 0 ? -1 : fcntl(low, F_DUPFD, DESCRIPTORS_FIRST);
	struct live_shared *shared = MAP_FAILED;
	int error = 0;

	if (fd < 0 || ftruncate(fd, sizeof(*shared)))
		error = -errno;
	else
		shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
			MAP_SHARED, fd, 0);
	if (!error && shared == MAP_FAILED)
		error = -errno;
	if (low >= 0)
		close(low);
	if (error) {
		if (fd >= 0)
			close(fd);
		return message_set(message, error, "a file for the figures: %s",
			strerror(-error));
	}
	shared->magic = LIVE_MAGIC;
	shared->log_fd = -1;
	histogram_reset(&shared->figures.cycles);
	*out = shared;
	*fd_out = fd;
	return 0;
}

void run_settings_free(struct live_shared *shared, int fd)
{
	munmap(shared, sizeof(*shared));
	close(fd);
}

void run_settings_set_policy(
	struct live_shared *shared, const struct policy_spec *policy)
{
	const struct policy_parameter *parameter = policy->ops->parameters;
	uint32_t i;

	snprintf(shared->policy, sizeof(shared->policy), "%s",
		policy->ops->name);
	for (i = 0; parameter && parameter[i].name; i++)
		shared->policy_values[i] = policy->values[i];
	shared->policy_values_count = i;
	shared->policy_seed = policy->seed;
}

int run_settings_find_library(
	struct live_shared *shared, struct message *message)
{
	char self[LIVE_PATH_BYTES - sizeof("/live/" LIBRARY)];
	ssize_t bytes = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (bytes > 0) {
		self[bytes] = '\0';
		slash = strrchr(self, '/');
		if (slash)
			*slash = '\0';
		snprintf(shared->library, sizeof(shared->library),
			"%s/live/" LIBRARY, self);
		if (access(shared->library, R_OK) == 0)
			return 0;
	}
	snprintf(shared->library, sizeof(shared->library), "%s",
		PKGLIBDIR "/" LIBRARY);
	if (access(shared->library, R_OK) == 0)
		return 0;
	return message_set(
		message, -ENOENT, "%s: %s", shared->library, strerror(errno));
}

/* ---- hints ---- */

/* Fails, of what is longer than there is room for. */
static int copy_text(char to[LIVE_NAME_BYTES], const char *from,
	const struct hints *hints, const struct hint *hint,
	struct message *message)
{
	if (from && strlen(from) >= LIVE_NAME_BYTES)
		return message_set(message, -ENAMETOOLONG,
			"%s:%u: a name has more than %d letters", hints->name,
			hint->line, LIVE_NAME_BYTES - 1);
	strcpy(to, from ? from : "");
	return 0;
}

static int add_hint(struct live_shared *shared, const struct hints *hints,
	const struct hint *hint, struct message *message)
{
	struct live_hint *to = &shared->hints[shared->hints_count];
	int error;

	if (hint->event > 0)
		return message_set(message, -EINVAL,
			"%s:%u: found @%llu: an event is a time in a trace, "
			"which a program that runs does not have",
			hints->name, hint->line,
			(unsigned long long)hint->event);
	if (shared->hints_count == LIVE_HINTS_MAX)
		return message_set(message, -ENOSPC,
			"%s:%u: more than %d hints", hints->name, hint->line,
			LIVE_HINTS_MAX);
	*to = (struct live_hint){
		.start = hint->start,
		.end = hint->end,
		.part = hint->part,
		.advice = hint->advice,
		.value = hint->value,
	};
	error = copy_text(to->region, hint->region, hints, hint, message);
	if (!error)
		error = copy_text(to->mark, hint->mark, hints, hint, message);
	if (!error)
		shared->hints_count++;
	return error;
}

int run_settings_load_hints(
	struct live_shared *shared, const char *path, struct message *message)
{
	struct hints hints;
	int error = hints_load(path, &hints, message);

	if (error)
		return error;
	for (size_t i = 0; !error && i < hints.count; i++)
		error = add_hint(shared, &hints, &hints.hint[i], message);
	hints_free(&hints);
	return error;
}

/* ---- the environment ---- */

int run_settings_export(
	const struct live_shared *shared, int fd, struct message *message)
{
	const char *old = getenv("LD_PRELOAD");
	char number[16], *preload;
	int error = 0;

	snprintf(number, sizeof(number), "%d", fd);
	if (strpbrk(shared->library, ": "))
		return message_set(message, -EINVAL,
			"%s: a library whose path has a blank or a colon can't "
			"be loaded before others",
			shared->library);
	if (asprintf(&preload, "%s%s%s", shared->library,
		    old && *old ? ":" : "", old ? old : "") < 0)
		return message_set(message, -ENOMEM, "too little memory");
	if (setenv("LD_PRELOAD", preload, 1) ||
		setenv(LIVE_VARIABLE, number, 1))
		error = message_set(message, -ENOMEM, "too little memory");
	free(preload);
	return error;
}
