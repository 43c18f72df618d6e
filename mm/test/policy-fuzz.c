/*
 * Each policy alone, against a naive model written from its definition: an
 * array with what is known of each frame, and a walk over all of it to find
 * the victim.  Random inserts, runs of references, evictions, removals and
 * hints; each victim must be the model's, and the policy's own check must
 * agree on what it holds.
 *
 * Events are numbered, and a page's next use is an appointment that is kept
 * if the page is still held by then, so that what opt is told is the truth.
 * Only a hint may take an appointment back, as in the pager.
 *
 * Policies without a model here get the same operations, and must keep the
 * contract and their own invariants.  Pages have keys; some page-ins fail, and
 * some victims are taken back.
 *
 *	policy-fuzz [seed] [steps] [policy]
 *
 * STEPS operations of each policy, or of that one only, in memories of up to
 * SMALL frames, one of them often, with its check after each operation.  In
 * between, beside those, some in larger ones with a check now and then.
 */
#include "mm/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/test/course.h"

enum {
	FRAMES = 1200,
	HORIZON = 8192, /* events; appointments lie nearer */
	BATCH = 3000,
	ACTIONS = 10,
	KEYS = 3 * FRAMES,
	SMALL = 40, /* frames */
	SHORT = 4,  /* pages: a read-once page's short while */
	HAND = 16,  /* pages that are in hand, or a quarter of the frames */
	MOOD = 32,
};

/* What is known of a frame. */
struct known {
	bool written;
	bool dirty;	    /* and a harvest has found it so */
	bool bit;	    /* referenced */
	bool mapped;	    /* the policy has not unmapped it */
	bool waits;	    /* in a second list of sfifo-hints */
	uint8_t rank, base; /* base: once it is not cold any more */
	uint64_t arrived;   /* place in the queue of fifo and clock */
	uint64_t used;	    /* last reference; of lru */
	uint64_t use;	    /* its number, of all uses */
	uint64_t next_use;
	uint64_t told; /* when it was told of its next use */
};

struct fuzz {
	struct course course;
	const struct policy_ops *ops;
	struct policy *policy;
	bool bit_at_load;
	uint32_t frames;
	uint32_t keys; /* of pages; may be fewer than frames */
	uint32_t held;
	uint8_t writes;	    /* uses that write, in a hundred */
	uint8_t mood[MOOD]; /* what is done how often in this run */
	uint64_t event;	    /* the number of the next one */
	uint64_t clock;	    /* counts what happens, within events too */
	uint64_t uses;
	double values[POLICY_PARAMETERS_MAX];
	double second; /* sfifo-hints: the share that waits */
	uint8_t member[FRAMES];
	uint32_t key[FRAMES]; /* of the page it holds */
	bool key_held[KEYS];
	struct known known[FRAMES];
	/* read-once frames in their short while, the last one first */
	uint32_t recent[SHORT];
	uint32_t appointment[HORIZON]; /* frame, of each event to come */
	uint32_t batch[BATCH];
	uint64_t batch_next[BATCH];
};

/* As of the last look: what was written since is not told. */
static bool is_dirty(void *context, uint32_t frame)
{
	struct fuzz *fuzz = context;

	if (frame >= fuzz->frames || !fuzz->member[frame])
		fail(fuzz,
			"asks for the dirty bit of a frame it does not hold");
	return fuzz->known[frame].dirty;
}

static bool harvest(void *context, uint32_t frame)
{
	struct fuzz *fuzz = context;
	bool bit = fuzz->known[frame].bit;

	fuzz->known[frame].bit = false;
	fuzz->known[frame].dirty |= fuzz->known[frame].written;
	return bit;
}

static void unmap(void *context, uint32_t frame)
{
	struct fuzz *fuzz = context;

	if (frame >= fuzz->frames || !fuzz->member[frame])
		fail(fuzz, "unmapped a frame that is not held");
	fuzz->known[frame].mapped = false;
}

static void prefetch(void *context, uint32_t frame)
{
	struct fuzz *fuzz = context;

	if (frame >= fuzz->frames)
		fail(fuzz, "prefetch of a frame that does not exist");
}

/* An event to come that is nobody's yet becomes the frame's. */
static uint64_t appoint(struct fuzz *fuzz, uint32_t frame)
{
	uint64_t reach = draw(fuzz, 4) ? 2 * fuzz->frames : HORIZON - 1;
	uint64_t at = fuzz->event + 1 + draw(fuzz, reach);
	uint64_t next_use = NEXT_USE_NEVER;

	if (at >= fuzz->event + HORIZON)
		at = fuzz->event + HORIZON - 1;
	if (draw(fuzz, 8) && fuzz->appointment[at % HORIZON] == FRAME_NONE) {
		next_use = at;
		fuzz->appointment[at % HORIZON] = frame;
	}
	fuzz->known[frame].next_use = next_use;
	fuzz->known[frame].told = fuzz->clock++;
	return next_use;
}

/* Its short while is over. */
static void forget(struct fuzz *fuzz, uint32_t frame)
{
	unsigned i, j = 0;

	for (i = 0; i < SHORT; i++)
		if (fuzz->recent[i] != frame)
			fuzz->recent[j++] = fuzz->recent[i];
	for (; j < SHORT; j++)
		fuzz->recent[j] = FRAME_NONE;
}

/* The rank of a frame that is used. */
static void use(struct fuzz *fuzz, uint32_t frame)
{
	struct known *known = &fuzz->known[frame];
	unsigned i;

	known->used = fuzz->clock++;
	known->use = fuzz->uses++;
	known->rank = known->base;
	known->waits = false;
	if (known->base != RANK_ONCE)
		return;
	forget(fuzz, frame);
	if (fuzz->recent[SHORT - 1] != FRAME_NONE) {
		fuzz->known[fuzz->recent[SHORT - 1]].rank = RANK_ONCE;
		fuzz->known[fuzz->recent[SHORT - 1]].waits = true;
	}
	for (i = SHORT - 1; i; i--)
		fuzz->recent[i] = fuzz->recent[i - 1];
	fuzz->recent[0] = frame;
	known->rank = RANK_NORMAL;
}

static bool has_model(const struct policy_ops *ops)
{
	return ops == &policy_lru || ops == &policy_lru_hints ||
	       ops == &policy_opt || ops == &policy_fifo ||
	       ops == &policy_clock || ops == &policy_sfifo_hints;
}

/* sfifo-hints: one of the last ones that came in, or back. */
static bool is_in_hand(const struct fuzz *fuzz, const struct known *known)
{
	uint32_t hand = fuzz->frames / 4 < HAND ? fuzz->frames / 4 : HAND;

	return known->rank >= RANK_PRIORITY && known->use + hand >= fuzz->uses;
}

static bool goes_before(
	const struct fuzz *fuzz, const struct known *a, const struct known *b)
{
	bool a_in_hand = is_in_hand(fuzz, a), b_in_hand = is_in_hand(fuzz, b);

	if (a_in_hand != b_in_hand)
		return b_in_hand;
	if (a->rank != b->rank)
		return a->rank < b->rank;
	return a->waits != b->waits ? a->waits : a->used < b->used;
}

static bool before(
	const struct fuzz *fuzz, const struct known *a, const struct known *b)
{
	if (fuzz->ops == &policy_lru)
		return a->used < b->used;
	if (fuzz->ops == &policy_lru_hints)
		return a->rank != b->rank ? a->rank < b->rank
					  : a->used < b->used;
	if (fuzz->ops == &policy_sfifo_hints)
		return goes_before(fuzz, a, b);
	if (fuzz->ops == &policy_opt)
		return a->next_use != b->next_use ? a->next_use > b->next_use
						  : a->told < b->told;
	return a->arrived < b->arrived; /* fifo, clock */
}

/* The definition: the first of all by the policy's order. */
static uint32_t first_to_go(const struct fuzz *fuzz)
{
	uint32_t first = FRAME_NONE;
	uint32_t i;

	for (i = 0; i < fuzz->frames; i++)
		if (fuzz->member[i] &&
			(first == FRAME_NONE || before(fuzz, &fuzz->known[i],
							&fuzz->known[first])))
			first = i;
	return first;
}

/* Are there enough pages of RANK in its first list, by sfifo-hints? */
static bool may_fall(const struct fuzz *fuzz, uint8_t rank)
{
	uint32_t first = 0, second = 0, i;

	for (i = 0; i < fuzz->frames; i++) {
		if (!fuzz->member[i] || fuzz->known[i].rank != rank)
			continue;
		first += !fuzz->known[i].waits;
		second += fuzz->known[i].waits;
	}
	return first > second;
}

/* Does A fall out of its first list sooner than B does, as a page came IN? */
static bool falls_before(const struct fuzz *fuzz, const struct known *a,
	const struct known *b, bool in)
{
	bool a_may = may_fall(fuzz, a->rank), b_may = may_fall(fuzz, b->rank);

	if (a->rank == b->rank || !in)
		return a->used < b->used;
	return a_may != b_may ? a_may : a->rank < b->rank;
}

/* sfifo-hints: USED came into a first list, IN from outside or back, and one
 * may have to wait for it. */
static void overflow(struct fuzz *fuzz, uint32_t used, bool in)
{
	struct known *known = fuzz->known, *falls = NULL;
	uint32_t second = fuzz->second * fuzz->frames, first = 0, i;

	if (fuzz->ops != &policy_sfifo_hints)
		return;
	for (i = 0; i < fuzz->frames; i++) {
		if (!fuzz->member[i] || known[i].waits)
			continue;
		first++;
		if (i != used &&
			(!falls || falls_before(fuzz, &known[i], falls, in)))
			falls = &known[i];
	}
	if (first > 1 && first > fuzz->frames - second)
		falls->waits = true;
}

/* The model's victim, before the policy is asked: it may clear bits. */
static uint32_t expected_victim(struct fuzz *fuzz, bool *spared)
{
	uint32_t frame;

	memset(spared, 0, fuzz->frames * sizeof(*spared));
	if (!has_model(fuzz->ops))
		return FRAME_NONE;
	while ((frame = first_to_go(fuzz)) != FRAME_NONE) {
		if (fuzz->ops != &policy_clock || spared[frame] ||
			!fuzz->known[frame].bit)
			break;
		spared[frame] = true;
		fuzz->known[frame].arrived = fuzz->clock++;
	}
	return frame;
}

/* VICTIM is EXPECTED, and those that were spared were looked at. */
static void expect_victim(const struct fuzz *fuzz, uint32_t victim,
	uint32_t expected, const bool *spared)
{
	uint32_t i;

	if ((victim == FRAME_NONE) != !fuzz->held)
		fail(fuzz, "a victim just if there is one");
	if (victim != FRAME_NONE &&
		(victim >= fuzz->frames || !fuzz->member[victim]))
		fail(fuzz, "a victim that is not held");
	if (has_model(fuzz->ops) && victim != expected)
		fail(fuzz, "not the victim by the definition");
	for (i = 0; i < fuzz->frames; i++)
		if (spared[i] && fuzz->known[i].bit)
			fail(fuzz, "spared without a look at its bit");
}

static void peek(struct fuzz *fuzz)
{
	bool spared[FRAMES];
	uint32_t expected = expected_victim(fuzz, spared);
	uint8_t rank = RANKS;
	uint32_t victim = fuzz->ops->peek(fuzz->policy, &rank);

	expect_victim(fuzz, victim, expected, spared);
	if (victim != FRAME_NONE && fuzz->ops->takes_hints &&
		rank != fuzz->known[victim].rank)
		fail(fuzz, "peek: not the victim's rank");
}

/* The frame is not held any more. */
static void drop(struct fuzz *fuzz, uint32_t frame)
{
	forget(fuzz, frame);
	fuzz->member[frame] = false;
	fuzz->key_held[fuzz->key[frame]] = false;
	fuzz->held--;
}

static uint32_t evict(struct fuzz *fuzz)
{
	uint32_t first = FRAME_NONE;
	bool spared[FRAMES];
	uint32_t expected = expected_victim(fuzz, spared);
	uint32_t peeked =
		has_model(fuzz->ops) || draw(fuzz, 2)
			? FRAME_NONE
			: fuzz->ops->peek(fuzz->policy, &(uint8_t){0});
	uint32_t victim;

	if (fuzz->ops->upcoming && !draw(fuzz, 4))
		(void)fuzz->ops->upcoming(fuzz->policy, &first, 1);
	victim = fuzz->ops->evict(fuzz->policy);
	expect_victim(fuzz, victim, expected, spared);
	if (peeked != FRAME_NONE && victim != peeked)
		fail(fuzz, "not the victim that peek named");
	if (first != FRAME_NONE && victim != first)
		fail(fuzz, "not the victim that was upcoming");
	if (victim == FRAME_NONE)
		return victim;
	drop(fuzz, victim);
	return victim;
}

static void insert(struct fuzz *fuzz, uint32_t frame, uint32_t key)
{
	struct policy_page page = {.key = key, .rank = draw(fuzz, RANKS)};
	struct known *known = &fuzz->known[frame];

	fuzz->key[frame] = key;
	fuzz->key_held[key] = true;
	known->written = draw(fuzz, 100) < fuzz->writes;
	known->dirty = false;
	known->bit = true;
	known->mapped = draw(fuzz, 8);
	known->base = page.rank;
	use(fuzz, frame);
	known->arrived = known->used;
	fuzz->member[frame] = true;
	fuzz->held++;
	page.next_use = appoint(fuzz, frame);
	known->waits = page.rank == RANK_FIRST;
	overflow(fuzz, frame, true);
	fuzz->ops->insert(fuzz->policy, frame, &page);
	if (known->bit && fuzz->ops == &policy_clock && !fuzz->bit_at_load)
		fail(fuzz, "came in with its bit set");
}

/* The page KEY, or the next one below that is not held, comes in, unless its
 * page-in fails, or all pages are held. */
static void miss_at(struct fuzz *fuzz, uint32_t key)
{
	uint32_t frame;
	unsigned told = fuzz->ops->coming ? 1 + !draw(fuzz, 8) : 0;

	if (fuzz->held == fuzz->keys)
		return;
	while (fuzz->key_held[key])
		key = key ? key - 1 : fuzz->keys - 1;
	for (; told; told--)
		fuzz->ops->coming(fuzz->policy, key);
	frame = fuzz->held == fuzz->frames ? evict(fuzz)
					   : draw(fuzz, fuzz->frames);
	if (!draw(fuzz, 16))
		return;
	while (fuzz->member[frame])
		frame = frame + 1 < fuzz->frames ? frame + 1 : 0;
	fuzz->appointment[fuzz->event++ % HORIZON] = FRAME_NONE;
	insert(fuzz, frame, key);
}

static void miss(struct fuzz *fuzz)
{
	miss_at(fuzz, draw(fuzz, fuzz->keys));
}

/* Whom the coming event uses; FRAME_NONE: a page that is not held. */
static uint32_t due(const struct fuzz *fuzz)
{
	uint32_t frame = fuzz->appointment[fuzz->event % HORIZON];

	if (frame == FRAME_NONE || !fuzz->member[frame] ||
		fuzz->known[frame].next_use != fuzz->event)
		return FRAME_NONE;
	return frame;
}

static uint32_t any_held(struct fuzz *fuzz)
{
	uint32_t frame = draw(fuzz, fuzz->frames);

	while (!fuzz->member[frame])
		frame = frame + 1 < fuzz->frames ? frame + 1 : 0;
	return frame;
}

/* A use of a page that is not mapped is a soft fault. */
static void touch(struct fuzz *fuzz, uint32_t frame)
{
	if (fuzz->known[frame].mapped)
		return;
	if (fuzz->ops->touch)
		fuzz->ops->touch(fuzz->policy, frame);
	fuzz->known[frame].mapped = true;
}

/* A run of events that use pages that are held. */
static void hits(struct fuzz *fuzz)
{
	struct policy_references references = {
		.frames = fuzz->batch, .next_use = fuzz->batch_next};
	const bool oracle = fuzz->ops->knows == POLICY_ORACLE;
	size_t most = 1 + draw(fuzz, draw(fuzz, 20) ? 30 : BATCH);
	uint32_t frame;

	while (references.count < most && fuzz->held) {
		/* who knows no future needs no appointments */
		frame = oracle ? due(fuzz) : any_held(fuzz);
		if (frame == FRAME_NONE)
			break;
		fuzz->appointment[fuzz->event++ % HORIZON] = FRAME_NONE;
		fuzz->known[frame].written |= draw(fuzz, 100) < fuzz->writes;
		fuzz->known[frame].bit = true;
		touch(fuzz, frame);
		if (fuzz->ops->reference || fuzz->known[frame].waits) {
			use(fuzz, frame);
			overflow(fuzz, frame, false);
		}
		fuzz->batch[references.count] = frame;
		fuzz->batch_next[references.count++] = appoint(fuzz, frame);
	}
	references.now = fuzz->event;
	if (fuzz->ops->reference && references.count)
		fuzz->ops->reference(fuzz->policy, &references);
}

static void remove_one(struct fuzz *fuzz)
{
	uint32_t frame = draw(fuzz, fuzz->frames);

	if (!fuzz->member[frame])
		return;
	fuzz->ops->remove(fuzz->policy, frame);
	drop(fuzz, frame);
}

/* What hints do: another rank; or a reference that is no event's. */
static void hint(struct fuzz *fuzz)
{
	uint32_t frame = draw(fuzz, fuzz->frames);
	struct known *known = &fuzz->known[frame];
	struct policy_references references = {
		.frames = &frame, .next_use = &known->next_use, .count = 1};
	bool cold = draw(fuzz, 2);

	if (!fuzz->member[frame])
		return;
	if (fuzz->ops->rank) {
		forget(fuzz, frame);
		known->rank = cold ? RANK_FIRST : draw(fuzz, RANKS);
		if (!cold)
			known->base = known->rank;
		known->waits = known->waits || known->rank <= RANK_ONCE;
		fuzz->ops->rank(fuzz->policy, frame, known->rank, cold);
	} else if (fuzz->ops->knows == POLICY_ORACLE) {
		known->next_use = NEXT_USE_NEVER;
		known->told = fuzz->clock++;
		fuzz->ops->reference(fuzz->policy, &references);
	}
}

static void guess(struct fuzz *fuzz)
{
	uint32_t frame;
	unsigned i;

	for (i = 0; i < 2 && fuzz->ops->guess; i++) {
		frame = fuzz->ops->guess(fuzz->policy, i);
		if (frame != FRAME_NONE && frame >= fuzz->frames)
			fail(fuzz, "guessed a frame that does not exist");
	}
}

/* Those that would go next are told, and nothing comes of it. */
static uint32_t upcoming(struct fuzz *fuzz, uint32_t *frames, uint32_t most)
{
	uint32_t count = fuzz->ops->upcoming(fuzz->policy, frames, most);

	if (count != (most < fuzz->held ? most : fuzz->held))
		fail(fuzz, "not as many upcoming victims as there are");
	return count;
}

/* All go, as they were told. */
static void evict_all(struct fuzz *fuzz)
{
	uint32_t frames[FRAMES];
	uint32_t count = 0, i, victim;

	if (fuzz->ops->upcoming) {
		(void)upcoming(fuzz, frames, draw(fuzz, FRAMES));
		count = upcoming(fuzz, frames, FRAMES);
	}
	for (i = 0; (victim = evict(fuzz)) != FRAME_NONE; i++)
		if (i < count && victim != frames[i])
			fail(fuzz, "not the victim that was upcoming");
}

static void miss_unless_due(struct fuzz *fuzz)
{
	if (fuzz->ops->knows != POLICY_ORACLE || due(fuzz) == FRAME_NONE)
		miss(fuzz);
}

static void evict_one(struct fuzz *fuzz)
{
	(void)evict(fuzz);
}

/* The victim was wanted again before it had left. */
static void take_back(struct fuzz *fuzz)
{
	uint32_t frame = evict(fuzz);

	if (frame != FRAME_NONE)
		insert(fuzz, frame, fuzz->key[frame]);
}

/* Pages come in, one after the other. */
static void scan(struct fuzz *fuzz)
{
	uint32_t key = draw(fuzz, fuzz->keys), i;
	bool down = draw(fuzz, 2);

	for (i = draw(fuzz, 30); i; i--) {
		if (fuzz->ops->knows != POLICY_ORACLE ||
			due(fuzz) == FRAME_NONE)
			miss_at(fuzz, key);
		key = (key + (down ? fuzz->keys - 1 : 1)) % fuzz->keys;
	}
}

/* All are pinned, so there is no victim; most are unpinned again. */
static void pin_all(struct fuzz *fuzz)
{
	bool was_held[FRAMES];
	uint32_t i;

	for (i = 0; i < fuzz->frames; i++) {
		was_held[i] = fuzz->member[i];
		if (!was_held[i])
			continue;
		fuzz->ops->remove(fuzz->policy, i);
		drop(fuzz, i);
	}
	peek(fuzz);
	(void)evict(fuzz);
	for (i = 0; i < fuzz->frames; i++)
		if (was_held[i] && draw(fuzz, 8))
			insert(fuzz, i, fuzz->key[i]);
}

static void (*const actions[ACTIONS])(struct fuzz *fuzz) = {
	miss_unless_due,
	hits,
	evict_one,
	remove_one,
	hint,
	guess,
	peek,
	take_back,
	scan,
	pin_all,
};

/* Who waits in a second list must fault when it is used. */
static void expect_unmapped(const struct fuzz *fuzz)
{
	uint32_t i;

	for (i = 0; i < fuzz->frames; i++)
		if (fuzz->member[i] && fuzz->known[i].waits &&
			fuzz->known[i].mapped)
			fail(fuzz, "waits, and is mapped");
}

static void step(struct fuzz *fuzz)
{
	const char *why;

	actions[fuzz->mood[draw(fuzz, MOOD)]](fuzz);
	if (fuzz->ops == &policy_sfifo_hints)
		expect_unmapped(fuzz);
	if (fuzz->frames > SMALL && draw(fuzz, fuzz->frames) > SMALL)
		return;
	why = fuzz->ops->check(fuzz->policy, fuzz->member);
	if (why)
		fail(fuzz, why);
}

/* Parameters, each anywhere in its range. */
static const double *draw_values(struct fuzz *fuzz)
{
	const struct policy_parameter *parameter = fuzz->ops->parameters;
	double part;
	unsigned i;

	if (!parameter || draw(fuzz, 2))
		return NULL;
	for (i = 0; parameter[i].name; i++) {
		part = draw(fuzz, 1001) / 1000.0;
		if (draw(fuzz, 2))
			part = part * part * part; /* rather a low one */
		fuzz->values[i] =
			draw(fuzz, 2)
				? parameter[i].value
				: parameter[i].least +
					  part * (parameter[i].most -
							 parameter[i].least);
		if (parameter[i].unit == POLICY_COUNT ||
			parameter[i].unit == POLICY_FLAG)
			fuzz->values[i] = (uint64_t)(fuzz->values[i] + 0.5);
	}
	return fuzz->values;
}

/* STEPS operations in a memory of so many frames, from empty on to empty
 * again. */
static void run(struct fuzz *fuzz, uint32_t frames, uint64_t steps)
{
	struct policy_config config = {
		.frames = frames,
		.seed = draw(fuzz, 100),
		.is_dirty = is_dirty,
		.harvest = harvest,
		.unmap = unmap,
		.prefetch = prefetch,
		.context = fuzz,
		.bit_at_load = draw(fuzz, 2),
	};
	uint64_t end = fuzz->course.step + steps;
	unsigned often[2] = {draw(fuzz, ACTIONS), draw(fuzz, ACTIONS)};
	unsigned mixed = draw(fuzz, 2) * draw(fuzz, MOOD);
	uint32_t i;

	config.values = draw_values(fuzz);
	fuzz->second = config.values ? config.values[0] : 0.33;
	fuzz->frames = frames;
	fuzz->keys = draw(fuzz, 8) ? 2 * frames + 1 : 1 + draw(fuzz, frames);
	fuzz->bit_at_load = config.bit_at_load;
	fuzz->held = 0;
	fuzz->writes = draw(fuzz, 3) ? draw(fuzz, 60) : 100;
	fuzz->event = 1;
	for (i = 0; i < MOOD; i++)
		fuzz->mood[i] = draw(fuzz, MOOD) < mixed ? draw(fuzz, ACTIONS)
							 : often[i % 2];
	memset(fuzz->member, 0, sizeof(fuzz->member));
	memset(fuzz->key_held, 0, sizeof(fuzz->key_held));
	for (i = 0; i < SHORT; i++)
		fuzz->recent[i] = FRAME_NONE;
	for (i = 0; i < HORIZON; i++)
		fuzz->appointment[i] = FRAME_NONE;
	if (fuzz->ops->create(&config, &fuzz->policy))
		fail(fuzz, "create");
	for (i = draw(fuzz, frames + 1); i; i--)
		miss_unless_due(fuzz);
	for (; fuzz->course.step < end; fuzz->course.step++)
		step(fuzz);
	evict_all(fuzz);
	if (fuzz->held)
		fail(fuzz, "holds frames and names no victim");
	fuzz->ops->destroy(fuzz->policy);
}

/* The same for a policy whichever others there are. */
static void fuzz_policy(struct fuzz *fuzz, const struct policy_ops *ops,
	const struct course *start)
{
	uint64_t some, large = 0, steps = start->steps;

	fuzz->course = *start;
	fuzz->course.of = ops->name;
	fuzz->ops = ops;
	while (fuzz->course.step - large < steps) {
		some = 1 + draw(fuzz, 4000);
		if (some > steps - (fuzz->course.step - large))
			some = steps - (fuzz->course.step - large);
		run(fuzz, draw(fuzz, 8) ? 1 + draw(fuzz, SMALL) : 1, some);
		if (draw(fuzz, 8))
			continue;
		some = draw(fuzz, 1000);
		run(fuzz, 1 + draw(fuzz, FRAMES), some);
		large += some;
	}
	printf("%s: %llu operations, and %llu on more frames\n", ops->name,
		(unsigned long long)steps, (unsigned long long)large);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static struct fuzz fuzz;
	const struct course start = course_start(argc, argv, 100000);
	const struct policy_ops *ops, *only;
	unsigned i;

	only = argc > 3 ? policy_find(argv[3]) : NULL;
	if (argc > 3 && !only) {
		fprintf(stderr, "policy-fuzz: there is no policy %s\n",
			argv[3]);
		return 2;
	}
	for (i = 0; (ops = policy_at(i)); i++)
		if (!only || ops == only)
			fuzz_policy(&fuzz, ops, &start);
	return 0;
}
