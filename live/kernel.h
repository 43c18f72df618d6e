/*
 * A program under the kernel's own reclaim, beside which the pager is held:
 * a memory cgroup and a swap file of its own, for one run.
 *
 *     limit = N frames + the kernel's memory + pages of files, N / 16 at most
 *
 * 1. A memory cgroup counts more than the program's own memory: pages of
 *    files that it was the first to read, page tables and other memory that
 *    the kernel keeps for it.  The pager counts none of these, so the limit
 *    follows them (kernel_limit_follow, every KERNEL_TICK_MS), and N frames
 *    are left to the program's own memory, as under the pager.  Pages of files
 *    go when the program's own memory wants their place, and the limit follows
 *    later: so it is not raised for more than a few of them.
 * 2. Own memory that is not paged under the pager counts here: what the
 *    program had before it joined does not, so it joins late, when its
 *    libraries are loaded.
 * 3. All is removed when the program has ended, or by the next run if the
 *    command was killed: a file /run/selfpage-kernel-PID, locked as long as
 *    the command runs, names what there is to remove.  It is written before
 *    that is made.
 * 4. A program that waits for memory while there is none to be had is given
 *    a little over N, counted; with the swap file full that is an error.
 */
#ifndef LIVE_KERNEL_H
#define LIVE_KERNEL_H

#include <stdint.h>

struct kernel_limit;
struct message;

#define KERNEL_TICK_MS 20

struct kernel_settings {
	uint64_t frames;
	const char *swap_folder; /* on a file system that can hold swap */
	uint64_t swap_bytes;
};

struct kernel_figures {
	uint64_t faults_major; /* that waited for a file or the swap file */
	uint64_t faults_minor;
	/* Pages; of the whole machine, where nothing else swaps as a rule. */
	uint64_t swapped_in, swapped_out;
	/* Pages, as seen every KERNEL_TICK_MS. */
	uint64_t peak_resident; /* of the program's own memory */
	uint64_t peak_beside;	/* of files and the kernel */
	uint64_t over_limit;
};

/*
 * Makes cgroup and swap file.  -EPERM for all but root; -ENOTSUP where the
 * machine has no memory cgroups; else -errno; always with a text, and nothing
 * is left.
 */
int kernel_limit_make(const struct kernel_settings *settings,
	struct kernel_limit **limit_out, struct message *message);

/* What a process writes "0" to when it joins. */
const char *kernel_limit_door(const struct kernel_limit *limit);

/* Has the limit follow. -ENOSPC: the swap file is full and the program waits
 * for room; it goes on only when something else ends. */
int kernel_limit_follow(struct kernel_limit *limit, struct message *message);

/* As of the last kernel_limit_follow, which is called once at the end. */
const struct kernel_figures *kernel_limit_figures(
	const struct kernel_limit *limit);

/*
 * Removes what was made and frees LIMIT.  Processes that are left go on, with
 * no limit.  After an error what could not be removed is left to the next run.
 */
int kernel_limit_remove(struct kernel_limit *limit, struct message *message);

/*
 * Removes what runs that were killed have left; kernel_limit_make does so,
 * too.  The number of them, or -errno with a text when something stays.
 */
int kernel_remove_stale(struct message *message);

#endif
