package simdb

import "unsafe"

// Private Go values as bytes. They are of types without pointers (typeInfo), or nothing is read of them.

// bytesOf is the memory of *v.
func bytesOf[T any](v *T) []byte { return unsafe.Slice((*byte)(unsafe.Pointer(v)), unsafe.Sizeof(*v)) }

// bytesOfAll is the memory of the elements of s.
func bytesOfAll[T any](s []T) []byte {
	var v T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), uintptr(len(s))*unsafe.Sizeof(v))
}
