# The two commands that matter are `make demo` and `make test`; each sets up what it needs first.
# What a target does is written in scripts/; this file only names it.

.DEFAULT_GOAL := help
.PHONY: help demo test bench fmt lint setup notices

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "  settings: GRIDWARD_PORT (8080), GRIDWARD_DATA (folder), GRIDWARD_DEMO_PASSWORD"

demo: ## build and start a city with two years of history on this machine
	@scripts/setup.sh demo
	@scripts/demo.sh

test: ## check everything that must hold before a change lands
	@scripts/test.sh

bench: ## measure speed; WHAT=... picks one measurement (see BENCHMARKS.md)
	@scripts/setup.sh demo
	@scripts/bench.sh $(WHAT)

fmt: ## format Rust and, where set up, the web app
	@cargo fmt --all
	@if [ -d web/node_modules ]; then cd web && npm run --if-present format; fi

lint: ## formatting, clippy and the rules of the house, without running tests
	@cargo fmt --all --check
	@cargo clippy --workspace --all-targets -- -D warnings
	@cargo xtask tidy

notices: ## write THIRD_PARTY.md anew from the locked dependencies
	@cargo xtask notices
