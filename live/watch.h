/* A live view of a running program's figures, on a terminal. */
#ifndef LIVE_WATCH_H
#define LIVE_WATCH_H

#include <stdint.h>

#include "live/figures.h"

struct watch;

enum { WATCH_TICK_MS = 500 };

/* On standard error; NULL where that is no terminal: then all else does
 * nothing. */
struct watch *watch_start(const struct live_figures *figures);

/* Draws the view; to be called every WATCH_TICK_MS. */
void watch_draw(struct watch *watch);

/* Erases it. */
void watch_end(struct watch *watch);

#endif
