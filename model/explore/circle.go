package explore

// A process that has read the same words with the same values this often in a row is taken to wait for a change.
const rounds = 4

// The longest circle of reads that is recognised. A longer one runs into Scenario.MaxSteps.
const maxPeriod = 8

// circle recognises that a process goes in circles: its newest reads repeat, rounds times over.
type circle struct {
	recent [maxPeriod]uint64 // signatures of the newest reads, by n mod maxPeriod
	glance [maxPeriod]glance
	same   [maxPeriod + 1]int32 // same[k]: how many reads in a row equalled the k-th before them
	n      int
}

func (c *circle) reset() {
	if c.n != 0 {
		*c = circle{}
	}
}

// read notes a read and returns the length of the circle that it closes, or 0.
func (c *circle) read(g glance, signature uint64) int {
	period := 0
	for k := 1; k <= min(c.n, maxPeriod); k++ {
		if c.recent[(c.n-k)%maxPeriod] != signature {
			c.same[k] = 0
			continue
		}
		c.same[k]++
		if period == 0 && int(c.same[k]) >= (rounds-1)*k {
			period = k
		}
	}
	c.recent[c.n%maxPeriod] = signature
	c.glance[c.n%maxPeriod] = g
	c.n++
	return period
}

// lap appends the newest n reads to set.
func (c *circle) lap(set []glance, n int) []glance {
	for k := 1; k <= n; k++ {
		set = append(set, c.glance[(c.n-k)%maxPeriod])
	}
	return set
}
