//go:build !race && !explore

#include "textflag.h"

// func prefetch(base unsafe.Pointer, offs *uint64, n uint64)
TEXT ·prefetch(SB), NOSPLIT, $0-24
	MOVQ base+0(FP), DI
	MOVQ offs+8(FP), SI
	MOVQ n+16(FP), CX

next:
	MOVQ        (SI), AX
	PREFETCHT0  (DI)(AX*1)
	ADDQ        $8, SI
	DECQ        CX
	JNZ         next
	RET

// func prefetchToWrite(a, b unsafe.Pointer)
TEXT ·prefetchToWrite(SB), NOSPLIT, $0-16
	MOVQ a+0(FP), AX
	MOVQ b+8(FP), BX
	BYTE $0x0f; BYTE $0x0d; BYTE $0x08 // PREFETCHW (AX)
	BYTE $0x0f; BYTE $0x0d; BYTE $0x0b // PREFETCHW (BX)
	RET
