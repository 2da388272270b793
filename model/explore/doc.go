// Package explore runs small concurrent programs through every interleaving of their steps on shared memory, and through every crash.
//
// A [Scenario] is a few processes, each a list of operations, with what must hold: a sequential specification that every history is linearizable to,
// an invariant at the end or after every step, progress. [Test] explores it under go test, [Run] anywhere. What fails is made small, drawn as a table with
// a column per process, and can be executed again by its schedule; what passes says what was covered.
//
// # How code reports its steps
//
// Code for general use declares its words with the types of simdb.dev/model/explore/atomic, which without the build tag explore are those of sync/atomic.
// Code that operates in place on memory of its own calls [Scheduler.Before] with the kind of step and the name of the word, does the bare operation, and calls
// [Scheduler.After] with the word's old and new value. One word is read or written per step; a copy of data is as many steps as it has words, so
// that it tears. What runs between two steps must touch nothing that is shared. The scheduler lets one process run at a time, on a coroutine; a switch
// happens only where the schedule changes process. What differs between executions, other than the schedule, must be put back: see [Track].
//
// The memory model is sequential consistency: one order of all steps. That is what sync/atomic promises. It does not show what a processor makes of plain
// stores and loads.
//
// # Loops that wait
//
// A loop that cannot go on before somebody else acts would be explored for ever. It says so with [Scheduler.Retry] (atomic.Retry) before it begins again: if
// nothing that it read in this round has changed since, it is not scheduled until something does. It would only read the same again, so no outcome is lost. A loop that does not say so is taken
// to wait when it has read the same words with the same values four times in a row; if nobody else can do anything any more it goes on, until it ends or has
// taken MaxSteps steps. The number of such inferred waits is part of a result, because a loop that gives up after four or more equal rounds is not explored
// completely in this way.
//
// # What is explored
//
// Two steps depend on each other if both are on one word and at least one changes it. (A failed CAS, or a store of the value that is there, changes nothing.)
// Executions that differ only in the order of independent adjacent steps are one trace, and have the same results and final memory. [Exhaustive] executes at
// least one execution of each trace: source sets and sleep sets, with vector clocks for the happens-before relation. What depends on more than the trace is treated as
// follows.
//
// Histories. Which operation returned before which was called differs between the executions of one trace, and linearizability depends on it. So each trace
// is judged with all its histories: those of every order of the first and last steps of operations that is a linear extension of happens-before restricted to
// them. (A partial order's restriction to a subset loses no linear extension.) Calls are placed just before first steps and returns just after last ones, since any other
// placement only removes precedences. Among the extensions, those with returns as early as the order of the calls allows have the most precedences, so the
// checker branches over calls alone.
//
// EachStep. An invariant over several words is checked in states between steps, and these differ between executions of one trace. Changes of words that Watch accepts
// therefore all depend on each other: every sequence of states of these words is then explored.
//
// Retry. To go on after a wait is a read of all words that were read in the round, so it depends on their changes; it is enabled by any of them. A race of it with the
// only change that enabled it cannot be reversed, and is left out. Whether a process waits at all is decided by the changes that happened before
// its newest step, not by those that happen to have been executed, so that it is the same in all executions of a trace.
//
// Lock-freedom. A process that calls Retry when no change of what it read happened before its newest step can be scheduled so that only what happened before that step
// is executed: then it would wait for others when left alone. That is reported at once with LockFree. A loop that never calls Retry runs into MaxSteps. The steps
// that an operation needs alone, from any state, are at most those at its end between which its process learns of no other process's steps: the greatest number is in the result.
//
// # Kills
//
// A kill ends all processes of a group at once, before any of their steps, or after the last one if OnKill or Recover make that differ. It never resumes them;
// deferred calls that run when they are unwound, after the execution has been checked, find that no step can be done. OnKill runs later, as steps of a
// process of its own: the kernel releasing locks.
//
// The victim of a group of one: to be killed or to go on is a choice of the process itself, which no other process's step affects. For each plan of who is killed where,
// the program is one without choices, to which the theory of source sets applies; the tree that is explored contains the tree of each plan, because both choices are
// taken wherever the process is scheduled, and each sleeps and wakes on its own. A kill commutes with all steps of others. It is offered only where the
// victim's newest step changed a word, ended an operation, or is missing: a victim that has only read since then leaves the same memory
// and the same results wherever it is killed up to its next such step. An operation that was killed before it changed anything has had no effect, and is left out of the history.
// One that was killed later may have taken effect or not.
//
// The victims of a group of several: the kill is the step of an additional process. It depends on all steps of the group, and after it the group's steps do nothing.
// It is always enabled until it has happened (at the very end it changes nothing), so no step disables another, and source sets apply. In
// an execution without it the kill at the end is not executed but its races are reversed all the same. (Its races with the steps that do nothing after it need no reversal:
// a kill is planned before a step of the group from the same state, and what comes after that step contains the others.)
//
// All this is checked against the enumeration of every schedule, with a kill before every step, on random programs: same outcomes, same histories.
//
// # States
//
// Where many traces lead to few states, [States] is faster: stateful model checking by re-execution. It is a depth-first search over all schedules that cuts an execution where it comes
// to a state that has been visited. States are held as hashes (hash compaction: P. Wolper, D. Leroy, "Reliable hashing without coverage risk", CAV 1993).
// Two executions are in the same state if these are the same:
//   - The contents of all words.
//   - What each process knows: the answers that its steps got since it began. Its code is deterministic, so this determines its variables, where it is, and what it does next. A
//     load tells the value; a store tells nothing; a CAS that changes the word tells that it did.
//   - Of each operation that has returned its result, and of each that was called how many operations of each other process had returned before. Returns of one process are in a fixed order, so this is the
//     order in real time as far as linearizability asks for it: call before return or not.
//   - Of a process that was killed: that it is dead, and whether the operation that it was in may have taken effect. Of one that has ended: nothing more.
//   - Of the operation that a process is in, whether it has changed anything, and whether a kill is offered now.
//
// What else decides the future follows from these. How many kills are left is how many groups have not died. A process that said Retry waits for as long as it would read the same again, which is a question of
// words and of what it read; that is a little longer than until something changes, and loses no outcome for the same reason: the round that ends differently could have begun where the
// one before it did. Marks are of the exploration, not of an execution. So two executions in one state have the same continuations, with the same results, the same invariants and
// histories that are linearizable or not together, and one is enough. Histories need no trace here: each order of calls and returns is executed.
//
// A process keeps its knowledge for ever unless Scenario.Keeps says what it takes from one operation to the next; and in the course of an operation unless that says by [Scheduler.Again] and
// [Scheduler.Done] what has become of it. These are promises. [CheckForgetting] checks them by an exploration that tells apart everything ever seen: a process that knows the same, by what it is said to know, has to do the same.
//
// Sleep sets (P. Godefroid, "Partial-order methods for the verification of concurrent systems", LNCS 1032, 1996, ch. 5) leave out transitions, but no states: what was explored before a step that it does not depend on need not be explored
// after it. A state is kept with what slept when it was visited; at another visit what slept then and does not now is explored. The order of a return and a call shows in the
// history, so the steps next to them depend on each other. Kills do not: a second one is possible in both orders or in none. States from which there is one step to go on are not kept, but between operations.
//
// There are no circles. Knowledge only grows, unless it is forgotten; a state that is on the current path already is then a schedule on which no operation ever ends, and is reported
// as a livelock. So every schedule ends, also that of a process left alone: with LockFree, Retry must find that something has changed, and MaxSteps bounds what a path takes.
//
// What can go wrong. Of n states two have the same hash with a probability of less than n²/2^129, if the hash is as good as chance: for 10 million, 2·10^-25. Memory that processes share and that is not reported tells
// no states apart. For threads of one process [Scenario.Guards] has to name the words that order it: who changes such a word hands over all that it knows, and who looks at it takes that over, so what is hidden
// is determined by what is known. (Without it a group of several is refused.) Everything else that is hidden breaks a rule of this package; each state is kept with the steps that its processes were about to do, and another visit
// at which they are about to do others is reported. Every part of a state, and every rule, has a test that fails without it.
//
// # What a pass does not mean
//
// The verdict is about the scenario: these operations, this many processes, this initial state. It does not cover weaker memory than sequential
// consistency, steps that are not reported, loops whose inferred wait was wrong (the result counts them), or what comes after an operation exceeded MaxSteps.
// A false alarm comes from a check that does not hold for a killed operation, or is not put back by Reset; the table shows it.
package explore
