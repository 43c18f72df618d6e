/* Numbers as people type them. */
#ifndef CLI_NUMBER_H
#define CLI_NUMBER_H

#include <stdint.h>

/* "1000", "0x3e8", "64k" "64M" "64G" (powers of 1000), "64KiB" "64MiB"
 * "64GiB" (powers of 1024). -EINVAL, -ERANGE. */
int number_parse(const char *text, uint64_t *out);

/* One memory size: what --frames takes a list of. */
struct frames_spec {
	enum { FRAMES_COUNT, FRAMES_BYTES, FRAMES_SHARE } unit;
	double value; /* frames, bytes, or a share 0..1 of the pages */
};

/* "100,64MiB,25%": *SPECS_OUT (free it) has *COUNT_OUT of them.
 * -EINVAL: *BAD_OUT points into TEXT at what is wrong; sizes must be > 0. */
int frames_parse(const char *text, struct frames_spec **specs_out,
	unsigned *count_out, const char **bad_out);

/* In frames, at least 1, for a trace of PAGES pages of PAGE_BYTES. */
uint64_t frames_resolve(
	const struct frames_spec *spec, uint64_t pages, uint32_t page_bytes);

#endif
