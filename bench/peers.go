package main

import (
	"fmt"
	"os/exec"
	"slices"
)

// peer is something that keeps values under keys, beside which the store is measured.
type peer struct {
	name string
	// missing says why the peer can not take part, and what installs it; "" if it can.
	missing func() string
	// open opens what is in the directory of s, or, if s.Fill says so, makes it.
	open func(s *spec) (table, error)
	// server, if not nil, gives the command that serves the directory, and the socket it will listen at.
	server func(dir string) (cmd *exec.Cmd, socket string)
	// alone: one process only can use it.
	alone bool
}

func here() string { return "" }

var peers = []peer{
	{name: "simdb", missing: here, open: openStore},
	{name: "simdb-64", missing: here, open: openStoreMany},
	{name: "xsync", missing: here, open: openXsync, alone: true},
	{name: "syncmap", missing: here, open: openSyncMap, alone: true},
	{name: "rwmutex", missing: here, open: openLockedMap, alone: true},
	{name: "lmdb", missing: lmdbMissing, open: openLMDB},
	{name: "bbolt", missing: here, open: openBolt, alone: true},
	{name: "redis", missing: redisMissing, open: openRedis, server: redisServer},
	{name: "redis-64", missing: redisMissing, open: openRedisPipelined, server: redisServer},
	{name: "memcached", missing: memcachedMissing, open: openMemcached, server: memcachedServer},
	{name: "memcached-64", missing: memcachedMissing, open: openMemcachedPipelined, server: memcachedServer},
}

// pipelined is how many operations go to a server before the first answer is awaited, or to the store in one call.
const pipelined = 64

func peerNamed(name string) (*peer, error) {
	i := slices.IndexFunc(peers, func(p peer) bool { return p.name == name })
	if i < 0 {
		return nil, fmt.Errorf("no peer %q", name)
	}
	return &peers[i], nil
}

// needs says that a command is missing, and which package has it.
func needs(command, pkg string) string {
	if _, err := exec.LookPath(command); err != nil {
		return fmt.Sprintf("%s is not installed; apt-get install %s (make bench-peers installs all peers)", command, pkg)
	}
	return ""
}
