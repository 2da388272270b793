//go:build failpoints

package simdb

// AtFailpoint, if set, is called with the name of each failpoint that this process passes. Set it before the first handle is opened.
var AtFailpoint func(name string)

// Failpoints are the names of all failpoints.
func Failpoints() []string { return pointNames[:] }

func failpoint(p point) {
	if AtFailpoint != nil {
		AtFailpoint(p.String())
	}
}
