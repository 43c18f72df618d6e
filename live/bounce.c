/* Memory for what a system call is given: see bounce.h. */
#include <config.h>

#include "live/bounce.h"

#include <sys/mman.h>

#include "live/live.h"

enum { ALIGN = 64, GUARD = 4096 };

struct bounce_map {
	struct bounce_map *next;
	size_t bytes;
	_Alignas(ALIGN) char memory[];
};

/* A page that is not there, the stack, and the rest. */
char *bounce_make_stack(void)
{
	char *memory = mmap(NULL, GUARD + BOUNCE_STACK_BYTES + BOUNCE_BYTES,
		PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	mprotect(memory, GUARD, PROT_NONE);
	return memory + GUARD;
}

void bounce_begin(struct bounce *bounce, uintptr_t frame_place)
{
	if (frame_place >= live_thread.outermost) {
		live_thread.outermost = frame_place;
		live_thread.bounce_used = 0;
	}
	*bounce = (struct bounce){.mark = live_thread.bounce_used};
}

void bounce_end(struct bounce *bounce)
{
	live_thread.bounce_used = bounce->mark;
	while (bounce->maps != NULL) {
		struct bounce_map *map = bounce->maps;

		bounce->maps = map->next;
		munmap(map, map->bytes);
	}
}

void *bounce_take(struct bounce *bounce, size_t bytes)
{
	size_t used = live_thread.bounce_used;
	size_t rounded = (bytes + ALIGN - 1) & -(size_t)ALIGN;
	struct bounce_map *map;

	if (live_thread.stack != NULL && rounded >= bytes &&
		rounded <= BOUNCE_BYTES - used) {
		live_thread.bounce_used += rounded;
		return live_thread.stack + BOUNCE_STACK_BYTES + used;
	}
	if (bytes > PTRDIFF_MAX - sizeof(*map))
		return NULL;
	map = mmap(NULL, sizeof(*map) + bytes, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (map == MAP_FAILED)
		return NULL;
	map->bytes = sizeof(*map) + bytes;
	map->next = bounce->maps;
	bounce->maps = map;
	return map->memory;
}
