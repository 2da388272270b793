package simdb

// roles are what the test binary plays when a test starts it as a child.
var roles = map[string]func(args []string){}
