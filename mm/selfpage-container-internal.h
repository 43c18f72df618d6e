/* What the files of containers share: selfpage-container*.c,
 * selfpage-share*.c.  Offsets are in pages here. */
#ifndef MM_SELFPAGE_CONTAINER_INTERNAL_H
#define MM_SELFPAGE_CONTAINER_INTERNAL_H

#include "mm/connection-internal.h"
#include "mm/selfpage-physmem-internal.h"

/* What differs between the containers of this process and those of a server.
 * What is not told here is as in container.h. */
struct container_calls {
	int (*create)(struct selfpage_container *container);
	int (*destroy)(struct selfpage_container *container);
	int (*allocate)(struct selfpage_container *container,
		struct container_range range, unsigned flags,
		struct container_told *told);
	int (*deallocate)(struct selfpage_container *container,
		struct container_range range, unsigned flags,
		struct container_told *told);
	int (*fill)(struct selfpage_container *container, uint64_t at,
		const void *data, size_t bytes);
	int (*read)(struct selfpage_container *container, uint64_t at,
		void *data, size_t bytes);
	/* FROM's container and TO's are not looked at */
	int (*copy)(struct selfpage_container *from,
		const struct container_end *from_end,
		struct selfpage_container *to,
		const struct container_end *to_end);
	/* of a window without an address or a size */
	int (*map)(struct selfpage_window *window, struct container_range range,
		unsigned access);
	int (*unmap)(struct selfpage_window *window);
	int (*pin)(struct selfpage_container *container,
		struct container_range range);
	int (*unpin)(struct selfpage_container *container,
		struct container_range range);
	int (*share)(struct selfpage_grant *grant,
		const struct container_share_config *config);
	int (*revoke)(
		struct selfpage_grant *grant, struct container_told *told);
};

struct selfpage_container {
	const struct container_calls *calls;
	struct selfpage_control *control;
	uint32_t page_bytes;
	pthread_mutex_t lock; /* of the grants */
	struct selfpage_grant *grants;
	struct container *local;
	uint32_t number; /* the server's for it */
};

struct selfpage_window {
	struct selfpage_container *container;
	void *address;
	size_t bytes;
	struct container_window *local;
	uint32_t number;
};

/* The holder's end is here until it is given away. */
struct selfpage_grant {
	struct selfpage_grant *next; /* of the container */
	struct selfpage_container *container;
	bool given;
	struct container_share *local;
	uint32_t number;
	int fd;
};

struct share_calls {
	int (*fill)(struct selfpage_share *share, uint64_t at, const void *data,
		size_t bytes);
	int (*read)(struct selfpage_share *share, uint64_t at, void *data,
		size_t bytes);
	int (*lock)(struct selfpage_share *share, struct container_range range,
		uint64_t duration);
	int (*unlock)(struct selfpage_share *share);
	void (*close)(struct selfpage_share *share);
};

struct selfpage_share {
	const struct share_calls *calls;
	uint32_t page_bytes;
	struct container_share *local;
	int fd;
	pthread_mutex_t lock; /* one request at a time */
};

extern const struct container_calls container_local_calls;
extern const struct container_calls container_remote_calls;
extern const struct share_calls share_local_calls;
extern const struct share_calls share_remote_calls;

/* Says hello on share->fd. */
int share_remote_open(struct selfpage_share *share);
/* As connection_exchange. */
int share_remote_exchange(
	struct selfpage_share *share, struct socket_exchange *exchange);

/* 0: RANGE is whole pages of PAGE_BYTES; or -EINVAL. */
int selfpage_pages(const struct selfpage_range *range, uint32_t page_bytes,
	struct container_range *out);

#endif
