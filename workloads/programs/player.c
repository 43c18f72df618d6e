/*
 * A player of moving pictures, and the maker of what it plays.
 *
 *	player make SEED PICTURES >STREAM
 *	player play STREAM
 *
 * A picture is made of blocks of 16 x 16 brightnesses.  In the stream each
 * block is one of
 *
 *	'k' 256 bytes		the block itself
 *	'c' back, x, y		a copy of what lies x, y away in the picture
 *				that many pictures ago, at most 7
 *	'd' back, x, y, 256 bytes  the same, and what is to be added
 *
 * and behind each picture stands its checksum.  One picture in twelve has only
 * blocks of the first kind, so that a player can begin there.
 *
 * The stream is read once; the last eight pictures and the screen are used
 * all the time.  The maker decodes what it makes, as encoders do.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "workloads/programs/workload.h"

enum {
	BLOCK = 16,
	ACROSS = 40, /* blocks */
	DOWN = 30,
	WIDTH = ACROSS * BLOCK,
	HEIGHT = DOWN * BLOCK,
	KEPT = 8, /* pictures */
	KEY_EVERY = 12,
	BLOCK_BYTES = BLOCK * BLOCK,
};

typedef uint8_t picture[HEIGHT][WIDTH];

struct decoder {
	picture *kept;		   /* [KEPT], by turns */
	uint32_t (*screen)[WIDTH]; /* red, green, blue, 0 */
	const uint8_t *next;	   /* in the stream */
	uint32_t number;	   /* of the picture */
};

static unsigned clamp(int value, unsigned max)
{
	return value < 0 ? 0 : (unsigned)value > max ? max : (unsigned)value;
}

/* What a block is copied from, before AT. */
static const uint8_t *find_source(const struct decoder *decoder,
	const uint8_t *at, unsigned row, unsigned column)
{
	const picture *from = &decoder->kept[(decoder->number - at[1]) % KEPT];
	unsigned x = clamp((int)column + (int8_t)at[2], WIDTH - BLOCK);
	unsigned y = clamp((int)row + (int8_t)at[3], HEIGHT - BLOCK);

	return &(*from)[y][x];
}

/* The block whose first pixel is at ROW, COLUMN. */
static void decode_block(struct decoder *decoder, unsigned row, unsigned column)
{
	uint8_t *to = &decoder->kept[decoder->number % KEPT][row][column];
	const uint8_t *at = decoder->next, *from = at + 1;
	size_t pitch = *at == 'k' ? BLOCK : WIDTH;

	if (*at != 'k')
		from = find_source(decoder, at, row, column);
	for (unsigned i = 0; i < BLOCK; i++)
		memcpy(to + i * WIDTH, from + i * pitch, BLOCK);
	if (*at == 'd')
		for (unsigned i = 0; i < BLOCK; i++)
			for (unsigned j = 0; j < BLOCK; j++)
				to[i * WIDTH + j] += at[4 + i * BLOCK + j];
	decoder->next += (*at == 'k' ? 1 : 4) + (*at == 'c' ? 0 : BLOCK_BYTES);
}

/* Puts the picture on the screen; returns its checksum. */
static uint32_t show(const struct decoder *decoder)
{
	const picture *from = &decoder->kept[decoder->number % KEPT];
	uint32_t sum = 0;

	for (unsigned i = 0; i < HEIGHT; i++) {
		uint32_t line = 0;

		for (unsigned j = 0; j < WIDTH; j++) {
			uint32_t grey = (*from)[i][j];

			decoder->screen[i][j] = grey << 16 | grey << 8 | grey;
			line += grey;
		}
		sum = sum * 31 + line;
	}
	return sum;
}

/* Returns the picture's checksum. */
static uint32_t decode(struct decoder *decoder)
{
	for (unsigned i = 0; i < ACROSS * DOWN; i++)
		decode_block(decoder, i / ACROSS * BLOCK, i % ACROSS * BLOCK);
	return show(decoder);
}

static void start(struct decoder *decoder)
{
	decoder->kept = map_named(KEPT * sizeof(*decoder->kept), "pictures");
	decoder->screen =
		map_named(HEIGHT * sizeof(*decoder->screen), "screen");
}

/* ---- the maker ---- */

/* One block at AT; returns where it ends. */
static uint8_t *make_block(uint8_t *at, uint32_t number, uint64_t *random)
{
	uint32_t kind = draw_below(random, 100);
	uint64_t bits = draw(random);
	bool key = number % KEY_EVERY == 0 || kind < 3;

	if (key) {
		uint8_t shade = bits;

		*at++ = 'k';
		for (unsigned i = 0; i < BLOCK_BYTES; i++)
			*at++ = shade + (bits >> i % 32 & 15);
		return at;
	}
	*at++ = kind < 20 ? 'd' : 'c';
	/* the last one mostly, and none from before the last key picture */
	*at++ = 1 + draw_zipf(random,
			    (number % KEY_EVERY < KEPT - 1 ? number % KEY_EVERY
							   : KEPT - 1));
	*at++ = bits % 33 - 16;
	*at++ = (bits >> 32) % 33 - 16;
	for (unsigned i = 0; kind < 20 && i < BLOCK_BYTES; i++)
		*at++ = (bits >> i % 61 & 3) - 1;
	return at;
}

static int make(uint64_t random, uint32_t pictures)
{
	static uint8_t bytes[ACROSS * DOWN * (4 + BLOCK_BYTES)];
	struct decoder decoder = {0};

	start(&decoder);
	for (; decoder.number < pictures; decoder.number++) {
		uint8_t *end = bytes;
		uint32_t sum;

		for (unsigned i = 0; i < ACROSS * DOWN; i++)
			end = make_block(end, decoder.number, &random);
		decoder.next = bytes;
		sum = decode(&decoder);
		fwrite(bytes, 1, end - bytes, stdout);
		fwrite(&sum, sizeof(sum), 1, stdout);
	}
	return fflush(stdout) != 0;
}

/* ---- the player ---- */

static const uint8_t *map_stream(const char *path, size_t *bytes_out)
{
	int fd = open(path, O_RDONLY);
	struct stat status;
	void *map = MAP_FAILED;

	if (fd >= 0 && fstat(fd, &status) == 0)
		map = mmap(NULL, status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED) {
		perror(path);
		exit(1);
	}
	*bytes_out = status.st_size;
	return map;
}

static int play(const char *path)
{
	struct decoder decoder = {0};
	uint32_t sum = 0, all = 0, wrong = 0;
	const uint8_t *end;
	size_t bytes;

	start(&decoder);
	decoder.next = map_stream(path, &bytes);
	end = decoder.next + bytes;
	SELFPAGE_MARK("play");
	for (; decoder.next < end; decoder.number++) {
		sum = decode(&decoder);
		wrong += memcmp(&sum, decoder.next, sizeof(sum)) != 0;
		decoder.next += sizeof(sum);
		all = all * 31 + sum;
	}
	printf("%u pictures, checksum %08x: %s\n", decoder.number, all,
		wrong ? "WRONG" : "right");
	return wrong != 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "make"))
		return make(read_argument(argc, argv, 2),
			read_argument(argc, argv, 3));
	if (argc == 3 && !strcmp(argv[1], "play"))
		return play(argv[2]);
	fputs("player: expected make SEED PICTURES, or play STREAM\n", stderr);
	return 2;
}
