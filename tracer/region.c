/* What region events say of pages. */
#include <config.h>

#include "tracer/trace.h"

bool trace_region_brings_pages(const struct trace_region *region)
{
	return region->kind == TRACE_REGION_MAP ||
	       region->kind == TRACE_REGION_BRK ||
	       region->kind == TRACE_REGION_STACK ||
	       region->kind == TRACE_REGION_REMAP ||
	       region->kind == TRACE_REGION_NAME;
}

const char *trace_region_name(const struct trace_region *region)
{
	if (*region->name)
		return region->name;
	if (region->kind == TRACE_REGION_BRK)
		return "[heap]";
	if (region->kind == TRACE_REGION_STACK)
		return "[stack]";
	return region->anonymous ? "[anon]" : "";
}
