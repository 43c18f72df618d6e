/* What the files of the public library share: selfpage*.c. */
#ifndef MM_SELFPAGE_INTERNAL_H
#define MM_SELFPAGE_INTERNAL_H

#include "mm/pager-internal.h"
#include "mm/physmem-memory.h"
#include "mm/selfpage.h"

/* The only names that the shared library shows; all else is hidden. */
#define PUBLIC __attribute__((visibility("default")))

struct selfpage {
	struct pager *pager; /* its lock guards all of this */
	struct memory memory;
	struct selfpage_space *spaces;
	struct selfpage_store *stores;
	uint32_t spaces_count, stores_count, stores_max;
};

struct selfpage_space {
	struct as as;
	struct selfpage *owner;
	struct selfpage_space *next;
	uint32_t borrows; /* not yet given back */
};

struct selfpage_store {
	struct store *store;
	struct selfpage *owner;
	struct selfpage_store *next;
	void *swap_file; /* a FILE of its own, or NULL */
	bool read_only;
};

/* Whole pages of an address space. */
struct range {
	uint64_t start, pages;
};

/* -EINVAL: no space, empty, no whole pages, past the last address. */
int selfpage_range(const struct selfpage_space *space, uint64_t address,
	uint64_t bytes, struct range *out);

#endif
