/* Peak resident memory of this process, from now on. */
#ifndef REPLAY_RSS_H
#define REPLAY_RSS_H

#include <stdint.h>

/* Forgets the peak so far, if the system lets us. */
void rss_reset(void);

/* Bytes; 0 if the system does not tell. */
uint64_t rss_peak(void);

#endif
