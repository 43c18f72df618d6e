/*
 * The command: finds the subcommand, and answers for what all of them share:
 * help, version, exit statuses, and that lost output is an error.
 */
#include "config.h"

#include <argp.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/nearest.h"

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))

struct command {
	const char *name;
	const char *summary;
	int (*run)(int argc, char **argv);
};

static const struct command commands[] = {
	{"record", "record the pages that a real program touches, as a trace",
		record_command},
	{"import", "make a trace of another tool's", import_command},
	{"export", "write a trace as other tools read it", export_command},
	{"generate", "make a trace of invented references", generate_command},
	{"reduce", "make a shorter trace that gives the same faults",
		reduce_command},
	{"info", "tell what is in a trace", info_command},
	{"dump", "print a trace as text", dump_command},
	{"replay", "replay traces through the pager: faults and their cycles",
		replay_command},
	{"curve", "faults at every memory size, of LRU and of OPT, in one pass",
		curve_command},
	{"tune", "find what a program should tell its pager", tune_command},
	{"run", "run a real program under the pager", run_command},
	{"costs", "measure what a self-pager of this machine pays",
		costs_command},
	{"policies", "list the policies and what they may be told",
		policies_command},
	{"plot", "draw rows and traces as figures", plot_command},
	{"report", "make one page of HTML of results", report_command},
	{"keep", "run another subcommand, and keep its rows in a result set",
		keep_command},
	{"bench-suite", "record, replay and tune the lab's own workloads",
		bench_suite_command},
	{"sweep", "run all replays of a plan, resumable", sweep_command},
	{"compare", "is one result better or worse than another?",
		compare_command},
	{"physmem", "serve frames to the processes that connect",
		physmem_command},
};

static void print_usage(FILE *stream)
{
	fputs("Usage: selfpage SUBCOMMAND [OPTION...] [ARGUMENT...]\n"
	      "       selfpage SUBCOMMAND --help\n"
	      "       selfpage --help | --version\n",
		stream);
}

static void print_help(void)
{
	print_usage(stdout);
	puts("\nRecords which pages programs touch, and replays that through "
	     "a\n"
	     "self-pager at any memory size and with any replacement policy,\n"
	     "beside the best that any policy can do.\n\n"
	     "Subcommands:");
	for (size_t i = 0; i < LENGTH_OF(commands); i++)
		printf("  %-11s %s\n", commands[i].name, commands[i].summary);
	puts("\nExamples:\n"
	     "  selfpage record -o sort.spt -- sort -o /dev/null FILE\n"
	     "  selfpage info sort.spt\n"
	     "  selfpage replay sort.spt --policy lru,clock,opt "
	     "--frames 10%,50%\n"
	     "  selfpage replay sort.spt --policy lru,opt --frames 64,128,256 "
	     "\\\n"
	     "      --format csv >rows.csv\n"
	     "  selfpage plot rows.csv\n\n"
	     "Exit status: 0 done, 1 the work failed, 2 the call was wrong.\n"
	     "'man selfpage' tells more.");
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < LENGTH_OF(commands); i++)
		if (strcmp(name, commands[i].name) == 0)
			return &commands[i];
	return NULL;
}

static int refuse_command(const char *typed)
{
	const char *names[LENGTH_OF(commands)];
	const char *nearest;

	for (size_t i = 0; i < LENGTH_OF(commands); i++)
		names[i] = commands[i].name;
	nearest = nearest_name(typed, names, LENGTH_OF(names));
	fprintf(stderr, "selfpage: there is no %s '%s'",
		typed[0] == '-' ? "option" : "subcommand", typed);
	if (nearest)
		fprintf(stderr, "; did you mean '%s'?", nearest);
	fputs("\nTry 'selfpage --help'.\n", stderr);
	return 2;
}

/* A subcommand is called as if it were a program named "selfpage NAME". */
static int call_command(const char *typed, int argc, char **argv)
{
	const struct command *command = find_command(typed);
	char name[32];

	if (!command)
		return refuse_command(typed);
	snprintf(name, sizeof(name), "selfpage %s", command->name);
	argv[0] = name;
	return command->run(argc, argv);
}

static int show_help(const char *typed)
{
	char option[] = "--help";
	char *argv[] = {NULL, option, NULL};

	if (typed)
		return call_command(typed, 2, argv);
	print_help();
	return 0;
}

/*
 * At exit, since argp ends the program itself after --help.  Output that a
 * full disk swallowed must not look like success.  A stream that was closed
 * from the start (>&-) is an error only for what was written to it.
 */
static void close_output(void)
{
	bool pending = __fpending(stdout) > 0;
	bool failed = ferror(stdout);

	errno = 0;
	if (fclose(stdout) != 0 && (pending || errno != EBADF))
		failed = true;
	if (!failed)
		return;
	fprintf(stderr, "selfpage: cannot write standard output: %s\n",
		strerror(errno ? errno : EIO));
	_exit(1);
}

int main(int argc, char **argv)
{
	atexit(close_output);
	argp_err_exit_status = 2;
	argp_program_version = PACKAGE_STRING;
	if (argc < 2) {
		print_usage(stderr);
		return 2;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return show_help(NULL);
	if (strcmp(argv[1], "help") == 0)
		return show_help(argc > 2 ? argv[2] : NULL);
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		puts(PACKAGE_STRING);
		return 0;
	}
	return call_command(argv[1], argc - 1, argv + 1);
}
