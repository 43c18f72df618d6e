/*
 * What `selfpage run` tells the library in the program, in a file without a
 * name that they share, before the figures that come back.  The environment
 * names it once, "SELFPAGE_RUN=FD"; the library takes that out of the
 * environment at once.
 */
#ifndef LIVE_SETTINGS_H
#define LIVE_SETTINGS_H

#include <stdint.h>

#include "base/map-part.h"
#include "live/figures.h"

#define LIVE_VARIABLE "SELFPAGE_RUN"
#define LIVE_MAGIC UINT64_C(0x34657669656c6673) /* changes with this file */

/* Where paged memory lies, so that addresses are the same in each run. */
#define LIVE_HEAP_BASE UINT64_C(0x100000000000)
#define LIVE_HEAP_BYTES (UINT64_C(1) << 36)
#define LIVE_MAPS_BASE UINT64_C(0x200000000000)
#define LIVE_MAPS_BYTES (UINT64_C(1) << 40)

enum {
	LIVE_HINTS_MAX = 1024,
	LIVE_PATH_BYTES = 4096,
	LIVE_VALUES_MAX = 16,
};

struct live_hint {
	uint64_t start, end;	      /* bytes; 0 and UINT64_MAX: all */
	char region[LIVE_NAME_BYTES]; /* or a name, with start and end 0 */
	struct map_part part;	      /* ... of which only this is meant */
	char mark[LIVE_NAME_BYTES];   /* at which it is given; "": at once */
	uint8_t advice;		      /* enum advice */
	uint8_t value;
};

enum live_state {
	LIVE_NOT_STARTED, /* the library was not loaded */
	LIVE_STARTED,
	LIVE_FAILED, /* the last note says why */
};

struct live_shared {
	uint64_t magic;
	/* settings */
	uint32_t frames;  /* 0: not paged, the same addresses only */
	uint32_t backend; /* of struct selfpage_config: live */
	uint32_t victim_batch, clean_ahead; /* the same */
	uint32_t follow; /* what is exec'd is paged as well */
	int32_t log_fd;	 /* -1: none */
	uint64_t swap_bytes;
	char swap_folder[LIVE_PATH_BYTES];
	char door[LIVE_PATH_BYTES]; /* of a cgroup to join; "": of none */
	char policy[LIVE_NAME_BYTES];
	double policy_values[LIVE_VALUES_MAX]; /* of all its parameters */
	uint32_t policy_values_count;
	uint64_t policy_seed;
	char library[LIVE_PATH_BYTES];
	uint32_t hints_count; /* those of marks come last */
	struct live_hint hints[LIVE_HINTS_MAX];
	/* what comes back */
	uint32_t state; /* enum live_state */
	struct live_figures figures;
};

#endif
