/* Two results side by side.  See compare.h. */
#include "config.h"

#include "results/compare.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/columns.h"

/* Rows with one key: [first, end). */
struct group {
	const struct rowset *set;
	size_t first, end;
};

struct compare {
	const struct rowset *a, *b;
	const struct compare_config *config;
	struct message *message;
	double error; /* of one interval */
};

static int too_little_memory(struct message *message)
{
	return message_set(message, -ENOMEM, "too little memory");
}

/* The values in COLUMN, to be freed; *COUNT_OUT of them: none if a cell is
 * empty or missing. */
static int read_values(const struct group *group, const struct column *column,
	double **out, size_t *count_out, struct message *message)
{
	size_t count = group->end - group->first, i;
	double *values = malloc(count * sizeof(*values));

	if (!values)
		return too_little_memory(message);
	*count_out = 0;
	for (i = 0; i < count; i++) {
		const char *cell =
			rowset_cell(group->set, group->first + i, column->name);
		char *end;

		if (!*cell)
			break;
		values[i] = strtod(cell, &end);
		if (*end || !isfinite(values[i])) {
			free(values);
			return message_set(message, -EINVAL,
				"%s: column %s: found '%s', expected a number",
				group->set->rows[group->first + i].key,
				column->name, cell);
		}
	}
	*count_out = i == count ? count : 0;
	*out = values;
	return 0;
}

static bool is_steady(const double *values, size_t count)
{
	size_t i;

	for (i = 1; i < count; i++)
		if (values[i] != values[0])
			return false;
	return true;
}

static enum verdict judge_count(const struct compare *compare,
	const struct column *column, double a, double b)
{
	double limit = compare->config->counts;

	if (a == b)
		return SAME;
	if (!column->worse)
		return DIFFERENT;
	if (column->worse > 0 ? b > a * (1 + limit) : b * (1 + limit) < a)
		return WORSE;
	return (column->worse > 0 ? b < a : b > a) ? BETTER : DIFFERENT;
}

static enum verdict judge_time(const struct compare *compare,
	const struct column *column, const struct ratio *ratio)
{
	double limit = 1 + compare->config->times;

	if (ratio->low > limit)
		return column->worse > 0 ? WORSE : BETTER;
	if (ratio->high < 1 / limit)
		return column->worse > 0 ? BETTER : WORSE;
	return SAME;
}

/* The verdict on A's and B's values, which are sorted then. */
static int judge(const struct compare *compare, double *a, double *b,
	struct comparison *comparison)
{
	const struct column *column = comparison->column;
	int error;

	if (column->kind == COLUMN_COUNT) {
		comparison->verdict =
			!is_steady(a, comparison->a_count) ||
					!is_steady(b, comparison->b_count)
				? UNSTEADY
				: judge_count(compare, column, *a, *b);
	} else {
		error = statistics_ratio(a, comparison->a_count, b,
			comparison->b_count, compare->error,
			&comparison->ratio);
		if (error == -EINVAL) /* a time of 0: nothing was measured */
			return -ENODATA;
		if (error)
			return too_little_memory(compare->message);
		comparison->verdict =
			judge_time(compare, column, &comparison->ratio);
	}
	comparison->a = statistics_median(a, comparison->a_count);
	comparison->b = statistics_median(b, comparison->b_count);
	return 0;
}

static int compare_column(const struct compare *compare, const struct group *a,
	const struct group *b, const struct column *column)
{
	struct comparison comparison = {
		.key = a->set->rows[a->first].key,
		.row = a->first,
		.column = column,
	};
	double *a_values = NULL, *b_values = NULL;
	int error = read_values(
		a, column, &a_values, &comparison.a_count, compare->message);

	if (!error)
		error = read_values(b, column, &b_values, &comparison.b_count,
			compare->message);
	if (!error && comparison.a_count && comparison.b_count) {
		error = judge(compare, a_values, b_values, &comparison);
		if (!error)
			compare->config->each(
				compare->config->context, &comparison);
		error = error == -ENODATA ? 0 : error;
	}
	free(a_values);
	free(b_values);
	return error;
}

static const char *source(const struct group *group)
{
	return rowset_cell(group->set, group->first, "counter_source");
}

static int compare_groups(const struct compare *compare, const struct group *a,
	const struct group *b)
{
	bool times = strcmp(source(a), source(b)) == 0;
	const struct column *column;
	int error = 0;
	unsigned i;

	for (i = 0; !error && (column = column_at(i)); i++)
		if (column->kind == COLUMN_COUNT ||
			(column->kind == COLUMN_TIME && times))
			error = compare_column(compare, a, b, column);
	return error;
}

static void tell_only(
	const struct compare *compare, const struct group *group, bool in_b)
{
	struct comparison comparison = {
		.key = group->set->rows[group->first].key,
		.row = group->first,
		.in_b = in_b,
		.verdict = in_b ? ONLY_B : ONLY_A,
	};

	compare->config->each(compare->config->context, &comparison);
}

/* Calls BOTH with each group that is in both sets, and tells of the others if
 * TELL. */
static int each_group(const struct compare *compare, bool tell,
	int (*both)(
		void *context, const struct group *a, const struct group *b),
	void *context)
{
	const struct rowset *a = compare->a, *b = compare->b;
	struct group left = {.set = a}, right = {.set = b};
	int error = 0;

	while (!error &&
		(left.first < a->rows_count || right.first < b->rows_count)) {
		int order = 0;

		if (left.first == a->rows_count)
			order = 1;
		else if (right.first == b->rows_count)
			order = -1;
		else
			order = strverscmp(a->rows[left.first].key,
				b->rows[right.first].key);
		if (order <= 0)
			left.end = rowset_group_end(a, left.first);
		if (order >= 0)
			right.end = rowset_group_end(b, right.first);
		if (!order)
			error = both(context, &left, &right);
		else if (tell)
			tell_only(
				compare, order < 0 ? &left : &right, order > 0);
		if (order <= 0)
			left.first = left.end;
		if (order >= 0)
			right.first = right.end;
	}
	return error;
}

static int compare_both(
	void *context, const struct group *a, const struct group *b)
{
	return compare_groups(context, a, b);
}

/* ---- all rows together ---- */

/* Of one time: the mean, over the rows, of the logarithms of the Nth
 * repetition.  Rows with fewer repetitions than others cut them all. */
struct together {
	const struct compare *compare;
	const struct column *column;
	double *a, *b; /* [a_count], [b_count] sums */
	size_t a_count, b_count, rows;
};

static int add_logarithms(const double *values, size_t values_count,
	double **sums, size_t *sums_count, size_t rows)
{
	size_t i;

	if (!rows) {
		*sums = calloc(values_count, sizeof(**sums));
		if (!*sums)
			return -ENOMEM;
		*sums_count = values_count;
	}
	if (values_count < *sums_count)
		*sums_count = values_count;
	for (i = 0; i < *sums_count; i++)
		(*sums)[i] += log(values[i]);
	return 0;
}

static bool are_positive(const double *values, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!(values[i] > 0))
			return false;
	return count > 0;
}

static int add_group(
	void *context, const struct group *a, const struct group *b)
{
	struct together *together = context;
	struct message *message = together->compare->message;
	double *a_values = NULL, *b_values = NULL;
	size_t a_count, b_count;
	int error = 0;

	if (strcmp(source(a), source(b)) != 0)
		return 0;
	error = read_values(a, together->column, &a_values, &a_count, message);
	if (!error)
		error = read_values(
			b, together->column, &b_values, &b_count, message);
	if (!error && are_positive(a_values, a_count) &&
		are_positive(b_values, b_count)) {
		if (add_logarithms(a_values, a_count, &together->a,
			    &together->a_count, together->rows) ||
			add_logarithms(b_values, b_count, &together->b,
				&together->b_count, together->rows))
			error = too_little_memory(message);
		together->rows++;
	}
	free(a_values);
	free(b_values);
	return error;
}

static void end_mean(double *sums, size_t count, size_t rows)
{
	size_t i;

	for (i = 0; i < count; i++)
		sums[i] = exp(sums[i] / rows);
}

static int compare_together(
	const struct compare *compare, const struct column *column)
{
	struct together together = {.compare = compare, .column = column};
	struct comparison comparison = {.column = column};
	int error = each_group(compare, false, add_group, &together);

	if (!error && together.rows > 1) {
		end_mean(together.a, together.a_count, together.rows);
		end_mean(together.b, together.b_count, together.rows);
		comparison.a_count = together.a_count;
		comparison.b_count = together.b_count;
		error = judge(compare, together.a, together.b, &comparison);
		if (!error)
			compare->config->each(
				compare->config->context, &comparison);
	}
	free(together.a);
	free(together.b);
	return error;
}

/* How many intervals there will be. */
static int count_both(
	void *context, const struct group *a, const struct group *b)
{
	(void)a;
	(void)b;
	++*(size_t *)context;
	return 0;
}

int compare_rowsets(const struct rowset *a, const struct rowset *b,
	const struct compare_config *config, struct message *message)
{
	struct compare compare = {
		.a = a,
		.b = b,
		.config = config,
		.message = message,
	};
	const struct column *column;
	size_t times = 0, rows = 0;
	unsigned i;
	int error;

	for (i = 0; (column = column_at(i)); i++)
		times += column->kind == COLUMN_TIME;
	each_group(&compare, false, count_both, &rows);
	/* Bonferroni: half for the rows, half for all of them together */
	compare.error = config->error / 2 / times / (rows ? rows : 1);
	error = each_group(&compare, true, compare_both, &compare);
	compare.error = config->error / 2 / times;
	for (i = 0; !error && (column = column_at(i)); i++)
		if (column->kind == COLUMN_TIME)
			error = compare_together(&compare, column);
	return error;
}

const char *compare_verdict_name(enum verdict verdict)
{
	static const char *const names[] = {
		[SAME] = "same",
		[DIFFERENT] = "different",
		[BETTER] = "better",
		[WORSE] = "worse",
		[UNSTEADY] = "unsteady",
		[ONLY_A] = "only in A",
		[ONLY_B] = "only in B",
	};

	return names[verdict];
}
