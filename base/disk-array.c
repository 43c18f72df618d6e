/* Arrays that may become larger than memory.  See disk-array.h. */
#include <config.h>

#include "base/disk-array.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"

#define IN_MEMORY ((size_t)1 << 20)

static int begin_in_memory(struct disk_array *array)
{
	void *data = mmap(NULL, IN_MEMORY, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (data == MAP_FAILED)
		return -ENOMEM;
	*array = (struct disk_array){.data = data, .bytes = IN_MEMORY};
	return 0;
}

/* What is in memory goes to a file of ROOM bytes. */
static int begin_file(struct disk_array *array, size_t room)
{
	void *data;
	int fd, error = file_open_nameless(file_temporary_folder(), &fd);

	if (error)
		return error;
	/* a hole that can't be filled would be a signal, when it is too late */
	error = -posix_fallocate(fd, 0, (off_t)room);
	data = error ? MAP_FAILED
		     : mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			       0);
	if (data == MAP_FAILED) {
		close(fd);
		return error ? error : -ENOMEM;
	}
	memcpy(data, array->data, array->bytes);
	munmap(array->data, array->bytes);
	*array = (struct disk_array){.data = data, .bytes = room, .fd = fd};
	return 0;
}

static int grow_file(struct disk_array *array, size_t room)
{
	int error = -posix_fallocate(array->fd, 0, (off_t)room);
	void *data;

	if (error)
		return error;
	data = mremap(array->data, array->bytes, room, MREMAP_MAYMOVE);
	if (data == MAP_FAILED)
		return -ENOMEM;
	array->data = data;
	array->bytes = room;
	return 0;
}

static int grow(struct disk_array *array, size_t bytes)
{
	size_t room;
	int error = array->bytes ? 0 : begin_in_memory(array);

	if (error || bytes <= array->bytes)
		return error;
	room = array->bytes + array->bytes / 2;
	room = (room < bytes ? bytes : room) + IN_MEMORY - 1;
	room -= room % IN_MEMORY;
	return array->bytes == IN_MEMORY ? begin_file(array, room)
					 : grow_file(array, room);
}

int disk_array_grow(
	struct disk_array *array, size_t bytes, struct message *message)
{
	int error = bytes > array->bytes ? grow(array, bytes) : 0;

	if (error == -ENOMEM)
		return message_set(message, error, "too little memory");
	if (error)
		return message_set(message, error, "%s: %s",
			file_temporary_folder(), strerror(-error));
	return 0;
}

void disk_array_free(struct disk_array *array)
{
	if (array->bytes)
		munmap(array->data, array->bytes);
	if (array->bytes > IN_MEMORY)
		close(array->fd);
	*array = (struct disk_array){0};
}
