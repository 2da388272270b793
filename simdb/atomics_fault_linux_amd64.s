#include "textflag.h"

// func faultHandler() uintptr
TEXT ·faultHandler(SB), NOSPLIT, $0-8
	LEAQ ·onFault(SB), AX
	MOVQ AX, ret+0(FP)
	RET

// func onFault()
// Called by the kernel: DI signal, SI its siginfo (code at 8, address at 16), DX the context. The kernel restores all registers when it returns.
TEXT ·onFault(SB), NOSPLIT|NOFRAME, $0-0
	CMPL 8(SI), $0
	JLE  other           // sent by somebody
	MOVQ 16(SI), R9
	MOVQ ·mapped(SB), R8
	TESTQ R8, R8
	JZ   other

next:
	MOVQ 0(R8), R12      // first
	TESTQ R12, R12
	JZ   other
	MOVQ 8(R8), R13      // end
	ADDQ $16, R8
	CMPQ R9, R12
	JCS  next
	CMPQ R9, R13
	JCC  next

	// mmap(first, end-first, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS|MAP_NORESERVE, -1, 0)
	MOVQ DI, R14
	MOVQ SI, R15
	MOVQ DX, BX
	MOVQ R12, DI
	MOVQ R13, SI
	SUBQ R12, SI
	MOVL $3, DX
	MOVL $0x4032, R10
	MOVQ $-1, R8
	XORL R9, R9
	MOVL $9, AX
	SYSCALL
	CMPQ AX, R12
	JNE  refused
	RET

refused:
	MOVQ R14, DI
	MOVQ R15, SI
	MOVQ BX, DX

other:
	MOVQ ·previousHandler(SB), AX
	JMP  AX
