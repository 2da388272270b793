//go:build lmdb

package main

/*
#cgo LDFLAGS: -llmdb
#include <lmdb.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
	MDB_env *env;
	MDB_dbi dbi;
	MDB_txn *reader;
} bench_db;

enum { op_get, op_put, op_delete };

static int bench_open(bench_db *db, const char *path, size_t size, unsigned flags) {
	MDB_txn *txn;
	int rc;
	if ((rc = mdb_env_create(&db->env))) return rc;
	if ((rc = mdb_env_set_mapsize(db->env, size))) return rc;
	if ((rc = mdb_env_open(db->env, path, MDB_NOSUBDIR | flags, 0600))) return rc;
	if ((rc = mdb_txn_begin(db->env, NULL, 0, &txn))) return rc;
	if ((rc = mdb_dbi_open(txn, NULL, 0, &db->dbi))) { mdb_txn_abort(txn); return rc; }
	if ((rc = mdb_txn_commit(txn))) return rc;
	if ((rc = mdb_txn_begin(db->env, NULL, MDB_RDONLY, &db->reader))) return rc;
	mdb_txn_reset(db->reader);
	return 0;
}

// A get renews the read transaction, so that it sees the latest, and copies the value. A put or delete is a transaction.
static int bench_do(bench_db *db, const unsigned char *kinds, char *keys, int n, char *value, size_t value_len, char *dst, size_t room, int *present) {
	for (int i = 0; i < n; i++) {
		MDB_val k = {16, keys + 16 * (size_t)i}, v = {value_len, value};
		int rc;
		if (kinds[i] == op_get) {
			if ((rc = mdb_txn_renew(db->reader))) return rc;
			rc = mdb_get(db->reader, db->dbi, &k, &v);
			if (rc == 0) {
				memcpy(dst, v.mv_data, v.mv_size < room ? v.mv_size : room);
				++*present;
			}
			mdb_txn_reset(db->reader);
			if (rc && rc != MDB_NOTFOUND) return rc;
			continue;
		}
		MDB_txn *txn;
		if ((rc = mdb_txn_begin(db->env, NULL, 0, &txn))) return rc;
		rc = kinds[i] == op_put ? mdb_put(txn, db->dbi, &k, &v, 0) : mdb_del(txn, db->dbi, &k, NULL);
		if (kinds[i] == op_delete && rc == 0) ++*present;
		if (rc && rc != MDB_NOTFOUND) { mdb_txn_abort(txn); return rc; }
		if ((rc = mdb_txn_commit(txn))) return rc;
	}
	return 0;
}

// All puts in one transaction.
static int bench_bulk(bench_db *db, char *keys, int n, char *value, size_t value_len) {
	MDB_txn *txn;
	int rc;
	if ((rc = mdb_txn_begin(db->env, NULL, 0, &txn))) return rc;
	for (int i = 0; i < n; i++) {
		MDB_val k = {16, keys + 16 * (size_t)i}, v = {value_len, value};
		if ((rc = mdb_put(txn, db->dbi, &k, &v, 0))) { mdb_txn_abort(txn); return rc; }
	}
	return mdb_txn_commit(txn);
}

static void bench_close(bench_db *db) {
	mdb_txn_abort(db->reader);
	mdb_env_close(db->env);
}
*/
import "C"

import (
	"fmt"
	"unsafe"
)

func lmdbMissing() string { return "" }

// lmdb is an environment of LMDB, never synced, and written through the map, which makes its puts six times as fast. Go calls C once for a whole batch, so that
// the call costs each operation next to nothing.
type lmdb struct {
	db  *C.bench_db
	dst []byte
}

// The C code takes the kinds as they are.
var _ = [1]int{}[opGet-C.op_get] + [1]int{}[opPut-C.op_put] + [1]int{}[opDelete-C.op_delete]

func openLMDB(s *spec) (table, error) {
	path := C.CString(s.path("lmdb"))
	defer C.free(unsafe.Pointer(path))
	t := &lmdb{db: (*C.bench_db)(C.calloc(1, C.sizeof_bench_db)), dst: make([]byte, max(s.Value, 1))}
	size := 4*s.Keys*(s.Value+len(key{})+32) + 256<<20
	if rc := C.bench_open(t.db, path, C.size_t(size), C.MDB_NOSYNC|C.MDB_NOMETASYNC|C.MDB_NORDAHEAD|C.MDB_WRITEMAP); rc != 0 {
		return nil, lmdbError("open", rc)
	}
	return t, nil
}

func lmdbVersion() string { return C.GoString(C.mdb_version(nil, nil, nil)) }

func lmdbError(what string, rc C.int) error {
	return fmt.Errorf("lmdb: %s: %s", what, C.GoString(C.mdb_strerror(rc)))
}

func (t *lmdb) do(b *batch) (int, error) {
	var present C.int
	rc := C.bench_do(t.db, (*C.uchar)(unsafe.Pointer(&b.kinds[0])), (*C.char)(unsafe.Pointer(&b.keys[0])), C.int(b.n),
		(*C.char)(unsafe.Pointer(&b.value[0])), C.size_t(len(b.value)), (*C.char)(unsafe.Pointer(&t.dst[0])), C.size_t(len(t.dst)), &present)
	if rc != 0 {
		return 0, lmdbError("batch", rc)
	}
	return int(present), nil
}

func (t *lmdb) bulk(b *batch) error {
	rc := C.bench_bulk(t.db, (*C.char)(unsafe.Pointer(&b.keys[0])), C.int(b.n), (*C.char)(unsafe.Pointer(&b.value[0])), C.size_t(len(b.value)))
	if rc != 0 {
		return lmdbError("filling", rc)
	}
	return nil
}

func (t *lmdb) close() error {
	C.bench_close(t.db)
	C.free(unsafe.Pointer(t.db))
	return nil
}
