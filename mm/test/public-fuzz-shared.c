/*
 * public-fuzz: frames that are shared.  The world's pager has a control, and a
 * rival in the same process has another; both return what they are asked for.
 * In such worlds memory may be short at any time: of the errors, -ENOMEM is
 * always right.
 */
#include "mm/test/public-fuzz.h"

#include <errno.h>
#include <string.h>

enum { FRAMES = 40, NEVER_MS = 1 << 30 };

struct rival {
	struct selfpage_physmem *physmem;
	struct selfpage_control *controls[2]; /* the world's, its own */
	struct selfpage_control *children[2]; /* of these, or NULL */
	uint32_t frames[2], child_frames[2];  /* that they guarantee */
	struct selfpage *pager;
	struct selfpage_space *space;
	struct selfpage_store *store;
	uint64_t words[STORE_PAGES]; /* the first one of each page */
};

/* The pager that is asked; the world's is not known when it is made. */
static void return_frames(void *context, uint32_t frames, uint64_t deadline)
{
	struct selfpage *const *pager = context;
	uint32_t returned;

	(void)deadline;
	/* it may be told before it has been made */
	if (*pager)
		(void)selfpage_return(*pager, frames, &returned);
}

static void make_controls(struct fuzz *fuzz, struct rival *rival)
{
	struct selfpage_physmem_config config = {
		.config_bytes = sizeof(config),
		.frames = FRAMES,
		.page_bytes = PAGE,
		.notice_ms = NEVER_MS,
	};
	unsigned i;

	expect(fuzz, !selfpage_physmem_create(&config, &rival->physmem),
		"physmem", 0);
	for (i = 0; i < 2; i++) {
		rival->frames[i] = 1 + draw(fuzz, FRAMES / 2);
		expect(fuzz,
			!selfpage_physmem_control(rival->physmem,
				rival->frames[i], &rival->controls[i]),
			"control", (int)i);
	}
}

void begin_shared(struct fuzz *fuzz)
{
	static struct rival the_rival;
	struct selfpage_config config = fuzz->config;
	struct rival *rival = &the_rival;

	*rival = (struct rival){0};
	fuzz->rival = rival;
	make_controls(fuzz, rival);
	config.control = rival->controls[1];
	config.frames = config.page_bytes = 0;
	config.extra_max = draw(fuzz, FRAMES);
	config.return_frames = return_frames;
	config.return_context = &rival->pager;
	expect(fuzz, !selfpage_create(&config, &rival->pager), "rival", 0);
	expect(fuzz,
		!selfpage_space_create(rival->pager, 0, &rival->space) &&
			!selfpage_store_open_anonymous(rival->pager, -1,
				STORE_PAGES * PAGE, &rival->store) &&
			!selfpage_map(rival->space, 0, STORE_PAGES * PAGE,
				rival->store, 0, BOTH),
		"the rival's memory", 0);
	begin_containers(fuzz);
	fuzz->config.control = rival->controls[0];
	fuzz->config.frames = fuzz->config.page_bytes = 0;
	fuzz->config.extra_max = draw(fuzz, FRAMES);
	fuzz->config.return_frames = return_frames;
	fuzz->config.return_context = &fuzz->pager;
}

struct selfpage_control *shared_control(
	const struct fuzz *fuzz, unsigned number)
{
	return fuzz->rival->controls[number];
}

void end_shared(struct fuzz *fuzz)
{
	struct rival *rival = fuzz->rival;
	unsigned i;

	end_containers(fuzz);
	expect(fuzz,
		!selfpage_space_destroy(rival->space) &&
			!selfpage_store_discard(rival->store) &&
			!selfpage_destroy(rival->pager),
		"the rival's end", 0);
	expect(fuzz, selfpage_physmem_destroy(rival->physmem) == -EBUSY,
		"physmem has controls", 0);
	for (i = 0; i < 2; i++)
		expect(fuzz,
			(!rival->children[i] || !selfpage_control_destroy(
							rival->children[i])) &&
				!selfpage_control_destroy(rival->controls[i]),
			"a control's end", (int)i);
	expect(fuzz, !selfpage_physmem_destroy(rival->physmem), "physmem", 0);
}

/* Accounts add up, whatever there is in the frames. */
void check_shared(struct fuzz *fuzz)
{
	struct rival *rival = fuzz->rival;
	const char *why = selfpage_physmem_check(rival->physmem);
	struct selfpage_physmem_counts counts;
	struct selfpage_frames held[2];
	uint32_t frames;
	unsigned i;

	expect(fuzz, !why, why, 0);
	why = selfpage_check(rival->pager);
	expect(fuzz, !why, why, 0);
	expect(fuzz,
		!selfpage_physmem_read_counts(
			rival->physmem, &counts, sizeof(counts)) &&
			!selfpage_read_frames(
				fuzz->pager, &held[0], sizeof(held[0])) &&
			!selfpage_read_frames(
				rival->pager, &held[1], sizeof(held[1])),
		"counts of frames", 0);
	expect(fuzz,
		counts.free + counts.soft + counts.held + counts.contained ==
				FRAMES &&
			held[0].held + held[1].held == counts.held,
		"all frames", (int)counts.held);
	for (i = 0; i < 2; i++) {
		expect(fuzz,
			!selfpage_control_frames(rival->controls[i], &frames) &&
				frames + contained_frames(fuzz, i) ==
					rival->frames[i] &&
				held[i].guaranteed == frames,
			"what a control guarantees", (int)frames);
		expect(fuzz, held[i].kept <= held[i].guaranteed,
			"what can't be taken is guaranteed", (int)i);
	}
}

/* ---- steps ---- */

static void use_rival(struct fuzz *fuzz, struct rival *rival)
{
	unsigned page = draw(fuzz, STORE_PAGES);
	uint64_t word = fuzz->random;
	int error;

	if (draw(fuzz, 2)) {
		error = selfpage_write(
			rival->space, page * PAGE, &word, sizeof(word));
		if (!error)
			rival->words[page] = word;
	} else {
		error = selfpage_read(
			rival->space, page * PAGE, &word, sizeof(word));
		expect(fuzz, error || word == rival->words[page],
			"what the rival reads", (int)page);
	}
	expect(fuzz, !error || error == -ENOMEM, "the rival's use", error);
}

static void split_or_join(struct fuzz *fuzz, struct rival *rival, unsigned i)
{
	uint32_t frames = 1 + draw(fuzz, 8);
	int error;

	begin_call(fuzz);
	if (rival->children[i]) {
		error = selfpage_control_destroy(rival->children[i]);
		end_call(fuzz, "destroy a control", error, 0);
		if (error)
			return;
		rival->children[i] = NULL;
		rival->frames[i] += rival->child_frames[i];
		return;
	}
	error = selfpage_control_split(
		rival->controls[i], frames, &rival->children[i]);
	end_call_or(fuzz, "split a control", error,
		frames + contained_frames(fuzz, i) > rival->frames[i] ? -EINVAL
								      : 0,
		-EBUSY);
	if (error)
		return;
	rival->frames[i] -= frames;
	rival->child_frames[i] = frames;
}

void step_shared(struct fuzz *fuzz)
{
	struct rival *rival = fuzz->rival;
	uint32_t frames = 1 + draw(fuzz, 8), count = UINT32_MAX;
	unsigned which = draw(fuzz, 2);
	struct selfpage *pager;
	int error;

	if (!rival)
		return;
	pager = which ? rival->pager : fuzz->pager;
	switch (draw(fuzz, 8)) {
	case 0:
		split_or_join(fuzz, rival, which);
		break;
	case 1:
		error = selfpage_ask(pager, draw(fuzz, 2) * frames, &count);
		expect(fuzz, !error && count <= frames, "ask", error);
		break;
	case 2:
	case 3:
		begin_call(fuzz);
		error = selfpage_return(pager, frames, &count);
		end_call_or(fuzz, "return", error, 0, -EBUSY);
		expect(fuzz,
			count <= frames &&
				(error || count == frames || count == 0),
			"what was returned", (int)count);
		break;
	default:
		use_rival(fuzz, rival);
		break;
	}
}
