#include "textflag.h"

// func faultHandler() uintptr
TEXT ·faultHandler(SB), NOSPLIT, $0-8
	MOVD $·onFault(SB), R0
	MOVD R0, ret+0(FP)
	RET

// func onFault()
// Called by the kernel: R0 signal, R1 its siginfo (code at 8, address at 16), R2 the context. The kernel restores all registers when it returns.
TEXT ·onFault(SB), NOSPLIT|NOFRAME, $0-0
	MOVW 8(R1), R9
	CMPW $0, R9
	BLE  other           // sent by somebody
	MOVD 16(R1), R9
	MOVD ·mapped(SB), R10
	CBZ  R10, other

next:
	MOVD 0(R10), R11     // first
	CBZ  R11, other
	MOVD 8(R10), R12     // end
	ADD  $16, R10
	CMP  R11, R9
	BLO  next
	CMP  R12, R9
	BHS  next

	// mmap(first, end-first, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS|MAP_NORESERVE, -1, 0)
	MOVD R0, R13
	MOVD R1, R14
	MOVD R2, R15
	MOVD R11, R0
	SUB  R11, R12, R1
	MOVD $3, R2
	MOVD $0x4032, R3
	MOVD $-1, R4
	MOVD $0, R5
	MOVD $222, R8
	SVC
	CMP  R11, R0
	BNE  refused
	RET

refused:
	MOVD R13, R0
	MOVD R14, R1
	MOVD R15, R2

other:
	MOVD ·previousHandler(SB), R9
	JMP  (R9)
