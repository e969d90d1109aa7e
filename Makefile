PYTHON ?= python3
BIN = .venv/bin

.PHONY: demo test bench lock clean

demo: .venv/demo  ## the shop, the popup and the inbox on this machine
	@exec $(BIN)/python app.py --demo

test: .venv/test  ## everything the tests need, then all of them
	@exec sh tests/run

lock:  ## pin the newest versions that pyproject.toml allows
	uv pip compile --quiet --universal --generate-hashes --no-header pyproject.toml -o requirements.txt
	uv pip compile --quiet --universal --generate-hashes --no-header --group dev -c requirements.txt -o requirements-dev.txt

clean:
	rm -rf .venv instance

.venv/demo: requirements.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/test: .venv/demo requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@
