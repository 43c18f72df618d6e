/* The costs of a self-pager: see costs.h. */
#include "replay/costs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/number.h"

enum { COSTS = 4, LINE_MAX = 256 };

static const char *const names[COSTS] = {
	"c_hard", "c_writeback", "c_soft", "c_scan"};

static double *cost_of(struct costs *costs, int index)
{
	double *const all[COSTS] = {
		&costs->hard, &costs->writeback, &costs->soft, &costs->scan};

	return all[index];
}

/* LINE without its comment is NAME NS or blank. */
static int read_line(char *line, struct costs *out, bool has[COSTS])
{
	char *rest = line, *name, *value, *more;
	bool percent;
	int i;

	line[strcspn(line, "#\n")] = '\0';
	name = strtok_r(rest, " \t", &rest);
	if (!name)
		return 0;
	value = strtok_r(NULL, " \t", &rest);
	more = strtok_r(NULL, " \t", &rest);
	for (i = 0; i < COSTS; i++)
		if (!strcmp(name, names[i]))
			break;
	if (i == COSTS || has[i] || !value || more ||
		number_parse_real(value, cost_of(out, i), &percent) || percent)
		return -EINVAL;
	has[i] = true;
	return 0;
}

static int read_lines(FILE *file, const char *path, struct costs *out,
	struct message *message)
{
	bool has[COSTS] = {false};
	char line[LINE_MAX];
	unsigned number = 0;
	int i;

	while (fgets(line, sizeof(line), file)) {
		number++;
		if (read_line(line, out, has))
			return message_set(message, -EINVAL,
				"%s:%u: expected one of c_hard, c_writeback, "
				"c_soft, c_scan, each once, and its "
				"nanoseconds",
				path, number);
	}
	if (ferror(file))
		return message_set(message, -EIO, "%s: cannot be read", path);
	for (i = 0; i < COSTS; i++)
		if (!has[i])
			return message_set(message, -EINVAL,
				"%s:%u: it ends without %s", path, number,
				names[i]);
	return 0;
}

int costs_load(const char *path, struct costs *out, struct message *message)
{
	FILE *file = fopen(path, "re");
	int error;

	if (!file)
		return message_set(
			message, -errno, "%s: %s", path, strerror(errno));
	error = read_lines(file, path, out, message);
	fclose(file);
	return error;
}

static double soft_faults(const struct replay_result *result)
{
	return (double)result->soft_faults + result->harvested;
}

/* Pages that were unmapped to see whether they are used: those whose bit was
 * read, and those that the policy unmapped and that did not leave. */
static double scans(const struct replay_result *result)
{
	return (double)result->scanned + result->soft_faults;
}

static double writes(const struct replay_result *result)
{
	return (double)result->writebacks + result->cleaned;
}

double costs_total(const struct costs *costs,
	const struct replay_result *result, double cycle_ns)
{
	return result->hard_faults * costs->hard +
	       writes(result) * costs->writeback +
	       soft_faults(result) * costs->soft + scans(result) * costs->scan +
	       result->phase[PHASE_VICTIM] * result->faults * cycle_ns;
}

bool costs_break_even(const struct costs *costs,
	const struct replay_result *result, const struct replay_result *other,
	double *ratio_out)
{
	double more_soft = soft_faults(result) - soft_faults(other);
	double saved = (double)other->hard_faults - result->hard_faults;

	if (more_soft <= 0)
		return false;
	if (costs && costs->hard > 0)
		saved += ((writes(other) - writes(result)) * costs->writeback +
				 (scans(other) - scans(result)) * costs->scan) /
			 costs->hard;
	*ratio_out = saved / more_soft;
	return true;
}
