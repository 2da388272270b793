package main

import (
	"context"
	"io"
	"os"
	"path/filepath"

	"simdb.dev/bench/report"
)

// reportAgain is the command report.
func reportAgain(_ context.Context, cfg *config, stdout, _ io.Writer) error {
	return report.Make(cfg.report, stdout)
}

// What a run leaves below the directory of -out.
const (
	rawFile   = "bench/raw.txt"
	figureDir = "bench"
	indexFile = "index.html"
)

// reportOf is the report of a run.
func reportOf(out string) report.Options {
	return report.Options{Raw: filepath.Join(out, rawFile), To: filepath.Join(out, figureDir), PNG: true, Index: filepath.Join(out, indexFile)}
}

// createRaw makes the file of raw lines and its directory.
func createRaw(path string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	return os.Create(path)
}
