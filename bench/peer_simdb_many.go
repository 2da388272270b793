package main

// storeMany is the store given as many operations of one kind at once as a server has on their way.
type storeMany struct {
	store
	keys, values, got [][]byte
	dst               []byte
}

func openStoreMany(s *spec) (table, error) {
	t, err := openStore(s)
	if err != nil {
		return nil, err
	}
	return &storeMany{store: t.(*oneByOne).one.(store), dst: make([]byte, 0, pipelined*s.Value), got: make([][]byte, 0, pipelined)}, nil
}

func (t *storeMany) do(b *batch) (present int, err error) {
	for from := 0; from < b.n; {
		kind := b.kinds[from]
		t.keys, t.values = t.keys[:0], t.values[:0]
		for from < b.n && b.kinds[from] == kind && len(t.keys) < pipelined {
			t.keys, t.values = append(t.keys, b.keys[from][:]), append(t.values, b.value)
			from++
		}
		n, err := t.several(kind)
		present += n
		if err != nil {
			return present, err
		}
	}
	return present, nil
}

// several carries out operations of one kind, and says how many keys were there.
func (t *storeMany) several(kind opKind) (present int, err error) {
	switch kind {
	case opGet:
		t.dst, t.got, err = t.db.GetMany(t.keys, t.dst[:0], t.got[:0])
		for _, v := range t.got {
			if v != nil {
				present++
			}
		}
	case opPut:
		_, err = t.db.PutMany(t.keys, t.values)
	case opDelete:
		for _, k := range t.keys {
			there, err := t.store.delete((*key)(k))
			if err != nil {
				return present, err
			}
			if there {
				present++
			}
		}
	}
	return present, err
}
