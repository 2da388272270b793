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
