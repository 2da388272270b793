package explore

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unsafe"
)

// tracked is memory that every execution starts with the same contents of.
type tracked struct {
	name    string
	start   unsafe.Pointer
	base    uintptr // start, as a number
	size    uintptr
	element reflect.Type // of a slice if slice, else of the variable
	slice   bool
	save    func()
	restore func()
}

// Track gives *v its contents of after Setup back before every execution. Call it in Setup, for everything that an execution changes.
// Words in it are shown by name: name, or name.field, name[3].field.
func Track[T any](s *Scheduler, name string, v *T) {
	var saved T
	s.tracked = append(s.tracked, tracked{
		name: name, start: unsafe.Pointer(v), base: uintptr(unsafe.Pointer(v)), size: unsafe.Sizeof(*v), element: reflect.TypeFor[T](),
		save:    func() { saved = *v },
		restore: func() { *v = saved },
	})
}

// TrackSlice is [Track] for the elements of a slice.
func TrackSlice[T any](s *Scheduler, name string, v []T) {
	saved := make([]T, len(v))
	s.tracked = append(s.tracked, tracked{
		name: name, start: unsafe.Pointer(unsafe.SliceData(v)), base: uintptr(unsafe.Pointer(unsafe.SliceData(v))), size: uintptr(len(v)) * unsafe.Sizeof(*new(T)), element: reflect.TypeFor[T](), slice: true,
		save:    func() { copy(saved, v) },
		restore: func() { copy(v, saved) },
	})
}

// Address is the name that the types of explore/atomic give to the word p points to.
func Address[T any](p *T) uint64 { return uint64(uintptr(unsafe.Pointer(p))) }

// nameWord names a word and one of its values.
func (s *Scheduler) nameWord(addr, value uint64) (name, text string) {
	if s.sc.Word != nil {
		if name, text = s.sc.Word(addr, value); name != "" {
			return name, text
		}
	}
	if name, leaf := s.locate(uintptr(addr)); name != "" {
		return name, s.format(leaf, value)
	}
	return fmt.Sprintf("word %#x", addr), strconv.FormatUint(value, 10)
}

// locate names the variable at an address in tracked memory.
func (s *Scheduler) locate(addr uintptr) (string, reflect.Type) {
	for i := range s.tracked {
		t := &s.tracked[i]
		if addr < t.base || addr >= t.base+t.size {
			continue
		}
		name, offset := t.name, addr-t.base
		if t.slice {
			name += fmt.Sprintf("[%d]", offset/t.element.Size())
			offset %= t.element.Size()
		}
		return descend(name, t.element, offset)
	}
	return "", nil
}

// locateObject names what a pointer points to.
func (s *Scheduler) locateObject(addr uintptr) string {
	for i := range s.tracked {
		switch t := &s.tracked[i]; {
		case addr < t.base || addr >= t.base+t.size:
		case t.slice && (addr-t.base)%t.element.Size() == 0:
			return fmt.Sprintf("%s[%d]", t.name, (addr-t.base)/t.element.Size())
		case addr == t.base:
			return t.name
		}
	}
	name, _ := s.locate(addr)
	return name
}

// descend names the variable at offset in a variable of type t.
func descend(name string, t reflect.Type, offset uintptr) (string, reflect.Type) {
	switch {
	case t.Kind() == reflect.Array && t.Len() > 0:
		i := offset / t.Elem().Size()
		return descend(fmt.Sprintf("%s[%d]", name, i), t.Elem(), offset-i*t.Elem().Size())
	case t.Kind() == reflect.Struct && !strings.HasSuffix(t.PkgPath(), "/explore/atomic"):
		for i := t.NumField() - 1; i >= 0; i-- {
			if f := t.Field(i); f.Offset <= offset && f.Type.Size() > 0 {
				return descend(name+"."+f.Name, f.Type, offset-f.Offset)
			}
		}
	}
	return name, t
}

// format writes the value of a variable of type t.
func (s *Scheduler) format(t reflect.Type, value uint64) string {
	switch name := t.Name(); {
	case strings.HasPrefix(name, "Int"):
		return strconv.FormatInt(int64(value), 10)
	case name == "Bool":
		return strconv.FormatBool(value != 0)
	case strings.HasPrefix(name, "Pointer["):
		if value == 0 {
			return "nil"
		}
		if name := s.locateObject(uintptr(value)); name != "" {
			return "&" + name
		}
		return fmt.Sprintf("%#x", value)
	}
	return strconv.FormatUint(value, 10)
}

// nameObject lets words in an object be shown as p.type#n.
func (s *Scheduler) nameObject(p *Proc, object any, n int) {
	v := reflect.ValueOf(object)
	t := v.Type().Elem()
	s.tracked = append(s.tracked, tracked{name: fmt.Sprintf("%s.%s#%d", p.name, t.Name(), n+1), start: v.UnsafePointer(), base: v.Pointer(), size: t.Size(), element: t, save: func() {}, restore: func() {}})
}
