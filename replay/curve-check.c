/* See curve-check.h. */
#include "replay/curve-check.h"

#include <errno.h>

#include "replay/exact.h"

int curve_check_end(const struct trace_info *info, struct message *message)
{
	if (!info->truncated || info->blocks)
		return 0;
	return message_set(message, -EINVAL,
		"%s: has no end, and ends before its first whole block: there "
		"is nothing in it",
		info->path);
}

int curve_check_frames(const struct trace_info *info,
	const struct policy_ops *policy, const char *name, uint64_t frames,
	struct message *message)
{
	const struct exact_question question = {
		.info = info,
		.policy = policy,
		.frames = frames,
		.bit_at_load = true,
	};
	char why[256];

	if (exact_answer(&question, why, sizeof(why)) == EXACT_YES)
		return 0;
	return message_set(message, -EINVAL,
		"%s: %s at %llu frames would not be exact: %s", info->path,
		name, (unsigned long long)frames, why);
}

int curve_check(const struct trace_info *info, const struct policy_ops *policy,
	const struct frames_spec *frames, unsigned frames_count,
	struct message *message)
{
	unsigned i;
	int error = curve_check_end(info, message);

	if (error)
		return error;
	/* without sizes the curve starts where it is exact */
	if (!frames_count)
		return curve_check_frames(
			info, policy, policy->name, info->reduction, message);
	for (i = 0; i < frames_count && !error; i++)
		error = curve_check_frames(info, policy, policy->name,
			frames_resolve(
				&frames[i], info->pages, info->page_bytes),
			message);
	return error;
}
