/* The public library: live pagers, their faults and what they count. */
#include "mm/selfpage-live-internal.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/single_threaded.h>

/* Frames for LIMIT pages by FRONT; and memory's table of what is shown. */
static int create_by(struct selfpage *self, const struct live_front *front,
	uint32_t limit, struct pager_config *config)
{
	uint32_t spare = limit > front->spare ? front->spare : limit - 1;
	uint32_t frames = limit - spare + (limit < SMALL ? EXTRA : 0);
	int error = memory_init_over(&self->memory, NULL, frames,
		LIVE_PAGE_BYTES, config->mappings_max);

	if (error)
		return error;
	error = live_init(
		&self->live->backend, front, frames, limit, &self->memory);
	if (error) {
		memory_fini(&self->memory);
		return error;
	}
	config->frames = frames;
	config->physmem_ops = &front->physmem;
	return 0;
}

int selfpage_live_create(struct selfpage *self, unsigned kind, uint32_t limit,
	struct pager_config *config)
{
	int error = -ENOTSUP;

	if (kind > SELFPAGE_LIVE_PROTECT ||
		config->page_bytes != LIVE_PAGE_BYTES)
		return -EINVAL;
	self->live = calloc(1, sizeof(*self->live));
	if (!self->live)
		return -ENOMEM;
	self->live->swap_copy = -1;
	if (kind != SELFPAGE_LIVE_PROTECT)
		error = create_by(self, &live_front_uffd, limit, config);
	if (error == -ENOTSUP && kind != SELFPAGE_LIVE_USERFAULTFD)
		error = create_by(self, &live_front_protect, limit, config);
	if (error) {
		free(self->live);
		return error;
	}
	config->backend = &self->live->backend;
	config->track_writes = true;
	config->data_moves = self->live->backend.front->moves;
	return 0;
}

void selfpage_live_destroy(struct selfpage *self)
{
	live_fini(&self->live->backend);
	free(self->live);
}

static struct selfpage_space *find_space(struct selfpage *self, uint64_t page)
{
	struct selfpage_space *space = self->spaces;

	while (space && !as_find(&space->as, page))
		space = space->next;
	return space;
}

static int show_page(struct selfpage *self, struct fault *fault)
{
	struct live *backend = &self->live->backend;
	int error;

	backend->failed = 0;
	backend->alone = __libc_single_threaded && backend->spare;
	error = pager_fault_locked(self->pager, fault, NULL);
	if (error == -ENOMEM && self->live->help.count) {
		selfpage_live_end_holds(self);
		error = pager_fault_locked(self->pager, fault, NULL);
	}
	backend->front->settle(backend);
	backend->alone = false;
	if (!error && backend->failed && backend->failed_page == fault->page)
		error = backend->failed;
	return error;
}

/* What can't be served in the end, for ERROR: hooks are told that once.  A
 * store's error is none of the maps', whatever it is called. */
static int fail(struct selfpage *self, const struct fault *fault, int error)
{
	const struct map *map = as_find(fault->as, fault->page);

	if ((error == -EFAULT || error == -EACCES) && map &&
		!(fault->access & ~map->protection))
		error = -EIO;
	if (self->pager->hooks)
		pager_tell_fault(self->pager, fault, error);
	return error;
}

/* TOUCH: the signal that it came by; or NULL. */
static int serve(struct selfpage_space *space, uint64_t page, unsigned access,
	const struct live_touch *touch)
{
	struct selfpage *self = space->owner;
	struct fault fault = {
		.as = &space->as,
		.page = page,
		.access = access,
		.quiet = true,
		.next_use = NEXT_USE_NEVER,
	};
	int error = show_page(self, &fault);

	if (!error && touch && touch->repeats)
		error = selfpage_live_help(self, space, touch);
	return error ? fail(self, &fault, error) : 0;
}

int selfpage_live_reach(
	struct selfpage_space *space, uint64_t page, unsigned access)
{
	const struct memory_entry *entry;
	int error;

	for (;;) {
		entry = memory_find(&space->owner->memory, &space->as, page);
		if (entry && !(access & ~entry->protection))
			return 0;
		error = serve(space, page, access, NULL);
		if (error)
			return error;
	}
}

static int touched(void *context, const struct live_touch *touch)
{
	struct selfpage *self = context;
	uint64_t page = touch->address / LIVE_PAGE_BYTES;
	struct selfpage_space *space;
	int error;

	/* one that asks for errors: see selfpage_live_use_lock */
	if (pthread_mutex_lock(&self->pager->lock))
		return TOUCH_NESTED;
	space = find_space(self, page);
	if (!space) {
		pager_unlock(self->pager);
		return TOUCH_NOT_OURS;
	}
	if (self->live->help.count)
		selfpage_live_got_on(self, touch);
	error = serve(space, page, touch->write ? PROTECT_WRITE : PROTECT_READ,
		touch);
	pager_leave(self->pager);
	return error;
}

static void took(void *context, uint64_t ticks)
{
	struct selfpage_live *live = ((struct selfpage *)context)->live;

	__atomic_fetch_add(&live->signals, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&live->ticks, ticks, __ATOMIC_RELAXED);
}

void selfpage_live_use_lock(struct pager *pager)
{
	pthread_mutexattr_t checked;

	pthread_mutexattr_init(&checked);
	pthread_mutexattr_settype(&checked, PTHREAD_MUTEX_ERRORCHECK);
	pthread_mutex_init(&pager->lock, &checked);
	pthread_mutexattr_destroy(&checked);
}

int selfpage_live_start(struct selfpage *self)
{
	struct selfpage_live *live = self->live;
	struct physmem *physmem = &self->pager->physmem;
	uint32_t extra;
	int error;

	selfpage_live_use_lock(self->pager);
	extra = physmem->limit + live->backend.spare - live->backend.limit;
	while (live->parked_count < extra) {
		uint32_t number = physmem_take(physmem);

		physmem_park(physmem, number);
		live->parked[live->parked_count++] = number;
	}
	live->listener = (struct live_listener){
		.touch = touched,
		.fork = selfpage_live_fork,
		.took = took,
		.context = self,
	};
	error = live_listen(&live->listener);
	if (error)
		return error;
	error = live_signal_stack();
	if (error)
		live_unlisten(&live->listener);
	return error;
}

void selfpage_live_stop(struct selfpage *self)
{
	live_unlisten(&self->live->listener);
}

const char *selfpage_live_check(const struct selfpage *self)
{
	const struct live *backend = &self->live->backend;
	const struct live_help *help = &self->live->help;
	uint32_t limit = self->pager->physmem.limit;
	uint32_t i;

	for (i = 0; i < help->count; i++)
		if (pager_frame(self->pager, help->frames[i])->pins <
			PIN_BORROW)
			return "live: a page that is held is not in its frame";
	if (limit != backend->limit - backend->spare + backend->over)
		return "live: the pager's limit is not what it should be";
	if (limit + self->live->parked_count != backend->frames_count)
		return "live: a parked frame is lost";
	return backend->front->check(backend);
}

PUBLIC const char *selfpage_live_name(const struct selfpage *pager)
{
	return pager && pager->live ? pager->live->backend.front->name : NULL;
}

PUBLIC int selfpage_live_thread(struct selfpage *pager)
{
	if (!pager)
		return -EINVAL;
	return pager->live ? live_signal_stack() : -ENOTSUP;
}

PUBLIC int selfpage_live_sigaction(
	int signal, const struct sigaction *action, struct sigaction *old_out)
{
	return live_sigaction(signal, action, old_out);
}

PUBLIC int selfpage_live_read_counts(struct selfpage *pager,
	struct selfpage_live_counts *counts_out, size_t counts_bytes)
{
	const struct selfpage_live *live;
	const struct live_counts *counts;

	if (!pager || !counts_out || counts_bytes != sizeof(*counts_out))
		return -EINVAL;
	live = pager->live;
	if (!live)
		return -ENOTSUP;
	pager_lock(pager->pager);
	counts = &live->backend.counts;
	*counts_out = (struct selfpage_live_counts){
		.resident = live->backend.resident,
		.resident_peak = counts->resident_peak,
		.cleaned = pager->pager->counts.cleaned,
		.over_limit = counts->over_limit,
		.spare = live->backend.spare,
		.signals = __atomic_load_n(&live->signals, __ATOMIC_RELAXED),
		.signal_ticks = __atomic_load_n(&live->ticks, __ATOMIC_RELAXED),
		.copies_in = counts->copies_in,
		.moves_in = counts->moves_in,
		.moves_out = counts->moves_out,
		.copies_out = counts->copies_out,
		.drops = counts->drops,
		.holds = live->held,
	};
	pager_unlock(pager->pager);
	return 0;
}

PUBLIC int selfpage_fault_in(struct selfpage_space *space, const void *address,
	size_t bytes, unsigned access)
{
	uint64_t page = (uintptr_t)address / LIVE_PAGE_BYTES, end;
	struct selfpage *self;
	uint32_t left;
	int error = 0;

	if (!space || !access || access & ~(SELFPAGE_READ | SELFPAGE_WRITE))
		return -EINVAL;
	self = space->owner;
	if (!self->live)
		return -ENOTSUP;
	if (!bytes)
		return 0;
	if (bytes - 1 > UINTPTR_MAX - (uintptr_t)address)
		return -EFAULT;
	end = ((uintptr_t)address + bytes - 1) / LIVE_PAGE_BYTES + 1;
	/* what more there is would take the frames of the first ones */
	pager_lock(self->pager);
	left = self->pager->physmem.limit;
	pager_unlock(self->pager);
	for (; left && page < end && !error; left--, page++) {
		pager_lock(self->pager);
		error = selfpage_live_reach(space, page, access);
		pager_leave(self->pager);
	}
	return error;
}
