//go:build !race && !explore

#include "textflag.h"

// func prefetch(base unsafe.Pointer, offs *uint64, n uint64)
TEXT ·prefetch(SB), NOSPLIT|NOFRAME, $0-24
	MOVD base+0(FP), R0
	MOVD offs+8(FP), R1
	MOVD n+16(FP), R2

next:
	MOVD.P 8(R1), R3
	ADD    R0, R3
	PRFM   (R3), PLDL1KEEP
	SUBS   $1, R2
	BNE    next
	RET

// func prefetchToWrite(a, b unsafe.Pointer)
TEXT ·prefetchToWrite(SB), NOSPLIT|NOFRAME, $0-16
	MOVD a+0(FP), R0
	MOVD b+8(FP), R1
	PRFM (R0), PSTL1KEEP
	PRFM (R1), PSTL1KEEP
	RET
