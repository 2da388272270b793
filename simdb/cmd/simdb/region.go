package main

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"simdb.dev/simdb"
)

// dirVariable names the directory where regions with a name are, instead of simdb.DefaultDir.
const dirVariable = "SIMDB_DIR"

const filePrefix = "simdb_"

func regionDir() string { return cmp.Or(os.Getenv(dirVariable), simdb.DefaultDir) }

// regionPath is where a region's file is: at its path if the operand contains a slash, else under its name.
func regionPath(operand string) string {
	if strings.Contains(operand, "/") {
		return operand
	}
	return filepath.Join(regionDir(), filePrefix+operand)
}

// regionName is the operand that names the file at path.
func regionName(path string) string {
	name, named := strings.CutPrefix(filepath.Base(path), filePrefix)
	if named && filepath.Dir(path) == filepath.Clean(regionDir()) {
		return name
	}
	return path
}

// regionNames lists the regions that have a name.
func regionNames() ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(regionDir(), filePrefix+"*"))
	for i, p := range paths {
		paths[i] = regionName(p)
	}
	return paths, err
}

// access is what a verb wants of a region. What only reads needs no permission to write, and takes no place in the attach table.
type access int

const (
	reading access = iota
	writing
)

// open attaches to a region that exists.
func (c *call) open(operand string, a access) (*simdb.DB, error) {
	return openRegion(operand, simdb.Options{MustExist: true, ReadOnly: a == reading, AnyOwner: c.shared.anyOwner})
}

func openRegion(operand string, o simdb.Options) (*simdb.DB, error) {
	if operand == "" {
		return nil, usage("the name of the region is empty")
	}
	return simdb.OpenPath(regionPath(operand), o)
}

// use does something with the region that the first operand names.
func (c *call) use(a access, do func(db *simdb.DB) error) error {
	db, err := c.open(c.operands[0], a)
	if err != nil {
		return err
	}
	return errors.Join(do(db), db.Close())
}
