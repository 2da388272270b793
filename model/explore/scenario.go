package explore

// Scenario is a small concurrent program with the checks that every execution of it must pass.
//
// A word is 8 bytes (or less) of shared memory, named by a uint64 of the scenario's choice that stays the same from one execution to the next: an offset,
// or an address in memory that Setup allocates. Everything that the processes share is reached through words, and everything that differs at the end of an
// execution is put back by the memory given to [Track] and by Reset.
type Scenario struct {
	Name string

	// Setup builds what the processes share. It runs once before an exploration, and again whenever the scenario is explored anew (minimising does):
	// tracked memory then is as Setup left it.
	Setup func(*Scheduler)
	// Reset runs before every execution, after tracked memory has got its contents of after Setup back.
	Reset func()

	Processes []Process

	// Kills is how many groups may be killed in one execution.
	Kills int
	// OnKill is what the kernel does for a dead group, as steps of its own that come at any time after the death: it releases locks.
	OnKill func(p *Proc, group string)
	// Recover is run for each killed group by an extra process, from when OnKill is done, racing with the survivors.
	// It may be killed too when Kills leaves room; nobody recovers from that but After.
	Recover []Op
	// After is run by one more process when all others have ended.
	After []Op

	// Invariant is checked at the end of every execution.
	Invariant func(*Execution) error
	// EachStep is checked after every step. It reads words only, without hooks, and only those that Watch accepts.
	EachStep func() error
	// Watch says whether EachStep reads a word. Nil: it may read any. The fewer it reads, the fewer executions there are.
	Watch func(addr uint64) bool
	// Model, if not nil, is the sequential specification that every history must be linearizable to.
	Model *Model
	// LockFree demands that every process, left alone at any time, completes its operation within MaxSteps steps. It applies to Processes and Recover,
	// but not to an Op that is marked Blocking.
	LockFree bool
	// MaxSteps is how many steps an operation may take; more is a livelock. 0: 1000.
	MaxSteps int
	// Private says whether a word is used by the processes of one group only, and never again once that is dead: to be killed after a change of it is
	// then no different from before. Nil: no word is. The more are, the fewer executions there are.
	Private func(addr uint64) bool
	// Keeps is for States: it tells by Proc.Knows what a process keeps from one operation to the next in memory that is not reported. Nobody looks at what those keep
	// that have ended or are dead. Nil: nobody knows what it is, and all that a process has ever seen tells states apart.
	Keeps func(p *Proc)
	// Guards is for States: whether a word orders what the processes of one group do to memory that they share and that is not reported, as a lock does. It has
	// to be there if a group has several processes.
	Guards func(addr uint64) bool
	// StoreBuffer, if not nil, explores x86-TSO instead of sequential consistency: steps of kind CopyStore are plain stores, which reach memory some time later and
	// in order; all others but loads are locked. It has to write a word in memory, without hooks, and to return what it was.
	StoreBuffer func(addr, value uint64) (old uint64)
	// Marks are conditions that some execution has to reach with Mark.
	Marks []string

	// Word names a word and a value of it for people. Nil: numbers.
	Word func(addr, value uint64) (name, text string)
	// InPlace promises that the scenario reports its steps by Before and After alone and uses no type of explore/atomic.
	// Such scenarios may be explored by several goroutines at once.
	InPlace bool
}

// Process is a logical process: a sequence of operations.
type Process struct {
	Name string // default: p0, p1, …
	// Group is the operating system process that it belongs to: a kill ends all of a group at once. Default: a group of its own.
	Group string
	// Unkillable processes are never killed.
	Unkillable bool
	Ops        []Op
}

// Op is one operation of a process.
type Op struct {
	Name string
	// Input is what the model gets to see. Nil: the operation is not part of the history.
	Input any
	// Do performs the operation and returns its result, which must be comparable. Between two steps it must come to an end by itself, and it reports what is wrong
	// by Proc.Errorf or a panic, not by testing.T.
	Do func(*Proc) any
	// Blocking exempts the operation from Scenario.LockFree.
	Blocking bool
}

// Model is a sequential specification, in the shape of porcupine.Model.
type Model struct {
	Init func() any
	// Step says whether input may give output in state, and the state after it. It must not change state.
	// The output is [Unknown] for an operation whose process was killed in it; Step is then to say what happens if the operation takes effect
	// (the checker also tries that it does not).
	Step func(state, input, output any) (bool, any)
	// Equal compares states. Nil: ==.
	Equal func(a, b any) bool
	// DescribeOperation writes an operation for people. Nil: Op.Name and the output.
	DescribeOperation func(input, output any) string
}

// Unknown is the output of an operation that never returned.
var Unknown any = unknown{}

type unknown struct{}

func (unknown) String() string { return "unknown" }

// Kind says what a step does to its word. It is an alias so that production code can declare the hook as an interface of basic types.
type Kind = uint8

// The kinds of steps.
const (
	Load Kind = iota
	Store
	CAS
	Add
	And
	Or
	Swap
	CopyLoad  // one word of a data copy
	CopyStore // one word of a data copy
	kill      // the group of a kernel process dies
	exit      // a process has done all its operations; the last point to kill it
	flush     // a delayed store reaches memory
)

var kindNames = [...]string{"load", "store", "cas", "add", "and", "or", "swap", "copy", "copy", "kill", "exit", "flush"}
