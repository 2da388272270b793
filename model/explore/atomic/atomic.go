// Package atomic is sync/atomic for code that is to be explored.
//
// Without the build tag explore its types are those of sync/atomic, by alias: the compiled code is the same. With the tag each operation is a step that
// simdb.dev/model/explore can order against those of the other processes of a scenario.
package atomic
