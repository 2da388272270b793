//go:build !linux

package main

import "errors"

func mapWords(string, int, bool) ([]uint64, error) { return nil, errors.ErrUnsupported }
