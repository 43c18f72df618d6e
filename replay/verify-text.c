/* Saying how a replay differs from what a log has. */
#include "replay/verify-text.h"

#include <errno.h>
#include <stdio.h>

enum { TEXT_BYTES = 160 };

static const char *const call_names[WATCH_KINDS] = {
	[WATCH_SPACE] = "a new space",
	[WATCH_SPACE_END] = "the end of a space",
	[WATCH_STORE] = "a new store",
	[WATCH_STORE_END] = "the end of a store",
	[WATCH_FAULT] = "a fault",
	[WATCH_ADVISE] = "a hint",
	[WATCH_MAP] = "a map",
	[WATCH_PROTECT] = "a protection",
	[WATCH_UNMAP] = "an unmap",
	[WATCH_DISCARD] = "a discard",
	[WATCH_FLUSH] = "a flush",
	[WATCH_DROP] = "the dropping of a store's pages",
	[WATCH_FORGET] = "the forgetting of a store's pages",
	[WATCH_UNSYNCED] = "a sync that failed",
	[WATCH_REFERENCE] = "a reference",
	[WATCH_BORROW] = "a borrowing",
	[WATCH_GIVE_BACK] = "a giving back",
	[WATCH_ADD_FRAME] = "a frame more",
	[WATCH_REMOVE_FRAME] = "a frame less",
	[WATCH_CLEANER] = "a cleaner's coming or going",
	[WATCH_CLEAN] = "a cleaner's work",
};

/* The victim's page: by address, if it is mapped, or by store. */
static void say_victim(const struct pager *pager,
	const struct watch_record *record, char *text, const char *hook)
{
	unsigned long long offset = record->value & ((UINT64_C(1) << 44) - 1);
	const struct frame *frame = NULL;

	if (record->number < pager->physmem.frames_max)
		frame = &pager->physmem.frames[record->number];
	if (frame && frame->store && frame->first.as)
		snprintf(text, TEXT_BYTES,
			"victim page 0x%llx (frame %u, store %u page %llu)%s",
			(unsigned long long)frame->first.page, record->number,
			(unsigned)(record->value >> 44), offset, hook);
	else
		snprintf(text, TEXT_BYTES,
			"victim store %u page %llu (frame %u)%s",
			(unsigned)(record->value >> 44), offset, record->number,
			hook);
}

static void say(const struct pager *pager, const struct watch_record *record,
	char *text)
{
	unsigned long long value = record->value;
	const char *form = NULL;

	switch (record->kind) {
	case WATCH_VICTIM:
		say_victim(pager, record, text,
			record->detail == CHOSEN_BY_HOOK ? ", by the hook"
							 : "");
		return;
	case WATCH_HARVESTED:
		form = "the bit of page 0x%llx is read";
		break;
	case WATCH_UNMAPPED:
		form = "page 0x%llx is unmapped";
		break;
	case WATCH_OUTS:
		form = "%llu pages are written";
		break;
	case WATCH_SHADOW:
		form = "copies get a store";
		break;
	case WATCH_UNSAFE:
		form = "an unsafe page is looked for";
		break;
	case WATCH_WAIT:
		form = "it waits";
		break;
	case WATCH_WOKEN:
		form = "it is woken";
		break;
	default:
		break;
	}
	if (form)
		snprintf(text, TEXT_BYTES, form, value);
	else if (record->kind == WATCH_IN || record->kind == WATCH_OUT)
		snprintf(text, TEXT_BYTES, "page %llu of store %u is %s", value,
			record->number,
			record->kind == WATCH_IN ? "read" : "written");
	else if (record->kind == WATCH_END)
		snprintf(text, TEXT_BYTES, "it ends with %d, kind %u",
			(int)record->number, record->detail);
	else if (record->kind == WATCH_RESULT)
		snprintf(text, TEXT_BYTES, "a store answers");
	else
		snprintf(text, TEXT_BYTES, "%s of page 0x%llx begins",
			call_names[record->kind] ? call_names[record->kind]
						 : "a part",
			value);
}

void verify_text_difference(const struct pager *pager,
	const struct watch_record *call, const struct watch_record *live,
	const struct watch_record *record, struct message *out)
{
	char was[TEXT_BYTES], is[TEXT_BYTES];

	say(pager, live, was);
	say(pager, record, is);
	(void)message_set(out, -EBADMSG,
		"in %s (page 0x%llx): live: %s; in replay: %s%s",
		call_names[call->kind] ? call_names[call->kind] : "no call",
		(unsigned long long)call->value, was, is,
		live->lane != record->lane ? ", in another thread" : "");
}
