/* Lists of policies with parameters: see policy-spec.h. */
#include "replay/policy-spec.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/nearest.h"
#include "cli/number.h"
#include "replay/variable.h"

enum { NAMES_MAX = 128, LIST_MAX = 768 };

static unsigned parameters_count(const struct policy_ops *ops)
{
	unsigned i = 0;

	while (ops->parameters && ops->parameters[i].name)
		i++;
	return i;
}

static const struct policy_parameter *find_parameter(
	const struct policy_ops *ops, const char *name, size_t length)
{
	unsigned count = parameters_count(ops);
	unsigned i;

	for (i = 0; i < count; i++)
		if (strlen(ops->parameters[i].name) == length &&
			!memcmp(ops->parameters[i].name, name, length))
			return &ops->parameters[i];
	return NULL;
}

struct policy_spec policy_spec_plain(const struct policy_ops *ops)
{
	struct policy_spec spec = {.ops = ops, .seed = POLICY_SEED};
	unsigned count = parameters_count(ops);
	unsigned i;

	snprintf(spec.text, sizeof(spec.text), "%s", ops->name);
	for (i = 0; i < count; i++)
		spec.values[i] = ops->parameters[i].value;
	return spec;
}

void policy_spec_write(const struct policy_parameter *parameter, double value,
	char *text, size_t bytes)
{
	if (parameter->unit == POLICY_FLAG)
		snprintf(text, bytes, "%s", value ? "on" : "off");
	else if (parameter->unit == POLICY_SHARE)
		snprintf(text, bytes, "%.10g%%", 100 * value);
	else
		snprintf(text, bytes, "%.10g", value);
}

static int unknown_policy(const char *name, struct message *message)
{
	const char *names[NAMES_MAX];
	char list[LIST_MAX] = "";
	const char *near;
	size_t used = 0;
	unsigned i;

	for (i = 0; any_policy_at(i) && i < NAMES_MAX; i++) {
		names[i] = any_policy_at(i)->name;
		if (used < sizeof(list))
			used += snprintf(list + used, sizeof(list) - used,
				"%s%s", i ? ", " : "", names[i]);
	}
	near = nearest_name(name, names, i);
	if (near)
		return message_set(message, -EINVAL,
			"there is no policy '%s'; did you mean %s? There are "
			"%s",
			name, near, list);
	return message_set(message, -EINVAL,
		"there is no policy '%s'; there are %s", name, list);
}

static int unknown_parameter(const struct policy_spec *spec, const char *name,
	struct message *message)
{
	const struct policy_ops *ops = spec->ops;
	unsigned count = parameters_count(ops);
	char list[LIST_MAX] = "";
	size_t used = 0;
	unsigned i;

	for (i = 0; i < count && used < sizeof(list); i++)
		used += snprintf(list + used, sizeof(list) - used, "%s%s",
			i ? ", " : "", ops->parameters[i].name);
	if (ops->draws && used < sizeof(list))
		snprintf(list + used, sizeof(list) - used, "%sseed",
			used ? ", " : "");
	if (!*list)
		return message_set(message, -EINVAL,
			"%s has no parameters, and so no '%.*s'", ops->name,
			(int)strcspn(name, "="), name);
	return message_set(message, -EINVAL,
		"%s has no parameter '%.*s'; it has %s", ops->name,
		(int)strcspn(name, "="), name, list);
}

static int bad_value(const struct policy_ops *ops,
	const struct policy_parameter *parameter, const char *value,
	struct message *message)
{
	char least[32], most[32];

	if (parameter->unit == POLICY_FLAG)
		return message_set(message, -EINVAL,
			"%s: %s=%s is not 0 or 1 (%s)", ops->name,
			parameter->name, value, parameter->about);
	policy_spec_write(parameter, parameter->least, least, sizeof(least));
	policy_spec_write(parameter, parameter->most, most, sizeof(most));
	return message_set(message, -EINVAL,
		"%s: %s=%s is not a%s from %s to %s (%s)", ops->name,
		parameter->name, value,
		parameter->unit == POLICY_SHARE	  ? " share"
		: parameter->unit == POLICY_COUNT ? " whole number"
						  : " number",
		least, most, parameter->about);
}

/* VALUE: what follows the '='; "1" of a flag without one. */
static int set_value(struct policy_spec *spec,
	const struct policy_parameter *parameter, const char *value,
	struct message *message)
{
	enum policy_unit unit = parameter->unit;
	bool percent, whole = unit == POLICY_COUNT || unit == POLICY_FLAG;
	double number;

	if (number_parse_real(value, &number, &percent) ||
		(percent && unit != POLICY_SHARE) ||
		(whole && number != floor(number)) ||
		number < parameter->least || number > parameter->most)
		return bad_value(spec->ops, parameter, value, message);
	spec->values[parameter - spec->ops->parameters] = number;
	return 0;
}

/* ITEM is NAME=VALUE, or NAME of a flag. */
static int set_parameter(
	struct policy_spec *spec, const char *item, struct message *message)
{
	const char *equals = strchr(item, '=');
	size_t length = strcspn(item, "=");
	const struct policy_parameter *parameter =
		find_parameter(spec->ops, item, length);

	if (!parameter && equals && spec->ops->draws && length == 4 &&
		!memcmp(item, "seed", 4)) {
		if (number_parse(equals + 1, &spec->seed) || !spec->seed)
			return message_set(message, -EINVAL,
				"%s: %s is not a whole number of at least 1",
				spec->ops->name, item);
		return 0;
	}
	if (!parameter)
		return unknown_parameter(spec, item, message);
	if (equals)
		return set_value(spec, parameter, equals + 1, message);
	if (parameter->unit != POLICY_FLAG)
		return message_set(message, -EINVAL,
			"%s: %s wants a value: %s=...", spec->ops->name, item,
			item);
	return set_value(spec, parameter, "1", message);
}

/* A flag of the policy before it, which is otherwise the next policy. */
static bool is_flag(const struct policy_spec *spec, const char *item)
{
	const struct policy_parameter *parameter =
		find_parameter(spec->ops, item, strlen(item));

	return parameter && parameter->unit == POLICY_FLAG;
}

/* Sets ITEM, and notes it in the text after SEPARATOR. */
static int add_parameter(struct policy_spec *spec, char separator,
	const char *item, struct message *message)
{
	size_t used = strlen(spec->text);
	int error = set_parameter(spec, item, message);

	if (error)
		return error;
	if (used + 1 + strlen(item) >= sizeof(spec->text))
		return message_set(message, -EINVAL,
			"%s: its parameters are longer than %d letters",
			spec->ops->name, POLICY_TEXT_MAX - 1);
	snprintf(spec->text + used, sizeof(spec->text) - used, "%c%s",
		separator, item);
	return 0;
}

/* ITEM is NAME or NAME:PARAMETER. */
static int start_policy(
	char *item, struct policy_spec *spec, struct message *message)
{
	char *first = strchr(item, ':');
	const struct policy_ops *ops;

	if (first)
		*first++ = '\0';
	ops = any_policy_find(item);
	if (!ops)
		return unknown_policy(item, message);
	*spec = policy_spec_plain(ops);
	return first ? add_parameter(spec, ':', first, message) : 0;
}

static int parse_items(char *rest, struct policy_spec *specs,
	unsigned *count_out, struct message *message)
{
	struct policy_spec *last = NULL;
	char *item;
	int error = 0;

	while (!error && (item = strsep(&rest, ","))) {
		/* a '=' before any ':' */
		bool is_value = item[strcspn(item, "=:")] == '=';

		if (is_value && !last)
			error = message_set(message, -EINVAL,
				"'%s' is a parameter of which policy?", item);
		else if (is_value || (last && is_flag(last, item)))
			error = add_parameter(last,
				strchr(last->text, ':') ? ',' : ':', item,
				message);
		else {
			last = &specs[(*count_out)++];
			error = start_policy(item, last, message);
		}
	}
	return error;
}

int policy_spec_parse(const char *text, struct policy_spec **specs_out,
	unsigned *count_out, struct message *message)
{
	struct policy_spec *specs;
	char *copy = strdup(text);
	unsigned most = 1;
	int error;
	size_t i;

	for (i = 0; text[i]; i++)
		most += text[i] == ',';
	specs = calloc(most, sizeof(*specs));
	*count_out = 0;
	if (copy && specs)
		error = parse_items(copy, specs, count_out, message);
	else
		error = message_set(message, -ENOMEM, "too little memory");
	free(copy);
	if (error)
		free(specs);
	else
		*specs_out = specs;
	return error;
}
