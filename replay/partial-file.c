/*
 * Partials in files.
 *
 *	head	 magic, version, struct partial_head, its checksum
 *	sections uses, step, first, last, reach, dirty: each the sizes plain
 *		 and packed, the checksum of the packed bytes, a zstd frame
 *
 * Little-endian, as in memory.  Checksums are XXH64.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>
#include <zstd.h>

#include "replay/partial.h"

static const char magic[8] = "SPTPART";

struct file_head {
	char magic[8];
	uint64_t version;
	struct partial_head head;
	uint64_t checksum; /* of all before */
};

struct section_head {
	uint64_t plain_bytes, packed_bytes, checksum;
};

enum { VERSION = 1, SECTIONS = 6 };

struct section {
	void **data;
	size_t bytes;
};

/* Where the sections' data lies, and how long it is by the head. */
static void list_sections(struct partial *partial, struct section *sections)
{
	size_t pages = partial->head.pages;
	size_t used = partial->head.used * sizeof(uint32_t);

	sections[0] = (struct section){
		(void **)&partial->uses, (pages + 1) * sizeof(uint64_t)};
	sections[1] = (struct section){
		(void **)&partial->step, (pages + 2) * sizeof(int64_t)};
	sections[2] = (struct section){(void **)&partial->first, used};
	sections[3] = (struct section){(void **)&partial->last, used};
	sections[4] = (struct section){(void **)&partial->reach, used};
	sections[5] = (struct section){(void **)&partial->dirty, used};
}

static uint64_t head_checksum(const struct file_head *head)
{
	return XXH64(head, offsetof(struct file_head, checksum), 0);
}

/* ---- saving ---- */

static int write_section(FILE *file, const struct section *section)
{
	size_t bound = ZSTD_compressBound(section->bytes);
	void *packed = malloc(bound);
	struct section_head head = {.plain_bytes = section->bytes};
	int error = 0;

	if (!packed)
		return -ENOMEM;
	head.packed_bytes =
		ZSTD_compress(packed, bound, *section->data, section->bytes, 3);
	if (ZSTD_isError(head.packed_bytes))
		error = -ENOMEM;
	head.checksum = error ? 0 : XXH64(packed, head.packed_bytes, 0);
	if (!error && (fwrite(&head, sizeof(head), 1, file) != 1 ||
			      fwrite(packed, 1, head.packed_bytes, file) !=
				      head.packed_bytes))
		error = -errno;
	free(packed);
	return error;
}

static int write_all(FILE *file, const struct partial *partial)
{
	struct partial copy = *partial;
	struct section sections[SECTIONS];
	struct file_head head;
	int error = 0;
	unsigned i;

	memset(&head, 0, sizeof(head));
	memcpy(head.magic, magic, sizeof(magic));
	head.version = VERSION;
	head.head = partial->head;
	head.checksum = head_checksum(&head);
	if (fwrite(&head, sizeof(head), 1, file) != 1)
		return -errno;
	list_sections(&copy, sections);
	for (i = 0; i < SECTIONS && !error; i++)
		error = write_section(file, &sections[i]);
	if (!error && (fflush(file) || fsync(fileno(file))))
		error = -errno;
	return error;
}

int partial_save(const struct partial *partial, const char *path,
	struct message *message)
{
	size_t length = strlen(path) + sizeof(".unfinished");
	char *unfinished = malloc(length);
	FILE *file;
	int error;

	if (!unfinished)
		return message_set(message, -ENOMEM, "too little memory");
	snprintf(unfinished, length, "%s.unfinished", path);
	file = fopen(unfinished, "we");
	error = file ? write_all(file, partial) : -errno;
	if (file && fclose(file) && !error)
		error = -errno;
	if (!error && rename(unfinished, path))
		error = -errno;
	if (error) {
		unlink(unfinished);
		message_set(message, error, "%s: %s", path, strerror(-error));
	}
	free(unfinished);
	return error;
}

/* ---- loading ---- */

static int bad(
	const char *path, FILE *file, const char *what, struct message *message)
{
	return message_set(
		message, -EINVAL, "%s: byte %ld: %s", path, ftell(file), what);
}

static int read_head(FILE *file, const char *path, struct partial_head *out,
	struct message *message)
{
	struct file_head head;

	if (fread(&head, sizeof(head), 1, file) != 1 ||
		memcmp(head.magic, magic, sizeof(magic)))
		return bad(path, file, "this is no part of a curve", message);
	if (head.version != VERSION)
		return bad(path, file, "a version that is not known", message);
	if (head.checksum != head_checksum(&head))
		return bad(path, file, "the head is corrupt", message);
	*out = head.head;
	/* a checksum is no proof of good will */
	out->trace[sizeof(out->trace) - 1] = '\0';
	if (!out->part || out->part > out->parts || out->used > out->pages ||
		out->pages > TRACE_PAGES_MAX)
		return bad(path, file, "the head makes no sense", message);
	return 0;
}

static int read_section(FILE *file, const char *path,
	const struct section *section, struct message *message)
{
	struct section_head head;
	void *packed = NULL;
	const char *wrong = NULL;

	*section->data = NULL;
	if (fread(&head, sizeof(head), 1, file) != 1)
		return bad(path, file, "it ends too early", message);
	if (head.plain_bytes != section->bytes ||
		head.packed_bytes > ZSTD_compressBound(section->bytes))
		return bad(path, file, "a section of a wrong size", message);
	*section->data = malloc(section->bytes + 1);
	packed = malloc(head.packed_bytes + 1);
	if (!*section->data || !packed) {
		free(packed);
		return message_set(
			message, -ENOMEM, "%s: too little memory", path);
	}
	if (fread(packed, 1, head.packed_bytes, file) != head.packed_bytes)
		wrong = "it ends too early";
	else if (XXH64(packed, head.packed_bytes, 0) != head.checksum)
		wrong = "a section is corrupt";
	else if (ZSTD_decompress(*section->data, section->bytes, packed,
			 head.packed_bytes) != section->bytes)
		wrong = "a section can't be unpacked";
	free(packed);
	return wrong ? bad(path, file, wrong, message) : 0;
}

/* Pages within the trace's, distances within the pages. */
static bool makes_sense(const struct partial *partial)
{
	const struct partial_head *head = &partial->head;
	uint32_t i;

	for (i = 0; i < head->used; i++)
		if (partial->first[i] >= head->pages ||
			partial->last[i] >= head->pages ||
			partial->reach[i] > head->pages || !partial->dirty[i] ||
			(partial->dirty[i] > head->pages &&
				partial->dirty[i] != PARTIAL_NOT_WRITTEN))
			return false;
	return true;
}

static int open_file(const char *path, FILE **out, struct partial_head *head,
	struct message *message)
{
	FILE *file = fopen(path, "re");
	int error;

	if (!file)
		return message_set(
			message, -errno, "%s: %s", path, strerror(errno));
	error = read_head(file, path, head, message);
	if (error)
		fclose(file);
	else
		*out = file;
	return error;
}

int partial_load_head(
	const char *path, struct partial_head *out, struct message *message)
{
	FILE *file;
	int error = open_file(path, &file, out, message);

	if (!error)
		fclose(file);
	return error;
}

int partial_load(const char *path, struct partial *out, struct message *message)
{
	struct section sections[SECTIONS];
	FILE *file;
	unsigned i;
	int error;

	memset(out, 0, sizeof(*out));
	error = open_file(path, &file, &out->head, message);
	if (error)
		return error;
	list_sections(out, sections);
	for (i = 0; i < SECTIONS && !error; i++)
		error = read_section(file, path, &sections[i], message);
	if (!error && fgetc(file) != EOF)
		error = bad(path, file, "it does not end here", message);
	if (!error && !makes_sense(out))
		error = bad(path, file, "numbers that make no sense", message);
	fclose(file);
	if (error)
		partial_free(out);
	return error;
}
