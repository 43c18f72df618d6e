/* Rows of policies of variable space: see residency.h. */
#include "replay/residency.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/progress.h"
#include "replay/window-fit.h"

bool residency_is_fit(const struct policy_spec *spec)
{
	return variable_of(spec->ops) &&
	       spec->values[VARIABLE_WINDOW] == VARIABLE_WINDOW_FIT;
}

bool residency_is_asked(const struct policy_spec *specs, unsigned count)
{
	while (count--)
		if (variable_of(specs[count].ops))
			return true;
	return false;
}

void residency_hide_columns(struct rows *rows)
{
	rows_hide(rows, "tau");
	rows_hide(rows, "mean_frames");
	rows_hide(rows, "space_time");
}

bool residency_needs_counts(const struct policy_spec *specs, unsigned count)
{
	while (count--)
		if (specs[count].ops->needs_time)
			return true;
	return false;
}

/* The windows that have to be found, in the order of the answer. */
static unsigned list_fits(
	const struct residency_question *question, struct window_fit *fits)
{
	unsigned count = 0, i, j;

	for (i = 0; i < question->specs_count; i++)
		for (j = 0; j < question->frames_count; j++)
			if (residency_is_fit(&question->specs[i]))
				fits[count++] = (struct window_fit){
					.ops = variable_of(
						question->specs[i].ops),
					.frames = question->frames[j],
				};
	return count;
}

static void fill_windows(const struct residency_question *question,
	const struct window_fit *fits, uint64_t *windows)
{
	unsigned i, j;

	for (i = 0; i < question->specs_count; i++)
		for (j = 0; j < question->frames_count; j++) {
			const struct policy_spec *spec = &question->specs[i];

			if (residency_is_fit(spec))
				*windows = fits++->window;
			else if (variable_of(spec->ops))
				*windows = spec->values[VARIABLE_WINDOW];
			windows++;
		}
}

static void on_progress(void *context, unsigned passes, uint64_t events)
{
	char label[64];

	snprintf(label, sizeof(label), "windows, pass %u", passes + 1);
	progress_label(context, label);
	progress_update(context, events);
}

int residency_find(struct trace_reader *reader,
	const struct residency_question *question, uint64_t **windows_out,
	struct message *message)
{
	size_t most = (size_t)question->specs_count * question->frames_count;
	struct window_fit *fits = calloc(most + 1, sizeof(*fits));
	struct window_fit_config config = {
		.bit_at_load = question->bit_at_load,
		.progress = on_progress,
		.stop = question->stop,
	};
	unsigned count;
	int error = 0;

	*windows_out = calloc(most + 1, sizeof(**windows_out));
	if (!fits || !*windows_out)
		error = message_set(message, -ENOMEM, "too little memory");
	count = error ? 0 : list_fits(question, fits);
	if (count) {
		config.context = progress_start(question->trace, "events",
			trace_reader_info(reader)->events);
		error = window_fit_run(reader, &config, fits, count, message);
		progress_end(config.context);
	}
	if (!error)
		fill_windows(question, fits, *windows_out);
	free(fits);
	return error;
}

double residency_space_time(uint64_t space, uint64_t faults, uint64_t cost)
{
	return (double)space + (double)faults * cost;
}

/* See residency_check. */
static bool beats(
	const struct residency_row *row, const struct residency_row *vmin)
{
	__int128 saved = (__int128)vmin->space - row->space;
	__int128 more = (__int128)row->faults - vmin->faults;

	return saved > more * vmin->vmin_window ||
	       saved > more * (vmin->vmin_window - 1);
}

static int check_pair(const struct residency_row *row,
	const struct residency_row *vmin, struct message *message)
{
	if (!vmin->vmin_window || !beats(row, vmin))
		return 0;
	return message_set(message, -EBADMSG,
		"%s with %llu faults is better than %s with a window of %llu: "
		"this is an error of selfpage",
		row->policy, (unsigned long long)row->faults, vmin->policy,
		(unsigned long long)vmin->vmin_window);
}

int residency_check(const struct residency_row *rows, unsigned count,
	struct message *message)
{
	const struct residency_row *last = &rows[count - 1];
	unsigned i;
	int error = 0;

	for (i = 0; i + 1 < count && !error; i++) {
		error = check_pair(&rows[i], last, message);
		if (!error)
			error = check_pair(last, &rows[i], message);
	}
	return error;
}
