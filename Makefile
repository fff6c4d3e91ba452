# The one door. Every target makes .venv by itself when it is missing or out of date.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
ONE_THREAD := OMP_NUM_THREADS=1 MKL_NUM_THREADS=1

.PHONY: help demo test test-slow lint format bench bench-verdicts bench-readers bench-dropout bench-reliance bench-execution bench-question bench-advice bench-dose bench-web integrations bench-integrations bench-packaging package docs clean
help: ## show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(READY) ## watch a network overfit, be diagnosed, changed, and proven better or not
	@$(ONE_THREAD) $(BIN)/goodfit fix mnist

test: $(READY) ## run the tests, with branch coverage of the torch-free core
	@$(BIN)/coverage erase
	@$(ONE_THREAD) $(BIN)/coverage run -m pytest -m "not slow" -n 2 --dist worksteal
	@$(BIN)/coverage combine --quiet
	@rm -f .coverage.* # what processes that were killed on purpose had begun to write
	@for part in _core measures rules remedies proof; do \
		share=$$($(BIN)/coverage report --include="src/goodfit/$$part/*" --format=total) ; \
		echo "branch coverage of $$part: $$share %" ; \
		test $$share -ge 95 || { $(BIN)/coverage report --include="src/goodfit/$$part/*"; exit 1; } ; \
	done

test-slow: $(READY) ## run the tests that take minutes or kill processes
	@$(ONE_THREAD) $(BIN)/python -m pytest -m slow -o faulthandler_timeout=7200

lint: $(READY) ## check style, types, import contracts and generated pages
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m goodfit._cli.pages --check docs

format: $(READY) ## format the code
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

bench: $(READY) ## measure what the documentation claims; writes bench/results
	@for script in bench/[a-z]*.py; do echo "== $$script"; $(ONE_THREAD) $(BIN)/python $$script || exit 1; done

bench-verdicts: $(READY) ## measure the accuracy of the verdicts and the probes (half an hour); writes bench/results/verdicts_*.md
	@for part in develop judge; do $(ONE_THREAD) $(BIN)/python bench/verdicts/run.py --part $$part > bench/results/verdicts_$$part.md || exit 1; done
	@$(ONE_THREAD) $(BIN)/python bench/verdicts/probes.py > bench/results/verdicts_probes.md
	@$(ONE_THREAD) $(BIN)/python bench/verdicts/live_alarms.py 12

bench-readers: $(READY) ## fuzz every reader (half an hour), and time them against the tools' own readers
	@for script in fuzz event_speed mlflow_speed; do PYTHONPATH=tests $(ONE_THREAD) $(BIN)/python bench/readers/$$script.py || exit 1; done

bench-web: $(READY) ## how soon the live page sees a line, and its memory while a run grows (ten minutes)
	@$(ONE_THREAD) $(BIN)/python bench/web/long_run.py --write bench/results/watch.md

bench-dropout: $(READY) ## time dropout and test its masks (ten minutes); writes bench/results/dropout_*.md
	@for script in mask_statistics mlp_step compiled_kernel; do $(ONE_THREAD) $(BIN)/python bench/dropout/$$script.py || exit 1; done
	@$(ONE_THREAD) $(BIN)/python bench/dropout/speed.py --compile

bench-reliance: $(READY) ## measure reliance on single units, and the ensemble of masks (a quarter of an hour); reads GOODFIT_DATA
	@for script in reliance mask_ensemble; do $(ONE_THREAD) $(BIN)/python bench/reliance/$$script.py || exit 1; done

bench-execution: $(READY) ## time two processes against one, and what store and port add (ten minutes)
	@for script in two_processes overhead; do $(ONE_THREAD) $(BIN)/python bench/execution/$$script.py || exit 1; done

bench-question: $(READY) ## compare remedies on ten trainings of three domains (an hour, resumable); reads GOODFIT_DATA
	@$(ONE_THREAD) $(BIN)/python bench/question/question.py

bench-advice: $(READY) ## judge the advice on 48 small real tasks (two hours of one core); reads GOODFIT_DATA, writes bench/results/advice_*.md
	@for part in learn judge; do $(ONE_THREAD) $(BIN)/python bench/advice/advice.py --part $$part > .advice.md && mv .advice.md bench/results/advice_$$part.md || exit 1; done

bench-dose: $(READY) ## measure every way of finding a dropout rate on 29 small tasks (four hours of one core, resumable); reads GOODFIT_DATA
	@for part in develop judge; do $(ONE_THREAD) $(BIN)/python bench/dose/dose.py --part $$part || exit 1; done
	@$(ONE_THREAD) $(BIN)/python bench/dose/dose.py --part fresh --replayed

integrations: $(READY) ## hold each framework to its tests in an environment of its own (an hour the first time); writes bench/results/integrations.md
	@$(BIN)/python tests/integrations/environments.py

bench-integrations: $(READY) ## time what watching adds to a training (a few minutes); writes bench/results/integrations_overhead.md
	@$(ONE_THREAD) $(BIN)/python bench/integrations/overhead.py

bench-packaging: $(READY) ## weigh the package, walk a stranger's path, and try the lowest versions that it claims (some minutes, several GB)
	@for script in size stranger lowest; do $(ONE_THREAD) $(BIN)/python bench/packaging/$$script.py || exit 1; done

package: $(READY) ## build wheel and sdist, install them into empty environments, each extra alone (half an hour, several GB)
	@$(BIN)/python -m hatchling build -d dist
	@$(ONE_THREAD) $(BIN)/python -m pytest tests/packaging -m "slow or not slow" -o faulthandler_timeout=3600

docs: $(READY) ## write the generated pages, then build docs/_build/html; a warning is an error
	@$(BIN)/python -m goodfit._cli.pages docs
	@$(ONE_THREAD) $(BIN)/python -m sphinx -q -W --keep-going -b html docs docs/_build/html
	@echo docs/_build/html/index.html

clean: ## remove the environment and everything that can be made again
	rm -rf .venv .venv-tools .venv-integrations .goodfit .pytest_cache .mypy_cache .ruff_cache .hypothesis dist docs/_build docs/results

$(READY): pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing into .venv (the first time takes a few minutes)"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --constraint constraints.txt pip
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --constraint constraints.txt --editable '.[all]' --group dev --group docs
	@$(BIN)/python -m compileall -q src # reading bytecode is faster than compiling at each start
	@touch $(READY)
