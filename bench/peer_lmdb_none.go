//go:build !lmdb

package main

import "errors"

func lmdbMissing() string {
	return "not in this build; apt-get install liblmdb-dev, and build with -tags lmdb (make bench does if it is there; make bench-peers installs all peers)"
}

func openLMDB(*spec) (table, error) { return nil, errors.New(lmdbMissing()) }

func lmdbVersion() string { return "" }
