# SPDX-License-Identifier: Apache-2.0
"""The files that a command is made of: those that it names, and the modules beside them that these import.

An edited script is another training, so their content is a part of what a run is known by. Imports are read, not
carried out; what is installed elsewhere, and data that a script opens by itself, is not looked at.
"""

import ast
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

LARGEST = 16 << 20  # bytes; of a larger file, such as data, the size and both ends stand for the content
_END = 1 << 16  # bytes of each end


def files_of(arguments: Sequence[str], folder: Path) -> tuple[Path, ...]:
    """Every file that an argument names, also as `--config=FILE` or `-m module`, and the local modules imported."""
    found = dict.fromkeys(_named(arguments, folder))
    waiting = [path for path in found if path.suffix == ".py"]
    while waiting:
        script = waiting.pop()
        for path in _imported(script, folder):
            if path not in found:
                found[path] = None
                waiting.append(path)
    return tuple(sorted(found))


def digest(path: Path) -> bytes:
    """A hash of a file's content; of one that cannot be read, of nothing."""
    made = hashlib.sha256()
    try:
        size = path.stat().st_size
        with path.open("rb") as content:
            if size <= LARGEST:
                made.update(content.read())
            else:
                made.update(f"{size}".encode() + content.read(_END))
                content.seek(-_END, 2)
                made.update(content.read())
    except OSError:
        return b""
    return made.digest()


def _named(arguments: Sequence[str], folder: Path) -> Iterator[Path]:
    for place, argument in enumerate(arguments):
        for text in (argument, argument.partition("=")[2]):
            if text and place and (path := _file(folder / text)):
                yield path
        if argument == "-m" and place + 1 < len(arguments):
            yield from _module(arguments[place + 1], [folder])
    program = Path(arguments[0])
    if len(program.parts) > 1 and (path := _file(folder / program)) and path.is_relative_to(folder.resolve()):
        yield path  # a script of the user's own; an interpreter is the machine's


def _file(path: Path) -> Path | None:
    try:
        return path.resolve() if path.is_file() else None
    except (OSError, ValueError):  # too long for a name, a ring of links
        return None


def _module(name: str, roots: Sequence[Path]) -> Iterator[Path]:
    """The files of a module and of the packages that it lies in."""
    parts = name.split(".")
    for root in roots:
        for depth in range(1, len(parts) + 1):
            base = root.joinpath(*parts[:depth])
            for path in (base.with_name(base.name + ".py"), base / "__init__.py", base / "__main__.py"):
                if found := _file(path):
                    yield found


def _imported(script: Path, folder: Path) -> Iterator[Path]:
    """Local modules that a script imports, wherever in it the import stands."""
    try:
        tree = ast.parse(script.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):  # the command itself will say so
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _module(alias.name, [script.parent, folder])
        elif isinstance(node, ast.ImportFrom):
            roots = [script.parents[node.level - 1]] if 0 < node.level <= len(script.parents) else []
            for name in (
                node.module or "",
                *(f"{node.module or ''}.{a.name}".strip(".") for a in node.names),
            ):
                if name:
                    yield from _module(name, roots or [script.parent, folder])
