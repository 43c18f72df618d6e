/* The allocator of a paged program: see heap.h. */
#include <config.h>

#include "live/heap.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "mm/gaps.h"

enum {
	SMALL_MAX = 3584,
	CLASSES = 27,
	SLAB_PAGES_MAX = 8,
	SLAB_OBJECTS_MAX = 256,
	FREE_WORDS = SLAB_OBJECTS_MAX / 64,
	GAPS_MAX = 1 << 20,
	CLASS_PAGES = CLASSES, /* a run of pages that is one object */
	DIRTY_BITS = 64,
};

/* A run, at its first page's place in runs[]. */
struct run {
	uint64_t free[FREE_WORDS]; /* of a slab: a bit an object */
	uint32_t pages;		   /* 0: no run starts here */
	uint32_t next, previous;   /* of a slab in its list; 0: none */
	uint16_t class;
	uint16_t free_count;
};

struct class
{
	uint32_t bytes;
	uint16_t pages, objects; /* of a slab */
	uint32_t first;		 /* slab with free objects: page + 1 */
	uint32_t empty;		 /* the slab that is kept, page + 1; or 0 */
};

struct heap {
	pthread_mutex_t lock; /* guards all */
	uintptr_t base;
	uint64_t pages;
	heap_discard *discard;
	void *context;
	struct run *runs; /* [pages] */
	uint32_t *start;  /* [pages]: of a slab's page, its run's page + 1 */
	uint64_t *dirty;  /* [pages / 64]: the page may be other than zeros */
	struct gaps gaps;
	uint64_t pages_used;
	struct class classes[CLASSES];
	uint8_t class_of[SMALL_MAX / HEAP_ALIGN + 1]; /* by bytes / 16 */
};

/* ---- sizes ---- */

/* 16 to 128 by 16, then four to each doubling. */
static uint32_t class_bytes(unsigned class)
{
	if (class < 8)
		return HEAP_ALIGN * (class + 1);
	return (5 + class % 4) << (5 + (class - 8) / 4);
}

/* The fewest pages of which at most an eighth is left over. */
static unsigned slab_pages(uint32_t bytes)
{
	unsigned pages = 1;

	while (pages < SLAB_PAGES_MAX &&
		pages * HEAP_PAGE % bytes * 8 > pages * HEAP_PAGE)
		pages++;
	return pages;
}

static void init_classes(struct heap *heap)
{
	unsigned bytes = 0;

	for (unsigned i = 0; i < CLASSES; i++) {
		struct class *class = &heap->classes[i];

		class->bytes = class_bytes(i);
		class->pages = slab_pages(class->bytes);
		class->objects = class->pages * HEAP_PAGE / class->bytes;
		for (; bytes <= class->bytes; bytes += HEAP_ALIGN)
			heap->class_of[bytes / HEAP_ALIGN] = i;
	}
}

/* The smallest that is large enough and whose objects all lie right: CLASSES
 * if there is none. */
static unsigned find_class(const struct heap *heap, size_t bytes, size_t align)
{
	unsigned class;

	if (bytes > SMALL_MAX || align > HEAP_PAGE)
		return CLASSES;
	class = heap->class_of[(bytes + HEAP_ALIGN - 1) / HEAP_ALIGN];
	while (class < CLASSES && heap->classes[class].bytes % align)
		class ++;
	return class;
}

/* ---- making and ending ---- */

/* Zeros that take memory only where they are written. */
static void *take_table(uint64_t count, size_t bytes)
{
	void *table = mmap(NULL, count * bytes, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return table == MAP_FAILED ? NULL : table;
}

static void give_table(void *table, uint64_t count, size_t bytes)
{
	if (table)
		munmap(table, count * bytes);
}

int heap_create(uintptr_t base, uint64_t pages, heap_discard *discard,
	void *context, struct heap **out)
{
	struct heap *heap = calloc(1, sizeof(*heap));
	uint32_t gaps_max = pages < GAPS_MAX ? pages + 1 : GAPS_MAX;

	if (!heap)
		return -ENOMEM;
	heap->base = base;
	heap->pages = pages;
	heap->discard = discard;
	heap->context = context;
	heap->runs = take_table(pages, sizeof(*heap->runs));
	heap->start = take_table(pages, sizeof(*heap->start));
	heap->dirty = take_table(pages / DIRTY_BITS + 1, sizeof(*heap->dirty));
	if (!heap->runs || !heap->start || !heap->dirty ||
		gaps_init(&heap->gaps, pages, gaps_max)) {
		heap_destroy(heap);
		return -ENOMEM;
	}
	pthread_mutex_init(&heap->lock, NULL);
	init_classes(heap);
	*out = heap;
	return 0;
}

void heap_destroy(struct heap *heap)
{
	gaps_fini(&heap->gaps);
	give_table(heap->runs, heap->pages, sizeof(*heap->runs));
	give_table(heap->start, heap->pages, sizeof(*heap->start));
	give_table(heap->dirty, heap->pages / DIRTY_BITS + 1,
		sizeof(*heap->dirty));
	free(heap);
}

void heap_lock(struct heap *heap)
{
	pthread_mutex_lock(&heap->lock);
}

void heap_unlock(struct heap *heap)
{
	pthread_mutex_unlock(&heap->lock);
}

/* ---- runs of pages ---- */

static uintptr_t page_address(const struct heap *heap, uint32_t page)
{
	return heap->base + (uintptr_t)page * HEAP_PAGE;
}

static bool take_run(
	struct heap *heap, uint32_t pages, uint64_t align_pages, uint32_t *out)
{
	uint64_t page;

	if (!gaps_find(&heap->gaps, 0, pages, align_pages, &page) ||
		gaps_take(&heap->gaps, page, page + pages))
		return false;
	heap->pages_used += pages;
	heap->runs[page].pages = pages;
	*out = page;
	return true;
}

/* With more gaps than there is room for the run stays a lost one. */
static void give_run(struct heap *heap, uint32_t page)
{
	struct run *run = &heap->runs[page];

	if (gaps_give(&heap->gaps, page, page + run->pages))
		return;
	heap->pages_used -= run->pages;
	run->pages = 0;
}

static bool is_dirty(const struct heap *heap, uint32_t page)
{
	return heap->dirty[page / DIRTY_BITS] >> page % DIRTY_BITS & 1;
}

static void set_dirty(
	struct heap *heap, uint32_t page, uint32_t pages, bool dirty)
{
	for (uint32_t end = page + pages; page < end; page++) {
		uint64_t bit = UINT64_C(1) << page % DIRTY_BITS;

		if (dirty)
			heap->dirty[page / DIRTY_BITS] |= bit;
		else
			heap->dirty[page / DIRTY_BITS] &= ~bit;
	}
}

/* Those that may be other than zeros. */
static void clear_pages(struct heap *heap, uint32_t page, uint32_t pages)
{
	for (uint32_t end = page + pages; page < end; page++)
		if (is_dirty(heap, page))
			memset((void *)page_address(heap, page), 0, HEAP_PAGE);
}

static uintptr_t allocate_pages(
	struct heap *heap, size_t bytes, size_t align_bytes, bool zero)
{
	uint64_t pages = bytes / HEAP_PAGE + (bytes % HEAP_PAGE != 0);
	uint64_t align_pages =
		align_bytes > HEAP_PAGE ? align_bytes / HEAP_PAGE : 1;
	uint32_t page;

	if (pages > heap->pages)
		return 0;
	pthread_mutex_lock(&heap->lock);
	if (!take_run(heap, pages, align_pages, &page)) {
		pthread_mutex_unlock(&heap->lock);
		return 0;
	}
	heap->runs[page].class = CLASS_PAGES;
	pthread_mutex_unlock(&heap->lock);
	/* Out of the lock, as it may take long: the run is this thread's. */
	if (zero)
		clear_pages(heap, page, pages);
	pthread_mutex_lock(&heap->lock);
	set_dirty(heap, page, pages, true);
	pthread_mutex_unlock(&heap->lock);
	return page_address(heap, page);
}

/* Called with the lock held, which is released. */
static void free_pages(struct heap *heap, uint32_t page)
{
	uint32_t pages = heap->runs[page].pages;
	bool clean = false;

	heap->runs[page].class = 0; /* nobody's: not to be freed again */
	if (pages >= HEAP_DISCARD_PAGES) {
		pthread_mutex_unlock(&heap->lock);
		clean = heap->discard(heap->context, page_address(heap, page),
			(size_t)pages * HEAP_PAGE);
		pthread_mutex_lock(&heap->lock);
	}
	if (clean)
		set_dirty(heap, page, pages, false);
	give_run(heap, page);
	pthread_mutex_unlock(&heap->lock);
}

/* ---- slabs ---- */

static void link_slab(struct heap *heap, struct class *class, uint32_t page)
{
	struct run *run = &heap->runs[page];

	run->previous = 0;
	run->next = class->first;
	if (run->next)
		heap->runs[run->next - 1].previous = page + 1;
	class->first = page + 1;
}

static void unlink_slab(struct heap *heap, struct class *class, uint32_t page)
{
	const struct run *run = &heap->runs[page];

	if (run->next)
		heap->runs[run->next - 1].previous = run->previous;
	if (run->previous)
		heap->runs[run->previous - 1].next = run->next;
	else
		class->first = run->next;
}

static bool make_slab(struct heap *heap, unsigned class_number)
{
	struct class *class = &heap->classes[class_number];
	struct run *run;
	uint32_t page;

	if (!take_run(heap, class->pages, 1, &page))
		return false;
	run = &heap->runs[page];
	run->class = class_number;
	run->free_count = class->objects;
	for (unsigned i = 0; i < class->objects; i++)
		run->free[i / 64] |= UINT64_C(1) << i % 64;
	for (uint32_t i = 0; i < class->pages; i++)
		heap->start[page + i] = page + 1;
	set_dirty(heap, page, class->pages, true);
	link_slab(heap, class, page);
	return true;
}

static void end_slab(struct heap *heap, struct class *class, uint32_t page)
{
	struct run *run = &heap->runs[page];

	unlink_slab(heap, class, page);
	memset(run->free, 0, sizeof(run->free));
	run->free_count = 0;
	for (uint32_t i = 0; i < run->pages; i++)
		heap->start[page + i] = 0;
	give_run(heap, page);
}

static uintptr_t allocate_small(struct heap *heap, unsigned class_number)
{
	struct class *class = &heap->classes[class_number];
	unsigned word = 0, bit;
	struct run *run;
	uint32_t page;

	pthread_mutex_lock(&heap->lock);
	if (!class->first && !make_slab(heap, class_number)) {
		pthread_mutex_unlock(&heap->lock);
		return 0;
	}
	page = class->first - 1;
	run = &heap->runs[page];
	while (!run->free[word])
		word++;
	bit = __builtin_ctzll(run->free[word]);
	run->free[word] &= run->free[word] - 1;
	if (class->empty == page + 1)
		class->empty = 0;
	if (--run->free_count == 0)
		unlink_slab(heap, class, page);
	pthread_mutex_unlock(&heap->lock);
	return page_address(heap, page) + (word * 64 + bit) * class->bytes;
}

/* The object of the slab at PAGE that OBJECT is; -1: none that is in use. */
static int find_object(const struct heap *heap, uint32_t page, uintptr_t object)
{
	const struct run *run = &heap->runs[page];
	const struct class *class = &heap->classes[run->class];
	size_t offset = object - page_address(heap, page);
	unsigned index = offset / class->bytes;

	if (offset % class->bytes || index >= class->objects ||
		run->free[index / 64] >> index % 64 & 1)
		return -1;
	return index;
}

static void free_small(struct heap *heap, uint32_t page, unsigned index)
{
	struct run *run = &heap->runs[page];
	struct class *class = &heap->classes[run->class];

	run->free[index / 64] |= UINT64_C(1) << index % 64;
	if (run->free_count++ == 0)
		link_slab(heap, class, page);
	if (run->free_count < class->objects)
		return;
	if (class->empty)
		end_slab(heap, class, page);
	else
		class->empty = page + 1;
}

/* ---- objects ---- */

uintptr_t heap_allocate(
	struct heap *heap, size_t bytes, size_t align_bytes, bool zero)
{
	unsigned class = find_class(heap, bytes ? bytes : 1, align_bytes);
	uintptr_t object;

	if (class == CLASSES)
		return allocate_pages(
			heap, bytes ? bytes : 1, align_bytes, zero);
	object = allocate_small(heap, class);
	if (object && zero)
		memset((void *)object, 0, bytes);
	return object;
}

/* The run in which OBJECT is one, with the lock held. */
static bool find_run(struct heap *heap, uintptr_t object, uint32_t *page_out)
{
	uint64_t page = (object - heap->base) / HEAP_PAGE;

	if (object < heap->base || page >= heap->pages)
		return false;
	if (heap->start[page]) {
		*page_out = heap->start[page] - 1;
		return find_object(heap, *page_out, object) >= 0;
	}
	*page_out = page;
	return heap->runs[page].pages && object % HEAP_PAGE == 0 &&
	       heap->runs[page].class == CLASS_PAGES;
}

bool heap_free(struct heap *heap, uintptr_t object)
{
	uint32_t page;

	pthread_mutex_lock(&heap->lock);
	if (!find_run(heap, object, &page)) {
		pthread_mutex_unlock(&heap->lock);
		return false;
	}
	if (heap->runs[page].class == CLASS_PAGES) {
		free_pages(heap, page);
		return true;
	}
	free_small(heap, page, find_object(heap, page, object));
	pthread_mutex_unlock(&heap->lock);
	return true;
}

static size_t run_usable(const struct heap *heap, uint32_t page)
{
	const struct run *run = &heap->runs[page];

	return run->class == CLASS_PAGES ? (size_t)run->pages * HEAP_PAGE
					 : heap->classes[run->class].bytes;
}

size_t heap_usable(struct heap *heap, uintptr_t object)
{
	size_t bytes = 0;
	uint32_t page;

	pthread_mutex_lock(&heap->lock);
	if (find_run(heap, object, &page))
		bytes = run_usable(heap, page);
	pthread_mutex_unlock(&heap->lock);
	return bytes;
}

/* Takes what follows the run, or gives its end back.  PAGES is not 0. */
static bool resize_run(struct heap *heap, uint32_t page, uint64_t pages)
{
	struct run *run = &heap->runs[page];
	uint64_t end = page + run->pages, wanted = page + pages;

	if (wanted < end) {
		if (gaps_give(&heap->gaps, wanted, end))
			return false;
	} else if (wanted > end) {
		if (wanted > heap->pages ||
			!gaps_are_free(&heap->gaps, end, wanted) ||
			gaps_take(&heap->gaps, end, wanted))
			return false;
		set_dirty(heap, end, wanted - end, true);
	}
	heap->pages_used += pages - run->pages;
	run->pages = pages;
	return true;
}

bool heap_resize(struct heap *heap, uintptr_t object, size_t bytes)
{
	uint64_t pages = bytes / HEAP_PAGE + (bytes % HEAP_PAGE != 0);
	bool done = false;
	uint32_t page;
	size_t usable;

	pthread_mutex_lock(&heap->lock);
	if (find_run(heap, object, &page)) {
		usable = run_usable(heap, page);
		done = bytes <= usable && bytes * 2 >= usable;
		if (!done && bytes > SMALL_MAX &&
			heap->runs[page].class == CLASS_PAGES)
			done = resize_run(heap, page, pages);
	}
	pthread_mutex_unlock(&heap->lock);
	return done;
}

uint64_t heap_pages(struct heap *heap)
{
	uint64_t pages;

	pthread_mutex_lock(&heap->lock);
	pages = heap->pages_used;
	pthread_mutex_unlock(&heap->lock);
	return pages;
}

/* ---- invariants ---- */

static const char *check_slab(const struct heap *heap, uint32_t page)
{
	const struct run *run = &heap->runs[page];
	const struct class *class = &heap->classes[run->class];
	unsigned bits = 0, listed = 0;

	if (run->class >= CLASSES || run->pages != class->pages)
		return "a slab is as long as its size says";
	for (unsigned i = 0; i < FREE_WORDS; i++)
		bits += __builtin_popcountll(run->free[i]);
	if (bits != run->free_count || bits > class->objects)
		return "a slab counts its free bits";
	for (uint32_t i = 0; i < run->pages; i++)
		if (heap->start[page + i] != page + 1)
			return "a slab's pages name it";
	for (uint32_t at = class->first; at; at = heap->runs[at - 1].next)
		listed += at == page + 1;
	if (listed != (bits > 0))
		return "a slab is in its list if it has free objects";
	if (bits == class->objects && class->empty != page + 1)
		return "of the empty slabs of a size one is kept";
	return NULL;
}

static const char *check_runs(const struct heap *heap)
{
	uint64_t used = 0, page = 0;

	while (page < heap->pages) {
		const struct run *run = &heap->runs[page];
		const char *broken = NULL;
		uint64_t end = page + (run->pages ? run->pages : 1);

		if (!run->pages != gaps_are_free(&heap->gaps, page, page + 1))
			return "a page is in a run or in a gap";
		if (heap->start[page])
			broken = check_slab(heap, page);
		if (broken)
			return broken;
		used += run->pages;
		while (++page < end)
			if (heap->runs[page].pages ||
				gaps_are_free(&heap->gaps, page, page + 1))
				return "runs do not overlap";
	}
	return used == heap->pages_used ? NULL
					: "the pages in runs are counted";
}

const char *heap_check(struct heap *heap)
{
	const char *broken;

	pthread_mutex_lock(&heap->lock);
	broken = gaps_check(&heap->gaps);
	if (!broken)
		broken = check_runs(heap);
	pthread_mutex_unlock(&heap->lock);
	return broken;
}
