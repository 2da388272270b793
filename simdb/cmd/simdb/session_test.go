package main

import "github.com/rogpeppe/go-internal/testscript"

func session(ts *testscript.TestScript, neg bool, args []string) {}
