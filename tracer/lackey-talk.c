/*
 * The lines among Lackey's that are no references: system calls, the
 * scheduler's, and messages for the user.  See lackey.h for what they look
 * like.
 *
 * A system call's result stands on its own line, on the next one, or, when
 * other threads ran meanwhile, on a later line of its thread:
 *
 *     SYSCALL[812,2](257) sys_openat ( ..., 0x40(/etc/x), 0 ) --> [async] ...
 *     SYSCALL[812,2](257) ... [async] --> Success(0x3)
 *
 * so each thread's call is kept until its result is there, and only then
 * done: the page events before and after it keep their order.
 */
#include <config.h>

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "tracer/lackey-impl.h"

/* Neither is ever reached by an honest trace. */
#define THREADS_MAX 65536
#define FILES_MAX (1u << 20)

#define FCNTL_DUPFD 0
#define FCNTL_DUPFD_CLOEXEC 1030

/* The rest of a line; no character is read at or after END. */
struct text {
	const char *at, *end;
};

/* Skips WORD if the text goes on with it. */
static bool text_skip(struct text *text, const char *word)
{
	size_t bytes = strlen(word);

	if ((size_t)(text->end - text->at) < bytes ||
		memcmp(text->at, word, bytes) != 0)
		return false;
	text->at += bytes;
	return true;
}

/* Skips up to and including WORD. */
static bool text_find(struct text *text, const char *word)
{
	const char *found =
		memmem(text->at, text->end - text->at, word, strlen(word));

	if (found == NULL)
		return false;
	text->at = found + strlen(word);
	return true;
}

/* A decimal number, or a hexadecimal one after 0x. */
static bool text_number(struct text *text, uint64_t *out)
{
	unsigned base = text_skip(text, "0x") ? 16 : 10;
	const char *first = text->at;
	uint64_t value = 0;

	for (; text->at < text->end; text->at++) {
		unsigned c = (unsigned char)*text->at;
		unsigned digit = isdigit(c) ? c - '0'
				 : base == 16 && isxdigit(c)
					 ? (c | 0x20) - 'a' + 10
					 : 99;

		if (digit >= base)
			break;
		value = value * base + digit;
	}
	*out = value;
	return text->at > first;
}

/* The array *ARRAY of *COUNT elements gets one for INDEX; new ones are 0. */
static int array_reach(void **array, size_t *count, size_t size, uint64_t index)
{
	if (index < *count)
		return 0;
	size_t room = index * 2 + 16;
	char *grown = realloc(*array, room * size);

	if (grown == NULL)
		return -ENOMEM;
	memset(grown + *count * size, 0, (room - *count) * size);
	*array = grown;
	*count = room;
	return 0;
}

static int file_set(struct lackey *lackey, uint64_t file, const char *name)
{
	if (file >= FILES_MAX || (name == NULL && file >= lackey->files))
		return 0;
	int error = array_reach((void **)&lackey->file, &lackey->files,
		sizeof(*lackey->file), file);

	if (error == 0)
		lackey->file[file] = name;
	return error;
}

static const char *file_get(const struct lackey *lackey, uint64_t file)
{
	return file < lackey->files ? lackey->file[file] : NULL;
}

static int region_tell(struct lackey *lackey, const struct trace_region *region)
{
	const struct run_sink *sink = lackey->runs.sink;
	int error = runs_flush(&lackey->runs);

	if (error != 0 || sink->region == NULL || region->start >= region->end)
		return error;
	return sink->region(sink->context, region);
}

/* Bytes in whole pages, as the kernel takes them. */
static uint64_t pages_up(uint64_t bytes)
{
	return (bytes + 4095) & ~UINT64_C(4095);
}

static int region_map(struct lackey *lackey, const struct trace_region *map)
{
	int error = lackey_maps_put(&lackey->maps, map);

	return error != 0 ? error : region_tell(lackey, map);
}

static int region_unmap(struct lackey *lackey, uint64_t start, uint64_t bytes)
{
	struct trace_region region = {
		.kind = TRACE_REGION_UNMAP,
		.start = start,
		.end = start + pages_up(bytes),
		.name = "",
	};
	int error = lackey_maps_cut(&lackey->maps, region.start, region.end);

	return error != 0 ? error : region_tell(lackey, &region);
}

static int call_mmap(
	struct lackey *lackey, const struct lackey_call *call, uint64_t result)
{
	bool anonymous = (call->argument[3] & MAP_ANONYMOUS) != 0;
	const char *name =
		anonymous ? NULL : file_get(lackey, call->argument[4]);
	struct trace_region map = {
		.kind = TRACE_REGION_MAP,
		.start = result,
		.end = result + pages_up(call->argument[1]),
		.protection = call->argument[2] & 7,
		.anonymous = anonymous,
		.offset = anonymous ? 0 : call->argument[5],
		.name = name != NULL ? name : "",
	};

	return region_map(lackey, &map);
}

/* The moved map is the old one, longer or shorter. */
static int call_mremap(
	struct lackey *lackey, const struct lackey_call *call, uint64_t result)
{
	const struct trace_region *old =
		lackey_maps_find(&lackey->maps, call->argument[0]);
	struct trace_region map = {
		.kind = TRACE_REGION_MAP,
		.protection = PROT_READ | PROT_WRITE,
		.anonymous = true,
		.name = "",
	};

	if (old != NULL && old->start <= call->argument[0]) {
		map = *old;
		if (!map.anonymous)
			map.offset += call->argument[0] - old->start;
	}
	map.start = result;
	map.end = result + pages_up(call->argument[2]);
	int error = 0;

	/* Grown or cut where it is, its pages stay: only the rest is told. */
	if (result != call->argument[0])
		error = region_unmap(
			lackey, call->argument[0], call->argument[1]);
	else if (call->argument[2] < call->argument[1])
		return region_unmap(lackey, map.end,
			pages_up(call->argument[1]) -
				pages_up(call->argument[2]));
	else {
		uint64_t held = pages_up(call->argument[1]);

		map.start += held;
		if (!map.anonymous)
			map.offset += held;
	}
	return error != 0 ? error : region_map(lackey, &map);
}

/* See lackey.h: only what could not be accessed before is told. */
static int call_mprotect(struct lackey *lackey, const struct lackey_call *call)
{
	uint64_t at = call->argument[0];
	uint64_t end = at + pages_up(call->argument[1]);

	while (at < end) {
		const struct trace_region *found =
			lackey_maps_find(&lackey->maps, at);

		if (found == NULL || found->start >= end)
			break;
		struct trace_region map = *found;
		bool closed = map.protection == PROT_NONE;

		if (map.start < at) {
			if (!map.anonymous)
				map.offset += at - map.start;
			map.start = at;
		}
		if (map.end > end)
			map.end = end;
		at = map.end;
		map.protection = call->argument[2] & 7;
		int error = lackey_maps_put(&lackey->maps, &map);

		if (error == 0 && closed && map.protection != PROT_NONE)
			error = region_tell(lackey, &map);
		if (error != 0)
			return error;
	}
	return 0;
}

/* The first call asks where the heap is. */
static int call_brk(struct lackey *lackey, uint64_t result)
{
	if (lackey->heap_start == 0) {
		lackey->heap_start = lackey->heap_end = result;
		return 0;
	}
	if (result == lackey->heap_end)
		return 0;
	struct trace_region region = {
		.kind = TRACE_REGION_BRK,
		.start = lackey->heap_start,
		.end = pages_up(result),
		.protection = PROT_READ | PROT_WRITE,
		.anonymous = true,
		.name = "[heap]",
	};

	lackey->heap_end = result;
	return region_tell(lackey, &region);
}

/* A call has succeeded with RESULT. */
static int call_done(
	struct lackey *lackey, const struct lackey_call *call, uint64_t result)
{
	switch (call->number) {
	case SYS_mmap:
		return call_mmap(lackey, call, result);
	case SYS_munmap:
		return region_unmap(
			lackey, call->argument[0], call->argument[1]);
	case SYS_mremap:
		return call_mremap(lackey, call, result);
	case SYS_mprotect:
		return call_mprotect(lackey, call);
	case SYS_brk:
		return call_brk(lackey, result);
	case SYS_open:
	case SYS_openat:
	case SYS_creat:
		return file_set(lackey, result, call->path);
	case SYS_close:
		return file_set(lackey, call->argument[0], NULL);
	case SYS_dup:
	case SYS_dup2:
	case SYS_dup3:
		return file_set(
			lackey, result, file_get(lackey, call->argument[0]));
	case SYS_fcntl:
		if (call->argument[1] != FCNTL_DUPFD &&
			call->argument[1] != FCNTL_DUPFD_CLOEXEC)
			return 0;
		return file_set(
			lackey, result, file_get(lackey, call->argument[0]));
	default:
		return 0;
	}
}

/* "Success(0x3)" somewhere in the rest: the thread's call is done. */
static int result_parse(struct lackey *lackey, struct text text)
{
	uint64_t result;

	if (lackey->call_thread >= lackey->calls)
		return 0;
	struct lackey_call *call = &lackey->call[lackey->call_thread];

	if (call->number < 0)
		return 0;
	if (text_find(&text, "--> ") && text_find(&text, "Success(") &&
		text_number(&text, &result)) {
		struct lackey_call done = *call;

		call->number = -1;
		return call_done(lackey, &done, result);
	}
	return 0;
}

/* "0x4034bb0(/etc/x), 524288 )": the name is up to the last "), ", since a
 * name may hold anything. */
static int path_parse(
	struct lackey *lackey, struct text *text, const char **out)
{
	const char *first = text->at + 1, *last = text->end;

	while (last > first && memcmp(last - 1, "), ", 3) != 0)
		last--;
	if (last <= first)
		return 0;
	text->at = last;
	*out = lackey_maps_name(&lackey->maps, first, last - 1 - first);
	return *out == NULL ? -ENOMEM : 0;
}

static int call_begin(
	struct lackey *lackey, struct lackey_call *call, struct text *text)
{
	struct text results = *text, arguments = *text;

	/* What comes after the arrow is no argument. */
	if (text_find(&results, " --> "))
		arguments.end = results.at;
	text_find(&arguments, "( ");
	if (arguments.end - arguments.at < 3)
		return 0;
	arguments.end -= 2; /* room to look for "), " */
	for (unsigned i = 0; i < LACKEY_ARGUMENTS; i++) {
		if (!text_number(&arguments, &call->argument[i]))
			break;
		if (arguments.at < arguments.end && *arguments.at == '(') {
			int error = path_parse(lackey, &arguments, &call->path);

			if (error != 0)
				return error;
			text_skip(&arguments, ")");
		}
		if (!text_skip(&arguments, ", "))
			break;
	}
	if (call->number == SYS_execve) {
		lackey->exec = call->path;
		lackey->exec_references = lackey->references;
	}
	return 0;
}

/* After "SYSCALL[": "812,2](257) sys_openat ( ...". */
static int syscall_parse(struct lackey *lackey, struct text text)
{
	uint64_t process, thread, number;

	if (!text_number(&text, &process) || !text_skip(&text, ",") ||
		!text_number(&text, &thread) || !text_skip(&text, "](") ||
		!text_number(&text, &number) || !text_skip(&text, ") ") ||
		thread >= THREADS_MAX)
		return 0;
	int error = array_reach((void **)&lackey->call, &lackey->calls,
		sizeof(*lackey->call), thread);

	if (error != 0)
		return error;
	lackey->call_thread = thread;
	if (!text_skip(&text, "... [async]")) {
		struct lackey_call *call = &lackey->call[thread];

		*call = (struct lackey_call){.number = number};
		error = call_begin(lackey, call, &text);
		if (text_find(&text, "created child"))
			lackey->children++;
	}
	return error != 0 ? error : result_parse(lackey, text);
}

/* "SCHED[2]:  acquired lock" anywhere: what follows is thread 2's. */
static int thread_parse(struct lackey *lackey, struct text text)
{
	uint64_t thread;

	while (text_find(&text, "SCHED[")) {
		if (!text_number(&text, &thread) || !text_skip(&text, "]:") ||
			!text_skip(&text, "  acquired lock") ||
			thread >= THREADS_MAX || thread == lackey->runs.thread)
			continue;
		int error = runs_flush(&lackey->runs);

		if (error != 0)
			return error;
		lackey->runs.thread = thread;
	}
	return 0;
}

/* "==812== ..." for the user, without blank ones and Lackey's last word. */
static void message_tell(
	struct lackey *lackey, const char *line, struct text text)
{
	const struct run_sink *sink = lackey->runs.sink;

	while (text.at < text.end && *text.at == ' ')
		text.at++;
	if (sink->talk != NULL && text.at < text.end &&
		!text_skip(&text, "Exit code:"))
		sink->talk(sink->context, line, text.end - line);
}

int lackey_talk(struct lackey *lackey, const char *line, size_t bytes)
{
	const struct run_sink *sink = lackey->runs.sink;
	struct text text = {line, line + bytes};
	uint64_t process;
	int error;

	if (text_skip(&text, "SYSCALL[")) {
		error = syscall_parse(lackey, text);
		if (error == 0)
			error = thread_parse(lackey, text);
		return error != 0 ? error : 1;
	}
	if (text_skip(&text, " --> [")) {
		text.at = line;
		error = result_parse(lackey, text);
		if (error == 0)
			error = thread_parse(lackey, text);
		return error != 0 ? error : 1;
	}
	if (text_skip(&text, "--") && text_number(&text, &process)) {
		error = thread_parse(lackey, text);
		return error != 0 ? error : 1;
	}
	text.at = line;
	if (text_skip(&text, "==") && text_number(&text, &process)) {
		text_skip(&text, "==");
		message_tell(lackey, line, text);
		return 1;
	}
	text.at = line;
	if (text_skip(&text, "SCHEDSETJMP(") || bytes == 0)
		return 1;
	if (sink->talk != NULL)
		sink->talk(sink->context, line, bytes);
	return 0;
}

int lackey_feed_maps(struct lackey *lackey, const char *text)
{
	while (*text != '\0') {
		size_t bytes = strcspn(text, "\n");
		struct trace_region map;
		int own = lackey_maps_parse(&lackey->maps, text, bytes, &map);

		if (own == -ENOMEM)
			return own;
		if (own == 1) {
			int error = map.kind == TRACE_REGION_MAP
					    ? region_map(lackey, &map)
					    : region_tell(lackey, &map);

			if (error != 0)
				return error;
		}
		text += bytes + (text[bytes] == '\n');
	}
	return 0;
}
