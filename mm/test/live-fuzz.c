/*
 * Live memory at random: loads and stores, instructions that need several
 * pages, advice, protection, maps that come and go, calls and forbidden
 * touches, on both fronts, with every policy and from one frame on; against a
 * plain copy of the memory, and against what the system says is in memory.
 *
 * usage: live-fuzz [SEED [STEPS]]
 */
#include "mm/test/live-world.h"

#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

enum {
	PAGES = 24,  /* of the anonymous store, and of the file */
	ROUND = 120, /* steps with one pager */
	STEPS = 4000,
};

/* A map and what it should show. */
struct region {
	char *start;
	char model[PAGES * PAGE];
	char stored[PAGES * PAGE]; /* what a private map shows uncopied */
	bool mapped[PAGES];
	uint8_t protection[PAGES];
	struct selfpage_store *store;
	unsigned flags;
};

static struct {
	uint64_t random;
	struct selfpage *pager;
	struct selfpage_space *space;
	struct region anonymous, private;
	sigjmp_buf forbidden;
	volatile sig_atomic_t expects;
	uint64_t step;
	unsigned kind;
	uint32_t frames;
	const char *policy;
} fuzz;

static uint64_t draw(uint64_t below)
{
	fuzz.random ^= fuzz.random << 13;
	fuzz.random ^= fuzz.random >> 7;
	fuzz.random ^= fuzz.random << 17;
	return fuzz.random % below;
}

static _Noreturn void fail(const char *why)
{
	fprintf(stderr, "step %llu, front %u, %u frames, %s: %s\n",
		(unsigned long long)fuzz.step, fuzz.kind, fuzz.frames,
		fuzz.policy, why);
	abort();
}

static void expect(int result, int wanted, const char *what)
{
	if (result != wanted) {
		fprintf(stderr, "%s: %d\n", what, result);
		fail("not what was expected");
	}
}

static void on_forbidden(int number, siginfo_t *info, void *context)
{
	(void)context;
	(void)info;
	if (!fuzz.expects || number != SIGSEGV)
		fail("a signal that nobody expects");
	siglongjmp(fuzz.forbidden, 1);
}

static struct region *some_region(void)
{
	return draw(3) ? &fuzz.anonymous : &fuzz.private;
}

/* May BYTES at AT be touched so? */
static bool allows(const struct region *region, size_t at, size_t bytes,
	unsigned protection)
{
	size_t page;

	for (page = at / PAGE; page <= (at + bytes - 1) / PAGE; page++)
		if (page >= PAGES || !region->mapped[page] ||
			protection & ~region->protection[page])
			return false;
	return true;
}

/* Of BYTES bytes, often across two pages. */
static size_t some_place(size_t bytes)
{
	size_t at = draw(PAGES * PAGE - bytes);
	size_t border = (at / PAGE + 1) * PAGE;

	if (bytes > 1 && bytes <= 16 && draw(2) && border < PAGES * PAGE - 16)
		at = border - 1 - draw(bytes - 1);
	return at;
}

static void load(struct region *region)
{
	size_t bytes = draw(2) ? 1 : 8, at = some_place(bytes);
	uint64_t wanted = 0, found = 0;

	if (!allows(region, at, bytes, SELFPAGE_READ))
		return;
	memcpy(&wanted, region->model + at, bytes);
	if (bytes == 1)
		found = *(volatile uint8_t *)(region->start + at);
	else
		__asm__ volatile("movq (%1), %0"
				 : "=r"(found)
				 : "r"(region->start + at)
				 : "memory");
	if (memcmp(&wanted, &found, bytes))
		fail("a load");
}

static void store(struct region *region)
{
	size_t bytes = draw(2) ? 1 : 8, at = some_place(bytes);
	uint64_t value = draw(UINT64_MAX);

	if (!allows(region, at, bytes, SELFPAGE_WRITE | SELFPAGE_READ))
		return;
	memcpy(region->model + at, &value, bytes);
	if (bytes == 1)
		*(volatile uint8_t *)(region->start + at) = value;
	else
		__asm__ volatile("movq %0, (%1)"
				 :
				 : "r"(value), "r"(region->start + at)
				 : "memory");
}

/* One instruction that reads and writes up to four pages at once. */
static void copy(struct region *from, struct region *to)
{
	size_t bytes = 1 + draw(draw(2) ? 3 * PAGE : 16);
	size_t source = some_place(bytes), target = some_place(bytes);
	void *at = to->start + target, *with = from->start + source;
	size_t left = bytes;

	if (!allows(from, source, bytes, SELFPAGE_READ) ||
		!allows(to, target, bytes, SELFPAGE_READ | SELFPAGE_WRITE))
		return;
	if (from == to && source < target + bytes && target < source + bytes)
		return;
	memcpy(to->model + target, from->model + source, bytes);
	if (draw(2))
		__asm__ volatile("rep movsb"
				 : "+D"(at), "+S"(with), "+c"(left)
				 :
				 : "memory");
	else
		memcpy(at, with, bytes);
}

static void touch_forbidden(struct region *region)
{
	volatile size_t at = some_place(1);
	unsigned access = draw(2) ? SELFPAGE_READ : SELFPAGE_WRITE;

	if (!region->mapped[at / PAGE] || allows(region, at, 1, access))
		return;
	fuzz.expects = 1;
	if (!sigsetjmp(fuzz.forbidden, 1)) {
		if (access == SELFPAGE_WRITE)
			*(volatile char *)(region->start + at) = 1;
		else
			(void)*(volatile char *)(region->start + at);
		fail("a forbidden touch");
	}
	fuzz.expects = 0;
}

/* Whole pages of a region. */
struct piece {
	size_t page, pages;
	uint64_t address, bytes;
};

static struct piece some_piece(const struct region *region)
{
	struct piece piece = {.page = draw(PAGES)};

	piece.pages = 1 + draw(PAGES - piece.page);
	if (draw(2) && piece.pages > 3)
		piece.pages = 3;
	piece.address = (uintptr_t)region->start + piece.page * PAGE;
	piece.bytes = piece.pages * PAGE;
	return piece;
}

static bool all_mapped(const struct region *region, const struct piece *piece)
{
	size_t i;

	for (i = 0; i < piece->pages; i++)
		if (!region->mapped[piece->page + i])
			return false;
	return true;
}

static void advise(struct region *region)
{
	struct piece piece = some_piece(region);
	enum selfpage_advice advice = draw(SELFPAGE_PRIORITY + 1);
	int error;

	if (!all_mapped(region, &piece))
		return;
	error = selfpage_advise(fuzz.space, piece.address, piece.bytes, advice,
		draw(SELFPAGE_PRIORITY_MAX + 1));
	if (error && !(error == -ENOMEM && advice == SELFPAGE_PIN))
		expect(error, 0, "advise");
	if (!draw(3))
		expect(selfpage_advise(fuzz.space, (uintptr_t)region->start,
			       PAGES * PAGE, SELFPAGE_UNPIN, 0),
			0, "unpin");
}

static void protect(struct region *region)
{
	static const uint8_t some[] = {0, SELFPAGE_READ,
		SELFPAGE_READ | SELFPAGE_WRITE, SELFPAGE_READ | SELFPAGE_WRITE};
	struct piece piece = some_piece(region);
	uint8_t protection = some[draw(4)];

	if (!all_mapped(region, &piece))
		return;
	expect(selfpage_protect(
		       fuzz.space, piece.address, piece.bytes, protection),
		0, "protect");
	memset(region->protection + piece.page, protection, piece.pages);
}

static void unmap(struct region *region)
{
	struct piece piece = some_piece(region);

	expect(selfpage_unmap(fuzz.space, piece.address, piece.bytes), 0,
		"unmap");
	memset(region->mapped + piece.page, false, piece.pages);
	/* a private map's copies are gone */
	if (region->flags & SELFPAGE_PRIVATE)
		memcpy(region->model + piece.page * PAGE,
			region->stored + piece.page * PAGE, piece.bytes);
}

/* What was unmapped is mapped again. */
static void map(struct region *region)
{
	struct piece piece = some_piece(region);
	struct selfpage_request request = {
		.request_bytes = sizeof(request),
		.store = region->store,
		.offset = piece.page * PAGE,
		.bytes = piece.bytes,
		.address = piece.address,
		.protection = SELFPAGE_READ | SELFPAGE_WRITE,
		.flags = region->flags | SELFPAGE_EXACT,
	};
	bool taken = false;
	int error;
	size_t i;

	for (i = 0; i < piece.pages; i++)
		taken |= region->mapped[piece.page + i];
	error = selfpage_map_request(fuzz.space, &request, NULL);
	/* the system may have given the room to something else */
	if (error != -EEXIST)
		expect(error, taken ? -EEXIST : 0, "map");
	if (error)
		return;
	memset(region->mapped + piece.page, true, piece.pages);
	memset(region->protection + piece.page, SELFPAGE_READ | SELFPAGE_WRITE,
		piece.pages);
}

static void discard(struct region *region)
{
	struct piece piece = some_piece(region);

	if (!all_mapped(region, &piece))
		return;
	expect(selfpage_discard(fuzz.space, piece.address, piece.bytes), 0,
		"discard");
	memcpy(region->model + piece.page * PAGE,
		region->stored + piece.page * PAGE, piece.bytes);
}

/* Buffers are paged too, sometimes. */
static void read_or_write(struct region *region)
{
	static char buffer[3 * PAGE];
	size_t bytes = 1 + draw(sizeof(buffer)), at = some_place(bytes);
	uint64_t address = (uintptr_t)region->start + at;

	if (draw(2)) {
		if (!allows(region, at, bytes, SELFPAGE_READ))
			return;
		expect(selfpage_read(fuzz.space, address, buffer, bytes), 0,
			"read");
		if (memcmp(buffer, region->model + at, bytes))
			fail("read: other bytes");
		return;
	}
	if (!allows(region, at, bytes, SELFPAGE_WRITE))
		return;
	memset(buffer, draw(256), bytes);
	memcpy(region->model + at, buffer, bytes);
	expect(selfpage_write(fuzz.space, address, buffer, bytes), 0, "write");
}

static void borrow(struct region *region)
{
	size_t at = some_place(1);
	void *data;
	int error;

	if (!allows(region, at, 1, SELFPAGE_READ | SELFPAGE_WRITE))
		return;
	error = selfpage_borrow(fuzz.space, (uintptr_t)region->start + at,
		SELFPAGE_WRITE, &data);
	if (error == -ENOMEM)
		return;
	expect(error, 0, "borrow");
	if (data != region->start + at)
		fail("borrow: another address");
	load(&fuzz.anonymous);
	*(volatile char *)data = 7;
	region->model[at] = 7;
	expect(selfpage_give_back(fuzz.space, data), 0, "give back");
	expect(selfpage_give_back(fuzz.space, data), -EINVAL, "again");
}

static void fault_in(struct region *region)
{
	size_t bytes = 1 + draw(3 * PAGE), at = some_place(bytes);
	bool all = allows(region, at, bytes, SELFPAGE_WRITE);
	int error = selfpage_fault_in(
		fuzz.space, region->start + at, bytes, SELFPAGE_WRITE);

	if (all)
		expect(error, 0, "fault in");
	else if (error && error != -EFAULT && error != -EACCES)
		expect(error, -EFAULT, "fault in");
}

static void check(void)
{
	struct selfpage_live_counts counts;
	const char *why = selfpage_check(fuzz.pager);

	if (why)
		fail(why);
	expect(selfpage_live_read_counts(fuzz.pager, &counts, sizeof(counts)),
		0, "counts");
	if (counts.resident_peak > fuzz.frames && !counts.over_limit)
		fail("more pages in memory than frames");
	if (counts.resident_peak > fuzz.frames + EXTRA)
		fail("too many over the limit");
	if (pages_in_memory(fuzz.pager) > counts.resident)
		fail("more pages in memory than are counted");
}

static void step(void)
{
	struct region *region = some_region();

	switch (draw(24)) {
	case 0:
		advise(region);
		break;
	case 1:
		protect(region);
		break;
	case 2:
		unmap(region);
		break;
	case 3:
	case 4:
		map(region);
		break;
	case 5:
		discard(region);
		break;
	case 6:
		read_or_write(region);
		break;
	case 7:
		borrow(region);
		break;
	case 8:
		fault_in(region);
		break;
	case 9:
		touch_forbidden(region);
		break;
	case 10:
		expect(selfpage_store_flush(region->store, 0, SELFPAGE_ALL), 0,
			"flush");
		break;
	case 11:
	case 12:
	case 13:
		copy(region, some_region());
		break;
	case 14:
	case 15:
	case 16:
	case 17:
	case 18:
		store(region);
		break;
	default:
		load(region);
	}
	check();
}

static void map_region(struct region *region)
{
	struct selfpage_request request = {
		.request_bytes = sizeof(request),
		.store = region->store,
		.bytes = PAGES * PAGE,
		.protection = SELFPAGE_READ | SELFPAGE_WRITE,
		.flags = region->flags,
	};
	uint64_t address;

	expect(selfpage_map_request(fuzz.space, &request, &address), 0,
		"the first map");
	region->start = (char *)(uintptr_t)address;
	memcpy(region->model, region->stored, sizeof(region->model));
	memset(region->mapped, true, sizeof(region->mapped));
	memset(region->protection, SELFPAGE_READ | SELFPAGE_WRITE,
		sizeof(region->protection));
}

/* Every page as it should be, by what is there then. */
static void compare(struct region *region)
{
	size_t i;

	for (i = 0; i < PAGES * PAGE; i++)
		if (allows(region, i, 1, SELFPAGE_READ) &&
			region->start[i] != region->model[i]) {
			fprintf(stderr, "byte %zu of the %s map\n", i,
				region->flags ? "private" : "shared");
			fail("a byte at the end");
		}
}

static bool begin(FILE *file)
{
	struct selfpage_config config = {
		.config_bytes = sizeof(config),
		.live = fuzz.kind,
		.frames = fuzz.frames,
		.policy = fuzz.policy,
		.victim_batch = draw(2) * draw(9),
		.clean_ahead = draw(2) * draw(9),
		.cleaner = draw(2),
	};
	int error = selfpage_create(&config, &fuzz.pager);

	if (error == -ENOTSUP)
		return false;
	expect(error, 0, "create");
	expect(selfpage_space_create(fuzz.pager, 0, &fuzz.space), 0, "space");
	expect(selfpage_store_open_anonymous(
		       fuzz.pager, -1, PAGES * PAGE, &fuzz.anonymous.store),
		0, "anonymous");
	expect(selfpage_store_open_file(
		       fuzz.pager, fileno(file), &fuzz.private.store),
		0, "file");
	fuzz.private.flags = SELFPAGE_PRIVATE;
	map_region(&fuzz.anonymous);
	map_region(&fuzz.private);
	return true;
}

static void end(void)
{
	compare(&fuzz.anonymous);
	compare(&fuzz.private);
	check();
	expect(selfpage_space_destroy(fuzz.space), 0, "space");
	expect(selfpage_store_discard(fuzz.anonymous.store), 0, "discard");
	expect(selfpage_store_close(fuzz.private.store), 0, "close");
	expect(selfpage_destroy(fuzz.pager), 0, "destroy");
}

int main(int argc, char **argv)
{
	const struct sigaction action = {
		.sa_sigaction = on_forbidden,
		.sa_flags = SA_SIGINFO,
	};
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	uint64_t steps = argc > 2 ? strtoull(argv[2], NULL, 0) : STEPS;
	FILE *file = tmpfile();
	uint64_t round, i;

	printf("seed %llu, %llu steps\n", (unsigned long long)seed,
		(unsigned long long)steps);
	fflush(stdout);
	fuzz.random = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	for (i = 0; i < sizeof(fuzz.private.stored); i++)
		fuzz.private.stored[i] = i * 37 + i / PAGE;
	if (!file ||
		fwrite(fuzz.private.stored, 1, PAGES * PAGE, file) !=
			PAGES * PAGE ||
		fflush(file))
		fail("no file");
	for (round = 0; fuzz.step < steps; round++) {
		fuzz.kind = live_kinds[round % 2];
		fuzz.frames = 1 + draw(draw(2) ? 4 : 2 * PAGES);
		fuzz.policy = selfpage_policy_name(round / 2);
		if (!fuzz.policy)
			fuzz.policy = selfpage_policy_name(draw(4));
		if (!begin(file))
			continue;
		for (i = 0; i < ROUND && fuzz.step < steps; i++, fuzz.step++)
			step();
		end();
	}
	fclose(file);
	return 0;
}
