/* Accesses to a machine that must succeed; all of it is checked after each. */
#ifndef MM_TEST_MACHINE_USE_H
#define MM_TEST_MACHINE_USE_H

#include "mm/test/machine.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static inline void sound(struct machine *machine)
{
	const char *why = machine_check(machine);

	if (why)
		fail_msg("%s", why);
}

static inline void reads(struct machine *machine, unsigned space, uint64_t page,
	uint64_t expected)
{
	uint64_t value = ~expected;

	assert_int_equal(machine_read(machine, space, page, 1, &value), 0);
	assert_int_equal(value, expected);
	sound(machine);
}

static inline void writes(
	struct machine *machine, unsigned space, uint64_t page, uint64_t value)
{
	assert_int_equal(machine_write(machine, space, page, 1, value), 0);
	sound(machine);
}

#endif
