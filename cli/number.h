/* Numbers as people type them. */
#ifndef CLI_NUMBER_H
#define CLI_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/*
 * TEXT is a whole number, decimal or 0x and hex digits; a decimal one may
 * have a unit: k M G T are powers of 1000, KiB MiB GiB TiB powers of 1024,
 * and B, kB MB GB TB are bytes.  Nothing else may stand before or after it.
 * Returns 0, -EINVAL, or -ERANGE above UINT64_MAX.
 */
int number_parse(const char *text, uint64_t *out);

/*
 * TEXT is digits, perhaps with a point and more digits after them, and
 * perhaps a %: "25%" is 0.25 with *PERCENT_OUT set.  0 or -EINVAL.
 */
int number_parse_real(const char *text, double *out, bool *percent_out);

/* One memory size: what --frames takes a list of. */
struct frames_spec {
	enum { FRAMES_COUNT, FRAMES_BYTES, FRAMES_SHARE } unit;
	double value; /* frames, bytes, or a share 0..1 of the pages */
};

/*
 * TEXT is a list such as "100,64MiB,0.5%": counts of frames ("100", "64k"),
 * memory sizes (a unit with B), shares of the trace's pages.  Each must be
 * more than 0, a share at most 100 %.  *SPECS_OUT (free it) then has
 * *COUNT_OUT of them.  Returns 0; -ENOMEM; or -EINVAL, with *BAD_OUT pointing
 * into TEXT at the start of the size that is wrong.
 */
int frames_parse(const char *text, struct frames_spec **specs_out,
	unsigned *count_out, const char **bad_out);

/*
 * In frames, for a trace of PAGES pages of PAGE_BYTES: bytes are rounded
 * down, shares to the nearest, and it is at least 1.
 */
uint64_t frames_resolve(
	const struct frames_spec *spec, uint64_t pages, uint32_t page_bytes);

#endif
