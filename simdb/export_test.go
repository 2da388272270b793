package simdb

// SetSpin sets how long a waiter of this process looks again and again before it sleeps, and gives what it was.
func SetSpin(rounds int) (old int) {
	old, spinRounds = spinRounds, rounds
	return old
}
