/*
 * Writing a log: see pager-log.h.
 *
 * What the backend answers is seen by standing before it: the pager's
 * physmem_ops are those here while a log is written.
 */
#include "mm/pager-log.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "mm/log-format.h"
#include "mm/pager-internal.h"

_Static_assert(sizeof(struct physmem_ops) == 13 * sizeof(void (*)(void)),
	"a function more must be passed on");

struct pager_log {
	struct pager_watch watch; /* first */
	struct pager *pager;
	const struct physmem_ops *ops; /* the backend's own */
	struct physmem_ops before;     /* those that stand before them */
	void *backend;
	int fd;
	pid_t process;
	int error; /* that has ended it */
	uint64_t lanes[WATCH_LANES / 64];
	struct {
		struct log_block head;
		struct watch_record records[LOG_BLOCK_RECORDS];
	} block;
};

/* A file that may get no longer is an error here, not the program's death. */
static int write_all(int fd, const void *data, size_t bytes)
{
	const struct timespec at_once = {0};
	sigset_t limit, before, pending;
	ssize_t written = 0;
	int error = 0;

	sigpending(&pending);
	sigemptyset(&limit);
	sigaddset(&limit, SIGXFSZ);
	pthread_sigmask(SIG_BLOCK, &limit, &before);
	while (bytes && !error) {
		written = write(fd, data, bytes);
		if (written >= 0) {
			data = (const char *)data + written;
			bytes -= written;
		} else if (errno != EINTR) {
			error = -errno;
		}
	}
	/* one that waited before is not ours */
	if (error == -EFBIG && !sigismember(&pending, SIGXFSZ))
		sigtimedwait(&limit, NULL, &at_once);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}

/* Writes the block.  A child's copy of the log is not the child's. */
static void flush(struct pager_log *log)
{
	struct log_block *head = &log->block.head;

	if (!log->error && getpid() != log->process)
		log->error = -ECHILD;
	if (log->error || !head->records)
		return;
	head->checksum = log_block_checksum(head, log->block.records);
	log->error = write_all(log->fd, &log->block,
		sizeof(*head) + head->records * sizeof(*log->block.records));
	head->first += head->records;
	head->records = 0;
}

static void append(struct pager_log *log, const struct watch_record *record)
{
	struct log_block *head = &log->block.head;

	if (log->error)
		return;
	log->block.records[head->records] = *record;
	if (++head->records == LOG_BLOCK_RECORDS)
		flush(log);
}

static void log_begin(struct pager_watch *watch,
	const struct watch_record *records, unsigned count)
{
	struct pager_log *log = (struct pager_log *)watch;
	struct watch_record record;
	unsigned word = 0, i;

	while (word < WATCH_LANES / 64 && !~log->lanes[word])
		word++;
	if (word == WATCH_LANES / 64) {
		log->error = log->error ? log->error : -EUSERS;
		return;
	}
	watch->lane = word * 64 + __builtin_ctzll(~log->lanes[word]);
	log->lanes[word] |= UINT64_C(1) << watch->lane % 64;
	for (i = 0; i < count; i++) {
		record = records[i];
		record.lane = watch->lane;
		append(log, &record);
	}
}

static void log_resume(struct pager_watch *watch, unsigned lane)
{
	watch->lane = lane;
}

static void log_note(struct pager_watch *watch, struct watch_record *record)
{
	struct pager_log *log = (struct pager_log *)watch;

	append(log, record);
	if (record->kind == WATCH_END)
		log->lanes[record->lane / 64] &=
			~(UINT64_C(1) << record->lane % 64);
}

/* The backend, and what of its answers is told. */

static void answer(struct pager_log *log, enum watch_kind kind,
	const struct mapping *mapping, unsigned bits)
{
	const struct watch_record record = {
		.kind = kind,
		.lane = log->watch.lane,
		.detail = bits,
		.number = mapping->as->number,
		.value = mapping->page,
	};

	append(log, &record);
}

static void *log_data(void *backend, uint32_t frame)
{
	const struct pager_log *log = backend;

	return log->ops->data(log->backend, frame);
}

static void log_map(void *backend, const struct mapping *mapping,
	uint32_t frame, unsigned protection)
{
	const struct pager_log *log = backend;

	log->ops->map(log->backend, mapping, frame, protection);
}

static unsigned log_unmap(void *backend, const struct mapping *mapping)
{
	struct pager_log *log = backend;
	unsigned bits = log->ops->unmap(log->backend, mapping);

	answer(log, WATCH_UNMAPPED, mapping, bits);
	return bits;
}

static void log_unmap_many(
	void *backend, struct unmapping *unmappings, unsigned count)
{
	struct pager_log *log = backend;
	unsigned i;

	if (log->ops->unmap_many)
		log->ops->unmap_many(log->backend, unmappings, count);
	for (i = 0; i < count; i++) {
		if (!log->ops->unmap_many)
			unmappings[i].bits = log->ops->unmap(
				log->backend, unmappings[i].mapping);
		answer(log, WATCH_UNMAPPED, unmappings[i].mapping,
			unmappings[i].bits);
	}
}

static unsigned log_harvest(void *backend, const struct mapping *mapping)
{
	struct pager_log *log = backend;
	unsigned bits = log->ops->harvest(log->backend, mapping);

	answer(log, WATCH_HARVESTED, mapping, bits);
	return bits;
}

static void log_prefetch(void *backend, const struct mapping *mapping)
{
	const struct pager_log *log = backend;

	log->ops->prefetch(log->backend, mapping);
}

static uint32_t log_translate(void *backend, struct as *as, uint64_t page)
{
	const struct pager_log *log = backend;

	return log->ops->translate(log->backend, as, page);
}

static void log_protect(void *backend, const struct mapping *mapping,
	uint32_t frame, unsigned protection)
{
	const struct pager_log *log = backend;

	log->ops->protect(log->backend, mapping, frame, protection);
}

static void log_leave(void *backend, uint32_t frame, bool wanted)
{
	const struct pager_log *log = backend;

	log->ops->leave(log->backend, frame, wanted);
}

static void log_leave_many(
	void *backend, const uint32_t *frames, unsigned count)
{
	const struct pager_log *log = backend;

	log->ops->leave_many(log->backend, frames, count);
}

/* The last three functions are a server's backend's, which is not logged. */
static const struct physmem_ops log_ops = {
	.data = log_data,
	.map = log_map,
	.unmap = log_unmap,
	.unmap_many = log_unmap_many,
	.harvest = log_harvest,
	.protect = log_protect,
	.leave = log_leave,
	.leave_many = log_leave_many,
	.prefetch = log_prefetch,
	.translate = log_translate,
};

static int write_header(const struct pager *pager, int fd)
{
	const struct pager_config *config = &pager->config;
	const struct policy_parameter *parameter =
		config->policy_ops->parameters;
	struct log_header header = {
		.magic = LOG_MAGIC,
		.version = LOG_VERSION,
		.header_bytes = sizeof(header),
		.flags = (config->threads ? LOG_THREADS : 0) |
			 (config->bit_at_load ? LOG_BIT_AT_LOAD : 0) |
			 (config->track_writes ? LOG_TRACK_WRITES : 0) |
			 (config->data_moves ? LOG_DATA_MOVES : 0) |
			 (pager->physmem.ops->protect ? LOG_PROTECTS : 0),
		.page_bytes = config->page_bytes,
		.frames = config->frames,
		.mappings_max = config->mappings_max,
		.stores_max = config->stores_max,
		.shadows_max = pager->shadows_max,
		.read_ahead_max = config->read_ahead_max,
		.victim_batch = config->victim_batch,
		.clean_ahead = config->clean_ahead,
		.seed = config->policy_seed,
	};
	unsigned i = 0;

	strncpy(header.policy, config->policy_ops->name,
		sizeof(header.policy) - 1);
	for (; parameter && parameter[i].name; i++)
		header.values[i] = config->policy_values
					   ? config->policy_values[i]
					   : parameter[i].value;
	header.values_count = i;
	header.checksum = log_header_checksum(&header);
	return write_all(fd, &header, sizeof(header));
}

static bool is_new(const struct pager *pager)
{
	const struct physmem *physmem = &pager->physmem;

	return !pager->watch && !physmem->resident && !pager->shadows;
}

/* Frames that the pager has parked already, the first ones, go in the log as
 * they did in it.  -EBUSY: they are others. */
static int tell_parked(struct pager *pager)
{
	const struct physmem *physmem = &pager->physmem;
	uint32_t parked = physmem->frames_max - physmem->limit, i;

	for (i = 0; i < parked; i++) {
		if (!physmem_is_parked(physmem, i))
			return -EBUSY;
		pager_begin_frame(pager, WATCH_REMOVE_FRAME, 0, 0);
		pager_end(pager, 0);
	}
	return 0;
}

static void tell_cleaner(struct pager *pager)
{
	if (!pager->cleaner.attached)
		return;
	pager_begin_frame(pager, WATCH_CLEANER, 0, 1);
	pager_end(pager, 0);
}

int pager_log_start(struct pager *pager, int fd, struct pager_log **out)
{
	const struct physmem_ops *ops = pager->physmem.ops;
	struct pager_log *log;
	int error;

	if (ops->page_out || ops->may_dirty || ops->forget)
		return -ENOTSUP;
	if (!is_new(pager))
		return -EBUSY;
	log = memory_map(sizeof(*log));
	if (!log)
		return -ENOMEM;
	error = write_header(pager, fd);
	if (error) {
		memory_unmap(log, sizeof(*log));
		return error;
	}
	log->watch.begin = log_begin;
	log->watch.resume = log_resume;
	log->watch.note = log_note;
	log->pager = pager;
	log->ops = ops;
	log->backend = pager->physmem.backend;
	log->fd = fd;
	log->process = getpid();
	memcpy(log->block.head.magic, LOG_BLOCK_MAGIC, LOG_MAGIC_BYTES);
	/* what the backend can't do the pager does not ask for */
	log->before = log_ops;
	if (!ops->protect)
		log->before.protect = NULL;
	if (!ops->leave)
		log->before.leave = NULL;
	if (!ops->leave_many)
		log->before.leave_many = NULL;
	pager->physmem.ops = &log->before;
	pager->physmem.backend = log;
	pager_set_watch(pager, &log->watch);
	tell_cleaner(pager);
	error = tell_parked(pager);
	if (error)
		(void)pager_log_stop(log);
	else
		*out = log;
	return error;
}

int pager_log_stop(struct pager_log *log)
{
	const struct watch_record stop = {.kind = WATCH_STOP};
	int error;

	pager_set_watch(log->pager, NULL);
	log->pager->physmem.ops = log->ops;
	log->pager->physmem.backend = log->backend;
	append(log, &stop);
	flush(log);
	error = log->error;
	memory_unmap(log, sizeof(*log));
	return error;
}
