/*
 * The few instructions from which system calls are never looked at.
 *
 * A call of the program's that the front has looked at goes on here, on the
 * program's own stack, as if it had been made where it was: signals, restarts
 * and unwinding work as ever.  The front leaves beyond the red zone where to
 * go on:
 *
 *     program's stack pointer  ->  |            |
 *                                  | 128 bytes  |
 *     stack pointer in the gate -> | where to go on in the program
 */
#ifndef LIVE_GATE_H
#define LIVE_GATE_H

#include <stdint.h>

enum { GATE_RED_ZONE = 128, GATE_FRAME = GATE_RED_ZONE + 8 };

/* Makes the call in the registers and goes on in the program. */
extern const char live_gate[];

/* The same for one after which a second thread goes on there, on a stack of
 * its own with a frame like that; what lies 8 bytes above where to go on is
 * handed to live_gate_child first. */
extern const char live_gate_clone[];

void live_gate_child(uint64_t word);

/* Where signal handlers return to. */
extern const char live_gate_return[];

/* From where to where. */
extern const char live_gate_start[], live_gate_end[];

#endif
