/* selfpage policies: what there is, and what each may be told. */
#include <argp.h>
#include <string.h>

#include "cli/command.h"
#include "cli/rows.h"
#include "replay/policy-spec.h"
#include "replay/variable.h"

enum { KEY_FORMAT = 1000, TEXT_MAX = 1024, COST_MAX = 64 };

static const struct rows_column columns[] = {
	{"policy", "policy", 9, true},
	{"class", "class", 20, true},
	{"stack", "stack", 5, true},
	{"about", "evicts", 58, true},
	{"parameters", "parameters", 0, true},
	{"cost", "memory", 0, true},
	{"takes_hints", NULL, 0, true},
	{"paper", "paper", 0, true},
	{"space", NULL, 0, true},
};

struct options {
	enum rows_format format;
	char **names;
	int names_count;
};

static const struct argp_option argp_options[] = {
	{"format", KEY_FORMAT, "FORMAT", 0, COMMAND_FORMATS, 0},
	{0},
};

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case KEY_FORMAT:
		options->format = command_parse_format(text, state);
		break;
	case ARGP_KEY_ARGS:
		options->names = state->argv + state->next;
		options->names_count = state->argc - state->next;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	argp_options,
	parse_option,
	"[POLICY...]",
	"Lists the policies (or those named): what each evicts, what it may "
	"know, whether it is a stack algorithm, its parameters, its cost in "
	"memory, its paper."
	"\vExamples:\n"
	"  selfpage policies\n"
	"  selfpage policies lru clock\n"
	"  selfpage policies --format csv\n"
	"\n"
	"The class tells what a policy knows: oracle (the future), "
	"sees-every-reference (as a simulator can), realisable (faults, and "
	"the referenced bits that it pays for).  Parameters are given after "
	"the policy's name:  --policy NAME:PARAMETER=VALUE,PARAMETER=VALUE",
	NULL,
	NULL,
	NULL,
};

/* "kin=25% (1% to 100%: queue of new pages); ..." */
static void write_parameters(
	const struct policy_ops *ops, char *text, size_t bytes)
{
	const struct policy_parameter *parameter = ops->parameters;
	char value[32], least[32], most[32];
	size_t used = 0;

	*text = '\0';
	for (; parameter && parameter->name && used < bytes; parameter++) {
		policy_spec_write(
			parameter, parameter->value, value, sizeof(value));
		policy_spec_write(
			parameter, parameter->least, least, sizeof(least));
		policy_spec_write(
			parameter, parameter->most, most, sizeof(most));
		used += snprintf(text + used, bytes - used,
			"%s%s=%s (%s to %s: %s)", used ? "; " : "",
			parameter->name, value, least, most, parameter->about);
	}
	if (ops->draws && used < bytes)
		snprintf(text + used, bytes - used,
			"%sseed=%d (1 and more: of the lots it draws)",
			used ? "; " : "", POLICY_SEED);
}

static int add_row(struct rows *rows, const struct policy_ops *ops)
{
	char parameters[TEXT_MAX], cost[COST_MAX];

	write_parameters(ops, parameters, sizeof(parameters));
	rows_text(rows, ops->name);
	rows_text(rows, policy_class_name(ops->knows));
	rows_text(rows, ops->is_stack ? "yes" : "no");
	rows_text(rows, ops->about);
	if (*parameters)
		rows_text(rows, parameters);
	else
		rows_none(rows);
	snprintf(cost, sizeof(cost), "%u bytes a %s", ops->frame_bytes,
		variable_of(ops) ? "page of the trace" : "frame");
	rows_text(rows, cost);
	rows_text(rows, ops->takes_hints ? "yes" : "no");
	if (ops->paper)
		rows_text(rows, ops->paper);
	else
		rows_none(rows);
	rows_text(rows, variable_of(ops) ? "variable" : "fixed");
	return rows_end(rows);
}

/* All names must be policies before a row is written. */
static bool names_are_known(const struct options *options)
{
	int i;

	for (i = 0; i < options->names_count; i++)
		if (!any_policy_find(options->names[i])) {
			command_fail(2, "policies",
				"there is no policy '%s'; without a name, all "
				"are listed",
				options->names[i]);
			return false;
		}
	return true;
}

int policies_command(int argc, char **argv)
{
	struct options options = {.format = ROWS_AUTO};
	struct rows *rows;
	unsigned i;
	int error, finish;

	argp_parse(&argp, argc, argv, 0, NULL, &options);
	if (!names_are_known(&options))
		return 2;
	error = rows_start(stdout, options.format, columns,
		sizeof(columns) / sizeof(columns[0]), &rows);
	if (error)
		return command_fail(1, "policies", "%s", strerror(-error));
	for (i = 0; !error && i < (unsigned)options.names_count; i++)
		error = add_row(rows, any_policy_find(options.names[i]));
	for (i = 0; !error && !options.names_count && any_policy_at(i); i++)
		error = add_row(rows, any_policy_at(i));
	finish = rows_finish(rows);
	if (!error)
		error = finish;
	if (error)
		return command_fail(
			1, "policies", "standard output: %s", strerror(-error));
	return 0;
}
