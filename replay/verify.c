/*
 * The pager core, driven by a log.
 *
 * The replay watches its own pager (mm/watch.h), as the log's writer did the
 * live one, and holds each record that comes against the log's next one:
 *
 *	log:     FAULT  HARVESTED  VICTIM  UNMAPPED  OUT  RESULT  IN  ...
 *	           |        |         |        |      |      |
 *	pager:   begin --> asks --> chooses    |      |      |
 *	                    ^         =?       |      |      |
 *	                 answered              answered      answered
 *
 * Calls that overlapped do so again.  Each lane has a thread, and it is the
 * turn of the lane whose record is next in the log.  The others wait where
 * they take the pager's lock back: after a store's answer, after a wait.
 * There the log's order of taking the lock is kept, whatever the system's is.
 *
 * At the end of the log, or the first difference, all threads leave the pager
 * where they stand (longjmp); it is of no use then but to be freed.
 */
#include "replay/verify.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "mm/redo.h"
#include "replay/verify-text.h"
#include "replay/verify-world.h"

enum {
	PROGRESS_RECORDS = 1 << 16,
	/* pages looked at without a record: no program has so many */
	SILENT_PAGES_MAX = 1 << 26,
};

struct verify;

/* A lane's thread. */
struct worker {
	struct verify *verify;
	pthread_t thread;
	pthread_cond_t turn;
	unsigned lane;
	bool in_call, waits; /* the latter: within pager_wait */
	jmp_buf out;
	struct watch_record call[LOG_CALL_RECORDS];
};

struct verify {
	struct pager_watch watch; /* first */
	const struct verify_config *config;
	struct verify_result *result;
	struct log_reader *log;
	struct message *message;
	struct pager *pager;
	struct world world;
	struct hooks hooks;
	bool threads;
	struct worker *workers[WATCH_LANES];
	unsigned lanes;	     /* that have a worker */
	unsigned turn;	     /* the lane of the next record */
	bool over;	     /* everybody leaves */
	int error;	     /* of the log */
	bool wakes;	     /* somebody waits to be woken by nobody */
	pthread_cond_t main; /* over, or wakes */
	uint64_t silent;     /* pages looked at since the last record */
};

static void *work(void *argument);

/* With the pager's lock held, as all that follows. */
static void finish(struct verify *verify)
{
	unsigned i;

	verify->over = true;
	if (!verify->threads)
		return;
	for (i = 0; i < verify->lanes; i++)
		pthread_cond_broadcast(&verify->workers[i]->turn);
	pthread_cond_broadcast(&verify->pager->ready);
	pthread_cond_broadcast(&verify->main);
}

static void fail(struct verify *verify, int error, const char *what)
{
	if (!verify->over)
		verify->error = message_set(verify->message, error,
			"%s: event %" PRIu64 ": %s", log_path(verify->log),
			log_number(verify->log), what);
	finish(verify);
}

static __attribute__((noreturn)) void leave(struct worker *worker)
{
	longjmp(worker->out, 1);
}

static struct worker *running(struct verify *verify)
{
	return verify->workers[verify->watch.lane];
}

/* The log's next record, or NULL: it is over. */
static const struct watch_record *peek(struct verify *verify)
{
	const struct watch_record *record = NULL;

	if (verify->over)
		return NULL;
	verify->error = log_peek(verify->log, &record, verify->message);
	if (!record)
		finish(verify);
	return record;
}

/* The same, of the thread that runs; it leaves if there is none. */
static const struct watch_record *next(struct verify *verify)
{
	const struct watch_record *record = peek(verify);

	if (!record)
		leave(running(verify));
	return record;
}

static int add_worker(struct verify *verify)
{
	struct worker *worker = calloc(1, sizeof(*worker));
	int error = worker ? 0 : ENOMEM;

	if (worker) {
		worker->verify = verify;
		worker->lane = verify->lanes;
		pthread_cond_init(&worker->turn, NULL);
	}
	if (!error && verify->threads)
		error = pthread_create(&worker->thread, NULL, work, worker);
	if (error) {
		free(worker);
		return -error;
	}
	verify->workers[verify->lanes++] = worker;
	return 0;
}

/* Gives the turn to the lane of the next record. */
static void pass_turn(struct verify *verify)
{
	const struct watch_record *record = peek(verify);
	struct worker *worker;
	unsigned lane;

	if (!record || record->lane == verify->turn)
		return;
	lane = record->lane;
	if (!verify->threads) {
		fail(verify, -EINVAL, "two calls at a time without threads");
		return;
	}
	/* lanes are taken from the lowest on */
	if (lane > verify->lanes) {
		fail(verify, -EINVAL, "a lane that nobody has");
		return;
	}
	if (lane == verify->lanes && add_worker(verify)) {
		fail(verify, -ENOMEM, "too little memory for a thread");
		return;
	}
	worker = verify->workers[lane];
	verify->turn = lane;
	pthread_cond_signal(&worker->turn);
	if (worker->waits)
		pthread_cond_broadcast(&verify->pager->ready);
}

static void wait_for_turn(struct worker *worker)
{
	struct verify *verify = worker->verify;

	while (verify->threads && !verify->over && verify->turn != worker->lane)
		pthread_cond_wait(&worker->turn, &verify->pager->lock);
}

/* The next record was met. */
static void step(struct verify *verify)
{
	const struct verify_config *config = verify->config;

	log_step(verify->log);
	verify->silent = 0;
	if (++verify->result->records % PROGRESS_RECORDS)
		return;
	if (config->progress)
		config->progress(
			config->progress_context, verify->result->records);
	if (config->stop && *config->stop)
		fail(verify, -EINTR, "stopped");
}

/* RECORD came where the log has another one. */
static void differ(struct verify *verify, const struct watch_record *live,
	const struct watch_record *record)
{
	struct verify_result *result = verify->result;

	if (!verify->over) {
		result->equal = false;
		result->record = log_number(verify->log);
		verify_text_difference(verify->pager, running(verify)->call,
			live, record, &result->difference);
	}
	finish(verify);
}

/* What a store forgets, and so whether it could, is not in the log. */
static bool result_is_told(const struct worker *worker)
{
	return worker->call[0].kind != WATCH_DISCARD &&
	       worker->call[0].kind != WATCH_FORGET;
}

/* Is RECORD the log's?  Its answers are taken from there. */
static bool meets(struct verify *verify, const struct watch_record *live,
	struct watch_record *record)
{
	if (live->kind != record->kind || live->lane != record->lane)
		return false;
	if (record->kind == WATCH_RESULT)
		record->number = live->number;
	if (record->kind == WATCH_END && !result_is_told(running(verify)))
		record->number = live->number;
	if (record->kind == WATCH_UNSAFE) {
		record->detail = live->detail;
		record->value = live->value;
	}
	return !memcmp(live, record, sizeof(*live));
}

static void on_begin(struct pager_watch *watch,
	const struct watch_record *records, unsigned count)
{
	struct verify *verify = (struct verify *)watch;
	const struct watch_record *live;
	unsigned i;

	watch->lane = verify->turn;
	running(verify)->in_call = true;
	for (i = 0; i < count; i++) {
		struct watch_record record = records[i];

		record.lane = watch->lane;
		live = next(verify);
		if (memcmp(live, &record, sizeof(record))) {
			differ(verify, live, &record);
			leave(running(verify));
		}
		step(verify);
	}
}

static void on_resume(struct pager_watch *watch, unsigned lane)
{
	struct verify *verify = (struct verify *)watch;
	struct worker *worker = verify->workers[lane];

	wait_for_turn(worker);
	worker->waits = false;
	watch->lane = lane;
	if (verify->over)
		leave(worker);
}

/* Somebody must wake the thread, now or when it is its turn. */
static void will_wait(struct verify *verify, struct worker *worker)
{
	/* all were woken, for the last time, before it waits */
	if (verify->over)
		leave(worker);
	worker->waits = true;
	if (verify->turn != worker->lane)
		return;
	verify->wakes = true;
	pthread_cond_signal(&verify->main);
}

static void on_note(struct pager_watch *watch, struct watch_record *record)
{
	struct verify *verify = (struct verify *)watch;
	struct worker *worker = running(verify);
	const struct watch_record *live = peek(verify);

	if (live && !meets(verify, live, record))
		differ(verify, live, record);
	/* who opens a shadow has something in hand */
	if (verify->over && record->kind != WATCH_SHADOW)
		leave(worker);
	if (verify->over)
		return;
	verify->result->victims += record->kind == WATCH_VICTIM;
	step(verify);
	if (record->kind == WATCH_END)
		worker->in_call = false;
	pass_turn(verify);
	if (record->kind == WATCH_WAIT)
		will_wait(verify, worker);
}

/* The backend: no table and no data, and the log's answers. */

static void *op_data(void *backend, uint32_t frame)
{
	(void)backend;
	(void)frame;
	return NULL;
}

static void op_map(void *backend, const struct mapping *mapping, uint32_t frame,
	unsigned protection)
{
	(void)backend;
	(void)mapping;
	(void)frame;
	(void)protection;
}

/* The BIT_s that were found live. */
static unsigned answer(struct verify *verify, enum watch_kind kind,
	const struct mapping *mapping)
{
	const struct watch_record *live = next(verify);
	struct watch_record record = {
		.kind = kind,
		.lane = verify->watch.lane,
		.detail = live->detail,
		.number = mapping->as->number,
		.value = mapping->page,
	};
	unsigned bits = live->detail;

	on_note(&verify->watch, &record);
	return bits & (BIT_REFERENCED | BIT_DIRTY);
}

static unsigned op_unmap(void *backend, const struct mapping *mapping)
{
	return answer(backend, WATCH_UNMAPPED, mapping);
}

static unsigned op_harvest(void *backend, const struct mapping *mapping)
{
	return answer(backend, WATCH_HARVESTED, mapping);
}

static void op_prefetch(void *backend, const struct mapping *mapping)
{
	(void)backend;
	(void)mapping;
}

static uint32_t op_translate(void *backend, struct as *as, uint64_t page)
{
	struct verify *verify = backend;

	(void)as;
	(void)page;
	if (++verify->silent > SILENT_PAGES_MAX) {
		fail(verify, -EINVAL, "a hint for more pages than there are");
		leave(running(verify));
	}
	return 0;
}

static const struct physmem_ops log_ops = {
	.data = op_data,
	.map = op_map,
	.unmap = op_unmap,
	.harvest = op_harvest,
	.prefetch = op_prefetch,
	.translate = op_translate,
};

static const struct physmem_ops protecting_ops = {
	.data = op_data,
	.map = op_map,
	.unmap = op_unmap,
	.harvest = op_harvest,
	.protect = op_map,
	.prefetch = op_prefetch,
	.translate = op_translate,
};

/* The hook chooses what the program's has chosen. */
static bool choose(void *context, const struct page_name *wanted,
	struct page_name *victim_out)
{
	struct verify *verify = context;
	const struct watch_record *live = next(verify);
	const struct frame *frame;

	(void)wanted;
	if (live->kind != WATCH_VICTIM || live->detail != CHOSEN_BY_HOOK ||
		live->number >= verify->pager->physmem.frames_max)
		return false;
	frame = &verify->pager->physmem.frames[live->number];
	if (!frame->store)
		return false;
	*victim_out = (struct page_name){
		.store = frame->store, .offset = frame->offset};
	return true;
}

static int open_shadow(void *context, struct btree_pool *pool, uint64_t pages,
	struct store **out)
{
	struct verify *verify = context;
	const struct watch_record *live = peek(verify);
	int result;

	(void)pages;
	if (!live || live->kind != WATCH_SHADOW)
		return -EIO;
	result = (int)live->value;
	if (result)
		return result < 0 ? result : -EIO;
	return world_add_store(
		&verify->world, pool, live->number, live->detail, true, out);
}

/* Calls that are the world's. */

static bool is_in_use(struct verify *verify, const struct watch_record *call)
{
	const struct worker *worker;
	unsigned i;

	for (i = 0; i < verify->lanes; i++) {
		worker = verify->workers[i];
		if (worker->in_call &&
			redo_about(worker->call) == redo_about(call) &&
			worker->call->number == call->number)
			return true;
	}
	return false;
}

static int change_spaces(struct verify *verify, const struct watch_record *call)
{
	struct as *as = world_space(&verify->world, call->number);
	int error;

	if (call->kind == WATCH_SPACE_END) {
		if (!as || as->maps_count || is_in_use(verify, call))
			return -EINVAL;
		redo_space(verify->pager, as, false);
		return world_end_space(&verify->world, call->number);
	}
	error = world_add_space(&verify->world, call->value, &as);
	if (!error)
		redo_space(verify->pager, as, true);
	return error;
}

static int change_stores(struct verify *verify, const struct watch_record *call)
{
	struct store *store = world_store(&verify->world, call->number);
	int error;

	if (call->kind == WATCH_STORE_END) {
		if (!store || store->maps || store->frames.size ||
			is_in_use(verify, call))
			return -EINVAL;
		redo_store(verify->pager, store, false);
		return world_end_store(&verify->world, call->number);
	}
	error = world_add_store(&verify->world, verify->pager->btrees,
		call->number, call->detail, false, &store);
	if (!error)
		redo_store(verify->pager, store, true);
	return error;
}

static int do_call(struct worker *worker)
{
	struct verify *verify = worker->verify;
	const struct watch_record *call = worker->call;
	struct store *store = NULL;
	struct as *as = NULL;

	if (call->kind == WATCH_SPACE || call->kind == WATCH_SPACE_END)
		return change_spaces(verify, call);
	if (call->kind == WATCH_STORE || call->kind == WATCH_STORE_END)
		return change_stores(verify, call);
	if (redo_about(call) == REDO_SPACE)
		as = world_space(&verify->world, call->number);
	if (redo_about(call) == REDO_STORE)
		store = world_store(&verify->world, call->number);
	if (call->kind == WATCH_MAP)
		store = world_store(&verify->world, call[2].number);
	return redo_call(verify->pager, as, store, call);
}

/* The lane's next call, copied; false: there is none any more. */
static bool take_call(struct worker *worker)
{
	struct verify *verify = worker->verify;
	const struct watch_record *record;
	unsigned count;

	wait_for_turn(worker);
	record = peek(verify);
	if (!record)
		return false;
	count = log_call_records(record->kind);
	if (count)
		memcpy(worker->call, record, count * sizeof(*record));
	else
		fail(verify, -EINVAL, "no call begins here");
	return count != 0;
}

static void lock(struct verify *verify)
{
	if (verify->threads)
		pthread_mutex_lock(&verify->pager->lock);
}

static void unlock(struct verify *verify)
{
	if (verify->threads)
		pthread_mutex_unlock(&verify->pager->lock);
}

/* Does the lane's calls; the lock is not held. */
static void do_calls(struct worker *worker)
{
	struct verify *verify = worker->verify;
	uint64_t before;
	int error = 0;

	while (!error) {
		lock(verify);
		if (!take_call(worker))
			break;
		before = verify->result->records;
		unlock(verify);
		error = do_call(worker);
		lock(verify);
		/* or it was no call that the pager takes */
		if (!error && verify->result->records == before)
			error = -EINVAL;
		if (error)
			fail(verify, error, "a call that could not be made");
		unlock(verify);
	}
	if (!error)
		unlock(verify);
}

static void *work(void *argument)
{
	struct worker *worker = argument;

	/* it leaves with the lock held */
	if (setjmp(worker->out))
		unlock(worker->verify);
	else
		do_calls(worker);
	return NULL;
}

/* Waits for the end; wakes who would not have been woken. */
static void watch_over(struct verify *verify)
{
	unsigned i;

	lock(verify);
	while (!verify->over) {
		pthread_cond_wait(&verify->main, &verify->pager->lock);
		if (verify->wakes)
			pthread_cond_broadcast(&verify->pager->ready);
		verify->wakes = false;
	}
	unlock(verify);
	/* no worker starts another one now */
	for (i = 0; i < verify->lanes; i++)
		pthread_join(verify->workers[i]->thread, NULL);
}

static int create_pager(struct verify *verify)
{
	const struct log_header *header = log_header(verify->log);
	bool protects = header->flags & LOG_PROTECTS;
	const struct pager_config config = {
		.frames = header->frames,
		.page_bytes = header->page_bytes,
		.mappings_max = header->mappings_max,
		.stores_max = header->stores_max,
		.physmem_ops = protects ? &protecting_ops : &log_ops,
		.backend = verify,
		.policy_ops = policy_find(header->policy),
		.policy_values = header->values,
		.policy_seed = header->seed,
		.bit_at_load = header->flags & LOG_BIT_AT_LOAD,
		.threads = header->flags & LOG_THREADS,
		.track_writes = header->flags & LOG_TRACK_WRITES,
		.data_moves = header->flags & LOG_DATA_MOVES,
		.read_ahead_max = header->read_ahead_max,
		.victim_batch = header->victim_batch,
		.clean_ahead = header->clean_ahead,
		.shadows_max = header->shadows_max,
		.open_shadow = open_shadow,
		.shadow_context = verify,
	};
	int error = pager_create(&config, &verify->pager);

	if (error)
		return message_set(verify->message, error,
			"%s: no pager of %u frames can be made: %s",
			log_path(verify->log), header->frames,
			strerror(-error));
	verify->threads = config.threads;
	verify->world.stores_max = header->stores_max;
	verify->watch.begin = on_begin;
	verify->watch.resume = on_resume;
	verify->watch.note = on_note;
	verify->hooks.context = verify;
	verify->hooks.choose = choose;
	pager_set_watch(verify->pager, &verify->watch);
	return pager_set_hooks(verify->pager, &verify->hooks);
}

static int run(struct verify *verify)
{
	int error = create_pager(verify);

	if (error)
		return error;
	lock(verify);
	error = add_worker(verify);
	unlock(verify);
	if (error)
		return message_set(verify->message, error, "too little memory");
	if (verify->threads)
		watch_over(verify);
	else
		work(verify->workers[0]);
	return verify->error;
}

/* Nothing is under way: what the pager has come to must be in order. */
static int check(struct verify *verify)
{
	const struct world *world = &verify->world;
	const char *why;
	unsigned i;

	for (i = 0; i < verify->lanes; i++)
		if (verify->workers[i]->in_call)
			return 0;
	why = world_check(world, verify->pager);
	if (!why)
		return 0;
	return message_set(
		verify->message, -EINVAL, "%s: %s", log_path(verify->log), why);
}

int verify_run(struct log_reader *log, const struct verify_config *config,
	struct verify_result *result, struct message *message)
{
	struct verify verify = {
		.config = config,
		.result = result,
		.log = log,
		.message = message,
	};
	int error;

	*result = (struct verify_result){.equal = true};
	pthread_cond_init(&verify.main, NULL);
	error = run(&verify);
	if (!error && result->equal && config->check)
		error = check(&verify);
	if (verify.pager) {
		result->counts = verify.pager->counts;
		redo_abandon(verify.pager);
	}
	result->cut = log_is_cut(log);
	result->lanes = verify.lanes;
	while (verify.lanes--) {
		pthread_cond_destroy(&verify.workers[verify.lanes]->turn);
		free(verify.workers[verify.lanes]);
	}
	world_fini(&verify.world);
	pthread_cond_destroy(&verify.main);
	return error;
}
