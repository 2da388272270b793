package measure

import (
	"math"
	"slices"
)

// Spread is where the middle of some numbers is, and how far they lie apart.
type Spread struct {
	N                        int
	Min, Q1, Median, Q3, Max float64
}

// SpreadOf computes it. Of no numbers, everything but N is NaN.
func SpreadOf(x []float64) Spread {
	if len(x) == 0 {
		nan := math.NaN()
		return Spread{0, nan, nan, nan, nan, nan}
	}
	x = slices.Sorted(slices.Values(x))
	return Spread{len(x), x[0], quantile(x, 0.25), quantile(x, 0.5), quantile(x, 0.75), x[len(x)-1]}
}

// quantile interpolates between order statistics: x[0] is the quantile 0, the last the quantile 1, the others lie evenly between (type 7 of Hyndman
// and Fan, Sample Quantiles in Statistical Packages, 1996; the one of R, NumPy and spreadsheets).
func quantile(sorted []float64, p float64) float64 {
	at := p * float64(len(sorted)-1)
	i := int(at)
	if i+1 == len(sorted) {
		return sorted[i]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// Rounds is one number of each round in which something was measured.
type Rounds map[int]float64

// Spread is that of all rounds.
func (r Rounds) Spread() Spread {
	x := make([]float64, 0, len(r))
	for _, v := range r {
		x = append(x, v)
	}
	return SpreadOf(x)
}

// Ratios divides what was measured in the same round: a change of the machine's speed between two rounds is in both of its numbers.
// A round that only one of them has, or with a zero below, gives nothing.
func Ratios(above, below Rounds) Rounds {
	ratios := Rounds{}
	for round, a := range above {
		if b := below[round]; b != 0 {
			ratios[round] = a / b
		}
	}
	return ratios
}
