# SPDX-License-Identifier: Apache-2.0
"""Whatever the pages show to be typed can be typed: Python runs, commands and their options exist, files and targets are there.

Python blocks of a page run one after the other, in one namespace, from the root of the project. Commands are parsed by the
command line itself and not carried out. What is excepted says why, in a comment above it (`page_code.py`).
"""

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from goodfit._cli.app import COMMANDS, app
from page_code import DOCS, ROOT, Block, blocks, pages

PAGES = pages()
ELSEWHERE = {  # run by a test of their own, which also looks at what comes out
    "README.md": "tests/test_readme.py",
    "docs/treating.md": "tests/test_treating_page.py",
    "docs/integrations.md": "tests/integrations/test_integrations_page.py",
    "docs/extending/reader.md": "tests/docs/test_extending_pages.py",
    "docs/extending/rule.md": "tests/docs/test_extending_pages.py",
    "docs/extending/remedy.md": "tests/docs/test_extending_pages.py",
}
ANYWHERE = ("--show-settings", "--debug")  # taken by every command before it is parsed
SHELLS = ("", "console", "bash", "sh")


def _python() -> dict[str, list[Block]]:
    found = {str(path.relative_to(ROOT)): [b for b in blocks(path) if b.kind == "python"] for path in PAGES}
    return {page: code for page, code in found.items() if code and page not in ELSEWHERE}


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Every line of a shell block, fenced or indented, without its prompt, continued lines joined."""
    for place, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("    goodfit "):
            yield place, line.strip()
    for block in blocks(path):
        if block.kind not in SHELLS or block.because:
            continue
        prompts = any(line.startswith("$ ") for line in block.code.splitlines())
        for place, line in enumerate(block.code.replace("\\\n", " ").splitlines()):
            if not prompts or line.startswith("$ "):
                yield block.line + 1 + place, line.removeprefix("$ ").strip()


def _commands(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The goodfit commands of a page, as arguments."""
    for place, line in _lines(path):
        if re.search(r"(^|\| ?)goodfit ", line):
            for part in _words(line):
                if part[:1] == ["goodfit"] and len(part) > 1:
                    yield place, [word for word in part[1:] if word not in ANYWHERE]


def _words(line: str) -> Iterator[list[str]]:
    words: list[str] = []
    for word in shlex.split(line, comments=True):
        if word in ("|", "&&", ";"):
            yield words
            words = []
        else:
            words.append("./-" if word == "-" else word)  # as the command line itself reads it
    yield words


@pytest.mark.parametrize("page", _python())
def test_python_runs(page: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Block after block, each in the names of those before."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("GOODFIT_STORE", str(tmp_path))
    names: dict[str, Any] = {"__name__": "page"}
    for block in _python()[page]:
        if not block.because:
            code = compile("\n" * block.line + block.code, str(ROOT / page), "exec")
            exec(code, names)  # noqa: S102 - the page's own lines


def test_pages_that_are_run_elsewhere_are_there() -> None:
    """A page that is renamed does not fall out of the tests."""
    for page, test in ELSEWHERE.items():
        assert (ROOT / page).is_file()
        assert Path(page).name in (ROOT / test).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "path", [p for p in PAGES if any(_commands(p))], ids=lambda p: str(p.relative_to(ROOT))
)
def test_commands_exist_with_their_options(path: Path) -> None:
    """The command line takes what the page types."""
    for place, words in _commands(path):
        where = f"{path.relative_to(ROOT)}:{place}: goodfit {' '.join(words)}"
        assert words[0] in COMMANDS or words[0].startswith("--"), where
        try:
            app.parse_args(words, exit_on_error=False, print_error=False)
        except Exception as error:  # noqa: BLE001 - whatever the parser says is the failure
            pytest.fail(f"{where}\n{error}")


@pytest.mark.parametrize("path", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_what_is_named_is_there(path: Path) -> None:
    """Verbs in a sentence, targets of make, scripts of this project, and extras."""
    text = path.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    verbs = {found.split()[0] for found in re.findall(r"`goodfit ([a-z][^`\n]*)`", text)}
    made = set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE))
    scripts = set(re.findall(r"python ((?:bench|examples|tests)/[\w/]+\.py)", text))
    extras = {name for each in re.findall(r"(?:goodfit|\.)\[([a-z,]+)\]'", text) for name in each.split(",")}
    assert verbs - set(COMMANDS) == set()
    assert made - targets == set()
    assert {script for script in scripts if not (ROOT / script).is_file()} == set()
    assert extras - set(project["optional-dependencies"]) == set()


def test_every_exception_has_a_reason() -> None:
    """And is rare."""
    excepted = [block for path in PAGES for block in blocks(path) if block.because]
    assert all(len(block.because.split()) > 2 for block in excepted)
    assert len(excepted) <= 8, [(block.page, block.line) for block in excepted]


def test_links_lead_somewhere() -> None:
    """Every relative link and picture of every page, also of the generated ones, is a file of the project."""
    made = (
        DOCS / "_build",
        DOCS / "results",
        DOCS / "about" / "contributing.md",
        DOCS / "about" / "changes.md",
    )
    files = [
        p for p in [*PAGES, *DOCS.rglob("*.md")] if not any(p == each or each in p.parents for each in made)
    ]
    dead = []
    for path in files:
        text = re.sub(
            r"^(`{3,}).*?^\1`*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
        )
        for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
            written = "://" in link or link.startswith("mailto:")
            target = path.parent / link
            if not written and not target.exists() and not any(each in target.parents for each in made):
                dead.append((str(path.relative_to(ROOT)), link))
    assert dead == []


def test_every_page_is_reachable() -> None:
    """From the first page, along trees of contents."""
    trees = {
        path: path.read_text(encoding="utf-8") for path in DOCS.rglob("*.md") if "_build" not in path.parts
    }
    reached, waiting = set(), [DOCS / "index.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page not in trees:
            continue
        reached.add(page)
        for tree in re.findall(r"```\{toctree\}(.*?)```", trees[page], flags=re.DOTALL):
            for name in re.findall(r"^[\w./*-]+$", tree, flags=re.MULTILINE):
                waiting += (
                    page.parent.resolve().glob(f"{name}.md")
                    if ".." not in name
                    else [(page.parent / f"{name}.md").resolve()]
                )
        if page.name == "index.md" and page.parent.name in (
            "rules",
            "remedies",
            "probes",
            "decisions",
            "results",
        ):
            waiting += page.parent.glob("*.md")  # the tree is added when the pages are built
    assert {str(path.relative_to(DOCS)) for path in trees.keys() - reached} == set()
