# simdb: what there is to run. `make help` lists it with durations (2 cores).

GO       ?= go
DURATION ?= 30s
WORKLOAD ?= kv
KILL     ?=
KILLS    ?=
BENCH    ?= .
QUICK    ?=
ONLY     ?=
RAW      ?= reports/committed/bench.txt
LMDB     := $(wildcard /usr/include/lmdb.h)
PEERS    := liblmdb-dev redis-server memcached

.PHONY: help install test race arm64 explore corpus mutants stress linearize bench bench-peers reports micro lint cross ci

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /|/' | awk -F'|' '{printf "  make %-11s %s\n", $$1, $$2}'

install: ## the command simdb, into $(go env GOPATH)/bin (10 s)
	$(GO) install ./simdb/cmd/simdb

test: ## all tests that need nothing but Go (2 min)
	$(GO) test ./...

race: ## the store and the histories under the race detector, on the heap-backed region (2 min)
	$(GO) test -race -short ./simdb/... ./model ./linearize/history ./stress/...

# An emulator has no limits of memory, starts nothing in other namespaces, and reserves 2 TiB page by page.
NOT_EMULATED := TestMemoryLimit|TestOtherNamespace|TestCorruptRegion

arm64: ## the store's tests as a program for arm64, emulated (6 min); needs qemu-user-static and binfmt-support (Debian)
	@grep -qs enabled /proc/sys/fs/binfmt_misc/qemu-aarch64 || [ "$$(uname -m)" = aarch64 ] || { echo "no emulator: apt-get install qemu-user-static binfmt-support"; exit 1; }
	GOARCH=arm64 $(GO) test -short -skip '$(NOT_EMULATED)' ./simdb/...

explore: ## the store's own code through every interleaving and every crash (2 min), the slow programs sampled; FULL=1 explores those to the end
	$(if $(FULL),EXPLORE_FULL=1) $(GO) test -tags explore -timeout 60m ./model/...
	$(GO) test -tags explore -short ./simdb

corpus: ## the explorer against 24 classical bugs and their corrected twins, with the time each took (10 s)
	$(GO) test -tags explore -count=1 -v ./model/explore/corpus

mutants: ## mistakes made in the store one at a time, each to be noticed by the explorer (60 min); table in reports/mutants.txt
	$(GO) run ./model/mutants

stress: ## forked processes on one region, history checked; DURATION=30s, KILL=1 for a SIGKILL storm or KILLS=10000 until so many are dead (4 min, more if the machine is busy), WORKLOAD=packs for packs, typed values and nodes, queue for queues
	$(GO) run $(if $(KILL)$(KILLS),-tags failpoints) ./stress -workload $(WORKLOAD) -duration $(DURATION) $(if $(KILL),-kill) $(if $(KILLS),-kills $(KILLS))

linearize: ## the checkers against each other, against known-good and known-bad histories (1 min)
	$(GO) test -count=1 ./linearize/...

bench: ## the store beside its peers and the limits of the machine, in one run (20 min; QUICK=1: 2 min); ONLY=ycsb; leaves reports/index.html
	$(GO) run $(if $(LMDB),-tags lmdb) ./bench $(if $(QUICK),-quick) $(if $(ONLY),-only '$(ONLY)')

bench-peers: ## install the peers that are no Go modules (Debian)
	apt-get update && apt-get install -y $(PEERS)

reports: ## the committed figures and the table of the README, from the raw lines; RAW=reports/bench/raw.txt takes those of the last run
	$(if $(filter-out reports/committed/bench.txt,$(RAW)),mkdir -p reports/committed && cp $(RAW) reports/committed/bench.txt)
	$(GO) run ./bench report -raw reports/committed/bench.txt -to reports/committed -index reports/index.html -readme README.md

micro: ## the store beside the maps of one process, as Go benchmarks (2 min); BENCH=Get
	$(GO) test -run '^$$' -cpu 1 -bench '$(BENCH)' -count 3 -benchtime 300ms ./simdb

lint: ## gofmt, vet (all build tags), staticcheck (1 min)
	@test -z "$$(gofmt -l .)" || { echo "not formatted:"; gofmt -l .; exit 1; }
	$(GO) vet ./...
	$(GO) vet -tags explore ./...
	$(GO) vet -tags failpoints ./simdb ./stress
	$(GO) tool staticcheck ./...

cross: ## compile for the other systems, each architecture on two of them (1 min)
	@for target in linux/arm64 darwin/arm64 freebsd/amd64 windows/amd64; do \
		echo "$$target"; GOOS=$${target%/*} GOARCH=$${target#*/} $(GO) build ./... || exit 1; \
	done
	GOOS=linux GOARCH=riscv64 $(GO) build ./simdb

ci: ## what runs on every submission (10 min)
	bash .ci/run
