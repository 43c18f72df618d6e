/* selfpage compare: two results side by side; is the second one worse? */
#include <argp.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "cli/command.h"
#include "cli/number.h"
#include "cli/rows.h"
#include "results/columns.h"
#include "results/compare.h"

enum { KEY_FORMAT = 1000, KEY_COUNTS, KEY_COLUMNS };

struct options {
	enum rows_format format;
	double times, counts;
	bool all, list_columns;
	const char *input[2];
	int inputs_count;
};

static const struct argp_option argp_options[] = {
	{"all", 'a', NULL, 0, "print what is the same as well", 0},
	{"threshold", 't', "SHARE", 0,
		"by how much a time must be longer to be worse (default 3%)",
		0},
	{"counts-threshold", KEY_COUNTS, "SHARE", 0,
		"by how much a count must be larger to be worse (default 0%)",
		0},
	{"columns", KEY_COLUMNS, NULL, 0,
		"list the columns of rows, with their units, and how they are "
		"compared",
		0},
	{"format", KEY_FORMAT, "FORMAT", 0, COMMAND_FORMATS, 0},
	{0},
};

/* "3%" or "0.03". */
static double parse_share(
	const char *option, const char *text, struct argp_state *state)
{
	double share = 0;
	bool percent;

	if (number_parse_real(text, &share, &percent))
		argp_error(state,
			"--%s: '%s' is not a share: expected 3%% or 0.03",
			option, text);
	return share;
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'a':
		options->all = true;
		break;
	case 't':
		options->times = parse_share("threshold", text, state);
		break;
	case KEY_COUNTS:
		options->counts = parse_share("counts-threshold", text, state);
		break;
	case KEY_COLUMNS:
		options->list_columns = true;
		break;
	case KEY_FORMAT:
		options->format = command_parse_format(text, state);
		break;
	case ARGP_KEY_ARG:
		if (options->inputs_count == 2)
			argp_error(
				state, "two results, not '%s' as well", text);
		options->input[options->inputs_count++] = text;
		break;
	case ARGP_KEY_END:
		if (options->inputs_count < 2 && !options->list_columns)
			argp_error(state, "expected two results: A and B");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	argp_options,
	parse_option,
	"A B",
	"Compares two results, files of rows or folders of such files: which "
	"rows of B differ from A's.  Counts are compared exactly, as they are "
	"the same on every run.  Times are compared by all repetitions: rows "
	"for the same trace, policy and memory size.\vThe exit status is 1 if "
	"B is worse: a count or a time is larger by more than the threshold, a "
	"count differs from one repetition to the next, or a row of A is not "
	"in B.\n\n"
	"A time is worse if the interval of the ratio of B's to A's lies past "
	"the threshold.  Intervals are of ranks (Hodges and Lehmann), so wide "
	"that of 100 comparisons of the same with the same one says otherwise. "
	"Row by row that takes ten repetitions or more; the lines with no "
	"trace are of all rows together, and see smaller changes.  On machines "
	"that others use, run A and B in turn.\n\n"
	"Examples:\n"
	"  selfpage compare before.csv after.csv\n"
	"  for i in 1 2 3 4 5 6 7 8 9 10; do\n"
	"      old/selfpage replay T.spt --format csv >>a.csv\n"
	"      new/selfpage replay T.spt --format csv >>b.csv\n"
	"  done; selfpage compare --threshold 5% a.csv b.csv\n"
	"  selfpage compare --columns",
	NULL,
	NULL,
	NULL,
};

static int list_columns(enum rows_format format)
{
	static const struct rows_column columns[] = {
		{"column", "column", 23, true},
		{"unit", "unit", 12, true},
		{"compared", "compared", 8, true},
		{"about", "about", 0, true},
	};
	const struct column *column;
	struct rows *rows;
	unsigned i;
	int error = rows_start(stdout, format, columns, 4, &rows);

	for (i = 0; !error && (column = column_at(i)); i++) {
		rows_text(rows, column->name);
		if (*column->unit)
			rows_text(rows, column->unit);
		else
			rows_none(rows);
		rows_text(rows, column_kind_name(column->kind));
		rows_text(rows, column->about);
		error = rows_end(rows);
	}
	return !error && !rows_finish(rows)
		       ? 0
		       : command_fail(1, "compare", "the list: %s",
				 strerror(error ? -error : EIO));
}

/* ---- the comparison ---- */

static const struct rows_column columns[] = {
	{"trace", "trace", 12, true},
	{"policy", "policy", 9, true},
	{"frames", "frames", 9, false},
	{"column", "column", 22, true},
	{"a", "A", 12, false},
	{"b", "B", 12, false},
	{"ratio", "B/A", 6, false},
	{"low", "low", 6, false},
	{"high", "high", 6, false},
	{"a_repetitions", NULL, 0, false},
	{"b_repetitions", NULL, 0, false},
	{"verdict", "verdict", 9, true},
};

struct told {
	const struct options *options;
	const struct rowset *a, *b;
	struct rows *rows;
	size_t verdicts[2][VERDICTS]; /* of counts and rows; of times */
	int error;
};

static bool is_time(const struct comparison *comparison)
{
	return comparison->column && comparison->column->kind == COLUMN_TIME;
}

static void add_cell(struct rows *rows, const char *text)
{
	if (*text)
		rows_text(rows, text);
	else
		rows_none(rows);
}

static void add_name(struct told *told, const struct comparison *comparison)
{
	static const char *const names[] = {"trace", "policy", "frames"};
	const struct rowset *set = comparison->in_b ? told->b : told->a;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		add_cell(told->rows,
			comparison->key
				? rowset_cell(set, comparison->row, names[i])
				: "");
	add_cell(
		told->rows, comparison->column ? comparison->column->name : "");
}

static void add_ratio(struct rows *rows, const struct comparison *comparison)
{
	const struct ratio *ratio = &comparison->ratio;

	if (!is_time(comparison)) {
		if (comparison->a > 0)
			rows_real(rows, comparison->b / comparison->a, 4);
		else
			rows_none(rows);
		rows_none(rows);
		rows_none(rows);
		return;
	}
	rows_real(rows, ratio->middle, 4);
	if (isfinite(ratio->high)) {
		rows_real(rows, ratio->low, 4);
		rows_real(rows, ratio->high, 4);
	} else {
		rows_none(rows);
		rows_none(rows);
	}
}

static void tell(void *context, const struct comparison *comparison)
{
	struct told *told = context;
	struct rows *rows = told->rows;
	int decimals = is_time(comparison) ? 1 : 0;

	told->verdicts[is_time(comparison)][comparison->verdict]++;
	if (told->error || (comparison->verdict == SAME && comparison->key &&
				   !told->options->all))
		return;
	add_name(told, comparison);
	if (comparison->column) {
		rows_real(rows, comparison->a, decimals);
		rows_real(rows, comparison->b, decimals);
		add_ratio(rows, comparison);
		rows_count(rows, comparison->a_count);
		rows_count(rows, comparison->b_count);
	} else {
		for (int i = 0; i < 7; i++)
			rows_none(rows);
	}
	rows_text(rows, compare_verdict_name(comparison->verdict));
	told->error = rows_end(rows);
}

static size_t worse(const struct told *told)
{
	const size_t *counts = told->verdicts[0];

	return counts[WORSE] + counts[UNSTEADY] + counts[ONLY_A] +
	       told->verdicts[1][WORSE];
}

static void sum_up(const struct told *told)
{
	const size_t *counts = told->verdicts[0], *times = told->verdicts[1];

	fprintf(stderr,
		"counts: %zu the same, %zu worse, %zu better, %zu otherwise "
		"different, %zu unsteady\n"
		"times: %zu the same, %zu worse, %zu better\n",
		counts[SAME], counts[WORSE], counts[BETTER], counts[DIFFERENT],
		counts[UNSTEADY], times[SAME], times[WORSE], times[BETTER]);
	if (counts[ONLY_A] || counts[ONLY_B])
		fprintf(stderr, "rows: %zu only in A, %zu only in B\n",
			counts[ONLY_A], counts[ONLY_B]);
}

static int compare_sets(const struct options *options, struct told *told)
{
	struct compare_config config = {
		.times = options->times,
		.counts = options->counts,
		.error = 0.01,
		.each = tell,
		.context = told,
	};
	struct message message;
	int error = rows_start(stdout, options->format, columns,
		sizeof(columns) / sizeof(columns[0]), &told->rows);

	if (error)
		return command_fail(1, "compare", "%s", strerror(-error));
	error = compare_rowsets(told->a, told->b, &config, &message);
	if (!told->error)
		told->error = rows_finish(told->rows);
	if (error)
		return command_fail(1, "compare", "%s", message.text);
	if (told->error)
		return command_fail(1, "compare", "standard output: %s",
			strerror(-told->error));
	sum_up(told);
	return worse(told) ? 1 : 0;
}

int compare_command(int argc, char **argv)
{
	struct options options = {.times = 0.03};
	struct told told = {.options = &options};
	struct rowset a, b;
	struct message message;
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &options);
	if (options.list_columns)
		return list_columns(options.format);
	if (rowset_read(options.input[0], &a, &message))
		return command_fail(1, "compare", "%s", message.text);
	if (rowset_read(options.input[1], &b, &message)) {
		rowset_free(&a);
		return command_fail(1, "compare", "%s", message.text);
	}
	told.a = &a;
	told.b = &b;
	status = compare_sets(&options, &told);
	rowset_free(&a);
	rowset_free(&b);
	return status;
}
