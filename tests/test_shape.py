# SPDX-License-Identifier: Apache-2.0
"""The limits that keep the code readable: sizes, parameters, licence lines, words, rings and public names."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from statistics import median

import pytest

import goodfit

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "goodfit"
FILES = sorted(SOURCE.rglob("*.py"))
EVERYWHERE = sorted(
    p for folder in ("src", "tests", "bench", "examples") for p in (ROOT / folder).rglob("*.py")
)
BANNED = {"doctor", "manager", "engine", "handler", "helper", "utils", "misc"}


def _functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{path.relative_to(SOURCE)}:{node.name}", node


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    docstring = ast.get_docstring(node, clean=False)
    return (
        (node.end_lineno or node.lineno) - node.lineno + 1 - (docstring.count("\n") + 1 if docstring else 0)
    )


def test_files_are_small() -> None:
    """Half of the files have at most 120 lines, and none has more than 300."""
    lengths = {str(p.relative_to(SOURCE)): len(p.read_text(encoding="utf-8").splitlines()) for p in FILES}
    assert {name: n for name, n in lengths.items() if n > 300} == {}
    assert median(lengths.values()) <= 120


def test_functions_are_small() -> None:
    """95 of 100 functions have at most 40 lines, and none has more than 60."""
    lengths = {name: _length(node) for name, node in _functions()}
    assert {name: n for name, n in lengths.items() if n > 60} == {}
    assert sorted(lengths.values())[int(0.95 * len(lengths))] <= 40


def test_functions_take_few_parameters() -> None:
    """At most six, beside self; verbs with options by keyword say why in a lint exception."""
    counts = {}
    for name, node in _functions():
        lines = (SOURCE / name.partition(":")[0]).read_text(encoding="utf-8").splitlines()
        if "PLR0913" not in lines[node.lineno - 1]:
            names = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
            counts[name] = len([n for n in names if n not in ("self", "cls")])
    assert {name: n for name, n in counts.items() if n > 6} == {}


@pytest.mark.parametrize("path", EVERYWHERE, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_file_names_its_licence(path: Path) -> None:
    """One SPDX line a file, the first."""
    assert path.read_text(encoding="utf-8").startswith("# SPDX-License-Identifier: Apache-2.0\n")


def test_names_avoid_empty_words() -> None:
    """No file, class or function is called doctor, manager, engine, handler, helper, utils or misc."""
    names = [(str(p), p.stem) for p in FILES]
    for path in FILES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        defined = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef | ast.FunctionDef)]
        names.extend((str(path), node.name) for node in defined)
    found = [(path, name) for path, name in names if any(word in name.lower() for word in BANNED)]
    assert found == []


def test_no_ring_of_imports() -> None:
    """Modules import each other in one direction only."""
    graph = {_module(path): set(_imported(path)) for path in FILES}
    TopologicalSorter({name: targets & graph.keys() - {name} for name, targets in graph.items()}).prepare()


def test_public_surface_is_short_and_documented() -> None:
    """At most 30 names, each there, each with a docstring."""
    assert len(goodfit.__all__) <= 30
    assert len(set(goodfit.__all__)) == len(goodfit.__all__)
    assert set(goodfit.__all__) == set(goodfit._HOME)
    for name in goodfit.__all__:
        assert getattr(goodfit, name).__doc__, name
    with pytest.raises(AttributeError, match="no attribute 'doctor'"):
        _ = goodfit.doctor
    assert dir(goodfit) == goodfit.__all__


def test_nothing_of_this_machine_is_in_the_project() -> None:
    """No absolute path of a developer's machine, and no registry's host, in any text file."""
    marks = ("/wo" + "rk/", "/ro" + "ot/", "file:" + "///", "pypi" + ".org/simple")
    suffixes = {".py", ".md", ".toml", ".txt", ".bib", ".j2", ".html"}
    found = []
    for path in ROOT.rglob("*"):
        ours = not any(
            part.startswith(".") or part in ("node_modules", "__pycache__")
            for part in path.relative_to(ROOT).parts
        )
        if path.is_file() and ours and path.suffix in suffixes:
            text = path.read_text(encoding="utf-8")
            found += [(str(path), mark) for mark in marks if mark in text]
    assert found == []


def _module(path: Path) -> str:
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(path: Path) -> Iterator[str]:
    """Modules that a file imports when it is loaded; what stands in a function or under TYPE_CHECKING is not."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
