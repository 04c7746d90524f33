SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.ONESHELL:

CARGO ?= cargo
# Options of the command for `make demo`, as in a search: make demo OPTIONS="mode=tag tuning=none min_severity=high"
OPTIONS ?= mode=tag tuning=none
# The app of `make self-test`
APP ?= build/directvm
# The programs of `make same` and `make cost`; NEW is this tree's release build unless it is given
OLD ?=
NEW ?=
# Seconds for each target of `make fuzz`
FUZZ_SECONDS ?= 60

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

.PHONY: setup
setup: ## fetch the crates, install the validators in .cache
	@$(CARGO) fetch --locked
	scripts/validate.sh --setup

.PHONY: demo
demo: ## build the app, unpack it, and run sample events through both commands as splunkd would
	@folder=$$(mktemp -d)
	trap 'rm -rf "$$folder"' EXIT
	echo '1/3 building the app (the first time cargo compiles some 100 crates, in two to four minutes)'
	package=$$(QUIET= scripts/package.sh | tail -n 1)
	package=$${package%%  *}
	echo "2/3 unpacking $$package"
	tar -xzf "$$package" -C "$$folder"
	echo '3/3 sample events | directvm $(OPTIONS) | search dvm_operation=* | directvmlink'
	python3 scripts/splunkd_standin.py --launcher "$$folder/directvm/bin/directvm" \
		--events tests/demo/events.json --options "$(OPTIONS)" --link "" --format story --width "$${COLUMNS:-120}"
	echo 'next: build/directvm/bin/directvm-x86_64 scan tests/demo/ --format table'

.PHONY: pictures
pictures: ## take the pictures of the README anew (needs Chromium, node and npm)
	@scripts/pictures.sh

.PHONY: self-test
self-test: ## the self test of the installed app in the folder APP, without Splunk
	@python3 scripts/self_test.py "$(APP)"

.PHONY: test
test: ## run the tests
	@$(CARGO) test --locked

.PHONY: lint
lint: ## check the format, run clippy; warnings are errors
	@$(CARGO) fmt --check
	$(CARGO) clippy --quiet --locked --all-targets -- -D warnings

.PHONY: generate
generate: ## write the generated files anew
	@GENERATE=write $(CARGO) test --quiet --locked --test main generated

.PHONY: check
check: lint test ## lint and test: what must pass before every commit

.PHONY: package
package: ## build dist/directvm-<version>.tar.gz for x86_64 Linux
	@scripts/package.sh

.PHONY: package-all
package-all: ## build the packages for Linux (x86_64, aarch64) and Windows, their SBOMs and SHA256SUMS
	@scripts/cross.sh
	scripts/package.sh build/programs/directvm-aarch64 build/programs/directvm.exe

.PHONY: cross-test
cross-test: ## run the tests on the programs for aarch64 (qemu) and Windows (wine)
	@scripts/cross.sh
	scripts/cross_test.sh

.PHONY: release-check
release-check: ## everything a release needs (RELEASE.md)
	@scripts/release_check.sh

.PHONY: validate
validate: ## build the package, check it with ksconf, slim, AppInspect and cargo-deny
	@scripts/validate.sh

.PHONY: bench
bench: ## measure the command against echo, the Python SDK and csv records (under 10 minutes, 2 cores)
	@python3 scripts/bench/bench.py

.PHONY: same cost
same: ## compare the replies of the program OLD with NEW's (this tree's), byte for byte (about 3 minutes)
	@python3 scripts/same/same.py --old "$(or $(OLD),$(error give OLD=<program>))" --new "$(NEW)"
cost: ## instructions, user time and memory of the program NEW (this tree's) against OLD's (about 6 minutes)
	@python3 scripts/same/cost.py --old "$(or $(OLD),$(error give OLD=<program>))" --new "$(NEW)"

.PHONY: soak adversarial
soak: ## keep one instance busy for 30 minutes or 200 GB: its memory, files and threads must not grow
	@python3 scripts/bench/soak.py
adversarial: ## hostile input must be linear and at most 10 times ordinary, from 1 KB to 1 GB (about 20 minutes)
	@python3 scripts/bench/adversarial.py

.PHONY: fuzz
# A thread that is just ending looks like a leak; make soak looks for real ones.
fuzz: ## fuzz every target for FUZZ_SECONDS (60); cargo-fuzz is installed in .cache
	@tools="$$PWD/.cache/cargo-fuzz"
	[ -x "$$tools/bin/cargo-fuzz" ] || $(CARGO) install --locked --root "$$tools" cargo-fuzz
	export PATH="$$tools/bin:$$PATH" RUSTC_BOOTSTRAP=1
	python3 scripts/fuzz_seeds.py fuzz/corpus
	for target in $$($(CARGO) fuzz list); do
		echo "fuzz $$target: $(FUZZ_SECONDS) s"
		$(CARGO) fuzz run "$$target" -- -max_total_time=$(FUZZ_SECONDS) -dict=fuzz/corpus/words.dict -detect_leaks=0 -print_final_stats=0 -verbosity=0
	done
