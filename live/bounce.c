/* Memory for what a system call is given: see bounce.h. */
#include <config.h>

#include "live/bounce.h"

#include <sys/mman.h>

#include "live/live.h"

enum { ALIGN = 64 };

struct bounce_map {
	struct bounce_map *next;
	size_t bytes;
	_Alignas(ALIGN) char memory[];
};

char *bounce_make(void)
{
	char *memory = mmap(NULL, BOUNCE_BYTES, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

void bounce_free(char *memory)
{
	if (memory != NULL)
		munmap(memory, BOUNCE_BYTES);
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

	if (live_thread.bounce != NULL && rounded >= bytes &&
		rounded <= BOUNCE_BYTES - used) {
		live_thread.bounce_used += rounded;
		return live_thread.bounce + used;
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
