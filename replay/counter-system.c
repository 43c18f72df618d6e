/* The perf layer that is the system: each function is one system call. */
#include <config.h>

#include "replay/counter-pmu.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#ifdef __x86_64__
#include <cpuid.h>
#endif

static int system_open(
	void *context, struct perf_event_attr *attributes, int group)
{
	long descriptor = syscall(SYS_perf_event_open, attributes, 0, -1, group,
		PERF_FLAG_FD_CLOEXEC);

	(void)context;
	return descriptor < 0 ? -errno : (int)descriptor;
}

static size_t page_bytes(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static void *system_map(void *context, int descriptor)
{
	void *page =
		mmap(NULL, page_bytes(), PROT_READ, MAP_SHARED, descriptor, 0);

	(void)context;
	return page == MAP_FAILED ? NULL : page;
}

static void system_unmap(void *context, void *page)
{
	(void)context;
	munmap(page, page_bytes());
}

static ssize_t system_read(
	void *context, int descriptor, void *buffer, size_t bytes)
{
	ssize_t got = read(descriptor, buffer, bytes);

	(void)context;
	return got < 0 ? -errno : got;
}

static int system_control(void *context, int descriptor, unsigned long request)
{
	(void)context;
	return ioctl(descriptor, request, 0) < 0 ? -errno : 0;
}

static void system_close(void *context, int descriptor)
{
	(void)context;
	close(descriptor);
}

/* Not used: the system's own is read by an inlined instruction. */
static uint64_t system_rdpmc(void *context, uint32_t index)
{
	(void)context;
	(void)index;
	return 0;
}

static int system_tsc(void *context)
{
#ifdef __x86_64__
	const unsigned rdtscp = 1u << 27, invariant = 1u << 8;
	unsigned a, b, c, d;

	(void)context;
	if (!__get_cpuid(0x80000001, &a, &b, &c, &d) || !(d & rdtscp))
		return -ENOENT;
	if (!__get_cpuid(0x80000007, &a, &b, &c, &d) || !(d & invariant))
		return -EOPNOTSUPP;
	return 0;
#else
	(void)context;
	return -ENOENT;
#endif
}

const struct perf_layer perf_layer_system = {
	.open = system_open,
	.map = system_map,
	.unmap = system_unmap,
	.read = system_read,
	.control = system_control,
	.close = system_close,
	.rdpmc = system_rdpmc,
	.tsc = system_tsc,
};
