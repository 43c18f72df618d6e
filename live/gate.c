/*
 * Where system calls go on: see gate.h.
 *
 * What live_gate_return does is written just so: by these bytes unwinders and
 * debuggers know a signal handler's frame.
 *
 * A process that has shared the caller's memory until it became another
 * program has left it as it was in that call: inside.  So the caller is put
 * outside again.
 */
#include <config.h>

#include "live/gate.h"

#include <stddef.h>

#include "live/live.h"

_Static_assert(offsetof(struct live_thread, selector) == 0 &&
		       offsetof(struct live_thread, inside) == 4 &&
		       LIVE_BLOCK == 1,
	"as live_gate_clone has them");

__asm__(".text\n"
	".globl live_gate_start, live_gate_end, live_gate, live_gate_clone\n"
	".globl live_gate_return\n"
	".hidden live_gate_start, live_gate_end, live_gate, live_gate_clone\n"
	".hidden live_gate_return\n"
	".balign 64\n"
	"live_gate_start:\n"
	"	nop\n"
	"live_gate_return:\n"
	"	mov $15, %rax\n"
	"	syscall\n"
	".type live_gate, @function\n"
	"live_gate:\n"
	"	.cfi_startproc\n"
	"	.cfi_def_cfa rsp, 136\n"
	"	.cfi_offset rip, -136\n"
	"	syscall\n"
	"	ret $128\n"
	"	.cfi_endproc\n"
	".size live_gate, . - live_gate\n"
	".type live_gate_clone, @function\n"
	"live_gate_clone:\n"
	"	.cfi_startproc\n"
	"	.cfi_def_cfa rsp, 136\n"
	"	.cfi_offset rip, -136\n"
	"	syscall\n"
	"	test %rax, %rax\n"
	"	jz 1f\n"
	"	mov live_thread@gottpoff(%rip), %rcx\n"
	"	movl $0, %fs:4(%rcx)\n"
	"	movb $1, %fs:(%rcx)\n"
	"	ret $128\n"
	"1:	mov 8(%rsp), %rcx\n"
	"	push %rax\n"
	"	push %rdi\n"
	"	push %rsi\n"
	"	push %rdx\n"
	"	push %r8\n"
	"	push %r9\n"
	"	push %r10\n"
	"	push %rbp\n"
	"	mov %rsp, %rbp\n"
	"	and $-16, %rsp\n"
	"	mov %rcx, %rdi\n"
	"	call live_gate_child\n"
	"	mov %rbp, %rsp\n"
	"	pop %rbp\n"
	"	pop %r10\n"
	"	pop %r9\n"
	"	pop %r8\n"
	"	pop %rdx\n"
	"	pop %rsi\n"
	"	pop %rdi\n"
	"	pop %rax\n"
	"	ret $128\n"
	"	.cfi_endproc\n"
	".size live_gate_clone, . - live_gate_clone\n"
	"live_gate_end:\n");
