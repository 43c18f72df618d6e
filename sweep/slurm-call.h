/* Slurm's own commands: sbatch and squeue. */
#ifndef SWEEP_SLURM_CALL_H
#define SWEEP_SLURM_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/message.h"

/*
 * Runs ARGV with INPUT (NULL: none) as its standard input.  *OUT_OUT, to be
 * freed, has what it printed, errors among it.  Returns its exit status, or
 * -errno.
 */
int slurm_call(char *const *argv, const char *input, char **out_out);

/* Did a command that printed TEXT fail as its controller did not answer? */
bool slurm_is_silent(const char *text);

/* Slurm's numbers of arrays. */
struct slurm_ids {
	uint64_t *id;
	size_t count;
};

int slurm_ids_add(struct slurm_ids *ids, uint64_t id);
bool slurm_ids_have(const struct slurm_ids *ids, uint64_t id);
void slurm_ids_free(struct slurm_ids *ids);

/* Arrays of this user with tasks that wait or run.  -EAGAIN: Slurm does not
 * answer; -ENOENT: it is not there; -EIO; with a message. */
int slurm_queue(struct slurm_ids *out, struct message *message);

#endif
