/* What paged memory is called: see names.h. */
#include <config.h>

#include "live/names.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "live/live.h"
#include "mm/selfpage.h"
#include "pagetrace/ask.h"
#include "replay/hinting.h"

enum {
	PAGE = 4096,
	HEAP_STEP = 32 * PAGE, /* in which the heap is told to grow */
};

static const char heap_name[] = "[heap]";

static struct {
	pthread_mutex_t lock; /* guards all */
	struct hints hints;
	struct hinting *hinting; /* NULL: there are no hints */
	uint64_t heap_end;
} names = {.lock = PTHREAD_MUTEX_INITIALIZER, .heap_end = LIVE_HEAP_BASE};

/* ---- the hints ---- */

static const enum selfpage_advice advices[] = {
	[ADVICE_NORMAL] = SELFPAGE_NORMAL,
	[ADVICE_RANDOM] = SELFPAGE_RANDOM,
	[ADVICE_SEQUENTIAL] = SELFPAGE_SEQUENTIAL,
	[ADVICE_READ_ONCE] = SELFPAGE_READ_ONCE,
	[ADVICE_WILL_NEED] = SELFPAGE_WILL_NEED,
	[ADVICE_DONT_NEED] = SELFPAGE_DONT_NEED,
	[ADVICE_COLD] = SELFPAGE_COLD,
	[ADVICE_PIN] = SELFPAGE_PIN,
	[ADVICE_UNPIN] = SELFPAGE_UNPIN,
	[ADVICE_PRIORITY] = SELFPAGE_PRIORITY,
};

/* The program goes on without what can't be done. */
static int advise(void *context, uint64_t start, uint64_t pages,
	enum advice advice, unsigned value)
{
	const char *name = hinting_find(names.hinting, start);

	(void)context;
	if (selfpage_advise(live.space, start * PAGE, pages * PAGE,
		    advices[advice], value) != 0)
		live_say("--hints: a hint for %s could not be followed in full",
			name && *name ? name : "an address");
	return 0;
}

static void read_hints(const struct live_shared *shared, struct hint *hint)
{
	for (uint32_t i = 0; i < shared->hints_count; i++) {
		const struct live_hint *from = &shared->hints[i];

		hint[i] = (struct hint){
			.start = from->start,
			.end = from->end,
			.part = from->part,
			.advice = (enum advice)from->advice,
			.value = from->value,
		};
		if (from->region[0] != '\0')
			hint[i].region = (char *)from->region;
		if (from->mark[0] != '\0')
			hint[i].mark = (char *)from->mark;
		else
			names.hints.timed++;
	}
}

int names_start(void)
{
	static const struct hinting_pager pager = {
		.advise = advise, .page_bytes = PAGE};
	uint32_t count = live.shared->hints_count;
	int error;

	if (count == 0)
		return 0;
	names.hints.hint = calloc(count, sizeof(*names.hints.hint));
	if (names.hints.hint == NULL)
		return -ENOMEM;
	read_hints(live.shared, names.hints.hint);
	names.hints.count = count;
	names.hints.name = (char *)"--hints";
	error = hinting_create(&pager, &names.hints, &names.hinting);
	return error ? error : hinting_apply(names.hinting, 0, NULL);
}

bool names_are_wanted(void)
{
	return names.hinting != NULL || live.pager == NULL;
}

void names_lock(void)
{
	pthread_mutex_lock(&names.lock);
}

void names_unlock(void)
{
	pthread_mutex_unlock(&names.lock);
}

/* ---- telling ---- */

/* Up to END of the map that begins at MAP. */
struct place {
	uint64_t start, end;
	uint64_t map_start, map_end;
};

static struct place map_place(uint64_t address, uint64_t bytes)
{
	return (struct place){
		address, address + bytes, address, address + bytes};
}

static void note_error(int error)
{
	if (error)
		live_say("--hints: too little memory for names");
}

/* With the lock held.  NAME: "" has the recorder find out who asks. */
static void tell(const struct place *place, const char *name)
{
	if (names.hinting != NULL) {
		const struct hinting_map map = {
			.start = place->start / PAGE,
			.end = place->end / PAGE,
			.map_start = place->map_start / PAGE,
			.map_end = place->map_end / PAGE,
			.name = name,
		};

		note_error(hinting_map(names.hinting, &map, NULL));
		return;
	}
	struct pagetrace_naming naming = {
		.start = place->start,
		.end = place->end,
		.map_start = place->map_start,
		.map_end = place->map_end,
	};

	snprintf(naming.name, sizeof(naming.name), "%s", name);
	pagetrace_ask(PAGETRACE_NAMING_REQUEST, (uint64_t)&naming);
}

/* A file's name, "" if it can't be told. */
static void read_file_name(int fd, char *name, size_t bytes)
{
	char link[40];
	ssize_t got;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	got = readlink(link, name, bytes - 1);
	name[got > 0 ? got : 0] = '\0';
}

/* ---- maps: a recorder sees them itself ---- */

void names_map(uint64_t address, uint64_t bytes, int fd, const char *name)
{
	const struct place place = map_place(address, bytes);
	char file[LIVE_PATH_BYTES];

	if (names.hinting == NULL)
		return;
	if (fd >= 0) {
		read_file_name(fd, file, sizeof(file));
		name = file;
	}
	names_lock();
	tell(&place, name);
	names_unlock();
}

void names_give(uint64_t address, uint64_t bytes, const char *name)
{
	const struct place place = map_place(address, bytes);
	char region[ANON_REGION_BYTES];

	if (names.hinting == NULL)
		return;
	anon_region_name(name, region);
	names_lock();
	tell(&place, region);
	names_unlock();
}

void names_move(uint64_t from, uint64_t to, uint64_t bytes)
{
	const struct place place = map_place(to, bytes);
	char region[LIVE_PATH_BYTES] = ANON_UNKNOWN;
	const char *name;

	if (names.hinting == NULL) {
		struct pagetrace_naming naming = {
			.start = to, .end = to + bytes, .from = from};

		pagetrace_ask(PAGETRACE_NAMING_REQUEST, (uint64_t)&naming);
		return;
	}
	names_lock();
	name = hinting_find(names.hinting, from / PAGE);
	if (name != NULL)
		snprintf(region, sizeof(region), "%s", name);
	tell(&place, region);
	names_unlock();
}

void names_unmap(uint64_t address, uint64_t bytes)
{
	if (names.hinting == NULL)
		return;
	names_lock();
	note_error(hinting_unmap(
		names.hinting, address / PAGE, (address + bytes) / PAGE));
	names_unlock();
}

/* ---- the heap ---- */

void names_heap(uint64_t end)
{
	struct place place = {.map_start = LIVE_HEAP_BASE};

	names_lock();
	place.start = names.heap_end;
	place.end = (end + HEAP_STEP - 1) & -(uint64_t)HEAP_STEP;
	place.map_end = place.end;
	if (place.start < place.end) {
		tell(&place, heap_name);
		names.heap_end = place.end;
		__atomic_store_n(&live.heap_named, place.end, __ATOMIC_RELAXED);
	}
	names_unlock();
}

void names_piece(uint64_t object, uint64_t bytes, const char *name)
{
	const struct place place = map_place(object, bytes);

	names_lock();
	tell(&place, name);
	names_unlock();
}

void names_piece_ends(uint64_t object, uint64_t bytes)
{
	struct place place = map_place(object, bytes);

	names_lock();
	place.map_start = LIVE_HEAP_BASE;
	place.map_end = names.heap_end;
	tell(&place, heap_name);
	names_unlock();
}

/* ---- marks: a recorder hears them itself ---- */

void names_mark(const char *mark)
{
	if (names.hinting == NULL)
		return;
	names_lock();
	note_error(hinting_mark(names.hinting, mark, NULL));
	names_unlock();
}
