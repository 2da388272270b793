# simdb: what there is to run. `make help` lists it with durations (2 cores).

GO       ?= go
DURATION ?= 30s
WORKLOAD ?= kv
KILL     ?=
BENCH    ?= .

.PHONY: help test race explore corpus mutants stress linearize bench lint cross ci

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /|/' | awk -F'|' '{printf "  make %-10s %s\n", $$1, $$2}'

test: ## all tests that need nothing but Go (2 min)
	$(GO) test ./...

race: ## the store and the histories under the race detector, on the heap-backed region (2 min)
	$(GO) test -race -short ./simdb/... ./model ./linearize/history ./stress/...

explore: ## the store's own code through every interleaving and every crash (5 min)
	$(GO) test -tags explore -timeout 60m ./model/... ./simdb

corpus: ## the explorer against 24 classical bugs and their corrected twins, with the time each took (10 s)
	$(GO) test -tags explore -count=1 -v ./model/explore/corpus

mutants: ## mistakes made in the store one at a time, each to be noticed by the explorer (60 min); table in reports/mutants.txt
	$(GO) run ./model/mutants

stress: ## forked processes on one region, history checked; DURATION=30s, KILL=1 for a SIGKILL storm
	$(GO) run ./stress -workload $(WORKLOAD) -duration $(DURATION) $(if $(KILL),-kill)

linearize: ## the checkers against each other, against known-good and known-bad histories (1 min)
	$(GO) test -count=1 ./linearize/...

bench: ## the store beside xsync.Map, sync.Map and a locked map, one processor each, in one run (2 min); BENCH=Get
	$(GO) test -run '^$$' -cpu 1 -bench '$(BENCH)' -count 3 -benchtime 300ms ./simdb

lint: ## gofmt, vet (all build tags), staticcheck (1 min)
	@test -z "$$(gofmt -l .)" || { echo "not formatted:"; gofmt -l .; exit 1; }
	$(GO) vet ./...
	$(GO) vet -tags explore ./...
	$(GO) tool staticcheck ./...

cross: ## compile for the other systems (2 min)
	@for os in linux darwin freebsd windows; do for arch in amd64 arm64; do \
		echo "$$os/$$arch"; GOOS=$$os GOARCH=$$arch $(GO) build ./... || exit 1; \
	done; done

ci: ## what runs on every submission (10 min)
	bash .ci/run
