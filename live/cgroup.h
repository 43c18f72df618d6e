/*
 * A memory cgroup of the command's own, version 1 or 2.
 *
 * 1. Version 1: made below the cgroup that the caller is in, so that limits
 *    set on that one hold as before.  Version 2 lets no cgroup that holds
 *    processes have children with controllers, so there it is made below the
 *    hierarchy's root.
 * 2. Nothing is killed for the limit's sake: version 1 has a task that gets no
 *    memory sleep (`starving`), version 2 slows it down.
 * 3. Processes that are left when it is removed are moved to its parent, and
 *    go on.
 */
#ifndef LIVE_CGROUP_H
#define LIVE_CGROUP_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

struct message;

struct cgroup {
	char path[PATH_MAX];
	int version; /* 1 or 2 */
};

/* All in bytes but for the counts of faults. */
struct cgroup_figures {
	uint64_t used;	    /* what the limit is held against: */
	uint64_t anonymous; /* memory of the processes' own */
	uint64_t files;	    /* pages of files */
	uint64_t kernel;    /* memory of the kernel's own, for them */
	uint64_t faults;    /* with or without waiting */
	uint64_t faults_major;
	bool starving; /* something waits for room that is not to be had */
};

/*
 * Says where a cgroup NAME would be, and makes nothing.
 * -ENOTSUP: there is no memory controller.
 */
int cgroup_find(
	const char *name, struct cgroup *cgroup, struct message *message);

/* -EEXIST as it says; others come with a text. */
int cgroup_make(const struct cgroup *cgroup, struct message *message);

/* 0 or -errno: -EBUSY when so much cannot be taken away at once. */
int cgroup_set_limit(const struct cgroup *cgroup, uint64_t bytes);

int cgroup_read(const struct cgroup *cgroup, struct cgroup_figures *figures);

/* -ENOENT when it is gone already. *MOVED gets the number of processes that
 * were still in it. */
int cgroup_remove(const struct cgroup *cgroup, unsigned *moved);

#endif
