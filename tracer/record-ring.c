/* The recorder's end of a ring: see record-ring.h. */
#include <config.h>

#include "tracer/record-ring.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

struct ring {
	struct pagetrace_ring *shared;
	int life_line;
	uint32_t consumed;
	bool ended; /* set by another thread */
	bool tail;  /* what ring_next gave is the rest, and no whole chunk */
};

static void futex_wait(uint32_t *word, uint32_t value)
{
	syscall(SYS_futex, word, FUTEX_WAIT, value, NULL, NULL, 0);
}

static void futex_wake(uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* ---- attaching ---- */

static int open_life_line(const struct pagetrace_hello *hello)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)hello->process,
		(int)hello->life_line);
	int opened = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	return opened < 0 ? -errno : opened;
}

static int attach_memory(int number, struct pagetrace_ring **out)
{
	struct shmid_ds status;

	if (shmctl(number, IPC_STAT, &status) != 0)
		return -errno;
	if (status.shm_segsz < PAGETRACE_BYTES)
		return -EINVAL;
	void *at = shmat(number, NULL, 0);

	if (at == (void *)-1)
		return -errno;
	*out = at;
	return 0;
}

int ring_attach(const struct pagetrace_hello *hello, struct ring **out)
{
	struct ring *ring = calloc(1, sizeof(*ring));

	if (ring == NULL)
		return -ENOMEM;
	int error = attach_memory(hello->memory, &ring->shared);

	if (error == 0) {
		ring->life_line = open_life_line(hello);
		if (ring->life_line < 0) {
			error = ring->life_line;
			ring_stop(ring);
			ring_start(ring);
			shmdt(ring->shared);
		}
	}
	if (error != 0)
		free(ring);
	else
		*out = ring;
	return error;
}

void ring_detach(struct ring *ring)
{
	if (ring == NULL)
		return;
	shmdt(ring->shared);
	close(ring->life_line);
	free(ring);
}

int ring_life_line(const struct ring *ring)
{
	return ring->life_line;
}

/* ---- chunks ---- */

static const uint64_t *chunk_words(const struct ring *ring)
{
	const char *start = (const char *)ring->shared + PAGETRACE_RING_BYTES;

	return (const uint64_t *)start + (ring->consumed % PAGETRACE_CHUNKS) *
						 (size_t)PAGETRACE_CHUNK_WORDS;
}

/* The chunk that the process was writing when it ended.  What it holds is
 * bounded here, as the program could have written anything there. */
static bool take_tail(
	struct ring *ring, const uint64_t **words_out, size_t *count_out)
{
	const struct pagetrace_ring *shared = ring->shared;
	uint64_t words = (shared->next - shared->start) / sizeof(uint64_t);

	if (ring->tail || shared->chunk != ring->consumed ||
		words > PAGETRACE_CHUNK_WORDS)
		return false;
	ring->tail = true;
	*words_out = chunk_words(ring);
	*count_out = words;
	return true;
}

bool ring_next(struct ring *ring, const uint64_t **words_out, size_t *count_out)
{
	struct pagetrace_ring *shared = ring->shared;

	for (;;) {
		bool ended = __atomic_load_n(&ring->ended, __ATOMIC_SEQ_CST);
		uint32_t bell =
			__atomic_load_n(&shared->bell, __ATOMIC_SEQ_CST);

		if (__atomic_load_n(&shared->published, __ATOMIC_SEQ_CST) !=
			ring->consumed) {
			uint32_t words = shared->chunk_words[ring->consumed %
							     PAGETRACE_CHUNKS];

			*words_out = chunk_words(ring);
			*count_out = words < PAGETRACE_CHUNK_WORDS
					     ? words
					     : PAGETRACE_CHUNK_WORDS;
			return true;
		}
		if (ended)
			return take_tail(ring, words_out, count_out);
		__atomic_store_n(&shared->reader_waits, 1, __ATOMIC_SEQ_CST);
		if (__atomic_load_n(&shared->bell, __ATOMIC_SEQ_CST) == bell)
			futex_wait(&shared->bell, bell);
		__atomic_store_n(&shared->reader_waits, 0, __ATOMIC_SEQ_CST);
	}
}

void ring_release(struct ring *ring)
{
	struct pagetrace_ring *shared = ring->shared;

	if (ring->tail)
		return;
	ring->consumed++;
	__atomic_store_n(&shared->consumed, ring->consumed, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&shared->writer_waits, __ATOMIC_SEQ_CST))
		futex_wake(&shared->consumed);
}

void ring_start(struct ring *ring)
{
	__atomic_store_n(&ring->shared->attached, 1, __ATOMIC_SEQ_CST);
	futex_wake(&ring->shared->attached);
}

void ring_stop(struct ring *ring)
{
	__atomic_store_n(&ring->shared->stop, 1, __ATOMIC_SEQ_CST);
	futex_wake(&ring->shared->consumed);
}

void ring_end(struct ring *ring)
{
	__atomic_store_n(&ring->ended, true, __ATOMIC_SEQ_CST);
	__atomic_add_fetch(&ring->shared->bell, 1, __ATOMIC_SEQ_CST);
	futex_wake(&ring->shared->bell);
}
