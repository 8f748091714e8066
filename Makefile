# Everything happens in .venv; nothing outside this folder is touched but pip's and voiceguide's caches.
#
#   make demo     set up, and write ten-minute-psoas-relief.mp3; VOICE=natural by a voice of pip's
#   make test     set up, and run the tests but the slow ones (about two minutes)
#   make test-all  the slow ones too (about fifteen minutes): every routine, other programs, browsers
#   make app      dist/voiceguide, a folder that needs no Python, for this system (two minutes)
#   make lint     ruff: rules and formatting
#   make types    mypy, strict
#   make index    scripts/index.json anew: what `voiceguide list` tells, after a change to a routine
#   make effort    tests/effort.json anew, after a change that is meant to cost more or less
#   make constraints   the newest release of all that is depended on, for constraints.txt and requirements/
#   make docs     the pages as a site, in build/site; a dead link is an error
#   make links    asks whether the pages elsewhere that the docs lead to are still there
#   make sample   docs/sample.mp3 anew, after a change to its lines or to the voice
#   make judges   the checkers of pages and captions, from npm, that the tests ask where they are
#   make narration  audio_assets/narration anew: what is new or said otherwise (about an hour for all)
#   make bench    the benchmarks, as a Markdown table (needs ffmpeg and espeak)
#   make mutants  small faults put into the core, to see whether a test notices (ten minutes)
#   make chaos    kills, failing disks, hostile input and callers: nothing may break (ten minutes)
#   make clean    remove whatever these have made here
#
# A Python of your own choice: make PYTHON=/path/to/python3.12 demo

DEMO := ten-minute-psoas-relief
PYTHONS := $(PYTHON) python3.14 python3.13 python3.12 python3.11 python3 python
BIN := .venv/bin
# pip, with a line that says how far it is; the first argument is what it is told to bring
PIP_INSTALL := $(BIN)/python requirements/install.py

# for every Python and platform at once, with markers
COMPILE = $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --no-annotate \
  --custom-compile-command "make constraints" pyproject.toml
PINNED := --constraint constraints.txt --generate-hashes

.PHONY: help demo test test-all app lint types index effort docs links sample narration constraints judges bench mutants chaos clean

help:
	@sed -n 's/^#   //p' Makefile

demo: .venv/for-$(if $(VOICE),voice,use)
	$(BIN)/voiceguide export $(DEMO) $(if $(VOICE),--voice $(VOICE)) -o $(DEMO).mp3

test: .venv/for-work
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile -m "not slow"

test-all: .venv/for-work
	$(BIN)/python -m pytest --numprocesses auto

app: .venv/for-app
	$(BIN)/python -m PyInstaller --noconfirm --log-level ERROR requirements/app.spec
	dist/voiceguide/voiceguide --version
	@echo "dist/voiceguide is complete: copy the whole folder, and run the voiceguide in it"

lint: .venv/for-work
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/for-work
	$(BIN)/mypy

sample: .venv/for-use
	$(BIN)/voiceguide export docs/sample.txt --bitrate 32 -o docs/sample.mp3

index: .venv/for-use
	$(BIN)/python scripts/make_index.py

effort: .venv/for-use
	$(BIN)/python tests/effort.py

# Material for MkDocs is kept up until May 2027, and says so at each run; its successor reads the same files
docs: .venv/for-docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet
	@echo "build/site/index.html"

links: .venv/for-work
	$(BIN)/python docs/links.py

constraints:
	@test -x $(BIN)/python || { $(find_python); $(make_environment); }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.8"
	$(COMPILE) --all-extras --output-file constraints.txt
	# pyobjc pins its 150 frameworks itself
	sed -i.all '/^pyobjc-framework-/d' constraints.txt && rm constraints.txt.all
	$(COMPILE) $(PINNED) --output-file requirements/use.txt
	$(COMPILE) $(PINNED) --extra dev --output-file requirements/work.txt

judges:
	npm install --loglevel=error --no-fund --no-audit --no-save --prefix .judges vnu-jar@26.9.27 webvtt-parser@2.2.0

narration: .venv/for-narration
	$(BIN)/python audio_assets/make_narration.py

bench: .venv/for-bench
	$(BIN)/python benchmarks/run.py

mutants: .venv/for-work
	$(BIN)/python benchmarks/mutants.py

chaos: .venv/for-work
	$(BIN)/python benchmarks/chaos.py

clean:
	rm -rf .venv .judges build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis $(DEMO).mp3
	find voiceguide tests benchmarks audio_assets -name __pycache__ -prune -exec rm -rf {} +

# The environment. Its stamp holds the folder it was made for, and is away while pip works: without
# it, after a run that ended halfway, in a folder that was moved, or with a Python that is gone, the
# environment is made anew. The checkout itself is installed, so only its requirements make it stale.
# They are held to their hashes; pip cannot do that in one go with a folder, which has none.

ifneq ($(shell { $(BIN)/python -c 'print(open(".venv/for-use").read())'; } 2>/dev/null),$(CURDIR))
$(shell rm -f .venv/for-*)
endif

.venv/for-use: pyproject.toml constraints.txt
	@test -e $@ || { $(find_python); $(make_environment); }
	@rm -f .venv/for-*
	@$(PIP_INSTALL) "Fetching what voiceguide needs" --require-hashes --requirement requirements/use.txt
	@$(PIP_INSTALL) "Installing voiceguide" --constraint constraints.txt --editable .
	@echo "$(CURDIR)" > $@

.venv/for-work .venv/for-app .venv/for-bench .venv/for-docs .venv/for-narration .venv/for-voice: .venv/for-%: pyproject.toml constraints.txt | .venv/for-use
	@rm -f .venv/for-*
	$(HASHED)
	@$(PIP_INSTALL) "Adding $(EXTRA)" --constraint constraints.txt --editable ".[$(EXTRA)]"
	@echo "$(CURDIR)" | tee .venv/for-use > $@

.venv/for-work: EXTRA := dev
.venv/for-work: HASHED = @$(PIP_INSTALL) "Fetching what the tests need" --require-hashes --requirement requirements/work.txt
.venv/for-app: EXTRA := app
.venv/for-bench: EXTRA := bench
.venv/for-docs: EXTRA := docs
.venv/for-narration: EXTRA := natural,kokoro
.venv/for-voice: EXTRA := natural

define find_python
python=; bare=; why="no Python was found"; \
for name in $(PYTHONS); do \
  version=$$($$name -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue; \
  if ! $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then \
    why="$$name is Python $$version"; \
  elif ! $$name -c 'import ensurepip, venv' 2>/dev/null; then bare=$$version; \
  else python=$$name; break; fi; \
done; \
if [ -z "$$python" ]; then \
  [ -z "$$bare" ] || why="Python $$bare lacks it: on Debian and Ubuntu, apt install python3-venv"; \
  echo "voiceguide needs Python 3.11 or newer with its module venv, and $$why." >&2; \
  exit 1; \
fi
endef

define make_environment
echo "Setting up .venv with $$($$python --version)"; $$python -m venv --clear .venv
endef
