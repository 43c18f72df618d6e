/* Slurm's own commands: sbatch, squeue and scancel. */
#ifndef SWEEP_SLURM_CALL_H
#define SWEEP_SLURM_CALL_H

#include <stdbool.h>

/*
 * Runs ARGV with INPUT (NULL: none) as its standard input.  *OUT_OUT, to be
 * freed, has what it printed, errors among it.  Returns its exit status, or
 * -errno.
 */
int slurm_call(char *const *argv, const char *input, char **out_out);

/* Did a command that printed TEXT fail as its controller did not answer? */
bool slurm_is_silent(const char *text);

#endif
