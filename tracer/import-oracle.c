/*
 * libCacheSim's oracleGeneral: see oracle.h.  A request is one reference to
 * the page that has the object's number, whatever the object's size.  Those
 * of size 0 are left out, as libCacheSim does.
 */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "tracer/import-parser.h"
#include "tracer/oracle.h"

static int oracle_record(struct importer *importer, const uint8_t *bytes)
{
	struct oracle_record record;

	memcpy(&record, bytes, sizeof(record));
	if (record.next < -1) {
		snprintf(importer->found, sizeof(importer->found),
			"a next request number %lld", (long long)record.next);
		return importer_expected(
			importer, "-1 or more: is it oracleGeneral?");
	}
	if (record.bytes == 0)
		return 0;
	return importer_add(importer, record.object, TRACE_READ);
}

const struct import_parser import_oracle = {
	.name = "oracleGeneral",
	.records = "libCacheSim's: time, object, size, next request",
	.record_bytes = sizeof(struct oracle_record),
	.record = oracle_record,
};
