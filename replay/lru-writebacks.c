/* Write-backs under LRU at every size.  See lru-writebacks.h. */
#include "replay/lru-writebacks.h"

#include <errno.h>
#include <string.h>

#include "base/memory.h"

static size_t steps_bytes(const struct lru_writebacks *engine)
{
	return ((size_t)engine->pages + 2) * sizeof(*engine->step);
}

static size_t dirty_bytes(const struct lru_writebacks *engine)
{
	return ((size_t)engine->pages + 1) * sizeof(*engine->dirty_from);
}

int lru_writebacks_init(struct lru_writebacks *engine, uint32_t pages)
{
	engine->pages = pages;
	engine->dirty_from = memory_map(dirty_bytes(engine));
	engine->step = memory_map(steps_bytes(engine));
	if (!engine->dirty_from || !engine->step) {
		lru_writebacks_fini(engine);
		return -ENOMEM;
	}
	memset(engine->dirty_from, 0xff, dirty_bytes(engine));
	return 0;
}

void lru_writebacks_fini(struct lru_writebacks *engine)
{
	memory_unmap(engine->dirty_from, dirty_bytes(engine));
	memory_unmap(engine->step, steps_bytes(engine));
	engine->dirty_from = NULL;
	engine->step = NULL;
}

void lru_writebacks_take(struct lru_writebacks *engine, uint64_t *sums)
{
	int64_t sum = 0;
	uint32_t frames;

	for (frames = 1; frames <= engine->pages; frames++) {
		sum += engine->step[frames];
		sums[frames] = sum;
	}
	memset(engine->step, 0, steps_bytes(engine));
}
