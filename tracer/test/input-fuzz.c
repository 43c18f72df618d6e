/*
 * Harnesses driven by changes of their seeds: for machines without clang, and
 * for a few seconds in make check.
 *
 *	input-fuzz [SEED [STEPS]]
 *	input-fuzz --seeds FOLDER	the seeds, a file each, for libFuzzer
 *	input-fuzz --file HARNESS FILE	one input, as a fuzzer left it
 */
#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tracer/random.h"
#include "tracer/test/input-harness.h"

#define INPUT_BYTES_MAX (64u << 10)
#define SEEDS_MAX 64

struct input {
	size_t bytes;
	uint8_t data[INPUT_BYTES_MAX];
};

struct fuzz {
	uint64_t seed;
	struct input *seeds[HARNESSES];
	unsigned counts[HARNESSES];
	uint64_t taken[HARNESSES], refused[HARNESSES];
	struct input now;
};

static uint64_t below(struct fuzz *fuzz, uint64_t most)
{
	return random_below(&fuzz->seed, most);
}

/* ---- changes ---- */

static void change_bytes(struct fuzz *fuzz, uint8_t *at, size_t bytes)
{
	static const uint64_t edges[] = {0, 1, 127, 128, 255, 256, 4095, 4096,
		65535, 65536, INT32_MAX, UINT32_MAX, INT64_MAX, UINT64_MAX - 1,
		UINT64_MAX};
	uint64_t value = edges[below(fuzz, sizeof(edges) / sizeof(*edges))];
	size_t width = (size_t)1 << below(fuzz, 4);

	memcpy(at, &value, width < bytes ? width : bytes);
}

static void insert(
	struct input *input, size_t at, const void *data, size_t bytes)
{
	if (bytes > INPUT_BYTES_MAX - input->bytes)
		return;
	memmove(input->data + at + bytes, input->data + at, input->bytes - at);
	memcpy(input->data + at, data, bytes);
	input->bytes += bytes;
}

static void insert_word(struct fuzz *fuzz, size_t at)
{
	static const char *const words[] = {"\n", " ", ",", "0x", "-1", "\t",
		"18446744073709551615", "0xffffffffffffffff", "4294967296",
		"99999999999999999999", "\"", "\r\n", ":", "+", "w", "#", "*",
		"SYSCALL[1,1](9) sys_mmap ( 0x0, ", " --> Success(0x",
		"\x1f\x8b\x08", "\x28\xb5\x2f\xfd", "=", "|OP STORE", "("};
	const char *word = words[below(fuzz, sizeof(words) / sizeof(*words))];

	insert(&fuzz->now, at, word, strlen(word));
}

static void change(struct fuzz *fuzz, unsigned harness)
{
	struct input *now = &fuzz->now;
	size_t at = below(fuzz, now->bytes + 1), left = now->bytes - at;
	size_t bytes = below(fuzz, (left < 64 ? left : 64) + 1);
	const struct input *other =
		&fuzz->seeds[harness][below(fuzz, fuzz->counts[harness])];
	size_t from = below(fuzz, other->bytes);

	switch (below(fuzz, 8)) {
	case 0:
		insert_word(fuzz, at);
		break;
	case 1: /* take out */
		memmove(now->data + at, now->data + at + bytes, left - bytes);
		now->bytes -= bytes;
		break;
	case 2: /* twice */
		insert(now, at, now->data + at, bytes);
		break;
	case 3: /* a piece of another */
		if (bytes > other->bytes - from)
			bytes = other->bytes - from;
		insert(now, at, other->data + from, bytes);
		break;
	case 4:
		if (left > 0)
			change_bytes(fuzz, now->data + at, left);
		break;
	case 5: /* cut */
		now->bytes = below(fuzz, 8) > 0 ? now->bytes : at;
		break;
	default:
		if (left > 0)
			now->data[at] ^= (uint8_t)(1u << below(fuzz, 8));
	}
}

static void step(struct fuzz *fuzz)
{
	unsigned harness = (unsigned)below(fuzz, HARNESSES);
	unsigned changes = (unsigned)below(fuzz, 6);
	const struct input *from =
		&fuzz->seeds[harness][below(fuzz, fuzz->counts[harness])];

	fuzz->now.bytes = from->bytes;
	memcpy(fuzz->now.data, from->data, from->bytes);
	while (changes-- > 0)
		change(fuzz, harness);
	int refused = harnesses[harness]->run(fuzz->now.data, fuzz->now.bytes);

	fuzz->taken[harness] += refused == 0;
	fuzz->refused[harness] += refused != 0;
}

/* ---- seeds ---- */

static void make_seeds(struct fuzz *fuzz)
{
	for (unsigned i = 0; i < HARNESSES; i++) {
		struct input *seeds = calloc(SEEDS_MAX, sizeof(*seeds));
		unsigned count = 0;

		HARNESS_CHECK(seeds != NULL);
		while (count < SEEDS_MAX) {
			struct input *seed = &seeds[count];

			seed->bytes = harnesses[i]->seed(
				count, seed->data, INPUT_BYTES_MAX);
			if (seed->bytes == 0)
				break;
			count++;
		}
		HARNESS_CHECK(count > 0);
		fuzz->seeds[i] = seeds;
		fuzz->counts[i] = count;
	}
}

static int write_seeds(const struct fuzz *fuzz, const char *folder)
{
	char path[4096];

	for (unsigned i = 0; i < HARNESSES; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder,
			harnesses[i]->name);
		if (mkdir(path, 0777) != 0 && errno != EEXIST) {
			perror(path);
			return 1;
		}
		for (unsigned k = 0; k < fuzz->counts[i]; k++) {
			const struct input *seed = &fuzz->seeds[i][k];

			snprintf(path, sizeof(path), "%s/%s/seed-%u", folder,
				harnesses[i]->name, k);
			FILE *file = fopen(path, "wb");

			if (file == NULL || fwrite(seed->data, 1, seed->bytes,
						    file) != seed->bytes) {
				perror(path);
				return 1;
			}
			fclose(file);
		}
	}
	return 0;
}

static int run_file(struct fuzz *fuzz, const char *name, const char *path)
{
	FILE *file = fopen(path, "rb");

	if (file == NULL) {
		perror(path);
		return 1;
	}
	fuzz->now.bytes = fread(fuzz->now.data, 1, INPUT_BYTES_MAX, file);
	fclose(file);
	for (unsigned i = 0; i < HARNESSES; i++)
		if (strcmp(name, harnesses[i]->name) == 0)
			printf("%s\n", harnesses[i]->run(fuzz->now.data,
					       fuzz->now.bytes) == 0
					       ? "taken"
					       : "refused");
	return 0;
}

int main(int argc, char **argv)
{
	struct fuzz *fuzz = calloc(1, sizeof(*fuzz));
	uint64_t steps = argc > 2 ? strtoull(argv[2], NULL, 0) : 20000;
	bool useless = false;

	HARNESS_CHECK(fuzz != NULL);
	make_seeds(fuzz);
	if (argc > 2 && strcmp(argv[1], "--seeds") == 0)
		return write_seeds(fuzz, argv[2]);
	if (argc > 3 && strcmp(argv[1], "--file") == 0)
		return run_file(fuzz, argv[2], argv[3]);
	fuzz->seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	printf("input-fuzz %" PRIu64 " %" PRIu64 "\n", fuzz->seed, steps);
	fflush(stdout);
	for (uint64_t i = 0; i < steps; i++)
		step(fuzz);
	for (unsigned i = 0; i < HARNESSES; i++) {
		printf("%-7s %" PRIu64 " taken, %" PRIu64 " refused\n",
			harnesses[i]->name, fuzz->taken[i], fuzz->refused[i]);
		useless |= steps >= 1000 &&
			   (fuzz->taken[i] == 0 || fuzz->refused[i] == 0);
		free(fuzz->seeds[i]);
	}
	free(fuzz);
	/* A fuzzer that takes or refuses everything does not test. */
	return useless;
}
