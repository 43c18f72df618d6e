/* Which steps a suite has.  See suite.h. */
#include "config.h"

#include "workloads/suite.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- the names ---- */

static int is_workload(const struct dirent *entry)
{
	static const char *const others[] = {"run.sh", "record.sh", "demo.sh"};
	size_t length = strlen(entry->d_name);

	for (size_t i = 0; i < LENGTH_OF(others); i++)
		if (!strcmp(entry->d_name, others[i]))
			return 0;
	return length > 3 && !strcmp(entry->d_name + length - 3, ".sh");
}

int suite_list(const char *folder, char ***names_out, size_t *count_out,
	struct message *message)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, is_workload, alphasort);
	char **names;
	bool lost = false;

	if (count < 0)
		return message_set(
			message, -errno, "%s: %s", folder, strerror(errno));
	names = calloc(count + 1, sizeof(*names));
	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;

		if (names)
			names[i] = strndup(name, strlen(name) - 3);
		lost |= !names || !names[i];
		free(entries[i]);
	}
	free(entries);
	if (!lost) {
		*names_out = names;
		*count_out = count;
		return 0;
	}
	suite_free_names(names, names ? count : 0);
	return message_set(message, -ENOMEM, "too little memory");
}

void suite_free_names(char **names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	free(names);
}

/* ---- the steps ---- */

struct planner {
	struct suite *suite;
	double scale; /* of guesses at seconds */
	bool lost;    /* there was too little memory */
};

/* What is written like that, in the planner's care until a step has it. */
static char *text(struct planner *planner, const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0) {
		text = NULL;
		planner->lost = true;
	}
	va_end(arguments);
	return text;
}

/* A copy of the list WORDS, which NULL ends. */
static char **copy(struct planner *planner, const char *const *words)
{
	size_t count = 0, i;
	char **list;

	while (words[count])
		count++;
	list = calloc(count + 1, sizeof(*list));
	for (i = 0; list && i < count; i++) {
		list[i] = strdup(words[i]);
		planner->lost |= !list[i];
	}
	planner->lost |= !list;
	return list;
}

/* Adds STEP, with its words and inputs copied; returns its number. */
static size_t add(struct planner *planner, struct step step,
	const char *const *command, const char *const *inputs)
{
	ssize_t number;

	step.command = copy(planner, command);
	step.inputs = inputs ? copy(planner, inputs) : NULL;
	number = steps_add(&planner->suite->steps, &step);
	planner->lost |= number < 0;
	return number < 0 ? 0 : (size_t)number;
}

/* The step that records NAME with INPUT, after the step BEFORE if >= 0: both
 * inputs are recorded in one folder. */
static size_t add_record(struct planner *planner, const char *name,
	const char *input, ssize_t before)
{
	const struct suite *suite = planner->suite;
	char *script = text(planner, "%s/record.sh", suite->workloads);
	char *traces = text(planner, "%s/traces", suite->set);
	struct step step = {
		.kind = "record",
		.subject = text(planner, "%s-%s", name, input),
		.always = true,
		.needs = {before < 0 ? 0 : before},
		.needs_count = before >= 0,
		.guess = 3 * planner->scale,
	};
	size_t number = 0;

	if (!planner->lost)
		number = add(planner, step,
			(const char *const[]){script, "--size", suite->size,
				"--input", input, "--traces", traces, name,
				NULL},
			NULL);
	free(script);
	free(traces);
	return number;
}

/* The steps of a workload that others need. */
struct workload {
	size_t record[2], tune;
};

static size_t add_tune(
	struct planner *planner, const char *name, const size_t record[2])
{
	const struct suite *suite = planner->suite;
	char *a = text(planner, "%s/traces/%s-A.spt", suite->set, name);
	char *b = text(planner, "%s/traces/%s-B.spt", suite->set, name);
	char *hints = text(planner, "%s.hints", name);
	struct step step = {
		.kind = "tune",
		.subject = text(planner, "%s", name),
		.rows = text(planner, "%s/steps/tune-%s.csv", suite->set, name),
		.file = text(planner, "%s/hints/%s.hints", suite->set, name),
		.needs = {record[0], record[1]},
		.needs_count = 2,
		.guess = 40 * planner->scale,
	};
	size_t number = 0;

	if (!planner->lost)
		number = add(planner, step,
			(const char *const[]){"selfpage", "tune", a, "--judge",
				b, "--frames", "25%,50%", "--output", hints,
				"--jobs", "1", "--budget", suite->budget,
				"--format", "csv", NULL},
			(const char *const[]){a, b, NULL});
	free(a);
	free(b);
	free(hints);
	return number;
}

/* Rows of the trace NAME-INPUT for the TIME-th time: "replay" under all
 * policies, or "hinted" with the hints that step NEEDS[1] leaves. */
static void add_replay(struct planner *planner, const char *name,
	const char *input, const size_t needs[2], bool hinted, unsigned time)
{
	const struct suite *suite = planner->suite;
	const char *kind = hinted ? "hinted" : "replay";
	char *trace =
		text(planner, "%s/traces/%s-%s.spt", suite->set, name, input);
	char *hints = text(planner, "%s/hints/%s.hints", suite->set, name);
	struct step step = {
		.kind = kind,
		.subject = time == 1 ? text(planner, "%s-%s", name, input)
				     : text(planner, "%s-%s %u", name, input,
					       time),
		.rows = time == 1
				? text(planner, "%s/steps/%s-%s-%s.csv",
					  suite->set, kind, name, input)
				: text(planner, "%s/steps/%s-%s-%s-%u.csv",
					  suite->set, kind, name, input, time),
		.needs = {needs[0], needs[1]},
		.needs_count = hinted ? 2 : 1,
		.guess = (hinted ? 2 : 15) * planner->scale,
	};

	/* opt and lru beside hints: so rows tell how much of the gap closes */
	if (!planner->lost)
		add(planner, step,
			(const char *const[]){"selfpage", "replay", trace,
				"--frames", suite->frames, "--format", "csv",
				"--jobs", "1", "--policy",
				hinted ? "opt,lru" : suite->policies,
				hinted ? "--hints" : NULL, hints, NULL},
			(const char *const[]){
				trace, hinted ? hints : NULL, NULL});
	free(trace);
	free(hints);
}

static void add_curve(struct planner *planner, const char *name,
	const char *input, size_t recorded)
{
	const struct suite *suite = planner->suite;
	char *trace =
		text(planner, "%s/traces/%s-%s.spt", suite->set, name, input);
	struct step step = {
		.kind = "curve",
		.subject = text(planner, "%s-%s", name, input),
		.rows = text(planner, "%s/curves/%s-%s.csv", suite->set, name,
			input),
		.needs = {recorded},
		.needs_count = 1,
		.guess = 4 * planner->scale,
	};

	if (!planner->lost)
		add(planner, step,
			(const char *const[]){"selfpage", "curve", trace,
				"--policy", "lru,opt", "--format", "csv", NULL},
			(const char *const[]){trace, NULL});
	free(trace);
}

/* Who touches what when, with the faults of a quarter of the memory. */
static void add_map(struct planner *planner, const char *name, size_t recorded)
{
	const struct suite *suite = planner->suite;
	char *trace = text(planner, "%s/traces/%s-A.spt", suite->set, name);
	char *figures = text(planner, "%s/figures", suite->set);
	struct step step = {
		.kind = "map",
		.subject = text(planner, "%s-A", name),
		.rows = text(
			planner, "%s/steps/map-%s-A.txt", suite->set, name),
		.needs = {recorded},
		.needs_count = 1,
		.guess = 4 * planner->scale,
	};

	if (!planner->lost)
		add(planner, step,
			(const char *const[]){"selfpage", "plot", trace,
				"--frames", "25%", "--output", figures, NULL},
			(const char *const[]){trace, NULL});
	free(trace);
	free(figures);
}

/* Pictures and a page of what all others have left. */
static void add_last(struct planner *planner)
{
	const struct suite *suite = planner->suite;
	char *rows = text(planner, "%s/rows.csv", suite->set);
	char *curves = text(planner, "%s/curves", suite->set);
	char *figures = text(planner, "%s/figures", suite->set);
	struct step plot = {
		.kind = "plot",
		.subject = text(planner, "figures"),
		.always = true,
		.last = true,
		.guess = 30 * planner->scale,
	};
	struct step report = {
		.kind = "report",
		.subject = text(planner, "page"),
		.file = text(planner, "%s/report.html", suite->set),
		.always = true,
		.last = true,
		.guess = 5 * planner->scale,
	};

	if (!planner->lost) {
		add(planner, plot,
			(const char *const[]){"selfpage", "plot", suite->set,
				curves, "--output", figures, NULL},
			(const char *const[]){rows, NULL});
		add(planner, report,
			(const char *const[]){"selfpage", "report", suite->set,
				"--output", "report.html", NULL},
			(const char *const[]){rows, NULL});
	}
	free(rows);
	free(curves);
	free(figures);
}

static const char *const inputs[] = {"A", "B"};

/* A repetition comes when all others have been: so what the machine does
 * meanwhile is not taken for a difference between programs. */
static void add_replays(struct planner *planner,
	const struct workload *workloads, unsigned time)
{
	const struct suite *suite = planner->suite;

	for (size_t i = 0; i < suite->names_count; i++)
		for (size_t j = 0; j < LENGTH_OF(inputs); j++) {
			size_t record = workloads[i].record[j];
			size_t needs[] = {record, workloads[i].tune};
			const char *name = suite->names[i];

			add_replay(
				planner, name, inputs[j], needs, false, time);
			add_replay(planner, name, inputs[j], needs, true, time);
			if (time == 1)
				add_curve(planner, name, inputs[j], record);
		}
}

/* Long ones early, so that none is left over for one processor at the end. */
static void add_all(struct planner *planner, struct workload *workloads)
{
	const struct suite *suite = planner->suite;
	size_t i;

	for (i = 0; i < suite->names_count; i++) {
		size_t *record = workloads[i].record;

		record[0] = add_record(planner, suite->names[i], "A", -1);
		record[1] = add_record(
			planner, suite->names[i], "B", (ssize_t)record[0]);
	}
	for (i = 0; i < suite->names_count; i++)
		workloads[i].tune =
			add_tune(planner, suite->names[i], workloads[i].record);
	for (unsigned time = 1; time <= suite->repeat; time++)
		add_replays(planner, workloads, time);
	for (i = 0; i < suite->names_count; i++)
		add_map(planner, suite->names[i], workloads[i].record[0]);
	add_last(planner);
}

static int make_folder(
	const char *set, const char *name, struct message *message)
{
	char *path;
	int error = 0;

	if (asprintf(&path, "%s/%s", set, name) < 0)
		return message_set(message, -ENOMEM, "too little memory");
	if (mkdir(path, 0777) && errno != EEXIST)
		error = message_set(message, -errno, "%s: cannot make: %s",
			path, strerror(errno));
	free(path);
	return error;
}

int suite_plan(struct suite *suite, struct message *message)
{
	static const char *const folders[] = {"", "traces", "hints", "curves"};
	struct planner planner = {
		.suite = suite,
		.scale = strcmp(suite->size, "small") ? 1 : 0.1,
	};
	struct workload *workloads =
		calloc(suite->names_count, sizeof(*workloads));
	char *steps = text(&planner, "%s/steps", suite->set);
	int error = 0;

	for (size_t i = 0; i < LENGTH_OF(folders) && !error; i++)
		error = make_folder(suite->set, folders[i], message);
	if (!error && (!workloads || !steps))
		error = message_set(message, -ENOMEM, "too little memory");
	if (!error)
		error = steps_open(steps, suite->jobs, &suite->steps, message);
	if (!error)
		add_all(&planner, workloads);
	if (!error && planner.lost)
		error = message_set(message, -ENOMEM, "too little memory");
	free(workloads);
	free(steps);
	return error;
}
