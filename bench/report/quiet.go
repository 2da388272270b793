package report

import (
	"fmt"
	"strconv"
	"strings"
)

// othersKey is the setting that says what share of the processors' time others used during the run.
const othersKey = "others"

// Others is that setting, in percent.
func Others(percent float64) Setting { return Setting{othersKey, fmt.Sprintf("%.1f %%", percent)} }

// mostOthers is the share beyond which figures do not count: a slice that others interrupt is longer by what they did, and ratios of two such are anything.
const mostOthers = 5.0

// doubt says why the figures do not count, "" if they do.
func (r *Run) doubt() string {
	said := r.Get(othersKey)
	if said == "" {
		return "The run did not come to its end."
	}
	percent, err := strconv.ParseFloat(strings.TrimSuffix(said, " %"), 64)
	if err != nil || percent > mostOthers {
		return fmt.Sprintf("The machine was not quiet: others used %s of the processors' time. These figures show that the benchmarks run, and nothing else.", said)
	}
	return ""
}
