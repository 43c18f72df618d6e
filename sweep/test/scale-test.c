/*
 * The planner at the size of a large study: 10^5 jobs, a hundred nodes, the
 * same code as selfpage sweep's, and a made-up clock.  Nodes are lost on the
 * way, and what they ran is run again.  And a set that gets 10^5 rows.
 */
#include "config.h"

#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "replay/rss.h"
#include "sweep/done.h"
#include "sweep/tasks.h"
#include "tracer/random.h"

enum {
	TRACES = 1000,
	POLICIES = 10,
	SIZES = 10,
	JOBS = TRACES * POLICIES * SIZES,
	NODES = 100,
	SEED = 20260131,
	ROWS_AT_A_TIME = 500, /* as a unit of small jobs has */
};

/* Seconds. */
#define TASK_SECONDS 600.0
#define TASK_STARTS 2.0	      /* from the queue to its first job */
#define NODE_LIVES 36000.0    /* on average; it comes back after */
#define NODE_COMES_BACK 300.0 /* this */
#define BYTES_OF_A_NODE ((uint64_t)16 << 30)

/* A sanitizer's own memory says nothing. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define BYTES_MAX UINT64_MAX
#else
#define BYTES_MAX ((uint64_t)200 << 20)
#endif

static const char *const policies[POLICIES] = {"opt", "lru", "fifo", "clock",
	"arc", "2q", "lirs", "random", "mru", "nru"};

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

/* Traces of 10^8 to 2 x 10^9 references: 10^12 together, about. */
static void make_jobs(struct jobs *jobs)
{
	const struct sweep_settings settings = {
		.batch = 1, .windows = 1, .bit_at_load = true};
	const struct sweep_hints none = {.path = (char *)""};
	uint32_t trace, policy, size;

	*jobs = (struct jobs){0};
	assert_int_equal(jobs_add_hints(jobs, &none), 0);
	assert_int_equal(jobs_add_settings(jobs, &settings), 0);
	for (policy = 0; policy < POLICIES; policy++) {
		const struct policy_spec spec =
			policy_spec_plain(policy_find(policies[policy]));

		assert_int_equal(jobs_add_policy(jobs, &spec), policy);
	}
	for (trace = 0; trace < TRACES; trace++) {
		char path[32];
		struct sweep_trace about = {
			.path = path,
			.name = path + 1,
			.checksum = trace + 1,
			.references = 100000000 + 1900000ull * trace,
			.events = 50000000 + 900000ull * trace,
			.pages = 10000 + 1000 * trace,
			.page_bytes = 4096,
		};

		snprintf(path, sizeof(path), "/t%u", trace);
		assert_int_equal(jobs_add_trace(jobs, &about), trace);
		for (policy = 0; policy < POLICIES; policy++)
			for (size = 1; size <= SIZES; size++) {
				const struct job job = {
					.trace = trace,
					.policy = policy,
					.frames = about.pages / 20 * size,
					.repetition = 1,
				};

				assert_int_equal(jobs_add(jobs, &job), 0);
			}
	}
	jobs_sort(jobs);
	assert_int_equal(jobs->count, JOBS);
}

/* ---- a made-up cluster ---- */

struct node {
	double free_at; /* when it takes its next task */
	double lost_at;
};

struct cluster {
	struct jobs *jobs;
	const struct units *units;
	uint32_t *task_of; /* [units] */
	struct table done;
	struct node node[NODES];
	uint64_t random, lost, run_again;
	double busy, end;
};

static double share(struct cluster *cluster)
{
	return (random_next(&cluster->random) >> 11) / 9007199254740992.0;
}

/* How long a unit takes is foretold to a third, either way. */
static double takes(struct cluster *cluster, const struct unit *unit)
{
	return unit->seconds * (2.0 / 3 + share(cluster) * 2 / 3);
}

/* Runs what of TASK is not done on NODE; whether it came to its end. */
static bool run_task(struct cluster *cluster, uint32_t task, struct node *node)
{
	double now = node->free_at + TASK_STARTS;
	size_t i, j;

	for (i = 0; i < cluster->units->count; i++) {
		const struct unit *unit = cluster->units->unit[i];
		uint64_t key = cluster->jobs->job[unit->job[0]].key;
		double length;

		if (cluster->task_of[i] != task ||
			table_find(&cluster->done, key))
			continue;
		length = takes(cluster, unit);
		if (now + length > node->lost_at) {
			cluster->lost++;
			cluster->busy += node->lost_at - now;
			node->free_at = node->lost_at + NODE_COMES_BACK;
			node->lost_at =
				node->free_at + 2 * NODE_LIVES * share(cluster);
			return false;
		}
		now += length;
		cluster->busy += length;
		/* each job is done here, and was not before */
		for (j = 0; j < unit->count; j++) {
			struct table_entry *entry = table_add(&cluster->done,
				cluster->jobs->job[unit->job[j]].key);

			assert_non_null(entry);
			assert_int_equal(entry->value++, 0);
		}
	}
	node->free_at = now;
	if (cluster->end < now)
		cluster->end = now;
	return true;
}

static struct node *next_free(struct cluster *cluster)
{
	struct node *best = cluster->node;
	size_t i;

	for (i = 1; i < NODES; i++)
		if (cluster->node[i].free_at < best->free_at)
			best = &cluster->node[i];
	return best;
}

/* Tasks by their number, as Slurm takes those of an array; one that was lost is
 * put in the queue again. */
static void run_cluster(struct cluster *cluster, uint32_t tasks)
{
	uint32_t *queue = calloc(tasks, sizeof(*queue));
	uint32_t head, count = tasks;
	size_t i;

	for (i = 0; i < tasks; i++)
		queue[i] = i;
	for (i = 0; i < NODES; i++)
		cluster->node[i].lost_at = 2 * NODE_LIVES * share(cluster);
	for (head = 0; count; head = (head + 1) % tasks) {
		uint32_t task = queue[head];

		count--;
		if (!run_task(cluster, task, next_free(cluster))) {
			queue[(head + 1 + count++) % tasks] = task;
			cluster->run_again++;
		}
	}
	free(queue);
}

static void test_cluster(void **state)
{
	struct set set = {.path = (char *)"none"};
	struct done done = {.set = &set};
	struct measured measured = {0};
	const struct tasks_config config = {TASK_SECONDS, 32, 100000};
	struct units_config units_config = {
		.seconds_max = 60, .bytes_max = BYTES_OF_A_NODE};
	struct cluster *cluster = calloc(1, sizeof(*cluster));
	struct jobs jobs;
	struct units units;
	struct tasks tasks;
	double start, planned, ideal;
	size_t i, j;

	(void)state;
	rss_reset();
	start = seconds_now();
	make_jobs(&jobs);
	for (i = 0; i < POLICIES; i++)
		measured_add(&measured, &(struct measured_row){
						.trace = "t0",
						.policy = policies[i],
						.references = 1e8,
						.rate = 2e7 + 1e7 * i,
						.pages = 1000000,
						.pass_bytes = 1 << 30,
						.peak_bytes = 1 << 29,
					});
	assert_int_equal(
		units_make(&jobs, &done, &measured, &units_config, &units), 0);
	assert_int_equal(tasks_make(&jobs, &units, &config, &tasks), 0);
	planned = seconds_now() - start;
	*cluster = (struct cluster){
		.jobs = &jobs, .units = &units, .random = SEED};
	cluster->task_of = calloc(units.count, sizeof(uint32_t));
	for (i = 0; i < units.count; i++) {
		const struct unit *unit = units.unit[i];

		cluster->task_of[i] = jobs.job[unit->job[0]].task;
		for (j = 0; j < unit->count; j++)
			assert_int_equal(jobs.job[unit->job[j]].task,
				cluster->task_of[i]);
		assert_true(unit->needs.bytes <= BYTES_OF_A_NODE);
	}
	run_cluster(cluster, tasks.tasks);
	assert_int_equal(cluster->done.count, JOBS);
	ideal = cluster->busy / NODES;
	print_message("%d jobs, %zu units, %u tasks in %zu classes: planned in "
		      "%.2f s, %" PRIu64 " MiB\n"
		      "%d nodes: %.2f h of work each, all done after %.2f h; "
		      "%" PRIu64 " nodes lost, %" PRIu64 " tasks again\n",
		JOBS, units.count, tasks.tasks, tasks.count, planned,
		rss_peak() >> 20, NODES, ideal / 3600, cluster->end / 3600,
		cluster->lost, cluster->run_again);
	/* nodes wait for nothing but their last tasks and for who is lost */
	assert_true(cluster->end < 1.2 * ideal + 2 * TASK_SECONDS);
	assert_true(cluster->lost > 0);
	assert_true(rss_peak() < BYTES_MAX);
	table_free(&cluster->done);
	free(cluster->task_of);
	free(cluster);
	tasks_free(&tasks);
	units_free(&units);
	measured_free(&measured);
	jobs_free(&jobs);
}

/* ---- the list of jobs, on disk and back ---- */

static void test_list(void **state)
{
	char folder[] = "scale-list-XXXXXX", path[64];
	struct message message;
	struct jobs jobs, again;
	size_t i;
	int fd;

	(void)state;
	make_jobs(&jobs);
	assert_non_null(mkdtemp(folder));
	fd = open(folder, O_RDONLY | O_DIRECTORY);
	assert_int_equal(jobs_save(&jobs, fd, "list", &message), 0);
	snprintf(path, sizeof(path), "%s/list", folder);
	assert_int_equal(jobs_load(path, &again, &message), 0);
	assert_int_equal(again.count, jobs.count);
	for (i = 0; i < jobs.count; i++) {
		assert_int_equal(again.job[i].key, jobs.job[i].key);
		assert_int_equal(again.job[i].cell, jobs.job[i].cell);
	}
	jobs_free(&again);
	/* a list that was cut short is none */
	assert_int_equal(truncate(path, 1000000), 0);
	assert_int_equal(jobs_load(path, &again, &message), -EINVAL);
	unlinkat(fd, "list", 0);
	close(fd);
	rmdir(folder);
	jobs_free(&jobs);
}

/* ---- a set that gets a row a job ---- */

/* Rows of jobs [FIRST, END) as a worker leaves them. */
static void write_rows(
	FILE *stream, const struct jobs *jobs, size_t first, size_t end)
{
	fputs("trace,policy,references,faults,refs_per_second,pages,"
	      "pass_bytes,peak_rss_bytes,job\n",
		stream);
	for (; first < end; first++) {
		const struct job *job = &jobs->job[first];
		char key[JOB_KEY_BYTES];

		job_key_write(job->key, key);
		/* as long as replay's are */
		fprintf(stream,
			"%s,\"%s\",1000,%zu,%0300d,%u,%" PRIu64 ",%u,%s\n",
			jobs->traces[job->trace].name,
			jobs->policies[job->policy].text, first, 5000000,
			jobs->traces[job->trace].pages, job->frames * 140,
			50000000, key);
	}
}

static void test_rows(void **state)
{
	char folder[] = "scale-set-XXXXXX", command[64];
	struct message message;
	struct measured measured = {0};
	struct done done, again;
	struct jobs jobs;
	struct set set;
	double start;
	size_t i;

	(void)state;
	make_jobs(&jobs);
	assert_non_null(mkdtemp(folder));
	assert_int_equal(set_open(folder, &set, &message), 0);
	assert_int_equal(done_open(&done, &set, NULL, &message), 0);
	rss_reset();
	start = seconds_now();
	for (i = 0; i < jobs.count; i += ROWS_AT_A_TIME) {
		int fd = memfd_create("rows", 0);
		FILE *stream = fdopen(fd, "w");

		/* some rows come again: another sweep has run their jobs */
		write_rows(stream, &jobs, i ? i - 5 : i, i + ROWS_AT_A_TIME);
		fflush(stream);
		assert_int_equal(done_add(&done, &fd, 1, &message), 0);
		fclose(stream);
	}
	print_message("%zu rows added in %.2f s\n", jobs.count,
		seconds_now() - start);
	start = seconds_now();
	assert_int_equal(done_open(&again, &set, &measured, &message), 0);
	print_message("and read in %.2f s; %" PRIu64 " MiB\n",
		seconds_now() - start, rss_peak() >> 20);
	assert_true(rss_peak() < BYTES_MAX);
	assert_int_equal(again.faults.count, JOBS);
	assert_int_equal(measured.rows, JOBS);
	assert_int_equal(measured.rows_of_memory, JOBS);
	for (i = 0; i < jobs.count; i++)
		assert_int_equal(
			table_find(&again.faults, jobs.job[i].key)->value, i);
	done_close(&again);
	done_close(&done);
	set_close(&set);
	measured_free(&measured);
	jobs_free(&jobs);
	snprintf(command, sizeof(command), "rm -r '%s'", folder);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cluster),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
