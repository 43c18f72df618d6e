#include <config.h>

#include "tracer/packer.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

struct packer {
	struct packer_options options;
	struct pageset *pages;
	struct block **ring;
	unsigned slots;
	pthread_t *thread;
	unsigned threads;

	pthread_mutex_t lock;
	pthread_cond_t moved; /* one of the counts below, or `ending` */
	uint64_t put, taken, numbered, written; /* blocks */
	bool ending;
	int error;
	struct message message;

	/* Of the blocks written; only who writes block `written` touches
	 * them. */
	uint64_t offset;
	uint32_t previous_bytes;
	struct format_totals totals;
};

/* ---- the steps of one block ---- */

static int fail(struct packer *packer, int error, const char *what)
{
	pthread_mutex_lock(&packer->lock);
	if (!packer->error)
		packer->error =
			message_set(&packer->message, error, "%s: %s: %s",
				packer->options.path, what, strerror(-error));
	pthread_mutex_unlock(&packer->lock);
	return error;
}

static int number(struct packer *packer, struct block *block)
{
	int error = block_number(block, packer->pages);

	if (error)
		return fail(packer, error, "cannot number the trace's pages");
	return 0;
}

static int pack(struct packer *packer, struct block *block)
{
	const char *wrong = block_pack(block, packer->options.level);

	return wrong ? fail(packer, -ENOMEM, wrong) : 0;
}

static int write_block(struct packer *packer, struct block *block)
{
	struct format_block *header = &block->header;
	struct format_block loaded;
	int error;

	header->number = packer->totals.blocks;
	header->previous_bytes = packer->previous_bytes;
	header->first_event = packer->totals.events;
	header->first_reference = packer->totals.references;
	format_seal_block(header);
	if (format_load_block(FORMAT_VERSION, header, &loaded) ||
		format_add_block(&packer->totals, header))
		return fail(packer, -EOVERFLOW, "a block above its limits");
	memcpy(block->packed, header, sizeof(*header));
	error = file_write(packer->options.fd, block->packed,
		header->block_bytes, packer->offset);
	if (error)
		return fail(packer, error, "cannot write");
	packer->offset += header->block_bytes;
	packer->previous_bytes = header->block_bytes;
	return 0;
}

/* ---- threads ---- */

/* Until *COUNT is NUMBER; under the lock. */
static void wait_for(
	struct packer *packer, const uint64_t *count, uint64_t number)
{
	while (*count != number)
		pthread_cond_wait(&packer->moved, &packer->lock);
}

/* *COUNT goes on to the next block; under the lock. */
static void move_on(struct packer *packer, uint64_t *count)
{
	++*count;
	pthread_cond_broadcast(&packer->moved);
}

/* After an error of any block, the steps of the others are left out. */
static void do_step(struct packer *packer, struct block *block,
	int (*step)(struct packer *packer, struct block *block))
{
	if (packer->error)
		return;
	pthread_mutex_unlock(&packer->lock);
	step(packer, block);
	pthread_mutex_lock(&packer->lock);
}

/* Takes the next block through all of its steps; under the lock. */
static void work_on_one(struct packer *packer)
{
	uint64_t mine = packer->taken++;
	struct block *block = packer->ring[mine % packer->slots];

	wait_for(packer, &packer->numbered, mine);
	do_step(packer, block, number);
	move_on(packer, &packer->numbered);
	do_step(packer, block, pack);
	wait_for(packer, &packer->written, mine);
	do_step(packer, block, write_block);
	block_clear(block);
	move_on(packer, &packer->written);
}

static void *work(void *context)
{
	struct packer *packer = context;

	pthread_mutex_lock(&packer->lock);
	for (;;) {
		while (packer->taken == packer->put && !packer->ending)
			pthread_cond_wait(&packer->moved, &packer->lock);
		if (packer->taken == packer->put)
			break;
		work_on_one(packer);
	}
	pthread_mutex_unlock(&packer->lock);
	return NULL;
}

/* As many as the system gives; none will do.  The program's signals are for
 * its own threads. */
static void start_threads(struct packer *packer)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (packer->threads < packer->options.threads &&
		!pthread_create(
			&packer->thread[packer->threads], NULL, work, packer))
		packer->threads++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* ---- the public calls ---- */

int packer_create(const struct packer_options *options, struct packer **out)
{
	struct packer *packer = calloc(1, sizeof(*packer));
	int error;

	if (!packer)
		return -ENOMEM;
	packer->options = *options;
	packer->offset = options->offset;
	/* One that is filled, one that waits, one a thread. */
	packer->slots = options->threads ? options->threads + 2 : 1;
	pthread_mutex_init(&packer->lock, NULL);
	pthread_cond_init(&packer->moved, NULL);
	packer->ring = calloc(packer->slots, sizeof(struct block *));
	packer->thread = calloc(options->threads + 1, sizeof(pthread_t));
	error = packer->ring && packer->thread ? 0 : -ENOMEM;
	if (!error)
		error = pageset_create(&packer->pages);
	for (unsigned i = 0; i < packer->slots && !error; i++)
		error = block_create(&packer->ring[i]);
	if (error) {
		packer_destroy(packer);
		return error;
	}
	start_threads(packer);
	*out = packer;
	return 0;
}

void packer_destroy(struct packer *packer)
{
	if (!packer)
		return;
	pthread_mutex_lock(&packer->lock);
	packer->ending = true;
	pthread_cond_broadcast(&packer->moved);
	pthread_mutex_unlock(&packer->lock);
	for (unsigned i = 0; i < packer->threads; i++)
		pthread_join(packer->thread[i], NULL);
	for (unsigned i = 0; packer->ring && i < packer->slots; i++)
		block_destroy(packer->ring[i]);
	pageset_destroy(packer->pages);
	pthread_cond_destroy(&packer->moved);
	pthread_mutex_destroy(&packer->lock);
	free(packer->ring);
	free(packer->thread);
	free(packer);
}

struct block *packer_block(struct packer *packer)
{
	return packer->ring[packer->put % packer->slots];
}

int packer_put(struct packer *packer)
{
	int error;

	pthread_mutex_lock(&packer->lock);
	move_on(packer, &packer->put);
	if (packer->threads == 0)
		work_on_one(packer);
	while (packer->put - packer->written == packer->slots)
		pthread_cond_wait(&packer->moved, &packer->lock);
	error = packer->error;
	pthread_mutex_unlock(&packer->lock);
	return error;
}

int packer_drain(struct packer *packer, struct message *message)
{
	int error;

	pthread_mutex_lock(&packer->lock);
	wait_for(packer, &packer->written, packer->put);
	error = packer->error;
	if (error && message)
		*message = packer->message;
	pthread_mutex_unlock(&packer->lock);
	return error;
}

uint64_t packer_end(const struct packer *packer)
{
	return packer->offset;
}
