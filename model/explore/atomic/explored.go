//go:build explore

package atomic

import (
	"sync/atomic"
	"unsafe"
)

// Explored says whether the operations are steps.
const Explored = true

// Hook is what a scheduler provides.
type Hook interface {
	// Before announces a step on a word; After reports it.
	Before(kind uint8, addr uint64)
	After(old, new uint64)
	Retry()
	// Object returns the next object of a kind for the current process, which alloc makes when there is none from an earlier execution.
	Object(key any, alloc func() any) (object any, fresh bool)
}

// hook is the scheduler that explores, nil if none does. Words must not be used outside of its scenario meanwhile.
var hook Hook

// Enter makes h the scheduler. The caller sees to it that there is one at a time.
func Enter(h Hook) (leave func()) {
	previous := hook
	hook = h
	return func() { hook = previous }
}

// The kinds of steps, as in package explore.
const (
	load uint8 = iota
	store
	cas
	add
	and
	or
	swap
)

// New is new(T), for objects that hold words and are allocated in the course of an operation: they are at the same place in every execution.
func New[T any]() *T {
	if hook == nil {
		return new(T)
	}
	type key struct{ _ *T }
	object, fresh := hook.Object(key{}, func() any { return new(T) })
	p := object.(*T)
	if !fresh {
		var zero T
		*p = zero
	}
	return p
}

// Retry says that the calling operation is about to do again what it did since it began or last said so: it then waits until something that it read has
// changed.
func Retry() {
	if hook != nil {
		hook.Retry()
	}
}

// integer is a number that sync/atomic has functions for, as 64 bits.
type integer interface {
	~int32 | ~int64 | ~uint32 | ~uint64 | ~uintptr
}

// word is a word of an integer type. Its steps are the only code that runs between Before and After, so plain memory would do while a scheduler explores;
// it is atomic for when none does.
type word[T integer] struct{ v atomic.Uint64 }

func (w *word[T]) addr() uint64 { return uint64(uintptr(unsafe.Pointer(w))) }

func (w *word[T]) get() T { return T(w.v.Load()) }

// bits is x as a word holds it.
func bits[T integer](x T) uint64 { return uint64(x) }

// update is a step that replaces the value by what f makes of it.
func (w *word[T]) update(kind uint8, f func(T) T) (old, new T) {
	if hook != nil {
		hook.Before(kind, w.addr())
	}
	for {
		was := w.v.Load()
		old, new = T(was), f(T(was))
		if w.v.CompareAndSwap(was, bits(new)) {
			break
		}
	}
	if hook != nil {
		hook.After(bits(old), bits(new))
	}
	return old, new
}

// Load is atomic.Uint64.Load, and so on.
func (w *word[T]) Load() T {
	if hook == nil {
		return w.get()
	}
	hook.Before(load, w.addr())
	v := w.get()
	hook.After(bits(v), bits(v))
	return v
}

func (w *word[T]) Store(v T) { w.update(store, func(T) T { return v }) }

func (w *word[T]) Swap(v T) T {
	old, _ := w.update(swap, func(T) T { return v })
	return old
}

func (w *word[T]) CompareAndSwap(old, new T) bool {
	was, _ := w.update(cas, func(v T) T {
		if v == old {
			return new
		}
		return v
	})
	return was == old
}

func (w *word[T]) Add(d T) T {
	_, v := w.update(add, func(v T) T { return v + d })
	return v
}

func (w *word[T]) And(mask T) T {
	old, _ := w.update(and, func(v T) T { return v & mask })
	return old
}

func (w *word[T]) Or(mask T) T {
	old, _ := w.update(or, func(v T) T { return v | mask })
	return old
}

// The types of sync/atomic, each operation a step.
type (
	Int32   struct{ word[int32] }
	Int64   struct{ word[int64] }
	Uint32  struct{ word[uint32] }
	Uint64  struct{ word[uint64] }
	Uintptr struct{ word[uintptr] }
)

// Bool is atomic.Bool, each operation a step.
type Bool struct{ w word[uint32] }

func number(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}

func (x *Bool) Load() bool       { return x.w.Load() != 0 }
func (x *Bool) Store(v bool)     { x.w.Store(number(v)) }
func (x *Bool) Swap(v bool) bool { return x.w.Swap(number(v)) != 0 }
func (x *Bool) CompareAndSwap(old, new bool) bool {
	return x.w.CompareAndSwap(number(old), number(new))
}

// Pointer is atomic.Pointer, each operation a step.
type Pointer[T any] struct{ v unsafe.Pointer }

func (x *Pointer[T]) addr() uint64 { return uint64(uintptr(unsafe.Pointer(x))) }

func name(p unsafe.Pointer) uint64 { return uint64(uintptr(p)) }

func (x *Pointer[T]) Load() *T {
	if hook == nil {
		return (*T)(atomic.LoadPointer(&x.v))
	}
	hook.Before(load, x.addr())
	p := atomic.LoadPointer(&x.v)
	hook.After(name(p), name(p))
	return (*T)(p)
}

func (x *Pointer[T]) Store(p *T) { x.swap(store, p) }

func (x *Pointer[T]) Swap(p *T) *T { return x.swap(swap, p) }

func (x *Pointer[T]) swap(kind uint8, p *T) *T {
	if hook == nil {
		return (*T)(atomic.SwapPointer(&x.v, unsafe.Pointer(p)))
	}
	hook.Before(kind, x.addr())
	was := atomic.SwapPointer(&x.v, unsafe.Pointer(p))
	hook.After(name(was), name(unsafe.Pointer(p)))
	return (*T)(was)
}

func (x *Pointer[T]) CompareAndSwap(old, new *T) bool {
	if hook == nil {
		return atomic.CompareAndSwapPointer(&x.v, unsafe.Pointer(old), unsafe.Pointer(new))
	}
	hook.Before(cas, x.addr())
	was := atomic.LoadPointer(&x.v)
	swapped := atomic.CompareAndSwapPointer(&x.v, unsafe.Pointer(old), unsafe.Pointer(new))
	hook.After(name(was), name(atomic.LoadPointer(&x.v)))
	return swapped
}
