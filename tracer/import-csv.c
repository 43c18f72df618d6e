/*
 * Text in columns: a record a line, its fields separated by commas,
 * semicolons or tabs (whichever the first line has), as they are or in double
 * quotes.  A line is a reference: to a page, or to the pages that an address
 * with a size touches; perhaps with what it was, and the thread.
 *
 * Which column is which is told by the user, "page=block,write=3" (names are
 * those of the first line, numbers count from 1), or else by the first line
 * itself, where it has names that are usual.  Told only numbers, the first
 * line may be missing: it is a record if it has a number for the page.
 */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <strings.h>

#include "tracer/import-parser.h"

#define COLUMNS_MAX 255
/* As large as an access may be that is taken for one. */
#define ACCESS_BYTES_MAX (UINT64_C(1) << 32)

enum role { NOTHING, PAGE, ADDRESS, SIZE, KIND, THREAD, ROLES };

struct csv {
	char separator;		   /* 0: no line was seen yet */
	uint8_t role[COLUMNS_MAX]; /* by column: enum role */
	bool has[ROLES];
};

struct field {
	const char *at, *end;
};

/* For each role, what it is called in --columns, and in first lines. */
static const struct {
	const char *name;
	const char *usual[10];
} roles[ROLES] = {
	[PAGE] = {"page", {"page", "vpn", "block", "blk", "lbn", "obj_id",
				  "object", "key", "id"}},
	[ADDRESS] = {"address", {"address", "addr", "vaddr", "va"}},
	[SIZE] = {"size", {"size", "bytes", "length", "len"}},
	[KIND] = {"write", {"write", "is_write", "rw", "kind", "op", "type",
				   "operation", "access"}},
	[THREAD] = {"thread", {"thread", "tid", "thread_id"}},
};

static bool field_is(const struct field *field, const char *word)
{
	size_t bytes = strlen(word);

	return (size_t)(field->end - field->at) == bytes &&
	       strncasecmp(field->at, word, bytes) == 0;
}

/* ---- a line into fields ---- */

/*
 * The field at line->at, without blanks and quotes around it; goes behind
 * its separator.  False: a quote that is not closed, or not at the end.
 */
static bool next_field(struct line *line, char separator, struct field *out)
{
	while (line->at < line->end && *line->at != separator &&
		is_blank(*line->at))
		line->at++;
	out->at = line->at;
	if (*line->at == '"') {
		out->at++;
		out->end = memchr(out->at, '"', line->end - out->at);
		if (out->end == NULL)
			return false;
		line->at = out->end + 1;
		while (line->at < line->end && *line->at != separator)
			if (!is_blank(*line->at++))
				return false;
	} else {
		out->end = memchr(line->at, separator, line->end - line->at);
		if (out->end == NULL)
			out->end = line->end;
		line->at = out->end;
		while (out->end > out->at && is_blank(out->end[-1]))
			out->end--;
	}
	line->at += line->at < line->end;
	return true;
}

static bool is_comment(struct line line)
{
	return line_ends(&line) || *line.at == '#';
}

static char find_separator(struct line line)
{
	for (const char *at = line.at; at < line.end; at++)
		if (*at == ',' || *at == ';' || *at == '\t')
			return *at;
	return ',';
}

/* ---- which column is which ---- */

static enum role role_called(const char *name, size_t bytes)
{
	for (enum role role = PAGE; role < ROLES; role++)
		if (strlen(roles[role].name) == bytes &&
			strncmp(roles[role].name, name, bytes) == 0)
			return role;
	return NOTHING;
}

/* The column of the first line that is called NAME, else COLUMNS_MAX. */
static unsigned column_called(
	struct line line, char separator, const char *name, size_t bytes)
{
	struct field field;

	for (unsigned i = 0; i < COLUMNS_MAX && line.at < line.end; i++) {
		if (!next_field(&line, separator, &field))
			break;
		if ((size_t)(field.end - field.at) == bytes &&
			strncasecmp(field.at, name, bytes) == 0)
			return i;
	}
	return COLUMNS_MAX;
}

static bool all_digits(const char *text, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		if (!is_digit(text[i]))
			return false;
	return bytes > 0;
}

/* Does what the user told name a column, rather than number it? */
static bool columns_named(const char *columns)
{
	while ((columns = strchr(columns, '=')) != NULL) {
		columns++;
		if (!all_digits(columns, strcspn(columns, ",")))
			return true;
	}
	return false;
}

static void csv_set(struct csv *csv, unsigned column, enum role role)
{
	csv->role[column] = role;
	csv->has[role] = true;
}

/* "page=block,write=3" with the first LINE. */
static bool csv_take_told(
	struct csv *csv, const char *columns, struct line line)
{
	for (const char *at = columns; *at != '\0';) {
		const char *equals = strchr(at, '=');
		const char *name = equals + 1;
		size_t bytes = strcspn(name, ",");
		unsigned column =
			all_digits(name, bytes)
				? (unsigned)strtoul(name, NULL, 10) - 1
				: column_called(
					  line, csv->separator, name, bytes);

		if (column >= COLUMNS_MAX)
			return false;
		csv_set(csv, column, role_called(at, equals - at));
		at = name + bytes + (name[bytes] == ',');
	}
	return true;
}

static bool csv_take_usual(struct csv *csv, struct line line)
{
	struct field field;

	for (unsigned i = 0; i < COLUMNS_MAX && line.at < line.end; i++) {
		if (!next_field(&line, csv->separator, &field))
			return false;
		for (enum role role = PAGE; role < ROLES; role++)
			for (unsigned k = 0; roles[role].usual[k]; k++)
				if (!csv->has[role] &&
					field_is(&field, roles[role].usual[k]))
					csv_set(csv, i, role);
	}
	/* Objects have sizes, too, and stay one page each. */
	if (csv->has[PAGE])
		for (unsigned i = 0; i < COLUMNS_MAX; i++)
			if (csv->role[i] == ADDRESS || csv->role[i] == SIZE)
				csv->role[i] = NOTHING;
	return csv->has[PAGE] || csv->has[ADDRESS];
}

/* Takes the first line; false: what was told is not in it. */
static bool csv_take_first(
	struct csv *csv, const struct importer *importer, struct line line)
{
	const char *columns = importer->options.columns;

	csv->separator = find_separator(line);
	return columns != NULL ? csv_take_told(csv, columns, line)
			       : csv_take_usual(csv, line);
}

/* ---- a record ---- */

/* 0: it is no kind that is known. */
static unsigned kinds_of(const struct field *field)
{
	static const struct {
		unsigned kinds;
		const char *words[10];
	} known[] = {
		{TRACE_READ, {"r", "read", "0", "l", "load", "false", "no",
				     "get", ""}},
		{TRACE_WRITE, {"w", "write", "1", "s", "store", "true", "yes",
				      "set"}},
		{TRACE_INSTRUCTION, {"i", "2", "ifetch", "instr", "instruction",
					    "fetch", "x"}},
		{TRACE_READ | TRACE_WRITE, {"m", "rw", "modify"}},
	};

	for (unsigned i = 0; i < sizeof(known) / sizeof(*known); i++)
		for (unsigned k = 0; known[i].words[k] != NULL; k++)
			if (field_is(field, known[i].words[k]))
				return known[i].kinds;
	return 0;
}

static bool field_number(const struct field *field, uint64_t *out)
{
	struct line line = {field->at, field->end};

	/* A field ends in a character that is no digit. */
	return line_digits(&line, out) && line.at == field->end;
}

struct access {
	uint64_t number[ROLES];
	unsigned kinds;
	unsigned numbers; /* set of roles that were there */
};

static int read_access(
	struct importer *importer, struct line line, struct access *access)
{
	const struct csv *csv = importer->state;
	struct field field;

	for (unsigned i = 0; i < COLUMNS_MAX && line.at < line.end; i++) {
		if (!next_field(&line, csv->separator, &field))
			return importer_expected(
				importer, "fields, perhaps in double quotes");
		enum role role = csv->role[i];

		if (role == NOTHING)
			continue;
		access->numbers |= 1u << role;
		if (role == KIND) {
			access->kinds = kinds_of(&field);
			if (access->kinds == 0)
				return importer_expected(importer,
					"r, w or i (or 0, 1, 2, or words for "
					"it) in the column 'write'");
		} else if (!field_number(&field, &access->number[role])) {
			return importer_expected(importer,
				role == PAGE
					? "a number below 2^64 in the column "
					  "'page'"
				: role == ADDRESS
					? "a number below 2^64 in the column "
					  "'address'"
					: "numbers in the columns 'size' and "
					  "'thread'");
		}
	}
	return 0;
}

static int csv_record(struct importer *importer, struct line line)
{
	const struct csv *csv = importer->state;
	struct access access = {.kinds = TRACE_READ};
	int error = read_access(importer, line, &access);

	if (error != 0)
		return error;
	enum role place = csv->has[PAGE] ? PAGE : ADDRESS;

	if ((access.numbers & 1u << place) == 0)
		return importer_expected(importer,
			"as many columns as up to the page's or address's");
	if (csv->has[THREAD]) {
		error = importer_thread(
			importer, (uint32_t)access.number[THREAD]);
		if (error != 0)
			return error;
	}
	if (place == PAGE)
		return importer_add(
			importer, access.number[PAGE], access.kinds);
	if (access.number[SIZE] > ACCESS_BYTES_MAX)
		return importer_expected(importer, "a size of at most 4 GiB");
	return importer_access(importer, access.number[ADDRESS],
		access.number[SIZE], access.kinds);
}

/* With numbers alone told, a first line that has one is no line of names. */
static bool is_record(struct importer *importer, struct line line)
{
	struct access access = {0};

	if (importer->options.columns == NULL ||
		columns_named(importer->options.columns))
		return false;
	return read_access(importer, line, &access) == 0;
}

static int csv_line(struct importer *importer, struct line line)
{
	struct csv *csv = importer->state;

	if (is_comment(line))
		return 0;
	if (csv->separator != 0)
		return csv_record(importer, line);
	if (!csv_take_first(csv, importer, line))
		return importer_expected(importer,
			importer->options.columns != NULL
				? "the names of the columns that --columns "
				  "tells"
				: "names of columns, one of them page or "
				  "address; or tell them with --columns");
	return is_record(importer, line) ? csv_record(importer, line) : 0;
}

/* ---- the start ---- */

static void csv_look(struct importer *importer, const char *text, size_t bytes,
	struct import_traits *traits)
{
	const char *end = text + bytes;

	while (text < end) {
		const char *newline = memchr(text, '\n', end - text);
		struct line line = {text, newline};
		struct csv csv = {0};

		if (newline == NULL)
			return;
		text = newline + 1;
		if (is_comment(line))
			continue;
		if (csv_take_first(&csv, importer, line))
			traits->has_writes = csv.has[KIND];
		return;
	}
}

/* Checks what the user told, so that a first line is all that can be amiss. */
static int csv_open(struct importer *importer, struct message *message)
{
	bool has[ROLES] = {false};

	for (const char *at = importer->options.columns; at && *at;) {
		const char *equals = strchr(at, '=');
		size_t bytes = strcspn(at, ",");
		enum role role = equals == NULL || equals > at + bytes
					 ? NOTHING
					 : role_called(at, equals - at);
		size_t value = role == NOTHING ? 0 : at + bytes - equals - 1;

		if (value == 0 || has[role] ||
			(all_digits(equals + 1, value) &&
				(value > 3 || atoi(equals + 1) < 1 ||
					atoi(equals + 1) > COLUMNS_MAX)))
			return message_set(message, -EINVAL,
				"--columns: at \"%.40s\": expected page, "
				"address, size, write or thread, each once, = "
				"and the name or number (from 1 to %d) of a "
				"column",
				at, COLUMNS_MAX);
		has[role] = true;
		at += bytes + (at[bytes] == ',');
	}
	if (importer->options.columns != NULL && has[PAGE] == has[ADDRESS])
		return message_set(message, -EINVAL,
			"--columns %s: expected one of page=... and "
			"address=...",
			importer->options.columns);
	return 0;
}

const struct import_parser import_csv = {
	.name = "csv",
	.records = "fields in columns, named by --columns or the first line",
	.state_bytes = sizeof(struct csv),
	.look = csv_look,
	.open = csv_open,
	.line = csv_line,
};
