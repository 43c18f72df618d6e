/* Whole-page reads and writes of files, for the stores that use one. */
#ifndef MM_STORE_FILE_H
#define MM_STORE_FILE_H

#include "mm/store.h"

/* IO's data from or to page number PAGE of FD, whatever IO's offset.
 * Reads past the end give zeros; past all files' end it is -EFBIG. 0 or
 * -errno. */
int file_read_page(int fd, const struct page_io *io, uint64_t page);
int file_write_page(int fd, const struct page_io *io, uint64_t page);

#endif
