package main

import (
	"context"
	"io"
)

const benchDir = "bench"

func rawPath(cfg *config) string { return cfg.out + "/bench/raw.txt" }

func reportAgain(_ context.Context, cfg *config, stdout, stderr io.Writer) error { return nil }
