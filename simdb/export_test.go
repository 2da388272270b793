package simdb

// SetPatience sets how many times a waiter of this process looks before it sleeps, at most, and gives what it was.
func SetPatience(looks int) (old int) {
	old, fullPatience = int(fullPatience), int32(looks)
	return old
}
