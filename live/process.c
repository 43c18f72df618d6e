/* Where threads and processes begin: see process.h. */
#include <config.h>

#include "live/process.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "live/descriptors.h"
#include "live/front.h"
#include "live/heap.h"
#include "live/live.h"
#include "live/maps.h"
#include "live/names.h"
#include "mm/selfpage.h"

/* What the pager does at each fork, which the C library would do at another
 * time. */
static struct {
	void (*before)(void);
	void (*parent)(void);
	void (*child)(void);
} pager;

/* Of the pager's alone: the program's goes to the C library. */
int __wrap_pthread_atfork(
	void (*before)(void), void (*parent)(void), void (*child)(void));

int __wrap_pthread_atfork(
	void (*before)(void), void (*parent)(void), void (*child)(void))
{
	pager.before = before;
	pager.parent = parent;
	pager.child = child;
	return 0;
}

/*
 * The process whose memory this is: not the one that shares it until it
 * becomes another program (posix_spawn), whose faults are the same pager's.
 */
pid_t __wrap_getpid(void);
pid_t __real_getpid(void);

static pid_t process;

pid_t __wrap_getpid(void)
{
	return process ? process : __real_getpid();
}

int process_join(char *bounce)
{
	int error = selfpage_live_thread(live.pager);

	live_thread.bounce = bounce;
	live_thread.id = gettid();
	if (!process)
		process = live_thread.id;
	return error ? error : front_join();
}

bool process_is_guest(void)
{
	return live_thread.id != gettid();
}

/* The pager's stack for signals goes with its thread; but not before the last
 * system call of that, which comes after all destructors. */
static void (*end_stack)(void *);

int __wrap_pthread_key_create(pthread_key_t *key, void (*destroy)(void *));
int __real_pthread_key_create(pthread_key_t *key, void (*destroy)(void *));

int __wrap_pthread_key_create(pthread_key_t *key, void (*destroy)(void *))
{
	end_stack = destroy;
	return __real_pthread_key_create(key, NULL);
}

void process_end_thread(void)
{
	stack_t stack;

	bounce_free(live_thread.bounce);
	if (sigaltstack(NULL, &stack) == 0 && !(stack.ss_flags & SS_DISABLE))
		end_stack(stack.ss_sp);
}

void process_before_fork(void)
{
	heap_lock(live.heap);
	maps_lock();
	names_lock();
	pager.before();
}

void process_after_fork(bool child)
{
	if (child) {
		live_thread.id = process = __real_getpid();
		descriptors_begin();
		pager.child();
		descriptors_end();
		front_join();
		__atomic_fetch_add(
			&live.shared->figures.processes, 1, __ATOMIC_RELAXED);
	} else {
		pager.parent();
	}
	names_unlock();
	maps_unlock();
	heap_unlock(live.heap);
}

static bool is_variable(const char *text, const char *name)
{
	size_t bytes = strlen(name);

	return strncmp(text, name, bytes) == 0 && text[bytes] == '=';
}

void process_follow(struct front *front, char **environment, uint64_t count)
{
	char *preload = bounce_take(&front->bounce, 2 * LIVE_PATH_BYTES);
	char *settings = bounce_take(&front->bounce, LIVE_NAME_BYTES);
	uint64_t place = count;
	const char *old = "";

	if (preload == NULL || settings == NULL)
		return;
	for (uint64_t i = 0; i < count; i++)
		if (is_variable(environment[i], "LD_PRELOAD")) {
			old = environment[i] + sizeof("LD_PRELOAD=") - 1;
			place = i;
		}
	snprintf(preload, 2 * LIVE_PATH_BYTES, "LD_PRELOAD=%s%s%s",
		live.shared->library, old[0] != '\0' ? ":" : "", old);
	snprintf(settings, LIVE_NAME_BYTES, LIVE_VARIABLE "=%d",
		live.settings_fd);
	environment[place] = preload;
	environment[place == count ? count + 1 : count] = settings;
}
