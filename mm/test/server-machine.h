/*
 * A server for tests, over the backend with real data: up to four tasks, each
 * with an address space whose first pages show a store of its own, and a
 * clock that stands still until it is told to go.
 */
#ifndef MM_TEST_SERVER_MACHINE_H
#define MM_TEST_SERVER_MACHINE_H

#include "mm/server-internal.h"
#include "mm/server-task-internal.h"
#include "mm/test/memory-store.h"
#include "mm/test/real-backend.h"

enum {
	SERVER_TASKS = 4,
	SERVER_PAGES = 64, /* of each task */
	SERVER_NOTICE = 10,
};

struct seat {
	struct as as;
	struct memory_store memory;
	struct store *store; /* &memory.store */
	struct server_task *task;
	struct control *control; /* the task's */
	struct server_machine *machine;
	/* what the last upcall said, and what it is to do */
	uint32_t told, calls;
	uint64_t deadline;
	bool obeys;	      /* returns what it is asked for at once */
	bool mute;	      /* has no upcall; before the task is made */
	enum fault_kind kind; /* of the last fault */
};

struct server_machine {
	struct real real;
	struct server *server;
	struct seat seats[SERVER_TASKS];
	struct as *space_list[SERVER_TASKS];
	uint64_t now;
};

int server_machine_create(uint32_t frames, struct server_machine **out);
/* Tasks and controls must be gone. */
void server_machine_destroy(struct server_machine *machine);

/* A task of CONTROL in seat SEAT. */
int seat_take(struct server_machine *machine, unsigned seat,
	struct control *control, uint32_t extra_max,
	const struct policy_ops *policy);
/* Its pages are thrown away. */
int seat_leave(struct server_machine *machine, unsigned seat);

int seat_read(struct server_machine *machine, unsigned seat, uint64_t page,
	unsigned word, uint64_t *value);
int seat_write(struct server_machine *machine, unsigned seat, uint64_t page,
	unsigned word, uint64_t value);
bool seat_has(struct server_machine *machine, unsigned seat, uint64_t page);

/* All invariants: the server's, each task's, and that no more frames than
 * are guaranteed are dirty or mapped for writing in the page table. */
const char *server_machine_check(struct server_machine *machine);

#endif
