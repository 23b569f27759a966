# make help lists the targets.

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

generate: ## the main job: renew what is stale, choose, write the tables
	go generate ./...
	cd examples && go generate ./...

update: ## the main job, with every fact asked for again; HF_ENDPOINT names the Hub, AS_OF=DATE a recording's day
	go run ./gen sync --all $(if $(AS_OF),--as-of $(AS_OF))
	go run ./gen emit
	cd examples && go generate ./...

catalog: ## fetch the transformers wheel, and read it; TRANSFORMERS=x.y.z or newest for another release
	go run ./gen discover $(if $(TRANSFORMERS),--transformers $(TRANSFORMERS))
	$(REQUIRE)

# The Python tests assert rows of one release, so they ask for that one.
REQUIRE = sed -i.old "s/^transformers==.*/transformers==$$(sed -n 's/^ *"transformers":"\([^"]*\)".*/\1/p' registrydata/catalog.json)/" archtest/python/hfmodels_requirements.txt && rm archtest/python/hfmodels_requirements.txt.old

# What the robot does every week. Any step that fails ends it, and then
# .refresh/diff.json, without which .ci/propose proposes nothing, is not there.
# Another release may build its models otherwise, and so its recipes are tried, without the HF_TOKEN of the step before.
refresh: ## newest transformers and engines, facts, recipes, tables, tests, verify; leaves the pull request in .refresh/
	@test -z "$$(git status --porcelain)" || { echo "refresh: the tree has changes of its own, which would be proposed with the refresh: commit or stash them" >&2; exit 1; }
	rm -rf .refresh && mkdir .refresh
	go run ./gen discover --transformers $(or $(TRANSFORMERS),newest)
	go run ./gen discover --engines
	go run ./gen sync --all $(if $(AS_OF),--as-of $(AS_OF))
	$(REQUIRE)
	git diff --quiet HEAD -- archtest/python/hfmodels_requirements.txt || HF_TOKEN= make recipes AGAIN=1
	go run ./gen emit
	cd examples && go generate ./...
	go run ./gen diff > .refresh/body.md
	$(MAKE) test check
	go run ./gen verify
	git add --intent-to-add .
	git diff --binary HEAD > .refresh/refresh.patch
	go run ./gen diff --json > .refresh/diff.json.new
	mv .refresh/diff.json.new .refresh/diff.json

check: ## fail if a generated file is stale, missing or left over
	go run ./gen emit --check
	@# The go:generate line, with --check.
	cd examples/owntables && $$(sed -n 's|^//go:generate ||p' main.go) --check || { echo "Run: cd examples && go generate ./..." >&2; exit 1; }

test: ## run the tests
	go test ./...
	cd examples && go test -count=1 ./...
	cd internal/report/browser && go test -count=1 ./...

# The Python tests need torch and transformers: some 6 GB, so not in "make test".
# TRANSFORMERS=x.y.z or newest runs them with another release than the rows were read from.
OTHER := $(filter-out pinned,$(TRANSFORMERS))
VENV ?= .venv$(addprefix -,$(OTHER))
PY = $(VENV)/bin/python
PYTHON_FILES = archtest/python internal/catalog/source.py
BLACK = for files in $(PYTHON_FILES); do $(PY) -m black -q $(1) $$files || exit 1; done
$(VENV)/ok: archtest/python/requirements.txt archtest/python/hfmodels_requirements.txt
	@python3 -c "import ensurepip" || { echo "make: python3 cannot make virtual environments; on Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	python3 -m venv $(VENV)
	@# This is a download of 3 GB, and a pip before 25.1 does not resume one that breaks off.
	$(PY) -m pip install -q --upgrade pip
	$(PY) -m pip install -q -r $<
	$(if $(OTHER),$(PY) -m pip install -q --upgrade $(if $(filter newest,$(OTHER)),transformers,transformers==$(OTHER)))
	touch $@

conformance: $(VENV)/ok ## lint and run the generated Python tests: contract and tiny; TRANSFORMERS=newest for another release, SHARD=1/4, RESULTS=FILE
	@$(call BLACK,--check) || { $(call BLACK,--diff) | head -40; echo "not formatted as black does" >&2; exit 1; }
	$(PY) -m ruff check -q $(PYTHON_FILES)
	$(PY) -m pytest -q $(or $(FILES),archtest/python) -n 2 -m "not hub" -p no:cacheprovider --hfmodels-results $(or $(RESULTS),conformance.json) $(addprefix --hfmodels-shard=,$(SHARD))

# All families, and each kind of check: what .ci/run takes the time for.
SMOKE = albert bert roberta canine llama mistral gemma3_text qwen3_moe mixtral mamba gpt2 bloom opt t5 bart marian m2m_100 prophetnet \
	clip siglip blip llava qwen2_vl paligemma vit convnext swin detr segformer dinov2 sam whisper wav2vec2 hubert speecht5 \
	clap informer layoutlmv3 videomae decision_transformer
smoke: ## make conformance for 40 architectures, and the tests of the harness
	$(MAKE) conformance FILES="$(SMOKE:%=archtest/python/test_hf_%.py) archtest/python/test_harness.py archtest/python/test_mutants.py archtest/python/test_probe.py"

recipes: $(VENV)/ok ## search how each architecture is built tiny; ARCH="a b" for some, AGAIN=1 to run known recipes first
	$(PY) archtest/python/probe.py $(if $(ARCH),--only $(ARCH)) $(if $(AGAIN),--again)

bench: ## measure, and write docs/performance.md
	./docs/bench.sh

# Nobody who works on one of these sees what fails to build on another.
PLATFORMS = linux/amd64 linux/arm64 linux/386 darwin/arm64 windows/amd64 windows/arm64
lint: ## vet for every platform, staticcheck, workflows, ids in the pages, and formatting
	for on in $(PLATFORMS); do GOOS=$${on%/*} GOARCH=$${on#*/} go vet ./... || { echo "vet: this was for $$on" >&2; exit 1; }; done
	cd examples && go vet ./...
	cd internal/report/browser && go vet ./...
	go run honnef.co/go/tools/cmd/staticcheck ./...
	go run github.com/rhysd/actionlint/cmd/actionlint
	@# Not in check: a refresh must not fail because a page names a model that was renamed since.
	go run ./cmd/hfmodels check README.md docs examples live templates
	@unformatted=$$(go run mvdan.cc/gofumpt -l .) && test -z "$$unformatted" || { echo "not gofumpt-formatted:"; echo "$$unformatted"; exit 1; }

# A module of its own: its dependencies are ten times ours. The newest that builds with go.mod's Go.
GORELEASER = go run github.com/goreleaser/goreleaser/v2@v2.16.0
release-check: ## check .goreleaser.yaml with goreleaser, which takes minutes to build the first time
	$(GORELEASER) check

CYCLONEDX = go install github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0
snapshot: ## build what a release has into dist/, without one
	$(CYCLONEDX)
	PATH="$$(go env GOPATH)/bin:$$PATH" $(GORELEASER) release --snapshot --clean

release: ## build and publish the release of the tag that is checked out; the workflow does it
	$(CYCLONEDX)
	PATH="$$(go env GOPATH)/bin:$$PATH" $(GORELEASER) release --clean

fmt: ## format the Go files
	go run mvdan.cc/gofumpt -w .

.PHONY: refresh release release-check snapshot conformance smoke recipes help generate update catalog check test bench lint fmt
.DEFAULT_GOAL := help
