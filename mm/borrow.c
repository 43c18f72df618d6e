/* Borrowed frames: pinned for as long as somebody has their address. */
#include "mm/pager-internal.h"

#include <errno.h>

static int borrow(struct pager *pager, uint32_t number, bool writes)
{
	struct frame *frame = pager_frame(pager, number);

	if (frame->pins > UINT16_MAX - PIN_BORROW)
		return -ENOMEM;
	if (!frame->pins) {
		if (pager->pinned >= pager_pins_max(pager))
			return -ENOMEM;
		pager_withdraw(pager, number);
		pager->pinned++;
	}
	frame->pins += PIN_BORROW;
	if (writes)
		frame->flags |= FRAME_LENT;
	return 0;
}

int pager_borrow(struct pager *pager, uint32_t number, bool writes)
{
	int error;

	pager_begin_frame(pager, WATCH_BORROW, number, writes);
	error = borrow(pager, number, writes);
	pager_end(pager, error);
	return error;
}

void pager_give_back(struct pager *pager, uint32_t number)
{
	struct frame *frame = pager_frame(pager, number);

	pager_begin_frame(pager, WATCH_GIVE_BACK, number, 0);
	/* what was flushed meanwhile may have been written to after that */
	if (frame->flags & FRAME_LENT)
		frame->flags |= FRAME_DIRTY;
	frame->pins -= PIN_BORROW;
	if (frame->pins < PIN_BORROW)
		frame->flags &= ~FRAME_LENT;
	if (!frame->pins) {
		pager->pinned--;
		pager_end_borrowing(pager, number);
	}
	pager_end(pager, 0);
}

void pager_use(struct pager *pager, uint32_t number)
{
	if (!pager->policy->ops->reference)
		return;
	pager_begin_frame(pager, WATCH_REFERENCE, number, 0);
	pager_tell_reference(pager, number, NEXT_USE_NEVER);
	pager_end(pager, 0);
}
