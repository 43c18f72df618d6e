/* The stream of pagetrace: see pagetrace.h. */
#include <config.h>

#include "tracer/pagetrace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pagetrace/protocol.h"

#define PAGE_SHIFT 12
#define PAGE_MASK UINT64_C(4095)
#define RUNS 4096
/* No honest stream has more. */
#define SECTIONS_MAX (1u << 26)

/*
 * A step of a section: fetches from one page, or one load or store.  What it
 * adds to a run is one word, as it lies in struct trace_touch: references in
 * the lower half, kinds in the upper one.
 */
struct step {
	uint64_t vpn; /* of fetches */
	uint32_t count;
	uint8_t kinds;
	uint8_t has_address; /* the next one of the stream */
	uint16_t last;	     /* bytes of the access, less one; or LAST_NONE */
};

/* As if it went over a page border: the way of all that is unusual. */
#define LAST_NONE UINT16_MAX

struct section {
	uint32_t steps, addresses;
	uint32_t runs_max;
	uint32_t references; /* of the usual kind */
	uint64_t played;     /* how often */
	struct trace_ending counts;
	struct step step[];
};

struct pagetrace {
	struct pagetrace_sink sink;
	unsigned kinds;
	uint32_t thread;
	struct section **section;
	size_t sections;
	struct trace_ending counts; /* of sections that are gone */
	uint64_t references;	    /* but for the kernel's */
	char *exec;		    /* NULL: none */
	uint64_t exec_references;   /* how many there were before it */

	/* The batch: run[0 .. runs - 1] are whole, run[runs] is not. */
	size_t runs;
	struct trace_touch run[RUNS];
};

_Static_assert(offsetof(struct trace_touch, count) == 8 &&
		       offsetof(struct trace_touch, kinds) == 12,
	"count and kinds are one word");

/* ---- the batch ---- */

/* A page that no reference touches: the next one begins a run. */
static void batch_clear(struct pagetrace *pagetrace)
{
	pagetrace->runs = 0;
	pagetrace->run[0] = (struct trace_touch){.vpn = UINT64_MAX};
}

static int batch_flush(struct pagetrace *pagetrace)
{
	size_t first = pagetrace->run[0].count == 0;
	size_t count = pagetrace->runs + 1 - first;
	int error = 0;

	if (count > 0)
		error = pagetrace->sink.add(pagetrace->sink.context,
			pagetrace->run + first, count, pagetrace->thread);
	batch_clear(pagetrace);
	return error;
}

/* Where the batch goes on: its last run, page and word once more, so that
 * the compiler keeps them in registers. */
struct cursor {
	struct trace_touch *run;
	uint64_t vpn, meta;
};

/* Without branches, as nobody can guess whether a page repeats.  There must
 * be room for a run more. */
static inline void cursor_add(
	struct cursor *cursor, uint64_t vpn, const struct step *step)
{
	bool next = vpn != cursor->vpn;
	uint64_t meta = ((next ? 0 : cursor->meta) + step->count) |
			(uint64_t)step->kinds << 32;

	cursor->run += next;
	cursor->run->vpn = cursor->vpn = vpn;
	cursor->meta = meta;
	memcpy(&cursor->run->count, &meta, sizeof(meta));
}

static struct cursor cursor_begin(struct pagetrace *pagetrace)
{
	struct trace_touch *run = &pagetrace->run[pagetrace->runs];

	return (struct cursor){
		run, run->vpn, run->count | (uint64_t)run->kinds << 32};
}

static void cursor_end(struct pagetrace *pagetrace, const struct cursor *cursor)
{
	pagetrace->runs = (size_t)(cursor->run - pagetrace->run);
}

/* ---- counting ---- */

static void counts_add(struct trace_ending *to, const struct trace_ending *from,
	uint64_t times)
{
	to->loads += from->loads * times;
	to->stores += from->stores * times;
	to->fetches += from->fetches * times;
}

/* A step more, TIMES times; or less. */
static void counts_step(
	struct trace_ending *counts, const struct step *step, int64_t times)
{
	if (step->kinds & TRACE_INSTRUCTION)
		counts->fetches += (uint64_t)(step->count * times);
	if (step->kinds & TRACE_READ)
		counts->loads += (uint64_t)times;
	if (step->kinds & TRACE_WRITE)
		counts->stores += (uint64_t)times;
}

/* ---- playing ---- */

/* An access that is over a page border, or not made at all (address 0), or
 * not wanted. */
static void add_unusual(struct pagetrace *pagetrace, struct cursor *cursor,
	const struct step *step, uint64_t address)
{
	uint64_t vpn = address >> PAGE_SHIFT;
	uint64_t pages =
		(((address & PAGE_MASK) + step->last) >> PAGE_SHIFT) + 1;

	if (step->kinds == 0)
		return;
	if (address == 0)
		pages = 0;
	/* One was counted beforehand. */
	counts_step(&pagetrace->counts, step, (int64_t)pages - 1);
	for (uint64_t i = 0; i < pages; i++)
		cursor_add(cursor, vpn + i, step);
}

/* The section is run: at ADDRESS are those of its loads and stores. */
static void play(struct pagetrace *pagetrace, struct section *section,
	const uint64_t *address)
{
	struct cursor cursor = cursor_begin(pagetrace);
	const struct step *step = section->step, *end = step + section->steps;

	section->played++;
	pagetrace->references += section->references;
	for (; step < end; step++) {
		uint64_t vpn = step->vpn;

		if (step->has_address) {
			uint64_t at = *address++;

			vpn = at >> PAGE_SHIFT;
			if ((at & PAGE_MASK) + step->last > PAGE_MASK ||
				at == 0) {
				add_unusual(pagetrace, &cursor, step, at);
				continue;
			}
		}
		cursor_add(&cursor, vpn, step);
	}
	cursor_end(pagetrace, &cursor);
}

/* ---- sections ---- */

static void section_add(struct section *section, const struct step *step)
{
	struct step *last = &section->step[section->steps];

	counts_step(&section->counts, step, 1);
	section->references += step->count;
	section->addresses += step->has_address;
	if (section->steps > 0 && !step->has_address && !last[-1].has_address &&
		last[-1].vpn == step->vpn) {
		last[-1].count += step->count;
		return;
	}
	*last = *step;
	section->steps++;
	section->runs_max += 2 + (step->last >> PAGE_SHIFT);
}

/* One access.  A fetch that is not wanted makes no step; of a load or store
 * the address is there even then, and has to be passed over. */
static void section_compile(
	struct section *section, uint64_t access, unsigned kept)
{
	static const uint8_t kinds_of[] = {
		[PAGETRACE_FETCH] = TRACE_INSTRUCTION,
		[PAGETRACE_LOAD] = TRACE_READ,
		[PAGETRACE_STORE] = TRACE_WRITE,
		[PAGETRACE_MODIFY] = TRACE_READ | TRACE_WRITE,
	};
	uint64_t at = PAGETRACE_ACCESS_ADDRESS(access);
	uint32_t last = PAGETRACE_ACCESS_BYTES(access) - 1;
	unsigned kind = PAGETRACE_ACCESS_KIND(access);
	unsigned kinds = kinds_of[kind] & kept;
	struct step step = {
		.count = (uint32_t)__builtin_popcount(kinds),
		.kinds = (uint8_t)kinds,
		.has_address = kind != PAGETRACE_FETCH,
	};

	if (step.has_address) {
		step.last = kinds != 0 ? (uint16_t)last : LAST_NONE;
		section_add(section, &step);
	} else if (kinds != 0) {
		step.vpn = at >> PAGE_SHIFT;
		section_add(section, &step);
		if ((at + last) >> PAGE_SHIFT == step.vpn)
			return;
		step.vpn++;
		section_add(section, &step);
	}
}

/* Forgets section NUMBER, but for what it has counted. */
static void section_drop(struct pagetrace *pagetrace, uint32_t number)
{
	struct section *section = pagetrace->section[number];

	if (section == NULL)
		return;
	counts_add(&pagetrace->counts, &section->counts, section->played);
	pagetrace->section[number] = NULL;
	free(section);
}

static int make_room(struct pagetrace *pagetrace, uint32_t number)
{
	size_t room = number * (size_t)2 + 1024;
	struct section **grown;

	if (number < pagetrace->sections)
		return 0;
	if (number >= SECTIONS_MAX)
		return -EINVAL;
	grown = realloc(pagetrace->section, room * sizeof(*grown));
	if (grown == NULL)
		return -ENOMEM;
	memset(grown + pagetrace->sections, 0,
		(room - pagetrace->sections) * sizeof(*grown));
	pagetrace->section = grown;
	pagetrace->sections = room;
	return 0;
}

static int section_define(struct pagetrace *pagetrace, uint32_t number,
	const uint64_t *access, size_t accesses)
{
	/* An instruction over a page border makes two steps. */
	struct section *section = calloc(
		1, sizeof(*section) + 2 * accesses * sizeof(section->step[0]));
	int error = make_room(pagetrace, number);

	if (section == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < accesses && error == 0; i++) {
		if (PAGETRACE_ACCESS_BYTES(access[i]) == 0)
			error = -EINVAL;
		section_compile(section, access[i], pagetrace->kinds);
	}
	if (error == 0 && section->runs_max >= RUNS)
		error = -EINVAL;
	if (error != 0) {
		free(section);
		return error;
	}
	section_drop(pagetrace, number);
	pagetrace->section[number] = section;
	return 0;
}

/* ---- records ---- */

static int tell_region(
	struct pagetrace *pagetrace, const struct trace_region *region)
{
	int error = batch_flush(pagetrace);

	return error != 0 ? error
			  : pagetrace->sink.region(
				    pagetrace->sink.context, region);
}

/* What the kernel did to [START, START + BYTES): a reference a page. */
static int add_kernel(
	struct pagetrace *pagetrace, const uint64_t *words, uint32_t thread)
{
	uint64_t vpn = words[1] >> PAGE_SHIFT;
	uint64_t last = (words[1] + words[2] - 1) >> PAGE_SHIFT;
	unsigned kind = words[0] == PAGETRACE_LOAD ? TRACE_READ : TRACE_WRITE;
	int error = batch_flush(pagetrace);

	if (!(kind & pagetrace->kinds) || words[2] == 0)
		return error;
	if (last - vpn > UINT32_MAX)
		return -EINVAL;
	for (; vpn <= last && error == 0; vpn++) {
		struct trace_touch run = {vpn, 1, kind | TRACE_KERNEL};

		error = pagetrace->sink.add(
			pagetrace->sink.context, &run, 1, thread);
		pagetrace->counts.kernel++;
	}
	return error;
}

/* A name at the end of a record: NULL: there is none, or no memory. */
static char *take_name(const uint64_t *words, uint32_t count)
{
	if (count == 0 || words[0] > (count - 1) * sizeof(*words))
		return NULL;
	return strndup((const char *)(words + 1), words[0]);
}

/* How many words a record has before its name, and which region event it is;
 * 0: none. */
static const struct record {
	uint8_t words;
	uint8_t region;
	bool named;
} records[] = {
	[PAGETRACE_DEFINE] = {0, 0, false},
	[PAGETRACE_THREAD] = {0, 0, false},
	[PAGETRACE_KERNEL] = {3, 0, false},
	[PAGETRACE_MAP] = {3, TRACE_REGION_MAP, true},
	[PAGETRACE_UNMAP] = {2, TRACE_REGION_UNMAP, false},
	[PAGETRACE_PROTECT] = {2, TRACE_REGION_PROTECT, false},
	[PAGETRACE_REMAP] = {3, TRACE_REGION_REMAP, true},
	[PAGETRACE_BRK] = {2, TRACE_REGION_BRK, false},
	[PAGETRACE_STACK] = {3, TRACE_REGION_STACK, false},
	[PAGETRACE_THREAD_START] = {0, TRACE_REGION_THREAD_START, false},
	[PAGETRACE_THREAD_END] = {0, TRACE_REGION_THREAD_END, false},
	[PAGETRACE_FORK] = {0, TRACE_REGION_FORK, false},
	[PAGETRACE_EXEC] = {0, 0, true},
	[PAGETRACE_MARK] = {0, TRACE_REGION_MARK, true},
	[PAGETRACE_NAME] = {4, TRACE_REGION_NAME, true},
};

#define RECORDS (sizeof(records) / sizeof(records[0]))
#define PROTECTION 7u
#define ANONYMOUS 8u

/* What the words of a record mean, to a region event. */
static void fill_region(struct trace_region *region, unsigned kind,
	uint32_t number, const uint64_t *words)
{
	if (records[kind].words >= 2) {
		region->start = words[0];
		region->end = words[1];
	}
	region->protection = number & PROTECTION;
	region->anonymous = (number & ANONYMOUS) != 0;
	switch (kind) {
	case PAGETRACE_MAP:
		region->offset = words[2];
		break;
	case PAGETRACE_REMAP:
		region->old_start = words[0];
		region->old_end = words[0] + words[2];
		region->start = words[1];
		region->end = words[1] + words[2];
		break;
	case PAGETRACE_NAME:
		region->old_start = words[2];
		region->old_end = words[3];
		break;
	case PAGETRACE_BRK:
	case PAGETRACE_STACK:
		region->protection = TRACE_READ | TRACE_WRITE;
		region->anonymous = true;
		region->name = kind == PAGETRACE_BRK ? "[heap]" : "[stack]";
		/* How far a stack may grow is the sink's to know. */
		region->offset = kind == PAGETRACE_STACK ? words[2] : 0;
		break;
	case PAGETRACE_THREAD_START:
	case PAGETRACE_THREAD_END:
		region->thread = number;
		region->protection = 0;
		region->anonymous = false;
		break;
	case PAGETRACE_FORK:
		region->number = number;
		region->protection = 0;
		region->anonymous = false;
		break;
	default:
		break;
	}
}

static int take_region(struct pagetrace *pagetrace, unsigned kind,
	uint32_t number, const uint64_t *words, uint32_t count)
{
	const struct record *record = &records[kind];
	struct trace_region region = {
		.kind = record->region,
		.thread = pagetrace->thread,
		.name = "",
	};
	char *name = NULL;

	if (record->named) {
		name = take_name(words + record->words, count - record->words);
		if (name == NULL)
			return -EINVAL;
		region.name = name;
	}
	fill_region(&region, kind, number, words);
	int error = tell_region(pagetrace, &region);

	free(name);
	return error;
}

static int take_record(struct pagetrace *pagetrace, uint64_t head,
	const uint64_t *words, uint32_t count)
{
	unsigned kind = PAGETRACE_KIND(head);
	uint32_t number = PAGETRACE_NUMBER(head);

	if (kind >= RECORDS || count < records[kind].words)
		return -EINVAL;
	switch (kind) {
	case PAGETRACE_DEFINE:
		return section_define(pagetrace, number, words, count);
	case PAGETRACE_KERNEL:
		return add_kernel(pagetrace, words, number);
	case PAGETRACE_THREAD: {
		int error = batch_flush(pagetrace);

		pagetrace->thread = number;
		return error;
	}
	case PAGETRACE_EXEC:
		free(pagetrace->exec);
		pagetrace->exec_references = pagetrace->references;
		pagetrace->exec = take_name(words, count);
		return pagetrace->exec == NULL ? -EINVAL : 0;
	default:
		return take_region(pagetrace, kind, number, words, count);
	}
}

/* ---- all of it ---- */

int pagetrace_feed(
	struct pagetrace *pagetrace, const uint64_t *words, size_t count)
{
	const uint64_t *end = words + count;
	int error = 0;

	while (words < end && error == 0) {
		uint64_t head = *words++;

		if (head & PAGETRACE_RECORD) {
			if (PAGETRACE_WORDS(head) > (size_t)(end - words))
				return -EINVAL;
			error = take_record(
				pagetrace, head, words, PAGETRACE_WORDS(head));
			words += PAGETRACE_WORDS(head);
			continue;
		}
		struct section *section = head < pagetrace->sections
						  ? pagetrace->section[head]
						  : NULL;

		if (section == NULL ||
			section->addresses > (size_t)(end - words))
			return -EINVAL;
		if (pagetrace->runs + section->runs_max >= RUNS)
			error = batch_flush(pagetrace);
		play(pagetrace, section, words);
		words += section->addresses;
	}
	return error != 0 ? error : batch_flush(pagetrace);
}

void pagetrace_count(
	const struct pagetrace *pagetrace, struct trace_ending *out)
{
	*out = pagetrace->counts;
	for (size_t i = 0; i < pagetrace->sections; i++) {
		const struct section *section = pagetrace->section[i];

		if (section != NULL)
			counts_add(out, &section->counts, section->played);
	}
}

uint64_t pagetrace_references(const struct pagetrace *pagetrace)
{
	return pagetrace->references + pagetrace->counts.kernel;
}

const char *pagetrace_exec(const struct pagetrace *pagetrace)
{
	return pagetrace->exec_references == pagetrace->references
		       ? pagetrace->exec
		       : NULL;
}

int pagetrace_open(unsigned kinds, const struct pagetrace_sink *sink,
	struct pagetrace **out)
{
	struct pagetrace *pagetrace = calloc(1, sizeof(*pagetrace));

	if (pagetrace == NULL)
		return -ENOMEM;
	pagetrace->sink = *sink;
	pagetrace->kinds = kinds;
	batch_clear(pagetrace);
	*out = pagetrace;
	return 0;
}

void pagetrace_close(struct pagetrace *pagetrace)
{
	if (pagetrace == NULL)
		return;
	for (size_t i = 0; i < pagetrace->sections; i++)
		free(pagetrace->section[i]);
	free(pagetrace->section);
	free(pagetrace->exec);
	free(pagetrace);
}
