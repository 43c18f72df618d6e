/*
 * One pass over a trace for many replays.
 *
 *	reader --> ring of decoded blocks      replays, each at a block
 *	           [ 7 | 8 | 9 |   ]           a: 7   b: 9   c: 8   d: 10
 *	             |       |                 |
 *	        oldest wanted   newest         the one that is furthest behind
 *	                                       is run next
 *
 * Threads of a pool look for work under one lock: to decode the next block,
 * if the ring has room, or else to run the replay that is furthest behind,
 * and that nobody runs, over all blocks that it has before it.  So a replay's
 * page table and policy are loaded into the cache once for some blocks, and
 * the blocks of the ring are used while they are there.
 *
 * A replay that fails stops there; the others go on, and what comes before it
 * is emitted as if it were alone.
 *
 * Each replay sees the same blocks in the same order whoever runs it, and
 * shares nothing but these with the others: so its counts are the same.
 *
 * Invariants, under the lock
 * 1. Blocks [oldest, decoded) are in the ring; decoded - oldest <= room.
 * 2. oldest is the least `next` of all lanes: what is before it is free.
 * 3. A lane that is busy is one thread's; so is the reader while `decoding`.
 */
#include "replay/pass.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "replay/kept-block.h"
#include "replay/rss.h"

enum { RING = 4 }; /* blocks: at most 25 bytes for each of their events */

struct lane {
	struct replay *replay;
	uint64_t next; /* block; the trace's end if it failed */
	bool busy;
	bool in_references; /* next uses as its oracle wants them */
	int error;
	struct message message; /* of the error */
};

struct pass {
	const struct pass_config *config;
	struct trace_reader *reader;
	/* NULL: none of the lanes wants it */
	struct nextuse *nextuse, *distances;
	enum counter_source source;
	struct lane *lanes;
	unsigned lanes_count;
	uint64_t lanes_bytes; /* by replay_bytes */
	uint64_t blocks;
	unsigned room; /* blocks in the ring, at most */
	struct kept_block ring[RING];
	pthread_mutex_t lock; /* guards what follows, and lanes */
	pthread_cond_t changed;
	uint64_t oldest, decoded;
	bool decoding;
	uint64_t references; /* replayed, of all lanes and passes */
	int error;	     /* of what concerns all lanes */
	struct message *message;
};

/* What a thread may do next. */
struct work {
	enum { WORK_DONE, WORK_WAIT, WORK_DECODE, WORK_LANE } kind;
	struct lane *lane;
	uint64_t end; /* of the lane's blocks */
};

static struct work find_work(const struct pass *pass)
{
	struct work work = {.kind = WORK_WAIT};
	struct lane *best = NULL;
	unsigned i;

	if (pass->error || pass->oldest == pass->blocks)
		return (struct work){.kind = WORK_DONE};
	if (!pass->decoding && pass->decoded < pass->blocks &&
		pass->decoded - pass->oldest < pass->room)
		return (struct work){.kind = WORK_DECODE};
	for (i = 0; i < pass->lanes_count; i++) {
		struct lane *lane = &pass->lanes[i];

		if (!lane->busy && lane->next < pass->decoded &&
			(!best || lane->next < best->next))
			best = lane;
	}
	if (best)
		work = (struct work){WORK_LANE, best, pass->decoded};
	return work;
}

static void update_oldest(struct pass *pass)
{
	uint64_t oldest = pass->blocks;
	unsigned i;

	for (i = 0; i < pass->lanes_count; i++)
		if (pass->lanes[i].next < oldest)
			oldest = pass->lanes[i].next;
	pass->oldest = oldest;
}

static void stop_all(
	struct pass *pass, int error, const struct message *message)
{
	if (pass->error)
		return;
	pass->error = error;
	*pass->message = *message;
}

/* Both are called with the lock and give it up meanwhile. */
static void decode(struct pass *pass)
{
	uint64_t number = pass->decoded;
	struct message message = {""};
	int error;

	pass->decoding = true;
	pthread_mutex_unlock(&pass->lock);
	error = kept_block_read(&pass->ring[number % RING], pass->reader,
		pass->nextuse, pass->distances, number, &message);
	pthread_mutex_lock(&pass->lock);
	pass->decoding = false;
	pass->decoded++;
	if (error)
		stop_all(pass, error, &message);
}

static void run_lane(
	struct pass *pass, const struct work *work, struct counter *counter)
{
	const volatile sig_atomic_t *stop = pass->config->stop;
	struct lane *lane = work->lane;
	uint64_t number = lane->next, references = 0;

	lane->busy = true;
	pthread_mutex_unlock(&pass->lock);
	for (; number < work->end && !lane->error && !(stop && *stop);
		number++) {
		const struct kept_block *kept = &pass->ring[number % RING];

		lane->error = replay_block(lane->replay, &kept->block,
			lane->in_references ? kept->distance : kept->next_use,
			counter, &lane->message);
		references += kept->block.references;
	}
	pthread_mutex_lock(&pass->lock);
	lane->busy = false;
	lane->next = lane->error ? pass->blocks : number;
	if (stop && *stop)
		stop_all(pass, -EINTR, &(struct message){"stopped"});
	update_oldest(pass);
	pass->references += references;
	if (pass->config->progress)
		pass->config->progress(pass->config->context, pass->references);
}

static void work_until_done(struct pass *pass, struct counter *counter)
{
	struct work work;

	pthread_mutex_lock(&pass->lock);
	while ((work = find_work(pass)).kind != WORK_DONE) {
		if (work.kind == WORK_WAIT) {
			pthread_cond_wait(&pass->changed, &pass->lock);
			continue;
		}
		if (work.kind == WORK_DECODE)
			decode(pass);
		else
			run_lane(pass, &work, counter);
		pthread_cond_broadcast(&pass->changed);
	}
	pthread_mutex_unlock(&pass->lock);
}

/* One of the other threads.  Without a counter it leaves the work to those
 * that have one: rows tell one source. */
static void *work_beside(void *context)
{
	struct pass *pass = context;
	struct counter *counter = NULL;
	struct message why;

	if (pass->config->counter &&
		counter_open(pass->source, NULL, &counter, &why))
		return NULL;
	work_until_done(pass, counter);
	counter_close(counter);
	return NULL;
}

/* All lanes over the whole trace; this thread is the first of the pool. */
static void run_pool(struct pass *pass)
{
	unsigned threads = pass->config->alone ? 1 : pass->config->jobs;
	unsigned begun;
	pthread_t thread[PASS_JOBS_MAX];

	/* one that decodes and one a lane are all that can be busy */
	if (threads > pass->lanes_count + 1)
		threads = pass->lanes_count + 1;
	/* fewer threads than wanted do the same, later */
	for (begun = 1; begun < threads; begun++)
		if (pthread_create(&thread[begun], NULL, work_beside, pass))
			break;
	work_until_done(pass, pass->config->counter);
	while (--begun)
		pthread_join(thread[begun], NULL);
}

/* The next lanes: as many of the COUNT replays as fit into one pass, at least
 * one. */
static void count_lanes(struct pass *pass, const struct replay_config *replays,
	unsigned count, uint64_t pages)
{
	const struct pass_config *config = pass->config;
	unsigned i;

	pass->lanes_bytes = 0;
	for (i = 0; i < count; i++) {
		uint64_t bytes = replay_bytes(&replays[i], pages);

		if (i && (config->alone ||
				 pass->lanes_bytes + bytes > config->bytes_max))
			break;
		pass->lanes_bytes += bytes;
	}
	pass->lanes_count = i;
}

static int open_lanes(struct pass *pass, struct replay_config *replays)
{
	int error = 0;
	unsigned i;

	pass->nextuse = pass->distances = NULL;
	memset(pass->lanes, 0, pass->lanes_count * sizeof(*pass->lanes));
	for (i = 0; i < pass->lanes_count && !error; i++) {
		pass->lanes[i].in_references = replays[i].variable;
		if (replays[i].policy->knows != POLICY_ORACLE)
			;
		else if (replays[i].variable)
			pass->distances = pass->config->distances;
		else
			pass->nextuse = pass->config->nextuse;
		replays[i].counter = pass->config->counter;
		error = replay_open(pass->reader, &replays[i],
			&pass->lanes[i].replay, pass->message);
	}
	return error;
}

static int emit_results(struct pass *pass, unsigned first)
{
	const struct pass_config *config = pass->config;
	const uint64_t peak = rss_peak();
	struct replay_result result;
	int error = 0;
	unsigned i;

	for (i = 0; i < pass->lanes_count && !error; i++) {
		struct lane *lane = &pass->lanes[i];

		if (lane->error) {
			*pass->message = lane->message;
			return lane->error;
		}
		error = replay_finish(lane->replay, &result, pass->message);
		result.peak_rss_bytes = peak;
		result.pass_bytes = pass->lanes_bytes;
		if (!error)
			error = config->emit(
				config->context, first + i, &result);
	}
	return error;
}

/* One pass: REPLAYS, the first of which is number FIRST of all. */
static int run_lanes(
	struct pass *pass, struct replay_config *replays, unsigned first)
{
	const struct pass_config *config = pass->config;
	int error;
	unsigned i;

	if (config->start)
		config->start(config->context, first, pass->lanes_count);
	rss_reset();
	pass->oldest = pass->decoded = 0;
	error = open_lanes(pass, replays);
	if (!error) {
		run_pool(pass);
		error = pass->error;
	}
	if (!error)
		error = emit_results(pass, first);
	for (i = 0; i < pass->lanes_count; i++)
		replay_close(pass->lanes[i].replay);
	for (i = 0; i < RING; i++)
		kept_block_free(&pass->ring[i]);
	return error;
}

int pass_run(struct trace_reader *reader, const struct pass_config *config,
	struct replay_config *replays, unsigned count, struct message *message)
{
	const struct trace_info *info = trace_reader_info(reader);
	struct pass pass = {
		.config = config,
		.reader = reader,
		.blocks = info->blocks,
		/* one replay alone is done with a block at once */
		.room = config->alone ? 1 : RING,
		.message = message,
		.lanes = calloc(count ? count : 1, sizeof(*pass.lanes)),
	};
	unsigned first;
	int error = 0;

	if (!pass.lanes)
		return message_set(message, -ENOMEM, "too little memory");
	if (config->counter)
		error = counter_parse(
			counter_name(config->counter), &pass.source);
	pthread_mutex_init(&pass.lock, NULL);
	pthread_cond_init(&pass.changed, NULL);
	for (first = 0; first < count && !error; first += pass.lanes_count) {
		count_lanes(&pass, replays + first, count - first, info->pages);
		error = run_lanes(&pass, replays + first, first);
	}
	pthread_cond_destroy(&pass.changed);
	pthread_mutex_destroy(&pass.lock);
	free(pass.lanes);
	return error;
}

unsigned pass_default_jobs(void)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (processors < 1)
		return 1;
	return processors < PASS_JOBS_MAX ? processors : PASS_JOBS_MAX;
}

uint64_t pass_default_bytes(void)
{
	return (uint64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE) / 2;
}
