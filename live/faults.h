/* The figures: what the pager tells of each fault and eviction. */
#ifndef LIVE_FAULTS_H
#define LIVE_FAULTS_H

#include <stdint.h>

/* Has the pager tell. */
int faults_start(void);

/* A signal has been handled in so many ticks of the time stamp counter. */
void faults_end(uint64_t ticks);

/* The figures that are not counted by the fault, as of now. */
void faults_refresh(void);

#endif
