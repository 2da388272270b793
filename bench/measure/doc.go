// Package measure is what becomes of measurements: their spread, ratios of what was measured in the same round, and histograms of
// latencies.
package measure
