package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"simdb.dev/bench/measure"
)

// significant writes a number with three significant digits, and no exponent.
func significant(v float64) string {
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	digits := 2 - int(math.Floor(math.Log10(math.Abs(v))))
	if digits < 0 {
		scale := math.Pow(10, float64(-digits))
		v, digits = math.Round(v/scale)*scale, 0
	}
	return strconv.FormatFloat(v, 'f', digits, 64)
}

// withUnit writes a time per operation in the unit that suits it, anything else in its own.
func withUnit(v float64, unit string) string {
	if unit != perOp && !strings.HasSuffix(unit, "-ns") {
		return significant(v) + " " + strings.TrimSuffix(unit, "/entry")
	}
	switch {
	case v < 1e3:
		return significant(v) + " ns"
	case v < 1e6:
		return significant(v/1e3) + " µs"
	case v < 1e9:
		return significant(v/1e6) + " ms"
	}
	return significant(v/1e9) + " s"
}

// spreadText is a ratio with its quartiles.
func spreadText(s measure.Spread) string {
	return fmt.Sprintf("%.2f (%.2f to %.2f)", s.Median, s.Q1, s.Q3)
}

// number reads a number of keys or bytes as names have them: 500, 10k, 1M, 64Ki, 1Mi. Of anything else it makes NaN.
func number(s string) float64 {
	digits := strings.TrimRight(s, "kKMGi")
	v, err := strconv.ParseFloat(digits, 64)
	factor, known := factors[s[len(digits):]]
	if err != nil || !known {
		return math.NaN()
	}
	return v * factor
}

var factors = map[string]float64{"": 1, "k": 1e3, "M": 1e6, "G": 1e9, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30}
