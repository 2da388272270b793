package report

import "fmt"

// tables are all tables of a run, without those that it has nothing for.
func (r *Run) tables() ([]*table, error) {
	targets, err := r.targets()
	if err != nil {
		return nil, err
	}
	list := []*table{targets}
	for _, m := range r.matrices() {
		t, err := r.matrix(m)
		if err != nil {
			return nil, err
		}
		if len(t.rows) > 0 {
			list = append(list, t)
		}
	}
	return list, nil
}

// matrices are the tables of medians by peer.
func (r *Run) matrices() []matrixOf {
	return []matrixOf{r.pointMatrix(), r.sizeMatrix(), r.processMatrix(), r.ycsbMatrix(), r.latencyMatrix(), r.roundTripMatrix(), r.streamMatrix(), r.regionMatrix()}
}

// pointTitle is that of the table which the README has, too.
const pointTitle = "One operation"

func (r *Run) pointMatrix() matrixOf {
	m := matrixOf{title: pointTitle, note: "One process, pinned to a processor; 16-byte keys, 64-byte values copied to the caller. The region is of huge pages (an option of the store); heaps and the files of others have the pages that the system gives them. Medians.", first: "work"}
	for _, op := range []struct{ work, label string }{{"Get", "get, hit"}, {"Miss", "get, miss"}, {"Update", "update"}, {"Churn", "delete or insert"}} {
		for _, keys := range r.values(selector(op.work+" set=point"), "keys") {
			m.lines = append(m.lines, matrixLine{fmt.Sprintf("%s, %s keys", op.label, countLabel(number(keys))), selector(op.work + " set=point keys=" + keys)})
		}
	}
	return m
}

func (r *Run) sizeMatrix() matrixOf {
	m := matrixOf{title: "By the size of the value", note: "Over a set far larger than the caches. Medians.", first: "work"}
	for _, op := range []struct{ work, label string }{{"Get", "get"}, {"Update", "update"}} {
		for _, value := range r.values(selector(op.work+" set=size"), "value") {
			m.lines = append(m.lines, matrixLine{op.label + ", " + bytesLabel(number(value)), selector(op.work + " set=size value=" + value)})
		}
	}
	return m
}

func (r *Run) processMatrix() matrixOf {
	m := matrixOf{title: "Several processes", note: "Time per operation of all processes together: two that do not disturb each other have half of the time of one. Medians.", first: "work"}
	for _, set := range []struct{ name, label string }{{"own", "keys of their own"}, {"shared", "all keys"}} {
		for _, op := range []struct{ work, label string }{{"Get", "get"}, {"Update", "update"}} {
			s := selector(op.work + " set=" + set.name)
			for _, keys := range r.values(s, "keys") {
				for _, procs := range r.values(s+selector(" keys="+keys), "procs") {
					m.lines = append(m.lines, matrixLine{fmt.Sprintf("%s, %s, %s keys, %s processes", op.label, set.label, countLabel(number(keys)), procs), s + selector(" keys="+keys+" procs="+procs)})
				}
			}
		}
	}
	for _, keys := range r.values("ReadWhileWriting", "keys") {
		s := selector("ReadWhileWriting keys=" + keys)
		m.lines = append(m.lines,
			matrixLine{fmt.Sprintf("get of 2 processes while one writes, %s keys", countLabel(number(keys))), s},
			matrixLine{fmt.Sprintf("writes beside them, %s keys", countLabel(number(keys))), s + " writes/s"})
	}
	return m
}

func (r *Run) ycsbMatrix() matrixOf {
	m := matrixOf{title: "YCSB", note: "100-byte values, one process; time per unit of work. Medians.", first: "mix"}
	for _, mix := range r.values("YCSB set=ycsb", "mix") {
		for _, dist := range r.values(selector("YCSB set=ycsb mix="+mix), "dist") {
			m.lines = append(m.lines, matrixLine{mix + ", " + dist, selector("YCSB set=ycsb mix=" + mix + " dist=" + dist)})
		}
	}
	return m
}

func (r *Run) latencyMatrix() matrixOf {
	m := matrixOf{title: "Latencies at a rate", note: "From the moment at which an operation was due. Medians over the rounds.", first: "operation"}
	for _, rate := range r.values("Latency", "rate") {
		for _, op := range r.values(selector("Latency rate="+rate), "op") {
			for _, p := range []struct{ unit, label string }{{"p50-ns", "median"}, {"p99-ns", "99 %"}, {"p99.9-ns", "99.9 %"}, {"max-ns", "longest"}} {
				m.lines = append(m.lines, matrixLine{fmt.Sprintf("%s, %s a second, %s", op, countLabel(number(rate)), p.label), selector("Latency rate=" + rate + " op=" + op + " " + p.unit)})
			}
		}
	}
	return m
}

func (r *Run) roundTripMatrix() matrixOf {
	m := matrixOf{title: "A message there and back", note: "Between two processes; a channel: between two goroutines. Medians and quartiles.", first: "where", spread: true}
	for _, pin := range []struct{ name, label string }{{"two", "each pinned to a processor"}, {"none", "not pinned"}, {"same", "both on one processor"}} {
		m.lines = append(m.lines, matrixLine{pin.label, selector("RoundTrip pin=" + pin.name)})
	}
	return m
}

func (r *Run) streamMatrix() matrixOf {
	m := matrixOf{title: "Messages in one direction", note: "Time per message, from one process to another on the other processor; a channel: between goroutines. Medians.", first: "messages"}
	for _, shape := range r.values("Stream", "shape") {
		s := selector("Stream shape=" + shape)
		for _, size := range r.values(s, "message") {
			for _, batch := range r.values(s+selector(" message="+size), "batch") {
				m.lines = append(m.lines, matrixLine{fmt.Sprintf("%s, %s at once, %s", bytesLabel(number(size)), batch, shapeLabel(shape)), s + selector(" message="+size+" batch="+batch)})
			}
		}
	}
	return m
}

func shapeLabel(shape string) string {
	if shape == "1to1" {
		return "one to one"
	}
	return "two to two"
}

func (r *Run) regionMatrix() matrixOf {
	m := matrixOf{title: "A region as a whole", note: "Creation reserves all of its space; check and sweep are passes over all blocks. Medians.", first: "work"}
	for _, op := range []struct{ work, label string }{
		{"Create", "create"}, {"Open", "open and close"}, {"Check", "check"}, {"Sweep", "sweep, nobody dead"}, {"SweepDead", "sweep after a writer was killed"},
	} {
		for _, keys := range r.values(selector(op.work), "keys") {
			m.lines = append(m.lines, matrixLine{fmt.Sprintf("%s, %s keys", op.label, countLabel(number(keys))), selector(op.work + " keys=" + keys)})
		}
	}
	m.lines = append(m.lines, matrixLine{"bytes of a full region per entry", "Space B/entry"})
	return m
}
