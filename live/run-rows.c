/* A run's figures: see run-rows.h. */
#include <config.h>

#include "live/run-rows.h"

#include <errno.h>
#include <sys/wait.h>

static const struct rows_column columns[] = {
	{"program", "program", 12, true},
	{"policy", "policy", 9, true},
	{"class", NULL, 0, true},
	{"frames", "frames", 9, false},
	{"faults", "faults", 10, false},
	{"hard_faults", "hard", 10, false},
	{"zero_faults", "zero", 10, false},
	{"soft_faults", "soft", 10, false},
	{"write_faults", NULL, 0, false},
	{"failed_faults", NULL, 0, false},
	{"evictions", NULL, 0, false},
	{"writebacks", "writebacks", 10, false},
	{"prefetches", NULL, 0, false},
	{"resident_peak", "peak", 9, false},
	{"over_limit", NULL, 0, false},
	{"beside_peak", NULL, 0, false},
	{"cycles_per_fault_mean", NULL, 0, false},
	{"cycles_per_fault_p50", "p50", 7, false},
	{"cycles_per_fault_p90", NULL, 0, false},
	{"cycles_per_fault_p99", "p99", 7, false},
	{"cycles_per_fault_max", NULL, 0, false},
	{"counter_source", NULL, 0, true},
	{"page_bytes", NULL, 0, false},
	{"heap_pages", NULL, 0, false},
	{"processes", NULL, 0, false},
	{"system_calls", NULL, 0, false},
	{"system_calls_copied", NULL, 0, false},
	{"seconds", "seconds", 8, false},
	{"backend", NULL, 0, true},
	{"exit_status", NULL, 0, false},
	{"cleaned", NULL, 0, false},
};

static uint64_t count_faults(const struct live_figures *figures)
{
	return figures->hard_faults + figures->zero_faults;
}

static void write_kernel_line(FILE *stream, const struct live_figures *figures)
{
	fprintf(stream,
		"selfpage run: the kernel: %llu major faults, %llu minor, %llu "
		"pages read ahead, %llu written, peak %llu of %llu frames, and "
		"%llu beside\n",
		(unsigned long long)figures->hard_faults,
		(unsigned long long)figures->minor_faults,
		(unsigned long long)figures->prefetches,
		(unsigned long long)figures->writebacks,
		(unsigned long long)figures->resident_peak,
		(unsigned long long)figures->frames,
		(unsigned long long)figures->beside_peak);
	if (figures->over_limit > 0)
		fprintf(stream,
			"selfpage run: %llu pages over the limit, as the "
			"kernel found none to reclaim\n",
			(unsigned long long)figures->over_limit);
}

void run_write_line(FILE *stream, const struct run_row *row)
{
	const struct live_figures *figures = row->figures;
	const struct histogram *cycles = &figures->cycles;

	if (row->kernel) {
		write_kernel_line(stream, figures);
		return;
	}
	fprintf(stream,
		"selfpage run: %llu faults (%llu hard, %llu zero, %llu soft, "
		"%llu write), %llu evictions, %llu write-backs, %llu ahead, "
		"peak %llu of %llu frames, cycles a fault: mean %.0f, p50 "
		"%.0f, p99 %.0f "
		"(%s)\n",
		(unsigned long long)count_faults(figures),
		(unsigned long long)figures->hard_faults,
		(unsigned long long)figures->zero_faults,
		(unsigned long long)figures->soft_faults,
		(unsigned long long)figures->write_faults,
		(unsigned long long)figures->evictions,
		(unsigned long long)figures->writebacks,
		(unsigned long long)figures->cleaned,
		(unsigned long long)figures->resident_peak,
		(unsigned long long)figures->frames, histogram_mean(cycles),
		histogram_quantile(cycles, 0.5),
		histogram_quantile(cycles, 0.99), figures->backend);
	if (figures->over_limit > 0)
		fprintf(stream,
			"selfpage run: %llu times an instruction needed more "
			"pages at once than there are frames, and got them\n",
			(unsigned long long)figures->over_limit);
}

static void add_cycles(struct rows *rows, const struct histogram *cycles)
{
	if (cycles->count == 0) {
		for (unsigned i = 0; i < 5; i++)
			rows_none(rows);
		return;
	}
	rows_real(rows, histogram_mean(cycles), 1);
	rows_real(rows, histogram_quantile(cycles, 0.5), 0);
	rows_real(rows, histogram_quantile(cycles, 0.9), 0);
	rows_real(rows, histogram_quantile(cycles, 0.99), 0);
	rows_count(rows, cycles->greatest);
}

/* What the kernel has no figure for is left out of its row. */
static void add_count(
	struct rows *rows, const struct run_row *row, uint64_t count)
{
	if (row->kernel)
		rows_none(rows);
	else
		rows_count(rows, count);
}

static int add_row(struct rows *rows, const struct run_row *row)
{
	const struct live_figures *figures = row->figures;

	rows_text(rows, row->program);
	rows_text(rows, row->policy);
	rows_text(rows, row->class);
	rows_count(rows, figures->frames);
	add_count(rows, row, count_faults(figures));
	rows_count(rows, figures->hard_faults);
	add_count(rows, row, figures->zero_faults);
	add_count(rows, row, figures->soft_faults);
	add_count(rows, row, figures->write_faults);
	add_count(rows, row, figures->failed_faults);
	add_count(rows, row, figures->evictions);
	rows_count(rows, figures->writebacks);
	rows_count(rows, figures->prefetches);
	rows_count(rows, figures->resident_peak);
	rows_count(rows, figures->over_limit);
	if (row->kernel)
		rows_count(rows, figures->beside_peak);
	else
		rows_none(rows);
	add_cycles(rows, &figures->cycles);
	rows_text(rows, row->kernel ? "" : "tsc");
	rows_count(rows, 4096);
	rows_count(rows, figures->heap_pages);
	rows_count(rows, figures->processes);
	add_count(rows, row, figures->calls);
	add_count(rows, row, figures->calls_copied);
	rows_real(rows, row->seconds, 3);
	rows_text(rows, figures->backend);
	if (WIFEXITED(row->status))
		rows_count(rows, WEXITSTATUS(row->status));
	else
		rows_none(rows);
	rows_count(rows, figures->cleaned);
	return rows_end(rows);
}

int run_write_rows(
	const char *path, enum rows_format format, const struct run_row *row)
{
	FILE *stream = fopen(path, "we");
	struct rows *rows;
	int error, later;

	if (stream == NULL)
		return -errno;
	error = rows_start(stream, format, columns,
		sizeof(columns) / sizeof(columns[0]), &rows);
	if (!error) {
		error = add_row(rows, row);
		later = rows_finish(rows);
		error = error ? error : later;
	}
	if (fclose(stream) != 0 && !error)
		error = -errno;
	return error;
}
