/*
 * Rings of perf events: see perf-ring.h.
 *
 * The events are this process's own, so that the program inherits them when
 * it is forked, before its first instruction; only an exec starts them, and
 * this process never does one.
 */
#include <config.h>

#include "tracer/perf-ring.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_MAX 4
/* What users may lock without asking for more, 516 KiB a processor, is this
 * and the page before it; where less is allowed, less will do. */
#define RING_BYTES_MAX (512u << 10)
#define RING_BYTES_MIN (16u << 10)

#define SAMPLE_TYPE                                                            \
	(PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_TID | PERF_SAMPLE_TIME |         \
		PERF_SAMPLE_ADDR | PERF_SAMPLE_DATA_SRC)

/* As SAMPLE_TYPE lays it. */
struct sample {
	struct perf_event_header header;
	uint64_t id;
	uint32_t process, thread;
	uint64_t time_ns, address, source;
};

/* At the end of every other record. */
struct trailer {
	uint32_t process, thread;
	uint64_t time_ns, id;
};

struct map {
	struct perf_event_header header;
	uint32_t process, thread;
	uint64_t address, bytes, offset;
	uint8_t file[24];
	uint32_t protection, flags;
	char name[];
};

struct command {
	struct perf_event_header header;
	uint32_t process, thread;
	char name[];
};

struct forked {
	struct perf_event_header header;
	uint32_t process, parent, thread, parent_thread;
	uint64_t time_ns;
};

struct lost {
	struct perf_event_header header;
	uint64_t id, lost;
};

/* A processor's. */
struct ring {
	struct perf_event_mmap_page *page; /* NULL: not mapped */
	size_t bytes;			   /* of the data behind it */
	int file[EVENTS_MAX];		   /* -1: not open */
	uint64_t id[EVENTS_MAX];
};

/* A record that was read and is held back. */
struct held {
	uint64_t time_ns;
	size_t at; /* in the bytes held */
	const struct ring *ring;
};

struct perf_rings {
	unsigned events;
	struct ring *ring;
	unsigned count;
	struct pollfd *files; /* [count + 1] */

	struct held *held;
	size_t held_count, held_room;
	char *bytes; /* of the records held, each at a multiple of 8 */
	size_t bytes_used, bytes_room;
	char *spare; /* where those that stay are put */
	size_t spare_room;
	uint64_t horizon_ns; /* when the last round began */
};

static size_t page_bytes(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* ---- opening ---- */

static int open_event(const struct perf_event_attr *wanted, unsigned number,
	unsigned processor)
{
	struct perf_event_attr event = *wanted;

	event.size = sizeof(event);
	event.sample_type = SAMPLE_TYPE;
	event.sample_id_all = 1;
	event.disabled = 1;
	event.enable_on_exec = 1;
	event.inherit = 1;
	event.exclude_hv = 1;
	event.use_clockid = 1;
	event.clockid = CLOCK_MONOTONIC;
	event.watermark = 1;
	event.wakeup_watermark = RING_BYTES_MIN / 2;
	/* One of them tells what happens besides. */
	event.mmap = event.mmap2 = event.mmap_data = number == 0;
	event.comm = event.comm_exec = event.task = number == 0;
	long file = syscall(SYS_perf_event_open, &event, 0, (int)processor, -1,
		PERF_FLAG_FD_CLOEXEC);

	return file < 0 ? -errno : (int)file;
}

/* As large as is allowed. */
static int map_ring(struct ring *ring)
{
	void *page = MAP_FAILED;

	for (ring->bytes = RING_BYTES_MAX;
		page == MAP_FAILED && ring->bytes >= RING_BYTES_MIN;
		ring->bytes /= 2)
		page = mmap(NULL, page_bytes() + ring->bytes,
			PROT_READ | PROT_WRITE, MAP_SHARED, ring->file[0], 0);
	if (page == MAP_FAILED)
		return -errno;
	ring->bytes *= 2; /* the loop halved it once more */
	ring->page = page;
	return 0;
}

/* -ENODEV: the processor is switched off. */
static int open_ring(struct ring *ring, const struct perf_event_attr *events,
	unsigned count, unsigned processor)
{
	int error = 0;

	for (unsigned i = 0; i < count && error == 0; i++) {
		ring->file[i] = open_event(&events[i], i, processor);
		if (ring->file[i] < 0)
			return ring->file[i];
		if (ioctl(ring->file[i], PERF_EVENT_IOC_ID, &ring->id[i]) != 0)
			return -errno;
		if (i == 0)
			error = map_ring(ring);
		else if (ioctl(ring->file[i], PERF_EVENT_IOC_SET_OUTPUT,
				 ring->file[0]) != 0)
			error = -errno;
	}
	return error;
}

static void close_ring(struct ring *ring, unsigned events)
{
	if (ring->page != NULL)
		munmap(ring->page, page_bytes() + ring->bytes);
	ring->page = NULL;
	for (unsigned i = 0; i < events; i++) {
		if (ring->file[i] >= 0)
			close(ring->file[i]);
		ring->file[i] = -1;
	}
}

int perf_rings_open(const struct perf_event_attr *events, unsigned count,
	struct perf_rings **out)
{
	long processors = sysconf(_SC_NPROCESSORS_CONF);
	struct perf_rings *rings = calloc(1, sizeof(*rings));
	int error = 0;

	if (rings == NULL)
		return -ENOMEM;
	rings->events = count;
	rings->ring = calloc(processors, sizeof(*rings->ring));
	rings->files = calloc(processors + 1, sizeof(*rings->files));
	if (rings->ring == NULL || rings->files == NULL)
		error = -ENOMEM;
	for (long i = 0; i < processors && error == 0; i++) {
		struct ring *ring = &rings->ring[rings->count];

		memset(ring->file, -1, sizeof(ring->file));
		error = open_ring(ring, events, count, (unsigned)i);
		if (error == 0)
			rings->files[rings->count++] = (struct pollfd){
				.fd = ring->file[0], .events = POLLIN};
		else
			close_ring(ring, count);
		if (error == -ENODEV)
			error = 0;
	}
	if (error == 0 && rings->count == 0)
		error = -ENODEV;
	if (error != 0) {
		perf_rings_close(rings);
		return error;
	}
	*out = rings;
	return 0;
}

void perf_rings_close(struct perf_rings *rings)
{
	if (rings == NULL)
		return;
	for (unsigned i = 0; i < rings->count; i++)
		close_ring(&rings->ring[i], rings->events);
	free(rings->ring);
	free(rings->files);
	free(rings->held);
	free(rings->bytes);
	free(rings->spare);
	free(rings);
}

void perf_rings_wait(struct perf_rings *rings, int file, int timeout_ms)
{
	rings->files[rings->count] =
		(struct pollfd){.fd = file, .events = POLLIN};
	poll(rings->files, rings->count + 1, timeout_ms);
	/* A ring hangs up when all that inherited its events have ended. */
	for (unsigned i = 0; i < rings->count; i++)
		if (rings->files[i].revents & (POLLHUP | POLLERR))
			rings->files[i].fd = -1;
}

/* ---- records ---- */

/* The name that begins at NAME, if it ends in time. */
static bool take_name(
	const char *name, const char *end, struct perf_record *out)
{
	out->name = name;
	return name < end && memchr(name, '\0', end - name) != NULL;
}

static bool parse_sample(const struct sample *sample, size_t bytes,
	const uint64_t *ids, unsigned count, struct perf_record *out)
{
	unsigned mode = sample->header.misc & PERF_RECORD_MISC_CPUMODE_MASK;

	if (bytes < sizeof(*sample))
		return false;
	while (out->event < count && ids[out->event] != sample->id)
		out->event++;
	out->kind = PERF_TOUCH;
	out->time_ns = sample->time_ns;
	out->process = sample->process;
	out->thread = sample->thread;
	out->address = sample->address;
	out->source = sample->source;
	out->kernel = mode == PERF_RECORD_MISC_KERNEL;
	return out->event < count;
}

static bool parse_map(
	const struct map *map, const char *end, struct perf_record *out)
{
	if (end < map->name)
		return false;
	out->kind = PERF_MAP;
	out->address = map->address;
	out->bytes = map->bytes;
	out->offset = map->offset;
	out->protection = map->protection;
	return take_name(map->name, end, out);
}

/* A process is as its first thread is; forks of threads are no news. */
static bool parse_fork(
	const struct forked *forked, const char *end, struct perf_record *out)
{
	if (end < (const char *)(forked + 1))
		return false;
	if (forked->header.type == PERF_RECORD_EXIT) {
		out->kind = PERF_END;
		out->process = forked->process;
		out->thread = forked->thread;
		return forked->process == forked->thread;
	}
	out->kind = PERF_FORK;
	out->process = forked->parent;
	out->thread = forked->parent_thread;
	out->child = forked->process;
	return forked->process != forked->parent;
}

static bool parse_lost(
	const struct lost *lost, const char *end, struct perf_record *out)
{
	out->kind = PERF_LOST;
	if (lost->header.type == PERF_RECORD_LOST) {
		out->lost = lost->lost;
		return end >= (const char *)(lost + 1);
	}
	/* For LOST_SAMPLES, the first number; throttled: nobody counts. */
	if (lost->header.type == PERF_RECORD_LOST_SAMPLES)
		out->lost = lost->id;
	return end >= (const char *)(&lost->id + 1);
}

bool perf_record_parse(const void *data, size_t bytes, const uint64_t *ids,
	unsigned count, struct perf_record *out)
{
	const struct perf_event_header *header = data;
	const struct command *command = data;
	struct trailer trailer;

	*out = (struct perf_record){0};
	if (bytes < sizeof(*header))
		return false;
	if (header->type == PERF_RECORD_SAMPLE)
		return parse_sample(data, bytes, ids, count, out);
	if (bytes < sizeof(*command) + sizeof(trailer))
		return false;
	const char *end = (const char *)data + bytes - sizeof(trailer);

	memcpy(&trailer, end, sizeof(trailer));
	out->time_ns = trailer.time_ns;
	out->process = trailer.process;
	out->thread = trailer.thread;
	switch (header->type) {
	case PERF_RECORD_MMAP2:
		return parse_map(data, end, out);
	case PERF_RECORD_COMM:
		out->kind = PERF_EXEC;
		return (header->misc & PERF_RECORD_MISC_COMM_EXEC) != 0 &&
		       take_name(command->name, end, out);
	case PERF_RECORD_FORK:
	case PERF_RECORD_EXIT:
		return parse_fork(data, end, out);
	case PERF_RECORD_LOST:
	case PERF_RECORD_LOST_SAMPLES:
	case PERF_RECORD_THROTTLE:
		return parse_lost(data, end, out);
	default:
		return false;
	}
}

/* ---- rounds ---- */

static int reach(void **array, size_t *room, size_t wanted, size_t bytes)
{
	if (wanted <= *room)
		return 0;
	void *more = realloc(*array, (wanted * 2) * bytes);

	if (more == NULL)
		return -ENOMEM;
	*array = more;
	*room = wanted * 2;
	return 0;
}

/* The record at byte AT of the ring, which may go around its end. */
static int hold(struct perf_rings *rings, const struct ring *ring, uint64_t at,
	size_t bytes)
{
	const char *data = (const char *)ring->page + page_bytes();
	size_t from = at % ring->bytes;
	size_t first = ring->bytes - from < bytes ? ring->bytes - from : bytes;
	struct perf_record record;
	int error = reach((void **)&rings->bytes, &rings->bytes_room,
		rings->bytes_used + bytes, 1);

	if (error == 0)
		error = reach((void **)&rings->held, &rings->held_room,
			rings->held_count + 1, sizeof(*rings->held));
	if (error != 0)
		return error;
	char *to = rings->bytes + rings->bytes_used;

	memcpy(to, data + from, first);
	memcpy(to + first, data, bytes - first);
	if (!perf_record_parse(to, bytes, ring->id, rings->events, &record))
		return 0;
	rings->held[rings->held_count++] =
		(struct held){record.time_ns, rings->bytes_used, ring};
	rings->bytes_used += bytes;
	return 0;
}

static int read_ring(struct perf_rings *rings, const struct ring *ring)
{
	struct perf_event_mmap_page *page = ring->page;
	uint64_t head = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE);
	uint64_t tail = page->data_tail;
	int error = 0;

	while (tail < head && error == 0) {
		struct perf_event_header header;

		/* Headers are never cut: records are multiples of 8 bytes. */
		memcpy(&header,
			(const char *)page + page_bytes() + tail % ring->bytes,
			sizeof(header));
		if (header.size < sizeof(header))
			return -EIO;
		error = hold(rings, ring, tail, header.size);
		tail += header.size;
	}
	__atomic_store_n(&page->data_tail, tail, __ATOMIC_RELEASE);
	return error;
}

static size_t record_bytes(const char *data)
{
	return ((const struct perf_event_header *)data)->size;
}

static int compare(const void *a, const void *b)
{
	const struct held *left = a, *right = b;

	if (left->time_ns != right->time_ns)
		return left->time_ns < right->time_ns ? -1 : 1;
	return (left->at > right->at) - (left->at < right->at);
}

/* What stays moves to the front, records and, into the other room, bytes. */
static int keep_from(struct perf_rings *rings, size_t first)
{
	size_t count = rings->held_count - first, used = 0;
	int error = reach((void **)&rings->spare, &rings->spare_room,
		rings->bytes_used, 1);

	if (error != 0)
		return error;
	for (size_t i = 0; i < count; i++) {
		struct held *held = &rings->held[i];

		*held = rings->held[first + i];
		size_t bytes = record_bytes(rings->bytes + held->at);

		memcpy(rings->spare + used, rings->bytes + held->at, bytes);
		held->at = used;
		used += bytes;
	}
	char *spare = rings->bytes;
	size_t spare_room = rings->bytes_room;

	rings->bytes = rings->spare;
	rings->bytes_room = rings->spare_room;
	rings->spare = spare;
	rings->spare_room = spare_room;
	rings->held_count = count;
	rings->bytes_used = used;
	return 0;
}

static int hand_over(struct perf_rings *rings, uint64_t before_ns,
	perf_sink *sink, void *context)
{
	size_t done = 0;
	int error = 0;

	if (rings->held_count > 0)
		qsort(rings->held, rings->held_count, sizeof(*rings->held),
			compare);
	while (done < rings->held_count && error == 0 &&
		rings->held[done].time_ns < before_ns) {
		const struct held *held = &rings->held[done++];
		const char *data = rings->bytes + held->at;
		struct perf_record record;

		perf_record_parse(data, record_bytes(data), held->ring->id,
			rings->events, &record);
		error = sink(context, &record);
	}
	return error != 0 ? error : keep_from(rings, done);
}

int perf_rings_read(
	struct perf_rings *rings, bool last, perf_sink *sink, void *context)
{
	uint64_t before_ns = last ? UINT64_MAX : rings->horizon_ns;
	int error = 0;

	rings->horizon_ns = now_ns();
	for (unsigned i = 0; i < rings->count && error == 0; i++)
		error = read_ring(rings, &rings->ring[i]);
	return error != 0 ? error : hand_over(rings, before_ns, sink, context);
}
