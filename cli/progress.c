/*
 * The line is made anew at each drawing for the terminal's width at that
 * moment.  What does not fit is left out, in this order: the bar shrinks to
 * 5, the label is cut, then there is no bar, no label, no rate; the share
 * done is the last to go.  One column stays free, since a terminal wraps
 * when the last one is filled.
 *
 * Whoever writes to stderr meanwhile, wherever in the program, writes to a
 * stream of the line's, which erases it first; it is drawn again below.
 */
#include "config.h"

#include "cli/progress.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "cli/utf8.h"

#define DRAW_INTERVAL_NS 100000000
#define ERASE "\r\033[K" /* to the line's start, and from there to its end */
#define LABEL_BYTES_MAX 128
#define COLUMNS_MAX 160 /* a longer line reads no better */
#define BAR_MIN 5
#define BAR_MAX 40

struct progress {
	bool shown; /* there is a terminal to draw on */
	bool drawn; /* a line stands there to be erased */
	uint64_t total, done;
	uint64_t start_ns, draw_ns;
	const char *unit;
	char label[LABEL_BYTES_MAX];
	/* stderr meanwhile, whose lock guards `drawn`, and before; or NULL */
	FILE *messages, *before;
	pid_t process; /* that draws: its children do not */
};

/* Given when there is no memory for one; never changed, never freed. */
static const struct progress no_progress;

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

static bool can_draw(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
}

/* Copies as much of LABEL as fits, what would move the cursor as '?'. */
static void set_label(struct progress *progress, const char *label)
{
	size_t used = 0;

	while (label && *label) {
		size_t length = utf8_length(label);
		bool visible = length > 0 && utf8_is_visible(label);
		size_t bytes = visible ? length : 1;

		if (used + bytes >= LABEL_BYTES_MAX)
			break;
		memcpy(progress->label + used, visible ? label : "?", bytes);
		used += bytes;
		label += length > 0 ? length : 1;
	}
	progress->label[used] = '\0';
}

/* In one write, so that no other output comes in between.  What becomes of
 * it does not matter: the work goes on without its bar. */
static ssize_t write_terminal(const char *text, size_t bytes)
{
	return write(STDERR_FILENO, text, bytes);
}

static void erase(struct progress *progress)
{
	if (progress->drawn && progress->process == getpid())
		(void)!write_terminal(ERASE, strlen(ERASE));
	progress->drawn = false;
}

/* A message, from a stream that has its lock. */
static ssize_t write_message(void *context, const char *text, size_t bytes)
{
	ssize_t written;

	erase(context);
	written = write_terminal(text, bytes);
	return written < 0 ? 0 : written;
}

/* stderr erases the line from now on. */
static void take_messages(struct progress *progress)
{
	const cookie_io_functions_t functions = {.write = write_message};

	progress->process = getpid();
	progress->messages = fopencookie(progress, "w", functions);
	if (!progress->messages)
		return;
	/* a message is a line */
	setvbuf(progress->messages, NULL, _IOLBF, 0);
	progress->before = stderr;
	stderr = progress->messages;
}

struct progress *progress_start(
	const char *label, const char *unit, uint64_t total)
{
	struct progress *progress = calloc(1, sizeof(*progress));

	if (!progress)
		return (struct progress *)&no_progress;
	progress->shown = can_draw();
	progress->total = total;
	progress->unit = unit;
	progress->start_ns = now_ns();
	/* Work that is done at once flashes no line. */
	progress->draw_ns = progress->start_ns;
	set_label(progress, label);
	if (progress->shown)
		take_messages(progress);
	return progress;
}

/* "12.3 M": three digits or so, and the power of 1000. */
static void format_amount(char *out, size_t size, double amount)
{
	static const char powers[] = " kMGTPE";
	size_t power = 0;

	for (; amount >= 999.5 && power < sizeof(powers) - 2; power++)
		amount /= 1000;
	if (power == 0)
		snprintf(out, size, "%.0f", amount);
	else
		snprintf(out, size, amount < 99.95 ? "%.1f %c" : "%.0f %c",
			amount, powers[power]);
}

/* "0:12", "1:02:03" */
static void format_time(char *out, size_t size, double seconds)
{
	unsigned s;

	if (!(seconds < 360000)) {
		snprintf(out, size, "over 99 h");
		return;
	}
	s = seconds + 0.5;
	if (s < 3600)
		snprintf(out, size, "%u:%02u", s / 60, s % 60);
	else
		snprintf(out, size, "%u:%02u:%02u", s / 3600, s / 60 % 60,
			s % 60);
}

/* What stands behind the bar: SHARE is "42 %", or how many where the total
 * is not known; REST the rate and the time left. */
static void format_figures(const struct progress *progress, double seconds,
	char share[32], char rest[96])
{
	double done = progress->done, total = progress->total;
	double rate = seconds > 0 ? done / seconds : 0;
	char amount[16], left[32];

	if (done > total)
		done = total;
	format_amount(amount, sizeof(amount), rate);
	if (progress->total == 0) {
		snprintf(rest, 96, "%s %s/s", amount, progress->unit);
		format_amount(amount, sizeof(amount), progress->done);
		snprintf(share, 32, "%s", amount);
		return;
	}
	/* Rounded down: 100 % is when it is done. */
	snprintf(share, 32, "%u %%", (unsigned)(100 * (done / total)));
	if (progress->done == 0) {
		snprintf(rest, 96, "%s %s/s", amount, progress->unit);
		return;
	}
	format_time(left, sizeof(left), (total - done) / rate);
	snprintf(rest, 96, "%s %s/s %s left", amount, progress->unit, left);
}

/* Appends the first COLUMNS characters of TEXT; returns the new end. */
static char *put(char *end, const char *text, size_t columns)
{
	while (*text && columns-- > 0) {
		size_t length = utf8_length(text);

		memcpy(end, text, length);
		end += length;
		text += length;
	}
	*end = '\0';
	return end;
}

static char *put_bar(char *end, const struct progress *progress, size_t columns)
{
	double share = (double)progress->done / progress->total;
	size_t full = share < 1 ? (size_t)(share * columns) : columns;

	*end++ = '[';
	memset(end, '#', full);
	memset(end + full, '.', columns - full);
	end += columns;
	return put(end, "] ", 2);
}

/* COLUMNS is what the line may take at most; LINE has room for
 * 4 * COLUMNS_MAX bytes. */
static void format_line(const struct progress *progress, double seconds,
	size_t columns, char *line)
{
	char share[32], rest[96];
	size_t needed, label = utf8_columns(progress->label), bar = 0;
	char *end = line;

	format_figures(progress, seconds, share, rest);
	needed = strlen(share);
	if (needed > columns) {
		*line = '\0';
		return;
	}
	if (needed + 1 + strlen(rest) > columns)
		rest[0] = '\0';
	else
		needed += 1 + strlen(rest);
	if (progress->total > 0 && columns >= needed + BAR_MIN + 3)
		bar = BAR_MIN;
	needed += bar ? bar + 3 : 0;
	if (label + 1 > columns - needed)
		label = columns - needed > 4 ? columns - needed - 1 : 0;
	needed += label ? label + 1 : 0;
	if (bar)
		bar += columns - needed;
	if (bar > BAR_MAX)
		bar = BAR_MAX;

	end = put(end, progress->label, label);
	end = put(end, " ", label ? 1 : 0);
	if (bar)
		end = put_bar(end, progress, bar);
	end = put(end, share, columns);
	end = put(end, " ", rest[0] ? 1 : 0);
	put(end, rest, columns);
}

static size_t terminal_columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return 80; /* a terminal that does not know */
	return size.ws_col < COLUMNS_MAX ? size.ws_col : COLUMNS_MAX;
}

static void draw(struct progress *progress, uint64_t now)
{
	char line[8 + 4 * COLUMNS_MAX] = ERASE;
	double seconds = (now - progress->start_ns) / 1e9;

	format_line(
		progress, seconds, terminal_columns() - 1, line + strlen(line));
	if (progress->messages)
		flockfile(progress->messages);
	(void)!write_terminal(line, strlen(line));
	progress->drawn = true;
	if (progress->messages)
		funlockfile(progress->messages);
	progress->draw_ns = now;
}

void progress_update(struct progress *progress, uint64_t done)
{
	uint64_t now;

	if (!progress->shown)
		return;
	progress->done = done;
	now = now_ns();
	if (now - progress->draw_ns >= DRAW_INTERVAL_NS)
		draw(progress, now);
}

void progress_on(void *progress, uint64_t done)
{
	progress_update(progress, done);
}

void progress_label(struct progress *progress, const char *label)
{
	if (progress->shown)
		set_label(progress, label);
}

void progress_end(struct progress *progress)
{
	if (progress->messages) {
		stderr = progress->before;
		fclose(progress->messages);
	}
	if (progress == &no_progress)
		return;
	erase(progress);
	free(progress);
}
