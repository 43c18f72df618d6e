/* Who asks for memory: see pagetrace/anon-name.h. */
#ifndef LIVE_CALLER_H
#define LIVE_CALLER_H

#include "pagetrace/anon-name.h"

/*
 * "[anon:FUNCTION]" of the innermost caller that is not of a runtime library,
 * where one of the library's functions will return to RETURN_ADDRESS.  Called
 * inside, on the stack of that call, with no lock held.
 */
void caller_region_name(
	const void *return_address, char out[ANON_REGION_BYTES]);

#endif
