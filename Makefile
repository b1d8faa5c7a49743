# Everything a developer or a curious visitor types. Each target makes .venv by itself when needed.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo demo-real demo-world test mutants lint format bench docs venv tf2-msgs clean

# The ROS 2 to run on: the one that is sourced, else jazzy or kilted from wheels. Kilted's, and that
# which is sourced, live in .venv, the others in an environment of their own.
ROS ?=
VENV := .venv$(addprefix -,$(filter-out kilted,$(ROS)))
PYTHON_IN_VENV := $(VENV)/bin/python
BOOTSTRAP := tools/bootstrap.sh '$(VENV)' '$(ROS)'
OUT ?= out
WORLD ?= 0
EXTRAS ?=

# Extras beyond these: make ... EXTRAS=learning
TO_RUN := studies $(EXTRAS)
TO_DEVELOP := studies cluster physics test dev $(EXTRAS)

help: ## this list
	@echo 'vcp_cbf_safety: a safe cmd_vel for differential-drive robots'
	@echo
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## robots, first without filters, then with; picture in out/ [SCENE=swap] [ROBOTS=10] [DURATION=60]
	@$(BOOTSTRAP) $(TO_RUN)
	@$(PYTHON_IN_VENV) -m vcp_cbf_safety.studies.demo --out $(OUT) $(if $(DURATION),--duration $(DURATION)) \
		$(if $(SCENE),--scene $(SCENE)) $(if $(ROBOTS),--robots $(ROBOTS))

demo-real: ## recorded robots through the real nodes: MRCLAM=folder [RATE=4] [SECONDS=60]
	@test -n '$(MRCLAM)' || { echo 'Name the dataset: make demo-real MRCLAM=path/to/MRCLAM_Dataset7'; exit 2; }
	@$(BOOTSTRAP) $(TO_RUN)
	@$(PYTHON_IN_VENV) -m vcp_cbf_safety.studies.demo.real '$(MRCLAM)' --out $(OUT) \
		$(if $(RATE),--rate $(RATE)) $(if $(SECONDS),--seconds $(SECONDS))

demo-world: ## a blind driver in a benchmark world: BARN=worlds.json WORLD=7
	@test -n '$(BARN)' || { echo 'Name the worlds: make demo-world BARN=path/to/worlds.json WORLD=7'; exit 2; }
	@$(BOOTSTRAP) $(TO_RUN)
	@$(PYTHON_IN_VENV) -m vcp_cbf_safety.studies.demo.world '$(BARN)' --world $(WORLD) --out $(OUT)

test: ## all tests, with real nodes over DDS [TESTS=test/unit] [ROS=jazzy]
	@$(BOOTSTRAP) $(TO_DEVELOP)
	@$(PYTHON_IN_VENV) -m pytest $(TESTS)

mutants: ## which small changes to the mathematics no test notices [MUTANTS='vcp_cbf_safety.qp.rows*']
	@$(BOOTSTRAP) $(TO_DEVELOP) mutation
	@$(VENV)/bin/mutmut run --max-children 1 $(MUTANTS)
	@$(VENV)/bin/mutmut results | grep -v ': not checked' || true

lint: ## ruff and mypy
	@$(BOOTSTRAP) $(TO_DEVELOP)
	$(PYTHON_IN_VENV) -m ruff check .
	$(PYTHON_IN_VENV) -m ruff format --check .
	$(PYTHON_IN_VENV) -m mypy

format: ## lay out the code as `make lint` wants it
	@$(BOOTSTRAP) $(TO_DEVELOP)
	$(PYTHON_IN_VENV) -m ruff check --fix .
	$(PYTHON_IN_VENV) -m ruff format .

bench: ## time step and node, write docs/benchmarks.md [QUICK=1] [EXTRAS=learning adds qpth]
	@$(BOOTSTRAP) $(TO_DEVELOP) benchmark
	@$(PYTHON_IN_VENV) -m benchmarks $(if $(QUICK),--quick)

docs: ## the documents as a site in out/site, with warnings as errors
	@$(BOOTSTRAP) docs
	@NO_MKDOCS_2_WARNING=1 $(PYTHON_IN_VENV) -m mkdocs build --quiet
	@echo 'out/site/index.html is the first page.'

venv: ## only make .venv ready [EXTRAS=learning] [ROS=jazzy]
	@$(BOOTSTRAP) $(TO_DEVELOP)

tf2-msgs: ## build tf2_msgs and map_msgs, which pip does not have, for tests [ROS=jazzy]
	@$(BOOTSTRAP) $(TO_DEVELOP)
	@$(PYTHON_IN_VENV) tools/build_messages.py '$(OUT)/tf2_msgs'

clean: ## remove the environments, builds, caches and out/
	rm -rf .venv .venv-* build dist install log mutants *.egg-info .hypothesis .mypy_cache .pytest_cache .ruff_cache '$(OUT)'
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
