/* The address space of a recorded program: see lackey-maps.h. */
#include "tracer/lackey-maps.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Where Valgrind 3.x puts things on amd64: its tool at 0x58000000 (older
 * ones at 0x38000000), its own memory from 0x1000000000 up; the program's
 * stack ends just above 0x1fff000000.
 */
#define TOOL_START 0x58000000u
#define TOOL_END 0x60000000u
#define OLD_TOOL_START 0x38000000u
#define OLD_TOOL_END 0x40000000u
#define OWN_START 0x1000000000u
#define STACK_INSIDE 0x1fff000000u

void lackey_maps_free(struct lackey_maps *maps)
{
	for (size_t i = 0; i < maps->names_count; i++)
		free(maps->names[i]);
	free(maps->names);
	free(maps->map);
	*maps = (struct lackey_maps){0};
}

const char *lackey_maps_name(
	struct lackey_maps *maps, const char *name, size_t bytes)
{
	for (size_t i = 0; i < maps->names_count; i++) {
		const char *known = maps->names[i];

		if (strlen(known) == bytes && memcmp(known, name, bytes) == 0)
			return known;
	}
	if (maps->names_count == maps->names_room) {
		size_t room = maps->names_room * 2 + 16;
		char **names = realloc(maps->names, room * sizeof(*names));

		if (names == NULL)
			return NULL;
		maps->names = names;
		maps->names_room = room;
	}
	char *copy = malloc(bytes + 1);

	if (copy != NULL) {
		memcpy(copy, name, bytes);
		copy[bytes] = '\0';
		maps->names[maps->names_count++] = copy;
	}
	return copy;
}

const struct trace_region *lackey_maps_find(
	const struct lackey_maps *maps, uint64_t address)
{
	size_t low = 0, high = maps->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (maps->map[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low < maps->count ? &maps->map[low] : NULL;
}

/* Room for two more: a cut inside a map makes one more, a put another. */
static int maps_reserve(struct lackey_maps *maps)
{
	if (maps->count + 2 <= maps->room)
		return 0;
	size_t room = maps->room * 2 + 32;
	struct trace_region *map = realloc(maps->map, room * sizeof(*map));

	if (map == NULL)
		return -ENOMEM;
	maps->map = map;
	maps->room = room;
	return 0;
}

static void maps_insert(
	struct lackey_maps *maps, size_t at, const struct trace_region *map)
{
	memmove(maps->map + at + 1, maps->map + at,
		(maps->count - at) * sizeof(*maps->map));
	maps->map[at] = *map;
	maps->count++;
}

static void map_cut_head(struct trace_region *map, uint64_t end)
{
	if (!map->anonymous)
		map->offset += end - map->start;
	map->start = end;
}

/*
 * before   |---a---|   |--b--|  |----c----|
 * cut          [                    )
 * after    |-a-|                    |--c--|
 */
int lackey_maps_cut(struct lackey_maps *maps, uint64_t start, uint64_t end)
{
	if (start >= end)
		return 0;
	if (maps_reserve(maps) != 0)
		return -ENOMEM;
	const struct trace_region *found = lackey_maps_find(maps, start);

	if (found == NULL)
		return 0;
	size_t at = found - maps->map;

	if (maps->map[at].start < start) {
		struct trace_region tail = maps->map[at];

		maps->map[at].end = start;
		at++;
		if (tail.end > end) {
			map_cut_head(&tail, end);
			maps_insert(maps, at, &tail);
			return 0;
		}
	}
	size_t last = at;

	while (last < maps->count && maps->map[last].end <= end)
		last++;
	if (last < maps->count && maps->map[last].start < end)
		map_cut_head(&maps->map[last], end);
	memmove(maps->map + at, maps->map + last,
		(maps->count - last) * sizeof(*maps->map));
	maps->count -= last - at;
	return 0;
}

int lackey_maps_put(struct lackey_maps *maps, const struct trace_region *map)
{
	int error = lackey_maps_cut(maps, map->start, map->end);

	/* The cut may have used one place. */
	if (error == 0)
		error = maps_reserve(maps);
	if (error != 0 || map->start >= map->end)
		return error;
	const struct trace_region *found = lackey_maps_find(maps, map->start);

	maps_insert(maps,
		found == NULL ? maps->count : (size_t)(found - maps->map), map);
	return 0;
}

void lackey_maps_check(const struct lackey_maps *maps)
{
	assert(maps->count <= maps->room);
	for (size_t i = 0; i < maps->count; i++) {
		assert(maps->map[i].start < maps->map[i].end);
		if (i > 0)
			assert(maps->map[i - 1].end <= maps->map[i].start);
	}
}

/* Told by the address, and for a library that Valgrind loads into the
 * program by its name. */
static bool map_is_program(const struct trace_region *map, bool runnable)
{
	if (map->start >= TOOL_START && map->start < TOOL_END)
		return false;
	if (map->start >= OLD_TOOL_START && map->start < OLD_TOOL_END &&
		strstr(map->name, "/valgrind/") != NULL)
		return false;
	if (map->start >= OWN_START)
		return map->start <= STACK_INSIDE && map->end > STACK_INSIDE;
	if (strstr(map->name, "/vgpreload_") != NULL)
		return false;
	/* Writable code without a file: the page Valgrind holds for brk. */
	return !(map->anonymous && runnable && (map->protection & 2));
}

int lackey_maps_parse(struct lackey_maps *maps, const char *line, size_t bytes,
	struct trace_region *out)
{
	char text[512], mode[5];
	int name_at = 0;

	if (bytes >= sizeof(text))
		bytes = sizeof(text) - 1;
	memcpy(text, line, bytes);
	text[bytes] = '\0';
	*out = (struct trace_region){.kind = TRACE_REGION_MAP};
	if (sscanf(text, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %*s %*s %n",
		    &out->start, &out->end, mode, &out->offset, &name_at) < 4 ||
		name_at == 0)
		return -EINVAL;
	const char *name = text + name_at;

	out->protection = (mode[0] == 'r') | (mode[1] == 'w') << 1 |
			  (mode[2] == 'x') << 2;
	out->anonymous = name[0] != '/';
	out->name = name;
	if (name[0] == '[' || !map_is_program(out, mode[2] == 'x'))
		return 0;
	if (out->start >= OWN_START) {
		out->kind = TRACE_REGION_STACK;
		name = "[stack]";
	}
	out->name = lackey_maps_name(maps, name, strlen(name));
	return out->name == NULL ? -ENOMEM : 1;
}
