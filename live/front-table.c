/* The system's calls that take pointers: see front-table.h. */
#include <config.h>

#include "live/front-table.h"

#include <stddef.h>
#include <sys/syscall.h>

#define IN(bytes)                                                              \
	{                                                                      \
		FRONT_IN, FRONT_FIXED, 0, bytes                                \
	}
#define IN_N(other, unit)                                                      \
	{                                                                      \
		FRONT_IN, FRONT_TIMES, other, unit                             \
	}
#define OUT(bytes)                                                             \
	{                                                                      \
		FRONT_INOUT, FRONT_FIXED, 0, bytes                             \
	}
#define OUT_N(other, unit)                                                     \
	{                                                                      \
		FRONT_INOUT, FRONT_TIMES, other, unit                          \
	}
#define OUT_AT(other)                                                          \
	{                                                                      \
		FRONT_INOUT, FRONT_AT, other, 1                                \
	}
#define BITS(other)                                                            \
	{                                                                      \
		FRONT_INOUT, FRONT_BITS, other, 1                              \
	}
#define RESULT(other, unit)                                                    \
	{                                                                      \
		FRONT_RESULT, FRONT_TIMES, other, unit                         \
	}
#define STRING                                                                 \
	{                                                                      \
		FRONT_STRING, FRONT_FIXED, 0, 0                                \
	}
#define MASK                                                                   \
	{                                                                      \
		FRONT_MASK, FRONT_FIXED, 0, 8                                  \
	}
#define READV                                                                  \
	{                                                                      \
		FRONT_READV, FRONT_FIXED, 0, 0                                 \
	}
#define WRITEV                                                                 \
	{                                                                      \
		FRONT_WRITEV, FRONT_FIXED, 0, 0                                \
	}
#define NO                                                                     \
	{                                                                      \
		FRONT_NUMBER, 0, 0, 0                                          \
	}
#define CALL(name, ...) [SYS_##name] = {.argument = {__VA_ARGS__}, .known = 1}

/* Bytes of what the system writes, as it has them. */
enum {
	INT = 4,
	OFFSET = 8,
	TIME = 16, /* struct timespec, struct timeval */
	STAT = 144,
	STATX = 256,
	STATFS = 120,
	USAGE = 144,
	SIGINFO = 128,
	SIGEVENT = 64,
	EPOLL = 12,
	POLL = 8,
	UTSNAME = 390,
	LIMIT = 16,
	SYSINFO = 112,
	TIMEX = 208,
};

static const struct front_call calls[] = {
	/* data */
	CALL(read, NO, RESULT(2, 1)),
	CALL(pread64, NO, RESULT(2, 1)),
	CALL(write, NO, IN_N(2, 1)),
	CALL(pwrite64, NO, IN_N(2, 1)),
	CALL(readv, NO, READV),
	CALL(preadv, NO, READV),
	CALL(preadv2, NO, READV),
	CALL(writev, NO, WRITEV),
	CALL(pwritev, NO, WRITEV),
	CALL(pwritev2, NO, WRITEV),
	CALL(sendfile, NO, NO, OUT(OFFSET)),
	CALL(splice, NO, OUT(OFFSET), NO, OUT(OFFSET)),
	CALL(copy_file_range, NO, OUT(OFFSET), NO, OUT(OFFSET)),
	CALL(getrandom, RESULT(1, 1)),
	CALL(getdents, NO, RESULT(2, 1)),
	CALL(getdents64, NO, RESULT(2, 1)),
	/* files by name */
	CALL(open, STRING),
	CALL(openat, NO, STRING),
	CALL(openat2, NO, STRING, IN_N(3, 1)),
	CALL(creat, STRING),
	CALL(stat, STRING, OUT(STAT)),
	CALL(lstat, STRING, OUT(STAT)),
	CALL(fstat, NO, OUT(STAT)),
	CALL(newfstatat, NO, STRING, OUT(STAT)),
	CALL(statx, NO, STRING, NO, NO, OUT(STATX)),
	CALL(statfs, STRING, OUT(STATFS)),
	CALL(fstatfs, NO, OUT(STATFS)),
	CALL(access, STRING),
	CALL(faccessat, NO, STRING),
	CALL(faccessat2, NO, STRING),
	CALL(truncate, STRING),
	CALL(chdir, STRING),
	CALL(chroot, STRING),
	CALL(getcwd, RESULT(1, 1)),
	CALL(rename, STRING, STRING),
	CALL(renameat, NO, STRING, NO, STRING),
	CALL(renameat2, NO, STRING, NO, STRING),
	CALL(mkdir, STRING),
	CALL(mkdirat, NO, STRING),
	CALL(rmdir, STRING),
	CALL(mknod, STRING),
	CALL(mknodat, NO, STRING),
	CALL(link, STRING, STRING),
	CALL(linkat, NO, STRING, NO, STRING),
	CALL(symlink, STRING, STRING),
	CALL(symlinkat, STRING, NO, STRING),
	CALL(readlink, STRING, RESULT(2, 1)),
	CALL(readlinkat, NO, STRING, RESULT(3, 1)),
	CALL(unlink, STRING),
	CALL(unlinkat, NO, STRING),
	CALL(chmod, STRING),
	CALL(fchmodat, NO, STRING),
	CALL(chown, STRING),
	CALL(lchown, STRING),
	CALL(fchownat, NO, STRING),
	CALL(utime, STRING, IN(16)),
	CALL(utimes, STRING, IN(2 * TIME)),
	CALL(futimesat, NO, STRING, IN(2 * TIME)),
	CALL(utimensat, NO, STRING, IN(2 * TIME)),
	CALL(memfd_create, STRING),
	CALL(inotify_add_watch, NO, STRING),
	CALL(setxattr, STRING, STRING, IN_N(3, 1)),
	CALL(lsetxattr, STRING, STRING, IN_N(3, 1)),
	CALL(fsetxattr, NO, STRING, IN_N(3, 1)),
	CALL(getxattr, STRING, STRING, RESULT(3, 1)),
	CALL(lgetxattr, STRING, STRING, RESULT(3, 1)),
	CALL(fgetxattr, NO, STRING, RESULT(3, 1)),
	CALL(listxattr, STRING, RESULT(2, 1)),
	CALL(llistxattr, STRING, RESULT(2, 1)),
	CALL(flistxattr, NO, RESULT(2, 1)),
	CALL(removexattr, STRING, STRING),
	CALL(lremovexattr, STRING, STRING),
	CALL(fremovexattr, NO, STRING),
	/* waiting for files */
	CALL(poll, OUT_N(1, POLL)),
	CALL(ppoll, OUT_N(1, POLL), NO, OUT(TIME), MASK),
	CALL(select, NO, BITS(0), BITS(0), BITS(0), OUT(TIME)),
	/* without the mask, which is in a struct: front-special.c */
	CALL(pselect6, NO, BITS(0), BITS(0), BITS(0), OUT(TIME), NO),
	CALL(epoll_ctl, NO, NO, NO, IN(EPOLL)),
	CALL(epoll_wait, NO, RESULT(2, EPOLL)),
	CALL(epoll_pwait, NO, RESULT(2, EPOLL), NO, NO, MASK),
	CALL(epoll_pwait2, NO, RESULT(2, EPOLL), NO, IN(TIME), MASK),
	/* pipes and sockets */
	CALL(pipe, OUT(2 * INT)),
	CALL(pipe2, OUT(2 * INT)),
	CALL(socketpair, NO, NO, NO, OUT(2 * INT)),
	CALL(connect, NO, IN_N(2, 1)),
	CALL(bind, NO, IN_N(2, 1)),
	CALL(accept, NO, OUT_AT(2), OUT(INT)),
	CALL(accept4, NO, OUT_AT(2), OUT(INT)),
	CALL(getsockname, NO, OUT_AT(2), OUT(INT)),
	CALL(getpeername, NO, OUT_AT(2), OUT(INT)),
	CALL(sendto, NO, IN_N(2, 1), NO, NO, IN_N(5, 1)),
	CALL(recvfrom, NO, RESULT(2, 1), NO, NO, OUT_AT(5), OUT(INT)),
	CALL(setsockopt, NO, NO, NO, IN_N(4, 1)),
	CALL(getsockopt, NO, NO, NO, OUT_AT(4), OUT(INT)),
	/* processes */
	CALL(wait4, NO, OUT(INT), NO, OUT(USAGE)),
	CALL(waitid, NO, NO, OUT(SIGINFO), NO, OUT(USAGE)),
	CALL(uname, OUT(UTSNAME)),
	CALL(sethostname, IN_N(1, 1)),
	CALL(getrlimit, NO, OUT(LIMIT)),
	CALL(setrlimit, NO, IN(LIMIT)),
	CALL(prlimit64, NO, NO, IN(LIMIT), OUT(LIMIT)),
	CALL(getrusage, NO, OUT(USAGE)),
	CALL(sysinfo, OUT(SYSINFO)),
	CALL(times, OUT(32)),
	CALL(getgroups, OUT_N(0, INT)),
	CALL(setgroups, NO, IN_N(0, INT)),
	CALL(getresuid, OUT(INT), OUT(INT), OUT(INT)),
	CALL(getresgid, OUT(INT), OUT(INT), OUT(INT)),
	CALL(capget, OUT(8), OUT(24)),
	CALL(capset, IN(8), IN(24)),
	CALL(sched_setparam, NO, IN(INT)),
	CALL(sched_getparam, NO, OUT(INT)),
	CALL(sched_setscheduler, NO, NO, IN(INT)),
	CALL(sched_rr_get_interval, NO, OUT(TIME)),
	CALL(sched_setaffinity, NO, NO, IN_N(1, 1)),
	CALL(sched_getaffinity, NO, NO, RESULT(1, 1)),
	CALL(sched_getattr, NO, OUT_N(2, 1)),
	CALL(getcpu, OUT(INT), OUT(INT)),
	/* signals */
	CALL(rt_sigpending, OUT(8)),
	CALL(rt_sigtimedwait, IN(8), OUT(SIGINFO), IN(TIME)),
	CALL(rt_sigqueueinfo, NO, NO, IN(SIGINFO)),
	CALL(rt_tgsigqueueinfo, NO, NO, NO, IN(SIGINFO)),
	CALL(rt_sigsuspend, MASK),
	CALL(signalfd, NO, IN(8)),
	CALL(signalfd4, NO, IN(8)),
	/* time */
	CALL(time, OUT(8)),
	CALL(gettimeofday, OUT(TIME), OUT(8)),
	CALL(settimeofday, IN(TIME), IN(8)),
	CALL(nanosleep, IN(TIME), OUT(TIME)),
	CALL(clock_gettime, NO, OUT(TIME)),
	CALL(clock_getres, NO, OUT(TIME)),
	CALL(clock_settime, NO, IN(TIME)),
	CALL(clock_adjtime, NO, OUT(TIMEX)),
	CALL(adjtimex, OUT(TIMEX)),
	CALL(clock_nanosleep, NO, NO, IN(TIME), OUT(TIME)),
	CALL(getitimer, NO, OUT(2 * TIME)),
	CALL(setitimer, NO, IN(2 * TIME), OUT(2 * TIME)),
	CALL(timer_create, NO, IN(SIGEVENT), OUT(INT)),
	CALL(timer_settime, NO, NO, IN(2 * TIME), OUT(2 * TIME)),
	CALL(timer_gettime, NO, OUT(2 * TIME)),
	CALL(timerfd_settime, NO, NO, IN(2 * TIME), OUT(2 * TIME)),
	CALL(timerfd_gettime, NO, OUT(2 * TIME)),
	/* System V */
	CALL(semop, NO, IN_N(2, 6)),
	CALL(semtimedop, NO, IN_N(2, 6), NO, IN(TIME)),
	CALL(shmctl, NO, NO, OUT(112)),
	CALL(msgctl, NO, NO, OUT(120)),
	/* Addresses that are but numbers here. */
	CALL(brk, NO),
	CALL(futex, NO),
	CALL(mmap, NO),
	CALL(clone, NO),
	CALL(shmat, NO),
	CALL(shmdt, NO),
	CALL(msync, NO),
	CALL(set_tid_address, NO),
	CALL(set_robust_list, NO),
	CALL(rseq, NO),
	CALL(exit_group, NO),
	CALL(kill, NO),
	CALL(tgkill, NO),
	CALL(lseek, NO),
};

const struct front_call *front_find_call(long number)
{
	static const struct front_call unknown;

	if (number < 0 || (size_t)number >= sizeof(calls) / sizeof(calls[0]))
		return &unknown;
	return &calls[number];
}
