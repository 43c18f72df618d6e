/*
 * Harnesses driven by libFuzzer.  Which one, the environment's HARNESS says;
 * fuzz-inputs.sh builds and runs it.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tracer/test/input-harness.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static const struct harness *chosen(void)
{
	const char *name = getenv("HARNESS");

	for (unsigned i = 0; i < HARNESSES; i++)
		if (name != NULL && strcmp(name, harnesses[i]->name) == 0)
			return harnesses[i];
	fprintf(stderr, "HARNESS is not one of import, input, trace, perf\n");
	exit(2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static const struct harness *harness;

	if (harness == NULL)
		harness = chosen();
	harness->run(data, bytes);
	return 0;
}
