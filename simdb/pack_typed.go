package simdb

import (
	"iter"
	"slices"
)

// PackOf is a Pack whose records are values of one Go type.
type PackOf[T any] struct {
	pack Pack
	info *typeInfo
}

// PutPack makes the records the pack of key, whatever it held, as DB.PutPack. In the pack the records of a type of fixed size are the bytes of Typed without a fingerprint
// each: the table has it.
func (t Typed[T]) PutPack(key []byte, records []T) error {
	_, err := t.db.putPack(key, condition{}, t.table(), func(b *packBuild) error {
		if t.info.encoded() {
			return addEncoded(t.info, b, slices.Values(records))
		}
		if err := b.expect(uint64(len(records))*t.info.size, 0); err != nil {
			return err
		}
		if t.info.padded {
			return addValues(t.info, b, slices.Values(records))
		}
		return b.addEqual(bytesOfAll(records))
	})
	return err
}

// PutPackSeq is PutPack for records whose number is not known before they have been given, as DB.PutPackSeq.
func (t Typed[T]) PutPackSeq(key []byte, records iter.Seq[T]) error {
	_, err := t.putPack(key, condition{}, records)
	return err
}

// CompareAndSwapPack is PutPackSeq if the entry of key is still the one that old names, or, if old is zero, if there is none, as DB.CompareAndSwapPack.
func (t Typed[T]) CompareAndSwapPack(key []byte, old Version, records iter.Seq[T]) (Version, error) {
	c, err := t.db.conditionOf(old)
	if err != nil {
		return Version{}, err
	}
	return t.putPack(key, c, records)
}

func (t Typed[T]) putPack(key []byte, c condition, records iter.Seq[T]) (Version, error) {
	return t.db.putPack(key, c, t.table(), func(b *packBuild) error {
		if t.info.encoded() {
			return addEncoded(t.info, b, records)
		}
		return addValues(t.info, b, records)
	})
}

// table is what is known of the table of a pack.
func (t Typed[T]) table() packTable {
	return packTable{fingerprint: t.info.fingerprint, stride: t.info.size}
}

// addValues adds values of fixed size, some at a time.
func addValues[T any](t *typeInfo, b *packBuild, records iter.Seq[T]) error {
	some := make([]T, 0, max(1, packChunk/t.size))
	for v := range records {
		some = append(some, v)
		if len(some) == cap(some) {
			if err := addCleaned(t, b, some); err != nil {
				return err
			}
			some = some[:0]
		}
	}
	return addCleaned(t, b, some)
}

// addCleaned adds values of fixed size that nobody else has, and makes their padding zeros.
func addCleaned[T any](t *typeInfo, b *packBuild, records []T) error {
	bytes := bytesOfAll(records)
	t.clean(bytes)
	return b.addEqual(bytes)
}

// addEncoded adds what the methods of T make of the values.
func addEncoded[T any](t *typeInfo, b *packBuild, records iter.Seq[T]) error {
	var buf []byte
	for v := range records {
		var err error
		if buf, err = appendEncoded(t, buf[:0], v); err != nil {
			return err
		}
		if err := b.add(buf); err != nil {
			return err
		}
	}
	return nil
}

// Pack opens the pack of key, as DB.Pack. Errors: ErrType if it is one of other records.
func (t Typed[T]) Pack(key []byte) (PackOf[T], error) {
	p, err := t.db.Pack(key)
	return t.typed(p, err)
}

// PackAt opens the pack that v names, as DB.PackAt. Errors: ErrType if it is one of other records.
func (t Typed[T]) PackAt(v Version) (PackOf[T], error) {
	p, err := t.db.PackAt(v)
	return t.typed(p, err)
}

func (t Typed[T]) typed(p Pack, err error) (PackOf[T], error) {
	if err == nil && (p.fingerprint != t.info.fingerprint || p.stride != t.info.size && !t.info.encoded()) {
		err = t.info.other(p.fingerprint)
	}
	if err != nil {
		return PackOf[T]{}, err
	}
	return PackOf[T]{p, t.info}, nil
}

// Len is the number of records.
func (p *PackOf[T]) Len() int { return p.pack.Len() }

// Version names the pack, as Pack.Version.
func (p *PackOf[T]) Version() Version { return p.pack.Version() }

// Bytes is the pack with its records as plain bytes.
func (p *PackOf[T]) Bytes() Pack { return p.pack }

// Slice is the pack of records [i, j), without copying any.
func (p *PackOf[T]) Slice(i, j int) (PackOf[T], error) {
	s, err := p.pack.Slice(i, j)
	return PackOf[T]{s, p.info}, err
}

// At is record i. Errors as Pack.At.
func (p *PackOf[T]) At(i int) (v T, _ error) {
	if p.info.encoded() {
		b, err := p.pack.At(i, nil)
		if err != nil {
			return v, err
		}
		return unmarshal[T](p.info, b)
	}
	b := bytesOf(&v)
	if _, err := p.pack.At(i, b[:0]); err != nil {
		return v, err
	}
	if !p.info.valid(b) {
		return v, p.pack.corrupt()
	}
	return v, nil
}

// All gives the records in order. It ends with an error as Pack.All.
func (p *PackOf[T]) All() iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		if p.info.encoded() {
			p.decoded(yield)
			return
		}
		buf := make([]T, min(p.Len(), max(1, packChunk/int(p.info.size))))
		for i := 0; i < p.Len(); i += len(buf) {
			buf = buf[:min(len(buf), p.Len()-i)]
			if err := p.read(buf, i); err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, v := range buf {
				if !yield(v, nil) {
					return
				}
			}
		}
	}
}

// decoded gives records that methods of T decode.
func (p *PackOf[T]) decoded(yield func(T, error) bool) {
	for b, err := range p.pack.All() {
		var v T
		if err == nil {
			v, err = unmarshal[T](p.info, b)
		}
		if !yield(v, err) || err != nil {
			return
		}
	}
}

// Append appends all records to dst and returns it. Records of fixed size are copied at the speed of the memory. Errors as Pack.All; what is returned with one is dst.
func (p *PackOf[T]) Append(dst []T) ([]T, error) {
	out := slices.Grow(dst, p.Len())
	if !p.info.encoded() {
		out = out[:len(dst)+p.Len()]
		if err := p.read(out[len(dst):], 0); err != nil {
			return dst, err
		}
		return out, nil
	}
	for v, err := range p.All() {
		if err != nil {
			return dst, err
		}
		out = append(out, v)
	}
	return out, nil
}

// read reads len(dst) records of fixed size from record i on.
func (p *PackOf[T]) read(dst []T, i int) error {
	b := bytesOfAll(dst)
	if err := p.pack.read(b, p.pack.data+(p.pack.begin+uint64(i))*p.pack.stride); err != nil {
		return err
	}
	if !p.info.valid(b) {
		return p.pack.corrupt()
	}
	return nil
}
