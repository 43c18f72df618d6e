/* The kernel's perf records: what is taken for a name ends in the record. */
#include <config.h>

#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>

#include "tracer/perf-ring.h"
#include "tracer/test/input-harness.h"

static int run_perf(const uint8_t *data, size_t bytes)
{
	static const uint64_t ids[] = {700, 701};
	struct perf_record record;
	uint64_t *copy = malloc(bytes + 1); /* aligned, as rings are */

	HARNESS_CHECK(copy != NULL);
	memcpy(copy, data, bytes);
	bool taken = perf_record_parse(copy, bytes, ids, 2, &record);

	if (taken && record.name != NULL)
		HARNESS_CHECK(record.name + strlen(record.name) <
			      (const char *)copy + bytes);
	if (taken && record.kind == PERF_TOUCH)
		HARNESS_CHECK(record.event < 2);
	free(copy);
	return !taken;
}

static size_t seed_perf(unsigned number, uint8_t *out, size_t room)
{
	static const uint16_t types[] = {PERF_RECORD_SAMPLE, PERF_RECORD_MMAP2,
		PERF_RECORD_COMM, PERF_RECORD_FORK, PERF_RECORD_LOST,
		PERF_RECORD_THROTTLE, PERF_RECORD_LOST_SAMPLES};
	struct {
		struct perf_event_header header;
		uint64_t word[16];
	} record = {.word = {700, 5, 6, 7, 8, 9, 10, 11, 0x78782f}};

	unsigned count = sizeof(types) / sizeof(*types);

	if (number >= 2 * count || room < sizeof(record))
		return 0;
	/* The second time with names that have no end. */
	if (number >= count)
		memset(&record.word[1], 'x', sizeof(record.word) - 8);
	record.header.type = types[number % count];
	record.header.misc = PERF_RECORD_MISC_COMM_EXEC;
	record.header.size = sizeof(record);
	memcpy(out, &record, sizeof(record));
	return sizeof(record);
}

const struct harness harness_perf = {"perf", run_perf, seed_perf};
