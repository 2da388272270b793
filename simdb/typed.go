package simdb

import (
	"encoding"
	"encoding/binary"
	"fmt"
)

// Typed is a view of a store through which values of one Go type are put and got, one per key. Other keys may hold other types.
//
// A type of fixed size without pointers is stored as its bytes: booleans, numbers, and arrays and structs of them. Nothing is allocated for it. Other types must be an
// encoding.BinaryAppender and encoding.BinaryUnmarshaler, such as time.Time.
//
// A typed value is a value, and can be read as the bytes that it is:
//
//	offset 0   fingerprint of the type, 8 bytes, little-endian
//	       8   the value: little-endian numbers at the offsets of Go's layout, padding zeros; or what AppendBinary made
//
// The fingerprint is xxh3 (64 bits) of the text that Description gives: names, types and places of the fields. A program that was built with another layout gets
// ErrType, never a value made of the wrong bytes.
type Typed[T any] struct {
	db   *DB
	info *typeInfo
}

// NewTyped looks at T. It fails with a *FieldError that names what can not be stored.
func NewTyped[T any](db *DB) (Typed[T], error) {
	info, err := typeOf[T]()
	return Typed[T]{db, info}, err
}

// Description is what the fingerprint of T is a hash of: for people, and for programs in other languages.
func (t Typed[T]) Description() string { return t.info.description }

// Fingerprint tells the layout of T from those of other types.
func (t Typed[T]) Fingerprint() uint64 { return t.info.fingerprint }

// Get is the value of key. Errors: ErrType if it is not a T, ErrKind if it is a pack, ErrCorrupt if it is a T that no program writes, and those of DB.Get.
func (t Typed[T]) Get(key []byte) (T, error) {
	v, _, err := t.get(key, false)
	return v, err
}

// GetVersion is Get with the version of the value.
func (t Typed[T]) GetVersion(key []byte) (T, Version, error) { return t.get(key, true) }

func (t Typed[T]) get(key []byte, versioned bool) (v T, _ Version, _ error) {
	if t.info.encoded() {
		b, version, err := t.db.readValue(key, nil)
		if err != nil {
			return v, version, err
		}
		v, err = t.unmarshalStamped(b)
		return v, version, err
	}
	var s stamped[T]
	version, n, err := t.db.readExact(key, t.info.stored(bytesOf(&s)), versioned)
	if err != nil {
		return v, version, err
	}
	return s.value, version, t.check(&s, n)
}

// GetAt is the value that v names, as DB.GetAt.
func (t Typed[T]) GetAt(v Version) (value T, _ error) {
	if t.info.encoded() {
		b, err := t.db.GetAt(v, nil)
		if err != nil {
			return value, err
		}
		return t.unmarshalStamped(b)
	}
	var s stamped[T]
	b, err := t.db.GetAt(v, t.info.stored(bytesOf(&s))[:0])
	if err != nil {
		return value, err
	}
	return s.value, t.check(&s, uint64(len(b)))
}

// Put sets the value of key, as DB.Put.
func (t Typed[T]) Put(key []byte, v T) error {
	var s stamped[T]
	b, err := t.encode(&s, v)
	if err != nil {
		return err
	}
	return t.db.Put(key, b)
}

// PutVersion is Put with the version of what it wrote.
func (t Typed[T]) PutVersion(key []byte, v T) (Version, error) {
	var s stamped[T]
	b, err := t.encode(&s, v)
	if err != nil {
		return Version{}, err
	}
	return t.db.PutVersion(key, b)
}

// CompareAndSwap sets the value of key if its entry is still the one that old names, or, if old is zero, if there is none, as DB.CompareAndSwap.
func (t Typed[T]) CompareAndSwap(key []byte, old Version, v T) (Version, error) {
	var s stamped[T]
	b, err := t.encode(&s, v)
	if err != nil {
		return Version{}, err
	}
	return t.db.CompareAndSwap(key, old, b)
}

// GetOrPut gives the value of key, or sets it to v if there is none. loaded says which of the two.
func (t Typed[T]) GetOrPut(key []byte, v T) (_ T, loaded bool, _ error) {
	for {
		old, err := t.Get(key)
		if err != ErrNotFound {
			return old, err == nil, err
		}
		if _, err = t.CompareAndSwap(key, Version{}, v); err != ErrMismatch {
			return v, false, err
		}
	}
}

// Update sets the value of key to what f makes of it. f is told whether there is one, gets the zero T if there is none, and may be called several times: whenever somebody else was
// faster. An error of f ends Update, which returns it and changes nothing.
func (t Typed[T]) Update(key []byte, f func(old T, found bool) (T, error)) error {
	for {
		old, version, err := t.GetVersion(key)
		if err != nil && err != ErrNotFound {
			return err
		}
		v, err := f(old, err == nil)
		if err != nil {
			return err
		}
		if _, err = t.CompareAndSwap(key, version, v); err != ErrMismatch {
			return err
		}
	}
}

// Append appends v as it is stored to dst, fingerprint and all: a message of a queue, or a record of a pack of bytes. With room in dst it does not allocate for a type of fixed size.
func (t Typed[T]) Append(dst []byte, v T) ([]byte, error) {
	if t.info.encoded() {
		return appendEncoded(t.info, binary.LittleEndian.AppendUint64(dst, t.info.fingerprint), v)
	}
	var s stamped[T]
	b, err := t.encode(&s, v)
	return append(dst, b...), err
}

// Decode is the value that Append made b of. Errors: ErrType, ErrCorrupt.
func (t Typed[T]) Decode(b []byte) (v T, err error) {
	if t.info.encoded() {
		return t.unmarshalStamped(b)
	}
	var s stamped[T]
	copy(t.info.stored(bytesOf(&s)), b)
	return s.value, t.check(&s, uint64(len(b)))
}

const fingerprintSize = 8

// stamped is a value of fixed size as it is stored.
type stamped[T any] struct {
	fingerprint uint64
	value       T
}

// stored is what is stored of the memory of a stamped value: all but the padding at its end.
func (t *typeInfo) stored(memory []byte) []byte {
	n := fingerprintSize + t.size
	return memory[:n:n]
}

// encode is v as it is stored. s is room for that.
func (t Typed[T]) encode(s *stamped[T], v T) ([]byte, error) {
	if t.info.encoded() {
		return appendEncoded(t.info, binary.LittleEndian.AppendUint64(nil, t.info.fingerprint), v)
	}
	s.fingerprint, s.value = t.info.fingerprint, v
	b := t.info.stored(bytesOf(s))
	t.info.clean(b[fingerprintSize:])
	return b, nil
}

// check judges a stamped value of which n bytes were stored.
func (t Typed[T]) check(s *stamped[T], n uint64) error {
	b := t.info.stored(bytesOf(s))
	if n != uint64(len(b)) || s.fingerprint != t.info.fingerprint {
		return t.info.other(s.fingerprint)
	}
	if !t.info.valid(b[fingerprintSize:]) {
		return &CorruptError{What: t.info.name + " with bytes that no program writes"}
	}
	return nil
}

// other is the error of finding another type.
func (t *typeInfo) other(found uint64) error {
	return &TypeError{Type: t.name, Fingerprint: t.fingerprint, Found: found}
}

func (t Typed[T]) unmarshalStamped(b []byte) (v T, err error) {
	if len(b) < fingerprintSize {
		return v, t.info.other(0)
	}
	if found := binary.LittleEndian.Uint64(b); found != t.info.fingerprint {
		return v, t.info.other(found)
	}
	return unmarshal[T](t.info, b[fingerprintSize:])
}

// appendEncoded appends what the methods of T make of v.
func appendEncoded[T any](t *typeInfo, b []byte, v T) ([]byte, error) {
	b, err := any(&v).(encoding.BinaryAppender).AppendBinary(b)
	if err != nil {
		return nil, fmt.Errorf("simdb: %s: %w", t.name, err)
	}
	return b, nil
}

func unmarshal[T any](t *typeInfo, b []byte) (v T, err error) {
	if err := any(&v).(encoding.BinaryUnmarshaler).UnmarshalBinary(b); err != nil {
		return v, fmt.Errorf("simdb: %s: %w", t.name, err)
	}
	return v, nil
}
