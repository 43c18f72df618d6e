/*
 * What the tests of containers share: a server whose clock stands still until
 * it is told to go, and calls that must succeed.  After each that changes
 * something all invariants are proved.
 */
#ifndef MM_TEST_CONTAINER_WORLD_H
#define MM_TEST_CONTAINER_WORLD_H

#include "mm/container-internal.h"
#include "mm/test/fail-allocation.h"
#include "mm/test/server-machine.h"

enum { PAGE = REAL_PAGE_BYTES };

static inline struct container_range range(uint64_t offset, uint32_t pages)
{
	return (struct container_range){offset, pages};
}

void check(struct server_machine *machine);

struct server_machine *machine_of(uint32_t frames);

/* A container of the root with PAGES pages from offset 0 on. */
struct container *container_of(struct server_machine *machine, uint32_t pages);

void put_away(struct server_machine *machine, struct container *container);

/* Page OFFSET is full of BYTE. */
void fill(struct server_machine *machine, struct container *container,
	uint64_t offset, char byte);

void expect_byte(struct container *container, uint64_t offset, char byte);

/* The pages from 0 on are full of the bytes of TEXT. */
void expect_text(struct container *container, const char *text);

void fill_text(struct server_machine *machine, struct container *container,
	const char *text);

void expect_frames(
	struct server_machine *machine, uint32_t contained, uint32_t reserved);

uint32_t frame_of(struct container *container, uint64_t offset);

struct container_window *hold(struct server_machine *machine,
	struct container *container, uint64_t offset, uint32_t pages,
	unsigned access);

void unhold(struct server_machine *machine, struct container_window *window);

struct container_share *share_of(struct server_machine *machine,
	struct container *container, unsigned rights, uint64_t lock_max);

#endif
