# vidjil: what a developer calls. "make" alone lists it.

SHELL       := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

GO      ?= go
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
COMMIT  := $(shell git rev-parse HEAD 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X vidjil.org/vidjil/internal/cli.version=$(VERSION) -X vidjil.org/vidjil/internal/cli.commit=$(COMMIT)

# Tools are pinned in module files of their own: they never touch go.mod.
TOOL := $(GO) tool -modfile=tools.mod
LINT := $(GO) tool -modfile=lint.mod golangci-lint

# Packages that start goroutines; they are tested under the race detector too. Those that take minutes with it (cli, api,
# store, service, backup, doctor) are not: "make race CONCURRENT=./internal/..." has them as well.
CONCURRENT := ./vdj/seqio/... ./vdj/clonotype/... ./vdj/internal/batch/... ./vdj/pairs ./vdj/repertoire ./vdj/clonetable \
	./internal/auth ./internal/blob ./internal/upload ./internal/job ./internal/events ./internal/server \
	./internal/source ./internal/mail ./internal/openid ./internal/trace ./internal/logbook ./internal/metrics ./internal/monitor

# "make fuzz FUZZTIME=10m" looks longer.
FUZZTIME ?= 30s

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

.PHONY: build
build: web/dist/index.html ## build the program with the web client: ./bin/vidjil
	CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' -o bin/vidjil ./cmd/vidjil

# The client is built once more when a source is newer. Without Node the program
# is built without it, and says so to who opens its address.
WEB_SOURCES := $(wildcard $(shell git ls-files --cached --others --exclude-standard web | grep -vE '^web/(dist|e2e|test)/' 2>/dev/null))

web/dist/index.html: $(WEB_SOURCES)
	@if command -v npm >/dev/null; then \
	  $(MAKE) --no-print-directory web/node_modules && cd web && npm run build; \
	else \
	  echo "SKIP web client: no npm (apt install nodejs npm)"; \
	fi

web/node_modules: web/package-lock.json
	cd web && npm ci
	@touch $@

.PHONY: web
web: web/node_modules ## build the web client into web/dist
	cd web && npm run build

.PHONY: web-test
web-test: ## check and test the web client (needs Node)
	@if command -v npm >/dev/null; then \
	  $(MAKE) --no-print-directory web/node_modules && cd web && npm run check && npm test; \
	else \
	  echo "SKIP tests of the web client: no npm (apt install nodejs npm)"; \
	fi

.PHONY: run
run: build ## build, and start the server with demonstration data on http://127.0.0.1:8080
	@# Only what is wrong is logged: who can sign in should stay in sight.
	VIDJIL_LOG__LEVEL=$${VIDJIL_LOG__LEVEL:-warn} ./bin/vidjil serve --data var/demo --demo

.PHONY: test
test: vet ## vet, web client, race detector, accuracy on known truth, all tests
	@status=0; \
	$(MAKE) --no-print-directory web-test || status=1; \
	$(MAKE) --no-print-directory race || status=1; \
	$(MAKE) --no-print-directory truth || status=1; \
	$(TOOL) gotestsum --format pkgname -- ./... || status=1; \
	exit $$status

.PHONY: vet
vet: ## go vet
	$(GO) vet ./...

.PHONY: race
race: ## test the concurrent packages under the race detector (needs a C compiler)
	@if command -v "$$($(GO) env CC)" >/dev/null; then \
	  packages=$$($(GO) list $(CONCURRENT) 2>/dev/null); \
	  echo "$(GO) test -race" $$packages; \
	  CGO_ENABLED=1 $(GO) test -race $$packages; \
	else \
	  echo "SKIP race detector: no C compiler (apt install gcc libc6-dev)"; \
	fi

# The marks that the engine is held to, as tables.
TRUTH := TestCurated|TestShortReadsListTheirGenes|TestSimulated|TestAgreesWithIgBLAST|TestClonotypesOfSimulatedReads|TestNoClonotypeWithoutRecombination

.PHONY: truth
truth: build ## accuracy on curated and simulated truth, printed
	$(GO) test -count=1 -v -run '^($(TRUTH))$$' ./vdj/designation ./vdj/clonotype | grep -vE '^ *(=== |--- PASS|PASS$$)'
	./bin/vidjil selftest

.PHONY: e2e
e2e: build ## run the command line scripts and the web client against ./bin/vidjil
	VIDJIL=$(CURDIR)/bin/vidjil $(GO) test -count=1 -run '^TestScript$$' ./internal/cli
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory browser && cd web && npm run e2e; \
	else echo "SKIP web client in a browser: no npm (apt install nodejs npm)"; fi

# What the client is tried with. Without it the tests are skipped, and say why.
.PHONY: browser
browser:
	@if [ -x /usr/bin/chromium ] && [ -x /usr/bin/pdftotext ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -q && apt-get install -qy --no-install-recommends chromium poppler-utils \
	    || echo "SKIP web client in a browser: apt-get could not install chromium and poppler-utils"; \
	else echo "SKIP web client in a browser: apt install chromium poppler-utils"; fi

.PHONY: screenshots
screenshots: build browser ## the pictures of the manual, from the demonstration: docs/images
	cd web && VIDJIL_SCREENSHOTS=$(CURDIR)/docs/images npx playwright test journeys/screenshots.spec.ts

.PHONY: lint formatted static reached web-lint
lint: vet formatted static reached web-lint ## formatting, static analysis, unreachable functions

formatted:
	@files=$$($(TOOL) gofumpt -l $$(git ls-files --cached --others --exclude-standard '*.go')); \
	if [ -n "$$files" ]; then echo "not formatted (make fmt):"; echo "$$files"; exit 1; fi

static:
	$(LINT) run ./...

reached:
	@functions=$$($(TOOL) deadcode -test ./...); \
	if [ -n "$$functions" ]; then echo "never called:"; echo "$$functions"; exit 1; fi

web-lint:
	@if command -v npm >/dev/null; then \
	  $(MAKE) --no-print-directory web/node_modules && cd web && npm run lint && npm run api:check; \
	else \
	  echo "SKIP lint of the web client: no npm"; \
	fi

.PHONY: fmt
fmt: ## format all Go files
	$(TOOL) gofumpt -w $$(git ls-files --cached --others --exclude-standard '*.go')

.PHONY: vuln
vuln: ## known vulnerabilities in what we import (needs the network)
	$(TOOL) govulncheck ./...

.PHONY: docs
docs: ## make the generated files again
	$(GO) generate ./...

.PHONY: verify
verify: ## fail when a generated file is not up to date
	@before=$$(git status --porcelain; git diff); \
	$(MAKE) --no-print-directory docs; \
	if [ "$$before" != "$$(git status --porcelain; git diff)" ]; then \
	  echo "generated files were not up to date (make docs)"; git status --short; exit 1; \
	fi
	$(GO) mod verify

.PHONY: bench
bench: build ## the program against gzip, the server's and the web client's figures: bench/results, web/bench/results
	$(GO) run bench/run.go
	$(GO) run bench/server.go
	@if command -v npm >/dev/null; then cd web && npm run bench; else echo "SKIP speed of the web client: no npm"; fi

.PHONY: microbench
microbench: ## micro benchmarks of all packages; ends with a table that benchstat reads
	$(GO) test -run '^$$' -bench . -benchmem ./...

.PHONY: s3-test
s3-test: ## the blob store against a real S3 server, built from its sources (needs the network)
	internal/blob/blobtest/s3.sh

.PHONY: fuzz
fuzz: ## fuzz each target for FUZZTIME
	@for package in $$($(GO) list ./...); do \
	  for target in $$($(GO) test -list '^Fuzz' "$$package" | grep '^Fuzz' || true); do \
	    echo "== $$package $$target"; \
	    $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "$$package"; \
	  done; \
	done

.PHONY: clean
clean: ## remove what was built
	rm -rf bin var

.PHONY: picture
picture: build ## the picture of the README, from a real run
	@dir=$$(mktemp -d); \
	{ echo '$$ vidjil analyze testdata/demo.fastq.gz -o results'; \
	  ./bin/vidjil analyze testdata/demo.fastq.gz -o $$dir 2>/dev/null | grep -v "^$$dir"; } | \
	awk -f docs/images/terminal.awk > docs/images/analyze.svg; rm -r $$dir

# What is released. "make packages VERSION=v1.2.3" says which version; else git does.
EPOCH   ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 0)
DIST    ?= bin/dist
RELEASE := GO='$(GO)' NFPM='$(TOOL) nfpm' LDFLAGS='$(LDFLAGS)' VERSION='$(VERSION)' EPOCH='$(EPOCH)'

.PHONY: dist packages reproducible install-test rpm-test done-test package-lint helm-lint image-test
dist: web/dist/index.html ## tarballs, Debian and RPM packages, bills of materials and digests: ./bin/dist
	$(RELEASE) packaging/dist.sh $(DIST)

packages: web/dist/index.html ## only the Debian and RPM packages of ./bin/dist
	$(RELEASE) packaging/dist.sh $(DIST) deb rpm

reproducible: web/dist/index.html ## build twice in different folders, compare the bytes
	$(RELEASE) packaging/test/reproducible.sh

install-test: web/dist/index.html ## install, use, upgrade and purge the Debian package in a clean root (needs root, debootstrap)
	@work=$$(mktemp -d); trap 'rm -rf "$$work"' EXIT; \
	export ARCHS=$$($(GO) env GOARCH); \
	$(RELEASE) VERSION=v0.0.1 packaging/dist.sh "$$work/old" deb && $(RELEASE) VERSION=v0.0.2 packaging/dist.sh "$$work/new" deb && \
	packaging/test/install.sh "$$work"/old/*.deb "$$work"/new/*.deb

rpm-test: web/dist/index.html ## install, verify, upgrade and remove the RPM package in a clean root (needs root, debootstrap)
	@work=$$(mktemp -d); trap 'rm -rf "$$work"' EXIT; \
	export ARCHS=$$($(GO) env GOARCH); \
	$(RELEASE) VERSION=v0.0.1 packaging/dist.sh "$$work/old" rpm && $(RELEASE) VERSION=v0.0.2 packaging/dist.sh "$$work/new" rpm && \
	packaging/test/rpm.sh "$$work"/old/*.rpm "$$work"/new/*.rpm

done-test: web/dist/index.html ## all that is promised, on clean roots: package, TLS, slapd, backup, restore, doctor, rights (needs root, debootstrap, slapd)
	@work=$$(mktemp -d); trap 'rm -rf "$$work"' EXIT; \
	export ARCHS=$$($(GO) env GOARCH); \
	$(RELEASE) packaging/dist.sh "$$work" deb && GO='$(GO)' packaging/test/done.sh "$$work"/*.deb

image-test: web/dist/index.html ## the steps of the Dockerfile without an engine: the image's files in a root of their own (needs root)
	GO='$(GO)' packaging/test/image.sh

package-lint: ## Dockerfile, compose files, packages and units
	$(GO) run -modfile=tools.mod packaging/test/lint.go
	@if command -v shellcheck >/dev/null; then shellcheck --severity=warning -x -P SCRIPTDIR packaging/*.sh packaging/test/*.sh packaging/deb/p* packaging/rpm/p*; \
	else echo "SKIP scripts of the packages: no shellcheck (apt install shellcheck)"; fi

# Helm's own program, of this version; it stays out of every module file.
HELM ?= $(GO) run helm.sh/helm/v3/cmd/helm@v3.19.2

helm-lint: ## the chart, with its defaults and at its largest
	GO='$(GO)' HELM='$(HELM)' packaging/test/helm.sh
