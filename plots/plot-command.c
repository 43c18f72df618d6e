/* selfpage plot: rows and traces become figures. */
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

#define SCRIPTS_VARIABLE "SELFPAGE_PLOTS"

#define ALL_KINDS ((1u << FIGURE_KINDS) - 1)

struct options {
	const char *folder; /* -o, or NULL */
	unsigned kinds;	    /* set of 1 << enum figure_kind */
	unsigned formats;   /* set of 1 << enum figure_format */
	bool column;
	const char *policies; /* --policy, or NULL */
	struct map_options map;
	struct frames_spec *frames;
	unsigned frames_count;
	char **inputs;
	int inputs_count;
};

enum { KEY_ONLY = 1000, KEY_FORMAT, KEY_COLUMN };

static const struct argp_option plot_options[] = {
	{"output", 'o', "DIR", 0,
		"Put the pictures into DIR, which is made if need be "
		"(otherwise: beside the first RESULTS)",
		0},
	{"format", KEY_FORMAT, "LIST", 0,
		"Of png (300 dots an inch), svg and pdf (default: png,svg)", 0},
	{"only", KEY_ONLY, "LIST", 0,
		"Draw these only, of: faults, cycles, distribution, map, "
		"overview, policies, hints",
		0},
	{"column", KEY_COLUMN, NULL, 0,
		"88 mm wide, for a column of two, not 180 mm", 0},
	{"frames", 'f', "SIZE", 0,
		"On the map of a trace the faults with so much memory: frames "
		"(1000), bytes (64MiB), a share of its pages (25%)",
		0},
	{"policy", 'p', "LIST", 0,
		"Draw rows of these policies only, each in a colour of its own "
		"(otherwise: of all; the best known, the best and the worst in "
		"colours, the others in grey). On the map of a trace: the "
		"faults of lru (default) or opt on top; below it stand both",
		0},
	{0},
};

/* A list of NAMES: *OUT has a bit for each. */
static int parse_list(
	const char *list, const char *(*name)(unsigned), unsigned *out)
{
	*out = 0;
	for (;;) {
		size_t length = strcspn(list, ",");
		unsigned i = 0;

		while (name(i) && (strlen(name(i)) != length ||
					  memcmp(name(i), list, length) != 0))
			i++;
		if (!name(i))
			return -EINVAL;
		*out |= 1u << i;
		if (!list[length])
			return 0;
		list += length + 1;
	}
}

static void parse_frames(
	struct options *options, const char *text, struct argp_state *state)
{
	command_parse_frames(
		text, &options->frames, &options->frames_count, state);
	if (options->frames_count > 1)
		argp_error(state, "--frames '%s': a map is of one size", text);
	options->map.frames = options->frames;
}

static void parse_word(struct options *options, int key, const char *text,
	struct argp_state *state)
{
	if (key == KEY_ONLY &&
		parse_list(text, figure_kind_name, &options->kinds))
		argp_error(state,
			"--only '%s': expected a list of faults, cycles, "
			"distribution, map, overview, policies and hints",
			text);
	if (key == KEY_FORMAT &&
		parse_list(text, figure_format_name, &options->formats))
		argp_error(state,
			"--format '%s': expected a list of png, svg and pdf",
			text);
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'o':
		options->folder = argument;
		return 0;
	case 'f':
		parse_frames(options, argument, state);
		return 0;
	case 'p':
		options->policies = argument;
		options->map.opt = strcmp(argument, "opt") == 0;
		return 0;
	case KEY_ONLY:
	case KEY_FORMAT:
		parse_word(options, key, argument, state);
		return 0;
	case KEY_COLUMN:
		options->column = true;
		return 0;
	case ARGP_KEY_ARGS:
		options->inputs = state->argv + state->next;
		options->inputs_count = state->argc - state->next;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "no RESULTS: expected the rows of 'selfpage "
				  "replay --format csv', or a trace");
		return EINVAL;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp plot_argp = {
	.options = plot_options,
	.parser = parse_option,
	.args_doc = "RESULTS...",
	.doc = "Draw rows and traces as figures: PNG and PDF for papers, SVG "
	       "for the screen, where a click shows values."
	       "\vRESULTS are files of rows as CSV, folders of such files "
	       "(*.csv, curves/*.csv), traces, or '-' for rows from standard "
	       "input.  What they are is seen by their contents:\n\n"
	       "  rows of replay, curve  NAME-faults: faults over memory, the "
	       "gap between\n"
	       "                         LRU and OPT shaded; of several traces "
	       "overview\n"
	       "  rows of replay         NAME-cycles: cycles per fault by "
	       "phase; with opt,\n"
	       "                         of several traces, policies-SHARE: "
	       "faults\n"
	       "                         relative to OPT's\n"
	       "  replay --distribution  NAME-distribution: how long faults "
	       "took\n"
	       "  rows of tune           hints-SHARE: LRU's faults, those "
	       "with hints, OPT's\n"
	       "  a trace                NAME-map: who touches what when\n\n"
	       "The pictures made are listed on standard output.\n\n"
	       "Examples:\n"
	       "  selfpage plot rows.csv\n"
	       "  selfpage plot -o figures --format pdf results/demo\n"
	       "  selfpage plot --column --policy opt,lru,arc rows.csv\n"
	       "  selfpage plot sort.spt --frames 25%\n"
	       "  selfpage curve sort.spt | selfpage plot -\n"
	       "  selfpage replay sort.spt --policy lru,opt --frames "
	       "64,128,256 --format csv | selfpage plot -\n\n"
	       "gnuplot draws (package gnuplot-nox).",
};

static int read_inputs(const struct options *options, struct material *material,
	struct message *message)
{
	int error = 0;

	for (int i = 0; i < options->inputs_count && !error; i++)
		error = material_read(
			options->inputs[i], &options->map, material, message);
	if (!error && material->maps_count && options->policies &&
		!options->map.opt && strcmp(options->policies, "lru") != 0)
		error = message_set(message, -EINVAL,
			"--policy '%s': the map of a trace shows lru or opt",
			options->policies);
	return error ? error
		     : material_settle(material, options->policies, message);
}

/* Where the pictures go: to be freed; NULL without memory. */
static char *choose_folder(const struct options *options)
{
	const char *first = options->inputs[0];
	const char *slash = strrchr(first, '/');

	if (options->folder)
		return strdup(options->folder);
	if (csv_is_folder(first))
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
	if (!csv_is_folder(folder))
		return message_set(
			message, -ENOTDIR, "%s: is not a folder", folder);
	if (access(folder, W_OK | X_OK) != 0)
		return message_set(message, -errno, "%s: cannot write: %s",
			folder, strerror(errno));
	return 0;
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

static int plan(const struct options *options, const struct material *material,
	struct figures *figures, struct message *message)
{
	char *folder = choose_folder(options);
	struct figures_config config = {
		.kinds = options->kinds,
		.formats = options->formats,
		.column = options->column,
		.folder = folder,
	};
	int error = folder ? prepare_folder(folder, message)
			   : message_set(message, -ENOMEM, "not enough memory");

	if (!error && figures_plan(material, &config, figures))
		error = message_set(message, -ENOMEM, "not enough memory");
	free(folder);
	if (!error && figures->count == 0)
		error = message_set(message, -EINVAL,
			"nothing to draw: cycles want the columns "
			"cycles_per_fault_p50 and %s to %s; an overview wants "
			"more than one trace; policies want more than one with "
			"opt at the same share of their pages; distribution, "
			"hints and map want the rows of replay --distribution, "
			"the rows of tune, and a trace",
			points_phase_column(0),
			points_phase_column(PHASES_COUNT - 1));
	return error;
}

static void print_figures(const struct figures *figures)
{
	for (unsigned i = 0; i < figures->count; i++)
		for (unsigned k = 0; k < FIGURE_FORMATS; k++)
			if (figures->formats & 1u << k)
				printf("%s.%s\n", figures->figures[i].path,
					figure_format_name(k));
}

int plot_command(int argc, char **argv)
{
	struct options options = {.kinds = ALL_KINDS,
		.formats = 1u << FIGURE_PNG | 1u << FIGURE_SVG};
	struct material material = {0};
	struct figures figures = {0};
	struct message message = {0};
	const char *scripts = command_find_data(
		SCRIPTS_VARIABLE, PLOTS_SOURCE_DIR, PLOTS_INSTALLED_DIR);
	int error;

	argp_parse(&plot_argp, argc, argv, 0, NULL, &options);
	error = check_scripts(scripts, &message);
	error = error ? error : read_inputs(&options, &material, &message);
	error = error ? error : plan(&options, &material, &figures, &message);
	error = error ? error : figures_draw(&figures, scripts, &message);
	if (!error)
		print_figures(&figures);
	figures_free(&figures);
	material_free(&material);
	free(options.frames);
	return error ? command_fail(1, "plot", "%s", message.text) : 0;
}
