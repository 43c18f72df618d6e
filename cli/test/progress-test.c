/* The progress line, as a terminal gets it: standard error is the end of a
 * pseudo-terminal whose other end is read here. */
#include "config.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "cli/progress.h"
#include "cli/utf8.h"

#define ERASE "\r\033[K"

struct terminal {
	int master, slave, saved_stderr;
	char text[65536];
};

/* Reads what has been drawn so far; standard error is itself again. */
static const char *close_terminal(struct terminal *terminal)
{
	ssize_t count;
	size_t used = 0;

	dup2(terminal->saved_stderr, STDERR_FILENO);
	close(terminal->saved_stderr);
	fcntl(terminal->master, F_SETFL, O_NONBLOCK);
	while ((count = read(terminal->master, terminal->text + used,
			sizeof(terminal->text) - 1 - used)) > 0)
		used += count;
	terminal->text[used] = '\0';
	close(terminal->master);
	close(terminal->slave);
	return terminal->text;
}

static void open_terminal(struct terminal *terminal, unsigned columns)
{
	struct winsize size = {.ws_row = 24, .ws_col = columns};

	setenv("TERM", "xterm", 1);
	terminal->master = posix_openpt(O_RDWR | O_NOCTTY);
	if (terminal->master < 0) {
		print_message("skipped: there are no pseudo-terminals here\n");
		skip();
	}
	assert_int_equal(grantpt(terminal->master), 0);
	assert_int_equal(unlockpt(terminal->master), 0);
	terminal->slave = open(ptsname(terminal->master), O_RDWR | O_NOCTTY);
	assert_true(terminal->slave >= 0);
	assert_int_equal(ioctl(terminal->slave, TIOCSWINSZ, &size), 0);
	terminal->saved_stderr = dup(STDERR_FILENO);
	fflush(stderr);
	assert_int_equal(dup2(terminal->slave, STDERR_FILENO), 2);
}

static void sleep_ms(unsigned ms)
{
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000L}, NULL);
}

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static unsigned count_of(const char *text, const char *what)
{
	unsigned count = 0;

	while ((text = strstr(text, what))) {
		text += strlen(what);
		count++;
	}
	return count;
}

/* One drawing at COLUMNS, after DONE of TOTAL in a tenth of a second. */
static const char *draw_once(struct terminal *terminal, unsigned columns,
	const char *label, uint64_t done, uint64_t total)
{
	struct progress *progress;

	open_terminal(terminal, columns);
	progress = progress_start(label, "references", total);
	sleep_ms(105);
	progress_update(progress, done);
	progress_end(progress);
	return close_terminal(terminal);
}

static void test_line(void **state)
{
	struct terminal terminal;
	const char *text = draw_once(&terminal, 100, "sort lru", 42, 100);

	(void)state;
	/* 42 in a little more than 0.105 s, so less than 400 a second; and
	 * nothing stands there at the end */
	assert_ptr_equal(
		strstr(text, ERASE "sort lru [################..."), text);
	assert_non_null(strstr(text, "...] 42 % "));
	assert_non_null(strstr(text, " references/s 0:0"));
	assert_non_null(strstr(text, " left" ERASE));
	assert_int_equal(count_of(text, ERASE), 2);
	assert_string_equal(strrchr(text, '\r'), ERASE);
}

static void test_total_unknown(void **state)
{
	struct terminal terminal;
	const char *text = draw_once(&terminal, 80, "x", 1500, 0);

	(void)state;
	assert_non_null(strstr(text, "x 1.5 k "));
	assert_non_null(strstr(text, " references/s"));
	assert_null(strchr(text, '%'));
	assert_null(strchr(text, ']'));
	assert_null(strstr(text, "left"));
}

/* The line never fills its row, at any width and whatever the label. */
static void test_every_width(void **state)
{
	static const unsigned widths[] = {
		1, 2, 3, 4, 5, 10, 20, 30, 40, 60, 79, 80, 200, 1000};
	static struct terminal terminal;

	(void)state;
	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		const char *text = draw_once(&terminal, widths[i],
			"\xc3\xa4\xe2\x82\xac long \x1b label \xff with a lot "
			"to say about what is going on, and then even more "
			"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4",
			77, 100);
		char line[1024];
		size_t length;

		assert_ptr_equal(strstr(text, ERASE), text);
		text += strlen(ERASE);
		length = strcspn(text, "\r");
		memcpy(line, text, length);
		line[length] = '\0';
		assert_true(utf8_columns(line) < widths[i] || !*line);
		assert_null(strchr(line, '\x1b'));
		if (widths[i] > 5)
			assert_non_null(strstr(line, "77 %"));
		if (widths[i] >= 80) {
			assert_non_null(strstr(line, "#."));
			assert_non_null(strstr(line, "left"));
		}
	}
}

static void test_ten_a_second(void **state)
{
	struct terminal terminal;
	struct progress *progress;
	uint64_t done = 0;
	unsigned draws;
	double start, seconds;

	(void)state;
	open_terminal(&terminal, 80);
	start = seconds_now();
	progress = progress_start("busy", "pages", 1000000);
	do {
		seconds = seconds_now() - start;
		progress_update(progress, done++);
	} while (seconds <= 0.45);
	seconds = seconds_now() - start;
	progress_end(progress);
	draws = count_of(close_terminal(&terminal), "busy ");
	assert_in_range(draws, 1, (unsigned)(seconds * 10));
}

/* It may be drawn if there was no processor for us for a tenth of a second. */
static void test_done_at_once(void **state)
{
	struct terminal terminal;
	struct progress *progress;
	const char *text;
	double start, seconds;

	(void)state;
	do {
		open_terminal(&terminal, 80);
		start = seconds_now();
		progress = progress_start("quick", "pages", 10);
		progress_update(progress, 10);
		progress_end(progress);
		seconds = seconds_now() - start;
		text = close_terminal(&terminal);
	} while (seconds >= 0.1);
	assert_string_equal(text, "");
}

static void test_label_changes(void **state)
{
	struct terminal terminal;
	struct progress *progress;

	(void)state;
	open_terminal(&terminal, 80);
	progress = progress_start("one", "pages", 10);
	progress_label(progress, "two");
	sleep_ms(105);
	progress_update(progress, 11); /* more than there was to do */
	progress_end(progress);
	assert_ptr_equal(strstr(close_terminal(&terminal), ERASE "two ["),
		terminal.text);
	assert_non_null(strstr(terminal.text, "#] 100 % "));
	assert_non_null(strstr(terminal.text, "0:00 left"));
}

/* A message has a clean line of its own, and the bar comes back below it. */
static void test_message(void **state)
{
	struct terminal terminal;
	struct progress *progress;
	FILE *before = stderr;
	const char *text;

	(void)state;
	open_terminal(&terminal, 80);
	progress = progress_start("bar", "pages", 10);
	fprintf(stderr, "early\n"); /* nothing is drawn yet */
	sleep_ms(105);
	progress_update(progress, 1);
	fprintf(stderr, "%s: ", "name");
	fputs("gone\n", stderr);
	fprintf(stderr, "more\n");
	sleep_ms(105);
	progress_update(progress, 2);
	progress_end(progress);
	assert_ptr_equal(stderr, before);
	text = close_terminal(&terminal);
	assert_ptr_equal(strstr(text, "early\r\n" ERASE "bar ["), text);
	assert_non_null(strstr(
		text, "left" ERASE "name: gone\r\nmore\r\n" ERASE "bar ["));
	assert_int_equal(count_of(text, ERASE), 4);
}

static void test_no_terminal(void **state)
{
	struct terminal terminal;
	int ends[2];
	struct progress *progress;
	char byte;

	(void)state;
	open_terminal(&terminal, 80);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(dup2(ends[1], STDERR_FILENO), 2);
	close(ends[1]);
	progress = progress_start("pipe", "pages", 10);
	sleep_ms(105);
	progress_update(progress, 5);
	progress_end(progress);
	assert_string_equal(close_terminal(&terminal), "");
	assert_int_equal(read(ends[0], &byte, 1), 0);
	close(ends[0]);
}

static void test_dumb_terminal(void **state)
{
	struct terminal terminal;
	struct progress *progress;

	(void)state;
	open_terminal(&terminal, 80);
	setenv("TERM", "dumb", 1);
	progress = progress_start("dumb", "pages", 10);
	sleep_ms(105);
	progress_update(progress, 5);
	progress_end(progress);
	assert_string_equal(close_terminal(&terminal), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_total_unknown),
		cmocka_unit_test(test_every_width),
		cmocka_unit_test(test_ten_a_second),
		cmocka_unit_test(test_done_at_once),
		cmocka_unit_test(test_label_changes),
		cmocka_unit_test(test_message),
		cmocka_unit_test(test_no_terminal),
		cmocka_unit_test(test_dumb_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
