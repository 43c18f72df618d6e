/* What tune asks of traces.  See tune-runs.h. */
#include "config.h"

#include "replay/tune-runs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "mm/policy.h"
#include "replay/curve.h"
#include "replay/pass.h"
#include "replay/regions.h"
#include "tracer/reduce.h"

enum { LEAST_SHARE = 200 }; /* a region's faults or pages, of all */

/* ---- replays ---- */

struct batch {
	const struct tune_runs *runs;
	struct tune_run *run;
};

static int on_result(
	void *context, unsigned index, const struct replay_result *result)
{
	struct batch *batch = context;

	batch->run[index].result = *result;
	if (batch->runs->progress)
		batch->runs->progress(batch->runs->context);
	return 0;
}

static int make_configs(const struct tune_runs *runs,
	const struct tune_run *run, unsigned count, struct hints *hints,
	struct replay_config *configs, struct message *message)
{
	unsigned i;
	int error = 0;

	for (i = 0; i < count && !error; i++) {
		configs[i] = (struct replay_config){
			.policy = run[i].policy ? run[i].policy
						: &policy_lru_hints,
			.values = run[i].values,
			.seed = run[i].seed,
			.frames = run[i].frames,
			.read_ahead = run[i].read_ahead,
			.bit_at_load = true,
			.look_ahead = true,
		};
		if (!run[i].plan)
			continue;
		/* the sizes of one plan follow each other, and share it */
		if (i && run[i].plan == run[i - 1].plan) {
			configs[i].hints = configs[i - 1].hints;
			continue;
		}
		error = tune_plan_hints(
			run[i].plan, runs->scene, &hints[i], message);
		configs[i].hints = &hints[i];
	}
	return error;
}

int tune_runs_do(const struct tune_runs *runs, struct tune_run *run,
	unsigned count, struct message *message)
{
	struct batch batch = {runs, run};
	const struct pass_config config = {
		.jobs = runs->jobs,
		.bytes_max = pass_default_bytes(),
		.stop = runs->stop,
		.emit = on_result,
		.context = &batch,
	};
	struct hints *hints = calloc(count + 1, sizeof(*hints));
	struct replay_config *configs = calloc(count + 1, sizeof(*configs));
	unsigned i;
	int error;

	if (hints && configs)
		error = make_configs(runs, run, count, hints, configs, message);
	else
		error = message_set(message, -ENOMEM,
			"too little memory for %u replays", count);
	if (!error)
		error = pass_run(
			runs->reader, &config, configs, count, message);
	for (i = 0; hints && i < count; i++)
		hints_free(&hints[i]);
	free(hints);
	free(configs);
	return error;
}

/* ---- OPT ---- */

struct wanted {
	const uint64_t *frames;
	unsigned count;
	uint64_t *faults;
};

static int on_curve(void *context, const struct curve *curve)
{
	const struct wanted *wanted = context;
	unsigned i;

	for (i = 0; i < wanted->count; i++) {
		uint64_t frames = wanted->frames[i];

		wanted->faults[i] =
			!curve->pages ? 0
				      : curve->faults[frames < curve->pages
							      ? frames
							      : curve->pages];
	}
	return 0;
}

int tune_opt_faults(struct trace_reader *reader, const uint64_t *frames,
	unsigned count, uint64_t *faults_out, const volatile sig_atomic_t *stop,
	struct message *message)
{
	struct wanted wanted = {frames, count, faults_out};
	const struct curve_config config = {
		.policy = CURVE_OPT,
		.emit = on_curve,
		.context = &wanted,
		.stop = stop,
	};

	return curve_run(reader, &config, message);
}

/* ---- regions and phases ---- */

struct weighed {
	const char *name;
	uint64_t pages, faults;
};

static int compare_weighed(const void *a, const void *b)
{
	const struct weighed *left = a, *right = b;

	if (left->faults != right->faults)
		return left->faults > right->faults ? -1 : 1;
	return strcmp(left->name, right->name);
}

/* What a hint file may call NAME by: without folders, unless another region
 * is called the same. */
static const char *short_name(const struct regions *regions, const char *name)
{
	const char *slash = strrchr(name, '/');
	unsigned i, same = 0;

	if (!slash || !slash[1])
		return name;
	for (i = 0; i < regions->count; i++) {
		const char *other = strrchr(regions_name(regions, i), '/');

		same += other && !strcmp(other, slash);
	}
	return same == 1 ? slash + 1 : name;
}

static int take_regions(
	const struct regions *regions, unsigned sizes, struct tune_scene *out)
{
	struct weighed *weighed = calloc(regions->count + 1, sizeof(*weighed));
	uint64_t faults = 0, pages = 0;
	unsigned i, size;

	if (!weighed)
		return -ENOMEM;
	for (i = 0; i < regions->count; i++) {
		weighed[i].name = regions_name(regions, i);
		weighed[i].pages = regions->region[i].pages;
		for (size = 0; size < sizes; size++)
			weighed[i].faults +=
				regions_lru_faults(regions, i)[size];
		faults += weighed[i].faults;
		pages += weighed[i].pages;
	}
	qsort(weighed, regions->count, sizeof(*weighed), compare_weighed);
	for (i = 0; i < regions->count && out->regions < TUNE_REGIONS; i++) {
		const char *name = short_name(regions, weighed[i].name);

		bool searched = weighed[i].faults * LEAST_SHARE >= faults;

		if (!searched && weighed[i].pages * LEAST_SHARE < pages)
			continue;
		/* no hint finds it */
		if (!strcmp(name, "[outside]") || !strcmp(name, "[unnamed]"))
			continue;
		out->searched += searched;
		out->pages[out->regions] = weighed[i].pages;
		out->share[out->regions] = (double)weighed[i].faults / faults;
		out->region[out->regions] = strdup(name);
		if (!out->region[out->regions++])
			break;
	}
	free(weighed);
	return out->regions && !out->region[out->regions - 1] ? -ENOMEM : 0;
}

static int add_phase(struct tune_scene *scene, const char *name)
{
	unsigned i;

	for (i = 0; i < scene->phases; i++)
		if (!strcmp(scene->phase[i], name))
			return 0;
	if (scene->phases == TUNE_PHASES) {
		scene->left_out++;
		return 0;
	}
	scene->phase[scene->phases] = strdup(name);
	return scene->phase[scene->phases++] ? 0 : -ENOMEM;
}

static int take_phases(struct trace_reader *reader, struct tune_scene *out,
	struct message *message)
{
	const struct trace_info *info = trace_reader_info(reader);
	int error = add_phase(out, "start");
	uint64_t number;

	for (number = 0; number < info->blocks && !error; number++) {
		struct trace_block block;
		uint32_t i;

		error = trace_reader_read(reader, number, &block, message);
		for (i = 0; !error && i < block.regions; i++)
			if (block.region[i].kind == TRACE_REGION_MARK)
				error = add_phase(out, block.region[i].name);
	}
	return error;
}

int tune_look(struct trace_reader *reader, const uint64_t *frames,
	unsigned count, struct tune_scene *out,
	const volatile sig_atomic_t *stop, struct message *message)
{
	const struct regions_config config = {
		.frames = frames, .sizes = count, .stop = stop};
	struct regions regions;
	int error = regions_run(reader, &config, &regions, message);

	*out = (struct tune_scene){0};
	if (error)
		return error;
	error = take_regions(&regions, count, out);
	regions_free(&regions);
	if (!error)
		error = take_phases(reader, out, message);
	if (error) {
		tune_scene_free(out);
		if (error == -ENOMEM)
			message_set(message, error, "too little memory");
	}
	return error;
}

/* ---- shorter ---- */

int tune_shorten(struct trace_reader *reader, uint32_t frames,
	struct trace_reader **out, const volatile sig_atomic_t *stop,
	struct message *message)
{
	const struct reduce_config config = {.frames = frames, .stop = stop};
	char path[4096];
	int error, fd;

	snprintf(path, sizeof(path), "%s/selfpage-tune-XXXXXX",
		file_temporary_folder());
	fd = mkstemp(path);
	if (fd < 0)
		return message_set(
			message, -errno, "%s: %s", path, strerror(errno));
	close(fd);
	error = reduce_trace(reader, path, &config, message);
	if (!error)
		error = trace_reader_open(path, true, out, message);
	unlink(path);
	return error;
}
