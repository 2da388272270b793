// Package node runs functions on what a store holds. Each parameter of such a function is an iterator, wired to a key by name; what it gives goes to a key by name.
//
//	func bill(orders iter.Seq[Order], rates iter.Seq[Rate]) iter.Seq2[Bill, error] { … }
//
//	bills := node.New2(bill, node.Queue("orders"), node.Snapshot("rates"), node.ToPack[Bill]("bills"))
//	err := bills.Run(ctx, db, node.Options{})
//
// The first parameter is a queue: it drives the node, batch by batch. A batch is what the queue has, at least one element, at most as many as [Options] allow by number and by memory. The others are snapshots:
// for each batch, what a value (one element) or a pack (its records) was at one moment. The results of a batch are published together: to a queue by one push, to a pack, to a value. An iterator may be run
// through several times, and what it gives is valid until the function ends.
//
// Elements are values of any type that simdb.Typed takes, as simdb.Typed.Append stores them in queues; or, of type []byte, bytes as they are.
//
// # Sharing the work
//
// Any number of processes, and of goroutines, may run the same node. They share the elements of its queue, each element going to one of them. If one is killed, what it had claimed goes to the others: they find out
// by themselves, after some 200 ms at most, or after the batch at which they are. No one ever waits for a particular process, and nobody has to clean up.
//
// # Delivery
//
//	claim the batch → read the snapshots → call the function → publish the results → acknowledge the batch
//
// Elements are processed at least once: they are acknowledged only when all results of their batch have been published. What goes wrong before that (an error, the end of the context, a panic, a kill) leaves every
// element of the batch to the next claim, by whoever it is.
//
//   - Results: those of a batch are published as a whole or not at all. If a node is killed after it has published them and before it has acknowledged the last element, what was not acknowledged comes again, so its
//     results may be there twice. Without a kill or a failing acknowledgement there is no result twice. Consumers that must not count twice put an element's identity into its results.
//   - Order: a node that runs alone, and is not interrupted, takes elements and publishes results in the order of the queue. Several publish their batches in any order, and elements that come again come before those that wait.
//   - A function that returns before it has taken all elements is done with the batch all the same.
//   - An element that does not fit into the batch's memory, or is none of its type, or that the function refuses, ends the node with an error that names it, and stays in the queue for the next claim.
//     Mend it, or run with options and a function that take it: else it ends the next node, too.
//
// # Ending
//
// Run ends with the context, or with an error, or when [Options].End says that nothing more will be pushed and every element is acknowledged: also those of other processes, so that whoever is killed last does not leave
// any behind. It waits for living ones; a process that hangs, or is stopped, holds it up until the context ends.
package node
