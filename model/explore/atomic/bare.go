//go:build !explore

package atomic

import "sync/atomic"

// Explored says whether the operations are steps.
const Explored = false

// The types of sync/atomic.
type (
	Bool           = atomic.Bool
	Int32          = atomic.Int32
	Int64          = atomic.Int64
	Uint32         = atomic.Uint32
	Uint64         = atomic.Uint64
	Uintptr        = atomic.Uintptr
	Pointer[T any] = atomic.Pointer[T]
)

// New is new(T), for objects that hold words and are allocated in the course of an operation: explored, they are at the same place in every execution.
func New[T any]() *T { return new(T) }

// Retry does nothing. Explored, it says that the calling operation is about to do again what it did since it began or last said so: it then waits
// until something that it read has changed.
func Retry() {}

// Hook is what a scheduler provides.
type Hook interface {
	Before(kind uint8, addr uint64)
	After(old, new uint64)
	Retry()
	Object(key any, alloc func() any) (object any, fresh bool)
}

// Enter does nothing: without the build tag explore nothing is reported.
func Enter(Hook) (leave func()) { return func() {} }
