/*
 * A plain array, five times larger than its frames, sorted in place by code
 * that knows nothing of paging.
 *
 * The pager is a live one: the array is real memory, and a load or store of a
 * page that is in no frame is a fault, which the thread itself serves.  Only
 * `new_array` below is other than it would be without; `sort` could be any
 * library's.
 */
#include <inttypes.h>
#include <selfpage.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBERS ((size_t)512 * 1000) /* 1000 pages */

enum { FRAMES = 200 };

struct memory {
	struct selfpage *pager;
	struct selfpage_space *space;
	struct selfpage_store *store;
};

static void need(int error, const char *what)
{
	if (!error)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror(-error));
	exit(EXIT_FAILURE);
}

/* An array of NUMBERS zeros, of which FRAMES pages are in memory at a time. */
static uint64_t *new_array(struct memory *memory)
{
	struct selfpage_config config = {
		.config_bytes = sizeof(config),
		.frames = FRAMES,
		.policy = "clock",
		.live = SELFPAGE_LIVE,
	};
	struct selfpage_request request = {
		.request_bytes = sizeof(request),
		.bytes = NUMBERS * sizeof(uint64_t),
		.protection = SELFPAGE_READ | SELFPAGE_WRITE,
	};
	uint64_t address;

	need(selfpage_create(&config, &memory->pager), "pager");
	need(selfpage_space_create(memory->pager, 0, &memory->space), "space");
	need(selfpage_store_open_anonymous(
		     memory->pager, -1, request.bytes, &memory->store),
		"store");
	request.store = memory->store;
	need(selfpage_map_request(memory->space, &request, &address), "map");
	return (uint64_t *)(uintptr_t)address;
}

static void free_array(struct memory *memory)
{
	need(selfpage_space_destroy(memory->space), "space");
	need(selfpage_store_discard(memory->store), "store");
	need(selfpage_destroy(memory->pager), "pager");
}

/* Quicksort. */
static void sort(uint64_t *numbers, size_t count)
{
	uint64_t pivot, number;
	size_t low, high;

	while (count > 1) {
		pivot = numbers[(count - 1) / 2];
		low = 0;
		high = count - 1;
		for (;;) {
			while (numbers[low] < pivot)
				low++;
			while (numbers[high] > pivot)
				high--;
			if (low >= high)
				break;
			number = numbers[low];
			numbers[low++] = numbers[high];
			numbers[high--] = number;
		}
		/* the smaller part by a call, so that few are nested */
		high++;
		if (high < count - high) {
			sort(numbers, high);
			numbers += high;
			count -= high;
		} else {
			sort(numbers + high, count - high);
			count = high;
		}
	}
}

int main(void)
{
	struct selfpage_live_counts live;
	struct selfpage_counts counts;
	struct memory memory;
	uint64_t *numbers = new_array(&memory);
	uint64_t number = 1, sum = 0;
	int sorted = 1;
	size_t i;

	for (i = 0; i < NUMBERS; i++) {
		number = number * 6364136223846793005 + 1442695040888963407;
		numbers[i] = number;
		sum += number;
	}
	sort(numbers, NUMBERS);
	for (i = 0; i < NUMBERS; i++) {
		sum -= numbers[i];
		if (i && numbers[i] < numbers[i - 1])
			sorted = 0;
	}
	need(selfpage_read_counts(memory.pager, &counts, sizeof(counts)),
		"counts");
	need(selfpage_live_read_counts(memory.pager, &live, sizeof(live)),
		"counts");
	printf("by %s: %" PRIu64 " pages read, %" PRIu64 " written, %" PRIu64
	       " found in their frames\n",
		selfpage_live_name(memory.pager), counts.hard_faults,
		counts.writebacks, counts.soft_faults + counts.write_faults);
	free_array(&memory);
	sorted = sorted && !sum && live.resident_peak <= FRAMES;
	printf("1000 pages sorted, never more than %d of them in memory: %s\n",
		FRAMES, sorted ? "yes" : "no");
	return sorted ? EXIT_SUCCESS : EXIT_FAILURE;
}
