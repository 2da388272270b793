package explore

// objects are what a process allocated by explore/atomic.New, kept from one execution to the next, so that the n-th object of a kind that a process
// allocates is always at the same place: the order of the processes does not change the names of words.
type objects struct {
	kept []any
	used int
}

// Object is for explore/atomic.
func (s *Scheduler) Object(key any, alloc func() any) (object any, fresh bool) {
	p := s.current
	if p == nil {
		return alloc(), true
	}
	o := p.objects[key]
	if o == nil {
		o = &objects{}
		p.objects[key] = o
	}
	if o.used == len(o.kept) {
		object, fresh = alloc(), true
		o.kept = append(o.kept, object)
		s.nameObject(p, object, o.used)
	}
	o.used++
	return o.kept[o.used-1], fresh
}
