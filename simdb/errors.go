package simdb

import (
	"errors"
	"fmt"
)

// Errors of operations. Match with errors.Is.
var (
	ErrNotFound = errors.New("simdb: key not found")
	ErrEmptyKey = errors.New("simdb: empty key")
	ErrClosed   = errors.New("simdb: closed")
	ErrReadOnly = errors.New("simdb: opened with ReadOnly")
	ErrStale    = errors.New("simdb: stale version") // the entry was replaced or deleted, or its region is gone
	ErrMismatch = errors.New("simdb: version mismatch")
	ErrFull     = errors.New("simdb: region full")                    // as *FullError
	ErrTooLarge = errors.New("simdb: entry larger than the region")   // as *TooLargeError
	ErrCorrupt  = errors.New("simdb: corrupt region")                 // as *CorruptError
	ErrCounter  = errors.New("simdb: value is not an 8-byte counter") // from Add
	ErrEmpty    = errors.New("simdb: queue is empty")
	ErrKind     = errors.New("simdb: entry of another kind")             // a queue or a pack instead of a value, or the other way round
	ErrType     = errors.New("simdb: value of another type")             // as *TypeError
	ErrRange    = errors.New("simdb: no such record")                    // as *RangeError
	ErrElement  = errors.New("simdb: element larger than the batch")     // as *ElementError
	ErrDump     = errors.New("simdb: bad dump")                          // as *DumpError
	ErrHandles  = errors.New("simdb: every place for a handle is taken") // by living processes
)

// Errors of opening, creating and removing, each wrapped in an *OpenError. Match with errors.Is.
var (
	ErrName        = errors.New("bad name")
	ErrOptions     = errors.New("bad options")
	ErrGeometry    = errors.New("other geometry than asked for") // as *GeometryError
	ErrFileType    = errors.New("not a regular file")
	ErrOwner       = errors.New("owned by another user")
	ErrDirectory   = errors.New("anybody may replace files of the directory")
	ErrSize        = errors.New("wrong size")
	ErrMagic       = errors.New("not a simdb region")
	ErrLayout      = errors.New("other layout version")
	ErrByteOrder   = errors.New("other byte order")
	ErrChecksum    = errors.New("header checksum wrong")
	ErrNoSpace     = errors.New("not enough space on the file system")
	ErrInUse       = errors.New("region in use") // from Remove
	ErrUnsupported = errors.New("not supported on this operating system")
)

// FullError says how many blocks an entry needed, and how many were seen free in a pass over all blocks.
// Blocks that other writers hold at that moment count as taken, so two large writes may both fail where one would fit.
type FullError struct{ Needed, Free uint64 }

func (e *FullError) Error() string {
	return fmt.Sprintf("%v: %d blocks needed, %d free; delete entries or use a larger region", ErrFull, e.Needed, e.Free)
}

// Is reports whether target is ErrFull.
func (e *FullError) Is(target error) bool { return target == ErrFull }

// LimitError says how many messages a queue had when a push would have made them more than its limit.
type LimitError struct{ Limit, Have uint64 }

func (e *LimitError) Error() string {
	return fmt.Sprintf("%v: the queue has %d messages, its limit is %d", ErrFull, e.Have, e.Limit)
}

// Is reports whether target is ErrFull.
func (e *LimitError) Is(target error) bool { return target == ErrFull }

// TooLargeError says how many bytes an entry has, and how many fit into the empty region.
type TooLargeError struct{ Bytes, Max uint64 }

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("%v: %d bytes of key and value, at most %d fit", ErrTooLarge, e.Bytes, e.Max)
}

// Is reports whether target is ErrTooLarge.
func (e *TooLargeError) Is(target error) bool { return target == ErrTooLarge }

// TypeError says what was asked for, and what is there instead: a value or pack of a type with another layout, or plain bytes.
type TypeError struct {
	Type        string // asked for
	Fingerprint uint64 // of Type
	Found       uint64 // fingerprint of what is there; 0 if it has none
}

func (e *TypeError) Error() string {
	return fmt.Sprintf("%v: %s has fingerprint %#x, found %#x", ErrType, e.Type, e.Fingerprint, e.Found)
}

// Is reports whether target is ErrType.
func (e *TypeError) Is(target error) bool { return target == ErrType }

// FieldError says why values of a Go type can not be stored: which part of it, and what is wrong with that.
type FieldError struct {
	Field string // as in "Order.Note"
	What  string
}

func (e *FieldError) Error() string { return fmt.Sprintf("simdb: %s: %s", e.Field, e.What) }

// RangeError says which record of a pack was asked for, and how many there are. Of a slice it names the bound that is wrong.
type RangeError struct{ Record, Records int }

func (e *RangeError) Error() string {
	return fmt.Sprintf("%v: %d of %d", ErrRange, e.Record, e.Records)
}

// Is reports whether target is ErrRange.
func (e *RangeError) Is(target error) bool { return target == ErrRange }

// ElementError names an element that a batch would not hold if it were empty.
type ElementError struct {
	Element uint64 // number in its source, from 0
	Bytes   int    // of the element
	Memory  int    // of the batch, bytes
}

func (e *ElementError) Error() string {
	return fmt.Sprintf("%v: element %d has %d bytes, the batch has memory for %d", ErrElement, e.Element, e.Bytes, e.Memory)
}

// Is reports whether target is ErrElement.
func (e *ElementError) Is(target error) bool { return target == ErrElement }

// CorruptError says where the region holds something that no sequence of operations writes.
type CorruptError struct {
	Offset uint64 // in the region, bytes
	What   string
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("%v: %s at offset %d", ErrCorrupt, e.What, e.Offset)
}

// errGone is what every operation gives once the header is gone (mem.gone).
var errGone error = &CorruptError{0, "no header: the file was truncated, can not be read, or was overwritten"}

// Is reports whether target is ErrCorrupt.
func (e *CorruptError) Is(target error) bool { return target == ErrCorrupt }

// DumpError says where in a dump something is wrong, or could not be loaded.
type DumpError struct {
	Offset int64 // in the stream, bytes
	What   string
	Err    error // why, if the dump is not to blame
}

func (e *DumpError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("simdb: dump, offset %d: %s: %v", e.Offset, e.What, e.Err)
	}
	return fmt.Sprintf("%v: %s at offset %d", ErrDump, e.What, e.Offset)
}

func (e *DumpError) Unwrap() error { return e.Err }

// Is reports whether target is ErrDump: the dump itself is wrong.
func (e *DumpError) Is(target error) bool { return target == ErrDump && e.Err == nil }

// OpenError is a failure to open, create or remove a region: what was found, and what to do about it.
type OpenError struct {
	Path   string
	Err    error  // one of the Err… values
	Found  string // what was found
	Advice string // what to do
}

func (e *OpenError) Error() string {
	s := fmt.Sprintf("simdb: %s: %v", e.Path, e.Err)
	if e.Found != "" {
		s += ": " + e.Found
	}
	if e.Advice != "" {
		s += "; " + e.Advice
	}
	return s
}

func (e *OpenError) Unwrap() error { return e.Err }

// GeometryError says in what an existing region differs from the options that must match.
type GeometryError struct{ WantBlockSize, WantBlockCount, BlockSize, BlockCount uint64 }

func (e *GeometryError) Error() string {
	return fmt.Sprintf("%v: want %d blocks of %d bytes, region has %d blocks of %d bytes",
		ErrGeometry, e.WantBlockCount, e.WantBlockSize, e.BlockCount, e.BlockSize)
}

// Is reports whether target is ErrGeometry.
func (e *GeometryError) Is(target error) bool { return target == ErrGeometry }
