package simdb

import (
	"encoding"
	"encoding/binary"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/zeebo/xxh3"
)

// typeInfo is how values of a Go type are stored.
//
// A type of fixed size is one of bool, the sized and unsized integers, the floating-point and complex numbers, and arrays and structs of these. It is stored as its
// bytes, which are little-endian; padding, and fields named _, are zeros. Any other type is stored as what its method AppendBinary makes of it.
//
// The fingerprint tells layouts apart: xxh3 (64 bits, seed 0) of the description, which for a type of fixed size is
//
//	bool  int8 … uint64  float32  float64  complex64  complex128      int and uint count as int64 and uint64
//	[n]E                                                              E is the description of an element
//	{Name T offset;Name T offset;…}size                               T is the description of a field; fields named _ are left out
//
// so that fields that changed their name, type or place make another type, but the name of the type and of the types of its fields do not. For any other type it is
// "encoded " and the type's package path and name.
type typeInfo struct {
	name        string // for people
	description string
	fingerprint uint64
	size        uint64 // bytes; 0: encoded by methods of its own
	padded      bool
	mask        []byte // the bits that a byte may have: none in padding, the lowest in a bool; nil if there is neither
}

// encoded says whether the type is stored by its methods.
func (t *typeInfo) encoded() bool { return t.size == 0 }

// types are those that were looked at: reflect.Type to *typeInfo.
var types sync.Map

// typeOf looks at T once. It fails with a *FieldError if values of T can not be stored.
func typeOf[T any]() (*typeInfo, error) {
	t := reflect.TypeFor[T]()
	if known, ok := types.Load(t); ok {
		return known.(*typeInfo), nil
	}
	made, err := newType(t)
	if err != nil {
		return nil, err
	}
	known, _ := types.LoadOrStore(t, made)
	return known.(*typeInfo), nil
}

func newType(t reflect.Type) (*typeInfo, error) {
	name := t.Name()
	if name == "" {
		name = t.String()
	}
	d := describer{mask: make([]byte, t.Size())}
	err := d.describe(t, 0, name)
	if err == nil && t.Size() == 0 {
		err = &FieldError{name, "has no bytes"}
	}
	if err == nil && binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		err = &FieldError{name, "types of fixed size need a little-endian machine"}
	}
	if err == nil {
		return d.info(t, name), nil
	}
	const methods = "AppendBinary and UnmarshalBinary"
	if t.Kind() == reflect.Pointer || t.Kind() == reflect.Interface {
		return nil, &FieldError{name, fmt.Sprintf("%v is stored by its value: use the type that it points to", t)}
	}
	to, from := reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.BinaryAppender]()), reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.BinaryUnmarshaler]())
	if to && from {
		description := "encoded " + t.PkgPath() + "." + t.Name()
		return &typeInfo{name: name, description: description, fingerprint: xxh3.HashString(description)}, nil
	}
	field := err.(*FieldError)
	if to || from {
		field.What += "; the type has only one of the methods " + methods
	} else {
		field.What += "; give the type the methods " + methods
	}
	return nil, field
}

// describer describes a type of fixed size.
type describer struct {
	text strings.Builder
	mask []byte
}

func (d *describer) info(t reflect.Type, name string) *typeInfo {
	info := &typeInfo{name: name, description: d.text.String(), size: uint64(t.Size())}
	info.fingerprint = xxh3.HashString(info.description)
	for _, m := range d.mask {
		info.padded = info.padded || m == 0
		if m != 0xff {
			info.mask = d.mask
		}
	}
	return info
}

// describe adds type t, whose value begins at byte at, and which people know as path.
func (d *describer) describe(t reflect.Type, at uintptr, path string) error {
	switch t.Kind() {
	case reflect.Bool:
		d.text.WriteString("bool")
		d.mask[at] = 1
		return nil
	case reflect.Int, reflect.Uint:
		d.number(t.Kind().String()+"64", t, at)
		return nil
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64,
		reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128:
		d.number(t.Kind().String(), t, at)
		return nil
	case reflect.Array:
		return d.array(t, at, path)
	case reflect.Struct:
		return d.structure(t, at, path)
	case reflect.Pointer, reflect.UnsafePointer, reflect.Uintptr:
		return &FieldError{path, fmt.Sprintf("%v: an address means nothing to another process", t)}
	}
	return &FieldError{path, fmt.Sprintf("%v is not of fixed size", t)}
}

func (d *describer) number(name string, t reflect.Type, at uintptr) {
	d.text.WriteString(name)
	for i := range t.Size() {
		d.mask[at+i] = 0xff
	}
}

// array describes an array by its first element; the others have the same mask.
func (d *describer) array(t reflect.Type, at uintptr, path string) error {
	fmt.Fprintf(&d.text, "[%d]", t.Len())
	if t.Size() == 0 {
		return nil
	}
	size := t.Elem().Size()
	if err := d.describe(t.Elem(), at, path+"[0]"); err != nil {
		return err
	}
	for i := 1; i < t.Len(); i++ {
		copy(d.mask[at+uintptr(i)*size:], d.mask[at:at+size])
	}
	return nil
}

func (d *describer) structure(t reflect.Type, at uintptr, path string) error {
	d.text.WriteByte('{')
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Name == "_" {
			continue
		}
		d.text.WriteString(f.Name + " ")
		if err := d.describe(f.Type, at+f.Offset, path+"."+f.Name); err != nil {
			return err
		}
		fmt.Fprintf(&d.text, " %d;", f.Offset)
	}
	fmt.Fprintf(&d.text, "}%d", t.Size())
	return nil
}

// clean makes the padding of values in b zeros: what a Go program leaves there is anything.
func (t *typeInfo) clean(b []byte) {
	if !t.padded {
		return
	}
	for ; len(b) > 0; b = b[t.size:] {
		v, mask := b[:t.size], t.mask[:t.size]
		for ; len(v) >= 8 && len(mask) >= 8; v, mask = v[8:], mask[8:] {
			binary.NativeEndian.PutUint64(v, binary.NativeEndian.Uint64(v)&binary.NativeEndian.Uint64(mask))
		}
		for i := range v {
			v[i] &= mask[i]
		}
	}
}

// valid says whether the bytes are those of values: no bool is anything but 0 or 1, and padding is zeros.
func (t *typeInfo) valid(b []byte) bool {
	if t.mask == nil {
		return true
	}
	for ; len(b) > 0; b = b[t.size:] {
		v, mask := b[:t.size], t.mask[:t.size]
		for ; len(v) >= 8 && len(mask) >= 8; v, mask = v[8:], mask[8:] {
			if binary.NativeEndian.Uint64(v)&^binary.NativeEndian.Uint64(mask) != 0 {
				return false
			}
		}
		for i := range v {
			if v[i]&^mask[i] != 0 {
				return false
			}
		}
	}
	return true
}
