/* selfpage replay --verify: a log -> a row, and whether it is equal. */
#include "replay/verify-command.h"

#include <inttypes.h>
#include <string.h>

#include "cli/command.h"
#include "cli/progress.h"
#include "replay/verify.h"

/* Names that `selfpage replay` has too mean the same.  Scripts hang on them;
 * new columns go to the end. */
static const struct rows_column columns[] = {
	{"log", "log", 12, true},
	{"policy", "policy", 9, true},
	{"frames", "frames", 9, false},
	{"hard_faults", "hard", 10, false},
	{"zero_faults", "zero", 10, false},
	{"soft_faults", "soft", 10, false},
	{"write_faults", "write", 10, false},
	{"evictions", "evictions", 10, false},
	{"writebacks", "writebacks", 10, false},
	{"prefetches", NULL, 0, false},
	{"victims", "victims", 10, false},
	{"log_events", "events", 11, false},
	{"calls_at_a_time", "calls", 5, false},
	{"complete", "whole", 5, true},
	{"equal", "equal", 5, true},
};

static int add_row(const struct log_reader *log, enum rows_format format,
	const struct verify_result *result)
{
	const struct log_header *header = log_header(log);
	const struct pager_counts *counts = &result->counts;
	struct rows *rows = NULL;
	char name[256];
	int error, finish;

	error = rows_start(stdout, format, columns,
		sizeof(columns) / sizeof(columns[0]), &rows);
	if (error)
		return error;
	command_trace_name(log_path(log), name, sizeof(name));
	rows_text(rows, name);
	rows_text(rows, header->policy);
	rows_count(rows, header->frames);
	rows_count(rows, counts->hard_faults);
	rows_count(rows, counts->zero_faults);
	rows_count(rows, counts->soft_faults);
	rows_count(rows, counts->write_faults);
	rows_count(rows, counts->evictions);
	rows_count(rows, counts->writebacks);
	rows_count(rows, counts->prefetches);
	rows_count(rows, result->victims);
	rows_count(rows, result->records);
	rows_count(rows, result->lanes);
	rows_text(rows, result->cut ? "no" : "yes");
	rows_text(rows, result->equal ? "yes" : "no");
	error = rows_end(rows);
	finish = rows_finish(rows);
	return error ? error : finish;
}

static int tell(
	const struct log_reader *log, const struct verify_result *result)
{
	if (result->cut && result->equal)
		fprintf(stderr,
			"selfpage replay: %s: the log was cut off after event "
			"%" PRIu64 "; what is there was verified\n",
			log_path(log), result->records);
	if (result->equal)
		return 0;
	return command_fail(1, "replay",
		"%s: event %" PRIu64 ", after %" PRIu64 " victims: %s",
		log_path(log), result->record, result->victims,
		result->difference.text);
}

int verify_command(const char *path, enum rows_format format,
	const volatile sig_atomic_t *stop)
{
	struct verify_config config = {
		.check = true,
		.progress = progress_on,
		.stop = stop,
	};
	struct verify_result result;
	struct log_reader *log;
	struct message message;
	int error = log_open(path, &log, &message);

	if (error)
		return command_fail(1, "replay", "%s", message.text);
	config.progress_context = progress_start(path, "events", 0);
	error = verify_run(log, &config, &result, &message);
	progress_end(config.progress_context);
	if (error) {
		error = command_fail(1, "replay", "%s", message.text);
	} else {
		error = add_row(log, format, &result);
		error = error ? command_fail(1, "replay", "standard output: %s",
					strerror(-error))
			      : tell(log, &result);
	}
	log_close(log);
	return error;
}
