/* A swap file that has no name: it goes with its last user, however that
 * ends. */
#ifndef LIVE_SWAP_OPEN_H
#define LIVE_SWAP_OPEN_H

/* Opens one in FOLDER. -errno. */
int swap_open(const char *folder, int *fd_out);

#endif
