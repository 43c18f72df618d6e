/* Saying how a replay differs from what a log has. */
#ifndef REPLAY_VERIFY_TEXT_H
#define REPLAY_VERIFY_TEXT_H

#include "base/message.h"
#include "mm/pager.h"
#include "mm/watch.h"

/* In CALL, LIVE is what the log has, and RECORD what PAGER did. */
void verify_text_difference(const struct pager *pager,
	const struct watch_record *call, const struct watch_record *live,
	const struct watch_record *record, struct message *out);

#endif
