/*
 * The subcommands of selfpage.  Each is one function in the folder whose
 * work it does, named here and listed in cli/main.c.  ARGV[0] is
 * "selfpage NAME".  Returns the exit status: 0 done, 1 the work failed,
 * 2 the call was wrong.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/rows.h"

struct argp_state;
struct frames_spec;

int record_command(int argc, char **argv);
int import_command(int argc, char **argv);
int export_command(int argc, char **argv);
int generate_command(int argc, char **argv);
int reduce_command(int argc, char **argv);
int info_command(int argc, char **argv);
int dump_command(int argc, char **argv);
int run_command(int argc, char **argv);
int replay_command(int argc, char **argv);
int tune_command(int argc, char **argv);
int curve_command(int argc, char **argv);
int costs_command(int argc, char **argv);
int policies_command(int argc, char **argv);
int plot_command(int argc, char **argv);
int report_command(int argc, char **argv);
int bench_suite_command(int argc, char **argv);
int keep_command(int argc, char **argv);
int compare_command(int argc, char **argv);
int sweep_command(int argc, char **argv);
int physmem_command(int argc, char **argv);

/* Prints "selfpage NAME: TEXT" to standard error; returns STATUS. */
int command_fail(int status, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* What rows call a trace: FOLDER/NAME.spt -> NAME, cut to BYTES. */
void command_trace_name(const char *path, char *name, size_t bytes);

/*
 * The folder of what the command needs besides itself: what the environment's
 * VARIABLE says; or SOURCE, in the source tree, if it runs where it was built;
 * else INSTALLED.
 */
const char *command_find_data(
	const char *variable, const char *source, const char *installed);

/* TEXT of --frames: *FRAMES, which was NULL or malloc'd, gets its *COUNT
 * sizes.  argp_error if it is no list of sizes. */
void command_parse_frames(const char *text, struct frames_spec **frames,
	unsigned *count, struct argp_state *state);

/* Which numbers OPTION ("--jobs") takes, and of WHAT ("threads"). */
struct command_range {
	const char *option;
	uint64_t least, most; /* MOST UINT64_MAX: as large as can be */
	const char *what;
};

/* The whole number that TEXT is; argp_error if it is none of RANGE. */
uint64_t command_parse_number(const char *text,
	const struct command_range *range, struct argp_state *state);

/* What --help says of --format. */
#define COMMAND_FORMATS                                                        \
	"table (default on a terminal), csv (default elsewhere), json"

/* TEXT of --format; argp_error if it is none. */
enum rows_format command_parse_format(
	const char *text, struct argp_state *state);

/* From now on SIGINT and SIGTERM do no more than to set this flag, to the
 * signal's number. */
const volatile sig_atomic_t *command_catch_signals(void);
/* And SIGHUP, unless it is ignored, as it is under nohup. */
void command_catch_hangup(void);

#endif
