/*
 * selfpage plot: rows of replays become figures.  It reads the rows only, and
 * runs no simulation.
 */
#include "config.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/command.h"
#include "plots/csv.h"
#include "plots/figures.h"
#include "plots/points.h"

#define SCRIPTS_VARIABLE "SELFPAGE_PLOTS"

struct options {
	const char *folder; /* -o, or NULL */
	unsigned kinds;	    /* set of enum figure_kind */
	char **inputs;
	int inputs_count;
};

static const struct argp_option plot_options[] = {
	{"output", 'o', "DIR", 0,
		"put the pictures into DIR, which is made if need be "
		"(otherwise: beside the first RESULTS)",
		0},
	{"figures", 'f', "LIST", 0,
		"draw these only, of: faults (fault rate over memory size), "
		"cycles (cycles per fault by phase), overview (the fault "
		"rates of all traces)",
		0},
	{0},
};

static int parse_kinds(const char *list, unsigned *out)
{
	static const struct {
		const char *name;
		enum figure_kind kind;
	} kinds[] = {{"faults", FIGURE_FAULTS}, {"cycles", FIGURE_CYCLES},
		{"overview", FIGURE_OVERVIEW}};
	size_t i;

	*out = 0;
	for (;;) {
		size_t length = strcspn(list, ",");

		for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
			if (strncmp(kinds[i].name, list, length) == 0 &&
				kinds[i].name[length] == '\0')
				break;
		if (i == sizeof(kinds) / sizeof(kinds[0]))
			return -EINVAL;
		*out |= kinds[i].kind;
		if (!list[length])
			return 0;
		list += length + 1;
	}
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'o':
		options->folder = argument;
		return 0;
	case 'f':
		if (parse_kinds(argument, &options->kinds) == 0)
			return 0;
		argp_error(state,
			"--figures '%s': expected a list of faults, cycles "
			"and overview",
			argument);
		return EINVAL;
	case ARGP_KEY_ARGS:
		options->inputs = state->argv + state->next;
		options->inputs_count = state->argc - state->next;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "no RESULTS: expected the rows of 'selfpage "
				  "replay --format csv'");
		return EINVAL;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp plot_argp = {
	.options = plot_options,
	.parser = parse_option,
	.args_doc = "RESULTS...",
	.doc = "Draw the rows of replays as figures: PNG for papers and pages, "
	       "SVG for the screen, where the pointer shows values."
	       "\vRESULTS are files as 'selfpage replay --format csv' writes "
	       "them, folders of such files (*.csv), or '-' for standard "
	       "input.  The pictures made are listed on standard output.\n\n"
	       "Examples:\n"
	       "  selfpage plot rows.csv\n"
	       "  selfpage plot -o figures results/demo\n"
	       "  selfpage replay sort.spt --policy lru,opt --frames "
	       "64,128,256 --format csv | selfpage plot -\n\n"
	       "gnuplot draws (package gnuplot-nox).",
};

struct reading {
	struct points *points;
	struct message *message;
};

static int read_file(void *context, const char *path)
{
	struct reading *reading = context;

	return points_read(path, reading->points, reading->message);
}

static bool is_folder(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static int read_inputs(const struct options *options, struct points *points,
	struct message *message)
{
	struct reading reading = {points, message};
	int error = 0;

	for (int i = 0; i < options->inputs_count && !error; i++)
		error = csv_each_file(
			options->inputs[i], read_file, &reading, message);
	return error;
}

/* Where the pictures go: to be freed; NULL without memory. */
static char *choose_folder(const struct options *options)
{
	const char *first = options->inputs[0];
	const char *slash = strrchr(first, '/');

	if (options->folder)
		return strdup(options->folder);
	if (is_folder(first))
		return strdup(first);
	if (!slash)
		return strdup(".");
	return slash == first ? strdup("/")
			      : strndup(first, (size_t)(slash - first));
}

static int prepare_folder(const char *folder, struct message *message)
{
	if (mkdir(folder, 0777) != 0 && errno != EEXIST)
		return message_set(message, -errno, "%s: cannot make: %s",
			folder, strerror(errno));
	if (!is_folder(folder))
		return message_set(
			message, -ENOTDIR, "%s: is not a folder", folder);
	if (access(folder, W_OK | X_OK) != 0)
		return message_set(message, -errno, "%s: cannot write: %s",
			folder, strerror(errno));
	return 0;
}

/*
 * Where the gnuplot scripts are: what the variable says; the source tree, for
 * the command where it was built; or where `make install` put them.
 */
static const char *find_scripts(void)
{
	const char *folder = getenv(SCRIPTS_VARIABLE);
	char program[4096];
	ssize_t length;

	if (folder && *folder)
		return folder;
	length = readlink("/proc/self/exe", program, sizeof(program) - 1);
	if (length > 0) {
		program[length] = '\0';
		if (strcmp(program, PLOTS_BUILT_PROGRAM) == 0)
			return PLOTS_SOURCE_DIR;
	}
	return PLOTS_INSTALLED_DIR;
}

static int check_scripts(const char *scripts, struct message *message)
{
	char *path;
	int error = 0;

	if (asprintf(&path, "%s/draw.gp", scripts) < 0)
		return message_set(message, -ENOMEM, "not enough memory");
	if (access(path, R_OK) != 0)
		error = message_set(message, -errno,
			"%s: %s: expected the gnuplot scripts there; run "
			"'make install', or set " SCRIPTS_VARIABLE,
			path, strerror(errno));
	free(path);
	return error;
}

static int plan(const struct options *options, const struct points *points,
	struct figures *figures, struct message *message)
{
	char *folder = choose_folder(options);
	int error = folder ? prepare_folder(folder, message)
			   : message_set(message, -ENOMEM, "not enough memory");

	if (!error && figures_plan(points, options->kinds, folder, figures))
		error = message_set(message, -ENOMEM, "not enough memory");
	free(folder);
	if (!error && figures->count == 0)
		error = message_set(message, -EINVAL,
			"nothing to draw: cycles want the columns "
			"cycles_per_fault_p50 and %s to %s, an overview "
			"wants more than one trace",
			points_phase_column(0),
			points_phase_column(PHASES_COUNT - 1));
	return error;
}

static void print_figures(const struct figures *figures)
{
	for (unsigned i = 0; i < figures->count; i++)
		printf("%s.png\n%s.svg\n", figures->figures[i].path,
			figures->figures[i].path);
}

int plot_command(int argc, char **argv)
{
	struct options options = {
		.kinds = FIGURE_FAULTS | FIGURE_CYCLES | FIGURE_OVERVIEW};
	struct points points = {0};
	struct figures figures = {0};
	struct message message = {0};
	const char *scripts = find_scripts();
	int error;

	argp_parse(&plot_argp, argc, argv, 0, NULL, &options);
	error = check_scripts(scripts, &message);
	error = error ? error : read_inputs(&options, &points, &message);
	error = error ? error : plan(&options, &points, &figures, &message);
	error = error ? error : figures_draw(&figures, scripts, &message);
	if (!error)
		print_figures(&figures);
	figures_free(&figures);
	points_free(&points);
	return error ? command_fail(1, "plot", "%s", message.text) : 0;
}
