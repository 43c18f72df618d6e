/* The public library: logs of what a pager sees and does. */
#include "mm/pager-log.h"
#include "mm/selfpage-internal.h"

#include <errno.h>

PUBLIC int selfpage_log_start(struct selfpage *pager, int fd)
{
	int error = -EBUSY;

	if (!pager)
		return -EINVAL;
	if (pager->task)
		return -ENOTSUP;
	pager_lock(pager->pager);
	if (!pager->spaces && !pager->stores_count && !pager->log)
		error = pager_log_start(pager->pager, fd, &pager->log);
	pager_unlock(pager->pager);
	return error;
}

PUBLIC int selfpage_log_stop(struct selfpage *pager)
{
	int error = -EINVAL;

	if (!pager)
		return error;
	pager_lock(pager->pager);
	if (pager->log)
		error = pager_log_stop(pager->log);
	pager->log = NULL;
	pager_unlock(pager->pager);
	return error;
}
