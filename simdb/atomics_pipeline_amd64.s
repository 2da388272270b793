//go:build !race && !explore

#include "textflag.h"

#define ARGS \
	MOVQ to+0(FP), DI; \
	MOVQ from+8(FP), SI; \
	MOVQ lines+16(FP), CX; \
	MOVQ ahead+24(FP), DX

// COPY copies the next line. The flags say whether it was the last.
#define COPY \
	MOVOU (SI), X0; \
	MOVOU 16(SI), X1; \
	MOVOU 32(SI), X2; \
	MOVOU 48(SI), X3; \
	MOVOU X0, (DI); \
	MOVOU X1, 16(DI); \
	MOVOU X2, 32(DI); \
	MOVOU X3, 48(DI); \
	ADDQ  $64, SI; \
	ADDQ  $64, DI; \
	ADDQ  $64, DX; \
	DECQ  CX

// func readLines(to, from unsafe.Pointer, lines uint64, ahead unsafe.Pointer)
TEXT ·readLines(SB), NOSPLIT, $0-32
	ARGS

line:
	PREFETCHT0 (DX)
	COPY
	JNZ line
	RET

// func writeLines(to, from unsafe.Pointer, lines uint64, ahead unsafe.Pointer)
TEXT ·writeLines(SB), NOSPLIT, $0-32
	ARGS

line:
	BYTE $0x0f; BYTE $0x0d; BYTE $0x0a // PREFETCHW (DX)
	COPY
	JNZ line
	RET
